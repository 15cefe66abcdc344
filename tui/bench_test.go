package tui

import (
	"testing"

	"redoubt/tui/canvas"
)

// BenchmarkFrame draws one screen of each view, those of agents too: the goal is under 1 ms at
// 120x36.
func BenchmarkFrame(b *testing.B) {
	frames(b, opening(b, "ecommerce-three-region", quick...))
	frames(b, watching(b, goingOn(b).reading()))
}

// frames draws each view of an App.
func frames(b *testing.B, a *App) {
	a.Theme(&canvas.Dark)
	for i, v := range a.views {
		a.show(i)
		settle(a)
		b.Run(v.title(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a.Tick()
				a.View(120, 36)
			}
		})
	}
}

// BenchmarkWhatIf asks anew after a change, until the coarse answer: the goal is under 250 ms.
func BenchmarkWhatIf(b *testing.B) {
	a := opening(b, "ecommerce-three-region")
	a.show(1)
	for i := 0; b.Loop(); i++ {
		a.Key([]string{"l", "h"}[i%2])
		for a.stale {
			a.Take(a.Next())
		}
	}
}
