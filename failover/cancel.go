package failover

import "redoubt/model"

// moved reports whether a plan that moves the write role has moved any part of it. There is no way
// back from there but another plan: the target may have accepted writes.
func (plan *Plan) moved(s *State) bool {
	switch plan.Kind {
	case Failover, Failback, Switchover, Drill:
		for i, writer := range s.Writers {
			if plan.Stores>>i&1 == 1 && writer == plan.Target {
				return true
			}
		}
		return plan.Leads && s.Primary == plan.Target
	case Reopen, Retract:
		return true
	case NoPlan, Evacuation, Return, Reroute, Reprotect, DryDrill, planKindCount:
	}
	return false
}

// took reports whether a plan has had an effect that others have to keep their distance from.
func (plan *Plan) took(s *State) bool {
	traffic := plan.Kind == Evacuation || plan.Kind == Reroute
	return plan.moved(s) || traffic && plan.has(shifting, isDone)
}

// arrived reports whether all of the write role that a plan moves is where it is to be.
func (p *Policy) arrived(s *State) bool {
	for i := range model.StoreID(p.Stores) {
		if s.Plan.Stores>>i&1 == 1 && s.Writers[i] != s.Plan.Target {
			return false
		}
	}
	return !s.Plan.Leads || s.Primary == s.Plan.Target
}

// arrive makes the target what the plan was to make it, whatever becomes of the plan: it holds some
// of the stores, and who takes over takes over from it.
func (p *Policy) arrive(s *State) {
	for i := range model.StoreID(p.Stores) {
		if s.Plan.Stores>>i&1 == 1 {
			s.writesIn(i, s.Plan.Target)
		}
	}
	if s.Plan.Leads {
		s.moveLead(s.Plan.Target)
	}
}

// moveLead has a region lead: what people said before is about another one.
func (s *State) moveLead(r model.RegionID) {
	if s.Primary != r {
		s.Primary, s.Turned, s.Drill = r, s.Now, PendingDrill{}
	}
}

// yields reports whether the running plan gives way to one that leaves a scope. What only repairs
// or rehearses gives way to anything, and what takes traffic back to anything that does not just
// that. Another one gives way to that of a region that writes when it
// moves no write role, or has moved it already, or concerns a store of that region whose promotion
// nobody has begun; to that of a store when it only reopens its region, and when it moves no write
// role, or has moved it already, and shifts no traffic just now. One that is
// stuck and has moved it gives way to anything that does not just shift the same traffic: the rest
// of it is done once there is no more pressing need. One that has only to look at what it has done,
// and to tell of it, gives way to anything.
func (p *Policy) yields(s *State, scope Scope) bool {
	plan := &s.Plan
	same := plan.Kind == Retract && scope.Region == plan.Subject && !p.writes(s, scope.Region)
	if plan.Kind.light() && !same || plan.windsUp() || p.givesWayInStages(s, scope) ||
		p.lingers(s) && !p.leadsAway(s, scope) {
		return true
	}
	if !p.writes(s, scope.Region) || scope.Part == Routing {
		return false
	}
	switch plan.Kind {
	case Return:
		return true
	case Evacuation, Reroute:
		return scope.Part == Whole || !p.shiftsNow(s)
	case Reopen:
		over := !plan.has(1<<Promote, isLeft) && !p.shiftsNow(s)
		return scope.Part == Whole || plan.Subject == scope.Region || over
	case Failover, Failback, Switchover, Drill:
		if scope.Part == OneStore {
			return p.arrived(s) && !p.shiftsNow(s)
		}
		apart := plan.Part == OneStore && plan.Subject == scope.Region
		return apart && !plan.has(1<<Promote, isBegun) || p.arrived(s)
	case NoPlan, Reprotect, DryDrill, Retract, planKindCount:
	}
	return false
}

