package tui

import (
	"slices"
	"strings"
	"testing"

	"redoubt"
	"redoubt/levers"
	"redoubt/model"
)

// TestWhatTheAnswerHangsOnIsFound holds that it is looked for where it is shown, anew after a
// change of the scenario or of the two, and nowhere else.
func TestWhatTheAnswerHangsOnIsFound(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	if a.hangs.found != nil {
		t.Fatal("it was looked for where nobody asked")
	}
	a.Key("5")
	if text := screen(a, 120, 60); !a.Busy() || !strings.Contains(text, "weighing …") {
		t.Errorf("got\n%s\nwant that it is being weighed", text)
	}
	settle(a)
	before := a.hangs.found
	if before == nil || before.Pair != a.pair || len(before.Swings) != len(a.levers()) {
		t.Fatalf("got %+v, want what %v hangs on", before, a.pair)
	}
	press(a, "x")
	screen(a, 120, 60)
	if settle(a); a.hangs.found.Pair != a.pair || a.hangs.found.AsIs.Net[0] != before.AsIs.Net[1] {
		t.Errorf("after a swap it is of %v: %v", a.hangs.found.Pair, a.hangs.found.AsIs.Net)
	}
	press(a, ":set business.revenue_per_year=$1M<enter>")
	if text := screen(a, 120, 60); strings.Contains(text, "net/yr\n") || a.engine.weighing != nil {
		t.Errorf("got\n%s\nwant nothing of before the change", text)
	}
	settle(a)
	if a.hangs.found.AsIs.Net[1].Mean >= before.AsIs.Net[0].Mean {
		t.Errorf("at another revenue the net benefits are %v, as before", a.hangs.found.AsIs.Net)
	}
	press(a, "x")
	screen(a, 120, 60)
	if press(a, "1"); a.engine.weighing != nil || a.Busy() {
		t.Error("it goes on where nobody sees it")
	}
	for _, key := range []string{"5", "1", "5"} { // What was begun before is of no use.
		a.Key(key)
	}
	if settle(a); a.hangs.found == nil || a.hangs.found.Pair != a.pair {
		t.Errorf("got %+v, want what %v hangs on", a.hangs, a.pair)
	}
}

// TestWhatCannotBeWeighedIsSaid has two strategies without a price.
func TestWhatCannotBeWeighedIsSaid(t *testing.T) {
	a := opening(t, "case-management", quick...)
	press(a, "5")
	settle(a)
	if text := screen(a, 80, 24); a.hangs.problem != levers.ErrUnpriced.Error() {
		t.Errorf("got %+v\n%s", a.hangs, text)
	}
	press(a, "<enter>")
	if text := screen(a, 80, 24); !strings.Contains(text, "Nothing can be said: one of the two") {
		t.Errorf("got\n%s\nwant why nothing is known", text)
	}
}

// TestANarrowBillHasItsLossesBehindIt turns the parts of the bill over where there is no room for
// two beside each other.
func TestANarrowBillHasItsLossesBehindIt(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "5")
	settle(a)
	for _, step := range []struct{ keys, shows, next string }{
		{"", "cost a year", "enter line by line"}, {"<enter>", "▶ EKS", "enter what is lost"},
		{"<enter>", "breakeven h", "enter what it hangs on"},
		{"<enter>", "outage rate", "enter the bill"},
		{"<enter>", "cost a year", "enter line by line"},
		{"<enter><esc>", "cost a year", "enter line by line"},
	} {
		press(a, step.keys)
		if text := screen(a, 60, 16); !strings.Contains(text, step.shows) ||
			!strings.Contains(text, step.next) {
			t.Errorf("after %s: got\n%s\nwant %q and %q", step.keys, text, step.shows, step.next)
		}
	}
	press(a, "<enter><enter>")
	screen(a, 60, 16)
	if text := screen(a, 80, 24); !strings.Contains(text, "cost a year") ||
		!strings.Contains(text, "lost a year") {
		t.Errorf("in a wider window: got\n%s\nwant both", text)
	}
}

