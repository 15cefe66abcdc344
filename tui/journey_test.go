package tui

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// TestRevenueTurnsTheVerdict moves the revenue until the verdict is another one, saves what came of
// it, and holds every figure on the screen against a comparison of the saved file.
func TestRevenueTurnsTheVerdict(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	before := a.result(model.WarmStandby).Case.Verdict
	press(a, "2")
	moves := 0
	for ; a.result(model.WarmStandby).Case.Verdict == before && moves < levers.CoarseSteps; moves++ {
		press(a, "L")
		settle(a)
	}
	if after := a.result(model.WarmStandby).Case.Verdict; before != cost.Reconsider ||
		after != cost.Proceed {
		t.Fatalf("the verdict went from %s to %s in %d moves, want from reconsider to proceed", before,
			after, moves)
	}
	path := filepath.Join(t.TempDir(), "mine.toml")
	press(a, "s<ctrl+u>"+path+"<enter>")
	if !strings.Contains(screen(a, 200, 60), "saved: redoubt compare "+path) {
		t.Fatalf("got\n%s\nwant that it was saved", screen(a, 200, 60))
	}
	saved, err := scenarios.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := redoubt.Compare(context.Background(), saved, redoubt.CompareOptions{
		Trials: saved.Run.Trials, Years: saved.Run.Years, Seed: saved.Run.Seed,
	})
	if err != nil {
		t.Fatal(err)
	}
	press(a, "1")
	shows(t, a, c)
}

// shows holds the figures on the screen against a comparison.
func shows(t *testing.T, a *App, c *redoubt.Comparison) {
	t.Helper()
	text := screen(a, 200, 60)
	held, lines := 0, contrast.Lines(a.results())
	for i := range c.Strategies {
		r := &c.Strategies[i]
		if r.Kind != a.pair[0] && r.Kind != a.pair[1] {
			continue
		}
		for _, f := range lines {
			line := lineOf(text, f.Label)
			want := f.Write(r)
			if interval := f.Interval(r); interval != "" {
				want += "  " + interval
			}
			if !strings.Contains(line, want) {
				t.Errorf("%s of %s: got %q, want %q in it", f.Label, r.Kind, line, want)
			}
			if !math.IsNaN(f.Of(r)) {
				held++
			}
		}
		if !strings.Contains(lineOf(text, "verdict"), r.Case.Verdict.String()) {
			t.Errorf("the verdict of %s is not %s\n%s", r.Kind, r.Case.Verdict, text)
		}
	}
	if held < 2*len(lines) {
		t.Errorf("only %d figures were held against the comparison", held)
	}
}

// lineOf is the line of a screen that begins with a label.
func lineOf(text, label string) string {
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), label) {
			return line
		}
	}
	return ""
}

