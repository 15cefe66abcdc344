package redoubt_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"sync/atomic"
	"testing"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// lossesAlone is the shop with the losses of its primary region as its only hazard: a union of
// outages, whose share of the time is known in closed form.
func lossesAlone(t *testing.T) *model.Scenario {
	s := shop(t)
	var kept []model.Hazard
	for _, hazard := range s.Hazards {
		if hazard.Kind == model.RegionLoss && hazard.Region == s.Primary() {
			kept = append(kept, hazard)
		}
	}
	s.Hazards = kept
	return s
}

// unionHours are the expected hours a year in which at least one outage stands: outages that come
// as a Poisson stream of rate r and last D on average overlap like the customers of a queue with
// any number of servers, which is empty for a share exp(-r D) of the time (L. Takacs, Introduction
// to the Theory of Queues, 1962, ch. 3). A run that begins with none is off by the mean of D^2 over
// twice the horizon, a part in some thousands here.
func unionHours(s *model.Scenario) float64 {
	load := 0.0
	for i := range s.Hazards {
		load += s.Hazards[i].PerYear * s.Hazards[i].Duration.Mean() / model.Year.Seconds()
	}
	return model.HoursPerYear * (1 - math.Exp(-load))
}

// TestIntervalsOfTheSimulationCover counts how often the interval of the outage hours of a single
// region holds their closed form, over many seeds: with a number of trials, and with one that a
// precision chose. The 4.5 standard errors are those of a binomial count at 95 %.
func TestIntervalsOfTheSimulationCover(t *testing.T) {
	s := lossesAlone(t)
	truth := unionHours(s)
	rows := []struct {
		name      string
		precision float64
	}{{"a fixed number of trials", 0}, {"until they are precise", 0.12}}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			const seeds = 200
			held, below, trials := 0, 0, 0
			for seed := uint64(1); seed <= seeds; seed++ {
				c := compare(t, s, redoubt.CompareOptions{
					Strategies: []model.StrategyKind{model.SingleRegion}, Trials: 50, Years: 10, Seed: seed,
					Precision: row.precision,
				})
				trials += c.Trials
				switch e := c.Strategies[0].DownHours; {
				case e.Low <= truth && truth <= e.High:
					held++
				case e.High < truth:
					below++
				}
			}
			t.Logf("%d of %d hold %.3f h, %d are below; %.0f trials on average", held, seeds, truth, below,
				float64(trials)/seeds)
			off := float64(held)/seeds - 0.95
			if math.Abs(off) > 4.5*math.Sqrt(0.95*0.05/seeds) {
				t.Errorf("%d of %d intervals hold the truth, want 95 %%", held, seeds)
			}
		})
	}
}

// With a precision a comparison ends at the same trial on any number of cores, and is the one of so
// many trials from the start.
func TestPrecisionIsTheSameOnAnyNumberOfCores(t *testing.T) {
	s := shop(t)
	options := redoubt.CompareOptions{Trials: 40, Years: 10, Seed: 3, Precision: 0.15, Workers: 1}
	one := compare(t, s, options)
	options.Workers = 7
	many := compare(t, s, options)
	if !reflect.DeepEqual(one.Precision, many.Precision) || one.Trials != many.Trials {
		t.Errorf("one worker: %+v after %d, seven: %+v after %d", one.Precision, one.Trials,
			many.Precision, many.Trials)
	}
	plain := compare(t, s, redoubt.CompareOptions{Trials: one.Trials, Years: 10, Seed: 3})
	for i := range plain.Strategies {
		if !reflect.DeepEqual(plain.Strategies[i].Outcome, many.Strategies[i].Outcome) {
			t.Errorf("%s: in batches %+v, at once %+v", plain.Strategies[i].Kind,
				many.Strategies[i].DownHours, plain.Strategies[i].DownHours)
		}
	}
	if !one.Precision.Reached || one.Trials <= 40 || one.Trials%40 != 0 {
		t.Errorf("got %+v after %d trials, want it reached after batches of 40", one.Precision,
			one.Trials)
	}
	for i := range one.Strategies {
		r := &one.Strategies[i]
		if e := r.DownHours; r.Excuse == "" && (e.High-e.Low)/2 > 0.15*e.Mean {
			t.Errorf("%s: %+v is wider than 15 %%", r.Kind, e)
		}
	}
}

