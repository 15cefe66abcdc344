package failover

import (
	"fmt"

	"redoubt/model"
)

// This is the safety rule on what people hear of a plan that they have ordered, and that is given
// up.

// givenUpHeard holds that people hear, once, of a plan of theirs that ends before it is done, and
// of nothing else, unless they have ended it themselves.
func givenUpHeard(t *transition) string {
	was, heard := &t.before.Plan, 0
	for _, action := range t.did.All() {
		if action.Kind != Alarm || action.GivenUp == NoPlan {
			continue
		}
		heard++
		anew := t.refenced() && action.Epoch == t.before.Epoch+1 // It went on, and then gave way.
		same := action.GivenUp == was.Kind && (action.Epoch == was.Epoch || anew) &&
			action.Subject == was.Subject && action.Target == was.Target
		// What is ordered, and finds something more pressing, ends before anybody sees it run.
		atOnce := t.e.Kind == Ordered && action.Epoch == t.before.Epoch+1
		over := action.Epoch != t.after.Plan.Epoch
		if !over || !atOnce && !(same && asked(t.p, t.before) && !allDone(t)) {
			return fmt.Sprintf("people hear that the %s of epoch %d was given up", action.GivenUp,
				action.Epoch)
		}
	}
	goesOn := t.refenced() && !t.begun() && t.after.Plan.Kind == was.Kind
	due := t.ended() && !goesOn && asked(t.p, t.before) && undone(t) && !endedByPeople(t.e)
	if heard > 1 || due && heard == 0 {
		return fmt.Sprintf("people hear %d times of the %s of epoch %d, which was given up", heard,
			was.Kind, was.Epoch)
	}
	return ""
}

// asked reports whether people have ordered a state's plan, or approved it.
func asked(p *Policy, s *State) bool {
	switch s.Plan.Kind {
	case Switchover, Failback, Drill, Return, DryDrill:
		return true
	case Failover, Evacuation, Reroute:
		if p.Mode == model.Manual { // Else it could not have begun.
			return true
		}
	case NoPlan, Reopen, Reprotect, Retract, planKindCount:
	}
	return s.Plan.Ordered || wasForced(s)
}

// allDone reports whether every step of the plan of before is done, with the event at the latest.
func allDone(t *transition) bool {
	for i, step := range t.before.Plan.Steps[:t.before.Plan.Count] {
		if step.Status != Done && step.Status != Spared && !t.saysDone(i) {
			return false
		}
	}
	return true
}

// undone reports whether the plan of before had a step to do that nothing stands in for.
func undone(t *transition) bool {
	for i, step := range t.before.Plan.Steps[:t.before.Plan.Count] {
		// A lease that ends stands in for a fence, and a later stage for an earlier one.
		other := step.Kind == Fence || step.Kind == Shift && laterShift(&t.before.Plan, i) ||
			step.Kind == Validate && t.orders(SkipValidation)
		over := step.Status == Done || step.Status == Spared || t.saysDone(i)
		if !over && !other && !dispensable(t, &step) {
			return true
		}
	}
	return false
}

// laterShift reports whether a step that shifts traffic comes after a place in a plan.
func laterShift(plan *Plan, i int) bool {
	for _, step := range plan.Steps[i+1 : plan.Count] {
		if step.Kind == Shift {
			return true
		}
	}
	return false
}

// endedByPeople reports whether an event can end a plan by a person's word.
func endedByPeople(e *Event) bool {
	if e.Kind != Ordered {
		return false
	}
	switch e.Verb {
	case Abort, GoBack, OrderSwitchover, OrderForce, OrderReprotection, OrderDryDrill, OrderDrill,
		ApproveDrill, OrderEvacuation:
		return true
	case Approve, Pause, Resume, PullBrake, LiftBrake, Declare, Withdraw, Veto, LiftVeto, Reconcile,
		SkipValidation, verbCount:
	}
	return false
}
