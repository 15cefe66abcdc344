package failover

import "redoubt/model"

// stepRule is one kind of step in a kind of plan, and the kinds that must be done before it.
type stepRule struct {
	kind  StepKind
	needs stepSet
}

// planRules are the steps of each kind of plan. A failover fences and scales at once, since nothing
// is served until both are done; planned work scales first and fences last, to keep the write pause
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
	Reopen: {
		{Fence, 0}, {Scale, 0}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote, Scale)},
	},
	Switchover: {
		{Scale, 0}, {Fence, steps(Scale)}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote)},
	},
}

// begin starts a plan, and remembers the transition that it makes.
func (p *Policy) begin(s *State, kind PlanKind, subject, target model.RegionID) {
	p.lay(s, kind, subject, target)
	s.Asked, s.Approved = model.NoRegion, model.NoRegion
	if kind.transits() {
		copy(s.Recent[1:], s.Recent[:MaxRecent-1])
		s.Recent[0] = Transition{At: s.Now, From: subject, To: target, Valid: true}
	}
}

// transits reports whether a plan of this kind is a transition: one that others have to keep their
// distance from. A return was ordered, and reopening moves nothing.
func (k PlanKind) transits() bool { return k == Failover || k == Evacuation || k.swaps() }

// lay lays out the steps of a plan in a new epoch. A plan that reopens leaves alone what is open,
// and replicas and traffic too unless an earlier plan left them unsettled.
func (p *Policy) lay(s *State, kind PlanKind, subject, target model.RegionID) {
	s.Epoch++
	s.Plan = Plan{Kind: kind, Epoch: s.Epoch, Subject: subject, Target: target, Began: s.Now}
	for _, rule := range planRules[kind] {
		stores := model.StoreID(1)
		if rule.kind == Fence || rule.kind == Promote {
			stores = model.StoreID(p.Stores)
		}
		for store := range stores {
			if kind == Reopen && !p.reopens(s, rule.kind, store) {
				continue
			}
			s.Plan.Steps[s.Plan.Count] = Step{
				Kind: rule.kind, Store: store, Region: p.actor(s, rule.kind, store),
				Needs: rule.needs, Since: s.Now,
			}
			s.Plan.Count++
		}
	}
}

// reopens reports whether a plan that reopens needs a step.
func (p *Policy) reopens(s *State, kind StepKind, store model.StoreID) bool {
	switch kind {
	case Fence, Promote:
		return !s.Leases[store].heldBy(s.Primary)
	case Scale, Repoint, Shift:
	}
	return s.Unsettled
}

// actor says whose agent does a step: the region that holds the store fences it, the target
// promotes, and what concerns more than one region falls to the leader.
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

// progress moves the plan on as far as it goes: steps that have become possible open, what took too
// long is asked for again, a plan whose every step is done ends. It reports whether the plan ended
// or changed so much that the gates have to be looked at again.
func (p *Policy) progress(s *State, actions *Actions) (again bool) {
	if p.cancels(s) {
		p.end(s, false, actions)
		return true
	}
	if p.strands(s) {
		s.Primary = s.Plan.Target
		return true
	}
	if p.refenced(s) && s.Plan.moved(s) {
		p.restart(s, actions)
		return true
	}
	for i := range s.Plan.Count {
		p.advance(s, i, actions)
	}
	failed, done := s.Plan.result()
	if done && s.Plan.moved(s) {
		s.Unsettled = false
	}
	if failed || done {
		p.end(s, true, actions)
	}
	return failed || done
}

// advance moves one step on.
func (p *Policy) advance(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	if step.Status == Waiting && s.Plan.ready(step.Needs) {
		step.set(Pending, s.Now)
		if step.Kind != Fence || !p.closedFor(s, step.Store) {
			actions.add(s.Plan.action(i))
		}
	}
	if !step.Status.open() {
		return
	}
	if step.Kind == Fence && p.closedFor(s, step.Store) {
		step.set(Done, s.Now)
		return
	}
	timeout, limited := p.timeout(step)
	if limited && s.Now.Sub(step.Since) >= timeout {
		p.lose(s, i, actions)
	}
}

// lose counts a try that came to nothing and asks for the step again. What was claimed is unknown
// from now on: its executor looks before it acts. A step that was tried too often has failed, but
// for a fence, which nothing can replace, and for everything once any store has moved: there is no
// way back then but forward.
func (p *Policy) lose(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	step.Tries = min(step.Tries, 254) + 1
	if step.Tries >= p.StepTries && step.Kind != Fence && !s.Plan.moved(s) {
		step.set(Failed, s.Now)
		return
	}
	status := Unknown
	if step.Status == Pending {
		status = Pending
	}
	step.set(status, s.Now)
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

// any reports whether a step of a kind is done.
func (plan *Plan) any(kind StepKind) bool {
	for i := range plan.Count {
		if step := &plan.Steps[i]; step.Kind == kind && step.Status == Done {
			return true
		}
	}
	return false
}

// result says whether the plan has failed for good, or else whether it is done. An evacuation goes
// on without the capacity that it could not get: it sheds what the others cannot carry.
func (plan *Plan) result() (failed, done bool) {
	done = true
	for i := range plan.Count {
		step := &plan.Steps[i]
		shed := plan.Kind == Evacuation && step.Kind == Scale
		failed = failed || step.Status == Failed && !shed
		done = done && (step.Status == Done || step.Status == Failed && shed)
	}
	return failed, done
}

// end ends a plan. A transition that is remembered counts its cooldown from here; one that moved
// nothing is forgotten, so that it causes none. What the plan may have opened needs no care: its
// lease says so, and the next plan fences it first.
func (p *Policy) end(s *State, remember bool, actions *Actions) {
	if s.Plan.Kind.transits() {
		if remember {
			s.Recent[0].At = s.Now
			p.tally(s, actions)
		} else {
			copy(s.Recent[:], s.Recent[1:])
			s.Recent[MaxRecent-1] = Transition{}
		}
	}
	actions.dropSteps()
	s.Plan = Plan{Subject: model.NoRegion, Target: model.NoRegion}
}

// ServingAfter is who serves once the plan's traffic has shifted.
func (p *Policy) ServingAfter(s *State) model.RegionSet {
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
	case Failback, Switchover, Reopen:
		if p.ServesReads {
			return s.Serving.With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case NoPlan:
	}
	return s.Serving
}
