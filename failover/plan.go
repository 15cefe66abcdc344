package failover

import "redoubt/model"

// stepRule is one kind of step in a kind of plan, and the kinds that must be done before it.
type stepRule struct {
	kind  StepKind
	needs stepSet
}

// planRules are the steps of each kind of plan. A failover fences and scales at once, since nothing is
// served until both are done; planned work scales first and fences last, to keep the write pause
// short; an evacuation shifts at once, since what survivors can carry is better than nothing.
var planRules = [...][]stepRule{
	NoPlan: {},
	Failover: {
		{Fence, 0}, {Scale, 0}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote, Scale)},
	},
	Evacuation: {{Scale, 0}, {Shift, 0}},
	Failback: {
		{Scale, 0}, {Fence, steps(Scale)}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote)},
	},
	Return: {{Scale, 0}, {Shift, steps(Scale)}},
	Reopen: {{Fence, 0}, {Promote, steps(Fence)}},
}

// begin starts a plan in a new epoch.
func (p *Policy) begin(s *State, kind PlanKind, subject, target model.RegionID) {
	s.Epoch++
	s.Plan = Plan{Kind: kind, Epoch: s.Epoch, Subject: subject, Target: target, Began: s.Now}
	for _, rule := range planRules[kind] {
		stores := model.StoreID(1)
		if rule.kind == Fence || rule.kind == Promote {
			stores = model.StoreID(p.Stores)
		}
		for store := range stores {
			s.Plan.Steps[s.Plan.Count] = Step{
				Kind: rule.kind, Store: store, Region: p.actor(s, rule.kind, store), Needs: rule.needs,
				Since: s.Now,
			}
			s.Plan.Count++
		}
	}
	s.Asked, s.Approved = model.NoRegion, model.NoRegion
	if kind == Reopen {
		return // Nothing moves, so there is nothing to cool down from.
	}
	copy(s.Recent[1:], s.Recent[:MaxRecent-1])
	s.Recent[0] = Transition{At: s.Now, From: subject, To: target, Valid: true}
}

// actor says whose agent does a step: the region that holds the store fences it, the target promotes, and
// what concerns more than one region falls to the leader.
func (p *Policy) actor(s *State, kind StepKind, store model.StoreID) model.RegionID {
	switch kind {
	case Fence:
		return s.Leases[store].Holder
	case Promote:
		return s.Plan.Target
	case Scale, Repoint, Shift:
	}
	return model.NoRegion
}

// progress moves the plan on as far as it goes: steps that have become possible open, what took too long is
// unknown, a plan whose every step is done ends. It reports whether the plan ended.
func (p *Policy) progress(s *State, actions *Actions) (ended bool) {
	if p.undo(s) {
		return p.unwind(s, actions)
	}
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		switch step.Status {
		case Waiting:
			if s.Plan.ready(step.Needs) {
				p.open(s, i, actions)
			}
		case Pending:
			if step.Kind == Fence && p.closed(s, step.Store) {
				step.set(Done, s.Now)
			}
		case Claimed:
			if s.Now.Sub(step.Since) >= p.StepTimeout {
				p.lose(s, i, actions)
			}
		case Done, Unknown, Failed:
		}
	}
	if s.Plan.blocked() {
		s.Plan.Cancelled = true
		return p.unwind(s, actions)
	}
	return p.finish(s)
}

// open makes a step pending and asks for it. A fence of what is closed already is done as it opens.
func (p *Policy) open(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	if step.Kind == Fence && p.closed(s, step.Store) {
		step.set(Done, s.Now)
		return
	}
	step.set(Pending, s.Now)
	actions.add(s.Plan.action(i))
}

// lose marks a step that was claimed and not heard of as unknown, and asks for it again: its executor looks
// before it acts. A step that was tried too often has failed, but for a promotion once any store has
// moved: there is no way back then but forward.
func (p *Policy) lose(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	step.Tries = min(step.Tries, 254) + 1
	if step.Tries >= p.StepTries && !s.Plan.moved() {
		step.set(Failed, s.Now)
		return
	}
	step.set(Unknown, s.Now)
	actions.add(s.Plan.action(i))
}

func (s *Step) set(status Status, now Instant) { s.Status, s.Since = status, now }

// ready reports whether every step of the kinds needed is done.
func (plan *Plan) ready(needs stepSet) bool {
	for i := range plan.Count {
		if step := &plan.Steps[i]; needs.has(step.Kind) && step.Status != Done {
			return false
		}
	}
	return true
}

// moved reports whether any store has been promoted in this plan.
func (plan *Plan) moved() bool {
	for i := range plan.Count {
		if step := &plan.Steps[i]; step.Kind == Promote && step.Status == Done {
			return true
		}
	}
	return false
}