// shiftsNow reports whether the running plan's traffic is about to shift. That mostly takes
// seconds, and what lasts longer than a report counts is not waited for.
func (p *Policy) shiftsNow(s *State) bool {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		begins := step.Status == Waiting && p.mayOpen(s, step) && p.mayShift(s, i)
		if step.Kind == Shift && (begins || step.Status.open()) {
			return step.Tries == 0 && (begins || s.Now < step.Since.Add(p.StaleAfter))
		}
	}
	return false
}

// cancels reports whether the plan's reason is gone, or its target, before it has moved anything.
// Unlike its subject's recovery, a loss counts only after the hold-down.
func (p *Policy) cancels(s *State) bool {
	plan := &s.Plan
	switch plan.Kind {
	case NoPlan, planKindCount:
		return false
	case Return:
		return p.heldDown(s, plan.Target) || p.failsToReturn(s) ||
			p.tainted(s) && plan.has(shifting, isLeft)
	case DryDrill:
		return p.heldDown(s, plan.Target)
	case Reopen:
		// One that a person forced, for a bounded loss, goes on without the force.
		promoted := plan.has(1<<Promote, isDone)
		opens := plan.has(1<<Promote, isLeft) && !p.keepsOut(s, RegionScope(plan.Target))
		barred := p.heldDown(s, plan.Target) && !opens // What is left waits for it to be seen up.
		return barred || s.forced() && !promoted && p.outgrown(s)
	case Reprotect:
		return p.heldDown(s, plan.Target) || p.copiesKept(s)
	case Retract:
		// What only has a region take writes again makes room for traffic that can go back by now.
		if !plan.has(shifting, anyhow) {
			return p.halfway(s)
		}
		return plan.has(shifting, isOpen) && !p.halfway(s)
	case Failover, Evacuation, Reroute:
		// Who comes and goes is moved away from once, and for good: to stay would be to fence and to
		// reopen it each time.
		if plan.took(s) {
			return false
		}
		stays := s.forced() || plan.Ordered || p.unsteady(s, plan.Subject)
		recovered := !stays && p.EvidenceFor(s, plan.Scope()).Recovered()
		lost := p.targetLost(s) || p.takersLost(s) || !stays && p.targetGone(s)
		return recovered || lost || p.outgrown(s) || p.forbidden(s) || p.tainted(s)
	case Failback, Switchover, Drill:
		// What was planned work with both ends up is a failover when its subject is lost, and has
		// to pass the gates of one. Where its traffic is on its way already, the rest follows at once.
		if plan.moved(s) {
			return false
		}
		left := p.subjectLost(s) && !plan.staging()
		return left || p.targetLost(s) || s.Marks[plan.Subject].Vetoed || p.tainted(s)
	}
	return false
}

// targetLost reports whether what the running plan moves would no longer begin to move to its
// target: the region was lost, or a store in it that is to move there, or the way to it where
// traffic goes along and is not on its way yet. A person's force does not mind the way.
func (p *Policy) targetLost(s *State) bool {
	plan := &s.Plan
	if p.heldDown(s, plan.Target) || p.storeLost(s, plan.Target) {
		return true
	}
	along := plan.has(shifting, isLeft) && !plan.staging()
	return along && !s.forced() && p.cutOff(s, plan.Target)
}

// targetGone reports whether the running failover has asked for promotions for a hold-down that
// nobody has claimed, the agent is not heard of that would, and another region could take over now:
// no gate would keep it from being chosen, but for the fence, which that plan waits for as this one
// does.
func (p *Policy) targetGone(s *State) bool {
	plan := &s.Plan
	if plan.Kind != Failover || !s.Silent.Has(plan.Target) || s.Now < p.goneAt(s) {
		return false
	}
	v := p.judge(s, plan.Scope())
	for gate := range GateCount {
		if gate != InFlightGate && gate != FenceGate && v.Gates[gate].Ruling != Pass {
			return false
		}
	}
	return v.Kind == Failover && v.Target.Valid() && v.Target != plan.Target
}

