package tui

import (
	"fmt"
	"strings"
	"testing"

	"redoubt/contrast"
	"redoubt/tui/canvas"
)

// TestPartsAreKept keeps what stands behind the bill and behind the comparison in the windows that
// have no room for it, and how each theme has it look.
func TestPartsAreKept(t *testing.T) {
	for _, part := range []struct {
		name, view, keys string
		sizes            [][2]int
	}{
		{"money-lines", "5", "<enter>", sizes[:2]},
		{"money-losses", "5", "<enter><enter>", sizes[:1]},
		{"compare-intervals", "1", "<enter>", sizes[:2]},
		{"compare-charts", "1", "<enter><enter>", sizes[:2]},
	} {
		var looks looks
		for _, size := range part.sizes {
			a := opening(t, "ecommerce-three-region", quick...)
			press(a, part.view)
			settle(a)
			screen(a, size[0], size[1]) // It finds out what there is room for.
			press(a, part.keys)
			a.Theme(&canvas.Bare)
			name := fmt.Sprintf("%s-%dx%d", part.name, size[0], size[1])
			bare := a.View(size[0], size[1])
			fits(t, name, bare, size[0], size[1])
			golden(t, name, trimmed(bare))
			looks.keep(t, a, name, bare, size)
		}
		golden(t, part.name+"-looks", looks.text())
	}
}

// TestWhatHasNoRoomIsNamed reads the comparison in low and in narrow windows: what it leaves out it
// names, with the key that shows it, which is what there is behind that key.
func TestWhatHasNoRoomIsNamed(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, size := range [][2]int{{60, 16}, {80, 24}, {79, 22}} {
		text := screen(a, size[0], size[1])
		if !strings.Contains(text, "enter: intervals, charts") {
			t.Errorf("%v: got\n%s\nwant what there is no room for, and its key", size, text)
		}
		press(a, "<enter>")
		text = screen(a, size[0], size[1])
		for _, f := range contrast.Lines(a.results()) {
			for _, r := range a.results() {
				if !strings.Contains(text, f.Interval(r)) {
					t.Errorf("%v: got\n%s\nwant the interval %q of %s", size, text, f.Interval(r), f.Label)
				}
			}
		}
		press(a, "<enter>")
		text = screen(a, size[0], size[1])
		for _, want := range []string{"loss a year", "cost and loss", "$12k", "square roots)"} {
			if !strings.Contains(text, want) {
				t.Errorf("%v: got\n%s\nwant charts with %q", size, text, want)
			}
		}
		press(a, "<enter>")
		if text = screen(a, size[0], size[1]); !strings.Contains(text, "difference") {
			t.Errorf("%v: got\n%s\nwant the figures again", size, text)
		}
	}
	if text := screen(a, 120, 36); strings.Contains(text, "enter:") {
		t.Errorf("got\n%s\nwant nothing left out", text)
	}
	press(a, "<enter>") // What has room beside the figures has no part of its own.
	if text := screen(a, 120, 36); !strings.Contains(text, "difference") || a.message == "" {
		t.Errorf("got\n%s\nwant that enter says that it does nothing", text)
	}
	screen(a, 80, 24)
	press(a, "<enter><enter>")
	if text := screen(a, 120, 36); !strings.Contains(text, "difference") {
		t.Errorf("got\n%s\nwant all there is once there is room for it", text)
	}
	screen(a, 80, 24)
	press(a, "<enter><enter><esc>") // And esc leads back.
	if text := screen(a, 80, 24); !strings.Contains(text, "difference") {
		t.Errorf("got\n%s\nwant the figures again", text)
	}
	press(a, "2")
	if text := screen(a, 60, 16); !strings.Contains(text, "more, intervals: Compare 1") {
		t.Errorf("got\n%s\nwant where the intervals are", text)
	}
}

// TestEveryLineOfABillIsToldInFull reads what each line rests on, in windows that have no room for
// it below the bill: that says so and names the key behind which all of it is, scrolled where it
// has to be. Where there is room it is told there.
func TestEveryLineOfABillIsToldInFull(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 36}} {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, "5")
		settle(a)
		bills := a.bills()
		for _, category := range categories(bills) {
			below := screen(a, size[0], size[1])
			hides := strings.Contains(below, "; enter: in full")
			text := below
			if hides {
				press(a, "<enter>")
				for range 20 {
					text += screen(a, size[0], size[1])
					press(a, "J")
				}
				press(a, "<esc>")
			}
			if strings.Contains(text, "higher window") || hides && size[0] == 120 {
				t.Errorf("%v: got\n%s\nwant the key that shows all", size, below)
			}
			for _, bill := range bills {
				for _, line := range bill.Lines {
					if line.Category == category && !strings.Contains(flat(text), flat(line.Basis)) {
						t.Errorf("%v: got\n%s\nwant %q", size, text, line.Basis)
					}
				}
			}
			press(a, "j")
		}
	}
}
