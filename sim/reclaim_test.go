package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// partial adds a fault of a region that has a share to a scenario's timeline.
func partial(
	s *model.Scenario, kind model.FaultKind, r model.RegionID, share float64, from, to time.Duration,
) {
	during(s, kind, r, from, to)
	s.Timeline[len(s.Timeline)-1].Share = share
}

// A region that loses 60 % of a capacity of 2 sheds 0.2 of its load of 1 until it has it again, or
// until it has replaced that: 0.2 for the time of the reaction, then a triangle of a rate of 2 in
// 10 min.
func TestReclaimedCapacityIsShedUntilItIsBackOrReplaced(t *testing.T) {
	const lasts = 2 * time.Hour
	for _, c := range []struct {
		name    string
		scaling model.Scaling
		want    time.Duration
	}{
		{"until it is back", model.Scaling{}, lasts / 5},
		{
			"until it is back, by degrees", model.Scaling{Growth: 10 * time.Minute},
			lasts/5 + 6*time.Second,
		},
		{"replaced", model.Scaling{Reaction: time.Minute}, 12 * time.Second},
		{
			"replaced by degrees", model.Scaling{Reaction: time.Minute, Growth: 10 * time.Minute},
			18 * time.Second,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Scaling = c.scaling
			partial(s, model.SpotReclaim, home, 0.6, time.Hour, time.Hour+lasts)
			w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), home, 24*time.Hour))
			if off := w.trial.Lost - c.want; off < -time.Millisecond || off > time.Millisecond {
				t.Errorf("shed %s of the mean load, want %s", w.trial.Lost, c.want)
			}
			if got := w.has(home); math.Abs(got-2) > 1e-6 {
				t.Errorf("it has %g in the end, want the 2 of before", got)
			}
		})
	}
}

// Two reclaims at once take independent shares, and each gives back its own.
func TestReclaimsOverlap(t *testing.T) {
	s := estate()
	partial(s, model.SpotReclaim, home, 0.5, time.Hour, 4*time.Hour)
	partial(s, model.SpotReclaim, home, 0.4, 2*time.Hour, 3*time.Hour)
	w := stage(t, s, model.SingleRegion, seedOf(t), home, 24*time.Hour)
	w.load()
	for _, c := range []struct {
		at   time.Duration
		want float64
	}{{90 * time.Minute, 1}, {150 * time.Minute, 0.6}, {210 * time.Minute, 1}, {5 * time.Hour, 2}} {
		w.push(warmup+int64(c.at), evSettle, 0, 0, 0)
		servedAt(t, w, c.at)
		if got := w.has(home); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("at %s it has %g, want %g", c.at, got, c.want)
		}
	}
}

// A second reclaim takes its share of what has come in place of a first one, which had taken all.
func TestAReclaimTakesWhatReplacedAnother(t *testing.T) {
	s := estate()
	s.Scaling = model.Scaling{Reaction: 5 * time.Minute}
	partial(s, model.SpotReclaim, home, 1, time.Hour, 3*time.Hour)
	partial(s, model.SpotReclaim, home, 0.75, 2*time.Hour, 3*time.Hour)
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), home, 24*time.Hour))
	// All of the load for a reaction, and then half of it: a quarter of twice the load is left.
	if got, want := w.trial.Lost, 5*time.Minute+5*time.Minute/2; got != want {
		t.Errorf("shed %s of the mean load, want %s", got, want)
	}
}

// A warm standby of a quarter with a quota of 40 % of what all the traffic takes, twice the load,
// grows to 0.8 of it and serves that. With one below what it has it keeps what it has.
func TestAQuotaBoundsWhatAStandbyGrowsTo(t *testing.T) {
	for _, c := range []struct {
		name        string
		quota, want float64
	}{{"in part", 0.4, 0.8}, {"not at all", 0.1, 0.5}, {"enough", 0.6, 1}} {
		for _, scaling := range []model.Scaling{
			{}, {Growth: 10 * time.Minute}, {Reaction: time.Minute, Growth: 10 * time.Minute},
		} {
			t.Run(c.name, func(t *testing.T) {
				s := estate()
				s.Scaling = scaling
				lose(s, home, time.Hour, 8*time.Hour)
				partial(s, model.Quota, standby, c.quota, 0, 24*time.Hour)
				w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
				w.load()
				w.push(warmup+int64(5*time.Hour), evSettle, 0, 0, 0)
				if got := servedAt(t, w, 5*time.Hour); math.Abs(got-c.want) > 1e-6 {
					t.Errorf("%.4f of the requests succeed with %+v, want %.4f", got, scaling, c.want)
				}
			})
		}
	}
}

