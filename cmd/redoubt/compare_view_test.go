package main

import (
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