// TestStopKeepsWhatThereIs stops a comparison that would take minutes, once its coarse answer is
// there.
func TestStopKeepsWhatThereIs(t *testing.T) {
	a, err := New(Options{
		Scenario: "ecommerce-three-region", Theme: &canvas.Bare,
		Edits: []scenarios.Edit{{Path: "run.trials", Value: "900000"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.Take(a.Next())
	if !a.Busy() || !strings.Contains(screen(a, 120, 36), "coarse, 30 trials") {
		t.Fatalf("got\n%s\nwant a coarse answer", screen(a, 120, 36))
	}
	press(a, "<esc>")
	settle(a)
	if text := screen(a, 120, 36); a.Busy() || a.Done || !strings.Contains(text, "stopped:") {
		t.Errorf("got\n%s\nwant that it was stopped, and that something is shown", text)
	}
	for _, want := range []string{"g runs all of them", "simulated: g runs them.", " g run again"} {
		if text := screen(a, 120, 36); !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
	press(a, "g")
	if text := screen(a, 120, 36); !a.Busy() || strings.Contains(text, "run again") {
		t.Errorf("after g: got\n%s\nwant that it runs", text)
	}
	press(a, "<esc>")
	settle(a)
	press(a, "<esc>q")
	if !a.Done {
		t.Error("q does not quit")
	}
}

// TestUndo takes changes back one after the other, and all of them.
func TestUndo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	revenue := func() float64 { return a.study.scenario.Business.RevenuePerYear.USD() }
	press(a, "2L")
	once := revenue()
	press(a, "L")
	twice := revenue()
	press(a, "ullll")
	four := revenue()
	if press(a, "uLL"); twice <= once || once <= 75e6 || four <= 75e6 {
		t.Fatalf("got %v, %v and %v", once, twice, four)
	}
	for _, step := range []struct {
		keys string
		want float64
	}{
		{"u", 75e6}, {"u", 75e6}, {"L", once}, {"jkL", twice}, {"u", once}, {"L", twice}, {"u", once},
		{"u", 75e6}, {"llllllllhhhh", four}, {"u", 75e6}, {"LL", twice}, {"r", 75e6}, {"u", twice},
		{"<enter><ctrl+u>$90M<enter>", 90e6}, {"<enter><ctrl+u>ninety<enter>", 90e6}, {"<esc>", 90e6},
		{":set business.revenue_per_year=$80M<enter>", 80e6}, {"R", 75e6},
	} {
		if press(a, step.keys); revenue() != step.want {
			t.Errorf("after %s the revenue is %v, want %v", step.keys, revenue(), step.want)
		}
	}
}

// TestUndoGoesBackBehindASave takes back what was changed before a file was saved, and since.
func TestUndoGoesBackBehindASave(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	path := filepath.Join(t.TempDir(), "mine.toml")
	revenue := func() float64 { return a.study.scenario.Business.RevenuePerYear.USD() }
	press(a, ":set business.revenue_per_year=$80M<enter>:set business.revenue_per_year=$85M<enter>"+
		"s<ctrl+u>"+path+"<enter>:set business.revenue_per_year=$90M<enter>")
	for _, step := range []struct {
		keys, name string
		revenue    float64
		changed    int
		says       string
	}{
		{"", path, 90e6, 1, ""},
		{"u", path, 85e6, 0, ""},
		{"u", "ecommerce-three-region", 80e6, 1, "back before " + path + " was saved"},
		{"u", "ecommerce-three-region", 75e6, 0, ""},
		{"u", "ecommerce-three-region", 75e6, 0, "there is nothing to undo"},
	} {
		press(a, step.keys)
		if a.study.name != step.name || revenue() != step.revenue ||
			a.study.unsaved() != step.changed || !strings.Contains(a.message, step.says) {
			t.Errorf("after %q: %s with %v and %d changes, %q; want %+v", step.keys, a.study.name,
				revenue(), a.study.unsaved(), a.message, step)
		}
	}
	if text := screen(a, 120, 36); strings.Contains(text, "changed") {
		t.Errorf("got\n%s\nwant no change that is not a person's", text)
	}
}

// TestNoSentenceIsBegunWithoutRoom reads the answer beside the values at every height: what is
// recommended is said with its reasons, with the first of them, or with where they stand.
func TestNoSentenceIsBegunWithoutRoom(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2")
	said := map[string]int{}
	for _, keys := range []string{"", "<enter>500k<enter>"} {
		press(a, keys)
		settle(a)
		whole, short := a.recommendation(), a.starred()
		for height := leastHeight; height < 50; height++ {
			var right []string
			for _, line := range strings.Split(screen(a, 80, height), "\n")[2 : height-2] {
				right = append(right, strings.Fields(string([]rune(line)[40:]))...)
			}
			text := strings.Join(right, " ")
			_, text, starred := strings.Cut(text, "★")
			switch text = "★" + text; {
			case !starred:
				said["nothing"]++
			case strings.HasPrefix(text, whole):
				said[a.restOf(t, text[len(whole):])]++
			case text == short+": why is in Compare (1)":
				said["where"]++
			case text == short:
				said["which"]++
			case text == short+": highest net benefit, "+model.Dollars(
				a.result(a.recommended()).Case.NetPerYear.Mean).String()+" a year",
				text == short+": to stay in one region is best: nothing else avoids more than it costs":
				said["first"]++
			default:
				t.Errorf("at 80x%d the answer ends with %q", height, text)
			}
		}
	}
	for _, what := range []string{"nothing", "which", "where", "first", "alone", "some", "all"} {
		if said[what] == 0 {
			t.Errorf("got %v, want each at some height", said)
		}
	}
}

// restOf says how many of the reasons of the two follow what is recommended, whole and in their
// order, or with how many there are beside.
func (a *App) restOf(t *testing.T, text string) string {
	t.Helper()
	left, reasons := 0, [2][]string{}
	for i, r := range a.results() {
		reasons[i] = r.Case.Reasons
		left += len(reasons[i])
	}
	all := left
	for at := 0; at < max(len(reasons[0]), len(reasons[1])); at++ {
		for i := range reasons {
			if at < len(reasons[i]) {
				rest, is := strings.CutPrefix(text, " "+a.pair[i].String()+": "+reasons[i][at])
				if !is && text == fmt.Sprintf(" %d more in Compare (1)", left) && left < all {
					return "some"
				}
				if !is && text == "" && left == all {
					return "alone"
				}
				if text = rest; !is {
					t.Errorf("of the reasons %q is left", text)
				}
				left--
			}
		}
	}
	return "all"
}

// TestWhatIsWrongIsSaid gives what cannot be done, and reads why.
func TestWhatIsWrongIsSaid(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	there := filepath.Join(t.TempDir(), "there.toml")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ keys, want string }{
		{":frob<enter>", `there is no command "frob"`},
		{":compare<enter>", "name two strategies"},
		{":compare a b<enter>", `there is no strategy "a"`},
		{":open nowhere<enter>", "no embedded scenario is named"},
		{":open<enter>", "name a scenario"},
		{":set routing.ttl=90<enter>", "is no"},
		{":set routing.tl=90s<enter>", `did you mean "ttl"`},
		{":set hazard[9].rate=1/year<enter>", "the file has 3 of them"},
		{":save " + there + "<enter>", "is there already: ':save! "},
		{":save /nowhere/at/all.toml<enter>", "saving:"},
	} {
		press(a, test.keys)
		if text := screen(a, 200, 60); !strings.Contains(text, test.want) {
			t.Errorf("after %s: got\n%s\nwant %q", test.keys, text, test.want)
		}
		press(a, "<esc><esc>")
	}
}

// TestCopiesTheCommand copies, of each view, the command that prints what it shows.
func TestCopiesTheCommand(t *testing.T) {
	a := opening(t, "ecommerce-three-region", scenarios.Edit{Path: "run.trials", Value: "2"})
	press(a, ":set business.revenue_per_year=$90M<enter>")
	settle(a)
	const changed = "ecommerce-three-region --set run.trials=2 --set 'business.revenue_per_year=$90M'"
	const compare = "redoubt compare " + changed +
		" --strategies warm-standby,active-active,read-local --pair warm-standby,active-active"
	for _, test := range [][2]string{
		{"1", compare}, {"2", compare}, {"5", compare + " --sensitivity"},
		{"3", "redoubt simulate " + changed + " --strategy warm-standby --seed 1 --explain 0s"},
		{"l", "redoubt simulate " + changed + " --strategy warm-standby --seed 2 --explain 0s"},
		{"4", "redoubt topology " + changed + " --strategy warm-standby --seed 2 --at 0s"},
		{"6", "redoubt scenarios list"},
	} {
		if press(a, test[0]+"y"); a.Copied != test[1] {
			t.Errorf("after %s: got %q, want %q", test[0], a.Copied, test[1])
		}
	}
}

// TestTypingIsNoCommand types letters that are keys into a prompt.
func TestTypingIsNoCommand(t *testing.T) {
	a := opening(t, "business-case-50m", quick...)
	press(a, "6")
	settle(a)
	press(a, "/qqq?:")
	if a.Done || a.help || a.prompt == nil || a.prompt.text != "qqq?:" {
		t.Errorf("got %+v", a.prompt)
	}
	press(a, "<esc>")
	text := screen(a, 80, 24)
	if a.prompt != nil || !strings.Contains(text, "ecommerce-three-region") {
		t.Errorf("the filter stays:\n%s", text)
	}
}

// TestNothingIsDrawnTwice holds that a screen is drawn once for what it shows.
func TestNothingIsDrawnTwice(t *testing.T) {
	a := opening(t, "business-case-50m", quick...)
	first := a.View(120, 36)
	a.grid.Reset(1, 1)
	if again := a.View(120, 36); again != first || a.grid.All().Width != 1 {
		t.Error("the same screen was drawn again")
	}
	select {
	case f := <-a.engine.found:
		t.Errorf("something comes in when nothing was asked: %+v", f)
	case <-time.After(20 * time.Millisecond):
	}
}

// firstWords are those of a sentence that stand in one line.
func firstWords(text string) string { return text[:min(len(text), 30)] }

// TestWhatIsPaidOnceIsShown has a strategy cost something to build, and reads what comes of it.
func TestWhatIsPaidOnceIsShown(t *testing.T) {
	a := opening(t, "ecommerce-three-region", append(quick, scenarios.Edit{
		Path: "strategy.active-active.one_time", Value: "$60,000",
	})...)
	press(a, "2")
	text := flat(screen(a, 200, 60))
	for _, want := range []string{"with the $60k to build it the NPV is", "to build", "NPV"} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant %q", text, want)
		}
	}
}

// TestCutLinksAreShown looks at GitHub's cut in the middle of it.
func TestCutLinksAreShown(t *testing.T) {
	a := opening(t, "split-network", quick...)
	press(a, "3jj4")
	if text := screen(a, 120, 36); !strings.Contains(text, "✗ cut") {
		t.Errorf("got\n%s\nwant a way that is cut", text)
	}
}

// TestAmountsAreTyped leaves the dollar out, and types a sum that stands in many lines.
func TestAmountsAreTyped(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "2<enter><ctrl+u>60M<enter>")
	if got := a.study.scenario.Business.RevenuePerYear.USD(); got != 60e6 {
		t.Errorf("got a revenue of %v, want 60M", got)
	}
	press(a, strings.Repeat("j", 20)+"<enter><ctrl+u>$600k<enter>")
	total := 0.0
	for _, line := range a.study.scenario.Bill {
		total += line.PerYear.USD()
	}
	if math.Abs(total-600_000) > 6000 {
		t.Errorf("the prices sum to %v, want 600,000", total)
	}
}

