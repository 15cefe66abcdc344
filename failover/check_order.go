package failover

import (
	"fmt"

	"redoubt/model"
)

// These are the safety rules on what people order, forbid and take upon themselves.

// wasForced reports whether the state's plan is the one that a person forced last.
func wasForced(s *State) bool {
	moves := s.Plan.Kind == Failover || s.Plan.Kind == Reopen
	return moves && s.Force.Epoch != 0 && s.Force.Epoch == s.Plan.Epoch
}

func brakeSticks(t *transition) string {
	was, is := &t.before.Brake, &t.after.Brake
	ordered := func(verb Verb) bool { return t.e.Kind == Ordered && t.e.Verb == verb }
	// Who aborts what takes traffic back pauses it: nothing else keeps it from beginning anew.
	stopped := t.after.Paused && ordered(Abort) && t.before.Plan.Kind == Retract
	if t.before.Paused != t.after.Paused && !ordered(Pause) && !ordered(Resume) && !stopped {
		return "the policy was paused or resumed without an order"
	}
	if was.Cause == is.Cause {
		return ""
	}
	if was.Cause != BrakeOff {
		// What it is lifted from may trip it again at once, but only by what happened since.
		if !ordered(LiftBrake) {
			return fmt.Sprintf("it went from %s to %s without an order", was.Cause, is.Cause)
		}
		return ""
	}
	alarms := 0
	for _, action := range t.did.All() {
		if overBrake(&action) {
			alarms++
		}
	}
	if alarms != 1 && !(alarms == 0 && (ordered(PullBrake) || ordered(Abort))) {
		return fmt.Sprintf("it went on (%s) with %d alarms", is.Cause, alarms)
	}
	if alarms == 0 && ordered(Abort) && !needsBrake(t) {
		return fmt.Sprintf("it went on as people aborted their own %s", t.before.Plan.Kind)
	}
	return ""
}

// needsBrake reports, in the plainest way, whether the plan that a person has aborted would begin
// again: nobody ordered it, or its region, or a part of it, is seen down.
func needsBrake(t *transition) bool {
	plan := &t.before.Plan
	for index := range scopeCount {
		scope := scopeAt(plan.Subject, index)
		if mayBeLeft(t.p, t.after, scope) && down(t.p, t.after, scope, 0) {
			return true
		}
	}
	return !plan.Ordered && !wasForced(t.before)
}

// strained holds the brake against a failover that nobody ordered and that was given up after it
// had closed a store: it has to count it, or to be on.
func strained(t *transition) string {
	plan, is := &t.before.Plan, &t.after.Brake
	ended := plan.Kind == Failover && plan.Epoch != t.after.Plan.Epoch && forgotten(t.before)
	counts := !wasForced(t.before) && plan.Began >= t.before.Brake.Lifted
	if !ended || !counts || t.p.BrakeAfter == 0 || t.refenced() ||
		!up(t.p, t.after, plan.Scope()) {
		return ""
	}
	counted := is.Count > 0 && is.Times[0] == t.after.Now
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Fence && step.Status == Done && !counted && t.e.Kind != Ordered {
			return fmt.Sprintf("region %d was closed for nothing, and that does not count", plan.Subject)
		}
	}
	return ""
}

func brakeHolds(t *transition) string {
	plan := &t.after.Plan
	if wrong := strained(t); wrong != "" {
		return wrong
	}
	was := &t.before.Plan
	same := was.Kind == plan.Kind && was.Subject == plan.Subject && was.Target == plan.Target
	aborted := t.e.Kind == Ordered && t.e.Verb == Abort && was.Epoch != plan.Epoch
	if aborted && same && (was.Kind != Reprotect || t.p.Cooldown > 0) { // It waits for a cooldown.
		return fmt.Sprintf("the %s of epoch %d was aborted, and begins anew", was.Kind, was.Epoch)
	}
	if !t.begun() || wasOrdered(t) {
		return ""
	}
	moves := plan.Kind == Failover || plan.Kind == Evacuation || plan.Kind == Reroute
	ownRepair := plan.Kind == Reprotect && t.e.Kind != Ordered
	undoes := plan.Kind == Reopen || plan.Kind == Retract
	if t.after.Paused && (moves || undoes || ownRepair) {
		return fmt.Sprintf("a %s of region %d begins in a pause", plan.Kind, plan.Subject)
	}
	if !moves {
		return ""
	}
	if t.after.Brake.Cause != BrakeOff {
		return fmt.Sprintf("a %s of region %d begins", plan.Kind, plan.Subject)
	}
	if count := lately(t); t.p.BrakeAfter > 0 && count >= int(t.p.BrakeAfter) {
		return fmt.Sprintf("a %s begins after %d transitions", plan.Kind, count)
	}
	if together := failedTogether(t); t.p.BrakeRegions > 0 && together >= int(t.p.BrakeRegions) {
		return fmt.Sprintf("a %s begins though %d regions fail together", plan.Kind, together)
	}
	return ""
}

