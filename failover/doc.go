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
// Who takes over is chosen by wishes, each of which leaves the candidates that meet it unless none
// does: lawful, ready, little enough data at risk, able to carry the load, in no recent transition,
// as fresh as the freshest but for the time between two samples of the lag, and first in the
// scenario. Only that no quorum sees them down must be met. Verdict.Candidates says at which wish
// each one fell out.
//
// People can approve, order planned work, declare what a failover would not mend, and forbid one. A
// pause stops all that begins by itself, the brake only what moves: it trips over too many
// transitions or too many regions that fail together, and stays on until a person lifts it. Who
// forces a failover names the loss that they accept, which stays in the State; no force overrides a
// running plan to elsewhere, the law, a quorum that sees the target down, or a guard's fence.
//
// A State says under which policy and which version of the rules it is; a change of either is an
// event, and a Library applies each event under the ones that it belongs under, or stops. A log
// file holds the policies that its events name: Replay leads to the same State.Hash everywhere.
//
// The package keeps no clock: time is what the log says. It never acts itself, never refuses an
// event and never panics; what it cannot use it ignores.
package failover
