package daemon

import (
	"redoubt/api"
	"redoubt/metrics"
	"redoubt/peer"
	"redoubt/zone"
)

// counters are what the parts of the agent count.
func (d *daemon) counters(asked func() api.Counts) (all []metrics.Counter) {
	add := func(name, help, label, value string, count func() uint64) {
		all = append(all, metrics.Counter{
			Name: name, Help: help, Label: label, Value: value, Count: count,
		})
	}
	const requests = "Requests to the API, by what became of them."
	add("api_requests", requests, "result", "answered", func() uint64 { return asked().Answered })
	add("api_requests", requests, "result", "refused", func() uint64 { return asked().Refused })
	add("api_requests", requests, "result", "no_request", func() uint64 { return asked().Malformed })
	add("api_orders", "Orders that people have given.", "", "",
		func() uint64 { return asked().Orders })
	for _, reason := range peer.Reasons() {
		add("peer_refused", "Connections between agents that were refused or ended, by the reason.",
			"reason", reason.String(), func() uint64 { return d.peers.Refused(reason) })
	}
	const connections = "Connections between agents, by who has begun them."
	add("peer_connections", connections, "by", "others",
		func() uint64 { return d.peers.Counts().Accepted })
	add("peer_connections", connections, "by", "this",
		func() uint64 { return d.peers.Counts().Dialled })
	add("peer_questions", "Questions of other agents that were answered.", "", "",
		func() uint64 { return d.peers.Counts().Answered })
	add("peer_questions_refused", "Questions of other agents that were answered with a refusal.",
		"", "", func() uint64 { return d.peers.Counts().Denied })
	add("raft_commands_broken", "Commands of other agents to Raft that are none, or have broken off.",
		"", "", d.raftNet.broken.Load)
	const strays = "Packets and streams of gossip that were refused, by the reason."
	add("gossip_refused", strays, "reason", "unauthenticated",
		func() uint64 { return d.gossip.Counts().Refused })
	add("gossip_refused", strays, "reason", "crowded",
		func() uint64 { return d.gossip.Counts().Crowded })
	add("gossip_refused", strays, "reason", "strange",
		func() uint64 { return d.gossip.Counts().Strange })
	const queries = "DNS queries, by what became of them."
	for result, of := range map[string]func(zone.Counts) uint64{
		"answered": func(c zone.Counts) uint64 { return c.Answered },
		"limited":  func(c zone.Counts) uint64 { return c.Limited },
		"broken":   func(c zone.Counts) uint64 { return c.Broken },
	} {
		add("dns_queries", queries, "result", result, func() uint64 {
			if d.zone == nil {
				return 0
			}
			return of(d.zone.server.Counts())
		})
	}
	return append(all, d.guardCounters()...)
}

// guardCounters are what the guards of the region's stores count, as they have said last.
func (d *daemon) guardCounters() (all []metrics.Counter) {
	for i, client := range d.guards.clients {
		if client != nil {
			all = append(all, metrics.Counter{
				Name:  "guard_refused",
				Help:  "What the store's guard was asked and has refused since it was started.",
				Label: "store", Value: d.Scenario.Stores[i].Name,
				Count: func() uint64 { return d.guards.refused(i) },
			})
		}
	}
	return all
}
