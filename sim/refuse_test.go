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

// A plan that is given up since there is no capacity calls its promotion not back: that of the next
// plan for the same outage is over when the first would have been.
func TestAPromotionGoesOnAfterItsPlan(t *testing.T) {
	const takes, patience = 20 * time.Minute, 5 * time.Minute
	s := estate()
	s.Stores[0].Promotion = model.Fixed(takes)
	for i := range s.Strategies {
		s.Strategies[i].Scale = model.Fixed(patience)
	}
	lose(s, home, time.Hour, 12*time.Hour)
	during(s, model.CapacityRefused, standby, 0, 24*time.Hour)
	w := recounted(t, s, model.WarmStandby)
	begun, done := toldAt(w, "begins to promote orders"), toldAt(w, "promote orders is done")
	given := toldAt(w, "is cancelled")
	if len(begun) < 2 || len(given) == 0 || len(done) == 0 {
		t.Fatalf("promotions begin at %v and are done at %v, and plans are cancelled at %v", begun, done,
			given)
	}
	if got := done[0] - begun[0]; given[0] > done[0] || got < takes || got > takes+time.Minute {
		t.Errorf("a promotion begins at %s, its plan is cancelled at %s, and it is done at %s; want %s "+
			"after its begin", begun[0], given[0], done[0], takes)
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

// What a plan could not get people ask for by hand, once they were called and nothing refuses it
// any more, and have it after the usual time.
func TestPeopleGetTheCapacityThatAPlanCouldNot(t *testing.T) {
	const lost, approve, scale = time.Hour, 10 * time.Minute, 100 * time.Second
	for _, c := range []struct {
		name  string
		until time.Duration
	}{{"refused for long", lost + 2*time.Hour}, {"until they were called", lost + 10*time.Minute}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			lose(s, home, lost, 8*time.Hour)
			during(s, model.CapacityRefused, standby, 0, c.until)
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
			w.story = &Story{}
			w.load()
			grown := time.Duration(0)
			for w.step() {
				if grown == 0 && w.has(standby) >= 1 {
					grown = time.Duration(w.now - warmup)
				}
			}
			called := toldAt(w, "to scale has failed as often as it may")
			got := toldAt(w, "people have got the capacity")
			if len(called) != 1 || len(got) != 1 {
				t.Fatalf("people were called at %v, and had it at %v; want once each", called, got)
			}
			want := max(called[0]+approve, c.until) + scale
			if off := grown - want; off < 0 || off > time.Second || got[0] != grown {
				t.Errorf("it has grown at %s, want %s", grown, want)
			}
		})
	}
}

// What people have asked for is refused once more while it comes: they ask again when that is over.
func TestPeopleAskAgainForWhatIsRefusedWhileItComes(t *testing.T) {
	const first, second, scale = 2 * time.Hour, 3 * time.Hour, 100 * time.Second
	s := estate()
	lose(s, home, time.Hour, 8*time.Hour)
	during(s, model.CapacityRefused, standby, 0, first)
	during(s, model.CapacityRefused, standby, first+scale/2, second)
	w := recounted(t, s, model.WarmStandby)
	got := toldAt(w, "people have got the capacity")
	if want := second + scale; len(got) != 1 || got[0] != want {
		t.Errorf("they have it at %v, want at %s", got, want)
	}
}

// Who gets a part, since a quota that nobody knew of is in the way, asks again when that is over.
func TestPeopleAskAgainForTheRest(t *testing.T) {
	const refused, quota, scale = 2 * time.Hour, 4 * time.Hour, 100 * time.Second
	s := estate()
	lose(s, home, time.Hour, 8*time.Hour)
	during(s, model.CapacityRefused, standby, 0, refused)
	partial(s, model.Quota, standby, 0.4, 0, quota)
	w := recounted(t, s, model.WarmStandby)
	part, all := toldAt(w, "a part of the capacity"), toldAt(w, "people have got the capacity")
	want := []time.Duration{refused + scale, quota + scale}
	if len(part) != 1 || len(all) != 1 || part[0] != want[0] || all[0] != want[1] {
		t.Errorf("they have a part at %v and all at %v, want that at %s", part, all, want)
	}
}

