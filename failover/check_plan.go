package failover

import (
	"fmt"
	"slices"

	"redoubt/model"
)

// These are the safety rules on what begins and what ends a plan.

// begun reports whether a plan began in this step that is not an old one in a new epoch.
func (t *transition) begun() bool {
	if t.after.Epoch == t.before.Epoch || t.after.Plan.Kind == NoPlan {
		return false
	}
	was, is := &t.before.Plan, &t.after.Plan
	same := was.Kind == is.Kind && was.Subject == is.Subject && was.Target == is.Target &&
		was.Part == is.Part && (was.Stores == is.Stores || is.Kind == Reopen)
	return !same || is.Leads && t.after.Primary != is.Target || !t.refenced()
}

// younger says that a plan which goes on counts as begun at another time than it was, be it in a
// new epoch since its store was fenced. One that had moved nothing was given up, and begins indeed.
func younger(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	goesOn := is.Epoch == was.Epoch || is.Kind == Reopen || hasMoved(t.before, was)
	if is.Kind == NoPlan || !goesOn || is.Began == was.Began {
		return ""
	}
	return fmt.Sprintf("the %s of epoch %d counts as begun at %d, and was at %d", is.Kind, is.Epoch,
		is.Began, was.Began)
}

// refenced reports whether a store that the plan had claimed was fenced in the plan's own epoch.
func (t *transition) refenced() bool {
	for i := range t.p.Stores {
		lease := t.after.Leases[i]
		if lease.Epoch == t.before.Plan.Epoch && lease.Fenced >= lease.Epoch {
			return true
		}
	}
	return false
}

func planBegins(t *transition) string {
	if !t.begun() {
		return younger(t)
	}
	plan := &t.after.Plan
	if dead := deadEnd(t); dead != "" {
		return dead
	}
	if plan.Kind.swaps() && !known(t.p, t.after, plan.Target) {
		return fmt.Sprintf("%s to region %d, which nobody knows to be up", plan.Kind, plan.Target)
	}
	switch plan.Kind {
	case NoPlan:
	case Reopen:
		owns := plan.Target == t.after.Primary
		for i := range t.p.Stores {
			owns = owns || t.after.Writers[i] == plan.Target
		}
		if !owns || keptOut(t.p, t.after, RegionScope(plan.Target)) {
			return "what is reopened does not belong in its region, or that is to be left"
		}
		if wrong := reopensOpen(t); wrong != "" {
			return wrong
		}
	case Drill:
		was := t.before.Drill
		if t.e.Kind != Ordered || t.e.Verb != ApproveDrill || t.e.Region != plan.Target ||
			!was.Asked || was.Target != plan.Target || was.Who == t.e.Who || was.Who == 0 ||
			t.e.Who == 0 {
			return "a drill without a second person's approval"
		}
	case DryDrill:
		if t.e.Kind != Ordered || t.e.Verb != OrderDryDrill || t.e.Region != plan.Target {
			return "dry drill without an order"
		}
	case Reprotect:
		ordered := t.e.Kind == Ordered && known(t.p, t.after, plan.Target)
		if !ordered && !up(t.p, t.after, RegionScope(plan.Target)) {
			return fmt.Sprintf("region %d is made a replica and may be down", plan.Target)
		}
		if wrong := repairsWhole(t); wrong != "" {
			return wrong
		}
	case planKindCount:
	case Retract:
		if wrong := undoesNothing(t); wrong != "" {
			return wrong
		}
	case Switchover:
		if t.e.Kind != Ordered || t.e.Verb != OrderSwitchover || t.e.Region != plan.Target {
			return "switchover without an order"
		}
	case Failback, Return:
		if wrong := backTooSoon(t); wrong != "" {
			return wrong
		}
		if t.e.Kind != Ordered || t.e.Verb != GoBack || t.e.Region != plan.Target {
			return plan.Kind.String() + " without an order"
		}
	case Failover, Evacuation, Reroute:
		if wrong := leaves(t); wrong != "" {
			return wrong
		}
	}
	if (plan.Kind == Failover || plan.Kind == Reroute) && !t.p.Candidates.Has(plan.Target) {
		return fmt.Sprintf("region %d is no candidate", plan.Target)
	}
	return atRisk(t)
}

// backTooSoon holds a plan that goes back to how long its target is known to be up.
func backTooSoon(t *transition) string {
	plan := &t.after.Plan
	back := &t.after.Flaps[plan.Target]
	long := t.after.Now.Sub(max(back.At, back.Up))
	if t.p.StableFor > 0 && (back.Down || back.At > 0 && (back.Up == 0 || long < t.p.StableFor)) {
		return fmt.Sprintf("%s to region %d, which has not been back for long", plan.Kind, plan.Target)
	}
	return ""
}

