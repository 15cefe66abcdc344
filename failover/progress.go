package failover

import "redoubt/model"

// progress moves the plan on as far as it goes: steps that have become possible open, what took too
// long is asked for again, a plan whose every step is done ends. It reports whether the plan ended
// or changed so much that the gates have to be looked at again.
func (p *Policy) progress(s *State, actions *Actions) (again bool) {
	if p.cancels(s) {
		p.strain(s, actions)
		p.tellGivenUp(s, actions)
		p.end(s, false, actions)
		return true
	}
	if p.strands(s) {
		p.arrive(s)
		return true
	}
	if p.refenced(s) && s.Plan.moved(s) {
		p.restart(s, actions)
		return true
	}
	p.watchSplit(s)
	inTurn := s.Plan.Kind.stages() && s.Plan.which(shifting, anyhow).count() > 1 // Else none stage it.
	if inTurn {
		p.hasten(s)
	}
	staging := inTurn && s.Plan.staging()
	left, failed, stalls := s.Plan.left(), false, false
	awaited := p.awaitedSteps(s, left)
	steps := s.Plan.Steps[:s.Plan.Count]
	for i := range steps {
		step := &steps[i]
		if step.Status.over() || step.Status == Waiting && s.Plan.Kind.waits(step.Kind, awaited) {
			continue // Nothing can become of it for now.
		}
		tries, spent := step.Tries, p.spent(s, step)
		if p.advance(s, uint8(i), actions); step.Status.over() {
			left = s.Plan.left()
			awaited = p.awaitedSteps(s, left)
		}
		failed = failed || step.Status == Failed
		stalls = stalls || step.Tries != tries || p.spent(s, step) != spent
	}
	done := left == 0
	if failed && s.Plan.Kind == Reprotect {
		p.tries(s, s.Plan.Target)
	}
	if failed || done {
		p.tellGivenUp(s, actions)
		// Planned work that moved nothing is no reason to keep away from either region.
		p.end(s, done || s.Plan.took(s) || !s.Plan.Kind.swaps(), actions)
	}
	return failed || done || stalls || inTurn && staging != s.Plan.staging()
}

// advance moves one step on.
func (p *Policy) advance(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	if step.Status == Waiting && p.mayOpen(s, step) && p.mayShift(s, i) {
		step.set(step.asked(), p.heldSince(s, step, p.waitsSince(s, step)))
		if step.Kind != Fence || !p.fenced(s, step) {
			actions.add(p.action(s, i))
			p.tellForlorn(s, i, actions)
		}
	}
	if !step.Status.open() && !(step.Kind == Shift && p.heldBack(s, i)) {
		return
	}
	switch {
	case step.Kind == Fence && p.fenced(s, step):
		step.set(Done, s.Now)
		return
	case (step.Status == Pending || step.Status == Unknown) && !p.mayShift(s, i):
		step.set(Waiting, p.heldSince(s, step, step.Since))
		return
	case p.doneWithout(s, step):
		step.set(Spared, s.Now) // Nobody is there to do it, and the plan does without.
		if step.Kind == Fence && !s.heardOf(step) && !s.heardNow(i) {
			s.alarm(i, actions)
		}
		return
	}
	timeout, limited := p.timeout(s, step)
	if limited && s.Now.Sub(p.waitsSince(s, step)) >= timeout {
		p.lose(s, i, actions)
	}
}

// doneWithout reports whether nobody is there to do a step, and the plan does without it.
func (p *Policy) doneWithout(s *State, step *Step) bool {
	silent := s.Silent.Has(step.Region) && step.Kind != Scale
	return silent && p.bounded(s, step) && p.spares(s, step)
}

// mayOpen reports whether all is done that a step has to wait for. Who forces a plan answers for
// the stores that no guard keeps: their promotion does not wait for the fence, which is tried
// beside it. Nor does traffic wait for more capacity that does not come where there is enough.
func (p *Policy) mayOpen(s *State, step *Step) bool {
	needs := s.Plan.Kind.needs(step.Kind)
	steps := s.Plan.Steps[:s.Plan.Count]
	for i := range steps {
		other := &steps[i]
		if !needs.Has(other.Kind) || other.Status.over() {
			continue
		}
		beside := other.Kind == Fence && step.Kind == Promote && p.bounded(s, other)
		if !beside && !(other.Kind == Scale && p.growsBeside(s)) {
			return false
		}
	}
	return true
}