// TestATimelineIsWalked goes through a run from its begin to its end and back, and says at each
// moment what `redoubt simulate --explain` does.
func TestATimelineIsWalked(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	press(a, "3")
	v := a.views[2].(*timelineView)
	screen(a, 200, 60)
	for i, entry := range v.entries() {
		text := screen(a, 200, 60)
		if !strings.Contains(text, redoubt.Clock(entry.At)) || !strings.Contains(text, entry.Text) {
			t.Errorf("moment %d: %s is not shown", i, entry.Text)
		}
		alone, err := redoubt.Simulate(a.study.scenario, redoubt.SimulateOptions{
			Strategy: model.WarmStandby, Seed: 1, Untraced: true,
			Explain: redoubt.Explain{At: []time.Duration{entry.At}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, scope := range alone.Explanations[0].Scopes {
			if !strings.Contains(text, firstWords(scope.Conclusion)) {
				t.Errorf("moment %d: %q is not shown\n%s", i, scope.Conclusion, text)
			}
		}
		press(a, "j")
	}
	press(a, strings.Repeat("k", len(v.entries())+3))
	if !strings.Contains(screen(a, 200, 60), "T+0s") {
		t.Error("the run does not begin where it began")
	}
	if press(a, "l"); !strings.Contains(screen(a, 200, 60), "seed 2") {
		t.Error("another seed is not shown")
	}
}

// TestAKeyWithoutAUseSaysSo has no key be pressed in vain without a word: that filters where there
// is no list, and those of other views.
func TestAKeyWithoutAUseSaysSo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, test := range []struct{ keys, want string }{
		{"1/", "there is no list to filter in Compare; 6, Scenarios, is one"},
		{"2/", "there is no list to filter in What-if; 6, Scenarios, is one"},
		{"1<enter>", "enter does nothing in Compare: ? has its keys"},
		{"1r", "r does nothing in Compare: ? has its keys"},
		{"1f", "f does nothing in Compare: ? has its keys"},
		{"4J", "J does nothing in Topology: ? has its keys"},
		{"1Z", ""}, // No key of anything.
	} {
		press(a, test.keys)
		if a.message != test.want || a.prompt != nil {
			t.Errorf("%s: got %q, want %q", test.keys, a.message, test.want)
		}
	}
	if press(a, "6/"); a.prompt == nil || a.message != "" {
		t.Error("a list is not filtered")
	}
	agents := watching(t, losing(t, model.Automatic).reading())
	if press(agents, "1/"); agents.message != "there is no list to filter in Live" {
		t.Errorf("got %q of agents", agents.message)
	}
}

// TestAMendedLineIsClosed enters what is wrong, and then what is right, as a value and as a
// command: the keys that follow are keys again.
func TestAMendedLineIsClosed(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	for _, test := range []struct{ open, wrong, right string }{
		{"2<enter>", "<ctrl+u>abc<enter>", "<ctrl+u>120M<enter>"},
		{":", "set nothing<enter>", "<ctrl+u>set routing.ttl=40s<enter>"},
		{":", "open nowhere<enter>", "<ctrl+u>topology<enter>"},
	} {
		press(a, test.open+test.wrong)
		if a.prompt == nil || a.prompt.problem == "" {
			t.Errorf("%s%s: nothing is wrong", test.open, test.wrong)
		}
		if press(a, test.right); a.prompt != nil {
			t.Errorf("%s%s: the line is open, with %q", test.wrong, test.right, a.prompt.problem)
			a.Key("esc")
		}
	}
	if a.study.unsaved() != 2 {
		t.Errorf("got %d changes, want 2", a.study.unsaved())
	}
}
