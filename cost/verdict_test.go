package cost_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"redoubt/cost"
	"redoubt/model"
)

func TestJudge(t *testing.T) {
	rows := []struct {
		name           string
		extra, avoided float64
		want           cost.Verdict
		reason         string
	}{
		// roadmap-90-day trips its own rule, abort criterion one, with its lead example: 8 h at
		// $50M / 8,760 h are $45,662 a year ...
		{"roadmap, lead example", 300_000, 45_662, cost.Abort,
			"costs 6.57 times what it avoids ($300,000 against $45,662 a year); 5 or more means abort"},
		// ... and answers its third question with it: $60,000 against $5,000, "twelve times".
		{"roadmap, question three", 60_000, 5_000, cost.Abort,
			"costs 12.00 times what it avoids ($60,000 against $5,000 a year); 5 or more means abort"},
		{"exactly five times", 500, 100, cost.Abort, "5.00 times"},
		{"just below five times", 499, 100, cost.Reconsider,
			"costs 4.99 times what it avoids ($499 against $100 a year); it pays below 1, and 5"},
		{"breakeven", 100, 100, cost.Reconsider, "costs 1.00 times"},
		{"pays", 100, 250, cost.Proceed,
			"avoids $250 a year for $100, a net of $150 (ROI 150 %)"},
		{"far beyond the rule", 113_087_044, 6_600, cost.Abort,
			"costs 17,134 times what it avoids ($113,087,044 against $6,600 a year)"},
		{"avoids nothing", 100, 0, cost.Abort, "costs $100 a year more and avoids nothing"},
		{"costs more and loses more", 100, -20, cost.Abort,
			"costs $100 a year more and loses $20 a year more"},
		{"free", 0, 20, cost.Proceed, "avoids $20 a year and costs nothing extra"},
		{"nothing at all", 0, 0, cost.Reconsider, "costs nothing extra and avoids nothing"},
		{"free and worse", 0, -20, cost.Abort, "loses $20 a year more and saves nothing"},
		{"cheaper and better", -100, 20, cost.Proceed,
			"saves $100 a year against the single region and avoids $20 of loss"},
		{"cheaper and no better", -100, 0, cost.Proceed, "saves $100"},
		{"cheaper, a little worse", -100, -20, cost.Proceed,
			"saves $100 a year and loses $20 a year more, a net of $80"},
		{"cheaper, worse", -100, -200, cost.Reconsider,
			"loses 2.00 times what it saves ($200 against $100 a year); it pays below 1"},
		{"cheaper, far worse", -100, -500, cost.Abort,
			"loses 5.00 times what it saves ($500 against $100 a year); 5 or more means abort"},
	}
	for _, row := range rows {
		got, reason := cost.Judge(row.extra, row.avoided)
		if got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if !strings.Contains(reason, row.reason) {
			t.Errorf("%s: got %q, want %q in it", row.name, reason, row.reason)
		}
	}
}

func TestVerdictNeverImprovesWithCostNorWorsensWithBenefit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		extra := rapid.Float64Range(-1e6, 1e6).Draw(t, "extra")
		avoided := rapid.Float64Range(-1e6, 1e6).Draw(t, "avoided")
		more := rapid.Float64Range(0, 1e6).Draw(t, "more")
		verdict, _ := cost.Judge(extra, avoided)
		if dearer, _ := cost.Judge(extra+more, avoided); dearer < verdict {
			t.Fatalf("for %v more: got %s, want no better than %s", more, dearer, verdict)
		}
		if better, _ := cost.Judge(extra, avoided+more); better > verdict {
			t.Fatalf("avoiding %v more: got %s, want no worse than %s", more, better, verdict)
		}
	})
}

func TestVerdictNames(t *testing.T) {
	want := []string{"baseline", "proceed", "reconsider", "abort", "unpriced", "unknown"}
	for i, name := range want {
		if got := cost.Verdict(i).String(); got != name {
			t.Errorf("verdict %d: got %q, want %q", i, got, name)
		}
	}
}

func TestPriced(t *testing.T) {
	free := &model.Scenario{}
	if cost.Priced(free, model.WarmStandby) {
		t.Error("no bill and no cost of its own: got priced")
	}
	programme := &model.Scenario{Strategies: []model.Strategy{
		{Kind: model.WarmStandby, ExtraPerYear: 1}, {Kind: model.HotStandby, OneTime: 1},
	}}
	for kind, want := range map[model.StrategyKind]bool{
		model.WarmStandby: true, model.HotStandby: true, model.PilotLight: false,
	} {
		if got := cost.Priced(programme, kind); got != want {
			t.Errorf("%s: got %t, want %t", kind, got, want)
		}
	}
	if !cost.Priced(ecommerce(), model.PilotLight) {
		t.Error("with a bill: got not priced")
	}
}

// TestUnsure tells a net benefit that may be a gain or a loss from one that is either for certain;
// of what is not judged by it nothing is said.
func TestUnsure(t *testing.T) {
	ends := func(low, high float64) model.Estimate {
		return model.Estimate{Mean: (low + high) / 2, Low: low, High: high}
	}
	for _, test := range []struct {
		net     model.Estimate
		verdict cost.Verdict
		want    bool
	}{
		{ends(-1, 2), cost.Proceed, true}, {ends(-2, 1), cost.Reconsider, true},
		{ends(-9, 1), cost.Abort, true}, {ends(0, 2), cost.Proceed, true},
		{ends(-2, 0), cost.Reconsider, true}, {ends(1, 2), cost.Proceed, false},
		{ends(-2, -1), cost.Abort, false}, {ends(0, 0), cost.Reconsider, false},
		{cost.EstimateOf([]float64{7}), cost.Proceed, true},
		{ends(-1, 1), cost.Baseline, false}, {ends(-1, 1), cost.Unpriced, false},
	} {
		c := cost.Case{NetPerYear: test.net, Verdict: test.verdict}
		if got := c.Unsure(); got != test.want {
			t.Errorf("%s of %v: got %v, want %v", test.verdict, test.net, got, test.want)
		}
	}
}