// goneAt is from when on the running plan's promotions have been asked for in vain for a hold-down,
// if nobody claims one; it is never where one was claimed, or none was asked for.
func (p *Policy) goneAt(s *State) Instant {
	last := Instant(0)
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if step.Kind != Promote {
			continue
		}
		if step.Status != Pending || step.Look || s.Leases[step.Store].Epoch == s.Plan.Epoch {
			return InstantMax
		}
		last = max(last, step.Since)
	}
	if last == 0 {
		return InstantMax
	}
	return last.Add(p.HoldDown)
}

// takersLost reports whether the running plan is an evacuation, and all are lost, or the ways to
// them, who would take the traffic of a region that it reaches.
func (p *Policy) takersLost(s *State) bool {
	if s.Plan.Kind != Evacuation || !p.reached(s, s.Plan.Subject) {
		return false
	}
	for left := p.ServingAfter(s); left != 0; left = left.Without(left.First()) {
		if !p.beyondReach(s, left.First()) {
			return false
		}
	}
	return true
}

// subjectLost reports whether the region that the running plan leaves was lost, or a store of it
// that is to move while the region is up: there is cause for a failover. What the checks of a store
// say once the plan has begun to close it, nobody goes by: a failover could lose what the plan
// waits for.
func (p *Policy) subjectLost(s *State) bool {
	r := s.Plan.Subject
	closing := s.Plan.has(Steps(Drain, Fence), anyhow&^isWaiting)
	return p.heldDown(s, r) || !closing && p.storeLost(s, r) && p.EvidenceOn(s, r).Recovered()
}

// storeLost reports whether a quorum has seen a store down in a region for the whole hold-down that
// the running plan is to move. What its checks say once it is being promoted, nobody goes by.
func (p *Policy) storeLost(s *State, r model.RegionID) bool {
	for i := range model.StoreID(p.Stores) {
		store := Scope{Region: r, Part: OneStore, Store: i}
		waits := s.Plan.Stores>>i&1 == 1 && s.Leases[i].Epoch != s.Plan.Epoch
		if waits && p.StoreChecks[i] != 0 && p.scopeHeldDown(s, store) {
			return true
		}
	}
	return false
}

// forbidden reports whether people have spoken against leaving the plan's subject since it began,
// and nobody forced it. Who orders the traffic away spreads nothing that was declared.
func (p *Policy) forbidden(s *State) bool {
	scope := s.Plan.Scope()
	causes := p.cause(s, scope).Ruling != Pass && !s.Plan.Ordered
	return (causes || p.veto(s, scope.Region).Ruling != Pass) && !s.forced()
}

// tainted reports whether people have declared that the running plan's target has corrupted data or
// an intruder, and nobody forced it, nor was anything of it claimed there: nothing is promoted yet.
func (p *Policy) tainted(s *State) bool {
	plan := &s.Plan
	if !plan.Target.Valid() || s.Marks[plan.Target].Causes&taints == 0 || s.forced() {
		return false
	}
	for i := range model.StoreID(p.Stores) {
		if plan.Stores>>i&1 == 1 && s.Leases[i].Epoch == plan.Epoch {
			return false
		}
	}
	return true
}

// copiesKept reports whether what the running plan would have copies follow was lost, region or
// store, or people have declared what one of them has to be kept for. To close and to archive them
// comes first, whatever is seen or declared. Where one is being rewound already that goes on, for a
// declaration: it is no copy any more.
func (p *Policy) copiesKept(s *State) bool {
	if s.Plan.has(Steps(Fence, Archive), isLeft) {
		return false
	}
	for i := range model.StoreID(p.Stores) {
		if step := s.Plan.of(Rewind, i); step == nil || step.Status.over() {
			continue
		}
		source := Scope{Region: s.Writers[i], Part: OneStore, Store: i}
		if p.heldDown(s, s.Writers[i]) || p.scopeHeldDown(s, source) {
			return true
		}
		if s.keepsCopy(s.Plan.Target) && !s.Diverged[i][s.Plan.Target].Begun {
			return true
		}
	}
	return false
}

