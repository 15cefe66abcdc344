package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// A cell of 70 % of the traffic, a fifth of which writes, is taken over when its region is lost,
// and nobody waits for that. On the way home it is handed over: for the mean lag of a second and a
// way of 40 ms its writes fail, and nothing else does that would not fail without owners.
func TestACellIsHandedOverInALag(t *testing.T) {
	const share, writes, pause = 0.7, 0.2, 1.04
	var lost [2]time.Duration
	for i, conflicts := range []model.ConflictStrategy{model.Commutative, model.RegionalOwnership} {
		s := twoWriters(1e6, conflicts)
		s.Regions[home].Utilisation, s.Regions[standby].Utilisation = 0.1, 0.1 // Room for all.
		lose(s, home, time.Hour, time.Hour)
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), witness, 12*time.Hour))
		if w.trial.Failovers != 1 || w.flows[0].target != home {
			t.Fatalf("%d failovers, and the cell is in region %d; want one, and home", w.trial.Failovers,
				w.flows[0].target)
		}
		lost[i] = w.trial.Lost
	}
	if got, want := (lost[1] - lost[0]).Seconds(), share*writes*pause; math.Abs(got-want) > 1e-6 {
		t.Errorf("a hand-over costs %g s of the mean load, want %g s", got, want)
	}
}

// What is lost is what the new owner would have accepted at that time of the week: half of what
// comes where it fails half, and half again by night.
func TestAHandOverCostsWhatWouldHaveBeenAccepted(t *testing.T) {
	const share, writes, pause = 0.7, 0.2, 1.04
	for _, night := range []bool{false, true} {
		s, want := twoWriters(1e6, model.RegionalOwnership), share*writes*pause/2
		if night { // The mean of the day is 1, midnight has half of that.
			s, want = noon(s), want/2
		}
		w := stage(t, s, model.ActiveActive, seedOf(t), witness, time.Hour)
		w.accepts[home] = 0.5
		f := w.flows[0]
		f.old, f.target = standby, home
		before := w.lost
		w.handsOver(&f)
		if got := (w.lost - before) / 1e9; math.Abs(got-want) > 1e-6 {
			t.Errorf("night: %t: a hand-over costs %g s of the mean load, want %g s", night, got, want)
		}
	}
}
