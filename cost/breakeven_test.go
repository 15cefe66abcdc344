package cost_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"redoubt/cost"
)

func TestBreakevenHoursOfTheRoadmap(t *testing.T) {
	// roadmap-90-day says 65 h; its own inputs, $300,000 / ($50M / 8,760 h), say 52.6.
	const lossPerHour = 50e6 / 8760
	rows := []struct {
		name                string
		effectiveness, want float64
	}{
		{"every hour avoided", 1, 52.6},
		{"5 min recovery", 0.98, 53.6},
		{"1 h recovery", 0.74, 71.0},
	}
	for _, row := range rows {
		got := cost.BreakevenHours(300_000, lossPerHour, row.effectiveness)
		if !near(got, row.want, 0.05) {
			t.Errorf("%s: got %.2f, want %.1f", row.name, got, row.want)
		}
	}
}

func TestBreakevenAtTheEdges(t *testing.T) {
	inf := math.Inf(1)
	rows := []struct {
		name      string
		got, want float64
	}{
		{"nothing extra", cost.BreakevenHours(0, 100, 1), 0},
		{"cheaper than the baseline", cost.BreakevenHours(-5, 100, 0), 0},
		{"an hour costs nothing", cost.BreakevenHours(5, 0, 1), inf},
		{"nothing is avoided", cost.BreakevenHours(5, 100, 0), inf},
		{"worse than the baseline", cost.BreakevenHours(5, 100, -0.5), inf},
		{"ratio, nothing avoided", cost.CostBenefit(5, 0), inf},
		{"ratio, worse", cost.CostBenefit(5, -1), inf},
		{"ratio, free", cost.CostBenefit(0, 5), 0},
		{"revenue, free", cost.RevenueAt(1, 0, 8, 0, 0), 0},
		{"revenue, other losses pay", cost.RevenueAt(1, 100, 8, 0, 100), 0},
		{"revenue, all deferred", cost.RevenueAt(1, 100, 8, 1, 0), inf},
		{"revenue, no hours", cost.RevenueAt(1, 100, 0, 0, 0), inf},
		{"revenue, more hours lost", cost.RevenueAt(1, 100, -8, 0, 0), inf},
	}
	for _, row := range rows {
		if row.got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, row.got, row.want)
		}
	}
}

// TestBreakevenIsWhereTheNetChangesItsSign finds the hours by bisection of the net.
func TestBreakevenIsWhereTheNetChangesItsSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		extra := rapid.Float64Range(1, 1e7).Draw(t, "extra")
		loss := rapid.Float64Range(1, 1e6).Draw(t, "loss of an hour")
		share := rapid.Float64Range(0.01, 1).Draw(t, "effectiveness")
		low, high := 0.0, 1e12
		for range 200 {
			hours := (low + high) / 2
			if hours*loss*share < extra {
				low = hours
			} else {
				high = hours
			}
		}
		if got := cost.BreakevenHours(extra, loss, share); !near(got, high, 1e-6*high) {
			t.Fatalf("got %v, want %v", got, high)
		}
	})
}

func TestRevenueAtGivesTheRatioItWasAskedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ratio := rapid.Float64Range(0.1, 10).Draw(t, "ratio")
		extra := rapid.Float64Range(1e3, 1e7).Draw(t, "extra")
		hours := rapid.Float64Range(0.1, 100).Draw(t, "hours")
		deferred := rapid.Float64Range(0, 0.9).Draw(t, "deferred")
		other := rapid.Float64Range(-1e6, 90).Draw(t, "other")
		revenue := cost.RevenueAt(ratio, extra, hours, deferred, other)
		avoided := revenue/8760*hours*(1-deferred) + other
		if got := cost.CostBenefit(extra, avoided); !near(got, ratio, 1e-6*ratio) {
			t.Fatalf("ratio at a revenue of %v: got %v, want %v", revenue, got, ratio)
		}
	})
}

// For a cheaper strategy the cost is what it loses more, and the benefit what it saves.
func TestRevenueAtOfACheaperStrategyIsWhereTheVerdictChanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		extra := -rapid.Float64Range(1e3, 1e6).Draw(t, "saved")
		hours := rapid.Float64Range(0.1, 100).Draw(t, "hours")
		other := rapid.Float64Range(10*extra, 6*extra).Draw(t, "other")
		for _, end := range []struct {
			ratio        float64
			below, above cost.Verdict
		}{
			{cost.AbortRatio, cost.Abort, cost.Reconsider}, {1, cost.Reconsider, cost.Proceed},
		} {
			revenue := cost.RevenueAt(end.ratio, extra, hours, 0, other)
			verdict := func(revenue float64) cost.Verdict {
				v, _ := cost.Judge(extra, revenue/8760*hours+other)
				return v
			}
			below, above := verdict(revenue*(1-1e-6)), verdict(revenue*(1+1e-6))
			if below != end.below || above != end.above {
				t.Fatalf("ratio %v at a revenue of %v: got %s below and %s above, want %s and %s",
					end.ratio, revenue, below, above, end.below, end.above)
			}
		}
	})
}
