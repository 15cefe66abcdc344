package tui

import (
	"testing"
	"time"

	"redoubt/tui/canvas"
)

// TestAFirstScreenIsDrawnFirst holds that nothing is simulated before there is a screen where that
// was asked for, that all is from then on, and that it can be left before.
func TestAFirstScreenIsDrawnFirst(t *testing.T) {
	begin := func() *App {
		a, err := New(Options{
			Scenario: "ecommerce-three-region", Edits: quick, Theme: &canvas.Bare, DrawFirst: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.engine.stop)
		return a
	}
	a := begin()
	select {
	case f := <-a.engine.found:
		t.Fatalf("something was found before a screen was drawn: %+v", f)
	case <-time.After(200 * time.Millisecond):
	}
	a.View(120, 36)
	settle(a)
	press(a, "2l")
	settle(a)
	if a.shown == nil || a.stale || a.coarse {
		t.Errorf("nothing was found after a screen was drawn\n%s", screen(a, 120, 36))
	}
	left := begin()
	left.engine.stop()
	settle(left)
	if left.engine.busy {
		t.Error("what was left before its first screen still runs")
	}
}