// Of two quotas of a region the tighter one counts, whichever came first, for as long as it lasts.
func TestTheTighterOfTwoQuotasCounts(t *testing.T) {
	for _, c := range []struct {
		name         string
		quotas       [2]float64
		secondLasts  time.Duration
		early, later float64
	}{
		{"the second", [2]float64{0.45, 0.3}, 24 * time.Hour, 0.6, 0.6},
		{"the first", [2]float64{0.3, 0.45}, 24 * time.Hour, 0.6, 0.6},
		{"the second, for a while", [2]float64{0.45, 0.3}, 4 * time.Hour, 0.6, 0.9},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Scaling = model.Scaling{Reaction: time.Minute, Growth: 10 * time.Minute}
			lose(s, home, time.Hour, 12*time.Hour)
			partial(s, model.Quota, standby, c.quotas[0], 0, 24*time.Hour)
			partial(s, model.Quota, standby, c.quotas[1], time.Minute, c.secondLasts)
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
			w.load()
			for _, look := range []struct {
				at   time.Duration
				want float64
			}{{3 * time.Hour, c.early}, {8 * time.Hour, c.later}} {
				w.push(warmup+int64(look.at), evSettle, 0, 0, 0)
				if got := servedAt(t, w, look.at); math.Abs(got-look.want) > 1e-6 {
					t.Errorf("at %s %.4f of the requests succeed, want %.4f", look.at, got, look.want)
				}
			}
		})
	}
}

// A region whose whole capacity is reclaimed answers nothing, so that its checks fail, and the
// plan leaves it. Without anybody who leaves it, it is down for as long as that lasts.
func TestRegionWithoutCapacityIsLeft(t *testing.T) {
	const lasts = 6 * time.Hour
	for _, c := range []struct {
		share float64
		moves int64
	}{{1, 1}, {0.99, 0}} {
		s := estate()
		partial(s, model.SpotReclaim, home, c.share, time.Hour, time.Hour+lasts)
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
		if w.trial.Failovers != c.moves {
			t.Errorf("%.0f%% reclaimed: got %d failovers, want %d", 100*c.share, w.trial.Failovers, c.moves)
		}
		if short := w.trial.Lost < lasts/2; short != (c.moves > 0) {
			t.Errorf("%.0f%% reclaimed: lost %s of the load", 100*c.share, w.trial.Lost)
		}
	}
}

// A standby that is meant to have no capacity is not down for that.
func TestStandbyWithoutCapacityIsUp(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 6*time.Hour)
	w := stage(t, s, model.PilotLight, seedOf(t), witness, 24*time.Hour)
	if w.load(); !w.barren.Has(standby) || w.chance(witness, standby, &s.Checks[0]) != 1 {
		t.Errorf("the standby is barren: %t, its checks pass with %g; want it seen up",
			w.barren.Has(standby), w.chance(witness, standby, &s.Checks[0]))
	}
	if finished(t, w).trial.Failovers != 1 {
		t.Errorf("got %d failovers, want 1", w.trial.Failovers)
	}
}

// A region that comes into use without capacity is found so by its checks.
func TestRegionThatComesIntoUseWithoutCapacityIsSeenDown(t *testing.T) {
	s := estate()
	w := stage(t, s, model.PilotLight, seedOf(t), witness, 24*time.Hour)
	w.load()
	w.route(failover.Split{To: 1 << standby, From: 1 << standby, Share: everybody})
	if !w.probers[witness][standby][0].running || w.chance(witness, standby, &s.Checks[0]) != 0 {
		t.Error("the checks of a region that has nothing to answer with rest")
	}
}
