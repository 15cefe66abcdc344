package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// atOnceEverywhere is the estate with three regions that serve half, three tenths and a fifth of
// the users, and a release that fails all requests and goes through them from the first hour on.
func atOnceEverywhere() *model.Scenario {
	s := estate()
	s.Regions[witness] = model.Region{
		Name: "third", FailureDomain: "third", Utilisation: 0.5, BurstCeiling: 2,
	}
	s.Populations = []model.Population{
		{Name: "near", Share: 0.5, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
		{Name: "farther", Share: 0.2, Nearest: witness},
	}
	s.Rollouts = []model.Rollout{{
		Regions: []model.RegionID{home, standby, witness}, At: time.Hour, Every: 30 * time.Minute,
		Share: 1, GoBelow: 0.001, BackAbove: 0.01, BackAfter: 2 * time.Minute,
		Rollback: 5 * time.Minute,
	}}
	return s
}

// Nothing goes deep enough to see the release, so that no failover is in the way. It fails requests
// for the two minutes of its trigger and the five of its rollback, where it shows; or to the end,
// where the triggers let it be.
func TestARolloutFailsWhereItRunsUntilItIsTakenBack(t *testing.T) {
	const horizon, fails = 24 * time.Hour, 7 * time.Minute
	rest := func(turns float64) float64 { return (23 - 0.5*turns) * 60 }
	cases := []struct {
		name     string
		change   func(*model.Rollout)
		released int64
		// want is how many minutes of all requests fail.
		want float64
	}{
		{"stopped at the first", func(*model.Rollout) {}, 1, 0.5 * fails.Minutes()},
		{"shows when two have it", func(r *model.Rollout) { r.After = 40 * time.Minute }, 2,
			0.5 * fails.Minutes()},
		{"shows when three have it", func(r *model.Rollout) { r.After = 65 * time.Minute }, 3,
			0.5 * fails.Minutes()},
		{"shows where it comes next before it is back", func(r *model.Rollout) {
			r.After, r.Every = 65*time.Minute, 3*time.Minute
		}, 3, 0.5*fails.Minutes() + 0.3*(fails.Minutes()-3) + 0.2*(fails.Minutes()-6)},
		{"everywhere at once", func(r *model.Rollout) { r.Every = 0 }, 3, fails.Minutes()},
		{"too bad to go on, too good to go back", func(r *model.Rollout) { r.Share = 0.005 }, 1,
			0.005 * 0.5 * rest(0)},
		{"good enough to go on", func(r *model.Rollout) { r.Share = 0.0005 }, 3,
			0.0005 * (0.5*rest(0) + 0.3*rest(1) + 0.2*rest(2))},
		{"at the line is not above it", func(r *model.Rollout) { r.Share = 0.01 }, 1,
			0.01 * 0.5 * rest(0)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := atOnceEverywhere()
			c.change(&s.Rollouts[0])
			w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, horizon))
			if off := w.trial.Lost.Minutes() - c.want; off < -1e-6 || off > 1e-6 {
				t.Errorf("lost %.6f minutes of the requests, want %.6f", w.trial.Lost.Minutes(), c.want)
			}
			if w.trial.Released != c.released || w.trial.Failovers != 0 {
				t.Errorf("came to %d regions with %d failovers, want %d and none", w.trial.Released,
					w.trial.Failovers, c.released)
			}
		})
	}
}

// A standby that gets no requests tells nothing, so that the release passes it and fails where the
// users are; unless a deep check tries it.
func TestAnIdleStandbyProvesNothing(t *testing.T) {
	for _, c := range []struct {
		deep     bool
		released int64
		lost     time.Duration
	}{{false, 2, 7 * time.Minute}, {true, 1, 0}} {
		s := atOnceEverywhere()
		s.Checks[0].Deep = c.deep
		s.Rollouts[0].Regions = []model.RegionID{standby, home}
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
		if w.trial.Lost != c.lost || w.trial.Released != c.released {
			t.Errorf("deep: %t: lost %s of the requests in %d regions, want %s in %d", c.deep,
				w.trial.Lost, w.trial.Released, c.lost, c.released)
		}
	}
}

// A deep check sees the release. Where it is in one region the failover mends it before the
// rollback does; the region that was left tells nothing better, so that the release is taken back
// and does not follow the traffic. Where it is everywhere nothing but the rollback mends it.
func TestAFailoverMendsAStagedRolloutAlone(t *testing.T) {
	for _, c := range []struct {
		name      string
		every     time.Duration
		failovers int64
	}{{"staged", 30 * time.Minute, 1}, {"everywhere", 0, 0}} {
		t.Run(c.name, func(t *testing.T) {
			s := atOnceEverywhere()
			s.Checks[0].Deep = true
			s.Rollouts[0].Every, s.Rollouts[0].Rollback = c.every, time.Hour
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
			w.story = &Story{}
			w.load()
			downAt := 0
			for w.step() {
				if at := time.Duration(w.now - warmup); at > 80*time.Minute && at < 2*time.Hour &&
					w.serving < 0.01 {
					downAt++
				}
			}
			w.finale()
			if w.trial.Failovers != c.failovers || (downAt > 0) != (c.every == 0) {
				t.Errorf("%d failovers, down at %d events after 20 minutes; want %d, and down: %t",
					w.trial.Failovers, downAt, c.failovers, c.every == 0)
			}
			back := toldAt(w, "was taken back everywhere")
			if len(back) != 1 || back[0] != 2*time.Hour+2*time.Minute {
				t.Errorf("taken back at %v, want at 2h02m", back)
			}
			if w.state.Primary != home || w.serving < 1 || w.state.Plan.Kind != failover.NoPlan {
				t.Errorf("the primary %d serves %.2f at the end", w.state.Primary, w.serving)
			}
		})
	}
}

