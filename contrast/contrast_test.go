package contrast_test

import (
	"math"
	"testing"
	"time"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
)

// TestDifference says of two strategies which one is ahead, by how much, and where nobody can tell.
func TestDifference(t *testing.T) {
	within := func(mean float64) model.Estimate {
		return model.Estimate{Mean: mean, Low: mean - 0.1, High: mean + 0.1}
	}
	side := func(kind model.StrategyKind, dollars model.Money, down float64) redoubt.StrategyResult {
		return redoubt.StrategyResult{
			Kind: kind, DownHours: within(down),
			Case: cost.Case{Priced: true, CostPerYear: dollars * model.Dollar},
		}
	}
	warm := side(model.WarmStandby, 100, 2)
	active := side(model.ActiveActive, 150, 1)
	near := side(model.ActiveActive, 100, 1.9)
	paired := near
	paired.Case.LossPerYear = model.Estimate{Mean: -5, Low: -50, High: 50}
	versus := map[string]*redoubt.Difference{
		// Trial by trial it is known better than the intervals show.
		"in pairs":      {DownHours: model.Estimate{Mean: 0.1, Low: 0.09, High: 0.11}},
		"loss in pairs": {Loss: model.Estimate{Mean: 5, Low: 4, High: 6}},
		// And here it is not known, though the intervals do not meet.
		"not in pairs": {DownHours: model.Estimate{Mean: 1, Low: -0.5, High: 2.5}},
	}
	unpriced, never, sampled := active, active, active
	unpriced.Case.Priced = false
	never.Case.BreakevenHours = math.Inf(1)
	sampled.Outcome.RTO = model.Quantiles{
		Count: 9, P95: time.Minute, P95Within: model.Interval{High: model.Unbounded},
	}
	open := math.NaN()
	for _, test := range []struct {
		name, key string
		other     redoubt.StrategyResult
		want      contrast.Difference
	}{
		{"cheaper", "cost_per_year_usd", active, contrast.Difference{1, 50, "$50"}},
		{"the same", "cost_per_year_usd", near, contrast.Difference{0, open, "equal"}},
		{"no price", "cost_per_year_usd", unpriced, contrast.Difference{0, open, "-"}},
		{"less down", "downtime_hours_per_year", active, contrast.Difference{2, 1, "1.000 h"}},
		{"meeting", "downtime_hours_per_year", near, contrast.Difference{0, open, "not told apart"}},
		{"in pairs", "downtime_hours_per_year", paired, contrast.Difference{2, 0.1, "0.100 h"}},
		{"loss in pairs", "loss_per_year_usd", paired, contrast.Difference{2, 5, "$5"}},
		{"not in pairs", "downtime_hours_per_year", active,
			contrast.Difference{0, open, "not told apart"}},
		{"never", "breakeven_outage_hours_per_year", never,
			contrast.Difference{1, math.Inf(1), "the other never"}},
		{"no incident", "rto_p95_seconds", sampled, contrast.Difference{0, open, "-"}},
	} {
		got, found := contrast.Difference{}, false
		warm := warm
		warm.Versus = map[model.StrategyKind]*redoubt.Difference{
			model.ActiveActive: versus[test.name],
		}
		for _, line := range contrast.Lines([2]*redoubt.StrategyResult{&warm, &test.other}) {
			if line.Key == test.key {
				got, found = line.Difference(&warm, &test.other), true
			}
		}
		same := got.By == test.want.By || math.IsNaN(got.By) && math.IsNaN(test.want.By) ||
			math.Abs(got.By-test.want.By) < 1e-9
		if !found || got.Better != test.want.Better || got.Text != test.want.Text || !same {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

// TestWorthIsToldApartInPairs holds the NPV of two against each other trial by trial, and says of
// their breakevens that these are means.
func TestWorthIsToldApartInPairs(t *testing.T) {
	for want, npv := range map[string]model.Estimate{
		"$70":            {Mean: -70, Low: -90, High: -50},
		"not told apart": {Mean: -70, Low: -150, High: 10},
	} {
		plain := &redoubt.StrategyResult{
			Kind: model.WarmStandby, Case: cost.Case{Priced: true},
			Versus: map[model.StrategyKind]*redoubt.Difference{
				model.ActiveActive: {NPV: npv, Priced: true},
			},
		}
		built := &redoubt.StrategyResult{Kind: model.ActiveActive, Case: cost.Case{
			Priced: true, OneTime: 5 * model.Dollar, NPV: 70, BreakevenHours: 7,
		}}
		for _, line := range contrast.Lines([2]*redoubt.StrategyResult{plain, built}) {
			got := line.Difference(plain, built).Text
			if line.Key == "npv_usd" && got != want {
				t.Errorf("%v: got %q, want %q", npv, got, want)
			}
			if line.Key == "breakeven_outage_hours_per_year" && got != "7.0 by means" {
				t.Errorf("got %q of two breakevens, want that they are means", got)
			}
		}
	}
}

// TestLinesOfWhatIsBuilt has what is paid once where one of the two has anything to build.
func TestLinesOfWhatIsBuilt(t *testing.T) {
	plain := &redoubt.StrategyResult{Kind: model.WarmStandby}
	built := &redoubt.StrategyResult{Kind: model.ActiveActive, Case: cost.Case{
		Priced: true, OneTime: 5 * model.Dollar, NPV: 7,
		NPVWithin: model.Estimate{Mean: 7, Low: 5, High: 9},
	}}
	lines := contrast.Lines([2]*redoubt.StrategyResult{plain, built})
	without := contrast.Lines([2]*redoubt.StrategyResult{plain, nil})
	if len(lines) != len(without)+2 {
		t.Fatalf("got %d lines, and %d without anything to build", len(lines), len(without))
	}
	if got := lines[len(lines)-1].Interval(built); got != "$5 .. $9" {
		t.Errorf("the NPV lies within %q, want $5 .. $9", got)
	}
	last := lines[len(lines)-2:]
	for i, want := range []string{"$5", "$7"} {
		if got := last[i].Write(built); got != want {
			t.Errorf("%s: got %s, want %s", last[i].Label, got, want)
		}
	}
}
