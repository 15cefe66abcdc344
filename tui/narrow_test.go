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

// TestALowScreenHasAllOfTheComparison scrolls the least screen down to its end: every objective and
// the last reason are seen, and it says how much is left and by which key.
func TestALowScreenHasAllOfTheComparison(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	first := screen(a, leastWidth, leastHeight)
	if !strings.Contains(first, "more lines (j)") {
		t.Errorf("got\n%s\nwant how many more lines there are", first)
	}
	seen := first
	for range 60 {
		a.Key("j")
		seen += screen(a, leastWidth, leastHeight)
	}
	last := screen(a, leastWidth, leastHeight)
	why := a.why(leastWidth - 2)
	for _, want := range []string{"RTO ≤ 5m", "RPO ≤ 1m", "✓ 100.0 %", why[0], why[len(why)-1]} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is never seen", want)
		}
	}
	if !strings.Contains(last, why[len(why)-1]) || strings.Contains(last, "more lines") {
		t.Errorf("got\n%s\nwant the end", last)
	}
	for range 60 {
		a.Key("k")
	}
	if text := screen(a, leastWidth, leastHeight); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
}

// TestTheAnswerSaysWhatItHasNoRoomFor reads the values on the least screen: the objectives that are
// left out stand in the comparison, and it says so.
func TestTheAnswerSaysWhatItHasNoRoomFor(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("2")
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "2 more in Compare (1)") {
		t.Errorf("got\n%s\nwant how many more there are, and where", text)
	}
}

// TestANarrowHeadSaysWhatIsChanged counts what a person changed on every screen, however long the
// name of the scenario is.
func TestANarrowHeadSaysWhatIsChanged(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2ljl")
	for width, want := range map[int]string{leastWidth: "… *2 ", 80: "three-region *2 changed "} {
		head, _, _ := strings.Cut(screen(a, width, leastHeight), "\n")
		if !strings.Contains(head, want) {
			t.Errorf("with %d columns: got %q, want %q", width, head, want)
		}
	}
}

// TestALowScreenHasAllOfTheHelp scrolls the help to its end on the least screen: it says how much
// is left, and what a key does is never cut off.
func TestALowScreenHasAllOfTheHelp(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Key("?")
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "more lines (j)") {
		t.Errorf("got\n%s\nwant how many more lines there are", text)
	}
	for range 80 {
		rows := strings.Split(screen(a, leastWidth, leastHeight), "\n")
		for _, row := range rows[1 : leastHeight-2] { // The help is between the bars.
			if strings.Contains(row, "…") {
				t.Fatalf("%q is cut off", row)
			}
		}
		a.Key("j")
	}
	text = screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "y copies it.") || strings.Contains(text, "more lines") {
		t.Errorf("got\n%s\nwant the end", text)
	}
}

// TestALowScreenHasAllOfTheTopology scrolls the ways between five regions on the least screen:
// those of the last one are seen, and where they are from, and nothing is cut in silence.
func TestALowScreenHasAllOfTheTopology(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, ":play cloudflare-2024-03-26<enter>4")
	first := screen(a, leastWidth, leastHeight)
	if !strings.Contains(first, "more lines (L)") || strings.Contains(first, "lanes") {
		t.Errorf("got\n%s\nwant how many more lines there are", first)
	}
	regions := a.run.other.scenario.Regions
	ways, name, last, moves := false, "\n "+regions[len(regions)-1].Name, first, 0
	for ; strings.Contains(last, "more lines") && moves < 40; moves++ {
		press(a, "L")
		last = screen(a, leastWidth, leastHeight)
		_, below, seen := strings.Cut(last, "round trip to")
		ways = ways || seen && strings.Contains(below, name)
	}
	if !ways || moves == 40 || !strings.Contains(last, "(latency_aws.csv)") {
		t.Errorf("got\n%s\nwant the end, and the ways to%s before it: %v", last, name, ways)
	}
	press(a, strings.Repeat("H", moves))
	if text := screen(a, leastWidth, leastHeight); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
	if text := screen(a, 80, 24); strings.Contains(text, "more lines") {
		t.Errorf("got\n%s\nwant all of it", text)
	}
}

// TestALowScreenSaysWhatItLeavesOutOfTheGates stands at the first moment of a run, of which the
// policy says more than there is room for: how many rows that is, and the key that helps.
func TestALowScreenSaysWhatItLeavesOutOfTheGates(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3")
	text := screen(a, leastWidth, leastHeight)
	if !strings.Contains(text, "more lines: y copies what prints them") {
		t.Errorf("got\n%s\nwant how much is left out", text)
	}
	if press(a, "y"); !strings.Contains(a.Copied, "redoubt simulate") ||
		!strings.Contains(a.Copied, "--explain 0s") {
		t.Errorf("y copies %q", a.Copied)
	}
	if text := screen(a, 120, 36); strings.Contains(text, "more lines") {
		t.Errorf("got\n%s\nwant all of it", text)
	}
}
