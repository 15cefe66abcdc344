// Package agent is one region's agent: its replica of the log, and what it says to it and does for
// it.
//
// An agent decides nothing. Entries of the log, which hashicorp/raft orders, go through a
// failover.Library into a State that is the same at every agent, and each acts on what its own
// applied state says is outstanding. What an agent sees, and what becomes of what it does, goes
// back into the log as events, by way of the leader, who stamps them with elapsed time and accepts
// of a region only what that region's own agent says.
//
//	verdicts, lags ──▶ Node ── proposals ──▶ leader ── stamped entries ──▶ raft ──▶ Replica
//	guards, executors ◀── Node ◀── outstanding, granted ── own applied state ◀────────┘
//
// Node is the agent, Replica the state machine with its archive of what was applied, and Config
// hands over everything that touches the world: raft's stores and transport, the other agents, the
// guards, the executor, what is observed. So whole groups of agents run in virtual time.
//
// A Replica holds every step against the safety rules; after the first that fails the agent does
// nothing any more, and goes on applying. An entry under a policy or rules that are not at hand
// stops it from applying: nothing is lost then, since it refuses the snapshots that would cut the
// log off.
package agent
