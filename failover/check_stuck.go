package failover

import (
	"fmt"

	"redoubt/model"
)

// These are parts of the safety rules that speak of a plan which cannot go on.

// wornOut reports, in the plainest way, whether the plan of before has a step that was tried as
// often as the policy allows, this time included, or whose agent is not heard of. A promotion that
// was fenced since has to be done again.
func wornOut(t *transition) bool {
	for _, step := range t.before.Plan.Steps[:t.before.Plan.Count] {
		again := step.Kind == Promote && t.refenced()
		if (step.Status == Done || step.Status == Spared) && !again {
			continue
		}
		silent := step.Region.Valid() && t.after.Silent.Has(step.Region)
		if silent || step.Tries+1 >= t.p.StepTries {
			return true
		}
	}
	return false
}

// fencesHeard holds that people hear of each step, once, when it was tried as often as the policy
// allows, unless what they heard of it still stands from before its plan began anew, and that a
// fence which no lease stands in for is asked for again within the time of a step, and not heard of
// again when it is given up.
func fencesHeard(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	if wrong := forlornHeard(t); wrong != "" || was.Epoch != is.Epoch {
		return wrong
	}
	for i, now := range is.Steps[:is.Count] {
		if looked(now.Kind) && was.Steps[i].Tries < t.p.StepTries && now.Tries >= t.p.StepTries {
			want := 1
			if heardEarlier(t, &now) || heardSince(t, i) {
				want = 0
			}
			if heard := alarmsOver(t, i); heard != want {
				return fmt.Sprintf("people hear of the %s of store %d %d times", now.Kind, now.Store,
					heard)
			}
		}
		if now.Kind != Fence || t.p.Guarded>>now.Store&1 == 1 {
			continue
		}
		given := now.Status == Spared && was.Steps[i].Status != Spared && alarmsOver(t, i) != 0
		if given && (heardEarlier(t, &now) || heardSince(t, i)) {
			return fmt.Sprintf("people hear again of the fence of store %d, which is given up", now.Store)
		}
		open := now.Status == Pending || now.Status == Unknown
		if open && t.after.Now.Sub(now.Since) >= t.p.StepTimeout {
			return fmt.Sprintf("the fence of store %d is waited for, and nobody is asked", now.Store)
		}
	}
	return ""
}

// forlornHeard holds that people hear at once of a fence for which only their force can stand in,
// as the agent is not heard of that would record it: once, when that becomes so.
func forlornHeard(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	for i, now := range is.Steps[:is.Count] {
		if !forlorn(t, t.after, &now) || heardEarlier(t, &now) || heardSince(t, i) {
			continue
		}
		same := was.Epoch == is.Epoch && forlorn(t, t.before, &was.Steps[i])
		if !same && alarmsOver(t, i) != 1 {
			return fmt.Sprintf("the fence of store %d waits for region %d, and nobody hears", now.Store,
				now.Region)
		}
	}
	return ""
}

// forlorn reports whether a step of a state's plan is a fence that somebody is asked for who is not
// heard of, and that neither a lease ends nor a person's force goes without.
func forlorn(t *transition, s *State, step *Step) bool {
	open := step.Status == Pending || step.Status == Claimed || step.Status == Unknown
	forced := wasForced(s) && s.Force.Stores>>step.Store&1 == 1
	return step.Kind == Fence && open && s.Plan.Kind != Reprotect && !forced &&
		step.Region.Valid() && s.Silent.Has(step.Region) && t.p.Guarded>>step.Store&1 == 0
}

// heardSince reports whether an alarm over a step of the plan of after was remembered. What was
// heard of a stage may be that it was held.
func heardSince(t *transition, i int) bool {
	plan := &t.after.Plan
	for _, notice := range t.before.Notices {
		same := notice.Epoch == plan.Epoch && int(notice.Index) == i && notice.Step != Shift
		if same && notice.Step == plan.Steps[i].Kind {
			return true
		}
	}
	return false
}

// heardEarlier reports whether an alarm stands over a step of the running plan from an epoch in
// which it ran before. There are many stages.
func heardEarlier(t *transition, step *Step) bool {
	plan := &t.after.Plan
	for _, notice := range t.before.Notices {
		over := notice.Step == step.Kind && notice.Store == step.Store && notice.Target == plan.Target
		stands := notice.Epoch != 0 && t.after.Now < notice.At+Instant(ApprovalLasts)
		ran := notice.Epoch < plan.Epoch && notice.At > plan.Began
		if over && stands && ran && plan.Kind.role() && step.Kind != Shift {
			return true
		}
	}
	return false
}

