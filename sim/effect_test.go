package sim

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// What was begun and given up before anything moved is no failover: the region's own return ended
// the incident, and the wait for it is what its last phase is.
func TestOnlyWhatMovedSomethingIsAFailover(t *testing.T) {
	cases := []struct {
		name string
		kind model.StrategyKind
		// lasts is how long the home region is gone, from 1:00 on.
		lasts time.Duration
		// want counts failovers, those cancelled, and incidents in which one was withheld.
		want      [3]int64
		incidents int
	}{
		{"back before anybody noticed", model.HotStandby, 20 * time.Second, [3]int64{}, 1},
		// Probes see a region up after 30 s; the hold-down is over at 2:32, the promotion at 3:12.
		{"back within the hold-down", model.HotStandby, time.Minute, [3]int64{}, 1},
		// It opens again by itself, and its copy has caught up only then: a first sign of life.
		{"back just before it is left", model.HotStandby, 80 * time.Second, [3]int64{}, 1},
		// It is fenced when the hold-down is over, and reopened.
		{"seen up too late", model.HotStandby, 80 * time.Second, [3]int64{0, 1, 0}, 2},
		{"back during the promotion", model.HotStandby, 95 * time.Second, [3]int64{0, 1, 0}, 1},
		{"back after the promotion", model.HotStandby, 3 * time.Minute, [3]int64{1, 0, 0}, 1},
		{"back much later", model.HotStandby, time.Hour, [3]int64{1, 0, 0}, 1},
		{"back before it is approved", model.PilotLight, 5 * time.Minute, [3]int64{0, 0, 1}, 1},
		{"served by all, back soon", model.ActiveActive, time.Minute, [3]int64{}, 1},
		{"served by all, evacuated", model.ActiveActive, time.Hour, [3]int64{1, 0, 0}, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Populations = []model.Population{
				{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
			}
			if c.name == "seen up too late" {
				s.Settings.DataAtRiskMax = 2 * time.Minute // So that the copy has lacked nothing for long.
			}
			lose(s, home, time.Minute, c.lasts)
			w := finished(t, stage(t, s, c.kind, seedOf(t), witness, 24*time.Hour))
			got := [3]int64{w.trial.Failovers, w.trial.Cancelled, w.trial.Withheld}
			if got != c.want || int64(len(w.rpos)) != c.want[0] {
				t.Errorf("got %v failovers, cancelled and withheld, want %v; RPOs %v", got, c.want, w.rpos)
			}
			if len(w.incidents) != c.incidents {
				t.Fatalf("got incidents %+v, want %d", w.incidents, c.incidents)
			}
			for _, incident := range w.incidents {
				repair, shift := incident.Phases[model.Repair], incident.Phases[model.Shift]
				if moved := c.want[0] > 0; incident.Failover != moved || (shift > 0) != moved ||
					(repair > 0) == moved {
					t.Errorf("got %+v, want a failover: %t", incident, moved)
				}
			}
		})
	}
}

// A guard that fences a store which the running plan has promoted makes the plan begin again, in a
// new epoch: that is still the one failover, and it loses the same writes once.
func TestAFailoverThatBeginsAgainIsOne(t *testing.T) {
	s := estate()
	slow := s.Stores[0]
	slow.Name, slow.Promotion = "carts", model.Fixed(5*time.Minute)
	s.Stores = append(s.Stores, slow)
	lose(s, home, time.Minute, 0)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour)
	w.load()
	fenced := false
	for w.step() {
		plan := &w.state.Plan
		if fenced || !w.guards[standby][0].open || plan.Kind != failover.Failover {
			continue
		}
		fenced = true
		w.setOpen(standby, 0, false)
		w.send(standby, failover.Event{
			Kind: failover.Fenced, Region: standby, Store: 0, Epoch: plan.Epoch,
		})
	}
	w.finale()
	if len(w.decisions) < 2 || w.decisions[1].Action != failover.Failover.String() {
		t.Fatalf("got decisions %+v, want the failover twice", w.decisions)
	}
	if w.trial.Failovers != 1 || w.trial.Cancelled != 0 || len(w.rpos) != 1 || w.rpos[0] == 0 {
		t.Errorf("got %+v and RPOs %v, want one failover with its loss", w.trial, w.rpos)
	}
	// A lag of a second and its floor, at 200 writes a second, with the fraction rounded either way.
	if got := w.trial.LostWrites; got < 208 || got > 209 {
		t.Errorf("%d writes lost, want 208 once", got)
	}
}

// A failback that is given up because its subject was lost moved nothing home.
func TestAFailbackThatIsGivenUpIsNone(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, time.Hour)
	calm := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	back := calm.decisions[len(calm.decisions)-1].At
	lose(s, home, back+time.Second, 3*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour))
	if last := w.decisions[len(w.decisions)-1]; w.trial.Failbacks != 0 || last.At < back {
		t.Errorf("%d failbacks by %s, want one begun at %s and given up", w.trial.Failbacks, last.At,
			back)
	}
}