// The maximum comes first where the precision asks for too much, and that is said.
func TestPrecisionThatIsNotReached(t *testing.T) {
	s := shop(t)
	c := compare(t, s, redoubt.CompareOptions{
		Trials: 30, Years: 10, Precision: 0.001, MaxTrials: 100,
	})
	p := c.Precision
	if p.Reached || c.Trials != 100 || p.MaxTrials != 100 || !(p.HalfWidth > 0.001) {
		t.Errorf("got %+v after %d trials, want 100 and not reached", p, c.Trials)
	}
	s.Hazards, s.Timeline = nil, nil
	c = compare(t, s, redoubt.CompareOptions{Trials: 2, Years: 1, Precision: 0.5, MaxTrials: 8})
	if c.Precision.Reached || !math.IsInf(c.Precision.HalfWidth, 1) || c.Trials != 8 {
		t.Errorf("nothing fails: got %+v after %d trials, want 8 and no width", c.Precision, c.Trials)
	}
}

// What is done when a comparison is interrupted is the comparison of so many trials, its quantiles
// and rates of objectives included.
func TestInterruptedPrecisionKeepsWhatIsDone(t *testing.T) {
	s := shop(t)
	for _, after := range []int64{900, 2000} {
		ctx, cancel := context.WithCancel(context.Background())
		var calls atomic.Int64
		c, err := redoubt.Compare(ctx, s, redoubt.CompareOptions{
			Trials: 40, Years: 5, Seed: 2, Precision: 0.01,
			Progress: func(int, int) {
				if calls.Add(1) == after {
					cancel()
				}
			},
		})
		cancel()
		if !errors.Is(err, context.Canceled) || c == nil || c.Precision == nil || c.Precision.Reached {
			t.Fatalf("after %d trials: got %+v, %v", after, c, err)
		}
		if c.Trials < 40 {
			t.Errorf("after %d trials: %d are left, want the first batch at least", after, c.Trials)
		}
		plain := compare(t, s, redoubt.CompareOptions{Trials: c.Trials, Years: 5, Seed: 2})
		for i := range plain.Strategies {
			if !reflect.DeepEqual(plain.Strategies[i].Outcome, c.Strategies[i].Outcome) {
				t.Errorf("%s: %d trials that were interrupted differ", plain.Strategies[i].Kind, c.Trials)
			}
		}
	}
}

// Strategies take turns, so that a long comparison that is interrupted has some trials of each, and
// recommends one.
func TestInterruptedComparisonHasAllStrategies(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var calls atomic.Int64
	c, err := redoubt.Compare(ctx, shop(t), redoubt.CompareOptions{
		Trials: 100_000, Years: 1, Seed: 2, Workers: 2, Progress: func(int, int) {
			if calls.Add(1) == 1000 {
				cancel()
			}
		},
	})
	if !errors.Is(err, context.Canceled) || c == nil {
		t.Fatalf("got %v and error %v, want what is done", c, err)
	}
	for i := range c.Strategies {
		if r := &c.Strategies[i]; r.Skipped {
			t.Errorf("%s: %s", r.Kind, r.Excuse)
		}
	}
	if c.Trials < 64 || c.Recommended == 0 {
		t.Errorf("got %s after %d trials, want a recommendation", c.Recommended, c.Trials)
	}
}