// looked reports whether people have to look at a step of a kind that is tried too often: at all
// but those that only make others easier.
func looked(kind StepKind) bool {
	switch kind {
	case Divert, Freeze, Drain, Notify, Rehearse:
		return false
	case Fence, Scale, Promote, Repoint, Shift, CatchUp, Validate, Verify, Archive, Rewind, Undrain,
		stepKindCount:
	}
	return true
}

// alarmsOver is how often people hear of a step of the running plan.
func alarmsOver(t *transition, i int) (heard int) {
	for _, action := range t.did.All() {
		over := action.Kind == Alarm && action.Step != 0 && int(action.Index) == i
		if over && action.Epoch == t.after.Plan.Epoch {
			heard++
		}
	}
	return heard
}

// abandoned reports whether a person forces a failover away from where a plan got to that cannot
// go on.
func abandoned(t *transition) bool {
	was, is := &t.before.Plan, &t.after.Plan
	return t.e.Kind == Ordered && t.e.Verb == OrderForce && wasForced(t.after) &&
		is.Epoch != was.Epoch && is.Subject == was.Target && wornOut(t)
}

// splits holds the end of a plan that moves the write role: with one part of that at its target
// and another one not, nobody has it be where it got to.
func splits(t *transition) string {
	was, here, left := &t.before.Plan, 0, 0
	if was.Epoch == t.after.Plan.Epoch || was.Kind != Failover && !was.Kind.swaps() {
		return ""
	}
	for i, writer := range t.after.Writers {
		if was.Stores>>i&1 == 1 && writer == was.Target {
			here++
		} else if was.Stores>>i&1 == 1 {
			left++
		}
	}
	if here == 0 || left == 0 {
		return ""
	}
	return fmt.Sprintf("the %s of epoch %d, with %d stores moved and %d not", was.Kind, was.Epoch,
		here, left)
}

// goesOnInVain holds a plan that has moved nothing against what is seen of where it is to move to
// and, of planned work, from.
func goesOnInVain(t *transition) string {
	s, plan := t.after, &t.after.Plan
	planned := plan.Kind.swaps()
	if forgotten(s) && intoTheLost(t) && takersGone(t, plan) {
		return fmt.Sprintf("the evacuation of region %d goes on, and who takes its traffic is lost",
			plan.Subject)
	}
	moves := planned || plan.Kind == Failover || plan.Kind == Reroute
	if !moves || !forgotten(s) || planned && midStages(plan) {
		return ""
	}
	if bad := taintedEnd(t, plan); bad != 0 && plan.Epoch == t.before.Plan.Epoch {
		return fmt.Sprintf("the %s to region %d goes on, which has %s", plan.Kind, plan.Target, bad)
	}
	part := storeGone(t, plan) && up(t.p, s, RegionScope(plan.Subject))
	left := planned && (seenDown(t.p, s, plan.Subject) || part)
	if left || endLost(t, plan, plan.Target) || wayLost(t, plan) && !wasForced(s) {
		return fmt.Sprintf("the %s from region %d to region %d goes on, and one of them is lost",
			plan.Kind, plan.Subject, plan.Target)
	}
	return ""
}

// taintedEnd is what people have declared of the target of a plan that nobody forced, and of which
// nothing was claimed for it, for which nothing moves there.
func taintedEnd(t *transition, plan *Plan) Cause {
	for i := range t.p.Stores {
		if plan.Stores>>i&1 == 1 && t.after.Leases[i].Epoch == plan.Epoch {
			return 0
		}
	}
	if t.after.Force.Epoch == plan.Epoch || !plan.Target.Valid() {
		return 0
	}
	return t.after.Marks[plan.Target].Causes & (Corruption | SecurityIncident)
}

// takersGone reports whether a plan is an evacuation, and a majority has seen down for the whole
// hold-down all who would serve after it, or the ways to them.
func takersGone(t *transition, plan *Plan) bool {
	if plan.Kind != Evacuation {
		return false
	}
	for r := range model.RegionID(model.MaxRegions) {
		way := Scope{Region: r, Part: Routing}
		lost := seenDown(t.p, t.after, r) || down(t.p, t.after, way, t.p.HoldDown)
		if r != plan.Subject && t.after.Serving.Has(r) && !lost {
			return false
		}
	}
	return true
}

