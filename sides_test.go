package redoubt_test

import (
	"context"
	"math"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestTrialLossesAverageToTheLoss holds what each trial loses against the mean that a comparison
// has, and what is spent by when against the sum of its parts.
func TestTrialLossesAverageToTheLoss(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{Trials: 20, Years: 3})
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Strategies {
		r := &c.Strategies[i]
		losses := c.TrialLosses(r)
		sum := 0.0
		for _, loss := range losses {
			sum += loss
		}
		mean, want := sum/float64(len(losses)), r.Case.LossPerYear.Mean
		if len(losses) != 20 || math.Abs(mean-want) > 1e-6*want {
			t.Errorf("%s: %d losses of %v in the mean, want 20 of %v", r.Kind, len(losses), mean, want)
		}
		total := r.Case.OneTime.USD() + 2*r.Case.CostPerYear.USD() + 2*want
		if got := r.SpentBy(2, want); math.Abs(got-total) > 1e-6*total {
			t.Errorf("%s: %v is spent by two years, want %v", r.Kind, got, total)
		}
	}
}

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
