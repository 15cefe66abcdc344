package tui

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// TestTheRecommendedOneIsCompared brings it to the right by a key, and by a command.
func TestTheRecommendedOneIsCompared(t *testing.T) {
	for _, test := range []struct{ keys, want string }{
		{"c", "read-local takes the place of active-active"},
		{"5:compare recommended<enter>", "read-local takes the place of active-active"},
		{"cc", "read-local is compared already"},
		{":compare warm-standby recommended<enter>", "read-local"},
	} {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, test.keys)
		if text := screen(a, 120, 36); a.pair[1] != model.ReadLocal || a.at != 0 ||
			!strings.Contains(text, test.want) {
			t.Errorf("after %s: %s\n%s\nwant %q", test.keys, a.pair[1], text, test.want)
		}
	}
	a, err := New(Options{Scenario: "ecommerce-three-region"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	if press(a, "c"); a.pair[1] != model.ActiveActive || !a.wrong {
		t.Errorf("%s is compared before it is known which is recommended", a.pair[1])
	}
}

// comparedAsCopied is what the copied command compares, and how many trials it names: 0 for those
// of the scenario.
func comparedAsCopied(t *testing.T, a *App) (*redoubt.Comparison, int) {
	t.Helper()
	press(a, "y")
	_, rest, _ := strings.Cut(a.Copied, "--strategies ")
	names, rest, _ := strings.Cut(rest, " --pair ")
	rest = strings.TrimSuffix(rest, " --sensitivity")
	pair, trials, named := strings.Cut(rest, " --trials ")
	if pair != "warm-standby,active-active" || named != (a.trials() != a.study.scenario.Run.Trials) {
		t.Fatalf("copied %q, and %d trials are shown", a.Copied, a.trials())
	}
	o := redoubt.CompareOptions{}
	if named {
		var err error
		if o.Trials, err = strconv.Atoi(trials); err != nil {
			t.Fatalf("copied %q", a.Copied)
		}
	}
	for _, name := range strings.Split(names, ",") {
		kind, ok := model.ParseStrategy(name)
		if !ok {
			t.Fatalf("copied %q", a.Copied)
		}
		o.Strategies = append(o.Strategies, kind)
	}
	c, err := redoubt.Compare(context.Background(), a.study.scenario, o)
	if err != nil {
		t.Fatal(err)
	}
	return c, o.Trials
}

// TestTheCopiedComparisonIsTheSame runs what is copied, and gets the figures and the recommendation
// that are shown.
func TestTheCopiedComparisonIsTheSame(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	c, _ := comparedAsCopied(t, a)
	shows(t, a, c)
	if c.Recommended != a.recommended() || c.Why != a.shown.Why {
		t.Errorf("it recommends %s: %s; want %s: %s", c.Recommended, c.Why, a.recommended(), a.shown.Why)
	}
}

// TestTheCopiedComparisonHasTheTrialsShown copies while the answer is coarse, and after the rest of
// it was stopped: what is copied has the figures that are shown, in each view that rests on trials.
func TestTheCopiedComparisonHasTheTrialsShown(t *testing.T) {
	many := []scenarios.Edit{{Path: "run.trials", Value: "900000"}}
	a, err := New(Options{Scenario: "ecommerce-three-region", Theme: &canvas.Bare, Edits: many})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	a.Take(a.Next())
	for _, when := range []string{"coarse", "stopped"} {
		if when == "stopped" {
			press(a, "1<esc>")
			settle(a)
		}
		for _, view := range []string{"5", "2", "1"} {
			press(a, view)
			c, trials := comparedAsCopied(t, a)
			if trials != coarseTrials || a.trials() != coarseTrials {
				t.Errorf("%s, view %s: %d trials are shown, and copied %q", when, view, a.trials(), a.Copied)
			}
			if view == "1" {
				shows(t, a, c)
			}
		}
	}
	press(a, "5")
	settle(a)
	if a.hangs.found == nil || a.hangs.found.Trials != coarseTrials {
		t.Errorf("what it hangs on is %+v, want it of the trials that are shown", a.hangs)
	}
}