// lately is how many transitions count for the brake that came within its window.
func lately(t *transition) (count int) {
	for i, at := range t.after.Brake.Times {
		if i < int(t.after.Brake.Count) && t.after.Now < at+Instant(t.p.BrakeWindow) {
			count++
		}
	}
	return count
}

// failedTogether counts the regions that a majority sees down, but has not for more than two
// hold-downs, nor since before the brake was lifted.
func failedTogether(t *transition) (count int) {
	s, hold := t.after, t.p.HoldDown
	for r := range model.RegionID(model.MaxRegions) {
		scope := RegionScope(r)
		recent := t.p.Workload.Has(r) && down(t.p, s, scope, 0) && !down(t.p, s, scope, 2*hold+1)
		lifted := s.Brake.Lifted
		if recent && (lifted == 0 || !down(t.p, s, scope, s.Now.Sub(lifted))) {
			count++
		}
	}
	return count
}

func forbidden(t *transition) string {
	plan := &t.after.Plan
	unplanned := plan.Kind == Failover || plan.Kind == Evacuation || plan.Kind == Reroute
	ignores := unplanned && plan.Subject.Valid() && forgotten(t.after) && !wasForced(t.after)
	if ignores && t.after.Marks[plan.Subject].Vetoed {
		return fmt.Sprintf("leaving region %d was vetoed, and the %s goes on", plan.Subject, plan.Kind)
	}
	if t.begun() && plan.Kind == Return {
		return returnsTo(t, plan.Target)
	}
	if !t.begun() || !plan.Kind.transits() {
		return ""
	}
	if plan.Target.Valid() && unlawfulFor(t.p, plan) {
		return fmt.Sprintf("region %d may not hold the data", plan.Target)
	}
	if wasForced(t.after) {
		return ""
	}
	mark := t.after.Marks[plan.Subject]
	if mark.Vetoed {
		return fmt.Sprintf("leaving region %d was vetoed", plan.Subject)
	}
	if unplanned && !plan.Ordered && plan.Part != Routing && mark.Causes != 0 {
		return fmt.Sprintf("%s was declared in region %d", mark.Causes, plan.Subject)
	}
	if plan.Target.Valid() {
		return unprepared(t, plan.Target)
	}
	return ""
}

// unprepared says what speaks against a region that is to take something over. That it is not ready
// does not, where people order it of traffic that gets to nobody.
func unprepared(t *transition, r model.RegionID) string {
	plan := &t.after.Plan
	if unready(t, r) && !(plan.Ordered && takesLost(t)) {
		return fmt.Sprintf("region %d is not ready", r)
	}
	if lacks := spokenAgainst(t, plan.Kind, r); lacks != "" {
		return lacks
	}
	if comesAndGoes(t.p, t.after, r) && !nobodySteadier(t, r) {
		return fmt.Sprintf("region %d comes and goes", r)
	}
	if plan.Kind == Reroute && t.p.ServesReads && wasLeft(t, r) {
		return readsElsewhere(t, r)
	}
	return ""
}

// takesLost reports whether the plan of after is a reroute of traffic that gets to nobody.
func takesLost(t *transition) bool {
	r := t.after.Plan.Subject
	return t.after.Plan.Kind == Reroute && unreached(t, r) && getsNowhere(t, r)
}

// wasLeft reports whether a region holds a copy that was left and not rewound.
func wasLeft(t *transition, r model.RegionID) bool {
	for i := range t.p.Stores {
		if copied := t.after.Diverged[i][r].Status; copied != InStep && copied != Unreconciled {
			return true
		}
	}
	return false
}

// readsElsewhere says which region the readers could have gone to that are sent to a copy that was
// left.
func readsElsewhere(t *transition, r model.RegionID) string {
	for o := range model.RegionID(model.MaxRegions) {
		other := o != t.after.Plan.Subject && t.p.Candidates.Has(o)
		if other && !wasLeft(t, o) && !comesAndGoes(t.p, t.after, o) && lacking(t, o) == "" &&
			takesAll(t, o) && isEnough(t, o) {
			return fmt.Sprintf("readers go to the copy that was left in region %d, and not to %d", r, o)
		}
	}
	return ""
}

// lacking says what a region lacks that is to take over what the plan of after moves.
func lacking(t *transition, r model.RegionID) string {
	return lackingFor(t, t.after.Plan.Kind, r)
}