// blocked reports whether a step has failed for good.
func (plan *Plan) blocked() bool {
	for i := range plan.Count {
		if plan.Steps[i].Status == Failed {
			return true
		}
	}
	return false
}

// undo reports whether the plan is being, or has now to be, cancelled: a failover whose subject a quorum
// sees up again before anything was promoted, or whose target a quorum sees down.
func (p *Policy) undo(s *State) bool {
	plan := &s.Plan
	if plan.Cancelled || plan.Kind == Evacuation || plan.Kind == Return {
		return plan.Cancelled
	}
	if plan.Target.Valid() && p.EvidenceOn(s, plan.Target).Failed() {
		evidence := p.EvidenceOn(s, plan.Target)
		plan.Cancelled = s.Now >= evidence.Since.Add(p.HoldDown)
	}
	if plan.Kind == Failover && !plan.moved() && p.EvidenceOn(s, plan.Subject).Recovered() {
		plan.Cancelled = true
	}
	return plan.Cancelled
}

// unwind ends a cancelled plan once nothing that it may have opened can still write. A promotion that was
// claimed is possibly writable until it is fenced or its lease has expired; its guard is asked to fence
// it. A transition that moved nothing is forgotten, so that it causes no cooldown.
func (p *Policy) unwind(s *State, actions *Actions) (ended bool) {
	plan, open := &s.Plan, false
	for i := range plan.Count {
		step := &plan.Steps[i]
		if step.Kind != Promote || s.Leases[step.Store].Epoch != plan.Epoch || p.closed(s, step.Store) {
			continue
		}
		open = true
		if step.Status != Failed {
			step.set(Failed, s.Now)
			fence := plan.action(i)
			fence.Step = Fence
			actions.add(fence)
		}
	}
	if open {
		return false
	}
	if plan.moved() {
		s.Primary = plan.Target
	} else if s.Recent[0].Valid && s.Recent[0].At == plan.Began && plan.Kind != Reopen {
		copy(s.Recent[:], s.Recent[1:])
		s.Recent[MaxRecent-1] = Transition{}
	}
	p.clear(s)
	return true
}

// finish ends a plan whose every step is done, and counts the cooldown from here.
func (p *Policy) finish(s *State) (ended bool) {
	for i := range s.Plan.Count {
		if s.Plan.Steps[i].Status != Done {
			return false
		}
	}
	if s.Plan.Kind != Reopen && s.Recent[0].Valid {
		s.Recent[0].At = s.Now
	}
	p.clear(s)
	return true
}

func (p *Policy) clear(s *State) {
	s.Plan = Plan{Subject: model.NoRegion, Target: model.NoRegion}
}

// applyClaim records that an agent is about to do a step. The claim of a promotion checks again that the old
// primary cannot write, and carries the lease: nobody else is promoted until it is fenced or expired.
func (p *Policy) applyClaim(s *State, e *Event) {
	step := s.Plan.step(e)
	if step == nil || step.Status != Pending && step.Status != Unknown {
		return
	}
	if step.Region.Valid() && step.Region != e.Region || !p.Voters.Has(e.Region) || s.Plan.Cancelled {
		return
	}
	if step.Kind == Promote && s.Leases[step.Store].Epoch != s.Plan.Epoch {
		if !p.closed(s, step.Store) {
			return
		}
		p.grant(s, step, e.Ticket)
	}
	step.set(Claimed, s.Now)
}

// applyDone records that a claimed step was done, or found to be done, and what that changes.
func (p *Policy) applyDone(s *State, e *Event) {
	step := s.Plan.step(e)
	if step == nil || step.Status != Claimed && step.Status != Unknown || s.Plan.Cancelled {
		return
	}
	if step.Kind == Fence {
		return // Only the guard's own record closes a store.
	}
	step.set(Done, s.Now)
	switch step.Kind {
	case Promote:
		if s.Plan.ready(steps(Promote)) {
			s.Primary = s.Plan.Target
		}
	case Shift:
		s.Serving = p.servingAfter(s)
	case Fence, Scale, Repoint:
	}
}

// applyFailed records that a claimed step failed; it is asked for again until it was tried too often.
func (p *Policy) applyFailed(s *State, e *Event, actions *Actions) {
	if step := s.Plan.step(e); step != nil && step.Status == Claimed && !s.Plan.Cancelled {
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

// servingAfter is who serves once the plan's traffic has shifted.
func (p *Policy) servingAfter(s *State) model.RegionSet {
	plan := &s.Plan
	switch plan.Kind {
	case Evacuation:
		return s.Serving.Without(plan.Subject)
	case Return:
		return s.Serving.With(plan.Target)
	case Failover:
		if p.ServesReads {
			return s.Serving.Without(plan.Subject).With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case Failback:
		if p.ServesReads {
			return s.Serving.With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case NoPlan, Reopen:
	}
	return s.Serving
}
