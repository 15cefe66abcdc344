package failover

import (
	"fmt"

	"redoubt/model"
)

// This is the part of the safety rule on stages that speaks of one that is held for long.

// stagesHeard holds that people hear, once for each stage, that the next one is still held when it
// could have been held twice.
func stagesHeard(t *transition) string {
	was, is := &t.before.Split, &t.after.Split
	tells, place := was.Tells, nextStage(&t.after.Plan)
	if was.Share != is.Share || was.From != is.From || was.To != is.To {
		if tells = t.after.Now + 2*Instant(t.p.StageHold); is.Share == 0 {
			tells = 0
		}
	}
	due := is.Share > 0 && tells < InstantMax && t.after.Now >= tells && hindered(t, place)
	if due {
		tells = InstantMax
	}
	want := 0
	if due || wearsOut(t, place) {
		want = 1
	}
	if heard := heardOf(t, place); heard != want {
		return fmt.Sprintf("people hear of a stage %d times, and that it is held is due: %t", heard, due)
	}
	if is.Tells != tells {
		return fmt.Sprintf("people are to hear of a held stage at %d, not %d", is.Tells, tells)
	}
	return ""
}

// waitsUnheard holds that a shift of traffic counts as tried when it could not begin for as long as
// a try may take, since where it would go is lost: people hear of it in the end.
func waitsUnheard(t *transition) string {
	plan, place := &t.after.Plan, nextStage(&t.after.Plan)
	waits := mayWait(t) && vain(t) || intoTheLost(t)
	if place == int(plan.Count) || goesOn(t.p, t.after) || !waits {
		return ""
	}
	since := plan.Steps[place].Since
	for _, step := range plan.Steps[:plan.Count] {
		over := step.Status == Done || step.Status == Spared
		if first := step.Kind == Scale || step.Kind == Promote || step.Kind == Validate; first {
			if !over {
				return ""
			}
			since = max(since, step.Since)
		}
	}
	if t.after.Now.Sub(since) >= t.p.StepTimeout {
		return fmt.Sprintf("the traffic waits since %d, and nobody is to hear of that", since)
	}
	return ""
}

// sentTooSoon says which traffic somebody is asked to shift before all is over that has its target
// ready for it, and which waits for more capacity that does not come, or that nobody has, where
// enough is there. Only an evacuation waits for nothing: what survivors carry is better than
// nothing.
func sentTooSoon(t *transition) string {
	ready, plan := true, &t.after.Plan
	beside := nobodyGrows(t) || growthHangs(plan) && readyAlready(t) >= enoughFor(t, plan)
	for i, step := range plan.Steps[:plan.Count] {
		over := step.Status == Done || step.Status == Spared
		switch asked := step.Status != Waiting && step.Status != Failed && !over; {
		case plan.Kind == Evacuation:
			return ""
		case step.Kind == Scale && beside:
		case step.Kind == Scale || step.Kind == Promote || step.Kind == Validate:
			ready = ready && over
		case step.Kind == Shift && asked && !ready && !askedBefore(t, i):
			return fmt.Sprintf("step %d shifts traffic to where not all is ready", i)
		case step.Kind == Shift && step.Status == Waiting && beside && ready &&
			!(mayWait(t) && vain(t)) && !intoTheLost(t):
			return fmt.Sprintf("step %d waits for more capacity, and enough is there", i)
		}
	}
	return ""
}

// nobodyGrows reports whether none of the regions that a plan which answers a loss has serve can
// carry more than it does.
func nobodyGrows(t *transition) bool {
	if !t.after.Plan.Kind.answersLoss() {
		return false
	}
	some := false
	for r := range model.RegionID(model.MaxRegions) {
		if willServe(t, r) && t.after.Ready[r] < t.p.Ceiling[r] {
			return false
		}
		some = some || willServe(t, r)
	}
	return some
}

// willServe reports whether the plan of after, which answers a loss, has a region serve that no
// majority sees down, nor the way to it.
func willServe(t *transition, r model.RegionID) bool {
	plan := &t.after.Plan
	several := t.p.ServesReads || t.p.MultiWriter && plan.Kind == Reroute
	left := plan.Kind != Reopen && r == plan.Subject
	stays := several && t.after.Serving.Has(r) && !left
	return (stays || r == plan.Target) && !unreached(t, r)
}

