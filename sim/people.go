package sim

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// again is after how long people repeat what nobody seems to have heard: an order is lost when the
// leader is.
const again = time.Minute

// askPeople asks as many people as the policy wants to approve a failover; the answer is always
// yes, and each of them takes their own time. The second draw is the one of who is called when the
// brake has tripped.
func (w *world) askPeople(a *failover.Action) {
	subject, target := a.Subject, a.Target
	scope := failover.Scope{Region: subject, Part: a.Part, Store: a.Store}
	w.note(subject, "people", "people are asked to approve leaving %s",
		scope.Text(failover.NamesOf(w.scenario)))
	for who := range int32(w.policy.Approvals) {
		place := int(who)
		if who > 0 {
			place++
		}
		took := w.src.draw(approving, &w.scenario.People.Approve, w.struck[subject], place)
		at := w.now + w.offDuty(subject) + int64(took)
		w.push(at, evApprove, uint8(subject), uint8(target), who|packed(scope))
	}
}

// packed puts the part of a scope beside the number of a person, and unpacked takes it out.
func packed(scope failover.Scope) int32 { return int32(scope.Part)<<8 | int32(scope.Store)<<16 }

func unpacked(r model.RegionID, c int32) (scope failover.Scope, who int32) {
	return failover.Scope{
		Region: r, Part: failover.Part(c >> 8), Store: model.StoreID(c >> 16),
	}, c & 0xff
}

// approve is a person saying yes, if the question still stands, until the log has heard of it.
func (w *world) approve(subject, target model.RegionID, c int32) {
	scope, who := unpacked(subject, c)
	asked := failover.Question{Scope: scope, Target: target}
	if _, open := w.state.AskedOf(asked); !open {
		return
	}
	if w.leads() && !w.heardYes(asked, uint64(1+who)) {
		w.send(w.raft.leader, failover.Event{
			Kind: failover.Ordered, Verb: failover.Approve, Region: subject, Subject: target,
			Part: scope.Part, Store: scope.Store, Who: uint64(1 + who), // 0 is nobody.
		})
	}
	w.push(w.now+int64(again), evApprove, uint8(subject), uint8(target), c)
}

// heardYes reports whether the log has a person's yes that still holds.
func (w *world) heardYes(q failover.Question, who uint64) bool {
	now := failover.Instant(w.logTime(w.now))
	for _, yes := range w.state.Approved.People {
		holds := yes.Given && now < yes.At.Add(failover.ApprovalLasts)
		if holds && yes.Who == who && w.state.Approved.Question == q {
			return true
		}
	}
	return false
}

// call tells that people are called, and over what.
func (w *world) call(format string, arguments ...any) {
	w.note(model.NoRegion, "people", "people are called: "+format, arguments...)
}

// callPerson has somebody look at what tripped the brake, and lift it: with the time that an
// approval takes, since it is the same people who are called. They ask by hand for capacity that a
// plan goes on without; for another step that keeps failing they can do no more than the plan,
// which tries it again; a store whose lease is over they open no sooner than what keeps its agent
// from renewing has ended. When what they ordered is given up they learn that it was, and of an
// outage that a gate keeps from being answered they learn which.
func (w *world) callPerson(a *failover.Action) {
	switch {
	case a.Step != 0:
		w.callForStep(a)
		if a.Step == failover.Scale {
			w.callForCapacity(a)
		}
		return
	case a.Gate != 0:
		// Nobody has to do anything for it to go on, so that people hear of it, and are not called.
		w.noteUnanswered(a)
		return
	case a.Part == failover.OneStore:
		why := "whose lease is over"
		if w.state.Left.Drained.Has(a.Subject) {
			why = "which stays drained"
		}
		w.call("nobody may write to %s in %s, %s",
			w.scenario.Stores[a.Store].Name, w.scenario.Regions[a.Subject].Name, why)
		return
	case a.GivenUp != failover.NoPlan:
		w.call("the %s that they wanted is given up", a.GivenUp)
		return
	}
	w.call("the brake is on (%s)", w.state.Brake.Cause)
	key := uint64(0)
	if a.Subject.Valid() {
		key = w.struck[a.Subject]
	}
	took := w.src.draw(approving, &w.scenario.People.Approve, key, 1)
	w.push(w.now+w.offDuty(a.Subject)+int64(took), evLift, uint8(a.Subject), 0, 0)
}

// callForStep tells why people have to look at a step. What was not tried as often as it may be is
// held, or nobody is heard of who could do it, or nobody can say whether it was done.
func (w *world) callForStep(a *failover.Action) {
	plan := &w.state.Plan
	step := &plan.Steps[a.Index]
	text := ""
	if a.Epoch == plan.Epoch && step.Tries < w.policy.StepTries {
		text = w.whyUntried(step)
	}
	if text == "" {
		text = fmt.Sprintf("to %s has failed as often as it may", a.Step)
	}
	w.call("%s", text)
}

// whyUntried is why people hear of a step that was not tried too often, or empty.
func (w *world) whyUntried(step *failover.Step) string {
	switch {
	case step.Kind == failover.Shift:
		return "the next stage is held, for twice its time by now"
	case step.Kind.Once():
		return fmt.Sprintf("nobody can say whether to %s was done", step.Kind)
	case step.Kind != failover.Fence:
		return ""
	}
	text := fmt.Sprintf("nobody may ever record the fence of %s in %s",
		w.scenario.Stores[step.Store].Name, w.name(step.Region))
	if step.Status == failover.Spared {
		return text + ", which the forced plan does without"
	}
	return text + ": a force to " + w.name(w.state.Plan.Target) + " ends the wait"
}