// A quota that nobody knew of shows when a region has grown to it and is still short: the step that
// scales fails, each try after the 100 s that growing takes, and people are called at the third.
// With one that is enough nothing fails.
func TestAStepThatScalesFailsAtAQuota(t *testing.T) {
	for _, c := range []struct {
		name           string
		quota          float64
		failed, called int
	}{{"too small", 0.4, 3, 1}, {"less than is had", 0.1, 3, 1}, {"just enough", 0.5, 0, 0}} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			lose(s, home, time.Hour, 8*time.Hour)
			partial(s, model.Quota, standby, c.quota, 0, 24*time.Hour)
			w := recounted(t, s, model.WarmStandby)
			failed := toldAt(w, "cannot scale")
			called := toldAt(w, "to scale has failed as often as it may")
			if len(failed) != c.failed || len(called) != c.called {
				t.Errorf("failed at %v, people called at %v; want %d and %d times", failed, called,
					c.failed, c.called)
			}
			if begun := toldAt(w, "begins to scale"); len(failed) > 0 &&
				failed[0] != begun[0]+100*time.Second {
				t.Errorf("first failed at %s, want 100 s after %s", failed[0], begun[0])
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

// lacking adds an item that a region lacks to a scenario's timeline.
func lacking(s *model.Scenario, r model.RegionID, item string, from, to time.Duration) {
	during(s, model.MissingItem, r, from, to)
	s.Timeline[len(s.Timeline)-1].Item = item
}

// What is missing in the standby keeps it from taking over where the policy asks for it; where the
// plan tries the region first, the traffic waits for it; else the standby takes over, and serves
// errors until the item is back. The hold-down is so long that nobody moves again before that.
func TestAMissingItemIsFoundByWhatLooksForIt(t *testing.T) {
	const back = 2 * time.Hour
	cases := []struct {
		name             string
		settings         func(set *model.Settings)
		promoted, routed bool
	}{
		{"asked for", func(set *model.Settings) {
			set.Readiness, set.ReadinessStaleAfter = []string{"keys", "secrets"}, 24*time.Hour
		}, false, false},
		{"another one is asked for", func(set *model.Settings) {
			set.Readiness, set.ReadinessStaleAfter = []string{"keys"}, 24*time.Hour
		}, true, true},
		{"tried before traffic comes", func(set *model.Settings) {
			set.Steps, set.Validation = []string{"validate"}, 30*time.Second
		}, true, false},
		{"not looked for", func(*model.Settings) {}, true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Settings.HoldDown = 10 * time.Minute
			lose(s, home, time.Hour, 9*time.Hour)
			lacking(s, standby, "secrets", 30*time.Minute, back)
			c.settings(&s.Settings)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
			w.load()
			promoted, routed := false, false
			for w.step() {
				if at := time.Duration(w.now - warmup); at < back-time.Second {
					promoted = promoted || w.state.Writers[0] == standby
					routed = routed || w.routedShare(standby) > 0
					if at > time.Hour && w.serving > 0 {
						t.Fatalf("at %s %.2f of the requests succeed, want none", at, w.serving)
					}
				}
			}
			w.finale()
			if promoted != c.promoted || routed != c.routed {
				t.Errorf("promoted: %t, sent there: %t before the item is back; want %t and %t", promoted,
					routed, c.promoted, c.routed)
			}
			if w.state.Primary != home || w.serving < 1 || w.trial.Down > 90*time.Minute {
				t.Errorf("the primary is %d and serves %.2f, after %s", w.state.Primary, w.serving,
					w.trial.Down)
			}
		})
	}
}

// A primary that loses what it needs fails every request and every check, and is left.
func TestAPrimaryWithoutItsSecretsIsLeft(t *testing.T) {
	s := estate()
	lacking(s, home, "secrets", time.Hour, 7*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if w.trial.Failovers != 1 || w.trial.FalseFailovers != 0 || w.trial.LostWrites != 0 {
		t.Errorf("%d failovers, %d of them false, and %d writes lost; want 1, none and none",
			w.trial.Failovers, w.trial.FalseFailovers, w.trial.LostWrites)
	}
	if first := w.incidents[0].Phases[model.Detect]; first != 30*time.Second+80*time.Millisecond {
		t.Errorf("detected after %s, want three aligned checks and a round trip", first)
	}
	if w.state.Primary != home {
		t.Error("the write role has not come home")
	}
}

// Regions of a shared site fail together and come back together: nobody is left to take over, and
// the outage is as long as the fault. Two hazards would never be so exact.
func TestASharedSiteFailsAsOne(t *testing.T) {
	const lasts = 3 * time.Hour
	s := estate()
	lose(s, home, time.Hour, lasts)
	s.Timeline[0].Also = model.RegionSet(0).With(standby)
	w := recounted(t, s, model.HotStandby)
	if w.trial.Failovers != 0 || w.trial.Down < lasts || w.trial.Down > lasts+time.Second {
		t.Errorf("%d failovers and down for %s, want none and %s", w.trial.Failovers, w.trial.Down, lasts)
	}
	if n := len(toldAt(w, "stops answering")); n != 2 {
		t.Errorf("%d regions are told to stop, want 2", n)
	}
	s.Timeline[0].Also = 0
	if identity(s, &s.Timeline[0]) == identity(s, &w.outages[0].Fault) {
		t.Error("the loss of one region draws what that of both draws")
	}
}

// A hazard of a shared site has one arrival and one duration for all of its regions.
func TestAHazardOfASharedSiteArrivesOnce(t *testing.T) {
	s := estate()
	s.Hazards = []model.Hazard{{
		Kind: model.RegionLoss, Region: home, Also: model.RegionSet(0).With(standby),
		Peer: model.NoRegion, PerYear: 40,
		Duration: model.Distribution{Family: model.Exponential, A: 3600},
	}}
	outages := drawOutages(nil, s, newSource(seedOf(t), 0), int64(10*model.Year))
	if len(outages) < 200 {
		t.Fatalf("%d outages in ten years, want some 400", len(outages))
	}
	var d damage
	for i := range outages {
		d = damage{}
		if d.add(&outages[i]); d.up(home) || d.up(standby) || !d.up(witness) {
			t.Fatalf("outage %d leaves %b lost", i, d.lost)
		}
	}
}
