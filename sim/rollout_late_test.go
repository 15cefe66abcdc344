package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// slowEverywhere is atOnceEverywhere with a release that makes every answer late, one server in
// each region, which does a hundred requests a second, and one request a second.
func slowEverywhere(by time.Duration) *model.Scenario {
	s := atOnceEverywhere()
	s.Traffic.RequestsPerSecond, s.Traffic.ServiceTime = 1, 10*time.Millisecond
	s.Traffic.WriteShare = 0
	r := &s.Rollouts[0]
	r.Latency, r.GoP95, r.BackP95 = by, time.Second, 2*time.Second
	r.BackP95After = 5 * time.Minute
	return s
}

// A server that does 100 requests a second and gets 0.5 takes an exponential time for each, wait
// included, at a rate of 99.5 (M/M/1). Its 95th percentile is ln 20 / 99.5 later than what is late,
// and of writes, a fifth of which goes on for 80 ms, more: where 0.8 exp(-99.7 t) + 0.2 exp(-99.7
// (t - 0.08)) is 0.05. A trigger a microsecond on either side of that says the one or the other.
func TestOracleReleaseIsJudgedByItsP95(t *testing.T) {
	const by, step = 400 * time.Millisecond, time.Microsecond
	seconds := func(x float64) time.Duration { return time.Duration(x * 1e9) }
	reads := by + seconds(math.Log(20)/99.5)
	forwarded := by + seconds(math.Log((0.8+0.2*math.Exp(99.7*0.08))/0.05)/99.7)
	for _, c := range []struct {
		name     string
		first    model.RegionID
		writes   float64
		go95     time.Duration
		back95   time.Duration
		released int64
		back     int
	}{
		{"just too slow to go on", home, 0, reads - step, time.Minute, 1, 0},
		{"just quick enough to go on", home, 0, reads + step, time.Minute, 3, 0},
		{"just slow enough to go back", home, 0, 0, reads - step, 1, 1},
		{"just too quick to go back", home, 0, 0, reads + step, 3, 0},
		{"with writes, too slow", standby, 0.2, forwarded - step, time.Minute, 1, 0},
		{"with writes, quick enough", standby, 0.2, forwarded + step, time.Minute, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowEverywhere(by)
			s.Traffic.WriteShare = c.writes
			r := &s.Rollouts[0]
			if r.GoP95, r.BackP95 = c.go95, c.back95; c.first != home {
				r.Regions = []model.RegionID{c.first, home}
			}
			w := stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)
			w.story = &Story{}
			finished(t, w)
			back := len(toldAt(w, "was taken back everywhere"))
			if w.trial.Released != c.released || back != c.back || w.trial.Lost != 0 {
				t.Errorf("came to %d regions, taken back %d times, lost %s; want %d, %d and nothing",
					w.trial.Released, back, w.trial.Lost, c.released, c.back)
			}
		})
	}
}

// A release that is slow is out for the five minutes of its trigger and the five of its rollback,
// where it shows; or to the end, where the triggers let it be.
func TestASlowReleaseIsOutUntilItIsTakenBack(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*model.Scenario)
		released int64
		// want is how many minutes of all requests are late.
		want float64
	}{
		{"taken back", func(*model.Scenario) {}, 1, 0.5 * 10},
		{"everywhere at once", func(s *model.Scenario) { s.Rollouts[0].Every = 0 }, 3, 10},
		{"in part", func(s *model.Scenario) { s.Rollouts[0].Share = 0.3 }, 1, 0.3 * 0.5 * 10},
		{"in so small a part that 95% are in time", func(s *model.Scenario) {
			s.Rollouts[0].Share = 0.04
		}, 3, 0.04 * (0.5*23*60 + 0.3*22.5*60 + 0.2*22*60)},
		{"too late to go on, in time not to go back", func(s *model.Scenario) {
			s.Rollouts[0].Latency = 1500 * time.Millisecond
		}, 1, 0.5 * 23 * 60},
		{"nobody looks", func(s *model.Scenario) {
			s.Rollouts[0].GoP95, s.Rollouts[0].BackP95 = 0, 0
		}, 3, 0.5*23*60 + 0.3*22.5*60 + 0.2*22*60},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowEverywhere(3 * time.Second)
			c.change(s)
			w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour))
			if off := w.trial.Late.Minutes() - c.want; math.Abs(off) > 1e-6 || w.trial.Lost != 0 {
				t.Errorf("%.6f minutes of the requests are late and %s lost, want %.6f and none",
					w.trial.Late.Minutes(), w.trial.Lost, c.want)
			}
			if w.trial.Released != c.released || w.trial.Failovers != 0 {
				t.Errorf("came to %d regions with %d failovers, want %d and none", w.trial.Released,
					w.trial.Failovers, c.released)
			}
		})
	}
}