// leaves holds a plan that leaves a scope because it is down against the evidence.
func leaves(t *transition) string {
	plan := &t.after.Plan
	scope, held := plan.Scope(), t.p.HoldDown
	writes := plan.Subject == t.after.Primary
	for i := range t.p.Stores {
		writes = writes || t.after.Writers[i] == plan.Subject
	}
	if (plan.Kind == Failover) != (writes && plan.Part != Routing) {
		return fmt.Sprintf("%s of region %d", plan.Kind, plan.Subject)
	}
	for i := range t.p.Stores {
		if plan.Stores>>i&1 == 1 && t.after.Writers[i] != plan.Subject {
			return fmt.Sprintf("%s of store %d, which region %d does not write", plan.Kind, i, plan.Subject)
		}
	}
	if wrong := leadsAside(t); wrong != "" {
		return wrong
	}
	if plan.Ordered {
		return sentAway(t)
	}
	if divertsToNobody(t) {
		return fmt.Sprintf("the readers of region %d go to where nobody carries any", plan.Subject)
	}
	if wasForced(t.after) {
		return ""
	}
	if !down(t.p, t.after, scope, held) {
		return fmt.Sprintf("region %d is left without a quorum that held", plan.Subject)
	}
	if plan.Part != Whole && !standsElse(t.p, t.after, scope) {
		return fmt.Sprintf("a part of region %d is left, which may be down itself", plan.Subject)
	}
	if serves(t.p, t.after, scope) && !down(t.p, t.after, scope, 2*held) {
		return fmt.Sprintf("region %d is left while it serves", plan.Subject)
	}
	return ""
}

// leadsAside holds where the traffic of several regions goes against what is seen of the others
// that serve: to them if one is reached, and else to a candidate that does not serve, if one is.
func leadsAside(t *transition) string {
	plan, reached, aside := &t.after.Plan, false, false
	if plan.Kind == Failover || !t.p.ServesReads && !t.p.MultiWriter {
		return ""
	}
	for r := range model.RegionID(model.MaxRegions) {
		other := r != plan.Subject && !unreached(t, r)
		reached = reached || other && t.after.Serving.Has(r)
		aside = aside || other && !t.after.Serving.Has(r) && t.p.Candidates.Has(r)
	}
	if leads := plan.Kind == Reroute; leads != (!reached && aside) {
		return fmt.Sprintf("%s of region %d, and others that serve are reached: %t", plan.Kind,
			plan.Subject, reached)
	}
	return ""
}

// divertsToNobody reports whether a plan that has begun diverts readers although no other region
// that serves, and is not seen down, nor the way to it, carries anything.
func divertsToNobody(t *transition) bool {
	plan, diverts := &t.after.Plan, false
	for _, step := range plan.Steps[:plan.Count] {
		diverts = diverts || step.Kind == Divert
	}
	for r, carries := range t.after.Ready {
		other := model.RegionID(r)
		serves := other != plan.Subject && t.after.Serving.Has(other)
		if serves && carries > 0 && !unreached(t, other) {
			return false
		}
	}
	return diverts
}

// atRisk holds a failover that has begun against the bounds on lost data and on capacity.
func atRisk(t *transition) string {
	plan := &t.after.Plan
	if plan.Kind != Failover || wasForced(t.after) {
		return ""
	}
	if loss := losesTooMuch(t.p, t.after, plan, t.p.DataAtRiskMax); loss != "" {
		return loss
	}
	if young := justCaughtUp(t.p, t.after, plan); young != "" && !plan.Ordered {
		return young
	}
	if plan.Part == OneStore {
		return "" // The traffic stays where it is.
	}
	if carry := carriedBy(t, plan); carry < int(t.p.CapacityMin) {
		return fmt.Sprintf("what is left carries %d of 1000", carry)
	}
	return ""
}

// carriedBy is what could be carried after a plan that moves traffic to a region: by that one and,
// but for a reroute, which gets to none of them, by the others that serve.
func carriedBy(t *transition, plan *Plan) (carry int) {
	for r := range model.RegionID(model.MaxRegions) {
		serves := t.p.ServesReads && r != plan.Subject && t.after.Serving.Has(r) &&
			plan.Kind != Reroute && !down(t.p, t.after, RegionScope(r), 0)
		if r == plan.Target || serves {
			carry += int(max(t.after.Ready[r], t.p.Ceiling[r]))
		}
	}
	return carry
}

