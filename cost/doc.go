// Package cost turns a scenario and a simulated outcome into money: an itemised bill for each
// strategy, the loss of its outages, what a strategy avoids, and a verdict with its reasons.
//
// The types to know are Bill (lines that lead to a total), Loss (one trial's losses, line by line)
// and Case (a strategy against the single-region baseline). They follow from each other:
//
//	Scenario.Bill ── Itemise ──▶ Bill ────────────┐
//	                                              ├── Assess ──▶ Case, with its Verdict
//	Outcome.Trials ── LossOf ──▶ Loss, by trial ──┘   (Judge)    and Reasons
//
// Everything is a pure function. The package never sees the simulator, only model.Outcome; it has
// no source of randomness, so that its intervals are closed forms and not resampling; and it
// refuses to call a strategy worth its money where nobody said what it costs. The method, its
// sources and its assumptions are in docs/cost.md.
package cost
