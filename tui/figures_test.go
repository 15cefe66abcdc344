package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestEveryFigureSaysWhatItRestsOn holds that beside each figure of a comparison stands what covers
// it, how many values it is of, or how much of it nobody checked.
func TestEveryFigureSaysWhatItRestsOn(t *testing.T) {
	a := opening(t, "ecommerce-three-region", quick...)
	r := a.result(model.WarmStandby)
	for _, test := range []struct{ label, want string }{
		{"available %", " .. "}, {"RTO p50", " .. "}, {"RTO p95", " .. "}, {"RPO p95", " .. "},
		{"RTO p95", fmt.Sprint("of ", r.Outcome.RTO.Count, " incidents")},
		{"RPO p95", fmt.Sprint("of ", r.Outcome.RPO.Count, " losses")},
		{"cost/yr", "of it unverified"}, {"net/yr", " .. "},
	} {
		found := false
		for _, f := range contrast.Lines(a.results()) {
			found = found || f.Label == test.label &&
				strings.Contains(strings.Join(f.Beside(r), "\n"), test.want)
		}
		if !found {
			t.Errorf("beside %s there is no %q", test.label, test.want)
		}
	}
	few := *r
	few.Outcome.RTO = model.Quantiles{P95: time.Hour, Count: 9, P95Within: model.Interval{
		Low: time.Minute, High: model.Unbounded,
	}}
	for _, f := range contrast.Lines(a.results()) {
		if got := f.Interval(&few); f.Label == "RTO p95" && got != "from 1m" {
			t.Errorf("got %q, want that it begins at 1m", got)
		}
	}
}

// TestUncheckedIsSeenAtEverySize draws the views that show a cost at all sizes: beside each stands
// that nobody checked it, and the last line but one says what the mark means.
func TestUncheckedIsSeenAtEverySize(t *testing.T) {
	for _, view := range []string{"1", "2"} {
		a := opening(t, "ecommerce-three-region", quick...)
		press(a, view)
		for width := leastWidth; width <= 200; width++ {
			for height := leastHeight; height <= 60; height += 11 {
				lines := strings.Split(screen(a, width, height), "\n")
				costs := ""
				for _, line := range lines {
					if _, rest, found := strings.Cut(line, "cost/yr"); found {
						costs = rest
					}
				}
				marked := strings.Count(costs, contrast.Unchecked) + strings.Count(costs, "unverified")
				if said := lines[height-2]; marked != 2 || !strings.Contains(said, "unverified") {
					t.Fatalf("%d x %d: got\n%s\nwant two costs with the mark, and what it means", width,
						height, strings.Join(lines, "\n"))
				}
			}
		}
	}
}

// TestLinesMeet says from when on which of two is cheaper.
func TestLinesMeet(t *testing.T) {
	result := func(kind model.StrategyKind, once, perYear model.Money) *redoubt.StrategyResult {
		return &redoubt.StrategyResult{Kind: kind, Case: cost.Case{
			OneTime: once * model.Dollar, CostPerYear: perYear * model.Dollar,
		}}
	}
	warm := result(model.WarmStandby, 0, 100)
	for _, test := range []struct {
		other *redoubt.StrategyResult
		want  string
	}{
		{result(model.ActiveActive, 50, 50), "from 12 months on active-active is cheaper"},
		{result(model.ActiveActive, 125, 50), "from 2.5 years on active-active is cheaper"},
		{result(model.ActiveActive, 500, 50), "warm-standby is cheaper throughout"},
		{result(model.ActiveActive, 0, 100), "they cost the same"},
	} {
		if got := meeting([2]*redoubt.StrategyResult{warm, test.other}, 5, 80); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	sides := [2]*redoubt.StrategyResult{warm, result(model.ActiveActive, 125, 50)}
	if got := meeting(sides, 5, 30); got != "▶ cheaper from 2.5 years" {
		t.Errorf("in 30 columns: got %q", got)
	}
}

// TestTheHelpSaysWhatMarksMean that stand beside figures on the narrowest screen.
func TestTheHelpSaysWhatMarksMean(t *testing.T) {
	a := opening(t, "ecommerce-three-region", append([]scenarios.Edit{
		{Path: "business.revenue_per_year", Value: "$52M"},
	}, quick...)...)
	text := screen(a, 60, 16)
	count := fmt.Sprint("n", a.result(model.WarmStandby).Outcome.RTO.Count)
	marks := []string{"◀", "▶", "★", contrast.Unchecked, unsureMark, count}
	press(a, "?")
	_, help, _ := strings.Cut(screen(a, 200, 120), "Marks beside figures")
	help, _, _ = strings.Cut(help, "All keys")
	for _, mark := range marks {
		told := strings.Contains(help, strings.Replace(mark, count, "n252", 1)+" ")
		if !strings.Contains(text, mark) || !told {
			t.Errorf("%q is explained: %v\n%s\n%s", mark, told, text, help)
		}
	}
}
