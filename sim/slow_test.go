package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// late makes a share of the answers of home late for an hour.
func late(s *model.Scenario, share float64, by time.Duration) {
	partial(s, model.GreyFailure, home, share, time.Hour, 2*time.Hour)
	s.Timeline[len(s.Timeline)-1].Latency = by
}

// slowRelease makes as many late, where it is a release that does.
func slowRelease(s *model.Scenario) {
	late(s, 0.3, 3*time.Second)
	s.Timeline[len(s.Timeline)-1].Kind = model.BadRelease
}

// A check hears of an answer that is late if it waits longer than that takes, beside a round trip
// of 80 ms. Two causes add up.
func TestAnAnswerIsLateForACheckThatHasGivenUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		add   func(s *model.Scenario)
		want  float64
		scope model.CheckScope
		deep  bool
	}{
		{"in time", func(s *model.Scenario) {
			late(s, 1, 1900*time.Millisecond)
		}, 1, model.OfRegion, false},
		{"too late", func(s *model.Scenario) {
			late(s, 1, 1930*time.Millisecond)
		}, 0, model.OfRegion, false},
		{"in part", func(s *model.Scenario) { late(s, 0.3, 3*time.Second) }, 0.7, model.OfRegion, false},
		{"of the way", func(s *model.Scenario) { late(s, 1, 3*time.Second) }, 1, model.OfRouting, false},
		{"both at once", func(s *model.Scenario) {
			late(s, 0.3, 1200*time.Millisecond)
			late(s, 0.5, 1200*time.Millisecond)
		}, 0.85, model.OfRegion, false},
		{"and failing", func(s *model.Scenario) {
			late(s, 0.3, 3*time.Second)
			partial(s, model.GreyFailure, home, 0.5, time.Hour, 2*time.Hour)
		}, 0.35, model.OfRegion, false},
		{"a release, on its health page", slowRelease, 1, model.OfRegion, false},
		{"a release, deep down", slowRelease, 0.7, model.OfRegion, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			c.add(s)
			w := stage(t, s, model.SingleRegion, seedOf(t), witness, 90*time.Minute)
			finished(t, w)
			check := s.Checks[0]
			check.Scope, check.Deep = c.scope, c.deep
			if got := w.chance(standby, home, &check); math.Abs(got-c.want) > 1e-12 {
				t.Errorf("got a chance of %g, want %g", got, c.want)
			}
		})
	}
}

// Answers that are late are good: nothing fails. A region is left for them where its checks do not
// wait for them, and what fails then is what its failover costs.
func TestARegionThatIsLateIsLeftIfItsChecksDoNotWait(t *testing.T) {
	for _, c := range []struct {
		name string
		by   time.Duration
		want int64
	}{{"in time", 1900 * time.Millisecond, 0}, {"too late", 3 * time.Second, 1}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			late(s, 1, c.by)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour))
			if w.trial.Failovers != c.want || w.trial.Down > 0 != (c.want > 0) ||
				w.trial.DownBy[model.DownFalse] != 0 {
				t.Errorf("got %+v, want %d failovers, none of them false", w.trial, c.want)
			}
			if w.state.Primary != home || w.serving < 1 {
				t.Errorf("the primary %d serves %g, want home and all", w.state.Primary, w.serving)
			}
		})
	}
}

// One server does 100 requests a second and gets one: together with its wait each takes an
// exponential time, at a rate of 99 (M/M/1), and where it is late that much more. Of a share q that
// is late the slowest twentieth is 0.05 / q of those.
func TestUsersWaitForWhatIsLate(t *testing.T) {
	const service, by = 10 * time.Millisecond, 3 * time.Second
	for _, share := range []float64{1, 0.5, 0.1} {
		s := estate()
		s.Traffic.ServiceTime, s.Traffic.WriteShare, s.Traffic.RequestsPerSecond = service, 0, 1
		late(s, share, by)
		got := latencies(s, strategyOf(t, s, model.SingleRegion))[0]
		want := by.Seconds() + math.Log(share/0.05)/99
		if off := math.Abs(got.Slow.P95.Seconds() - want); off > 1e-6 {
			t.Errorf("%g %% are late: got %s, want %.6f s", 100*share, got.Slow.P95, want)
		}
		if got.Well.P95 > time.Second || got.Moved.P95 > time.Second {
			t.Errorf("%g %% are late: got %+v, want only those late that are", 100*share, got)
		}
	}
}

// What is late counts once, for as long as it is, if it is answered.
func TestLateAnswersAreCounted(t *testing.T) {
	for _, c := range []struct {
		name string
		add  func(s *model.Scenario)
		want time.Duration
	}{
		{"of one fault", func(s *model.Scenario) { late(s, 0.3, time.Second) }, 18 * time.Minute},
		{"of a release", slowRelease, 18 * time.Minute},
		{"of two", func(s *model.Scenario) {
			late(s, 0.3, time.Second)
			late(s, 0.5, time.Second)
		}, 39 * time.Minute},
		{"of what is answered", func(s *model.Scenario) {
			late(s, 0.3, time.Second)
			partial(s, model.BadRelease, home, 0.5, time.Hour, 2*time.Hour)
		}, 9 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			c.add(s)
			w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 3*time.Hour))
			if off := w.trial.Late - c.want; off.Abs() > time.Microsecond {
				t.Errorf("got %s of the requests late, want %s", w.trial.Late, c.want)
			}
		})
	}
}

// Where the load follows a curve as many are late as there are.
func TestLateAnswersAreAsManyAsTheLoadHas(t *testing.T) {
	s := daily(estate())
	late(s, 0.3, time.Second)
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), witness, 3*time.Hour))
	from := warmup + int64(time.Hour)
	want := 0.3 * w.demanded(from, from+int64(time.Hour), model.NoRegion)
	if off := w.trial.Late.Seconds() - want; math.Abs(off) > 1e-6 || want == 0.3*3600 {
		t.Errorf("got %g s of the requests late, want %g", w.trial.Late.Seconds(), want)
	}
}
