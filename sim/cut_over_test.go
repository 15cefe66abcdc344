package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// keptByLag is the estate without a guard, so that nothing bounds what a primary may write that
// nobody hears of, and no more may be lost than it has written within a hold-down.
func keptByLag() *model.Scenario {
	s := estate()
	s.Stores[0].Guarded = false
	s.Settings.DataAtRiskMax = s.Settings.HoldDown
	return s
}

// A primary that was cut off has served all the time, and is not left as the cut is over: its copy
// catches up before observers have seen enough good checks, and that may be a sign of life.
func TestNobodyIsLeftAsACutIsOver(t *testing.T) {
	strategy := strategyOf(t, keptByLag(), model.HotStandby)
	for minutes := 3; minutes <= 60; minutes += 3 {
		s := keptByLag()
		isolate(s, home, time.Hour, time.Duration(minutes)*time.Minute)
		for seed := range 5 {
			w := newTestWorld(t, s, strategy, 4*time.Hour)
			w.story = &Story{}
			w.play(s, uint64(seed), 0)
			if begun := toldAt(w, "failover of home"); len(begun) > 0 {
				t.Errorf("cut off for %d min, seed %d: it is left at %s", minutes, seed, begun)
			}
			if kept := toldAt(w, "not left: lag"); len(kept) == 0 {
				t.Errorf("cut off for %d min, seed %d: lag has kept nothing", minutes, seed)
			}
		}
	}
}

// Where users get no answer and the store goes on, a copy that catches up is no sign that they do:
// the region is left a hold-down later, and not never.
func TestALossOfServiceIsLeftOnceItsCopyHasCaughtUp(t *testing.T) {
	s := keptByLag()
	strategy := strategyOf(t, s, model.HotStandby)
	during(s, model.ServiceLoss, home, time.Hour, 5*time.Hour)
	during(s, model.ReplicationStall, standby, time.Hour-10*time.Minute, 2*time.Hour)
	w := newTestWorld(t, s, strategy, 4*time.Hour)
	w.story = &Story{}
	w.play(s, 1, 0)
	begun := toldAt(w, "failover of home")
	caught := 2*time.Hour + 70*time.Minute/2 // It receives threefold what is written.
	soonest := caught - s.Settings.DataAtRiskMax + s.Settings.HoldDown
	latest := caught + s.Settings.HoldDown + 2*s.Stores[0].LagSampleEvery
	if len(begun) == 0 || begun[0] < soonest || begun[0] > latest {
		t.Errorf("the service is left at %s, want it between %s and %s", begun, soonest, latest)
	}
}

// Where less may be lost than is written between two samples, lag keeps and lets go by turns. That
// is no sign of life, however far apart the samples are, and a loss of the service is left.
func TestALossIsLeftThoughSamplesAreFarApart(t *testing.T) {
	for _, c := range []struct{ every, risk time.Duration }{
		{10 * time.Second, 5 * time.Second}, {59 * time.Second, time.Minute},
		{61 * time.Second, time.Minute}, {90 * time.Second, time.Minute},
		{2 * time.Minute, time.Minute}, {5 * time.Minute, 30 * time.Second},
	} {
		s := unaligned(keptByLag())
		s.Stores[0].LagSampleEvery, s.Settings.DataAtRiskMax = c.every, c.risk
		strategy := strategyOf(t, s, model.HotStandby)
		during(s, model.ServiceLoss, home, time.Hour, 5*time.Hour)
		w := newTestWorld(t, s, strategy, 4*time.Hour)
		w.story = &Story{}
		w.play(s, 1, 0)
		latest := time.Hour + 2*time.Minute + c.every
		if begun := toldAt(w, "failover of home"); len(begun) == 0 || begun[0] > latest {
			t.Errorf("sampled each %s: the service is left at %s, want it by %s", c.every, begun, latest)
		}
		lazy, eager, _ := playBoth(t, s, strategy, 1, timelineOutages(nil, s), 2*time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("sampled each %s: %s", c.every, different)
		}
	}
}

// A guard stops the writes of a region that is lost, and yet lag may keep it from being left, where
// its copy was last measured too long before. It is not left as it comes back, either.
func TestNobodyIsLeftAsALossIsOver(t *testing.T) {
	const back = time.Hour + 30*time.Minute
	kept := 0
	for seed := range uint64(60) {
		s := estate()
		s.Stores[0].LagSampleEvery = s.Settings.DataAtRiskMax
		lose(s, home, time.Hour, back-time.Hour)
		w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 4*time.Hour)
		w.story = &Story{}
		w.play(s, seed, 0)
		switch begun := toldAt(w, "failover of home"); {
		case len(begun) == 0:
			kept++
		case begun[0] >= back:
			t.Errorf("seed %d: it is back at %s, and left at %s", seed, back, begun)
		}
	}
	if kept < 6 {
		t.Errorf("lag has kept %d of 60 losses, want it to keep a tenth at least", kept)
	}
}

// What a cut has kept is kept by the same events, however it is played.
func TestLazyEqualsEagerAsACutIsOver(t *testing.T) {
	for minutes := 3; minutes <= 30; minutes += 9 {
		s := unaligned(keptByLag())
		isolate(s, home, time.Hour, time.Duration(minutes)*time.Minute)
		outages := timelineOutages(nil, s)
		for seed := range uint64(4) {
			strategy := strategyOf(t, s, model.HotStandby)
			lazy, eager, _ := playBoth(t, s, strategy, seed, outages, 2*time.Hour)
			if different := difference(&lazy, &eager); different != "" {
				t.Errorf("cut off for %d min, seed %d: %s", minutes, seed, different)
			}
		}
	}
}
