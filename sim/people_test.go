package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// In manual mode people are asked about a store, and about the way to a region, as about a region
// as a whole: ten minutes after the question the answer is yes, and what was asked begins.
func TestPeopleAnswerForAPart(t *testing.T) {
	cases := []struct {
		name  string
		kind  model.FaultKind
		check model.CheckScope
		part  failover.Part
		plan  failover.PlanKind
	}{
		{"a store", model.StoreLoss, model.OfStore, failover.OneStore, failover.Failover},
		{"the way to it", model.PathLoss, model.OfRouting, failover.Routing, failover.Reroute},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Checks = append(s.Checks, s.Checks[0])
			s.Checks[1].Name, s.Checks[1].Scope = "part", c.check
			for i := range s.Strategies {
				s.Strategies[i].Mode = model.Manual
			}
			during(s, c.kind, home, time.Hour, 7*time.Hour)
			w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
			w.story = &Story{}
			var asked failover.Question
			var at time.Duration
			w.load()
			for w.step() {
				if q := w.state.Asked; q.Scope.Region.Valid() && at == 0 {
					asked, at = q, time.Duration(w.now-warmup)
				}
			}
			w.finale()
			if asked.Scope.Part != c.part || asked.Scope.Region != home || asked.Target != standby {
				t.Fatalf("people were asked %+v", asked)
			}
			if len(w.decisions) == 0 || w.decisions[0].Action != c.plan.String() {
				t.Fatalf("decisions %+v, want a %s first", w.decisions, c.plan)
			}
			// The yes goes to the leader, which is where they are, and into the log.
			const commit = 80*time.Millisecond + 2*time.Duration(appendTime)
			if first := &w.decisions[0]; first.At != at+10*time.Minute+commit || !first.Judged {
				t.Errorf("begun at %s, judged: %t; asked at %s, want ten minutes later and true", first.At,
					first.Judged, at)
			}
			if len(toldAt(w, "is not left: approval")) != 1 {
				t.Error("nobody said that only the approval was missing")
			}
			if w.incidents[0].Phases[model.Approve] != 10*time.Minute+commit {
				t.Errorf("approved in %s", w.incidents[0].Phases[model.Approve])
			}
			if w.state.Writers[0] != home || !w.state.Serving.Has(home) {
				t.Error("what was moved has not come home")
			}
		})
	}
}

// Where no check goes down to a write, nobody leaves the primary whose agent is lost. People are
// called each time, once: from the end of the lease as the log reckons it, a lease and the margin
// for drift after the last renewal, up to 5 s and some round trips before the loss, they wait for a
// hold-down.
func TestPeopleAreCalledWhereNobodyMayWrite(t *testing.T) {
	s := estate()
	losses := []time.Duration{time.Hour, 4 * time.Hour}
	for _, at := range losses {
		during(s, model.AgentLoss, home, at, at+lasts)
	}
	w := recounted(t, s, model.HotStandby)
	calls := toldAt(w, "are called: nobody may write to "+s.Stores[0].Name)
	if len(calls) != len(losses) || w.trial.Failovers != 0 {
		t.Fatalf("people were called at %v, %d failovers; want %d calls and none", calls,
			w.trial.Failovers, len(losses))
	}
	for i, at := range calls {
		after := at - losses[i] - w.policy.Lease - w.policy.Drift - w.policy.HoldDown
		if after < -6*time.Second || after > time.Second {
			t.Errorf("called %s after the loss, want a lease, the drift and a hold-down, or up to 6 s less",
				at-losses[i])
		}
	}
}

// A region that is lost is for the gates: nobody is called over its store, neither before people
// have answered nor when it is back.
func TestNobodyIsCalledOverAStoreThatIsJudged(t *testing.T) {
	s := estate()
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Manual
	}
	s.People.Approve = model.Fixed(100 * time.Hour)
	during(s, model.RegionLoss, home, time.Hour, time.Hour+lasts)
	w := recounted(t, s, model.HotStandby)
	if calls := toldAt(w, "are called"); len(calls) != 0 || w.trial.Failovers != 0 {
		t.Errorf("people were called at %v, %d failovers; want neither", calls, w.trial.Failovers)
	}
}

