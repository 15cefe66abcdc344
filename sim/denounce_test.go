package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// declared is the estate with deep checks and a release that fails all requests of the first region
// from the first hour on, or of all at once; whoever rolls it back, which takes an hour, says so.
func declared(every time.Duration) *model.Scenario {
	s := atOnceEverywhere()
	s.Checks[0].Deep = true
	s.Settings.HoldDown = 3 * time.Minute
	s.Rollouts[0].Every, s.Rollouts[0].Rollback, s.Rollouts[0].Declares = every, time.Hour, true
	return s
}

// Nobody leaves for a release that is declared to be bad, so that all requests fail for the two
// minutes of the trigger and the hour of the rollback. Half an hour after that, people.stable_for,
// it is taken back wherever it was said.
func TestNobodyLeavesForAReleaseThatIsDeclaredBad(t *testing.T) {
	const back = 2*time.Hour + 2*time.Minute
	for _, c := range []struct {
		name  string
		every time.Duration
		had   int
	}{{"staged", 30 * time.Minute, 1}, {"everywhere", 0, 3}} {
		t.Run(c.name, func(t *testing.T) {
			w := stage(t, declared(c.every), model.HotStandby, seedOf(t), witness, 48*time.Hour)
			w.story = &Story{}
			finished(t, w)
			if w.trial.Failovers != 0 || w.trial.Lost != 62*time.Minute {
				t.Errorf("%d failovers, and %s of the requests lost; want none, and 62 minutes",
					w.trial.Failovers, w.trial.Lost)
			}
			if len(toldAt(w, "is not left: cause: deny")) == 0 {
				t.Error("nobody said that the cause gate denies")
			}
			said, withdrawn := toldAt(w, "is declared bad"), toldAt(w, "is no longer declared bad")
			if len(said) != c.had || len(withdrawn) != c.had {
				t.Fatalf("declared at %v and taken back at %v, want both in %d regions", said, withdrawn,
					c.had)
			}
			if said[0] != 62*time.Minute || withdrawn[0] != back+30*time.Minute {
				t.Errorf("declared at %s and taken back at %s, want 1h02m and %s", said[0], withdrawn[0],
					back+30*time.Minute)
			}
		})
	}
}

// What was declared stands for a while longer than the release, so that a loss of the region then
// is waited out until it is taken back.
func TestADeclaredReleaseHidesALoss(t *testing.T) {
	s := declared(30 * time.Minute)
	lose(s, home, 130*time.Minute, 3*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 6*time.Hour)
	w.story = &Story{}
	finished(t, w)
	withdrawn, left := toldAt(w, "is no longer declared bad"), toldAt(w, "failover of home")
	if len(withdrawn) != 1 || len(left) != 1 || left[0] < withdrawn[0] ||
		left[0] > withdrawn[0]+time.Second {
		t.Errorf("taken back at %v and left at %v, want right after that", withdrawn, left)
	}
}

// While no region leads, the log hears nothing: it is said again every minute until it does.
func TestAReleaseIsDeclaredUntilSomebodyHearsIt(t *testing.T) {
	s := declared(30 * time.Minute)
	lose(s, standby, 50*time.Minute, 30*time.Minute)
	lose(s, witness, 50*time.Minute, 30*time.Minute)
	w := stage(t, s, model.HotStandby, seedOf(t), home, 6*time.Hour)
	w.story = &Story{}
	finished(t, w)
	if said := toldAt(w, "is declared bad"); len(said) != 1 || said[0] < 80*time.Minute ||
		said[0] > 82*time.Minute {
		t.Errorf("declared at %v, want within two minutes of the return of the others", said)
	}
}