// awaitedSteps are the kinds of steps that others have to wait for, among those that are left of
// the running plan.
func (p *Policy) awaitedSteps(s *State, left StepSet) StepSet {
	if left.Has(Scale) && p.growsBeside(s) {
		left &^= 1 << Scale
	}
	return left
}

// asked is what a step is that waited, once somebody is asked for it: who had claimed it may have
// done it.
func (s *Step) asked() Status {
	if s.By.Valid() {
		return Unknown
	}
	return Pending
}

// waitsSince is from when on a step is as it is: one that waits does so since all is done that it
// needs.
func (p *Policy) waitsSince(s *State, step *Step) Instant {
	since := step.Since
	if step.Status != Waiting {
		return since
	}
	needs := s.Plan.Kind.needs(step.Kind)
	for i := range s.Plan.Count {
		if other := &s.Plan.Steps[i]; needs.Has(other.Kind) {
			since = max(since, other.Since)
		}
	}
	return since
}

// heldSince is from when on a step is as it is that begins to wait, or no longer does. The time of
// a shift that was held back goes on until people have heard of it, as they never would if its way
// came and went; that of a stage begins anew, as does what was over before anybody looked.
func (p *Policy) heldSince(s *State, step *Step, since Instant) Instant {
	goesOn := step.Kind == Shift && !p.raises(s) && step.Tries < p.StepTries
	if timeout, limited := p.timeout(s, step); goesOn && limited && s.Now.Sub(since) < timeout {
		return since
	}
	return s.Now
}

// lose counts a try that came to nothing and asks for the step again. What is still claimed is
// unknown from now on: its executor looks before it acts. A step that was tried too often is spared
// where the plan can do without it, and else has failed; but for a fence that is waited for, and
// for all that a plan cannot do without once any store has moved: there is no way back then but
// forward. People hear of what they have to look at.
func (p *Policy) lose(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	step.Tries = min(step.Tries, 253) + 1
	spent := step.Tries >= p.StepTries && p.bounded(s, step)
	if step.Tries == p.StepTries && step.Kind.alarms() && !s.heardOf(step) && !s.heardNow(i) {
		s.alarm(i, actions)
	}
	if spent && (p.spares(s, step) || !s.Plan.moved(s)) {
		p.giveUp(s, step)
		return
	}
	status := Unknown
	if step.Status == Pending || step.Status == Waiting {
		status = Pending
	}
	p.again(s, i, status, actions)
}

// giveUp has a step tried no more: its plan goes on without it, or ends.
func (p *Policy) giveUp(s *State, step *Step) {
	if step.set(Failed, s.Now); p.spares(s, step) {
		step.Status = Spared
	}
}

// spares reports whether the running plan goes on without a step that has failed. It does without
// a replica that cannot be repointed once it has moved: that one is not known to follow, which its
// samples say, and can be rewound by order. It does without more capacity then too, as an
// evacuation always does, and a reroute where several regions serve, and sheds what the regions
// that serve cannot carry; before that only where they carry enough as they are, since the gate let
// it begin on the promise of more, or where a person has overridden that gate. A fence that can
// fail at all is one that a person's force did not wait for, or that of a reprotection, which has
// to do it first.
func (p *Policy) spares(s *State, step *Step) bool {
	switch step.Kind {
	case Scale:
		sheds := s.Plan.Kind == Evacuation || s.Plan.Kind == Reroute && p.severalServe()
		return sheds || s.Plan.moved(s) || s.forced() || p.carried(s) >= int64(p.CapacityMin)
	case Repoint:
		return s.Plan.moved(s)
	case Fence:
		return s.Plan.Kind != Reprotect
	case Promote, Shift, Freeze, Drain, CatchUp, Validate, Verify, Notify, Archive, Rewind,
		Rehearse, Divert, Undrain, stepKindCount:
	}
	return step.Kind.spares()
}

