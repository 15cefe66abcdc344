package sim

import (
	"math"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// during adds a fault of a region to a scenario's timeline.
func during(s *model.Scenario, kind model.FaultKind, r model.RegionID, from, to time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: kind, Region: r, Peer: model.NoRegion, At: from, Duration: to - from,
	})
}

// toldAt are the times at which a story says something.
func toldAt(w *world, text string) (times []time.Duration) {
	for _, e := range w.story.Entries {
		if strings.Contains(e.Text, text) {
			times = append(times, e.At)
		}
	}
	return times
}

// recounted plays a scenario under a strategy to its end, and tells it.
func recounted(t *testing.T, s *model.Scenario, kind model.StrategyKind) *world {
	t.Helper()
	w := stage(t, s, kind, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	return finished(t, w)
}

// A promotion that the control plane refuses comes to nothing after the 40 s that it takes, and is
// tried again, until a try begins when the control plane is back. Home is lost, so that the
// leader's nearest follower is the standby: a commit takes a round trip of 80 ms and two appends.
func TestADeadControlPlaneKeepsAPromotionFromComingAbout(t *testing.T) {
	const back = time.Hour + 10*time.Minute
	s := estate()
	s.Settings.StepTries = 100
	lose(s, home, time.Hour, 6*time.Hour)
	during(s, model.ControlPlaneLoss, standby, 0, back)
	w := recounted(t, s, model.HotStandby)
	begun, done := toldAt(w, "begins to promote orders"), toldAt(w, "promote orders is done")
	if len(begun) == 0 || len(done) == 0 {
		t.Fatalf("begun at %v, done at %v", begun, done)
	}
	const commit = 80*time.Millisecond + 2*time.Duration(appendTime)
	const trip, spread = 40 * time.Millisecond, time.Duration(commitSpread)
	// Said to have failed and asked for again; claimed, and seen to be granted.
	const between = (trip + commit) + (trip + spread) + (trip + commit) + (trip + spread)
	want := begun[0]
	for want < back {
		want += 40*time.Second + between
	}
	if want += 40 * time.Second; done[0] != want {
		t.Errorf("promoted at %s, want %s", done[0], want)
	}
	if w.trial.Failovers != 1 || w.state.Primary != home {
		t.Errorf("%d failovers, the primary is %d; want 1, and home", w.trial.Failovers, w.state.Primary)
	}
}

// A plan whose promotion is refused as often as it may be tried ends, and has moved nothing.
func TestAPromotionIsRefusedForGood(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 30*time.Minute)
	during(s, model.ControlPlaneLoss, standby, 0, 2*time.Hour)
	w := recounted(t, s, model.HotStandby)
	if w.trial.Failovers != 0 || w.trial.Cancelled == 0 || len(toldAt(w, "are called")) == 0 {
		t.Errorf("%d failovers, %d given up, people called at %v; want none, some, and called",
			w.trial.Failovers, w.trial.Cancelled, toldAt(w, "are called"))
	}
	if w.state.Primary != home || w.serving < 1 {
		t.Errorf("the primary %d serves %.2f at the end, want home and all", w.state.Primary, w.serving)
	}
}

// A warm standby with a quarter of the primary's compute carries half of the traffic at the most.
// Where it gets no more the plan goes on without; where a try succeeds in time, with all.
func TestAStandbyThatCannotGrowServesWhatItHas(t *testing.T) {
	const lost = time.Hour
	for _, c := range []struct {
		name  string
		until time.Duration
		want  float64
	}{{"for good", 12 * time.Hour, 0.5}, {"until the second try", lost + 4*time.Minute, 1}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			lose(s, home, lost, 8*time.Hour)
			during(s, model.CapacityRefused, standby, 0, c.until)
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
			w.load()
			found := 0.0
			for w.step() {
				if time.Duration(w.now-warmup) < lost+time.Hour {
					found = w.served(w.now)
				}
			}
			if math.Abs(found-c.want) > 1e-9 {
				t.Errorf("%.3f of the requests succeed in the end, want %.3f", found, c.want)
			}
			if w.trial.Failovers != 1 {
				t.Errorf("%d failovers, want 1", w.trial.Failovers)
			}
		})
	}
}

// While the routing cannot be changed, the writes go over and the clients do not.
func TestTheDataPlaneOfTheRoutingLivesOn(t *testing.T) {
	const back = 2 * time.Hour
	s := estate()
	lose(s, home, time.Hour, 6*time.Hour)
	during(s, model.RoutingControlLoss, model.NoRegion, 0, back)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		moved := w.routedShare(standby) > 0
		if at < back && moved || at > back+2*time.Minute && at < 3*time.Hour && !moved {
			t.Fatalf("at %s the clients are sent to the standby: %t", at, moved)
		}
		if at > time.Hour+10*time.Minute && at < back && w.state.Writers[0] != standby {
			t.Fatalf("at %s the store is written in region %d", at, w.state.Writers[0])
		}
	}
	w.finale()
	// The third try calls people, and the plan, which has moved, goes on.
	if n := len(toldAt(w, "to shift has failed as often as it may")); n != 1 {
		t.Errorf("people were called %d times, want once", n)
	}
	if w.trial.Failovers != 1 || w.state.Plan.Kind != failover.NoPlan || !w.state.Serving.Has(home) {
		t.Errorf("%d failovers, then a %s, and home serves: %t; want 1, none and true",
			w.trial.Failovers, w.state.Plan.Kind, w.state.Serving.Has(home))
	}
}
