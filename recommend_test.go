package redoubt_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// pairedLead is how far one strategy is ahead of another, computed from the trials: dollars a year,
// times what a yearly dollar is worth, less what it costs more to build.
func pairedLead(
	c *redoubt.Comparison, best, second *redoubt.StrategyResult, annuity float64,
) model.Estimate {
	values := make([]float64, len(best.Outcome.Trials))
	for i := range values {
		net := func(r *redoubt.StrategyResult) float64 {
			loss := cost.LossOf(c.Scenario.Business, r.Outcome.Trials[i], r.Outcome.Horizon)
			return -loss.Total().USD() - r.Case.CostPerYear.USD()
		}
		build := (best.Case.OneTime - second.Case.OneTime).USD()
		values[i] = annuity*(net(best)-net(second)) - build
	}
	return cost.EstimateOf(values)
}

func words(e model.Estimate, unit string) string {
	return fmt.Sprintf("by %s%s (95 %% interval %s to %s)", model.Dollars(e.Mean), unit,
		model.Dollars(e.Low), model.Dollars(e.High))
}

func TestNetBenefitDecidesWhereNothingIsBuilt(t *testing.T) {
	c := compare(t, shop(t), redoubt.CompareOptions{Trials: 100})
	best, second := resultOf(t, c, model.ReadLocal), resultOf(t, c, model.ActiveActive)
	if c.Recommended != best.Kind || !strings.HasPrefix(c.Why, "it has the highest net benefit, ") {
		t.Fatalf("got %s because %q, want read-local by its net benefit", c.Recommended, c.Why)
	}
	want := "ahead of active-active " + words(pairedLead(c, best, second, 1), " a year")
	if !strings.Contains(c.Why, want) {
		t.Errorf("got %q, want %q in it", c.Why, want)
	}
}

// Read-local has the highest net benefit here, and what it costs to build puts active-active ahead.
func TestPresentValueDecidesWhereBuildingCostsDiffer(t *testing.T) {
	s := shop(t)
	overlay(t, s, model.ReadLocal).OneTime = 100_000 * model.Dollar
	c := compare(t, s, redoubt.CompareOptions{
		Trials: 100, Strategies: []model.StrategyKind{model.ReadLocal, model.ActiveActive},
	})
	best, second := resultOf(t, c, model.ActiveActive), resultOf(t, c, model.ReadLocal)
	if best.Case.NetPerYear.Mean >= second.Case.NetPerYear.Mean {
		t.Fatalf("got a net of %v and %v, want read-local's to be higher",
			best.Case.NetPerYear.Mean, second.Case.NetPerYear.Mean)
	}
	if c.Recommended != best.Kind || strings.Contains(c.Why, "highest net benefit") ||
		!strings.Contains(c.Why, "highest net present value, "+model.Dollars(best.Case.NPV).String()) {
		t.Fatalf("got %s because %q, want active-active by its value", c.Recommended, c.Why)
	}
	annuity := cost.Annuity(s.Business.DiscountRate, s.Business.HorizonYears)
	lead := pairedLead(c, best, second, annuity)
	if want := "ahead of read-local " + words(lead, " of net present value"); lead.Low <= 0 ||
		!strings.Contains(c.Why, want) {
		t.Errorf("got %q, want %q in it", c.Why, want)
	}
	if wide := best.Case.NetPerYear; lead.High-lead.Low > annuity*(wide.High-wide.Low)/2 {
		t.Errorf("got a lead of %v, want it far better known than %v", lead, wide)
	}
	if !strings.Contains(c.Why, "with nothing to build") {
		t.Errorf("got %q, want it to say that nothing is built", c.Why)
	}
}

func TestSingleRegionIsACandidateEvenWhereItIsNotNamed(t *testing.T) {
	c := compare(t, shop(t), redoubt.CompareOptions{
		Trials: 100, Strategies: []model.StrategyKind{model.HotStandby, model.HotStandby},
	})
	var kinds []model.StrategyKind
	for i := range c.Strategies {
		kinds = append(kinds, c.Strategies[i].Kind)
	}
	if want := []model.StrategyKind{model.SingleRegion, model.HotStandby}; !slices.Equal(kinds, want) {
		t.Fatalf("got %v compared, want %v", kinds, want)
	}
	lead := pairedLead(c, resultOf(t, c, model.SingleRegion), resultOf(t, c, model.HotStandby), 1)
	if want := "ahead of hot-standby " + words(lead, " a year"); c.Recommended != model.SingleRegion ||
		!strings.HasPrefix(c.Why, "to stay in one region is best") || !strings.Contains(c.Why, want) {
		t.Errorf("got %s because %q, want single-region, %q", c.Recommended, c.Why, want)
	}
}

