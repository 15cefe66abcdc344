package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// diverted plays the loss of the home region, where every region serves reads, until its readers
// have been sent elsewhere.
func diverted(t *testing.T, lasts time.Duration) *world {
	t.Helper()
	s := crowded()
	s.Stores[0].Promotion = model.Fixed(10 * time.Minute)
	lose(s, home, time.Minute, lasts)
	w := stage(t, s, model.ReadLocal, seedOf(t), witness, 24*time.Hour)
	w.load()
	for w.step() && w.flows[0].target == home {
	}
	return w
}

// Readers need not wait until the writes have moved: they are sent elsewhere one change of routing
// after the decision, while the promotion takes its ten minutes.
func TestReadersDoNotWaitForThePromotion(t *testing.T) {
	w := diverted(t, 5*time.Hour)
	decided := warmup + int64(w.decisions[0].At)
	flip := time.Duration(w.flows[0].changed - decided)
	if flip < 5*time.Second || flip > 6*time.Second {
		t.Errorf("the readers were diverted %s after the decision, want the flip of 5s", flip)
	}
	if w.state.Primary != home || w.guards[standby][0].open {
		t.Error("the readers were diverted after the promotion, want before")
	}
	changed := w.flows[0].changed
	for w.step() && w.state.Plan.Kind == failover.Failover {
	}
	if w.state.Primary != standby || w.flows[0].changed != changed {
		t.Errorf("primary %d, diverted at %d and again at %d, want one change of route",
			w.state.Primary, changed, w.flows[0].changed)
	}
}

// The home region is back before anything was promoted: its readers come back by themselves, and
// what was given up is no failover.
func TestDivertedReadersComeBackByThemselves(t *testing.T) {
	s := crowded()
	s.Settings.Lease = 10 * time.Minute // Which the promotion has to wait for.
	s.Settings.DataAtRiskMax = time.Hour
	lose(s, home, time.Minute, 4*time.Minute)
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 5*time.Hour))
	if !w.state.Serving.Has(home) || w.state.Left.Unsettled || w.flows[0].target != home {
		t.Errorf("serving %b, readers at %d, want them back in %d", w.state.Serving,
			w.flows[0].target, home)
	}
	if w.trial.Failovers != 0 || w.trial.Cancelled != 1 {
		t.Errorf("%d failovers, %d cancelled, want one cancelled", w.trial.Failovers, w.trial.Cancelled)
	}
}
