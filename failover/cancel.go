package failover

import "redoubt/model"

// moved reports whether a plan that moves the write role has moved any part of it. There is no way
// back from there but another plan: the target may have accepted writes.
func (plan *Plan) moved(s *State) bool {
	switch plan.Kind {
	case Failover, Failback, Switchover, Reopen:
		return s.Primary == plan.Target || plan.any(Promote)
	case NoPlan, Evacuation, Return:
	}
	return false
}

// took reports whether a plan has had an effect that others have to keep their distance from.
func (plan *Plan) took(s *State) bool {
	return plan.moved(s) || plan.Kind == Evacuation && plan.any(Shift)
}

// yields reports whether the running plan gives way to a failover of the primary: it moves no write
// role, or has moved it already.
func (p *Policy) yields(s *State) bool {
	switch s.Plan.Kind {
	case Evacuation, Return:
		return true
	case Failover, Failback, Switchover, Reopen:
		return s.Primary == s.Plan.Target
	case NoPlan:
	}
	return false
}

// cancels reports whether the plan's reason is gone, or its target, before it has moved anything.
// Unlike its subject's recovery, the loss of a region counts only after the hold-down.
func (p *Policy) cancels(s *State) bool {
	plan := &s.Plan
	switch plan.Kind {
	case NoPlan, Evacuation:
		return false
	case Return, Reopen:
		return p.heldDown(s, plan.Target)
	case Failover:
		recovered := !s.forced() && p.EvidenceOn(s, plan.Subject).Recovered()
		return !plan.moved(s) && (recovered || p.heldDown(s, plan.Target) || p.outgrown(s))
	case Failback, Switchover:
		// What was planned work with both ends up is a failover when its subject is lost, and has to
		// pass the gates of one.
		lost := p.heldDown(s, plan.Subject) || p.heldDown(s, plan.Target)
		return !plan.moved(s) && lost
	}
	return false
}

// outgrown reports whether the fence of a store without a guard took so long that a promotion would
// now lose more than the lag gate, or who forced it, let pass. A guarded lease ended when the gate
// reckoned it would.
func (p *Policy) outgrown(s *State) bool {
	most := p.lossMax(s)
	for i := range model.StoreID(p.Stores) {
		if !p.guarded(i) && p.storeAtRisk(s, i, s.Plan.Target) > most {
			return true
		}
	}
	return false
}

// strands reports whether the target was lost when some stores had moved and some had not. It is
// the primary then: whoever takes over, takes over from it.
func (p *Policy) strands(s *State) bool {
	plan := &s.Plan
	moves := plan.Kind == Failover || plan.Kind.swaps()
	return moves && s.Primary != plan.Target && plan.moved(s) && p.heldDown(s, plan.Target)
}

// refenced marks every promotion of the plan whose epoch was fenced as failed, since no guard opens
// that epoch any more, and reports whether there is one.
func (p *Policy) refenced(s *State) (found bool) {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		lease := &s.Leases[step.Store]
		if step.Kind != Promote || lease.Epoch != s.Plan.Epoch || lease.Fenced < lease.Epoch {
			continue
		}
		found = true
		if step.Status != Done {
			step.set(Failed, s.Now)
		}
	}
	return found
}

// restart begins the same plan again in a new epoch. The target is the primary from here on,
// whatever becomes of the plan: it holds some of the stores.
func (p *Policy) restart(s *State, actions *Actions) {
	plan := s.Plan
	actions.dropSteps()
	s.Primary = plan.Target
	forced := s.forced()
	p.lay(s, plan.Kind, plan.Subject, plan.Target)
	if forced {
		s.Force.Epoch = s.Epoch
	}
}

// heldDown reports whether a quorum has seen a region down for the whole hold-down.
func (p *Policy) heldDown(s *State, r model.RegionID) bool {
	evidence := p.EvidenceOn(s, r)
	return evidence.Failed() && s.Now >= evidence.Since.Add(p.HoldDown)
}
