package redoubt_test

import (
	"math"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// TestCheaper says from when on which of two is cheaper.
func TestCheaper(t *testing.T) {
	result := func(kind model.StrategyKind, once, perYear model.Money) *redoubt.StrategyResult {
		return &redoubt.StrategyResult{Kind: kind, Case: cost.Case{
			OneTime: once * model.Dollar, CostPerYear: perYear * model.Dollar,
		}}
	}
	warm, active := model.WarmStandby, model.ActiveActive
	for _, test := range []struct {
		one, other *redoubt.StrategyResult
		want       model.StrategyKind
		from       float64
	}{
		{result(warm, 0, 100), result(active, 50, 50), active, 1},
		{result(warm, 50, 50), result(active, 0, 100), warm, 1},
		{result(warm, 0, 100), result(active, 125, 50), active, 2.5},
		{result(warm, 0, 100), result(active, 500, 50), warm, 0},
		{result(warm, 0, 100), result(active, 0, 50), active, 0},
		{result(warm, 20, 50), result(active, 0, 50), active, 0},
		{result(warm, 0, 50), result(active, 0, 50), 0, 0},
	} {
		kind, from := redoubt.Cheaper(test.one, test.other, 5)
		if kind != test.want || math.Abs(from-test.from) > 1e-9 {
			t.Errorf("%+v and %+v: got %s from %v on, want %s from %v on", test.one.Case, test.other.Case,
				kind, from, test.want, test.from)
		}
	}
}