// noteUnanswered has the story say why an outage is not answered, if one is being told.
func (w *world) noteUnanswered(a *failover.Action) {
	if w.story == nil {
		return
	}
	plan := &w.state.Plan
	if a.Gate == failover.InFlightGate && plan.Subject == a.Subject { // Which is still lost.
		w.note(model.NoRegion, "advice", "the %s takes long", plan.Kind)
		return
	}
	names := failover.NamesOf(w.scenario)
	scope := failover.Scope{Region: a.Subject, Part: a.Part, Store: a.Store}
	w.note(model.NoRegion, "advice", "%s is seen down, and not left: %s: %s",
		scope.Text(names), a.Gate, w.policy.Why(w.state, *a, names))
}

// liftBrake is a person who looks after a region lifting the brake, until the log has heard of it.
// While nobody can change the routing they leave it on: what came too often would come again, and
// come to nothing. They look whether that is over while they are at work.
func (w *world) liftBrake(of model.RegionID) {
	if w.state.Brake.Cause == failover.BrakeOff {
		return
	}
	wait := int64(again)
	if w.net.unrouted {
		wait = max(wait, w.offDuty(of))
	} else {
		w.order(failover.LiftBrake, model.NoRegion)
	}
	w.push(w.now+wait, evLift, uint8(of), 0, 0)
}

// planReturn has people bring a region back once it has been whole for long enough. The clock
// starts with the region's return, or with the end of the plan that left it. Where only its traffic
// was moved, its data is copied anew meanwhile; a copy that was left is rewound by a plan of its
// own.
func (w *world) planReturn(r model.RegionID) {
	if !r.Valid() || !w.healthy(r) || !w.away(r) {
		return
	}
	wait := w.scenario.People.StableFor
	w.stableAt[r] = w.now + int64(wait)
	if !w.diverged(r) {
		wait = max(wait, w.src.draw(resyncing, &w.scenario.People.Resync, w.struck[r], 0))
	}
	w.comeback[r]++
	w.push(w.now+int64(wait), evReturn, uint8(r), 0, w.comeback[r])
}

// planReturns has people bring back what a fault kept away, or what it kept them from bringing
// back.
func (w *world) planReturns(o *outage) {
	if !o.Region.Valid() {
		for r := range model.RegionID(w.regions) {
			w.planReturn(r)
		}
		return
	}
	w.planReturn(o.Region)
	w.planReturn(o.Peer)
	for r := range model.RegionID(w.regions) {
		if o.Also.Has(r) && r != o.Region {
			w.planReturn(r)
		}
	}
}

// rewound has people bring a region back whose data is a copy of the primary's again.
func (w *world) rewound(r model.RegionID) {
	w.measure(r)
	if w.healthy(r) && w.away(r) {
		w.comeback[r]++
		w.push(max(w.stableAt[r], w.now), evReturn, uint8(r), 0, w.comeback[r])
	}
}

// diverged reports whether a region's copy of some store was left and not rewound since.
func (w *world) diverged(r model.RegionID) bool {
	for store := range int(w.policy.Stores) {
		if w.state.Diverged[store][r].Status.Apart() {
			return true
		}
	}
	return false
}

// away reports whether something that belongs in a region is elsewhere: its traffic, the lead, or
// the writes to a store.
func (w *world) away(r model.RegionID) bool {
	serves := r == w.policy.Home || w.policy.ServesReads && w.policy.Candidates.Has(r)
	if serves && !w.state.Serving.Has(r) {
		return true
	}
	if w.policy.MultiWriter || r != w.policy.Home {
		return false
	}
	for store := range int(w.policy.Stores) {
		if w.state.Writers[store] != r {
			return true
		}
	}
	return w.state.Primary != r
}

// comeBack orders the return of a region, unless it failed again in the meantime, and looks later
// whether it came to that: the order can be refused, or lost.
func (w *world) comeBack(r model.RegionID, generation int32) {
	if generation != w.comeback[r] || !w.healthy(r) || !w.away(r) {
		return
	}
	if wait := max(w.untilStable(r), w.offDuty(r)); wait > 0 {
		w.push(w.now+wait, evReturn, uint8(r), 0, generation)
		return
	}
	w.push(w.now+max(int64(w.scenario.People.StableFor), int64(again)), evReturn, uint8(r), 0,
		generation)
	if w.state.Plan.Kind != failover.NoPlan || !w.workable(r) {
		return
	}
	if w.diverged(r) {
		w.order(failover.OrderReprotection, r)
		return
	}
	w.order(failover.Reconcile, r) // The archive has been brought in, or is done without.
	w.order(failover.GoBack, r)
}

// untilStable is how long it takes until the policy lets something return to a region, as far as
// the log knows: it counts from when a quorum has seen it up, which is later than its return.
func (w *world) untilStable(r model.RegionID) int64 {
	switch at := w.policy.StableAt(&w.state, r); {
	case at == failover.InstantMax:
		return int64(again)
	default:
		return int64(at) - w.logTime(w.now)
	}
}

// order is an operator's word, given to the leader.
func (w *world) order(verb failover.Verb, r model.RegionID) {
	if w.leads() {
		w.send(w.raft.leader, failover.Event{Kind: failover.Ordered, Verb: verb, Region: r})
	}
}
