package failover

import (
	"fmt"

	"redoubt/model"
)

// These are the parts of the safety rules that speak of a store to which nobody may write, and of
// the plan that runs meanwhile.

// opensInstead holds a plan whose place a reopening takes: it is over, or moves nothing that could
// not move later.
func opensInstead(t *transition) string {
	was, is := &t.before.Plan, &t.after.Plan
	again := was.Kind == Reopen && was.Target == is.Target // As when its force expects too much.
	if is.Kind != Reopen || is.Epoch == was.Epoch || !t.begun() || again {
		return ""
	}
	left, unpromoted := 0, 0
	for i, step := range was.Steps[:was.Count] {
		if step.Status != Done && step.Status != Spared && !t.saysDone(i) && !dispensable(t, &step) {
			if left++; step.Kind == Promote {
				unpromoted++
			}
		}
	}
	mark := t.after.Marks[was.Scope().Region%model.MaxRegions]
	aborted := t.e.Kind == Ordered && t.e.Verb == Abort
	switch was.Kind {
	case Return, DryDrill, Reprotect, Retract, NoPlan, planKindCount:
		return ""
	case Evacuation, Reroute:
		barred := was.Kind == Reroute && (wayLost(t, was) || taintedEnd(t, was) != 0)
		aimless := barred || takersGone(t, was) // It is cancelled.
		if up(t.p, t.after, was.Scope()) || mark.Vetoed || mark.Causes != 0 || aimless {
			return ""
		}
	case Failover, Failback, Switchover, Drill, Reopen:
		if was.Kind != Reopen && forgotten(t.before) && !promotes(t) {
			return "" // Why that may end, givesWay says.
		}
		if unpromoted == 0 && was.Kind.swaps() && (inStages(t) || t.before.Split.Share > 0) {
			return ""
		}
	}
	risky := was.Kind == Reopen && wasForced(t.before) &&
		losesTooMuch(t.p, t.after, was, riskTaken(t.p, t.before)) != ""
	lost := seenDown(t.p, t.after, was.Target) || awaitsAgent(t, was) || risky
	if left == 0 || aborted || lost || unpromoted == 0 && wornOut(t) {
		return ""
	}
	return fmt.Sprintf("the %s of epoch %d, to reopen region %d", was.Kind, was.Epoch, is.Target)
}

// waitsInVain says which store nobody may write to that could be opened, while nothing runs, or
// what runs moves none of the writes, or has moved all of its own and goes on with the traffic,
// stage by stage, or has only to verify and to tell, or waits for an agent, or cannot go on with
// traffic that is lost to nobody.
func waitsInVain(t *transition) string {
	s, plan := t.after, &t.after.Plan
	staged := plan.Kind.swaps() && midStages(plan) && shifts(plan) > 1
	// What a change of policy may leave, its own rule says.
	idle := plan.Kind == NoPlan && !t.repoliced() || plan.Kind == Reprotect ||
		plan.Kind == DryDrill || plan.Kind == Retract || plan.Kind == Return ||
		awaitsAgent(t, plan) || onlyTells(plan)
	if s.Paused || t.p.Mode == model.Advise || !idle && !staged && (!exhausted(t) || lostBehind(t)) {
		return ""
	}
	for i := range t.p.Stores {
		writer := s.Writers[i]
		part := Scope{Region: writer, Part: OneStore, Store: model.StoreID(i)}
		kept := keptOut(t.p, s, RegionScope(writer)) || keptOut(t.p, s, part)
		if lacks(s, i) && !kept && !s.Silent.Has(writer) && allOpen(t, writer) {
			return fmt.Sprintf("store %d of region %d waits, and the plan of epoch %d that runs is: %s",
				i, writer, plan.Epoch, plan.Kind)
		}
	}
	return ""
}