// TestALowBillHasAllOfItsLines goes through the categories on the least screen: each line of both
// bills is seen, with the part of the bill that has all of the room.
func TestALowBillHasAllOfItsLines(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "5")
	settle(a)
	screen(a, 60, 16)
	press(a, "<enter>")
	bills, seen := a.bills(), map[model.Category]int{}
	for _, category := range categories(bills) {
		text := screen(a, 60, 16)
		all := strings.Contains(text, category.String()+", line by line")
		if !all || strings.Contains(text, "more in") {
			t.Errorf("got\n%s\nwant all of %s", text, category)
		}
		if rows := strings.Count(text, " ◀ ") + strings.Count(text, " ▶ "); rows == 0 ||
			strings.Count(text, " *\n")+strings.Count(text, " * ") < rows {
			t.Errorf("got\n%s\nwant a mark on each of %d lines that nobody checked", text, rows)
		}
		seen[category] = strings.Count(text, " ◀ ") + strings.Count(text, " ▶ ")
		press(a, "j")
	}
	for _, bill := range bills {
		for _, line := range bill.Lines {
			seen[line.Category]--
		}
	}
	for category, left := range seen {
		if left != 0 {
			t.Errorf("%s: %d rows more than lines", category, left)
		}
	}
	if text := screen(a, 60, 60); len(categories(bills)) < 2 || !strings.Contains(text, "edge, line") {
		t.Errorf("got\n%s\nwant the last category", text)
	}
}

// TestAllThatTheAnswerHangsOnIsSeen scrolls what the answer hangs on over the least screen to its
// end, and back: the marks are explained throughout.
func TestAllThatTheAnswerHangsOnIsSeen(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "5<enter>")
	settle(a)
	first := screen(a, 60, 16)
	if !strings.Contains(first, "more, which move less (j)") ||
		!strings.Contains(first, "j/k scroll") {
		t.Errorf("got\n%s\nwant how many more there are, and which key shows them", first)
	}
	seen := first
	for range len(a.levers()) {
		a.Key("j")
		text := screen(a, 60, 16)
		if !strings.Contains(text, "✓ pays then") {
			t.Errorf("got\n%s\nwant what the marks mean", text)
		}
		seen += text
	}
	for _, l := range a.levers() {
		if !strings.Contains(seen, " "+l.Label) {
			t.Errorf("%s is never seen", l.Label)
		}
	}
	if text := screen(a, 60, 16); strings.Contains(text, "move less") {
		t.Errorf("got\n%s\nwant the end", text)
	}
	if text := screen(a, 80, 24); strings.Contains(text, "scroll") {
		t.Errorf("got\n%s\nwant nothing to scroll where all is seen", text)
	}
	for range len(a.levers()) {
		a.Key("k")
	}
	if text := screen(a, 60, 16); text != first {
		t.Errorf("got\n%s\nwant the beginning\n%s", text, first)
	}
}

// TestWhatHolds0IsMarkedAlike counts the marks of each row: one for each figure of which the
// interval has 0 in it, whether or not that is so without the change, and none for any other.
func TestWhatHolds0IsMarkedAlike(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "5<enter>")
	settle(a)
	found := *a.hangs.found
	found.Swings = append([]levers.Swing{}, found.Swings...)
	for name, change := range map[string]func(){
		"as they are": func() {},
		"the first is unsure as it is, and by half": func() {
			unsure(&found.AsIs.Net[0])
			unsure(&found.Swings[1].Half.Worth.Net[0])
		},
		"which is ahead is unsure throughout": func() {
			unsure(&found.AsIs.Apart)
			for i := range found.Swings {
				unsure(&found.Swings[i].Half.Worth.Apart)
			}
		},
	} {
		change()
		a.hangs.found = &found
		press(a, "kj")
		for _, size := range [][2]int{{60, 40}, {120, 36}} {
			rows := strings.Split(screen(a, size[0], size[1]), "\n")
			marked := func(label string, want int) {
				at := slices.IndexFunc(rows, func(row string) bool {
					return strings.HasPrefix(row, " "+label)
				})
				if got := strings.Count(rows[at], "?"); got != want {
					t.Errorf("%s, %v: %q has %d marks, want %d", name, size, rows[at], got, want)
				}
			}
			marked("all as it is", 2*unsureOf(&found.AsIs))
			for _, s := range found.Swings {
				marked(s.Lever.Label, unsureOf(&s.Half.Worth)+unsureOf(&s.Double.Worth))
			}
		}
	}
}

// unsure has the interval of an estimate have 0 in it.
func unsure(e *model.Estimate) {
	e.Low, e.High = min(-1, 2*e.Mean), max(1, 2*e.Mean)
}

// unsureOf counts the intervals that have 0 in them, of three.
func unsureOf(w *levers.Worth) (count int) {
	for _, e := range []model.Estimate{w.Net[0], w.Net[1], w.Apart} {
		if !redoubt.Apart(e) {
			count++
		}
	}
	return count
}
