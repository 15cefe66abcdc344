package main

import (
	"strings"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

func TestMoneyUnitSuitsEveryAmount(t *testing.T) {
	cases := []struct {
		name          string
		cost, loss    float64
		want, written string
	}{
		{"small", 15_474, 4_385, "$", "15,474"},
		{"one amount would vanish", 161_800, 500, "$", "161,800"},
		{"thousands", 283_200, 5_200, "$k", "283.2"},
		{"too wide for dollars", 1_500_000, 10, "$k", "1500.0"},
		{"millions", 75_000_000, 1_200_000, "$M", "75.00"},
		{"nothing", 0, 0, "$", "0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			view := comparisonView{Comparison: &redoubt.Comparison{
				Strategies: []redoubt.StrategyResult{{Case: cost.Case{
					CostPerYear: model.Dollars(c.cost), LossPerYear: model.Estimate{Mean: c.loss},
				}}},
			}}
			unit := view.unit()
			if got := unit.write(c.cost); unit.name != c.want || got != c.written {
				t.Errorf("got %s in %s, want %s in %s", got, unit.name, c.written, c.want)
			}
		})
	}
}

// What a strategy loses is shown part by part, and the parts lead to the loss. A part that costs
// nobody anything has no column.
func TestLossesLeadToTheLoss(t *testing.T) {
	parts := cost.Loss{
		Revenue: 1000 * model.Dollar, LostData: 200 * model.Dollar, People: 30 * model.Dollar,
	}
	view := comparisonView{Comparison: &redoubt.Comparison{Strategies: []redoubt.StrategyResult{
		{Kind: model.SingleRegion, Case: cost.Case{
			LossPerYear: model.Estimate{Mean: 0}, Verdict: cost.Baseline,
		}},
		{Kind: model.ActiveActive, LostWrites: 12, Conflicts: 3456, Case: cost.Case{
			Priced: true, LossLines: parts,
			LossPerYear:    model.Estimate{Mean: parts.Total().USD(), Low: 1100, High: 1400},
			AvoidedPerYear: model.Estimate{Mean: -1230}, Verdict: cost.Abort,
		}},
	}}}
	made := view.losses()
	wantHeaders := "<strategy|lost\nwrites/yr|conflicts\n/yr|sales\n$/yr|writes\n$/yr|people\n$/yr|" +
		"loss\n$/yr|<95 % interval\nlow .. high"
	if got := strings.Join(made.headers, "|"); got != wantHeaders {
		t.Errorf("got the headers %q, want %q", got, wantHeaders)
	}
	want := "active-active|12|3,456|1,000|200|30|1,230|1,100 .. 1,400"
	if got := strings.Join(made.rows[1], "|"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := view.worth().rows; got[0][3] != none || got[1][3] != "-1,230" {
		t.Errorf("got %q avoided by the baseline and %q, want - and -1,230", got[0][3], got[1][3])
	}
}

// Nothing has no sign, and what is not nothing is not written as nothing in a coarse unit.
func TestSmallAmounts(t *testing.T) {
	for _, row := range []struct {
		unit   moneyUnit
		amount float64
		want   string
	}{
		{moneyUnit{"$", 1, 0}, -0.4, "0"},
		{moneyUnit{"$k", 1e3, 1}, -1e-9, "0.0"},
		{moneyUnit{"$k", 1e3, 1}, -8.4, "-0.008"},
		{moneyUnit{"$M", 1e6, 2}, 2932, "0.003"},
		{moneyUnit{"$M", 1e6, 2}, 0, "0.00"},
	} {
		if got := row.unit.write(row.amount); got != row.want {
			t.Errorf("%v in %s: got %q, want %q", row.amount, row.unit.name, got, row.want)
		}
	}
}

func TestACostSaysHowMuchOfItNobodyChecked(t *testing.T) {
	for _, c := range []struct {
		name       string
		unverified []float64
		want       string
	}{
		{"nothing", []float64{0, 0}, ""},
		{"all", []float64{200, 200}, "Unverified: 100 % of each cost"},
		{"in part", []float64{20, 50}, "Unverified: 10 % to 25 % of each cost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := comparisonView{Comparison: &redoubt.Comparison{}}
			for _, usd := range c.unverified {
				v.Strategies = append(v.Strategies, redoubt.StrategyResult{Case: cost.Case{
					Priced: true, CostPerYear: model.Dollars(200), Unverified: model.Dollars(usd),
				}})
			}
			if got := v.unverified(); !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
