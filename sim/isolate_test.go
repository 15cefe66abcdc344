package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

const isolations = 60

// isolatedAll plays the cut of a length in the estate.
func isolatedAll(t *testing.T, holdDown, lasts time.Duration) []Isolation {
	t.Helper()
	s := estate()
	s.Settings.HoldDown = holdDown
	strategy, _ := s.Strategy(model.HotStandby)
	isolator, err := NewIsolator(s, strategy, lasts, seedOf(t))
	if err != nil {
		t.Fatal(err)
	}
	played := make([]Isolation, isolations)
	for run := range played {
		if played[run], err = isolator.Run(run); err != nil {
			t.Fatal(err)
		}
	}
	return played
}

// Two observers, each with its own phase: the later one decides, with three failures 10 s apart and
// a timeout of 2 s. Then the hold-down, and messages of less than half a second.
func TestAnIsolatedPrimaryIsLeftAfterDetectionAndHoldDown(t *testing.T) {
	for _, hold := range []time.Duration{0, time.Minute} {
		early, late := time.Hour, time.Duration(0)
		for i, cut := range isolatedAll(t, hold, 10*time.Minute) {
			if !cut.Begun || !cut.Promoted || cut.LostWrites == 0 || cut.Lost == 0 {
				t.Fatalf("hold-down %s, run %d: got %+v, want a failover that loses writes", hold, i, cut)
			}
			early, late = min(early, cut.Decided), max(late, cut.Decided)
		}
		low, high := hold+22*time.Second, hold+32*time.Second+500*time.Millisecond
		if early < low || late > high || late-early < 4*time.Second {
			t.Errorf("hold-down %s: decided %s to %s after the cut, want within %s to %s, over the phases",
				hold, early, late, low, high)
		}
	}
}

// A promotion takes the time of its steps, so that a cut can be over when it takes effect. Then the
// old side has sent what it accepted alone, and the lag of a second and the 40 ms on the way are
// all that is lost; while the cut lasts, so is what was accepted until the old side stopped.
func TestWhatIsLostHangsOnWhetherTheCutStillLasts(t *testing.T) {
	during, after := 0, 0
	for _, lasts := range []time.Duration{50 * time.Second, 10 * time.Minute} {
		for run, cut := range isolatedAll(t, 0, lasts) {
			switch {
			case !cut.Promoted:
				continue
			case cut.PromotedAt < lasts:
				during++
				if cut.Lost < cut.StoppedAt {
					t.Errorf("cut of %s, run %d: got %+v, want what was accepted lost", lasts, run, cut)
				}
			default:
				after++
				if cut.Lost != 1040*time.Millisecond {
					t.Errorf("cut of %s, run %d: got %+v, want the lag lost", lasts, run, cut)
				}
			}
			if cut.PromotedAt < cut.Decided {
				t.Errorf("cut of %s, run %d: got %+v, promoted before it was decided", lasts, run, cut)
			}
		}
	}
	if during == 0 || after == 0 {
		t.Errorf("%d promotions during a cut and %d after it, want some of both", during, after)
	}
}

func TestAShortCutIsSatOut(t *testing.T) {
	for i, cut := range isolatedAll(t, time.Minute, 43*time.Second) {
		if cut.Begun || cut.Promoted || cut.LostWrites != 0 || cut.Lost != 0 {
			t.Errorf("run %d: got %+v, want nothing moved", i, cut)
		}
		// A lease of 15 s, renewed every 5 s, less 2 s to stop: 8 to 13 s, and a message.
		if !cut.Stopped || cut.StoppedAt < 7500*time.Millisecond || cut.StoppedAt > 13*time.Second {
			t.Errorf("run %d: stopped writing at %s (%t), want 8 to 13 s after the cut", i, cut.StoppedAt,
				cut.Stopped)
		}
	}
}

// The row of redoubt hangs on the decision code.
func TestWithoutTheDecisionCodeNoIsolatedPrimaryIsLeft(t *testing.T) {
	s := estate()
	strategy, _ := s.Strategy(model.HotStandby)
	lasts := 10 * time.Minute
	w := newTestWorld(t, isolated(s, lasts), strategy, lasts+24*time.Hour)
	with, err := w.isolation(seedOf(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	w.decider = undecided{}
	without, err := w.isolation(seedOf(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	if !with.Begun || without.Begun || without.Promoted {
		t.Errorf("with the decision code %+v, without %+v", with, without)
	}
}

func TestIsolationLeavesTheScenarioAlone(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	changed := isolated(s, time.Minute)
	if len(changed.Timeline) != 2 || changed.Timeline[0].Kind != model.LinkCut {
		t.Errorf("got %+v, want the links to the standby and the witness cut", changed.Timeline)
	}
	if len(s.Timeline) != 1 || !s.Checks[0].Aligned {
		t.Error("the scenario itself was changed")
	}
}