// The brake that a failover has tripped stays on while nobody can change the routing: what came too
// often would come again, and come to nothing. People lift it once they can, and when all is home
// again it is off.
func TestNobodyLiftsTheBrakeWhileTheRoutingIsLost(t *testing.T) {
	const back = 9 * time.Hour
	s := estate()
	s.Settings.BrakeAfter, s.Settings.BrakeWindow = 1, 24*time.Hour
	s.People.Approve = model.Fixed(time.Hour)
	during(s, model.ServiceLoss, home, time.Hour, 2*time.Hour)
	during(s, model.RoutingControlLoss, model.NoRegion, 90*time.Minute, back)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
	w.story = &Story{}
	w.load()
	for w.now < warmup+int64(back) && w.step() {
	}
	if calls := toldAt(w, "are called: the brake is on (flapping)"); len(calls) != 1 {
		t.Fatalf("people were called over the brake at %v, want once", calls)
	}
	if w.state.Brake.Cause == failover.BrakeOff {
		t.Error("the brake was lifted while nobody could change the routing")
	}
	for w.step() {
	}
	w.finale()
	if w.state.Brake.Cause != failover.BrakeOff || w.state.Primary != home || w.serving < 1 {
		t.Errorf("in the end the brake is %s, and the primary %d serves %.2f", w.state.Brake.Cause,
			w.state.Primary, w.serving)
	}
}

// A region whose application and whose routing are lost is left, and its users cannot follow. The
// failover goes on to ask for that, and people are called over it once: it gives way to no reroute,
// which could only ask for the same.
func TestAFailoverWaitsForItsRouting(t *testing.T) {
	const back = 9 * time.Hour
	s := estate()
	during(s, model.ServiceLoss, home, time.Hour, 12*time.Hour)
	during(s, model.RoutingControlLoss, model.NoRegion, time.Hour, back)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour)
	w.story = &Story{}
	finished(t, w)
	calls, reroutes := toldAt(w, "to shift has failed"), toldAt(w, "reroute of home")
	if len(calls) != 1 || len(reroutes) != 0 || w.trial.Failovers != 1 {
		t.Errorf("called over the shift at %v, reroutes at %v, %d failovers; want one call, no reroute "+
			"and one failover", calls, reroutes, w.trial.Failovers)
	}
}

// A fault elsewhere that ends while people wait for a region to be stable has them wait no longer.
func TestAFaultElsewhereDelaysNoReturn(t *testing.T) {
	returns := func(s *model.Scenario) []time.Duration {
		s.People.StableFor = 2 * time.Hour
		during(s, model.ServiceLoss, home, time.Hour, 3*time.Hour)
		return toldAt(recounted(t, s, model.HotStandby), "failback of standby to home begins")
	}
	want := returns(estate())
	other := estate()
	during(other, model.ControlPlaneLoss, witness, time.Hour, 4*time.Hour+30*time.Minute)
	if got := returns(other); len(want) != 1 || !slices.Equal(got, want) {
		t.Errorf("failbacks at %v, want one, at %v", got, want)
	}
}

// Nobody begins to bring a region back while the routing cannot be changed: its users would stay
// where they are.
func TestNobodyIsBroughtBackWhileTheRoutingIsLost(t *testing.T) {
	const back = 10 * time.Hour
	s := estate()
	lose(s, home, time.Hour, 2*time.Hour)
	during(s, model.RoutingControlLoss, model.NoRegion, 2*time.Hour, back)
	w := recounted(t, s, model.HotStandby)
	begun := toldAt(w, "failback of standby to home begins")
	if len(begun) != 1 || begun[0] < back || w.state.Primary != home || !w.state.Serving.Has(home) {
		t.Errorf("failbacks at %v, want one after %s that brings everybody home", begun, back)
	}
}

// Of a return that people ordered they hear that it is given up, as the region is lost again.
func TestPeopleHearThatAReturnIsGivenUp(t *testing.T) {
	s := estate()
	during(s, model.ServiceLoss, home, time.Hour, 2*time.Hour)
	begun := toldAt(recounted(t, s, model.HotStandby), "failback of standby to home begins")
	if len(begun) != 1 {
		t.Fatalf("failbacks at %v, want one", begun)
	}
	lose(s, home, begun[0]+time.Second, 5*time.Hour)
	w := recounted(t, s, model.HotStandby)
	if at := toldAt(w, "are called: the failback that they wanted is given up"); len(at) != 1 {
		t.Errorf("they hear of it at %v, want once", at)
	}
}

