package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// What a promotion loses is what the record says when the primary is lost, or the way between the
// regions where that is longer, and the lag gate goes by the record too.
func TestARecordedLagIsLost(t *testing.T) {
	trace := model.LagTrace{{}, {At: time.Hour}, {At: 2 * time.Hour, Lag: time.Hour},
		{At: 24 * time.Hour, Lag: time.Hour}}
	for _, c := range []struct {
		name         string
		lost, behind time.Duration
		failovers    int64
	}{
		{"nothing", 30 * time.Minute, 40 * time.Millisecond, 1},
		{"half a minute", time.Hour + 30*time.Second, 30 * time.Second, 1},
		{"more than may be lost", 90 * time.Minute, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Stores[0].LagTrace = trace
			lose(s, home, c.lost, 2*time.Hour)
			w := recounted(t, s, model.HotStandby)
			if w.trial.Failovers != c.failovers || w.trial.LostWrites != writesIn(c.behind) {
				t.Errorf("%d failovers and %d writes lost, want %d and %d", w.trial.Failovers,
					w.trial.LostWrites, c.failovers, writesIn(c.behind))
			}
		})
	}
}

// Where every region writes, the tail of the region that is left is as long as recorded.
func TestAnEvacuationLosesTheRecordedLag(t *testing.T) {
	const behind = 10 * time.Second
	s := estate()
	s.Stores[0].Kind = model.MultiActive
	s.Stores[0].LagTrace = model.LagTrace{{Lag: behind}, {At: time.Hour, Lag: behind}}
	s.Populations = []model.Population{
		{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.5, Nearest: standby},
	}
	lose(s, home, time.Hour, 2*time.Hour)
	w := recounted(t, s, model.ActiveActive)
	if want := writesIn(behind) / 2; w.trial.LostWrites != want {
		t.Errorf("lost %d writes, want %d", w.trial.LostWrites, want)
	}
}

// Losses come at any moment of a record that begins anew each day: what is lost is its mean.
func TestTheMeanOfARecordIsLost(t *testing.T) {
	const behind, trials = 40 * time.Second, 400
	s := estate()
	s.Stores[0].LagTrace = model.LagTrace{{}, {At: 12 * time.Hour, Lag: behind}, {At: 24 * time.Hour}}
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: home, Peer: model.NoRegion, PerYear: 20,
		Duration: model.Fixed(4 * time.Hour), Source: "test",
	}}
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), model.Year/4)
	var lost sample
	for trial := range trials {
		played := w.play(s, seedOf(t), trial)
		if played.err != nil {
			t.Fatal(played.err)
		}
		for _, stretch := range played.rpos {
			lost = append(lost, stretch.Seconds())
		}
	}
	floor := 0.04 // The way between the regions, below which 0.04 / 40 of the time is.
	want := behind.Seconds()/2 + floor*floor/(2*behind.Seconds())
	near(t, "lost", lost.mean(), want, lost.standardError())
	if math.IsNaN(lost.mean()) || len(lost) < trials {
		t.Errorf("%d failovers are too few", len(lost))
	}
}
