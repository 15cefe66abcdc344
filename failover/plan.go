package failover

import (
	"math/bits"

	"redoubt/model"
)

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
	Return:  {{Scale, 0}, {Shift, steps(Scale)}},
	Reroute: {{Scale, 0}, {Shift, steps(Scale)}},
	Reopen: {
		{Fence, 0}, {Scale, 0}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote, Scale)},
	},
	Switchover: {
		{Scale, 0}, {Fence, steps(Scale)}, {Promote, steps(Fence)}, {Repoint, steps(Promote)},
		{Shift, steps(Promote)},
	},
}

// begin starts a plan that leaves a scope, and remembers the transition that it makes.
func (p *Policy) begin(s *State, kind PlanKind, scope Scope, target model.RegionID) {
	p.lay(s, Plan{
		Kind: kind, Subject: scope.Region, Target: target, Part: scope.Part,
		Stores: p.moving(s, kind, scope),
		Leads:  kind.role() && scope.Part == Whole && scope.Region.Valid() && scope.Region == s.Primary,
	})
	s.Asked, s.Approved = nobody, nobody
	if kind.transits() {
		copy(s.Recent[1:], s.Recent[:MaxRecent-1])
		s.Recent[0] = Transition{At: s.Now, From: scope, To: target, Valid: true}
	}
}

// moving are the stores that a plan promotes, one bit each.
func (p *Policy) moving(s *State, kind PlanKind, scope Scope) (stores uint8) {
	if !kind.role() {
		return 0
	}
	stores = p.storesOf(s, scope)
	for i := range model.StoreID(p.Stores) {
		if kind == Reopen && s.Leases[i].heldBy(scope.Region) {
			stores &^= 1 << i
		}
	}
	return stores
}

// role reports whether a plan of this kind moves the write role, or opens it again.
func (k PlanKind) role() bool { return k == Failover || k == Reopen || k.swaps() }

// transits reports whether a plan of this kind is a transition: one that others have to keep their
// distance from. A return was ordered, and reopening moves nothing.
func (k PlanKind) transits() bool {
	return k == Failover || k == Evacuation || k == Reroute || k.swaps()
}

// lay lays out the steps of a plan in a new epoch.
func (p *Policy) lay(s *State, plan Plan) {
	s.Epoch++
	plan.Epoch, plan.Began = s.Epoch, s.Now
	s.Plan = plan
	for _, rule := range planRules[plan.Kind] {
		stores := uint8(1)
		switch {
		case rule.kind.ofStore():
			stores = plan.Stores
		case !p.includes(s, rule.kind):
			continue
		}
		for store := range model.StoreID(model.MaxStores) {
			if stores>>store&1 == 0 {
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

// ofStore reports whether a plan has a step of this kind for each store that it moves.
func (k StepKind) ofStore() bool { return k == Fence || k == Promote }

// includes reports whether a plan needs a step that is not about one store. Replicas and traffic are
// left alone by a plan that moves neither, or that reopens what was open before; a store that moves
// on its own takes no traffic along.
func (p *Policy) includes(s *State, kind StepKind) bool {
	plan := &s.Plan
	switch {
	case plan.Kind == Reopen:
		return s.Unsettled && plan.Leads
	case !plan.Kind.role():
		return true
	case kind == Repoint:
		return plan.Leads || plan.Stores != 0
	}
	left := plan.Kind == Failover && plan.Part == Whole && s.Serving.Has(plan.Subject)
	return plan.Leads || left
}

// scope is what a plan leaves.
func (plan *Plan) scope() Scope {
	scope := Scope{Region: plan.Subject, Part: plan.Part}
	if plan.Part == OneStore {
		scope.Store = model.StoreID(bits.TrailingZeros8(plan.Stores))
	}
	return scope
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
		p.arrive(s)
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
	case Return, Reroute:
		if p.ServesReads || p.MultiWriter {
			return s.Serving.With(plan.Target)
		}
		return model.RegionSet(0).With(plan.Target)
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
