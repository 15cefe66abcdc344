package tui

import (
	"strings"
	"testing"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// TestANarrowScreenSaysThatItRefines reads the least screen while a comparison goes on.
func TestANarrowScreenSaysThatItRefines(t *testing.T) {
	a, err := New(Options{
		Scenario: "ecommerce-three-region", Theme: &canvas.Bare,
		Edits: []scenarios.Edit{{Path: "run.trials", Value: "900000"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	a.Take(a.Next())
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "refining") || !strings.Contains(text, "coarse, 30 trials") {
		t.Errorf("got\n%s\nwant that it refines what is coarse", text)
	}
}

// TestALowScreenSaysWhichIsRecommended reads the least screen once all was simulated.
func TestALowScreenSaysWhichIsRecommended(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "★ read-local is recommended; done") {
		t.Errorf("got\n%s\nwant which strategy is recommended", text)
	}
}