// lackingFor says what a region lacks that is to take something over by a plan of a kind.
func lackingFor(t *transition, kind PlanKind, r model.RegionID) string {
	if unready(t, r) {
		return fmt.Sprintf("region %d is not ready", r)
	}
	return spokenAgainst(t, kind, r)
}

// unready reports whether a region does not have ready all that the policy asks for, as far as
// anybody knows.
func unready(t *transition, r model.RegionID) bool {
	readiness := t.after.Readiness[r]
	old := t.after.Now > readiness.At+Instant(t.p.ReadinessStaleAfter)
	ok := readiness.Known &^ readiness.Down
	return t.p.Items != 0 && (old || ok&t.p.Items != t.p.Items)
}

// spokenAgainst says what else speaks against a region that is to take something over.
func spokenAgainst(t *transition, kind PlanKind, r model.RegionID) string {
	bad := t.after.Marks[r].Causes & (Corruption | SecurityIncident)
	alone := kind == Reroute && !t.p.Optional.Has(Validate) // Nothing is asked of it.
	switch {
	case bad != 0:
		return fmt.Sprintf("region %d has %s", r, bad)
	case t.after.Silent.Has(r) && !alone:
		return fmt.Sprintf("nobody hears of the agent of region %d", r)
	}
	return ""
}

// nobodySteadier reports whether a region that comes and goes may take over what was lost: nobody
// has seen it down for a cooldown, unless the traffic gets to nobody, and no other candidate has
// all that it needs and stays.
func nobodySteadier(t *transition, r model.RegionID) bool {
	plan, flap := &t.after.Plan, &t.after.Flaps[r]
	lost := plan.Kind == Failover || plan.Kind == Reroute
	early := t.after.Now < flap.At+Instant(t.p.Cooldown) && !takesLost(t)
	if !lost || flap.Down || early {
		return false
	}
	for o := range model.RegionID(model.MaxRegions) {
		other := o != r && o != plan.Subject && t.p.Candidates.Has(o)
		if other && !comesAndGoes(t.p, t.after, o) && lacking(t, o) == "" && takesAll(t, o) &&
			isEnough(t, o) {
			return false
		}
	}
	return true
}

// takesAll reports whether a region could take what the plan of after moves: it is not seen down,
// nor a store or a way that it would need, it may hold the data, and has replicas.
func takesAll(t *transition, r model.RegionID) bool {
	plan, way := &t.after.Plan, Scope{Region: r, Part: Routing}
	if down(t.p, t.after, RegionScope(r), 0) || plan.Part != OneStore && down(t.p, t.after, way, 0) {
		return false
	}
	for i := range t.p.Stores {
		status := t.after.Diverged[i][r].Status
		apart := !t.p.Restores && (status == Suspected || status == Archived || status == Abandoned)
		dead := down(t.p, t.after, Scope{Region: r, Part: OneStore, Store: model.StoreID(i)}, 0)
		if plan.Stores>>i&1 == 1 && (dead || apart || t.p.Unlawful[i].Has(r)) {
			return false
		}
	}
	return true
}

// isEnough reports whether a region could take what the plan of after moves without losing or
// shedding too much: one that could not would not have been let.
func isEnough(t *transition, r model.RegionID) bool {
	plan := t.after.Plan
	plan.Target = r
	for i := range t.p.Stores {
		if plan.Stores>>i&1 == 1 && staysOpen(t.after, model.StoreID(i), r) {
			return false
		}
	}
	return losesTooMuch(t.p, t.after, &plan, t.p.DataAtRiskMax) == "" &&
		carriedBy(t, &plan) >= int(t.p.CapacityMin)
}

// returnsTo says what speaks against sending traffic back to a region: it lacks something, or its
// readers would read a copy that was left and not rewound.
func returnsTo(t *transition, r model.RegionID) string {
	for i := range t.p.Stores {
		copied := t.after.Diverged[i][r].Status
		follows := copied == InStep || copied == Unreconciled
		if t.p.ServesReads && !follows {
			return fmt.Sprintf("readers return to the copy of store %d in region %d, which is %s", i, r,
				copied)
		}
	}
	return unprepared(t, r)
}

// deadEnd says what of a plan that has begun goes to where a quorum sees that it cannot work: a
// store, or, unless a person forced it, the traffic.
func deadEnd(t *transition) string {
	plan := &t.after.Plan
	if plan.Kind != Failover && plan.Kind != Return && !plan.Kind.swaps() {
		return ""
	}
	for i := range t.p.Stores {
		store := Scope{Region: plan.Target, Part: OneStore, Store: model.StoreID(i)}
		if plan.Stores>>i&1 == 1 && down(t.p, t.after, store, 0) {
			return fmt.Sprintf("store %d is to move to region %d, which has it down", i, plan.Target)
		}
	}
	shifts := false
	for _, step := range plan.Steps[:plan.Count] {
		shifts = shifts || step.Kind == Shift
	}
	way := Scope{Region: plan.Target, Part: Routing}
	if shifts && !wasForced(t.after) && down(t.p, t.after, way, 0) {
		return fmt.Sprintf("traffic is to go to region %d, and the way there is down", plan.Target)
	}
	return ""
}