// Building costs can make doing nothing right where every year alone would pay.
func TestNothingEarnsBackWhatItCostsToBuild(t *testing.T) {
	s := shop(t)
	overlay(t, s, model.ReadLocal).OneTime = model.Dollars(10e6)
	c := compare(t, s, redoubt.CompareOptions{
		Trials: 100, Strategies: []model.StrategyKind{model.ReadLocal},
	})
	if c.Recommended != model.SingleRegion || !strings.Contains(c.Why, "earns back what it costs") ||
		!strings.Contains(c.Why, " of net present value") {
		t.Errorf("got %s because %q, want single-region by value", c.Recommended, c.Why)
	}
}

func TestRequiredObjectiveExcludesTheSingleRegionToo(t *testing.T) {
	s := shop(t)
	s.Objectives = []model.Objective{{
		Metric: model.MetricAvailability, Share: 0.9995, Required: true,
	}}
	asked := redoubt.CompareOptions{
		Trials: 100, Strategies: []model.StrategyKind{model.HotStandby},
	}
	c := compare(t, s, asked)
	if c.Recommended != 0 || !strings.Contains(c.Why, "even the best, hot-standby, does not avoid") {
		t.Errorf("got %s because %q, want nothing that loses", c.Recommended, c.Why)
	}
	asked.Strategies = []model.StrategyKind{model.ReadLocal}
	c = compare(t, s, asked)
	if c.Recommended != model.ReadLocal || !strings.Contains(c.Why, "the only candidate") ||
		!strings.Contains(c.Why, "miss a required objective: single-region") {
		t.Errorf("got %s because %q, want read-local, the only candidate", c.Recommended, c.Why)
	}
	s.Objectives[0].Share = 1
	if c = compare(t, s, asked); c.Recommended != 0 ||
		!strings.Contains(c.Why, "meets every required objective") {
		t.Errorf("got %s because %q, want nothing", c.Recommended, c.Why)
	}
}

func TestNothingIsRecommendedWhereNobodyPricedAnything(t *testing.T) {
	s := shop(t)
	s.Bill = nil
	c := compare(t, s, redoubt.CompareOptions{Trials: 20})
	if c.Recommended != 0 || !strings.Contains(c.Why, "nobody said what the alternatives") {
		t.Errorf("got %s because %q, want nothing", c.Recommended, c.Why)
	}
}

func TestNoHazardIsSaid(t *testing.T) {
	s := shop(t)
	s.Hazards = nil
	c := compare(t, s, redoubt.CompareOptions{Trials: 5, Years: 1})
	if !strings.Contains(c.Why, "states no hazard") {
		t.Errorf("got %q, want it to say that nothing ever fails", c.Why)
	}
	s.Timeline = []model.Fault{{ // Of a link that no request takes.
		Kind: model.LinkCut, Region: 1, Peer: 2, Duration: time.Second,
	}}
	c = compare(t, s, redoubt.CompareOptions{Trials: 5, Years: 1})
	if !strings.Contains(c.Why, "faults of the timeline take nothing") {
		t.Errorf("got %q, want it to say that the timeline does no harm", c.Why)
	}
	s = shop(t)
	for i := range s.Hazards {
		s.Hazards[i].PerYear /= 1e6
	}
	c = compare(t, s, redoubt.CompareOptions{Trials: 5, Years: 1})
	if !strings.Contains(c.Why, "nothing failed in any trial") {
		t.Errorf("got %q, want it to say that nothing failed", c.Why)
	}
}

// An interruption in the first turn, of 64 trials a worker, leaves strategies without a trial: they
// can be built, were not simulated, and could be better than the others.
func TestInterruptionRecommendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := redoubt.Compare(ctx, shop(t), redoubt.CompareOptions{
		Trials: 200, Years: 1, Workers: 1,
		Progress: func(done, _ int) {
			if done > 2*64 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || c == nil {
		t.Fatalf("got %v and %v, want what was done and the interruption", c, err)
	}
	skipped := 0
	for i := range c.Strategies {
		r := &c.Strategies[i]
		if r.Skipped != (r.Excuse != "") || strings.Contains(r.Excuse, "built") {
			t.Errorf("%s: got skipped %t with the excuse %q", r.Kind, r.Skipped, r.Excuse)
		}
		if r.Skipped {
			skipped++
		}
	}
	if skipped == 0 || skipped == len(c.Strategies) {
		t.Fatalf("got %d of %d skipped, want some", skipped, len(c.Strategies))
	}
	if c.Recommended != 0 || !strings.Contains(c.Why, "not every strategy was simulated") {
		t.Errorf("got %s because %q, want nothing", c.Recommended, c.Why)
	}
}
