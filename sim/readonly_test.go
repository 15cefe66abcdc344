package sim

import (
	"fmt"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Reads go on while a primary without a quorum accepts no write. Whatever the share of the writes
// is, and however little the line asks for, that is an outage; with no writer it is none.
func TestAServiceWithoutWritesIsDown(t *testing.T) {
	cases := []struct {
		writes, line float64
		down         bool
	}{
		{0.001, 0.9, true}, {0.1, 0.9, true}, {0.2, 0.5, true}, {0.2, 0.9, true}, {0, 0.9, false},
	}
	for _, c := range cases {
		t.Run(fmt.Sprintf("%g of writes, line %g", c.writes, c.line), func(t *testing.T) {
			s := estate()
			s.Traffic.WriteShare, s.Traffic.DownBelow = c.writes, c.line
			lose(s, standby, time.Minute, time.Hour)
			lose(s, witness, time.Minute, time.Hour)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), home, 5*time.Hour))
			// From the guard's deadline to the first renewal under a new leader.
			low, high := time.Hour-13*time.Second, time.Hour+10*time.Second
			if !c.down {
				low, high = 0, 0
			}
			if w.trial.Down < low || w.trial.Down > high {
				t.Errorf("%s down, want %s to %s", w.trial.Down, low, high)
			}
			if got, want := w.trial.Lost.Seconds(), c.writes*w.trial.Down.Seconds(); !about(got, want) {
				t.Errorf("%g s of requests lost, want the writes, %g s", got, want)
			}
		})
	}
}

func about(got, want float64) bool { return got-want < 1e-6 && want-got < 1e-6 }

// One region's users can write and another's cannot: what counts then is the line alone.
func TestSomeWritesAreEnough(t *testing.T) {
	s := crowded()
	s.Stores[0].Promotion = model.Fixed(time.Hour)
	cut(s, home, witness, time.Minute, 2*time.Hour) // The third region's writes cannot be forwarded.
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), home, 5*time.Hour))
	if w.trial.Down != 0 || w.trial.Lost == 0 {
		t.Errorf("%s down and %s lost, want only the third region's writes lost", w.trial.Down,
			w.trial.Lost)
	}
}

// The write pause of a failback is downtime, but planned: nobody recovers from it.
func TestTheWritePauseOfAFailbackIsPlannedDowntime(t *testing.T) {
	s := estate()
	s.Traffic.WriteShare, s.Traffic.DownBelow = 0.1, 0.9
	lose(s, home, time.Minute, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if w.trial.Failbacks != 1 || len(w.incidents) != 1 {
		t.Fatalf("%d failbacks and incidents %+v, want one of each", w.trial.Failbacks, w.incidents)
	}
	if got := w.capacity[witness]; got != 0 {
		t.Errorf("the witness has a capacity of %g, want none", got)
	}
	pause := w.trial.Down - w.incidents[0].RTO
	// Fenced, promoted in 20 s, and said so: a few messages more than the switchover takes.
	if pause < 20*time.Second || pause > 22*time.Second {
		t.Errorf("writes paused for %s, want the switchover of 20s and some messages", pause)
	}
}

// A fault that strikes the home region while it takes its writes back is an incident of its own.
func TestAFaultEndsPlannedDowntime(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	calm := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	back := calm.decisions[len(calm.decisions)-1]
	if back.Action != failover.Failback.String() {
		t.Fatalf("the last decision is a %s, want the failback", back.Action)
	}
	struck := back.At + 10*time.Second // The switchover takes 20 s.
	lose(s, home, struck, 3*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if len(w.incidents) != 2 {
		t.Fatalf("got incidents %+v, want the loss and the second loss", w.incidents)
	}
	second := w.incidents[1]
	if second.At != struck || second.RTO < time.Minute {
		t.Errorf("the second incident is %s long from %s on, want one from %s on", second.RTO,
			second.At, struck)
	}
	planned := w.trial.Down - w.incidents[0].RTO - second.RTO
	if planned < 9*time.Second {
		t.Errorf("%s of planned downtime, want the 10 s before the fault at least", planned)
	}
}
