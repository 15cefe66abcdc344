package failover_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// lostAndVetoed has region 0 lost, and people hear that a veto keeps it from being left; somebody
// pauses the policy, which is an earlier gate.
func lostAndVetoed(t *testing.T) *log {
	p := oneStore()
	p.HoldDown = p.StaleAfter / 3
	l := newLog(t, p)
	l.lags()
	l.apply(ordered(failover.Veto, 0))
	l.report(0, true, 1, 2)
	l.tick(2 * p.HoldDown)
	l.apply(ordered(failover.Pause, 0))
	return l
}

// heardOfGates are the gates that people hear of with the last event.
func heardOfGates(l *log) (heard []failover.Gate) {
	for _, action := range l.did.All() {
		if action.Gate != 0 {
			heard = append(heard, action.Gate)
		}
	}
	return heard
}

// TestPeopleHearOfAnEarlierGateAHoldDownLater has what opens and shuts not be told each time.
func TestPeopleHearOfAnEarlierGateAHoldDownLater(t *testing.T) {
	l := lostAndVetoed(t)
	l.apply(ordered(failover.LiftVeto, 0))
	if heard := heardOfGates(l); len(heard) != 0 {
		t.Fatalf("people hear of %v at once", heard)
	}
	due := l.state.Now.Add(l.policy.HoldDown)
	for l.state.Now < due {
		if heard := heardOfGates(l); len(heard) != 0 {
			t.Fatalf("people hear of %v too soon", heard)
		}
		next, _ := l.policy.Deadline(l.state)
		l.tick(min(next, due).Sub(l.state.Now))
	}
	if heard := heardOfGates(l); !slices.Equal(heard, []failover.Gate{failover.BrakeGate}) {
		t.Errorf("people hear of %v, want the brake", heard)
	}
	objectsToSilence(t, l)
}

// objectsToSilence fails unless Check objects when nobody is said to have heard what people did.
func objectsToSilence(t *testing.T, l *log) {
	t.Helper()
	silent := l.did
	silent.Count = uint8(len(slices.DeleteFunc(silent.All(), func(a failover.Action) bool {
		return a.Gate != 0
	})))
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = l.before.Notices
	objects(t, l, &e, &state, &silent, "nobody hears")
}

// objects fails unless Check does, when the last event is said to have led to something else.
func objects(
	t *testing.T, l *log, e *failover.Event, after *failover.State, did *failover.Actions, why string,
) {
	t.Helper()
	err := l.policy.CheckStep(&l.before, e, after, did)
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("Check says %v, want %q", err, why)
	}
}

// TestSilenceTakesNoAlarmBack has nobody say any more how the region is.
func TestSilenceTakesNoAlarmBack(t *testing.T) {
	l := lostAndVetoed(t)
	l.tick(2 * l.policy.StaleAfter)
	if l.policy.EvidenceOn(&l.state, 0).Failed() || l.state.Notices[0].Epoch == 0 {
		t.Fatalf("got %v, want an alarm over who is not known to be lost", l.state.Notices[0])
	}
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = [failover.MaxNotices]failover.Notice{}
	objects(t, l, &e, &state, &l.did, "taken back")
	l.report(0, false, 1)
	if l.state.Notices[0].Epoch != 0 {
		t.Errorf("got %v, want none: somebody sees the region up", l.state.Notices[0])
	}
}

// TestPeopleHearOfWhoComesAndGoes has the primary be lost for less than two hold-downs, again and
// again, while a veto keeps it.
func TestPeopleHearOfWhoComesAndGoes(t *testing.T) {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.FlapLimit, p.FlapHalfLife = 10*unit, never, 2, 600*unit
	l := newLog(t, p)
	l.lags()
	l.apply(ordered(failover.Veto, 0))
	for range 2 {
		l.report(0, true, 1, 2)
		l.tick(p.HoldDown * 3 / 2)
		l.report(0, false, 1, 2)
	}
	l.report(0, true, 1, 2)
	l.tick(p.HoldDown)
	if heard := heardOfGates(l); !slices.Equal(heard, []failover.Gate{failover.VetoGate}) {
		t.Fatalf("people hear of %v, want the veto", heard)
	}
	state, e := l.state, failover.Event{Kind: failover.Tick, At: l.state.Now}
	state.Notices = l.before.Notices
	objects(t, l, &e, &state, &failover.Actions{}, "nobody hears")
	for range 2 {
		l.report(0, false, 1, 2)
		l.tick(p.HoldDown)
		l.report(0, true, 1, 2)
		l.tick(p.HoldDown)
		if heard := heardOfGates(l); len(heard) != 0 {
			t.Errorf("people hear of %v again", heard)
		}
	}
	l.report(0, false, 1, 2)
	standsUntilSteady(t, l)
}

// TestPeopleHearOfALossWhileItsPlanHangs has nobody do anything of a plan: people hear of the loss
// a third of a step's time after it began, long before a step was tried as often as it may.
func TestPeopleHearOfALossWhileItsPlanHangs(t *testing.T) {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.StepTimeout = unit, never, 30*unit
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(unit)
	due := l.state.Now.Add(p.StepTimeout / 3)
	for l.state.Now < due {
		if heard := heardOfGates(l); len(heard) != 0 {
			t.Fatalf("people hear of %v after %s", heard, time.Duration(l.state.Now))
		}
		next, _ := l.policy.Deadline(l.state)
		l.tick(min(next, due).Sub(l.state.Now))
	}
	if heard := heardOfGates(l); !slices.Equal(heard, []failover.Gate{failover.InFlightGate}) {
		t.Errorf("people hear of %v, want that a plan is in flight", heard)
	}
	objectsToSilence(t, l)
}