// askedBefore reports whether somebody had been asked for a step of a plan that answers a loss, and
// goes on: there was enough then.
func askedBefore(t *transition, i int) bool {
	was := &t.before.Plan
	return was.Kind.answersLoss() && was.Epoch == t.after.Plan.Epoch && was.Steps[i].Status.open()
}

// answersLoss reports, in the plainest way, whether a plan of a kind has users served again who are
// not.
func (k PlanKind) answersLoss() bool {
	switch k {
	case Failover, Reroute, Reopen:
		return true
	case NoPlan, Evacuation, Failback, Return, Switchover, Drill, Reprotect, DryDrill, Retract,
		planKindCount:
	}
	return false
}

// growthHangs reports whether a plan that answers a loss has tried in vain to scale, and goes on
// with it.
func growthHangs(plan *Plan) bool {
	for _, step := range plan.Steps[:plan.Count] {
		hangs := step.Kind == Scale && step.Status.open() && step.Tries > 0
		if hangs && plan.Kind.answersLoss() {
			return true
		}
	}
	return false
}

// enoughFor is what has to be carried for the traffic of a plan to go on without more.
func enoughFor(t *transition, plan *Plan) int {
	if plan.Kind == Reroute && (t.p.ServesReads || t.p.MultiWriter) {
		return 1
	}
	return max(1, int(t.p.CapacityMin))
}

// readyAlready is what the regions carry as they are that the plan of after has serve, and that no
// majority sees down.
func readyAlready(t *transition) (carry int) {
	for r := range model.RegionID(model.MaxRegions) {
		if willServe(t, r) {
			carry += int(t.after.Ready[r])
		}
	}
	return carry
}

// askedThoughHeld holds that nobody is asked for a shift of traffic that may not begin, be it that
// it may have been done: whoever claimed it would be refused.
func askedThoughHeld(t *transition) string {
	plan, place := &t.after.Plan, nextStage(&t.after.Plan)
	if place == int(plan.Count) {
		return ""
	}
	stays := mayWait(t) && vain(t) || intoTheLost(t) ||
		goesOn(t.p, t.after) && !plan.Whole && !lostBehind(t) && !held(t)
	if status := plan.Steps[place].Status; stays && (status == Pending || status == Unknown) {
		return fmt.Sprintf("step %d is asked for, and is held", place)
	}
	return ""
}

// heardOf is how often people hear of a step of the plan of after.
func heardOf(t *transition, place int) (heard int) {
	plan := &t.after.Plan
	for _, action := range t.did.All() {
		stage := action.Step == Shift && int(action.Index) == place && action.Epoch == plan.Epoch
		if action.Kind == Alarm && stage {
			heard++
		}
	}
	return heard
}

// wearsOut reports whether a step of a plan that goes on was tried as often as the policy has it
// with this event, of which people hear too.
func wearsOut(t *transition, place int) bool {
	plan := &t.after.Plan
	if place == int(plan.Count) || plan.Epoch != t.before.Plan.Epoch {
		return false
	}
	was, is := t.before.Plan.Steps[place].Tries, plan.Steps[place].Tries
	return was < t.p.StepTries && is >= t.p.StepTries
}

// nextStage is the first step of a plan that shifts traffic and is not over, or the count of steps.
func nextStage(plan *Plan) int {
	for i, step := range plan.Steps[:plan.Count] {
		if step.Kind == Shift && step.Status != Done && step.Status != Spared {
			return i
		}
	}
	return int(plan.Count)
}

// hindered reports whether planned work has come to a stage that it may not begin.
func hindered(t *transition, place int) bool {
	plan := &t.after.Plan
	if !goesOn(t.p, t.after) || place == int(plan.Count) {
		return false
	}
	for _, step := range plan.Steps[:plan.Count] {
		first := step.Kind == Scale || step.Kind == Promote || step.Kind == Validate
		if first && step.Status != Done && step.Status != Spared {
			return false
		}
	}
	switch plan.Steps[place].Status {
	case Waiting:
		return true
	case Pending, Claimed, Unknown, Done, Failed, Spared:
	}
	return false
}