// A release is judged by how long its region takes, whosever fault that is: one that loses most of
// its machines meanwhile has a queue that never settles. Five minutes of that, and it is back.
func TestARegionThatIsFullTellsAgainstItsRelease(t *testing.T) {
	for _, c := range []struct {
		name  string
		share float64
		want  []time.Duration
	}{
		{"full", 0.6, []time.Duration{2*time.Hour + 10*time.Minute}}, {"with room", 0.4, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := slowEverywhere(time.Millisecond)
			partial(s, model.SpotReclaim, home, c.share, 2*time.Hour, 4*time.Hour)
			w := stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)
			w.story = &Story{}
			finished(t, w)
			back := toldAt(w, "was taken back everywhere")
			if len(back) != len(c.want) || len(back) > 0 && back[0] != c.want[0] {
				t.Errorf("taken back at %v, want %v", back, c.want)
			}
		})
	}
}

// A region that follows its load has two servers until 18:00, when the load is down to its mean,
// and what is enough for that a minute later: one, which takes longer than ln 20 / 50 = 60 ms for
// a twentieth of 50 requests a second. So a release is taken back that was quick enough by day,
// before it shows what is wrong with it, though all is at rest and nothing else has anybody look.
func TestAReleaseIsJudgedWhenItsRegionShrinks(t *testing.T) {
	s := noon(slowEverywhere(time.Second))
	s.Traffic.RequestsPerSecond = 100
	s.Scaling = model.Scaling{
		Reaction: time.Minute, Growth: 10 * time.Minute, Shrink: 10 * time.Minute,
	}
	r := &s.Rollouts[0]
	r.At, r.After, r.GoP95, r.BackP95 = 12*time.Hour, 9*time.Hour, time.Minute, 50*time.Millisecond
	w := recounted(t, s, model.ReadLocal)
	want := 18*time.Hour + s.Scaling.Reaction + r.BackP95After
	got := toldAt(w, "the release is rolled back")
	if len(got) != 1 || (got[0]-want).Abs() > time.Second || w.trial.Lost != 0 {
		t.Errorf("rolled back at %v, lost %s, want it at %s, and nothing lost", got, w.trial.Lost, want)
	}
}

// A region that is sent exactly what it can carry waits without end, however long the bound is:
// e to the 1000 is no number any more.
func TestAFullRegionIsSlowerThanAnyBound(t *testing.T) {
	s := estate()
	s.Traffic.ServiceTime = 10 * time.Millisecond
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	full := pace{load: 1, capacity: 1, writer: home, late: steady(0)}
	for _, bound := range []time.Duration{time.Second, 10 * time.Second} {
		if got := w.longerThan(bound, &full, home); got != 1 {
			t.Errorf("%g take longer than %s, want all", got, bound)
		}
	}
	idle := pace{load: 0.01, capacity: 1, writer: home, late: steady(0)}
	if got := w.longerThan(time.Second, &idle, home); got > 1e-9 {
		t.Errorf("%g take longer than 1s of those of an idle region", got)
	}
}
