package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Without a guard only a recorded fence closes a store, and nobody records one in a region that is
// gone: whatever the strategy, its loss lasts until it is back. Review says so.
func TestWithoutAGuardALossLastsUntilTheRegionIsBack(t *testing.T) {
	for _, bound := range []time.Duration{time.Minute, time.Hour, 365 * 24 * time.Hour} {
		for _, kind := range model.StrategyKinds() {
			if kind == model.SingleRegion || kind.MultiWriter() {
				continue
			}
			s := estate()
			s.Stores[0].Guarded = false
			s.Settings.DataAtRiskMax = bound
			s.Populations = []model.Population{
				{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
			}
			lose(s, home, time.Minute, 30*time.Hour)
			w := stage(t, s, kind, seedOf(t), witness, 48*time.Hour)
			w.load()
			for w.step() {
				if at := time.Duration(w.now - warmup); at < 30*time.Hour && w.trial.Failovers > 0 {
					t.Fatalf("%s, at most %s at risk: a failover took effect at %s", kind, bound, at)
				}
			}
			w.finale()
			if w.trial.Down < 30*time.Hour || w.trial.SplitBrain != 0 || w.state.Primary != home {
				t.Errorf("%s, at most %s at risk: got %+v, want the loss waited for", kind, bound, w.trial)
			}
		}
	}
}

// Nobody stops the writes of a primary that lost its quorum, or that is isolated: it goes on.
func TestWithoutAGuardAPrimaryWritesOn(t *testing.T) {
	cases := []struct {
		name  string
		fault func(s *model.Scenario)
	}{
		{"the others are lost", func(s *model.Scenario) {
			lose(s, standby, time.Minute, 3*time.Hour)
			lose(s, witness, time.Minute, 3*time.Hour)
		}},
		{"the primary is isolated", func(s *model.Scenario) {
			isolate(s, home, time.Minute, 3*time.Hour)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Stores[0].Guarded = false
			c.fault(s)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 3*time.Hour))
			if w.trial.Down != 0 || w.trial.Lost != 0 || w.trial.Failovers != 0 {
				t.Errorf("got %+v by the end of the fault, want nothing felt", w.trial)
			}
			s.Stores[0].Guarded = true
			w = finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 3*time.Hour))
			if w.trial.Down < time.Minute {
				t.Errorf("%s down with a guard, want the price of one", w.trial.Down)
			}
		})
	}
}

// A store without a guard is open as soon as its region is back.
func TestWithoutAGuardAStoreBootsOpen(t *testing.T) {
	s := estate()
	s.Stores[0].Guarded = false
	lose(s, home, time.Minute, 20*time.Second)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, time.Hour))
	if w.trial.Down != 20*time.Second {
		t.Errorf("%s down, want the 20s of the loss", w.trial.Down)
	}
}

// A person forces the failover of a primary that runs, and that no guard keeps: the plan fences it
// beside the promotion. One that is cut off nobody can fence until it is back, and then its copy is
// closed before it is rewound.
func TestAForcedFailoverFencesWhomItCanReach(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(s *model.Scenario)
		apart time.Duration
	}{
		{name: "in reach", fault: func(*model.Scenario) {}},
		{
			name: "cut off", apart: time.Hour,
			fault: func(s *model.Scenario) { isolate(s, home, time.Minute, time.Hour) },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Stores[0].Guarded = false
			c.fault(s)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour)
			w.load()
			forced := false
			for ok := true; ok; ok = w.step() {
				at := time.Duration(w.now - warmup)
				if !forced && (c.apart == 0 || at > 5*time.Minute) {
					forced = true
					w.send(w.raft.leader, failover.Event{
						Kind: failover.Ordered, Verb: failover.OrderForce, Region: standby,
						Lag: failover.AnyLoss, Ticket: 1000, Who: 1,
					})
				}
				copied := &w.state.Diverged[0][home]
				if copied.Status > failover.Suspected && w.guards[home][0].open &&
					w.state.Leases[0].Holder != home {
					t.Fatalf("the copy is %s, and it is open", copied.Status)
				}
			}
			w.finale()
			split := time.Duration(w.trial.SplitBrain)
			if split > c.apart+time.Minute || w.trial.Failovers != 1 {
				t.Errorf("got two that write for %s and %+v, want no more than %s", split, w.trial, c.apart)
			}
			if got := w.state.Diverged[0][home]; got.Open != 0 {
				t.Errorf("home's copy is %+v in the end, want it closed", got)
			}
		})
	}
}
