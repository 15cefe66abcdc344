package failover

import "redoubt/model"

// applyClaim records that an agent is about to do a step. The claim of a promotion checks again
// that the old primary cannot write, and carries the lease: nobody else is promoted until it is
// fenced or expired.
func (p *Policy) applyClaim(s *State, e *Event) {
	step := s.Plan.step(e)
	if step == nil || step.Round != e.Round || step.Status != Pending && step.Status != Unknown {
		return
	}
	if step.Region.Valid() && step.Region != e.Region || !p.Voters.Has(e.Region) || p.cancels(s) {
		return
	}
	if !p.mayShift(s, e.Step) || step.Kind == Divert && !p.mayDivert(s) {
		return // What was said since it was asked for counts too.
	}
	if step.Kind == Promote && s.Leases[step.Store].Epoch != s.Plan.Epoch {
		if !p.closedFor(s, step.Store) {
			return
		}
		lease := &s.Leases[step.Store]
		open := !p.closed(s, step.Store) || lease.Open && lease.Holder == s.Plan.Target
		p.diverge(s, step.Store)
		p.grant(s, step, e.Ticket)
		lease.Open = open
	}
	if step.Kind == Rewind {
		copied := &s.Diverged[step.Store][s.Plan.Target]
		if !copied.Begun && !p.mayRewind(s, step.Store, s.Plan.Target) {
			return // Nothing is lost as long as nobody has begun.
		}
		copied.Begun = true
	}
	step.By = e.Region
	step.set(Claimed, s.Now)
}

// applyDone records that a claimed step was done, or found to be done, and what that changes. Only
// the word of the agent that claimed it counts.
func (p *Policy) applyDone(s *State, e *Event) {
	step := s.Plan.claimed(e)
	if step == nil || step.Kind == Fence {
		return // Only the guard's own record closes a store.
	}
	step.set(Done, s.Now)
	switch step.Kind {
	case Promote:
		p.overtakes(s, step.Store)
		s.writesIn(step.Store, s.Plan.Target)
		if !s.Plan.has(1<<Promote, isLeft) && s.Plan.Leads {
			s.moveLead(s.Plan.Target)
		}
	case Divert:
		s.sent(p.ServingDiverted(s), Split{})
	case Undrain:
		s.undrained(step.Region)
	case Shift:
		p.shifted(s, e.Step)
	case Archive:
		s.archive(step.Store, s.Plan.Target, e.Ticket)
	case Rewind:
		s.Diverged[step.Store][s.Plan.Target].rewind()
	case Fence, Scale, Repoint, Freeze, Drain, CatchUp, Validate, Verify, Notify, Rehearse,
		stepKindCount:
	}
}

// applyFailed records that a claimed step failed; it is asked for again until it was tried too
// often. Who only looked, and found it not done, has it done now; how far somebody came with what
// must not be done twice is looked at, whatever they say.
func (p *Policy) applyFailed(s *State, e *Event, actions *Actions) {
	step := s.Plan.claimed(e)
	if step == nil || step.Status != Claimed || step.Round != e.Round {
		return
	}
	step.By = model.NoRegion // Who says so has done nothing, and has nothing left to say.
	switch {
	case step.Kind.Once() && step.Look:
		step.Look = false
		p.again(s, e.Step, Pending, actions)
	case !step.Kind.Once() && !step.Look: // The one who has begun it says so.
		step.Status = Pending
		p.lose(s, e.Step, actions)
	default:
		p.lose(s, e.Step, actions)
	}
}

// applyUnknown records that an agent cannot say how a claimed step went: a try that came to
// nothing, as when it says nothing in time. One that must not be done twice has failed when its
// executor has looked and still cannot say: people have to.
func (p *Policy) applyUnknown(s *State, e *Event, actions *Actions) {
	step := s.Plan.claimed(e)
	switch {
	case step == nil || step.Status != Claimed || step.Round != e.Round:
	case step.Kind.Once() && step.Look:
		p.giveUp(s, step)
		s.alarm(e.Step, actions)
	case step.Kind.Once():
		p.again(s, e.Step, Unknown, actions)
	default:
		p.lose(s, e.Step, actions)
	}
}

// applyLost records that an agent is no longer heard of, or is again. What it had claimed may or
// may not have been done; somebody else looks, where somebody else can. That it is lost may be said
// again: a claim of its own may have come in late.
func (p *Policy) applyLost(s *State, e *Event, actions *Actions) {
	if !p.Voters.Has(e.Region) {
		return
	}
	if e.Kind == AgentSeen {
		s.Silent = s.Silent.Without(e.Region)
		s.notGone(e.Region)
		return
	}
	news := !s.Silent.Has(e.Region)
	s.Silent = s.Silent.With(e.Region)
	for i := range s.Plan.Count {
		if news && s.Plan.Steps[i].Region == e.Region {
			p.tellForlorn(s, i, actions)
		}
		step := &s.Plan.Steps[i]
		if step.Status == Claimed && step.By == e.Region && step.Kind != Fence {
			p.again(s, i, Unknown, actions)
		}
	}
}

// step returns the plan's step that an event speaks of, or nil when it speaks of another epoch's.
func (plan *Plan) step(e *Event) *Step {
	if plan.Kind == NoPlan || e.Epoch != plan.Epoch || e.Step >= plan.Count {
		return nil
	}
	return &plan.Steps[e.Step]
}

// claimed returns the step that an event speaks of if its sender was the last to claim it, and
// nobody has finished it since.
func (plan *Plan) claimed(e *Event) *Step {
	step := plan.step(e)
	if step == nil || !step.By.Valid() || step.By != e.Region {
		return nil
	}
	switch step.Status {
	case Claimed, Unknown, Waiting: // Who waits may have been at it before.
		return step
	case Pending, Done, Failed, Spared:
	}
	return nil
}

// Current reports whether an action is still to be done, by an agent that claimed it. An executor
// asks right before it acts, and again after any pause: what was superseded must not be done, nor
// what was asked for anew since, be it claimed by another executor of the same region.
func (p *Policy) Current(s *State, a *Action, agent model.RegionID) bool {
	plan := &s.Plan
	if plan.Kind == NoPlan || a.Epoch != plan.Epoch || a.Index >= plan.Count {
		return false
	}
	step := &plan.Steps[a.Index]
	asked := step.Round == a.Round
	return step.Status == Claimed && step.By == agent && asked && !p.cancels(s)
}
