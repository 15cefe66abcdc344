package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"redoubt/model"
	"redoubt/tui/canvas"
)

// pointed are the scenes in which all that is drawn is pointed at, and how many different things of
// each kind there are at least on the least screen.
var pointed = []struct {
	name, keys     string
	entries, sides int
}{
	{"compare", "1", 0, 2},
	{"what-if", "2", 9, 2},
	{"timeline", "3", 3, 0},
	{"timeline-list", "3<enter>", 5, 0},
	{"topology", "4", 0, 0},
	{"money", "5", 3, 2},
	{"scenarios", "6", 5, 0},
	{"help", "6?", 0, 0},
}

// TestEverythingDrawnCanBePointedAt clicks on the first and last cell of all that there is to click
// on, in every view at each size, and holds what came of it against the letters that stood there.
func TestEverythingDrawnCanBePointedAt(t *testing.T) {
	for _, scene := range pointed {
		a := opening(t, "ecommerce-three-region", quick...)
		a.Theme(&canvas.Dark)
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1]), func(t *testing.T) {
				pointedAt(t, a, scene.keys, size, scene.entries, scene.sides)
			})
		}
	}
}

// pointedAt goes through a screen cell by cell, and points where another thing begins or ends.
func pointedAt(t *testing.T, a *App, keys string, size [2]int, entries, sides int) {
	width, height := size[0], size[1]
	seen := map[thing]map[int]bool{aTab: {}, aSide: {}, anEntry: {}, aMoment: {}, aSlider: {}}
	back := func() {
		a.help, a.prompt, a.run.list, a.focused = false, nil, nil, 0
		press(a, keys)
		settle(a)
		a.View(width, height)
	}
	back()
	for y := range height {
		for x := range width {
			s, is := spotAt(a.spots, x, y)
			before, isBefore := spotAt(a.spots, x-1, y)
			after, isAfter := spotAt(a.spots, x+1, y)
			ends := !isBefore || before != s || !isAfter || after != s
			if !is || !ends || seen[s.what] == nil {
				continue
			}
			seen[s.what][s.at] = true
			row := strings.Split(ansi.Strip(a.View(width, height)), "\n")[y]
			if shelf := a.run.list != nil || a.at == 5; shelf && strings.HasPrefix(row, " ›") {
				continue // A click on what is chosen opens it.
			}
			pointing(t, a, s, x, y, row)
			back()
		}
	}
	if len(seen[aTab]) != len(a.views) || len(seen[aSide]) != sides ||
		len(seen[anEntry])+len(seen[aSlider]) < entries {
		t.Errorf("got %d tabs, %d sides, %d entries; want %d, %d, at least %d", len(seen[aTab]),
			len(seen[aSide]), len(seen[anEntry]), len(a.views), sides, entries)
	}
}

// selected is what stands on the ground of what is selected.
var selected = regexp.MustCompile(`\x1b\[48;5;24;38;5;231m([^\x1b]*)`)

// pointing clicks on a cell, and says what is wrong with what came of it.
func pointing(t *testing.T, a *App, s spot, x, y int, row string) {
	t.Helper()
	pair, view := a.pair, a.at
	a.Click(x, y)
	screen := a.View(a.width, a.height)
	switch s.what {
	case aTab:
		number := fmt.Sprint(s.at + 1)
		if name := within(s, x, y, row); a.at != s.at || !strings.HasPrefix(name[1:], number) ||
			!strings.Contains(" [", name[:1]) {
			t.Errorf("a click on %d,%d of %q leads to view %d", x, y, row, a.at+1)
		}
	case aSide:
		if a.focused != s.at+1 || !strings.Contains(a.message, a.pair[s.at].String()) ||
			!strings.HasPrefix(strings.TrimSpace(within(s, x, y, row)), marks[s.at]) {
			t.Errorf("a click on %d,%d of %q focuses %d: %s", x, y, row, a.focused, a.message)
		}
		a.Wheel(x, y, true)
		if a.pair[s.at] == pair[s.at] || a.pair[1-s.at] != pair[1-s.at] {
			t.Errorf("the wheel on %d,%d of %q makes of %v %v", x, y, row, pair, a.pair)
		}
		a.Wheel(x, y, false)
		settle(a)
	case anEntry, aSlider:
		lines := strings.Split(screen, "\n")
		found := selected.FindStringSubmatch(strings.Join(lines[2:len(lines)-2], "\n"))
		words := strings.Trim(strings.Join(strings.Fields(found[1]), " "), "› ")
		line := strings.Join(strings.Fields(row), " ")
		if a.at != view || words == "" || !strings.Contains(line, words) {
			t.Errorf("a click on %d,%d of %q selects %q", x, y, row, words)
		}
	case aMoment:
		lane := within(s, x, y, strings.Split(ansi.Strip(screen), "\n")[3])
		if a.run.at != s.at || !strings.HasPrefix(lane, "│") {
			t.Errorf("a click on %d,%d of %q moves the cursor to %d, drawn in %q", x, y, row, a.run.at,
				lane)
		}
	}
}

// within is what a row has in the columns of a spot, one of whose cells is given.
func within(s spot, x, y int, row string) string {
	from, to := x, x+1
	for ; s.area.Holds(from-1, y); from-- {
	}
	for ; s.area.Holds(to, y); to++ {
	}
	return ansi.Cut(row, from, to)
}

