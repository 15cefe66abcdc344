package agent

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// Pre-vote has a follower that was cut off change nothing when it is back: without it the term that
// it has come to alone would end the leader's. A transport that lacks it has raft warn, and go on.
func TestAFollowerThatWasCutOffEndsNoTerm(t *testing.T) {
	var _ raft.WithPreVote = (*votes)(nil)
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		first := g.leader()
		term := first.node.raft.CurrentTerm()
		g.network.Isolate(g.members[(first.region+1)%3].region)
		time.Sleep(time.Minute)
		g.network.Heal()
		time.Sleep(time.Minute)
		if now := g.leader(); now != first || now.node.raft.CurrentTerm() != term {
			t.Errorf("%s leads in term %d, and %s led in term %d", g.names[now.region],
				now.node.raft.CurrentTerm(), g.names[first.region], term)
		}
	})
}

// An agent whose disk is lost has no vote until it has caught up: with its vote, one would lead
// that has never had what the other two had acknowledged.
func TestAgentThatLostItsDiskHasNoVote(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(time.Minute)
		first := g.leader()
		stale, lost := g.members[(first.region+1)%3], g.members[(first.region+2)%3]
		g.network.Isolate(stale.region)
		time.Sleep(20 * time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		order := failover.Event{
			Verb: failover.Pause, Who: 7, Sequence: 41, Said: first.node.View().State.Now,
		}
		if _, err := first.node.Order(ctx, order, "ann", "stop"); err != nil {
			t.Fatal(err)
		}
		g.kill(lost)
		g.forgets(lost)
		g.network.Heal()
		g.network.Isolate(first.region)
		g.start(lost)
		time.Sleep(3 * time.Minute)
		if stale.node.Leads() || lost.node.Leads() {
			t.Error("one leads who lacks what was acknowledged")
		}
		g.network.Heal()
		g.await("it has caught up", time.Minute, func() bool { return !lost.node.votes.lost.Load() })
		for _, m := range g.members {
			if v := m.node.View(); !v.State.Paused {
				t.Errorf("region %d has not what was acknowledged", m.region)
			}
		}
		g.kill(first)
		g.await("its vote counts", time.Minute, func() bool {
			return stale.node.Leads() || lost.node.Leads()
		})
		g.start(first)
		time.Sleep(20 * time.Second)
		g.sound()
		g.agree()
	})
}

// An agent that is started anew before it has caught up has no vote still, and neither has one that
// could not keep that it has begun a group; a new group begins all the same.
func TestVoteIsLostOverRestarts(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		for _, m := range g.members {
			if m.node.votes.lost.Load() {
				t.Errorf("region %d has no vote in a group that it began", m.region)
			}
		}
		m := g.members[(g.leader().region+1)%3]
		if err := m.log.SetUint64([]byte(voteless), 1); err != nil {
			t.Fatal(err)
		}
		g.kill(m)
		g.network.Isolate(m.region)
		g.start(m)
		time.Sleep(time.Minute)
		if !m.node.votes.lost.Load() {
			t.Error("it votes, and nobody leads whom it could have heard")
		}
		g.network.Heal()
		g.await("it votes", time.Minute, func() bool { return !m.node.votes.lost.Load() })
		if mark, _ := m.log.GetUint64([]byte(voteless)); mark != 0 {
			t.Error("the mark is still there")
		}
		g.sound()
	})
}
