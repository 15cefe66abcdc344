package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// stall adds a stall of the replication of a store to a scenario's timeline.
func stall(s *model.Scenario, r model.RegionID, from, to time.Duration) {
	during(s, model.ReplicationStall, r, from, to)
}

// writesIn are the writes of the estate in a stretch of time, 200 a second.
func writesIn(stretch time.Duration) int64 { return int64(math.Round(200 * stretch.Seconds())) }

// A second of lag and half of the round trip is what the estate's replica always lacks.
const always = 1040 * time.Millisecond

// The copy in the standby has received nothing for five minutes when home is lost. The lag gate has
// seen that, second by second, and keeps the standby from taking over unless so much may be lost;
// then it is lost, to the write.
func TestReplicationStall(t *testing.T) {
	const begins, lost = 55 * time.Minute, time.Hour
	for _, c := range []struct {
		name    string
		most    time.Duration
		allowed bool
	}{{"a minute may be lost", time.Minute, false}, {"ten may", 10 * time.Minute, true}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Settings.DataAtRiskMax = c.most
			stall(s, standby, begins, 3*time.Hour)
			lose(s, home, lost, 4*time.Hour)
			w := recounted(t, s, model.HotStandby)
			if got := w.trial.Failovers == 1; got != c.allowed {
				t.Fatalf("failed over: %t, want %t", got, c.allowed)
			}
			if !c.allowed {
				if w.trial.Withheld == 0 || len(toldAt(w, "is not left: lag: deny")) == 0 {
					t.Errorf("%d withheld, and nobody said that the lag gate denies", w.trial.Withheld)
				}
				return
			}
			if want := writesIn(lost - begins + always); w.trial.LostWrites != want {
				t.Errorf("lost %d writes, want %d", w.trial.LostWrites, want)
			}
		})
	}
}

// The lag that is reported grows by a second each second while the replication is stalled, and
// falls by two afterwards, when three seconds of writes arrive in each.
func TestAStalledCopyFallsBehindAndCatchesUp(t *testing.T) {
	const begins, ends = time.Hour, time.Hour + 10*time.Minute
	s := estate()
	stall(s, standby, begins, ends)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	for w.step() {
	}
	for at := time.Duration(0); at < 2*time.Hour; at += 7 * time.Second {
		want := always
		switch {
		case at > ends:
			want += max(0, ends-begins-2*(at-ends))
		case at > begins:
			want += at - begins
		}
		if got := w.lagAt(0, standby, warmup+int64(at)); got != want {
			t.Fatalf("at %s the lag is %s, want %s", at, got, want)
		}
	}
}

// What a copy has not caught up with when its source is lost stays lost, and a stall elsewhere
// loses nothing.
func TestACopyThatCatchesUpLosesTheRest(t *testing.T) {
	const ends, lost = time.Hour, time.Hour + 100*time.Second
	for _, c := range []struct {
		region model.RegionID
		want   time.Duration
	}{{standby, always + 10*time.Minute - 2*(lost-ends)}, {home, always}} {
		s := estate()
		s.Settings.DataAtRiskMax = time.Hour
		stall(s, c.region, ends-10*time.Minute, ends)
		lose(s, home, lost, 4*time.Hour)
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
		if want := writesIn(c.want); w.trial.LostWrites != want {
			t.Errorf("a stall in region %d: lost %d writes, want %d", c.region, w.trial.LostWrites, want)
		}
	}
}

// A primary whose application stops is in reach, and is fenced. A copy that is stalled even so
// lacks all from the stall to the fence; one that catches up receives it at three seconds a second,
// and the promotion waits for it.
func TestACopyInReachIsWaitedForUnlessItIsStalled(t *testing.T) {
	const lost = time.Hour
	for _, c := range []struct {
		name  string
		ends  time.Duration
		stays bool
	}{{"stalled", 3 * time.Hour, true}, {"catching up", lost, false}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Settings.DataAtRiskMax = time.Hour
			stall(s, standby, lost-10*time.Minute, c.ends)
			during(s, model.ServiceLoss, home, lost, lost+4*time.Hour)
			w := recounted(t, s, model.HotStandby)
			fenced, begun := toldAt(w, "fences orders")[0], toldAt(w, "begins to promote orders")[0]
			promoted := toldAt(w, "promote orders is done")[0]
			want, took := int64(0), 40*time.Second
			if c.stays {
				want = writesIn(fenced - (lost - 10*time.Minute) + always)
			} else {
				left := 10*time.Minute - 2*(fenced-lost) - 3*(begun-fenced)
				took += left / 3
			}
			if off := w.trial.LostWrites - want; off < -1 || off > 1 { // A rounding by chance.
				t.Errorf("lost %d writes, want %d", w.trial.LostWrites, want)
			}
			if off := promoted - begun - took; off < -time.Microsecond || off > time.Microsecond {
				t.Errorf("promoted in %s, want %s", promoted-begun, took)
			}
		})
	}
}

// People bring nothing home to a copy that receives nothing, and do so once it has caught up.
func TestNobodyComesHomeToAStalledCopy(t *testing.T) {
	const ends = 12 * time.Hour
	s := estate()
	lose(s, home, time.Hour, time.Hour)
	stall(s, home, 6*time.Hour, ends)
	s.People.StableFor = 5 * time.Hour
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		if at > 2*time.Hour && at < ends && w.state.Plan.Kind == failover.Failback {
			t.Fatalf("a failback runs at %s", at)
		}
	}
	if w.state.Primary != home {
		t.Error("the write role has not come home")
	}
}