// again asks for a step once more, or will when a stage may go on that is held.
func (p *Policy) again(s *State, i uint8, status Status, actions *Actions) {
	step := &s.Plan.Steps[i]
	step.Look = step.Look || status == Unknown
	step.Round++
	if !p.mayShift(s, i) {
		step.set(Waiting, s.Now)
		return
	}
	step.set(status, s.Now)
	actions.add(p.action(s, i))
}

// alarm has people hear of a step of the running plan that they have to look at.
func (s *State) alarm(i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	s.noteDown(Notice{
		At: s.Now, Epoch: s.Plan.Epoch, Index: i, Step: step.Kind, Store: step.Store,
		Subject: s.Plan.Subject, Target: s.Plan.Target,
	}, actions)
}

// tellForlorn has people hear of a fence as soon as only their force ends the wait for it, as far
// as anybody knows: no lease that ends stands in for it, and the agent is not heard of that would
// record it.
func (p *Policy) tellForlorn(s *State, i uint8, actions *Actions) {
	step := &s.Plan.Steps[i]
	forlorn := step.Kind == Fence && step.Status.open() && s.Silent.Has(step.Region) &&
		!p.guarded(step.Store) && !p.bounded(s, step)
	if forlorn && !s.heardOf(step) && !s.heardNow(i) {
		s.alarm(i, actions)
	}
}

// heardNow reports whether an alarm over a step of the running plan is remembered. That a stage was
// held is another matter than that it was tried too often.
func (s *State) heardNow(i uint8) bool {
	kind := s.Plan.Steps[i].Kind
	for _, notice := range s.notices() {
		same := notice.Epoch == s.Plan.Epoch && notice.Index == i && notice.Step == kind
		if same && kind != Shift {
			return true
		}
	}
	return false
}

func (s *Step) set(status Status, now Instant) { s.Status, s.Since = status, now }

// end ends a plan. A transition that is remembered counts its cooldown from here; one that was
// given up before it moved anything is forgotten, so that it causes none. What the plan may have
// opened needs no care: its lease says so, and the next plan fences it first. Readers whom it has
// diverted, and nothing else, are brought back by the next, as is traffic that may have shifted.
func (p *Policy) end(s *State, remember bool, actions *Actions) {
	p.leavesOrSettles(s)
	if s.Plan.Kind.transits() {
		if remember {
			s.Recent[0].At, s.Recent[0].Took = s.Now, s.Plan.took(s)
			p.tally(s, actions)
		} else {
			copy(s.Recent[:], s.Recent[1:])
			s.Recent[MaxRecent-1] = Transition{}
		}
	}
	actions.dropSteps()
	s.Plan, s.Turned = Plan{Subject: model.NoRegion, Target: model.NoRegion}, s.Now
}

// ServingDiverted is who serves once the plan's diversion is done, before anything has moved.
func (p *Policy) ServingDiverted(s *State) model.RegionSet {
	if others := s.Serving.Without(s.Plan.Subject); others != 0 {
		return others
	}
	return s.Serving
}

// ServingAfter is who serves once the plan's traffic has shifted.
func (p *Policy) ServingAfter(s *State) model.RegionSet {
	plan := &s.Plan
	switch plan.Kind {
	case Evacuation:
		return s.Serving.Without(plan.Subject)
	case Return:
		if p.severalServe() {
			return s.Serving.With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case Reroute:
		if p.severalServe() {
			return s.Serving.Without(plan.Subject).With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case Failover:
		if p.ServesReads {
			return s.Serving.Without(plan.Subject).With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case Failback, Switchover, Drill, Reopen:
		if p.ServesReads {
			return s.Serving.With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
	case Retract:
		if s.Split.Share > 0 {
			return s.Split.From
		}
	case NoPlan, Reprotect, DryDrill, planKindCount:
	}
	return s.Serving
}
