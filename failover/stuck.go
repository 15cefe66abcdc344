package failover

import "redoubt/model"

// stuck reports whether the running plan cannot be relied on to end: an open step of it was tried
// as often as the policy lets one be tried, or falls to a region whose agent is not heard of.
func (p *Policy) stuck(s *State) bool {
	steps := s.Plan.Steps[:s.Plan.Count]
	for i := range steps {
		if p.spent(s, &steps[i]) {
			return true
		}
	}
	return false
}

// spent reports whether a step is open that cannot be relied on to end, or a shift waits, and not
// for its stage, that was held back for as many tries.
func (p *Policy) spent(s *State, step *Step) bool {
	tired := step.Tries >= p.StepTries
	switch {
	case step.Status.open():
		return tired || s.Silent.Has(step.Region) && !p.doneWithout(s, step)
	case step.Kind == Shift && step.Status == Waiting:
		return tired && !p.raises(s)
	}
	return false
}

// stranded reports whether the running plan is stuck with a part of the write role moved and a part
// not: nothing but another plan ends that, and nothing but a person's force begins one.
func (p *Policy) stranded(s *State) bool {
	return p.movesInPart(s) && p.stuck(s)
}

// movesInPart reports whether the running plan has moved a part of the write role, and a part not.
func (p *Policy) movesInPart(s *State) bool {
	return s.Plan.Kind.moves() && s.Plan.moved(s) && !p.arrived(s)
}

// leadsAway reports whether the running plan's traffic is to shift away from what a scope is about,
// and not to where it would be lost, so that another plan could only ask for the like: somebody is
// asked to shift it, or another would lead it to the same region, and wait there for the same.
func (p *Policy) leadsAway(s *State, scope Scope) bool {
	left := s.Plan.has(shifting, isLeft) && p.takesFrom(s, scope)
	if !left || p.beyondReach(s, s.Plan.Target) {
		return false
	}
	return s.Plan.has(shifting, isOpen) || p.leadsTo(s, scope) == s.Plan.Target
}

// leadsTo is where a plan that leaves a scope would lead the traffic alone; NoRegion where it leads
// it to no region in particular, or moves more.
func (p *Policy) leadsTo(s *State, scope Scope) model.RegionID {
	v := Verdict{Scope: scope, Kind: p.remedy(s, scope), Target: model.NoRegion}
	if v.Kind == Reroute {
		p.choose(s, &v)
	}
	return v.Target
}

// takesFrom reports whether the running plan's traffic leaves what a scope is about.
func (p *Policy) takesFrom(s *State, scope Scope) bool {
	return scope.Part != OneStore && (s.Serving &^ p.ServingAfter(s)).Has(scope.Region)
}

// lingers reports whether the running plan is stuck with all of the write role where it belongs, so
// that what is left of it can be done later.
func (p *Policy) lingers(s *State) bool { return p.rests(s) && p.stuck(s) }

// windsUp reports whether nothing is left of a plan but to try whether it has worked, and to tell
// people, or to scale what its traffic did not wait for: nothing that is lost waits for that.
func (plan *Plan) windsUp() bool {
	const told StepSet = 1<<Verify | 1<<Notify
	idle := told
	if plan.Kind.regains() {
		idle |= 1 << Scale
	}
	return plan.Kind != NoPlan && plan.left()&^idle == 0
}

// rests reports whether all of the write role is where the running plan is to bring it.
func (p *Policy) rests(s *State) bool {
	return s.Plan.Kind.role() && s.Plan.moved(s) && p.arrived(s)
}