// namesPart reports whether an event is an order that names a part, and can be about no part: it is
// an order to do nothing.
func namesPart(e *Event) bool {
	moves := e.Verb == OrderSwitchover || e.Verb == OrderForce
	of := moves || e.Verb == Approve || e.Verb == Reconcile
	return e.Kind == Ordered && e.Part != Whole && !of
}

// unlawfulFor reports whether a plan's target may not hold what the plan moves there.
func unlawfulFor(p *Policy, plan *Plan) bool {
	for i := range p.Stores {
		if plan.Stores>>i&1 == 1 && p.Unlawful[i].Has(plan.Target) {
			return true
		}
	}
	return false
}

// forceOnRecord holds the record of a force against the order that made it: it names what was
// accepted, that covers what was known to be at risk, and nothing but a new epoch of the same plan
// changes it.
func forceOnRecord(t *transition) string {
	was, is := t.before.Force, t.after.Force
	if was == is {
		return ""
	}
	// It goes with its plan into the epoch that this goes on in, be it to give way there at once.
	again := was
	again.Epoch = t.before.Epoch + 1
	if again == is && wasForced(t.before) && t.refenced() {
		return ""
	}
	ordered := t.e.Kind == Ordered && t.e.Verb == OrderForce && t.e.Region == is.Target
	if !ordered || is.Lag != t.e.Lag || is.Writes != t.e.Ticket || is.At != t.after.Now ||
		is.Who != t.e.Who || is.Who == 0 {
		return fmt.Sprintf("nobody forced region %d in epoch %d", is.Target, is.Epoch)
	}
	if !wasForced(t.after) || t.after.Plan.Target != is.Target {
		return "a force is on record that is no plan's"
	}
	if wasForced(t.before) && t.after.Epoch == t.before.Epoch && is.Stores == was.Stores {
		return "a forced plan was forced again"
	}
	named := t.after.Plan.Stores
	if t.e.Part == OneStore {
		named &= 1 << t.e.Store
	}
	if wasForced(t.before) && t.after.Epoch == t.before.Epoch {
		named |= was.Stores
	}
	if is.Stores != named {
		return fmt.Sprintf("stores %b were named, and the record has %b", named, is.Stores)
	}
	if down(t.p, t.after, RegionScope(is.Target), 0) {
		return fmt.Sprintf("region %d was forced though a quorum sees it down", is.Target)
	}
	if is.Lag < AnyLoss || is.Writes == 0 && is.Lag != 0 {
		return fmt.Sprintf("a force that accepts %s and %d writes names no loss", is.Lag, is.Writes)
	}
	if known := couldLose(t); known != is.Known {
		return fmt.Sprintf("%s of writes were at risk, and the record has %s", known, is.Known)
	}
	if is.Lag != AnyLoss {
		return losesTooMuch(t.p, t.after, &t.after.Plan, is.Lag)
	}
	return ""
}

// staysOpen reports, in the plainest way, whether a region other than a plan's target, which the
// store does not belong to, may write to a copy that a person's force left.
func staysOpen(s *State, store model.StoreID, target model.RegionID) bool {
	for r, copied := range s.Diverged[store] {
		gone := copied.Status == Abandoned && s.Silent.Has(model.RegionID(r))
		open := copied.Open != 0 && !gone
		if open && model.RegionID(r) != target && s.Writers[store] != target {
			return true
		}
	}
	return false
}

// wasOrdered reports whether the plan of after is one that a person ordered or forced whatever its
// gates say; the rule on what begins holds it against the order.
func wasOrdered(t *transition) bool { return wasForced(t.after) || t.after.Plan.Ordered }

// sentAway holds traffic that is said to leave a region by order against the order, and against who
// may be left so.
func sentAway(t *transition) string {
	plan := &t.after.Plan
	ordered := t.e.Kind == Ordered && t.e.Verb == OrderEvacuation && t.e.Region == plan.Subject
	switch {
	case !ordered || plan.Kind != Evacuation && plan.Kind != Reroute || plan.Part != Whole:
		return fmt.Sprintf("nobody ordered the traffic away from region %d", plan.Subject)
	case !t.before.Serving.Has(plan.Subject):
		return fmt.Sprintf("region %d is to be left, and serves nobody", plan.Subject)
	}
	return ""
}
