// Package tui is the terminal interface: where an architect compares two strategies, asks what
// would change the answer, and saves what came of it.
//
// An App is all of it without a terminal: Key takes a key by its name, View gives the screen as
// lines of a size, and what a simulation finds comes in by Take. Run puts it into a terminal by
// Bubble Tea, which owns the loop and nothing else.
//
//	keys ──▶ App.Key ──▶ study (a scenario file and its edits) ──▶ engine ──▶ redoubt.Compare
//	                                                                             │
//	screen ◀── App.View ◀── views draw on a canvas ◀── App.Take ◀────────────────┘
//
// Nothing is computed for the screen that a command does not print: a comparison is one of
// redoubt.Compare with the scenario's own seed, and whatever is changed is an edit of the
// scenario's file, which `--set` takes and a saved file has.
package tui
