package agent

import (
	"context"
	"log/slog"

	"github.com/hashicorp/raft"

	"redoubt/model"
)

// bootstrap begins the group: each of its agents does so by itself, and votes from then on. An
// agent that has lost its disk among others that have not waits for its leader instead, and never
// begins a second log.
func (n *Node) bootstrap(ctx context.Context) {
	if n.raft.LastIndex() == 0 {
		err := n.raft.BootstrapCluster(n.configuration()).Error()
		if err != nil && ctx.Err() == nil && n.raft.LastIndex() == 0 {
			n.config.Log.Error("the group could not be begun", "error", err)
			return
		}
	}
	n.regain()
}

// configuration has the agents of all regions: those without a vote follow.
func (n *Node) configuration() (c raft.Configuration) {
	for r := range model.RegionID(len(n.config.Names)) {
		server := raft.Server{
			ID: n.server(r), Address: raft.ServerAddress(n.config.Names[r]), Suffrage: raft.Nonvoter,
		}
		if n.config.Policies[0].Voters.Has(r) {
			server.Suffrage = raft.Voter
		}
		c.Servers = append(c.Servers, server)
	}
	return c
}

// blank reports whether all voters are there and have nothing of a log but its group's beginning.
func (n *Node) blank(ctx context.Context) bool {
	if !n.config.Policies[0].Voters.Has(n.config.Region) {
		return false
	}
	for r := range model.RegionID(len(n.config.Names)) {
		if r == n.config.Region || !n.config.Policies[0].Voters.Has(r) {
			continue
		}
		asking, cancel := context.WithTimeout(ctx, 2*n.config.Times.Heartbeat)
		answer, err := n.ask(asking, r, askHello, n.ownNames())
		cancel()
		if err != nil {
			n.often(slog.LevelInfo, "an agent is waited for", "region", n.name(r), "error", err)
			return false
		}
		if len(answer) != 1 || answer[0] != helloBlank {
			return false
		}
	}
	return true
}