// Hazards alone are drawn in a comparison: what is rolled out belongs to the timeline.
func TestARolloutIsPartOfTheTimeline(t *testing.T) {
	s := atOnceEverywhere()
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 24*time.Hour)
	w.begin(newSource(seedOf(t), 0), nil)
	if finished(t, w); w.trial.Released != 0 || w.trial.Lost != 0 {
		t.Errorf("came to %d regions and failed %s of the requests, want neither", w.trial.Released,
			w.trial.Lost)
	}
}

// A release that fails too little to be taken back stays, whatever else fails for less than the two
// minutes that its trigger takes, however often: what fails has to do so without a break.
func TestWhatPassesSoonTakesNoReleaseBack(t *testing.T) {
	const begins = 3 * time.Hour
	for _, c := range []struct {
		name  string
		lasts []time.Duration // Of failures with half a minute between them.
		want  []time.Duration
	}{
		{"a minute", []time.Duration{time.Minute}, nil},
		{"a minute, and another", []time.Duration{time.Minute, time.Minute}, nil},
		{"three minutes", []time.Duration{3 * time.Minute}, []time.Duration{begins + 2*time.Minute}},
		{"a minute, and three", []time.Duration{time.Minute, 3 * time.Minute},
			[]time.Duration{begins + 3*time.Minute + 30*time.Second}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := atOnceEverywhere()
			s.Rollouts[0].Share = 0.005
			at := begins
			for _, lasts := range c.lasts {
				s.Timeline = append(s.Timeline, model.Fault{
					Kind: model.GreyFailure, Region: home, Peer: model.NoRegion, At: at, Duration: lasts,
					Share: 0.02,
				})
				at += lasts + 30*time.Second
			}
			w := recounted(t, s, model.ReadLocal)
			if got := toldAt(w, "the release is rolled back"); !slices.Equal(got, c.want) {
				t.Errorf("rolled back at %v, want %v", got, c.want)
			}
		})
	}
}

// A region that is lost tells nothing of a release: its failing requests are not the release's
// fault. It is neither rolled back nor declared, so that the failover waits for no gate, and it
// goes no further. One that answers and fails is told as ever.
func TestALostRegionDoesNotBlameARelease(t *testing.T) {
	for _, lost := range []bool{true, false} {
		s := atOnceEverywhere()
		r := &s.Rollouts[0]
		r.Regions, r.Declares = []model.RegionID{home, standby}, true
		if lost {
			r.After = 20 * time.Hour
			lose(s, home, 70*time.Minute, time.Hour)
		}
		w := stage(t, s, model.HotStandby, seedOf(t), witness, 6*time.Hour)
		w.story = &Story{}
		w.load()
		for w.step() {
		}
		w.finale()
		begun, back := toldAt(w, "failover of home"), toldAt(w, "the release is rolled back")
		if lost && (len(back) != 0 || len(begun) != 1 || begun[0] > 75*time.Minute) {
			t.Errorf("rolled back at %s, failover at %s; want none, and one within five minutes of 1h10m",
				back, begun)
		}
		if !lost && len(back) != 1 {
			t.Errorf("a release that fails was rolled back at %s", back)
		}
		if no := toldAt(w, "nothing is heard of"); len(no) == 1 != lost || w.trial.Released != 1 {
			t.Errorf("lost: %t: stopped at %s, and %d regions got it; want one", lost, no, w.trial.Released)
		}
	}
}

// A region that is lost gets no release, and the release goes no further than it; where all get it
// at once the others do.
func TestALostRegionGetsNoRelease(t *testing.T) {
	for _, c := range []struct {
		every    time.Duration
		released int64
	}{{30 * time.Minute, 0}, {0, 2}} {
		s := atOnceEverywhere()
		s.Rollouts[0].Every, s.Rollouts[0].Rollback = c.every, 48*time.Hour
		lose(s, home, 50*time.Minute, time.Hour)
		w := recounted(t, s, model.ReadLocal)
		if got := toldAt(w, "gets no release"); len(got) != 1 || w.trial.Released != c.released {
			t.Errorf("every %s: nothing for home at %v, %d regions got it; want %d", c.every, got,
				w.trial.Released, c.released)
		}
		if w.net.flawed[home] != 0 {
			t.Errorf("every %s: home runs what it never got", c.every)
		}
	}
}

// A release that shows only once its region was lost and left has no users to tell of it. It is
// taken back by what deep checks say, or people who would go home, and then they do. It fails, or
// is late.
func TestAReleaseThatNobodyUsesIsTakenBackWhenItsRegionIs(t *testing.T) {
	for _, deep := range []bool{true, false} {
		for _, late := range []time.Duration{0, 3 * time.Second} {
			s, lasts := atOnceEverywhere(), 2*time.Minute
			if late > 0 {
				s, lasts = slowEverywhere(late), 5*time.Minute
				s.Traffic.WriteShare = 0.2
			}
			s.Checks[0].Deep = deep
			r := &s.Rollouts[0]
			r.Regions, r.After = []model.RegionID{home, standby}, time.Hour
			lose(s, home, 70*time.Minute, 2*time.Hour)
			w := recounted(t, s, model.HotStandby)
			want := []time.Duration{190*time.Minute + lasts}
			if got := toldAt(w, "the release is rolled back"); !slices.Equal(got, want) {
				t.Errorf("deep: %t, late by %s: rolled back at %v, want %v", deep, late, got, want)
			}
			if w.state.Primary != home || w.serving < 1 {
				t.Errorf("deep: %t, late by %s: %d is the primary, and %.2f succeed", deep, late,
					w.state.Primary, w.serving)
			}
		}
	}
}