// tooSoon holds a transition that has begun against those before it.
func tooSoon(t *transition) string {
	plan := &t.after.Plan
	unplanned := plan.Kind == Failover || plan.Kind == Evacuation || plan.Kind == Reroute
	if wrong := remembers(t); wrong != "" {
		return wrong
	}
	if !t.begun() || !unplanned || wasOrdered(t) {
		return ""
	}
	concerned := plan.Target
	if plan.Kind == Evacuation {
		concerned = plan.Subject
	}
	recent, again := 0, false
	for i, was := range t.before.Recent {
		old := !was.Valid || t.after.Now >= was.At+Instant(t.p.Cooldown)
		watched := was.At + Instant(t.p.StageHold+2*t.p.HoldDown)
		running := i == 0 && t.before.Plan.plans() && t.before.Plan.Kind != Return
		undone := was.Staged && plan.Subject == was.To && (running || t.after.Now < watched)
		if old || undone || was.Ordered || i == 0 && forgotten(t.before) {
			continue
		}
		scope := plan.Scope()
		elsewhere := was.From.Part != Whole &&
			(was.From.Part != scope.Part || was.From.Store != scope.Store)
		if elsewhere {
			continue
		}
		took := was.Took
		if i == 0 && t.before.Plan.Kind.transits() {
			took = !forgotten(t.before)
		}
		if took && plan.Kind == Reroute && getsNowhere(t, plan.Subject) {
			continue // It goes to who stands aside, rather than nowhere.
		}
		recent++
		left := was.From.Region == concerned && (took || plan.Kind != Evacuation)
		others := t.after.Serving &^ (1<<was.To | 1<<was.From.Region) // As it begins.
		back := plan.Kind != Evacuation || others == 0
		again = again || left || was.To == concerned && took && back
	}
	if recent > 1 || recent == 1 && again {
		return fmt.Sprintf("%d transitions are too recent for region %d", recent, concerned)
	}
	return ""
}

// remembers holds what is kept of the transitions against the plan that has made the last of them:
// who took over is not forgotten while it matters.
func remembers(t *transition) string {
	plan, recent := &t.before.Plan, t.after.Recent[:]
	for i, was := range t.before.Recent {
		own := i == 0 && plan.Kind.transits()
		matters := was.Took && t.after.Now < was.At+Instant(t.p.Cooldown)
		if matters && !own && i != makesRoom(t) && !slices.Contains(recent, was) {
			return fmt.Sprintf("that region %d took over is forgotten", was.To)
		}
	}
	again := t.after.Epoch != t.before.Epoch && t.after.Plan.Kind == plan.Kind && !t.begun()
	if !plan.Kind.transits() || plan.Epoch == t.after.Plan.Epoch || again {
		return ""
	}
	last, took := t.before.Recent[0], !forgotten(t.before)
	for i, writer := range t.after.Writers {
		took = took || plan.Stores>>i&1 == 1 && writer == plan.Target
	}
	took = took || plan.Leads && t.after.Primary == plan.Target
	last.At, last.Took = t.after.Now, true
	if took && !slices.Contains(recent, last) && makesRoom(t) != 0 {
		return fmt.Sprintf("that region %d has taken over is not kept", plan.Target)
	}
	return ""
}

// forgotten reports whether the running plan's own transition need not be remembered when it ends:
// it has moved nothing.
func forgotten(s *State) bool {
	switch s.Plan.Kind {
	case Failover, Failback, Switchover, Drill:
		moved := s.Plan.Leads && s.Primary == s.Plan.Target
		for _, step := range s.Plan.Steps[:s.Plan.Count] {
			moved = moved || step.Kind == Promote && step.Status == Done
		}
		for i, writer := range s.Writers {
			moved = moved || s.Plan.Stores>>i&1 == 1 && writer == s.Plan.Target
		}
		return !moved
	case Evacuation, Reroute:
		for _, step := range s.Plan.Steps[:s.Plan.Count] {
			if step.Kind == Shift && step.Status == Done {
				return false
			}
		}
		return true
	case NoPlan, Return, Reopen, Reprotect, DryDrill, Retract, planKindCount:
	}
	return false
}

