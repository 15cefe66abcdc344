package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// The region that took over is lost while the first one's copy is being rewound. That is an outage
// of its own, and nothing that was not copied is promoted.
func TestARewindingNeedsItsSource(t *testing.T) {
	s := estate()
	s.Settings.Cooldown = time.Minute
	lose(s, home, time.Minute, time.Hour)
	lose(s, standby, time.Hour+20*time.Minute, 3*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour))
	if len(w.incidents) != 2 {
		t.Fatalf("got %+v, want an incident for each loss", w.incidents)
	}
	// Home is up, but lacks what was written since: it waits for the standby, which returns at 4:20.
	second := w.incidents[1]
	if second.RTO < 3*time.Hour || second.RTO > 3*time.Hour+5*time.Minute || second.Failover {
		t.Errorf("got %+v, want an outage as long as the loss", second)
	}
	if w.trial.Failovers != 1 || w.trial.DownBy[model.DownPlanned] > 5*time.Minute {
		t.Errorf("got %+v, want one failover, and the write pause of one failback", w.trial)
	}
	if w.state.Primary != home || w.state.Diverged[0][home].Status != failover.InStep {
		t.Errorf("region %d is primary in the end and home's copy is %s", w.state.Primary,
			w.state.Diverged[0][home].Status)
	}
}

// What an evacuation waits for is the capacity of the others: that is its scale phase, and the
// shift is what comes before or after it.
func TestAnEvacuationScalesUntilTheOthersCarry(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	lose(s, 0, 0, 6*time.Hour)
	s.Hazards = nil
	strategy := strategyOf(t, s, model.ActiveActive)
	strategy.Scale = model.Fixed(10 * time.Minute)
	w := newTestWorld(t, s, strategy, 12*time.Hour)
	w.begin(newSource(seedOf(t), 0), timelineOutages(nil, s))
	finished(t, w)
	if len(w.incidents) != 1 {
		t.Fatalf("got %+v, want one incident", w.incidents)
	}
	phases := w.incidents[0].Phases
	if phases[model.Scale] < 9*time.Minute || phases[model.Shift] > time.Minute {
		t.Errorf("scaling took %s and the shift %s, want ten minutes and next to nothing",
			phases[model.Scale], phases[model.Shift])
	}
}
