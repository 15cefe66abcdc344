package failover

// applyClaim records that an agent is about to do a step. The claim of a promotion checks again
// that the old primary cannot write, and carries the lease: nobody else is promoted until it is
// fenced or expired.
func (p *Policy) applyClaim(s *State, e *Event) {
	step := s.Plan.step(e)
	if step == nil || step.Status != Pending && step.Status != Unknown {
		return
	}
	if step.Region.Valid() && step.Region != e.Region || !p.Voters.Has(e.Region) || p.cancels(s) {
		return
	}
	if step.Kind == Promote && s.Leases[step.Store].Epoch != s.Plan.Epoch {
		if !p.closedFor(s, step.Store) {
			return
		}
		p.grant(s, step, e.Ticket)
	}
	step.set(Claimed, s.Now)
}

// applyDone records that a claimed step was done, or found to be done, and what that changes.
func (p *Policy) applyDone(s *State, e *Event) {
	step := s.Plan.step(e)
	if step == nil || step.Status != Claimed && step.Status != Unknown {
		return
	}
	if step.Kind == Fence {
		return // Only the guard's own record closes a store.
	}
	step.set(Done, s.Now)
	switch step.Kind {
	case Promote:
		s.Writers[step.Store] = s.Plan.Target
		if s.Plan.ready(steps(Promote)) && s.Plan.Leads {
			s.Primary = s.Plan.Target
		}
	case Shift:
		s.Serving = p.ServingAfter(s)
		if s.Plan.Stores == 0 && s.Plan.Leads {
			s.Primary = s.Plan.Target // Without a store, the traffic is all that the lead is.
		}
	case Fence, Scale, Repoint:
	}
}

// applyFailed records that a claimed step failed; it is asked for again until it was tried too
// often.
func (p *Policy) applyFailed(s *State, e *Event, actions *Actions) {
	step := s.Plan.step(e)
	if step != nil && step.Status == Claimed {
		p.lose(s, e.Step, actions)
	}
}

// step returns the plan's step that an event speaks of, or nil when it speaks of another epoch's.
func (plan *Plan) step(e *Event) *Step {
	if plan.Kind == NoPlan || e.Epoch != plan.Epoch || e.Step >= plan.Count {
		return nil
	}
	return &plan.Steps[e.Step]
}
