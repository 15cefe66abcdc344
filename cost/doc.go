// Package cost turns a scenario and a simulated outcome into money: an itemised bill for each
// strategy, the loss of its outages, what a strategy avoids, and a verdict with its reasons.
//
// The types to know are Bill (lines that lead to a total), Loss (one trial's losses, line by line)
// and Case (a strategy against the single-region baseline). Everything is a pure function; the
// package never sees the simulator, only model.Outcome.
package cost