// keptOut reports, in the plainest way, whether nothing is to be opened in a scope: a majority sees
// it down and, for all that is known, it is to be left yet, or people are asked whether it is, or
// the agent is not heard of that would open it, or more is lost than stores. Who serves is left
// after another hold-down, as is a part of a region.
func keptOut(p *Policy, s *State, scope Scope) bool {
	if !scope.Region.Valid() {
		return false
	}
	asked, long := false, p.HoldDown
	for _, open := range askedOf(s) {
		asked = asked || open.Scope == scope
	}
	if scope.Part != Whole || serves(p, s, scope) {
		long *= 2
	}
	open := down(p, s, scope, long) && !asked && !s.Silent.Has(scope.Region) &&
		(scope.Part != Whole || storesMayBeAll(p, s, scope.Region))
	return down(p, s, scope, 0) && !open
}

// storesMayBeAll reports, in the plainest way, whether a region may be seen down for its stores
// alone: all of its checks are deep, or a majority has one succeed that is not.
func storesMayBeAll(p *Policy, s *State, r model.RegionID) bool {
	reached, deep := 0, true
	for check := range p.Checks {
		deep = deep && (!concerns(p, check, 0) || p.Deep>>check&1 == 1)
	}
	for left := p.Voters.Without(r); left != 0; left = left.Without(left.First()) {
		report, up := &s.Reports[left.First()][r], false
		for check := range p.Checks {
			says := report.Known>>check&1 == 1 && report.Down>>check&1 == 0
			up = up || says && concerns(p, check, 0) && p.Deep>>check&1 == 0
		}
		if up && report.Sequence > 0 && s.Now <= report.At+Instant(p.StaleAfter) {
			reached++
		}
	}
	return deep || 2*reached > p.Voters.Count()
}

// onlyTells reports whether a plan has nothing left to do but to verify and to notify or, if it
// answers a loss, to scale what its traffic did not wait for.
func onlyTells(plan *Plan) bool {
	for _, step := range plan.Steps[:plan.Count] {
		over := step.Status == Done || step.Status == Spared
		beside := step.Kind == Scale && plan.Kind.answersLoss()
		if !over && step.Kind != Verify && step.Kind != Notify && !beside {
			return false
		}
	}
	return plan.Kind != NoPlan
}

// awaitsAgent reports whether a plan is a reopening that has to promote something yet, which nobody
// has claimed, and the agent is not heard of that would.
func awaitsAgent(t *transition, plan *Plan) bool {
	left := 0
	for i, step := range plan.Steps[:plan.Count] {
		lease := &t.after.Leases[step.Store]
		switch mine := lease.Epoch == plan.Epoch && lease.Fenced < lease.Epoch; {
		case step.Kind != Promote, step.Status == Done, plan == &t.before.Plan && t.saysDone(i):
		case mine:
			return false
		default:
			left++
		}
	}
	return plan.Kind == Reopen && left > 0 && t.after.Silent.Has(plan.Target)
}

// exhausted reports, in the plainest way, whether a plan has promoted all that it moves, and a step
// that it waits for was tried as often as the policy allows, or its agent is not heard of.
func exhausted(t *transition) bool {
	s, plan, worn := t.after, &t.after.Plan, false
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Promote && step.Status != Done {
			return false
		}
		silent := step.Region.Valid() && s.Silent.Has(step.Region)
		worn = worn || step.Status.open() && (silent || step.Tries >= t.p.StepTries)
	}
	return worn && (plan.Kind == Reopen || plan.Kind.moves() && hasMoved(s, plan)) &&
		(!plan.Leads || s.Primary == plan.Target)
}

// lacks reports whether nobody holds a store where its writes belong, or by a claim alone.
func lacks(s *State, i uint8) bool {
	lease := &s.Leases[i]
	return lease.Holder != s.Writers[i] || lease.Fenced >= lease.Epoch || s.Left.Unopened>>i&1 == 1
}

// allOpen reports whether every store that a region lacks can be opened there by its agent alone,
// in time, and none is what the plan that runs moves.
func allOpen(t *transition, r model.RegionID) bool {
	s := t.after
	for i := range t.p.Stores {
		if s.Writers[i] != r || !lacks(s, i) {
			continue
		}
		ends := t.p.Guarded>>i&1 == 1
		moves := s.Plan.Kind.swaps() && s.Plan.Stores>>i&1 == 1
		if moves || !ends && s.Leases[i].Fenced < s.Leases[i].Epoch {
			return false
		}
	}
	return true
}