// givesWay holds the end of a plan that has moved nothing yet against the reasons for which it may
// end, and what goes on against the reasons for which it may not.
func givesWay(t *transition) string {
	plan := &t.before.Plan
	planned := plan.Kind.swaps()
	for _, broken := range [...]func(*transition) string{
		leftForTraffic, opensInstead, waitsInVain, splits, goesOnInVain,
	} {
		if wrong := broken(t); wrong != "" {
			return wrong
		}
	}
	if plan.Epoch == t.after.Plan.Epoch || plan.Kind != Failover && !planned {
		return ""
	}
	leads := plan.Leads && t.after.Primary == plan.Target
	if planned && plan.Stores == 0 && t.after.Plan.Kind == Reopen {
		return "" // A store that nobody may write to waits for no traffic, begun or not.
	}
	if !forgotten(t.before) || leads || t.refenced() || promotes(t) || planned && inStages(t) {
		return ""
	}
	risky := losesTooMuch(t.p, t.after, plan, riskTaken(t.p, t.before)) != ""
	if endLost(t, plan, plan.Target) || wayLost(t, plan) || risky {
		return ""
	}
	if planned && (seenDown(t.p, t.after, plan.Subject) || storeGone(t, plan)) {
		return ""
	}
	recovered := up(t.p, t.after, plan.Scope()) && !comesAndGoes(t.p, t.after, plan.Subject)
	if plan.Kind == Failover && !wasForced(t.before) && recovered {
		return ""
	}
	region := t.after.Plan.Kind == Failover && t.after.Plan.Part == Whole
	if plan.Part == OneStore && region && t.after.Plan.Subject == plan.Subject {
		return ""
	}
	if t.e.Kind == Ordered && t.e.Verb == Abort {
		return ""
	}
	if mark := t.after.Marks[plan.Subject]; mark.Vetoed || mark.Causes != 0 && !planned {
		return "" // What people say in the middle of a plan counts too.
	}
	if taintedEnd(t, plan) != 0 || passedOn(t) {
		return ""
	}
	for _, step := range plan.Steps[:plan.Count] {
		waits := step.Kind == Fence && plan.Kind != Reprotect // For as long as it takes.
		spent := step.Status.open() && step.Tries+1 >= t.p.StepTries
		if spent && !waits && !dispensable(t, &step) {
			return ""
		}
	}
	return fmt.Sprintf("the %s of epoch %d", plan.Kind, plan.Epoch)
}

// passedOn reports whether a failover that nobody forced, and of which nobody has claimed a
// promotion for a hold-down since that was asked for, makes room at once for one to another region:
// the agent of its target is not heard of, and that of the other one is. Without a hold-down that
// is as soon as it may ask: once the store is closed.
func passedOn(t *transition) bool {
	was, is := &t.before.Plan, &t.after.Plan
	asked := 0
	for _, step := range was.Steps[:was.Count] {
		if step.Kind != Promote {
			continue
		}
		lease := &t.after.Leases[step.Store]
		waits := step.Status == Pending && t.after.Now.Sub(step.Since) >= t.p.HoldDown
		if from, over := closedFrom(t.p, t.after, step.Store); step.Status == Waiting {
			closed := lease.Fenced >= lease.Epoch || over && from <= t.after.Now
			waits = t.p.HoldDown == 0 && closed
		}
		claimed := lease.Epoch == was.Epoch || step.Look
		if claimed || !waits {
			return false
		}
		asked++
	}
	return asked > 0 && !wasForced(t.before) && is.Kind == Failover && is.Target != was.Target &&
		is.Subject == was.Subject && is.Part == was.Part &&
		t.after.Silent.Has(was.Target) && !t.after.Silent.Has(is.Target)
}

// dispensable reports whether the plan of before can do without a step: one that only makes others
// easier, or more capacity where enough is there, or that and replicas that follow where there is
// no way back, or a fence that a person's force goes without.
func dispensable(t *transition, step *Step) bool {
	plan := &t.before.Plan
	forward := plan.Kind == Reopen || promotes(t) || plan.Kind.role() && !forgotten(t.before)
	switch step.Kind {
	case Divert, Freeze, Drain, Verify, Notify:
		return true
	case Repoint:
		return forward
	case Scale:
		several := t.p.ServesReads || t.p.MultiWriter
		sheds := plan.Kind == Evacuation || plan.Kind == Reroute && several
		return forward || sheds || wasForced(t.before) ||
			servedAlready(t) >= int(t.p.CapacityMin)
	case Fence:
		forced := wasForced(t.before) && t.before.Force.Stores>>step.Store&1 == 1 ||
			wasForced(t.after) && t.after.Force.Stores>>step.Store&1 == 1
		return forced && t.p.Guarded>>step.Store&1 == 0
	case Promote, Shift, CatchUp, Validate, Archive, Rewind, Rehearse, stepKindCount:
	}
	return false
}

// servedAlready is what the regions that the plan of before would have serve carry as they are.
func servedAlready(t *transition) (carry int) {
	plan := &t.before.Plan
	for r := range model.RegionID(model.MaxRegions) {
		left := plan.Kind == Failover && r == plan.Subject
		stays := (t.p.ServesReads || t.p.MultiWriter) && t.before.Serving.Has(r) && !left
		if (stays || r == plan.Target) && !down(t.p, t.after, RegionScope(r), 0) {
			carry += int(t.after.Ready[r])
		}
	}
	return carry
}

// promotes reports whether the event is the last word on a promotion of the plan.
func promotes(t *transition) bool {
	plan := &t.before.Plan
	said := t.e.Kind == StepDone && t.e.Epoch == plan.Epoch && t.e.Step < plan.Count
	return said && plan.Steps[t.e.Step].Kind == Promote
}