// storeGone reports whether a store was lost where a plan is to move it from, and not because the
// plan closes it: nobody was asked to yet.
func storeGone(t *transition, plan *Plan) bool {
	for _, step := range plan.Steps[:plan.Count] {
		if (step.Kind == Drain || step.Kind == Fence) && step.Status != Waiting {
			return false
		}
	}
	return endLost(t, plan, plan.Subject)
}

// endLost reports whether a majority has seen down for the whole hold-down, at one end of a plan,
// the region, or a store that the plan is to move and nobody has claimed for it.
func endLost(t *transition, plan *Plan, r model.RegionID) bool {
	lost := seenDown(t.p, t.after, r)
	for i := range t.p.Stores {
		part := Scope{Region: r, Part: OneStore, Store: model.StoreID(i)}
		left := plan.Stores>>i&1 == 1 && t.after.Leases[i].Epoch != plan.Epoch
		lost = lost || left && down(t.p, t.after, part, t.p.HoldDown)
	}
	return lost
}

// wayLost reports whether it has seen down the way to where the traffic of a plan is to go.
func wayLost(t *transition, plan *Plan) bool {
	way := Scope{Region: plan.Target, Part: Routing}
	return shifts(plan) > 0 && down(t.p, t.after, way, t.p.HoldDown)
}

// leftForTraffic holds a plan that has moved the write role, and that one takes the place of which
// moves traffic only: it is over with this event, or its target is lost, or it cannot go on and is
// to be taken up again.
func leftForTraffic(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	traffic := is.Kind == Evacuation || is.Kind == Reroute
	role := was.Kind == Failover || was.Kind.swaps() || was.Kind == Reopen
	if !role || !traffic || is.Epoch == was.Epoch || was.Kind != Reopen && forgotten(t.before) {
		return ""
	}
	open := 0
	for i, step := range was.Steps[:was.Count] {
		if step.Status != Done && step.Status != Spared && !t.saysDone(i) && !dispensable(t, &step) {
			open++
		}
	}
	switch {
	case open == 0, was.Kind == Reopen && seenDown(t.p, t.after, was.Target):
		return ""
	case !is.Ordered && !t.refenced() && shiftsAlready(t): // A new epoch has asked nobody yet.
		return fmt.Sprintf("the %s of epoch %d, which was shifting the traffic of region %d", was.Kind,
			was.Epoch, is.Subject)
	case !wornOut(t) && !inStages(t):
		return fmt.Sprintf("the %s of epoch %d, for the traffic of region %d", was.Kind, was.Epoch,
			is.Subject)
	case !t.after.Left.Unsettled && was.Kind != Reopen:
		return fmt.Sprintf("the %s of epoch %d, and nobody takes it up again", was.Kind, was.Epoch)
	}
	return ""
}

// shiftsAlready reports whether the plan of before had asked somebody to shift the traffic of the
// region that the plan of after leaves, or was to shift it to where that one does, and where to was
// not lost for the whole hold-down.
func shiftsAlready(t *transition) bool {
	was, left := &t.before.Plan, t.after.Plan.Subject
	leaves := left != was.Target
	if t.p.ServesReads {
		leaves = was.Kind == Failover && left == was.Subject
	}
	for i, step := range was.Steps[:was.Count] {
		asked := step.Status == Pending || step.Status == Claimed || step.Status == Unknown
		same := step.Status == Waiting && t.after.Plan.Target == was.Target
		if leaves && (asked || same) && step.Kind == Shift && !t.saysDone(i) {
			way := Scope{Region: was.Target, Part: Routing}
			return !seenDown(t.p, t.after, was.Target) && !down(t.p, t.after, way, t.p.HoldDown)
		}
	}
	return false
}

// inStages reports whether the plan of before has its traffic on its way, stage by stage, so that
// it gives way to whatever matters more: it had begun to, or the event ended what the first of
// several stages waited for, which began and gave way at once.
func inStages(t *transition) bool {
	plan, ends := &t.before.Plan, false
	if midStages(plan) {
		return true
	}
	for i, step := range plan.Steps[:plan.Count] {
		over := step.Status == Done || step.Status == Spared
		switch step.Kind {
		case Promote, Validate, Scale:
			said := t.saysDone(i) || step.Kind == Validate && t.orders(SkipValidation)
			if !over && !said {
				return false
			}
			ends = ends || said
		case Fence, Repoint, Shift, Freeze, Drain, CatchUp, Verify, Notify, Archive, Rewind, Rehearse,
			Divert, Undrain, stepKindCount:
		}
	}
	return ends && shifts(plan) > 1
}
