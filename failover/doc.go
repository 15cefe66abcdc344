// Package failover is the decision: who is primary, who serves, and when that changes.
//
// Policy.Step is a pure, total function from a State and an Event to the next State and the Actions
// that follow. The simulator calls it with made-up events, the agents with committed Raft entries;
// there is one copy. A State is a plain comparable value. Everything else here looks at one:
// Explain says gate by gate why it acts or waits, Outstanding lists what is still to be done,
// Deadline says when a Tick is needed next, and Check holds a transition against the safety rules.
//
//	              quorum says down, gates pass
//	no plan ───────────────────────────────────▶ plan: fence ─▶ promote ─▶ repoint
//	   ▲                                            │  scale ────────┴──▶ shift
//	   └──────── every step done, or cancelled ◀────┘
//
// The package keeps no clock: time is what the log says. It never acts itself, never refuses an
// event and never panics; what it cannot use it ignores.
package failover
