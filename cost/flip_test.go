package cost_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"redoubt/cost"
	"redoubt/model"
)

// TestRevenueWithinCovers draws trials of which the true breakeven is known: the interval holds it
// in about 95 % of them, in as many as that of the net covers the mean.
func TestRevenueWithinCovers(t *testing.T) {
	for _, row := range []struct {
		yearlyLosses
		want float64
	}{
		{yearlyLosses{rate: 0.80, mu: 1.680, sigma: 0.896, years: 10, trials: 100}, 0.95},
		{yearlyLosses{rate: 0.80, mu: 1.680, sigma: 0.896, years: 1, trials: 1000}, 0.95},
		{yearlyLosses{rate: 0.025, mu: 1.680, sigma: 0.896, years: 10, trials: 100}, 0.95},
	} {
		source, held := seeded(t), 0
		const extra, other = 40_000.0, 900.0 // USD a year, and for each outage beside its hours.
		truth := (extra - other*row.rate) / (row.mean() / model.HoursPerYear)
		for range *replicates {
			avoided, rest := row.sample(source), make([]float64, row.trials)
			outages := distuv.Poisson{Lambda: row.rate * float64(row.years), Src: source}
			for i := range avoided {
				avoided[i] /= model.HoursPerYear
				rest[i] = other*outages.Rand()/float64(row.years) - extra
			}
			if e := cost.RevenueWithin(avoided, rest); e.Low <= truth && truth <= e.High {
				held++
			}
		}
		got := float64(held) / float64(*replicates)
		t.Logf("%g a year, %d years, %d trials: it covers %.1f %%", row.rate, row.years, row.trials,
			100*got)
		// 4.5 standard errors, and the 0.5 % by which EstimateOf itself may be off (docs/cost.md).
		if reach := 4.5*math.Sqrt(row.want*(1-row.want)/float64(*replicates)) + 0.005; math.Abs(
			got-row.want) > reach {
			t.Errorf("it covers %.3f, want %.3f", got, row.want)
		}
	}
}

// TestRevenueWithinHoldsWhatIsUnsure holds the interval against that of the net at each revenue: it
// holds exactly those at which that holds 0.
func TestRevenueWithinHoldsWhatIsUnsure(t *testing.T) {
	row := yearlyLosses{rate: 0.80, mu: 1.680, sigma: 0.896, years: 10, trials: 30}
	for _, extra := range []float64{40_000, 500, -3_000} {
		source := seeded(t)
		for range 20 {
			avoided, nets := row.sample(source), make([]float64, row.trials)
			rest := make([]float64, row.trials)
			for i := range avoided {
				avoided[i] /= model.HoursPerYear
				rest[i] = 1_000*source.NormFloat64() - extra
			}
			e := cost.RevenueWithin(avoided, rest)
			for _, share := range []float64{0, 0.2, 0.6, 0.9, 1, 1.1, 1.4, 3, 50} {
				revenue := share * max(e.Mean, 1e6)
				for i := range nets {
					nets[i] = avoided[i]*revenue + rest[i]
				}
				net := cost.EstimateOf(nets)
				if unsure := net.Low <= 0 && net.High >= 0; unsure != (e.Low <= revenue &&
					revenue <= e.High) && (e.High > 0 || revenue > 0) {
					t.Errorf("extra %g, revenue %.0f of %+v: the net is %+v", extra, revenue, e, net)
				}
			}
		}
	}
}

// TestRevenueWithinAtItsEnds has trials of which little can be said. 37,861 is where Student's
// interval of two, 12.7062 x 2e-4 R each way about 1e-4 R - 100, has its end at 0.
func TestRevenueWithinAtItsEnds(t *testing.T) {
	endless, none := math.Inf(1), math.NaN()
	for name, test := range map[string]struct {
		avoided, rest []float64
		low, mean     float64
		high          float64
	}{
		"one trial":          {[]float64{1e-4}, []float64{-100}, 0, 1e6, endless},
		"all the same":       {[]float64{1e-4, 1e-4}, []float64{-100, -100}, 1e6, 1e6, 1e6},
		"nothing is needed":  {[]float64{1e-4, 1e-4}, []float64{100, 100}, 0, 0, 0},
		"it may save none":   {[]float64{3e-4, -1e-4}, []float64{-100, -100}, 37_861, 1e6, endless},
		"it saves none":      {[]float64{0, 0}, []float64{-100, -100}, none, none, none},
		"it loses the more":  {[]float64{-1e-4, 0}, []float64{100, 90}, none, none, none},
		"there is no trial":  {nil, nil, none, none, none},
		"it gains at 0, too": {[]float64{1e-4, 1.1e-4}, []float64{99, 101}, 0, 0, 0},
	} {
		e := cost.RevenueWithin(test.avoided, test.rest)
		for i, want := range []float64{test.low, test.mean, test.high} {
			got := []float64{e.Low, e.Mean, e.High}[i]
			if math.IsNaN(want) != math.IsNaN(got) || math.IsInf(want, 1) != math.IsInf(got, 1) ||
				math.Abs(got-want) > 1 {
				t.Errorf("%s: got %+v, want %g (%g .. %g)", name, e, test.mean, test.low, test.high)
			}
		}
	}
}