// Progress tells of every trial once, of all strategies together, and never of more than there are.
func TestProgressWithAPrecision(t *testing.T) {
	var last, calls atomic.Int64
	c := compare(t, shop(t), redoubt.CompareOptions{
		Trials: 20, Years: 5, Precision: 0.3, Workers: 1, Progress: func(done, total int) {
			if int64(done) != last.Load()+1 || done > total {
				t.Errorf("got %d of %d after %d", done, total, last.Load())
			}
			last.Store(int64(done))
			calls.Add(1)
		},
	})
	if want := int64(c.Trials * len(c.Strategies)); calls.Load() != want {
		t.Errorf("told of %d trials, want %d", calls.Load(), want)
	}
}

// A difference is found trial by trial, so that its mean is that of the figures and its interval
// far narrower than theirs together; what is the same in every trial is not told apart.
func TestDifferencesArePaired(t *testing.T) {
	s := shop(t)
	s.Strategies[len(s.Strategies)-1].OneTime = 5_000 * model.Dollar
	c := compare(t, s, redoubt.CompareOptions{Trials: 200, Years: 10})
	best := resultOf(t, c, c.Recommended)
	if best.VersusRecommended != nil || resultOf(t, c, model.SingleRegion).VersusBaseline != nil {
		t.Error("a strategy is compared with itself")
	}
	for i := range c.Strategies {
		for j := range c.Strategies {
			one, other := &c.Strategies[i], &c.Strategies[j]
			d := one.Versus[other.Kind]
			if (d == nil) != (i == j || one.Excuse != "" || other.Excuse != "") {
				t.Errorf("%s less %s: got %v", one.Kind, other.Kind, d)
			}
			if d == nil {
				continue
			}
			want := one.Case.LossPerYear.Mean - other.Case.LossPerYear.Mean
			if math.Abs(d.Loss.Mean-want) > 0.01 || d.Loss.Low > want || d.Loss.High < want {
				t.Errorf("%s less %s: loses %v more, want %g", one.Kind, other.Kind, d.Loss, want)
			}
			worth := one.Case.NPV - other.Case.NPV
			if math.Abs(d.NPV.Mean-worth) > 0.01 || d.NPV.Low > worth || d.NPV.High < worth ||
				d.NPV.High-d.NPV.Low < d.Net.High-d.Net.Low {
				t.Errorf("%s less %s: an NPV of %v more, want %g", one.Kind, other.Kind, d.NPV, worth)
			}
		}
	}
	narrower := 0
	for i := range c.Strategies {
		r := &c.Strategies[i]
		d := r.VersusRecommended
		if r == best || r.Excuse != "" {
			continue
		}
		if want := r.DownHours.Mean - best.DownHours.Mean; math.Abs(d.DownHours.Mean-want) > 1e-9 {
			t.Errorf("%s: down %g h more, want %g", r.Kind, d.DownHours.Mean, want)
		}
		want := r.Case.NetPerYear.Mean - best.Case.NetPerYear.Mean
		if !d.Priced || math.Abs(d.Net.Mean-want) > 0.01 {
			t.Errorf("%s: worth %g more, want %g", r.Kind, d.Net.Mean, want)
		}
		apart := r.DownHours.High - r.DownHours.Low + best.DownHours.High - best.DownHours.Low
		if d.DownHours.High-d.DownHours.Low < apart/2 {
			narrower++
		}
	}
	if narrower == 0 {
		t.Error("no paired interval is narrower than two separate ones")
	}
	rows := []struct {
		name string
		e    model.Estimate
		want bool
	}{
		{"above", model.Estimate{Mean: 2, Low: 1, High: 3}, true},
		{"below", model.Estimate{Mean: -2, Low: -3, High: -1}, true},
		{"covers 0", model.Estimate{Mean: 1, Low: -1, High: 3}, false},
		{"the same", model.Estimate{}, false},
		{"one trial", cost.EstimateOf([]float64{5}), false},
	}
	for _, row := range rows {
		if got := redoubt.Apart(row.e); got != row.want {
			t.Errorf("%s: told apart %t, want %t", row.name, got, row.want)
		}
	}
}
