// Package daemon is one agent as a process: it opens what an agent's file and the scenario name,
// puts the parts together, and runs them until it is told to end.
//
// Nothing is decided here, and nothing here is pure. What an agent is lies in package agent; what
// it looks at, does, answers and tells lies in probe, execute, zone, api and metrics. Each begins
// with what it needs and ends before what it stands on.
//
//	probe ──▶ agent.Node ◀── execute         peer: Raft and proposals      gossip: who is alive
//	              │ applied
//	              ├──▶ zone (DNS)    ├──▶ api (people)    └──▶ metrics (Prometheus)
package daemon
