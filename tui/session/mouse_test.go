package session

import "testing"

// TestTheMouseIsTaken clicks on the name of a view and turns the wheel on the revenue, as a
// terminal says it to a program that has asked for the mouse.
func TestTheMouseIsTaken(t *testing.T) {
	w := start(t, 120, 36, "tui", "--mouse", "--set", "run.trials=60", "--set", "run.horizon=5y")
	w.Until("a comparison", finished)
	w.Press("\x1b[<0;66;1M\x1b[<0;66;1m")
	w.Shows("what if")
	w.Press("\x1b[<64;25;4M")
	w.Shows("$90.9M/yr")
	w.Quits("<ctrl+c>")
}
