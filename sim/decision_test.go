package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// undecided is decision code that does nothing.
type undecided struct{}

func (undecided) Apply(_ *failover.State, _ *failover.Event, did *failover.Actions) {
	did.Count = 0
}

func (undecided) NextTick(*failover.State) (failover.Instant, bool) { return 0, false }

func TestWithoutTheDecisionCodeNothingFailsOver(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	for _, strategy := range s.Strategies {
		w := newTestWorld(t, s, strategy, 20*model.Year)
		with := w.play(s, 1, 0)
		w.decider = undecided{}
		without := w.play(s, 1, 0)
		if without.trial.Failovers != 0 {
			t.Errorf("%s: got %d failovers without a decision", strategy.Kind, without.trial.Failovers)
		}
		if strategy.Kind == model.SingleRegion {
			continue
		}
		if with.trial.Failovers == 0 || without.trial.Down <= with.trial.Down {
			t.Errorf("%s: got %d failovers and %s down with the decision code, %s down without",
				strategy.Kind, with.trial.Failovers, with.trial.Down, without.trial.Down)
		}
	}
}

func TestHoldDownShiftsEveryRecoveryByItself(t *testing.T) {
	s := load(t, "warm-standby-two-region")
	for _, strategy := range s.Strategies {
		kind := strategy.Kind
		if kind == model.SingleRegion {
			continue
		}
		for seed := range uint64(20) {
			short := playWith(t, s, strategy, seed, 60*time.Second)
			long := playWith(t, s, strategy, seed, 95*time.Second)
			if got, want := long-short, 35*time.Second; got != want {
				t.Errorf("%s, seed %d: RTO moved by %s, want %s", kind, seed, got, want)
			}
		}
	}
}

// playWith returns the RTO of the one incident of a run with this hold-down.
func playWith(
	t *testing.T, s *model.Scenario, strategy model.Strategy, seed uint64, holdDown time.Duration,
) time.Duration {
	t.Helper()
	changed := *s
	changed.Settings.HoldDown = holdDown
	story, err := Play(&changed, strategy, seed)
	if err != nil {
		t.Fatal(err)
	}
	if len(story.Incidents) != 1 || !story.Incidents[0].Failover {
		t.Fatalf("got incidents %+v, want one with a failover", story.Incidents)
	}
	return story.Incidents[0].RTO
}

func load(t testing.TB, name string) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newTestWorld(
	t testing.TB, s *model.Scenario, strategy model.Strategy, horizon time.Duration,
) *world {
	t.Helper()
	w, err := newWorld(s, strategy, horizon)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
