package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// bursting is crowded on machines that may use a share of their capacity for good.
func bursting(utilisation, baseline float64) *model.Scenario {
	s := crowded()
	for i := range s.Regions {
		s.Regions[i].Utilisation, s.Regions[i].Baseline = utilisation, baseline
	}
	return s
}

// A region whose load steps above its baseline carries it until what was saved in a day is spent:
// for a day of the baseline over what it uses beyond it, which is at most its capacity. Then it
// sheds all beyond the baseline.
func TestABurstLastsAsLongAsWhatWasSaved(t *testing.T) {
	const load, horizon = 0.85, 100 * time.Hour
	for _, c := range []struct {
		name                  string
		utilisation, baseline float64
	}{
		{"all of the load", 0.2, 0.25},
		{"a load beyond its capacity", 0.5, 0.5},
		{"for good", 0.2, 0.6},
	} {
		t.Run(c.name, func(t *testing.T) {
			capacity := 0.35 / c.utilisation
			earns, uses := c.baseline*capacity, math.Min(load, capacity)
			lasts := horizon.Hours()
			if uses > earns {
				lasts = earns * 24 / (uses - earns)
			}
			want := ((load-uses)*lasts + (load-math.Min(load, earns))*(horizon.Hours()-lasts)) * 3600
			w := finished(t, steppedUp(t, bursting(c.utilisation, c.baseline), horizon))
			if got := w.trial.Lost.Seconds(); math.Abs(got-want) > 1e-3 {
				t.Errorf("shed %.6f s of the mean load, want %.6f s", got, want)
			}
		})
	}
}

// A region that has spent all, and is asked for more than its baseline, saves nothing: not even
// what a sum over some nanoseconds is rounded to. Else it would burst for one of them, and the next
// event would be the next nanosecond, for ever.
func TestWhoHasSpentAllSavesNoDust(t *testing.T) {
	for baseline := 0.2; baseline < 0.38; baseline += 0.01 {
		w := finished(t, steppedUp(t, bursting(0.2, baseline), 100*time.Hour))
		spent := w.credits.by.spent
		if spent == 0 {
			t.Fatalf("with a baseline of %.2f nobody has spent all", baseline)
		}
		for left := spent; left != 0; left = left.Without(left.First()) {
			for ahead := range int64(200) {
				if dust := w.savedAt(int(left.First()), w.now+ahead); dust != 0 {
					t.Fatalf("baseline %.2f: %g was saved in %d ns", baseline, dust, ahead)
				}
			}
		}
	}
}

// What was spent is saved again while the load is below the baseline, a day of it at most, and
// bursts again: had it spent all, it would carry 1 h x (baseline - load) / (load then - baseline).
func TestWhatWasSpentIsSavedAgain(t *testing.T) {
	const capacity, baseline, low, high = 0.35 / 0.2, 0.25, 0.35, 0.85
	const earns = capacity * baseline
	for _, rest := range []time.Duration{10 * time.Hour, 30 * 24 * time.Hour} {
		w := steppedUp(t, bursting(0.2, baseline), 90*24*time.Hour)
		turn := func(at time.Duration, to model.RegionSet) {
			for w.now < warmup+int64(at) {
				w.push(warmup+int64(at), evSettle, 0, 0, 0)
				w.step()
			}
			w.route(failover.Split{To: to, Share: everybody})
			for i := range w.flows {
				w.flows[i].old = model.NoRegion
			}
			w.refresh()
		}
		first := 30 * time.Hour
		turn(first, w.policy.Workload)
		turn(first+rest, model.RegionSet(0).With(standby).With(witness))
		for w.step() {
		}
		w.finale()
		spent := earns * 24 / (high - earns)
		saved := math.Min((earns-low)*rest.Hours(), earns*24)
		again := 90*24 - (first + rest).Hours() - saved/(high-earns)
		want := (high - earns) * (first.Hours() - spent + again) * 3600
		if got := w.trial.Lost.Seconds(); math.Abs(got-want) > 1e-3 {
			t.Errorf("after %s: shed %.6f s of the mean load, want %.6f s", rest, got, want)
		}
	}
}

