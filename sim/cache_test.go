package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// cached is the estate of the tests with a cache in front of its store.
func cached(hit, behind float64, warmUp time.Duration) *model.Scenario {
	s := estate()
	s.Cache = model.ReadCache{HitRatio: hit, WarmUp: warmUp, Behind: behind}
	return s
}

// A cache with a hit ratio h fills as h (1 - exp(-t / T)). The stores behind it bear b times what a
// warm one lets through, so that of all the traffic the region carries b (1 - h) / (1 - h + h
// exp(-t / T)): all of it again after T ln(h / ((b - 1)(1 - h))). Until then it sheds that time
// less b T ln(h b / (b - 1)), and it is down until it carries nine tenths.
func TestOracleColdCacheIsShedUntilItIsWarm(t *testing.T) {
	for _, c := range []struct {
		name        string
		hit, behind float64
		warmUp      time.Duration
	}{
		{"nine tenths, twice", 0.9, 2, 10 * time.Minute},
		{"as much and more behind", 0.9, 5, 10 * time.Minute},
		{"nearly all", 0.99, 3, 5 * time.Minute},
		{"slowly", 0.8, 1.5, time.Hour},
		{"hardly more behind, eleven time constants", 0.99, 1.001, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cached(c.hit, c.behind, c.warmUp)
			during(s, model.CacheLoss, home, time.Hour, time.Hour+time.Nanosecond)
			w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 48*time.Hour))
			after := func(b float64) float64 { return math.Log(c.hit / ((b - 1) * (1 - c.hit))) }
			shed := after(c.behind) - c.behind*math.Log(c.hit*c.behind/(c.behind-1))
			down := after(c.behind / 0.9)
			scale := c.warmUp.Seconds()
			if off := w.trial.Lost.Seconds()/(shed*scale) - 1; math.Abs(off) > 1e-4 {
				t.Errorf("lost %s, want %.6f s", w.trial.Lost, shed*scale)
			}
			if off := w.trial.Down.Seconds() - down*scale; math.Abs(off) > 1e-4 {
				t.Errorf("down for %s, want %.6f s", w.trial.Down, down*scale)
			}
		})
	}
}

// While a cache is gone its stores bear b (1 - h) of all, for as long as that lasts.
func TestALostCacheFailsWhatItsStoresCannotBear(t *testing.T) {
	s := cached(0.9, 2, time.Nanosecond)
	during(s, model.CacheLoss, home, time.Hour, 2*time.Hour)
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 24*time.Hour))
	want := time.Duration(0.8 * float64(time.Hour))
	if off := w.trial.Lost - want; off.Abs() > time.Millisecond || w.trial.Failovers != 0 {
		t.Errorf("lost %s in %d failovers, want %s in none", w.trial.Lost, w.trial.Failovers, want)
	}
}

// The region that takes over has everything but a warm cache: the same failover takes longer by the
// time in which it fills, from when the first users come. A copy of the cache spares that, where
// the standby runs one; a region that served before is warm; and what comes home comes to a cache
// that is empty again, unless it is a copy.
func TestAFailoverMeetsAColdCache(t *testing.T) {
	const hit, behind, warmUp = 0.9, 2.0, 10 * time.Minute
	cold := 600 * (math.Log(hit/((behind-1)*(1-hit))) - behind*math.Log(hit*behind/(behind-1)))
	for _, c := range []struct {
		name     string
		kind     model.StrategyKind
		copied   bool
		standby  float64
		coldWays float64
	}{
		{"empty, there and back", model.HotStandby, false, 1, 2},
		{"copied", model.HotStandby, true, 1, 0},
		{"copied, but not to a standby without one", model.HotStandby, true, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			lost := func(cache model.ReadCache) float64 {
				s := estate()
				s.Cache, s.Traffic.WriteShare = cache, 0.2
				s.Routing.TTL, s.Routing.Flip = 0, model.Fixed(0)
				for i := range s.Strategies {
					s.Strategies[i].Standby[model.Cache] = c.standby
				}
				lose(s, home, time.Hour, 4*time.Hour)
				w := finished(t, stage(t, s, c.kind, seedOf(t), witness, 48*time.Hour))
				if w.trial.Failovers != 1 || w.trial.Failbacks != 1 {
					t.Fatalf("%d failovers and %d failbacks", w.trial.Failovers, w.trial.Failbacks)
				}
				return w.trial.Lost.Seconds()
			}
			cache := model.ReadCache{HitRatio: hit, WarmUp: warmUp, Behind: behind, Copied: c.copied}
			more := lost(cache) - lost(model.ReadCache{})
			if want := c.coldWays * cold; math.Abs(more-want) > 1e-3*cold {
				t.Errorf("the cache costs %.3f s, want %.3f", more, want)
			}
		})
	}
}

// Users who are taken to a region that serves others already find its cache warm.
func TestARegionThatServesHasAWarmCache(t *testing.T) {
	s := atOnceEverywhere()
	s.Rollouts = nil
	during(s, model.PathLoss, witness, time.Hour, 2*time.Hour)
	plain := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)).trial
	s.Cache = model.ReadCache{HitRatio: 0.9, WarmUp: time.Hour, Behind: 2}
	with := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)).trial
	if plain.Lost == 0 || (plain.Lost-with.Lost).Abs() > time.Microsecond {
		t.Errorf("lost %s with caches, want %s as without", with.Lost, plain.Lost)
	}
}