// TestASliderFollowsTheWheel turns the wheel on the revenue, and on its name, which moves the
// cursor alone.
func TestASliderFollowsTheWheel(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2jj")
	a.View(80, 24)
	before := a.levers()[0].Value
	a.Wheel(22, 3, false)
	if after := a.levers()[0].Value; after <= before || a.views[1].(*whatIfView).at != 0 {
		t.Errorf("from %g to %g, with the cursor at %d", before, after, a.views[1].(*whatIfView).at)
	}
	a.View(80, 24)
	a.Wheel(22, 3, true)
	if after := a.levers()[0].Value; after < before*0.999 || after > before*1.001 {
		t.Errorf("back to %g, want %g", after, before)
	}
	a.View(80, 24)
	edits := len(a.study.edits)
	a.Wheel(5, 4, true)
	if at := a.views[1].(*whatIfView).at; at != 1 || len(a.study.edits) != edits {
		t.Errorf("the wheel on a name moves the cursor to %d", at)
	}
}

// TestTheWheelScrollsText turns it over what has no cursor.
func TestTheWheelScrollsText(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, keys := range []string{"", "?"} {
		press(a, keys)
		first := screen(a, 60, 16)
		a.Wheel(10, 8, true)
		if second := screen(a, 60, 16); second == first || !strings.Contains(first,
			strings.Split(second, "\n")[3]) {
			t.Errorf("got\n%s\nafter\n%s", second, first)
		}
		a.Wheel(10, 8, false)
		if again := screen(a, 60, 16); again != first {
			t.Errorf("got\n%s\nwant\n%s", again, first)
		}
	}
	a.Click(50, 0) // A view's name leads out of the help.
	if a.help {
		t.Error("the help is still shown")
	}
}

// TestTwoClicksOpen opens a scenario that was filtered, while the filter is still being typed.
func TestTwoClicksOpen(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "6")
	settle(a)
	press(a, "/region-loss") // And double-region-loss, before it.
	a.View(80, 24)
	a.Click(10, 4)
	if a.prompt != nil || a.at != 5 {
		t.Fatalf("view %d, and a prompt: %v", a.at+1, a.prompt != nil)
	}
	a.View(80, 24)
	a.Click(10, 4)
	if a.warned.lost != "" { // What was changed is asked about, as with enter.
		a.View(80, 24)
		a.Click(10, 4)
	}
	if a.study.name != "region-loss" || a.at != 0 {
		t.Errorf("%s is open, in view %d", a.study.name, a.at+1)
	}
}

// TestNoClickGivesAnOrder clicks on all of the screen while an order is being written: nothing is
// given up, and nothing goes on its way.
func TestNoClickGivesAnOrder(t *testing.T) {
	a := watching(t, losing(t, model.Manual).reading())
	press(a, "aticket 4711<enter>")
	form, prompt := a.live.form, a.prompt
	for y := range 24 {
		for x := range 80 {
			a.View(80, 24)
			a.Click(x, y)
			a.Wheel(x, y, true)
		}
	}
	if a.live.form != form || a.prompt != prompt || form.sent || a.at != 0 {
		t.Errorf("a click has led to\n%s", screen(a, 80, 24))
	}
	if text := screen(a, 120, 36); !strings.Contains(text, "enter or esc comes first") {
		t.Errorf("got\n%s\nwant what comes first", text)
	}
}

// TestTheHistoryIsPointedAt clicks on entries of the log at each size.
func TestTheHistoryIsPointedAt(t *testing.T) {
	a := watching(t, losing(t, model.Automatic).reading())
	a.Theme(&canvas.Dark)
	for _, size := range sizes {
		press(a, "3")
		a.View(size[0], size[1])
		entries := 0
		for y := range size[1] {
			s, is := spotAt(a.spots, size[0]/2, y)
			if !is || s.what != anEntry {
				continue
			}
			entries++
			row := strings.Split(ansi.Strip(a.View(size[0], size[1])), "\n")[y]
			pointing(t, a, s, size[0]/2, y, row)
			a.View(size[0], size[1])
		}
		if entries < 4 {
			t.Errorf("%v: %d entries can be clicked on", size, entries)
		}
	}
}

// TestTheMouseIsTheTerminals holds that it is taken only if somebody wants it.
func TestTheMouseIsTheTerminals(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, want := range []bool{false, true, false} {
		p := &program{app: a, width: 80, height: 24}
		if is := p.View().MouseMode != 0; is != want || a.Mouse() != want {
			t.Errorf("the mouse is taken: %v, want %v", is, want)
		}
		press(a, ":mouse<enter>")
	}
}

// TestASideIsFocused clicks on the right side: it stands out, and the keys of the left one change
// it.
func TestASideIsFocused(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	a.Theme(&canvas.Dark)
	a.View(80, 24)
	a.Click(40, 2)
	golden(t, "compare-focused-80x24-dark", strings.ReplaceAll(a.View(80, 24), "\x1b", "␛"))
	pair := a.pair
	if press(a, "l"); a.pair[0] != pair[0] || a.pair[1] == pair[1] {
		t.Errorf("l makes of %v %v, want another one on the right", pair, a.pair)
	}
	settle(a)
	pair = a.pair
	if press(a, "L"); a.pair[0] == pair[0] || a.pair[1] != pair[1] {
		t.Errorf("L makes of %v %v, want another one on the left", pair, a.pair)
	}
}
