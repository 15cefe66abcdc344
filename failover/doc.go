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
// A plan ends as soon as its reason or its target is gone, and leaves its leases as they are:
// whatever may still be writable is in a lease, and the next plan fences it first. A primary that
// lacks a store, or whose traffic a given-up plan left elsewhere, is itself cause for a plan, which
// reopens it.
//
// The package keeps no clock: time is what the log says. It never acts itself, never refuses an
// event and never panics; what it cannot use it ignores.
package failover
