package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

func TestNothingIsDecidedWithoutAQuorum(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	lose(s, witness, time.Minute, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), standby, 5*time.Hour))
	if len(w.decisions) != 1 || w.decisions[0].Action != failover.Failover.String() {
		t.Fatalf("got decisions %+v, want one failover", w.decisions)
	}
	// A leader, a report of each agent, the hold-down.
	at := w.decisions[0].At - time.Hour - time.Minute
	if at < s.Settings.HoldDown || at > s.Settings.HoldDown+time.Minute {
		t.Errorf("decided %s after the quorum was back, want a hold-down and an election", at)
	}
}

// Half of the agents cannot tell whether the other half is gone.
func TestAQuorumThatIsLostClosesAHealthyPrimary(t *testing.T) {
	s := estate()
	lose(s, standby, time.Minute, time.Hour)
	lose(s, witness, time.Minute, time.Hour)
	for _, c := range []struct {
		kind model.StrategyKind
		down bool
	}{{model.HotStandby, true}, {model.SingleRegion, false}} {
		w := finished(t, stage(t, s, c.kind, seedOf(t), home, 5*time.Hour))
		if got := w.trial.Down > 0; got != c.down || w.trial.Failovers != 0 {
			t.Errorf("%s: %s down with %d failovers", c.kind, w.trial.Down, w.trial.Failovers)
		}
		if !c.down {
			continue
		}
		// From the guard's deadline to the first renewal under a new leader.
		low, high := time.Hour-13*time.Second, time.Hour+10*time.Second
		if w.trial.Down < low || w.trial.Down > high {
			t.Errorf("%s: %s down, want %s to %s", c.kind, w.trial.Down, low, high)
		}
	}
}

// cutOff isolates the primary for a while, and lets its users reach it all the time.
func cutOff(t *testing.T, holdDown, lasts time.Duration, seed uint64) *world {
	t.Helper()
	s := estate()
	s.Settings.HoldDown = holdDown
	isolate(s, home, time.Minute, lasts)
	return stage(t, s, model.HotStandby, seed, witness, 12*time.Hour)
}

// An isolated primary writes on until its guard's deadline. What it accepted from the cut on is lost,
// and so is the tail that was on its way.
func TestWhatAnIsolatedPrimaryAcceptsIsLost(t *testing.T) {
	for seed := range uint64(50) {
		w := finished(t, cutOff(t, time.Minute, 2*time.Hour, seed))
		if w.trial.Failovers != 1 || w.trial.FalseFailovers != 1 || w.trial.SplitBrain != 0 {
			t.Fatalf("seed %d: got %+v, want one failover away from a healthy region", seed, w.trial)
		}
		broken := warmup + int64(time.Minute)
		phase := w.src.uniform(renewPhase, 0, int(home))
		ticket := lastTick(broken-int64(oneWay+commit), int64(5*time.Second), phase)
		accepted := time.Duration(ticket-broken) + 13*time.Second
		stretch := accepted + time.Second + oneWay // The lag and its floor.
		if got := w.rpos[0]; got != stretch {
			t.Errorf("seed %d: lost %s of writes, want %s", seed, got, stretch)
		}
		writes := 200 * stretch.Seconds()
		if got := float64(w.trial.LostWrites); math.Abs(got-writes) >= 1 {
			t.Errorf("seed %d: lost %g writes, want %g within one", seed, got, writes)
		}
		if w.state.Primary != home || w.trial.Failbacks != 1 {
			t.Errorf("seed %d: region %d is primary after %d failbacks, want home", seed,
				w.state.Primary, w.trial.Failbacks)
		}
	}
}

// GitHub, 2018-10-21: a partition of 43 s, and a failover that took a day to mend.
func TestAPartitionOf43Seconds(t *testing.T) {
	for seed := range uint64(100) {
		patient := finished(t, cutOff(t, time.Minute, 43*time.Second, seed))
		if patient.trial.Failovers != 0 || patient.trial.LostWrites != 0 {
			t.Errorf("seed %d: a hold-down of a minute let %d failovers pass, %d writes lost", seed,
				patient.trial.Failovers, patient.trial.LostWrites)
		}
		// Its price: no writes from the guard's deadline until the partition heals.
		if down := patient.trial.Down; down < 30*time.Second || down > 40*time.Second {
			t.Errorf("seed %d: %s down, want 43 s less what is left of the lease", seed, down)
		}
		w := cutOff(t, 5*time.Second, 43*time.Second, seed)
		w.scenario.Stores[0].Promotion = model.Fixed(20 * time.Second)
		hasty := finished(t, w)
		if hasty.trial.Failovers != 1 || hasty.trial.LostWrites == 0 {
			t.Errorf("seed %d: a hold-down of 5 s made %d failovers that lost %d writes, want one",
				seed, hasty.trial.Failovers, hasty.trial.LostWrites)
		}
	}
}

// A failover whose promotion takes longer than the partition lasts is given up in time.
func TestAFailoverIsCancelledWhenItsRegionRecovers(t *testing.T) {
	w := finished(t, cutOff(t, 5*time.Second, 43*time.Second, seedOf(t)))
	if len(w.decisions) != 2 || w.decisions[1].Action != failover.Reopen.String() ||
		w.trial.LostWrites != 0 || w.state.Primary != home || len(w.rpos) != 0 {
		t.Errorf("got decisions %+v and %+v, want a failover, reopened and nothing lost", w.decisions,
			w.trial)
	}
}

func TestGuardsPreventSplitBrain(t *testing.T) {
	for seed := range uint64(20) {
		guarded := finished(t, cutOff(t, time.Minute, 2*time.Hour, seed))
		w := cutOff(t, time.Minute, 2*time.Hour, seed)
		w.unfenced = true
		open := finished(t, w)
		if guarded.trial.SplitBrain != 0 {
			t.Errorf("seed %d: %s of split brain with guards", seed, guarded.trial.SplitBrain)
		}
		if open.trial.SplitBrain < time.Hour {
			t.Errorf("seed %d: %s of split brain without guards, want most of two hours", seed,
				open.trial.SplitBrain)
		}
	}
}

// A target that is cut off while it is promoted does not open what it can no longer hold.
func TestAPromotionEndsWithItsLease(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	isolate(s, standby, 3*time.Minute, time.Hour) // The promotion takes from 2:32 to 3:12.
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour)
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		if at > 3*time.Minute+13*time.Second && at < time.Hour && w.writable(standby) {
			t.Fatalf("the standby writes at %s, cut off since 3m", at)
		}
	}
	if w.state.Primary != standby || !w.writable(standby) {
		t.Errorf("region %d is primary in the end, want the standby, promoted again", w.state.Primary)
	}
}

func TestACutElsewhereMovesNothing(t *testing.T) {
	s := estate()
	cut(s, standby, witness, time.Minute, time.Hour)
	cut(s, home, witness, 3*time.Hour, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), home, 8*time.Hour))
	if w.trial.Failovers != 0 || w.trial.Down != 0 || w.trial.Lost != 0 {
		t.Errorf("got %+v, want nothing but two faults", w.trial)
	}
	if w.trial.Faulted != 2*time.Hour {
		t.Errorf("faulted for %s, want 2h", w.trial.Faulted)
	}
}