// outgrown reports whether a promotion would now lose more than the lag gate, or who forced it, let
// pass: the fence of a store without a guard took too long, or a replica turned out to have less
// than it said. A guarded lease ended when the gate reckoned it would.
func (p *Policy) outgrown(s *State) bool {
	most := p.lossMax(s)
	for i := range model.StoreID(p.Stores) {
		waits := s.Plan.Stores>>i&1 == 1 && s.Leases[i].Epoch != s.Plan.Epoch
		if waits && p.storeAtRisk(s, i, s.Plan.Target) > most {
			return true
		}
	}
	return false
}

// strands reports whether the target was lost when some stores had moved and some had not.
func (p *Policy) strands(s *State) bool {
	return p.movesInPart(s) && p.heldDown(s, s.Plan.Target)
}

// refenced marks every promotion of the plan whose epoch was fenced as failed, since no guard opens
// that epoch any more, and reports whether there is one.
func (p *Policy) refenced(s *State) (found bool) {
	if !s.fencedNow() {
		return false
	}
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

// fencedNow reports whether some store's lease is of the running plan's epoch, and was fenced.
func (s *State) fencedNow() bool {
	for i := range s.Leases {
		if lease := &s.Leases[i]; lease.Epoch == s.Plan.Epoch && lease.Fenced >= lease.Epoch {
			return true
		}
	}
	return false
}

// restart goes on with the same plan in a new epoch: it is as old as it was.
func (p *Policy) restart(s *State, actions *Actions) {
	plan, forced := s.Plan, s.forced()
	actions.dropSteps()
	p.arrive(s)
	p.leaves(s)
	plan.Count, plan.Steps = 0, [MaxSteps]Step{}
	if plan.Kind == Reopen {
		plan.Stores = p.moving(s, Reopen, plan.Scope())
	}
	old := s.Plan
	p.lay(s, plan)
	s.Plan.Began = old.Began
	if forced {
		s.Force.Epoch = s.Epoch
	}
	p.failedBefore(s, &old, actions)
}

// failedBefore counts, of a plan that begins again, each promotion that its guard has fenced before
// it was done as one that was tried. People hear of it when that was as often as a step is tried,
// and again whenever no alarm over it stands any more: no plan can do without it.
func (p *Policy) failedBefore(s *State, old *Plan, actions *Actions) {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if step.Kind != Promote {
			continue
		}
		if was := old.of(Promote, step.Store); was != nil && was.Status != Done {
			if step.Tries = was.Tries; was.Status == Failed {
				step.Tries = min(step.Tries, 253) + 1
			}
		}
		if step.Tries >= p.StepTries && !s.heardOf(step) {
			s.alarm(i, actions)
		}
	}
}

// heardOf reports whether people have heard lately of a step that has begun anew with its plan, in
// an earlier epoch of it: since the plan began. Only plans that promote begin anew. Stages are many
// of a kind.
func (s *State) heardOf(step *Step) bool {
	if !s.Plan.Kind.role() || step.Kind == Shift {
		return false
	}
	for _, notice := range s.notices() {
		same := notice.Step == step.Kind && notice.Store == step.Store &&
			notice.Target == s.Plan.Target && notice.At > s.Plan.Began
		if same && notice.Epoch != s.Plan.Epoch && s.Now < notice.At.Add(noticeLasts) {
			return true
		}
	}
	return false
}

// heldDown reports whether a quorum has seen a region down for the whole hold-down.
func (p *Policy) heldDown(s *State, r model.RegionID) bool {
	return p.scopeHeldDown(s, RegionScope(r))
}

// scopeHeldDown is heldDown of any scope.
func (p *Policy) scopeHeldDown(s *State, scope Scope) bool {
	evidence, down := p.SeesDown(s, scope)
	return down && p.lasted(s, &evidence)
}
