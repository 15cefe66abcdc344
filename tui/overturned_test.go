package tui

import (
	"fmt"
	"strings"
	"testing"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// between is a revenue that lies between those from which active-active pays by the first few
// trials and by all of them.
func between(t *testing.T) string {
	t.Helper()
	a, err := New(Options{Scenario: "ecommerce-three-region", Theme: &canvas.Bare, Edits: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	a.Take(a.Next())
	coarse := a.result(model.ActiveActive).Case.BreakevenRevenue
	settle(a)
	refined := a.result(model.ActiveActive).Case.BreakevenRevenue
	if coarse == refined {
		t.Fatal("the first trials say the same as all of them: nothing can turn")
	}
	return fmt.Sprintf("$%.0f", (coarse+refined)/2)
}

// TestAVerdictThatTurnsSaysSo has a revenue at which active-active pays by the first few trials and
// not by all of them, or the other way round. What few trials say is marked; that more say
// otherwise is told at once, and stays beside the verdict and with its reasons.
func TestAVerdictThatTurnsSaysSo(t *testing.T) {
	edits := append([]scenarios.Edit{{Path: "business.revenue_per_year", Value: between(t)}}, quick...)
	a, err := New(Options{Scenario: "ecommerce-three-region", Theme: &canvas.Bare, Edits: edits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.engine.stop)
	a.Take(a.Next())
	was := a.result(model.ActiveActive).Case.Verdict
	for size, mark := range map[[2]int]string{{60, 16}: "?", {80, 24}: ", coarse"} {
		text := screen(a, size[0], size[1])
		if strings.Count(text, was.String()+mark) == 0 || strings.Contains(text, "no longer") {
			t.Errorf("got\n%s\nwant that %s is of few trials", text, was)
		}
	}
	press(a, "2") // Where no reasons stand.
	settle(a)
	now := a.result(model.ActiveActive).Case.Verdict
	if was == now {
		t.Fatalf("it is %s by few trials and by all", now)
	}
	want := fmt.Sprintf("With 60 trials, not the first 30, active-active: %s, no longer %s", now, was)
	if text := screen(a, 80, 24); !strings.Contains(flat(text), want) ||
		!strings.Contains(text, "\n done, 60 trials") || strings.Contains(text, "coarse") {
		t.Errorf("got\n%s\nwant %q, and what it rests on", text, want)
	}
	press(a, "j") // It has been read.
	if text := flat(screen(a, 80, 24)); strings.Contains(text, "no longer") {
		t.Errorf("got\n%s\nwant it to go with the next key", text)
	}
	press(a, "1")
	beside := fmt.Sprintf("%s, was %s", now, was)
	text := flat(screen(a, 120, 36))
	if !strings.Contains(text, want) || !strings.Contains(text, beside) {
		t.Errorf("got\n%s\nwant %q with the reasons, and %q", text, want, beside)
	}
	press(a, ":set routing.ttl=61s<enter>") // And all of it with the next question.
	a.Take(a.Next())
	text = screen(a, 120, 36)
	if strings.Contains(text, "no longer") || strings.Contains(text, ", was") {
		t.Errorf("got\n%s\nwant nothing of what was asked before", text)
	}
	settle(a)
	press(a, ":set run.trials=20<enter>") // These are no more than the first few.
	if settle(a); a.first != nil || a.coarse {
		t.Errorf("the first %d trials are held against all 20", a.first.Trials)
	}
}

// flat is a text as one line.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestOverturned holds what few trials say against what all do: verdicts, objectives and which of
// two is ahead, each where both say something.
func TestOverturned(t *testing.T) {
	type side struct {
		verdict cost.Verdict
		count   int64
		met     bool
		net     float64
	}
	pair := [2]model.StrategyKind{model.WarmStandby, model.ActiveActive}
	made := func(sides ...side) *redoubt.Comparison {
		c := &redoubt.Comparison{}
		for i, s := range sides {
			r := redoubt.StrategyResult{Kind: pair[i]}
			r.Case = cost.Case{Priced: true, Verdict: s.verdict, NetPerYear: model.Estimate{
				Mean: s.net, Low: s.net - 1, High: s.net + 1,
			}}
			r.Objectives = []redoubt.ObjectiveResult{{
				Objective: model.Objective{Metric: model.MetricRTO, Seconds: 300}, Count: s.count, Met: s.met,
			}}
			c.Strategies = append(c.Strategies, r)
		}
		return c
	}
	was := []side{{cost.Proceed, 9, true, 10}, {cost.Reconsider, 9, false, 5}}
	for _, test := range []struct {
		name string
		now  []side
		want string
	}{
		{"the same", was, ""},
		{"verdict", []side{{cost.Abort, 9, true, 10}, was[1]}, "warm-standby: abort, no longer proceed"},
		{"missed", []side{{cost.Proceed, 9, false, 10}, was[1]},
			"warm-standby: RTO ≤ 5m missed, no longer met"},
		{"met", []side{was[0], {cost.Reconsider, 9, true, 5}},
			"active-active: RTO ≤ 5m met, no longer missed"},
		{"no incident", []side{{cost.Proceed, 0, false, 10}, was[1]}, ""},
		{"ahead", []side{was[0], {cost.Reconsider, 9, false, 15}},
			"active-active is ahead by net benefit, no longer warm-standby"},
		{"level", []side{was[0], {cost.Reconsider, 9, false, 9}},
			"neither is known to be ahead by net benefit, no longer warm-standby"},
		{"one alone", []side{{cost.Abort, 9, true, 10}}, "warm-standby: abort, no longer proceed"},
	} {
		got := strings.Join(overturned(made(was...), made(test.now...), pair), "; ")
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if got := overturned(nil, made(was...), pair); got != nil {
		t.Errorf("of nothing: got %q", got)
	}
}

// TestAVerdictWithoutASignSaysSo at every size, in the comparison and beside the values that are
// moved: of a revenue at which the interval of the net benefit holds 0, with a mark at the verdict
// and in words; of one at which it does not, nothing.
func TestAVerdictWithoutASignSaysSo(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	revenue := a.result(model.ActiveActive).Case.BreakevenRevenue
	for _, once := range []string{"", "$1"} {
		for _, unsure := range []bool{false, true} {
			edits := quick
			if unsure {
				edits = append([]scenarios.Edit{
					{Path: "business.revenue_per_year", Value: fmt.Sprintf("$%.0f", revenue)},
				}, quick...)
			}
			if once != "" { // There are two more figures then.
				edits = append([]scenarios.Edit{{Path: "strategy.active-active.one_time", Value: once}},
					edits...)
			}
			a := opening(t, "ecommerce-three-region", edits...)
			if got := a.result(model.ActiveActive).Case.Unsure(); got != unsure {
				t.Fatalf("at %v the sign is not certain: %v, want %v", edits[0], got, unsure)
			}
			signless(t, a, unsure)
		}
	}
}

// signless reads all sizes of two views for a verdict whose sign is not certain.
func signless(t *testing.T, a *App, unsure bool) {
	t.Helper()
	verdict := a.result(model.ActiveActive).Case.Verdict.String()[:4]
	for _, view := range []string{"1", "2"} {
		press(a, view)
		for width := leastWidth; width <= 200; width += 12 {
			for height := leastHeight; height <= 40; height++ {
				if view == "1" && height < 19 && len(contrast.Lines(a.results())) > 9 {
					continue // The verdict itself has to be scrolled to.
				}
				text := screen(a, width, height)
				_, row, _ := strings.Cut(text, "verdict ")
				row, _, _ = strings.Cut(row, "\n")
				marked := strings.Contains(row, unsureMark) || strings.Contains(row, unsureWords)
				if said := strings.Contains(text, unsureWords); said != unsure || marked != unsure ||
					!strings.Contains(row, verdict) {
					t.Fatalf("view %s, %d x %d: the sign is not certain: %v; got\n%s", view, width, height,
						unsure, text)
				}
			}
		}
	}
}
