package redoubt_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// shop is the embedded estate in three regions; each caller may change its own.
func shop(t *testing.T) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// overlay returns the scenario's strategy of a kind, to be changed.
func overlay(t *testing.T, s *model.Scenario, kind model.StrategyKind) *model.Strategy {
	t.Helper()
	for i := range s.Strategies {
		if s.Strategies[i].Kind == kind {
			return &s.Strategies[i]
		}
	}
	t.Fatalf("%s does not run %s", s.Name, kind)
	return nil
}

func compare(t *testing.T, s *model.Scenario, o redoubt.CompareOptions) *redoubt.Comparison {
	t.Helper()
	c, err := redoubt.Compare(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// resultOf finds what was found of one strategy.
func resultOf(
	t *testing.T, c *redoubt.Comparison, kind model.StrategyKind,
) *redoubt.StrategyResult {
	t.Helper()
	for i := range c.Strategies {
		if c.Strategies[i].Kind == kind {
			return &c.Strategies[i]
		}
	}
	t.Fatalf("%s is not compared", kind)
	return nil
}

func TestOneTrialHasNoInterval(t *testing.T) {
	c := compare(t, shop(t), redoubt.CompareOptions{Trials: 1, Years: 10})
	for i := range c.Strategies {
		r := &c.Strategies[i]
		for name, e := range map[string]model.Estimate{
			"availability": r.Availability, "requests": r.RequestAvailability,
			"down hours": r.DownHours, "lost hours": r.LostHours,
			"loss": r.Case.LossPerYear, "net": r.Case.NetPerYear,
		} {
			if cost.HasInterval(e) {
				t.Errorf("%s of %s: got %v, want no interval of one trial", name, r.Kind, e)
			}
		}
	}
	if !strings.Contains(c.Why, "one trial has no interval") {
		t.Errorf("got the reason %q, want it to say that one trial has no interval", c.Why)
	}
	for seed := uint64(1); seed <= 20; seed++ {
		c := compare(t, shop(t), redoubt.CompareOptions{Trials: 1, Years: 10, Seed: seed})
		for _, text := range append(c.Inversions, c.Why) {
			if strings.Contains(text, "Inf") || strings.Contains(text, "9,223,372") {
				t.Errorf("seed %d: got %q, want no infinite end in words", seed, text)
			}
		}
	}
}

// Two trials of one year know next to nothing, and their intervals would reach below zero hours.
func TestIntervalsAreCutToWhatIsPossible(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		c := compare(t, shop(t), redoubt.CompareOptions{Trials: 2, Years: 1, Seed: seed})
		for i := range c.Strategies {
			r := &c.Strategies[i]
			for name, check := range map[string]struct {
				e    model.Estimate
				most float64
			}{
				"availability": {r.Availability, 1}, "requests": {r.RequestAvailability, 1},
				"down hours": {r.DownHours, 8760}, "lost hours": {r.LostHours, 8760},
				"loss": {r.Case.LossPerYear, math.Inf(1)},
			} {
				if e := check.e; e.Low < 0 || e.High > check.most || e.Low > e.Mean || e.High < e.Mean {
					t.Errorf("seed %d, %s of %s: got %v, want 0 <= low <= mean <= high <= %v",
						seed, name, r.Kind, e, check.most)
				}
			}
		}
	}
}

// A strategy that nobody priced does not cost less than one with a price.
func TestUnpricedStrategyIsNotCheaper(t *testing.T) {
	s := shop(t)
	s.Bill = nil
	overlay(t, s, model.WarmStandby).ExtraPerYear = 300_000 * model.Dollar
	c := compare(t, s, redoubt.CompareOptions{Trials: 50})
	for _, text := range c.Inversions {
		if strings.Contains(text, "costs") {
			t.Errorf("got %q, want no order of costs that nobody stated", text)
		}
	}
	if r := resultOf(t, c, model.WarmStandby); !r.Case.Priced || r.Case.Verdict == cost.Unpriced {
		t.Errorf("got %s, want a verdict on the one that has a price", r.Case.Verdict)
	}
	if c.Recommended != model.SingleRegion || !strings.Contains(c.Why, "nobody priced") {
		t.Errorf("got %s because %q, want single-region, and what was left out", c.Recommended, c.Why)
	}
}

func TestObjectiveWithoutAnIncidentIsNotJudged(t *testing.T) {
	s := shop(t)
	s.Hazards = nil
	s.Objectives = append(s.Objectives, model.Objective{
		Metric: model.MetricAvailability, Share: 0.9999,
	})
	c := compare(t, s, redoubt.CompareOptions{Trials: 5, Years: 1})
	for i := range c.Strategies {
		for _, o := range c.Strategies[i].Objectives {
			wantCount := int64(0)
			if o.Objective.Metric == model.MetricAvailability {
				wantCount = 5
			}
			if o.Count != wantCount || math.IsNaN(o.Probability) != (wantCount == 0) {
				t.Errorf("%s of %s: got %v by %d, want it judged by %d", o.Objective.Metric,
					c.Strategies[i].Kind, o.Probability, o.Count, wantCount)
			}
		}
	}
}
