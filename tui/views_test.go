package tui

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
)

// sizes are the screens that views are kept of.
var sizes = [][2]int{{60, 16}, {80, 24}, {120, 36}, {200, 60}}

// scenes are the states of the interface that are kept, by the keys that lead there.
var scenes = []struct{ name, keys string }{
	{"compare", ""},
	{"compare-scrolled", "jjjj"},
	{"what-if", "2jjjlllk"},
	{"compare-unsure", ":set business.revenue_per_year=52M<enter>"},
	{"what-if-unsure", "2<enter>52M<enter>"},
	{"timeline", "3jjjjjjj"},
	{"timeline-between", "3jjjjjjj:at 6m10s<enter>"},
	{"timeline-list", "3<enter>/github"},
	{"timeline-incident", ":play github-2018-10-21<enter>jjjjjjjj"},
	{"topology", "3jjjjjjj4"},
	{"topology-witness", ":play warm-standby-two-region<enter>jjjjjjjj4"},
	{"money", "5j"},
	{"money-hangs", "5<enter>"},
	{"scenarios", "6"},
	{"scenarios-filtered", "6/region-loss<enter>"},
	{"help", "?"},
	{"help-mouse", ":mouse<enter>?<pgdown><pgdown><pgdown><pgdown><pgdown>"},
	{"command", ":set routing.t<tab>"},
	{"problem", ":set routing.ttl=90<enter>"},
}

// TestViews keeps every view at each size, and how each theme has it look.
func TestViews(t *testing.T) {
	for _, scene := range scenes {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, scene.keys)
		settle(a)
		var looks looks
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", scene.name, size[0], size[1])
			a.Theme(&canvas.Bare)
			bare := a.View(size[0], size[1])
			fits(t, name, bare, size[0], size[1])
			golden(t, name, trimmed(bare))
			inLetters(t, a, name, bare, size)
			looks.keep(t, a, name, bare, size)
		}
		golden(t, scene.name+"-looks", looks.text())
	}
}

// trimmed takes the spaces off the ends of lines, which fits has counted.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestEverySizeHolds draws every scene at all sizes that a window can be dragged through.
func TestEverySizeHolds(t *testing.T) {
	for _, scene := range scenes {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, scene.keys)
		settle(a)
		for width := 1; width < 210; width += 13 {
			for height := 1; height < 64; height += 5 {
				fits(t, scene.name, a.View(width, height), width, height)
			}
		}
	}
}

// TestChartsNameTheSides reads the charts without color: before each histogram and on each line
// stands the mark of its side.
func TestChartsNameTheSides(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	charts := func() (text string) {
		text = screen(a, 120, 36)
		_, text, _ = strings.Cut(text, "loss a year, the mean")
		text, _, _ = strings.Cut(text, "heights are square roots")
		return text
	}
	for _, symbols := range []chart.Symbols{chart.Braille, chart.Block} {
		a.symbols = symbols
		text := charts()
		for _, mark := range marks {
			if got := strings.Count(text, strings.TrimSpace(mark)); got != 2 {
				t.Errorf("%s: %d of %s, want one by its losses and one by its line\n%s", symbols, got,
					mark, text)
			}
		}
	}
}

// TestTheAxisOfLossesEndsWhereItEnds reads below the losses what their ends mean: the greatest one
// stands at the end of the chart, as its title does, whatever is written between the two.
func TestTheAxisOfLossesEndsWhereItEnds(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, test := range []struct {
		keys          string
		width, height int
		note          string
	}{
		{"", 200, 60, "(heights are square roots)"}, {"", 120, 36, "(heights are square roots)"},
		{"<enter><enter>", 80, 24, "(heights are square roots)"}, {"", 60, 16, "(square roots)"},
	} {
		screen(a, test.width, test.height) // What enter shows goes by what had no room.
		press(a, test.keys)
		text := screen(a, test.width, test.height)
		title := regexp.MustCompile(`\n( ─ loss a year.*─)  ─ cost and loss`).FindStringSubmatch(text)
		axis := regexp.MustCompile(`\n( +\$0 +(\(.*\)) +\$12k)  `).FindStringSubmatch(text)
		if title == nil || axis == nil || axis[2] != test.note ||
			canvas.Width(axis[1]) != canvas.Width(title[1]) {
			t.Errorf("got\n%s\nwant $0 %s $12k, which ends where the title %q does", text, test.note,
				title)
		}
	}
}

// inLetters holds that a view is drawn with ASCII alone where that was asked for, and that nothing
// that it draws is a question mark then.
func inLetters(t *testing.T, a *App, name, otherwise string, size [2]int) {
	t.Helper()
	before := a.symbols
	a.symbols = chart.ASCII
	text := screen(a, size[0], size[1])
	a.symbols, a.drawn = before, ""
	fits(t, name+" in ASCII", text, size[0], size[1])
	for _, r := range text {
		if r >= 0x80 {
			t.Errorf("%s: %q is drawn where ASCII was asked for\n%s", name, r, text)
			return
		}
	}
	if strings.Count(text, "?") != strings.Count(otherwise, "?") {
		t.Errorf("%s: got\n%s\nwant letters for all of\n%s", name, text, otherwise)
	}
}

// TestEveryScenarioIsShown opens the library, in make soak all of it: what cannot be compared is
// said.
func TestEveryScenarioIsShown(t *testing.T) {
	shortest := []scenarios.Edit{{Path: "run.trials", Value: "2"}, {Path: "run.horizon", Value: "1y"}}
	for i, s := range library() {
		if i%7 != 0 && os.Getenv("SEEDS") == "" {
			continue
		}
		a := opening(t, s.Name, shortest...)
		for i := range a.views {
			press(a, fmt.Sprint(i+1))
			fits(t, s.Name, a.View(80, 24), 80, 24)
		}
		if a.shown == nil && a.failure == "" {
			t.Errorf("%s: nothing is shown, and nobody is told why\n%s", s.Name, screen(a, 80, 24))
		}
	}
}
