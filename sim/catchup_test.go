package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// advised is the estate of which nobody leaves anything, with copies that catch up at a rate.
func advised(rate float64) *model.Scenario {
	s := estate()
	s.Stores[0].Queues, s.Stores[0].CatchUp = true, rate
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Advise
	}
	return s
}

// noon has all users follow a load that rises evenly from half at midnight to one and a half at
// noon, every day.
func noon(s *model.Scenario) *model.Scenario {
	s.Curves = []model.Curve{{Name: "noon", Source: "test", Weekday: []model.LoadPoint{
		{At: 0, Load: 0.5}, {At: 12 * time.Hour, Load: 1.5},
	}}}
	for i := range s.Populations {
		s.Populations[i].Curve = 1
	}
	return s
}

// The link to the standby is cut and whole again at random, and its replication stalls. The lacks
// is that of a queue that is filled and emptied second by second.
func TestABacklogIsAFluidQueue(t *testing.T) {
	const rate, hours = 2.5, 60
	for _, varies := range []bool{false, true} {
		s := advised(rate)
		if varies {
			noon(s)
		}
		random := generator(seedOf(t))
		for at := time.Hour; at < hours*time.Hour; {
			lasts := time.Duration(random.IntN(7200)+1) * time.Second
			if random.IntN(2) == 0 {
				cut(s, home, standby, at, lasts)
			} else {
				stall(s, standby, at, at+lasts)
			}
			at += lasts + time.Duration(random.IntN(7200))*time.Second
		}
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, (hours+24)*time.Hour))
		lacks, worst, curve := 0.0, 0.0, w.week.of[0]
		for second := range (hours + 24) * 3600 {
			at := time.Duration(second) * time.Second
			got := w.lacking(0, standby, warmup+int64(at)) / 1e9
			if off := math.Abs(got - lacks); off > 0.5 {
				t.Fatalf("varies %t: at %s the lack is %.3f s, want %.3f s", varies, at, got, lacks)
			}
			out := rate
			for _, f := range s.Timeline {
				if at >= f.At && at < f.At+f.Duration {
					out = 0
				}
			}
			lacks = max(0, lacks+curve.At(int64(at+time.Second/2))-out)
			worst = max(worst, lacks)
		}
		if worst < 3600 {
			t.Errorf("varies %t: at worst %g s were behind, want an hour at least", varies, worst)
		}
	}
}

// A load that passes what a copy receives, 1.25 times its mean, from nine to three by a quarter at
// noon leaves 6 h x 0.25 / 2 = 45 minutes of mean writes waiting at three. They are the writes of
// the last a hours, where 1.25 a + a^2 / 24 = 0.75. At night nothing waits.
func TestTheLoadAloneLeavesACopyBehind(t *testing.T) {
	s := noon(advised(1.25))
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 20*24*time.Hour))
	age := 12 * (math.Sqrt(1.25*1.25+0.125) - 1.25)
	for _, c := range []struct {
		at              time.Duration
		lacks, ageHours float64
	}{{9 * time.Hour, 0, 0}, {15 * time.Hour, 0.75, age}, {33 * time.Hour, 0, 0},
		{15*24*time.Hour + 15*time.Hour, 0.75, age}} {
		at := warmup + int64(c.at)
		lacks := time.Duration(w.lacking(0, standby, at)).Hours()
		behind := w.behind(0, standby, at).Hours()
		if math.Abs(lacks-c.lacks) > 1e-9 || math.Abs(behind-c.ageHours) > 1e-9 {
			t.Errorf("at %s: %g h of writes wait, of %g h, want %g and %g", c.at, lacks, behind,
				c.lacks, c.ageHours)
		}
		if w.lacking(0, home, at) != 0 {
			t.Errorf("at %s the primary lacks its own writes", c.at)
		}
	}
}

// The load of noon is 1.5 times the mean. A copy that receives more never waits, and nobody walks
// through a week of bends to find that; one that receives less is behind then.
func TestNothingGathersBelowThePeak(t *testing.T) {
	for _, rate := range []float64{1.45, 1.501} {
		w := stage(t, noon(advised(rate)), model.HotStandby, seedOf(t), witness, time.Hour)
		at := warmup + int64(12*time.Hour+10*time.Minute)
		w.week.last[0].at = never
		lacks, looked := w.lacking(0, standby, at), w.week.last[0].at != never
		if behind := rate < 1.5; lacks > 0 != behind || looked != behind {
			t.Errorf("at %g: %g is lacking, looked at the load: %t", rate, lacks, looked)
		}
	}
}

// What a copy has yet to receive after a cut when its source is lost is lost too: ten minutes less
// two seconds of writes each second. Where nothing queues it has all but its lag at once.
func TestWhatACutLeftBehindIsLost(t *testing.T) {
	const healed, lost = time.Hour, time.Hour + 100*time.Second
	for _, c := range []struct {
		queues bool
		want   time.Duration
	}{{true, always + 10*time.Minute - 2*(lost-healed)}, {false, always}} {
		s := estate()
		s.Settings.DataAtRiskMax, s.Stores[0].Queues = time.Hour, c.queues
		cut(s, home, standby, healed-10*time.Minute, 10*time.Minute)
		lose(s, home, lost, 4*time.Hour)
		w := recounted(t, s, model.HotStandby)
		if want := writesIn(c.want); w.trial.LostWrites != want {
			t.Errorf("queues %t: lost %d writes, want %d", c.queues, w.trial.LostWrites, want)
		}
	}
}

// A standby that was away misses what was written meanwhile, and one that is made a copy again
// misses nothing.
func TestARegionThatWasAwayCatchesUp(t *testing.T) {
	s := advised(3)
	lose(s, standby, time.Hour, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	for at, want := range map[time.Duration]time.Duration{
		time.Hour: 0, 2 * time.Hour: time.Hour, 2*time.Hour + 10*time.Minute: 40 * time.Minute,
		150 * time.Minute: 0,
	} {
		if got := w.behind(0, standby, warmup+int64(at)); got != want {
			t.Errorf("at %s it is %s behind, want %s", at, got, want)
		}
	}
	back := estate()
	back.Stores[0].Queues = true
	lose(back, home, time.Hour, time.Hour)
	w = recounted(t, back, model.HotStandby)
	if w.trial.Failbacks != 1 || w.behind(0, home, w.now) != 0 || w.behind(0, standby, w.now) != 0 {
		t.Errorf("%d failbacks, home %s and standby %s behind, want one and nothing", w.trial.Failbacks,
			w.behind(0, home, w.now), w.behind(0, standby, w.now))
	}
}