// TestAnAlarmThatEndsLeavesTheOthersStanding has people hear that the plan which leaves a region
// hangs, and that the one that leaves its store does; then the store has moved, and the region is
// still lost. One alarm is over, and the other is no news should the plan hang again.
func TestAnAlarmThatEndsLeavesTheOthersStanding(t *testing.T) {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.StepTimeout = unit, never, 30*unit
	p.Checks, p.StoreChecks[0] = 2, 2
	l := newLog(t, p)
	l.lags()
	says := func(o model.RegionID, down uint8) {
		e := report(&l.state, o, 0, true)
		e.Known, e.Down = 3, down
		l.apply(e)
	}
	stepIs := func(what failover.EventKind, kind failover.StepKind) {
		for i, step := range l.state.Plan.Steps[:l.state.Plan.Count] {
			if step.Kind == kind {
				l.apply(failover.Event{
					Kind: what, At: l.state.Now, Region: 1, Epoch: l.state.Plan.Epoch, Step: uint8(i),
				})
			}
		}
	}
	says(1, 3)
	says(2, 3)
	l.tick(unit)
	stepIs(failover.StepClaimed, failover.Scale)
	stepIs(failover.StepDone, failover.Scale)
	l.apply(failover.Event{Kind: failover.Fenced, At: l.state.Now, Epoch: l.state.Plan.Epoch})
	stepIs(failover.StepClaimed, failover.Promote)
	l.tick(p.StepTimeout / 3)
	says(2, 2) // The region is up, and its store is not.
	l.tick(2 * unit)
	region, store := failover.RegionScope(0), failover.Scope{Part: failover.OneStore}
	if got := alarmsOver(l); !slices.Equal(got, []failover.Scope{store, region}) {
		t.Fatalf("alarms stand over %v, want the store and its region", got)
	}
	stepIs(failover.StepDone, failover.Promote)
	if got := alarmsOver(l); !slices.Equal(got, []failover.Scope{region}) {
		t.Errorf("alarms stand over %v, want the region", got)
	}
}

// alarmsOver are the scopes of outages that people have heard of.
func alarmsOver(l *log) (scopes []failover.Scope) {
	for i := range l.state.Notices {
		if scope, _, kept := l.state.Notices[i].Kept(); kept {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// standsUntilSteady has an alarm over a region that is up end at a deadline of its own.
func standsUntilSteady(t *testing.T, l *log) {
	for range 100 {
		next, more := l.policy.Deadline(l.state)
		if !more {
			break
		}
		if l.state.Notices[0].Epoch == 0 {
			return
		}
		l.tick(next.Sub(l.state.Now))
	}
	if l.state.Notices[0].Epoch != 0 {
		t.Errorf("%v stands for ever", l.state.Notices[0])
	}
}

// crowded has as many alarms over outages stand as may, of which nobody knows any more, and two
// regions be lost that people can leave.
func crowded(t *testing.T) *log {
	p := oneStore()
	p.Voters, p.Workload, p.Candidates = 255, 63, 63
	p.Mode, p.ServesReads, p.Checks, p.RoutingChecks = model.Manual, true, 2, 2
	p.HoldDown, p.Lease = 10*unit, 20*unit
	l := newLog(t, p)
	l.lags()
	for i := range model.RegionID(8) {
		index := 128 + 16*uint8(failover.Routing) + uint8(failover.LagGate)
		if i >= 6 {
			index = 128 + uint8(failover.LagGate)
		}
		l.state.Notices[i] = failover.Notice{Epoch: 1, Index: index, Subject: min(i, 11-i), Target: 2}
	}
	l.report(2, false, 3, 4, 5, 6, 7)
	l.report(0, true, 2, 3, 4, 5, 6, 7)
	l.report(1, true, 2, 3, 4, 5, 6, 7)
	return l
}

// TestAQuestionGoesBeforeAlarms has people be asked whatever alarms stand.
func TestAQuestionGoesBeforeAlarms(t *testing.T) {
	l := crowded(t)
	l.tick(2 * l.policy.HoldDown)
	asked := slices.Collect(l.state.Questions())
	if len(asked) != 2 || asked[1].Scope != failover.RegionScope(1) {
		t.Fatalf("people are asked about %v, want both regions", asked)
	}
	last := len(slices.Collect(l.policy.Standing(l.state))) - 2
	if last != 7 {
		t.Errorf("%d alarms stand, want all but one", last)
	}
	silent, state := l.did, l.state
	silent.Count = uint8(len(slices.DeleteFunc(silent.All(), func(a failover.Action) bool {
		return a.Kind == failover.Ask && a.Subject == 1
	})))
	state.Notices = l.before.Notices
	e := failover.Event{Kind: failover.Tick, At: l.state.Now}
	objects(t, l, &e, &state, &silent, "nobody asks")
	l.apply(anew(&l.state, approving(asked[1])))
	if l.state.Plan.Subject != 1 || l.state.Plan.Kind != failover.Evacuation {
		t.Errorf("got %v, want the evacuation of region 1", l.state.Plan.Kind)
	}
}

// approving is a person's yes to a question.
func approving(q failover.Question) failover.Event {
	return failover.Event{
		Kind: failover.Ordered, Verb: failover.Approve, Region: q.Scope.Region, Part: q.Scope.Part,
		Store: q.Scope.Store, Subject: q.Target, Who: 1,
	}
}