// Savings that loads draw on which follow the hours, and clients who are late, agree with a purse
// that is looked into every second.
func TestSavingsAgreeWithCountingThemEverySecond(t *testing.T) {
	rng := generator(seedOf(t))
	for range 6 {
		s := bursting(0.8, 0.5+rng.Float64()/4)
		randomLoad(rng, s)
		s.Traffic.Retried = 0
		s.Traffic.DownBelow = 0.5
		w := stage(t, s, model.ActiveActive, seedOf(t), standby, 4*24*time.Hour)
		w.route(failover.Split{To: model.RegionSet(0).With(standby).With(witness), Share: everybody})
		w.refresh()
		flows, region := append([]flow(nil), w.flows...), &s.Regions[standby]
		w = finished(t, w)
		capacity := s.Populations[standby].Share / region.Utilisation
		shed := shedEverySecond(w, flows, capacity, region.Baseline)
		if got := w.trial.Lost.Seconds(); math.Abs(got-shed) > 0.5 || shed == 0 {
			t.Errorf("shed %.3f s of the mean load, want %.3f s", got, shed)
		}
	}
}

// shedEverySecond is what the standby sheds of the requests that flows send it, in seconds of the
// mean load, if a purse is looked into every second.
func shedEverySecond(w *world, flows []flow, capacity, baseline float64) (shed float64) {
	earns := capacity * baseline
	saved := earns * 86400
	for at := warmup; at < warmup+w.horizon; at += 1e9 {
		middle, load := at+5e8, 0.0
		for i := range flows {
			f, part := &flows[i], 1.0
			if f.target != standby {
				continue
			}
			if f.old.Valid() && middle < w.settledAt {
				part -= w.dns.stale(float64(middle-f.changed) / 1e9)
			}
			load += f.share * part * w.week.of[f.population].At(middle-warmup)
		}
		carries := capacity
		if saved <= 0 && load > earns {
			carries = earns
		}
		uses := math.Min(load, carries)
		shed += load - uses
		saved = math.Max(0, math.Min(saved+earns-uses, earns*86400))
	}
	return shed
}

// Machines that save what they do not use are no event while nothing is broken.
func TestBurstingMachinesSaveInQuietYears(t *testing.T) {
	s := daily(bursting(0.3, 0.5))
	w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, 10*model.Year))
	if w.events != 0 || w.trial.Lost != 0 {
		t.Errorf("%d events and %s lost in ten quiet years", w.events, w.trial.Lost)
	}
}

// Savings come to the same when everything periodic is an event: a survivor spends them, and is
// given some of its machines back meanwhile.
func TestLazyEqualsEagerWhereMachinesBurst(t *testing.T) {
	s := unaligned(daily(bursting(0.3, 0.5)))
	for i := range s.Regions {
		s.Populations[i].UTCOffset = time.Duration(5*i) * time.Hour
	}
	lose(s, home, 11*time.Hour, 30*time.Hour)
	during(s, model.CapacityRefused, standby, 0, 48*time.Hour)
	partial(s, model.SpotReclaim, standby, 0.4, 12*time.Hour, 30*time.Hour)
	for _, kind := range []model.StrategyKind{model.WarmStandby, model.ReadLocal, model.ActiveActive} {
		outages := timelineOutages(nil, s)
		lazy, eager, _ := playBoth(t, s, strategyOf(t, s, kind), seedOf(t), outages, 48*time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("%s: %s", kind, different)
		}
		if lazy.Trial.Failovers == 0 || lazy.Trial.Lost == 0 {
			t.Errorf("%s: nothing moved, or nothing was lost: %+v", kind, lazy.Trial)
		}
	}
}

// Two regions that have spent what they had saved stay so while they are asked for more: what each
// uses is what it earns, to the last digit, so that nothing happens before home is back.
func TestRegionsThatHaveSpentAllStaySo(t *testing.T) {
	for seed := range uint64(40) {
		rng := generator(seedOf(t) + seed)
		s := threefold(byWeight(60, 25, 15))
		for r := range s.Regions {
			s.Regions[r].Utilisation = 0.4 + 0.2*rng.Float64()
			s.Regions[r].Baseline = s.Regions[r].Utilisation + 0.1*rng.Float64()
		}
		lose(s, home, time.Hour, 18*24*time.Hour)
		w := stage(t, s, model.ActiveActive, seed, standby, 20*24*time.Hour)
		w.load()
		for w.step() && w.events < 2000 {
		}
		if at := time.Duration(w.now - warmup); w.events >= 2000 {
			t.Fatalf("seed %d: %d events by %s", seed, w.events, at)
		}
	}
}