// A region whose data is copied anew once it is back is lost again meanwhile. Its traffic comes
// back an hour after the second time, when that copy is whole, and not after the first.
func TestARegionThatWasLostTwiceIsCopiedAnewTwice(t *testing.T) {
	const again = time.Hour + 31*time.Minute
	s := estate()
	lose(s, home, time.Hour, 20*time.Minute)
	lose(s, home, again-time.Minute, time.Minute)
	s.Populations = []model.Population{
		{Name: "here", Share: 0.5, Nearest: home}, {Name: "there", Share: 0.5, Nearest: standby},
	}
	w := recounted(t, s, model.ActiveActive)
	copied := again + time.Duration(s.People.Resync.Mean()*1e9)
	begun := toldAt(w, "return to home begins")
	if len(begun) != 1 || begun[0] < copied || begun[0] > copied+time.Minute {
		t.Errorf("its traffic comes back at %s, want at %s", begun, copied)
	}
}

// A fault of many regions keeps each of them away, and each is brought back as it ends, whichever
// it is named after.
func TestAllThatAFaultKeptAwayIsBroughtBack(t *testing.T) {
	s := estate()
	for last := 3; last < 5; last++ { // A majority is left when two are lost.
		name := []string{"fourth", "fifth"}[last-3]
		s.Regions = append(s.Regions, model.Region{Name: name, FailureDomain: name, Witness: true})
		for r := range last {
			s.Latency[r][last], s.Latency[last][r] = roundTrip, roundTrip
		}
	}
	s.Populations = []model.Population{
		{Name: "near", Share: 0.7, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
	}
	lose(s, witness, time.Hour, time.Hour)
	s.Timeline[0].Also = model.RegionSet(0).With(standby)
	w := recounted(t, s, model.ReadLocal)
	left, back := toldAt(w, "evacuation of standby"), toldAt(w, "return to standby begins")
	if len(left) == 0 || len(back) != 1 || !w.state.Serving.Has(standby) {
		t.Errorf("standby is left at %v, and brought back at %v", left, back)
	}
}

// A copy that is rewound at once is brought back no sooner than its region has been whole for as
// long as people want, though the log, which saw no region fail, would not mind.
func TestWhatIsRewoundSoonWaitsToBeStable(t *testing.T) {
	s := estate()
	s.Checks = append(s.Checks, s.Checks[0])
	s.Checks[1].Name, s.Checks[1].Scope = "orders", model.OfStore
	s.People.Resync = model.Fixed(time.Minute)
	const back = 2 * time.Hour
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.StoreLoss, Region: home, Peer: model.NoRegion, At: time.Hour, Duration: time.Hour,
	})
	begun := toldAt(recounted(t, s, model.HotStandby), "failback of standby to home begins")
	least := back + s.People.StableFor
	if len(begun) != 1 || begun[0] < least || begun[0] > least+time.Minute {
		t.Errorf("failbacks at %v, want one within a minute of %s", begun, least)
	}
}

// The second of those who are asked takes their own time, and not that of whoever lifts the brake,
// which is the second draw.
func TestWhoApprovesIsNotWhoLiftsTheBrake(t *testing.T) {
	s := estate()
	s.People.Approve = model.Distribution{Family: model.Exponential, A: 600}
	s.Settings.Approvals = 2
	w := stage(t, s, model.PilotLight, seedOf(t), witness, time.Hour)
	w.askPeople(&failover.Action{Kind: failover.Ask, Subject: home, Target: standby})
	var want, got []int64
	for _, place := range []int{0, 2} {
		took := w.src.draw(approving, &s.People.Approve, w.struck[home], place)
		want = append(want, w.now+int64(took))
	}
	for w.queue.due(never - 1) {
		if it := w.queue.pop(); it.kind == evApprove {
			got = append(got, it.at)
		}
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("they answer at %v, want %v", got, want)
	}
}
