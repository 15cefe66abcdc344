package session

import (
	"encoding/json"
	"errors"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// quick are flags that have a comparison end soon.
var quick = []string{"--set", "run.trials=60", "--set", "run.horizon=5y"}

// TestAVerdictIsTurnedAndSaved goes the way of somebody who asks what would change the answer: it
// moves the revenue until the verdict of the first strategy is another one, saves the scenario, and
// holds every figure of the comparison on the screen against `redoubt compare --output json` of
// what was saved.
func TestAVerdictIsTurnedAndSaved(t *testing.T) {
	w := start(t, 200, 60, append([]string{"tui", "ecommerce-three-region"}, quick...)...)
	first := w.Until("all that was simulated", finished)
	if got := verdictOf(t, first); got != "reconsider" {
		t.Fatalf("the verdict is %q to begin with, want reconsider\n%s", got, first)
	}
	w.Press("2")
	text := w.Shows("u undo") // The last row of that view.
	moves := 0
	for ; verdictOf(t, text) == "reconsider"; moves++ {
		const most = 10 // So many steps are the whole slider.
		if moves == most {
			t.Fatalf("the verdict is as it was after %d steps\n%s", moves, text)
		}
		before := revenueOf(text)
		w.Press("L")
		text = w.Until("an answer to another revenue", func(screen string) bool {
			return finished(screen) && revenueOf(screen) != before
		})
	}
	if got := verdictOf(t, text); got != "proceed" || moves == 0 {
		t.Fatalf("after %d steps the verdict is %q, want proceed\n%s", moves, got, text)
	}
	path := filepath.Join(t.TempDir(), "mine.toml")
	w.Press("s")
	w.Shows("save as ")
	w.Press("<ctrl+u>" + path + "<enter>")
	w.Shows("saved: redoubt compare " + path)
	w.Press("1")
	text = w.Until("the comparison", func(screen string) bool {
		return finished(screen) && strings.Contains(screen, "difference")
	})
	w.Quits("q")
	holds(t, text, path)
}

// rowOf is what stands in a row of the screen after its label, up to the next column.
func rowOf(screen, label string) string {
	for line := range strings.Lines(screen) {
		_, rest, found := strings.Cut(line, " "+label+" ")
		if found {
			value, _, _ := strings.Cut(strings.TrimSpace(rest), "  ")
			return value
		}
	}
	return ""
}

// revenueOf is the revenue among the values that can be moved, which stands after its slider.
func revenueOf(screen string) string {
	for line := range strings.Lines(screen) {
		_, rest, found := strings.Cut(line, " revenue ")
		if _, value, has := strings.Cut(rest, "$"); found && has {
			return strings.Fields(value)[0]
		}
	}
	return ""
}

// verdictOf is the verdict of the first strategy on a screen that compares two.
func verdictOf(t *testing.T, screen string) string {
	t.Helper()
	verdict := rowOf(screen, "verdict")
	if verdict == "" {
		t.Fatalf("there is no verdict on\n%s", screen)
	}
	return verdict
}

// compared is what `redoubt compare --pair A,B --output json` prints of a file.
func compared(t *testing.T, path string, pair [2]string) *comparison {
	t.Helper()
	names := strings.Join(pair[:], ",")
	out, err := exec.Command(program, "compare", path, "--pair", names, "--output", "json").Output()
	var exit *exec.ExitError
	const missed = 3 // It ran, and an objective was missed.
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == missed) {
		t.Fatal(err)
	}
	var c comparison
	if err := json.Unmarshal(out, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

// holds holds each row of a comparison on the screen against what was printed: no row is left out,
// and none has a figure that nobody compares.
func holds(t *testing.T, screen, path string) {
	t.Helper()
	table := tableOf(t, screen)
	c := compared(t, path, table.names)
	sides := [2]*strategy{c.named(t, table.names[0]), c.named(t, table.names[1])}
	held := 0
	for _, row := range table.rows {
		f, known := figureOf(row.label)
		switch {
		case row.label == "verdict":
			for i, s := range sides {
				if row.cells[i] != s.Verdict {
					t.Errorf("the verdict of %s: the screen says %q, the comparison %q", s.Name,
						row.cells[i], s.Verdict)
				}
			}
		case known:
			for i, s := range sides {
				f.within(t, s, row.cells[i])
				held++
			}
			f.apart(t, sides, c.better(t, f), row.cells[2])
		default:
			for i, s := range sides {
				s.meets(t, row.label, row.cells[i])
				held++
			}
		}
	}
	if want := 2 * (len(figures) + len(sides[0].Objectives)); held < want {
		t.Errorf("%d figures were held against the comparison, want %d\n%s", held, want, screen)
	}
	told := strings.Join(strings.Fields(screen), " ")
	reasons := append([]string{c.Recommended + " is recommended: " + c.Why}, sides[0].Reasons...)
	for _, reason := range append(reasons, sides[1].Reasons...) {
		if !strings.Contains(told, reason) {
			t.Errorf("the screen does not say %q\n%s", reason, screen)
		}
	}
}

// within holds a figure, and what covers it if it has that, against what was printed.
func (f *figure) within(t *testing.T, s *strategy, cell string) {
	t.Helper()
	value, interval, _ := strings.Cut(cell, "  ")
	want := f.of(s)
	same(t, s.Name+": "+f.label, value, want.Mean)
	low, high, has := strings.Cut(strings.TrimSpace(interval), " .. ")
	if has != f.interval {
		t.Errorf("%s: %s: got %q, want an interval: %v", s.Name, f.label, cell, f.interval)
	}
	if has {
		same(t, s.Name+": the least "+f.label, low, want.Low)
		same(t, s.Name+": the most "+f.label, high, want.High)
	}
}

// apart holds the difference of two, and who is ahead, against what was printed.
func (f *figure) apart(t *testing.T, sides [2]*strategy, better *string, cell string) {
	t.Helper()
	a, b := f.of(sides[0]), f.of(sides[1])
	ahead, who := "◀ ", sides[0].Name
	if a.Mean < b.Mean == f.more {
		ahead, who = "▶ ", sides[1].Name
	}
	text, told := strings.CutPrefix(cell, ahead)
	told = told && text != ""
	switch {
	case a.Mean == b.Mean:
		if cell != "equal" {
			t.Errorf("%s: the difference is %q, want equal", f.label, cell)
		}
	case better == nil:
		if cell != "not told apart" {
			t.Errorf("%s: the difference is %q, and the intervals meet: %v and %v", f.label, cell, a, b)
		}
	case !told || *better != who:
		t.Errorf("%s: the difference is %q, want %s ahead: %v and %v", f.label, cell, ahead, a, b)
	default:
		number, _, _ := strings.Cut(text, " ") // The unit stands in the label.
		same(t, "the difference in "+f.label, number, math.Abs(a.Mean-b.Mean))
	}
}

// better is which of the two has the better figure, as it was printed, or nil.
func (c *comparison) better(t *testing.T, f *figure) *string {
	t.Helper()
	if len(c.Pair.Differences) != len(figures) {
		t.Fatalf("%d differences were printed, want %d", len(c.Pair.Differences), len(figures))
	}
	for i := range figures {
		if &figures[i] == f {
			return c.Pair.Differences[i].Better
		}
	}
	return nil
}
