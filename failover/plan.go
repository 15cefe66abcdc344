package failover

import (
	"math/bits"

	"redoubt/model"
)

// planRule is what a kind of plan consists of: its kinds of steps, in the order in which they are
// laid out, and for each the kinds that must be done before it. A kind that the plan does not have
// is no obstacle.
type planRule struct {
	order []StepKind
	needs [stepKindCount]StepSet
}

// planRules are the steps of each kind of plan. A failover fences and scales at once, since nothing
// is written until both are done, and diverts at once whoever only reads; planned work scales
// first, and drains and fences last, to keep the write pause short; an evacuation shifts at once,
// since what survivors can carry is better than nothing.
var planRules = [planKindCount]planRule{
	Failover: {
		order: []StepKind{
			Divert, Freeze, Fence, Scale, Promote, Repoint, Validate, Shift, Verify, Notify,
		},
		needs: [stepKindCount]StepSet{
			Promote: Steps(Fence), Repoint: Steps(Promote), Validate: Steps(Promote, Scale),
			Shift:  Steps(Promote, Scale, Validate),
			Verify: Steps(Promote, Repoint, Shift), Notify: Steps(Promote, Repoint, Shift, Verify),
		},
	},
	Evacuation: {
		order: []StepKind{Freeze, Scale, Shift, Verify, Notify},
		needs: [stepKindCount]StepSet{Verify: Steps(Shift), Notify: Steps(Shift, Verify)},
	},
	Failback:   swapRule,
	Switchover: swapRule,
	Drill:      swapRule,
	Return:     routeRule,
	Reroute:    routeRule,
	Reopen: {
		order: []StepKind{Fence, Scale, Promote, Repoint, Validate, Shift},
		needs: [stepKindCount]StepSet{
			Promote: Steps(Fence), Repoint: Steps(Promote), Validate: Steps(Promote, Scale),
			Shift: Steps(Promote, Scale, Validate),
		},
	},
	Reprotect: {
		order: []StepKind{Fence, Archive, Rewind, Notify},
		needs: [stepKindCount]StepSet{
			Archive: Steps(Fence), Rewind: Steps(Archive), Notify: Steps(Rewind),
		},
	},
	DryDrill: {
		order: []StepKind{Rehearse, Notify},
		needs: [stepKindCount]StepSet{Notify: Steps(Rehearse)},
	},
	Retract: {
		order: []StepKind{Undrain, Shift, Notify},
		needs: [stepKindCount]StepSet{Notify: Steps(Undrain, Shift)},
	},
}

var swapRule = planRule{
	order: []StepKind{
		Freeze, Scale, Drain, Fence, CatchUp, Promote, Repoint, Validate, Shift, Verify, Notify,
	},
	needs: [stepKindCount]StepSet{
		Scale: Steps(Freeze), Drain: Steps(Scale), Fence: Steps(Scale, Drain), CatchUp: Steps(Fence),
		Promote: Steps(Fence, CatchUp), Repoint: Steps(Promote), Validate: Steps(Scale, Promote),
		Shift:  Steps(Scale, Promote, Validate),
		Verify: Steps(Promote, Repoint, Shift), Notify: Steps(Promote, Repoint, Shift, Verify),
	},
}

var routeRule = planRule{
	order: []StepKind{Scale, Validate, Shift, Verify, Notify},
	needs: [stepKindCount]StepSet{
		Validate: Steps(Scale), Shift: Steps(Scale, Validate), Verify: Steps(Shift),
		Notify: Steps(Shift, Verify),
	},
}

// OptionalSteps are those that a plan has only when the policy asks for them.
const OptionalSteps StepSet = 1<<Freeze | 1<<Validate | 1<<Verify | 1<<Notify

// needs are the kinds of steps that a plan has to have done before one of a kind.
func (k PlanKind) needs(kind StepKind) StepSet {
	return planRules[k].needs[kind]
}

// waits reports whether a step of a kind has to wait for some of those that are left of a plan of a
// kind. A promotion does not: it may go before its fence.
func (k PlanKind) waits(kind StepKind, left StepSet) bool {
	return kind != Promote && k.needs(kind)&left != 0
}

// begin starts a plan that leaves a scope, and remembers the transition that it makes.
func (p *Policy) begin(s *State, kind PlanKind, scope Scope, target model.RegionID) {
	p.lay(s, Plan{
		Kind: kind, Subject: scope.Region, Target: target, Part: scope.Part,
		Stores: p.moving(s, kind, scope),
		Leads:  kind.role() && scope.Part == Whole && scope.Region.Valid() && scope.Region == s.Primary,
	})
	if kind.transits() {
		// What was asked reads otherwise after this.
		s.unask()
		place := p.forgets(s)
		copy(s.Recent[1:place+1], s.Recent[:place])
		s.Recent[0] = Transition{
			At: s.Now, From: scope, To: target, Staged: s.Plan.inStages(), Valid: true,
		}
	}
}

// forgets is the place of the transition that makes room for another: the oldest of those from
// which no cooldown follows, or else the oldest. However much people order, no cooldown is lost.
func (p *Policy) forgets(s *State) int {
	for i := MaxRecent - 1; i > 0; i-- {
		if t := &s.Recent[i]; t.Ordered || !p.recent(s, t) {
			return i
		}
	}
	if s.Recent[0].Ordered {
		return 0
	}
	return MaxRecent - 1
}

// moving are the stores that a plan promotes, one bit each.
func (p *Policy) moving(s *State, kind PlanKind, scope Scope) (stores uint8) {
	if kind == Reprotect {
		return p.behind(s, scope.Region)
	}
	if !kind.role() {
		return 0
	}
	stores = p.storesOf(s, scope)
	for i := range model.StoreID(p.Stores) {
		if kind == Reopen && s.Leases[i].heldBy(scope.Region) && !s.unopened(i) {
			stores &^= 1 << i
		}
	}
	return stores
}

// moves reports whether a plan of this kind moves the write role.
func (k PlanKind) moves() bool { return k == Failover || k.swaps() }

// role reports whether a plan of this kind moves the write role, or opens it again.
func (k PlanKind) role() bool { return k.moves() || k == Reopen }

// transits reports whether a plan of this kind is a transition: one that others have to keep their
// distance from. A return was ordered, and the others move nothing.
func (k PlanKind) transits() bool {
	return k.moves() || k == Evacuation || k == Reroute
}

// lay lays out the steps of a plan in a new epoch.
func (p *Policy) lay(s *State, plan Plan) {
	s.Epoch++
	plan.Epoch, plan.Began = s.Epoch, s.Now
	s.Plan, s.Turned = plan, s.Now
	if plan.Kind == Evacuation {
		s.Plan.Carry, s.Plan.Shed = p.parts(s, plan.Subject)
	}
	for _, kind := range planRules[plan.Kind].order {
		switch {
		case kind.ofStore():
			for store := range model.StoreID(model.MaxStores) {
				if plan.Stores>>store&1 == 1 && !p.spared(s, kind, store) {
					p.append(s, kind, store, p.actor(s, kind, store))
				}
			}
		case kind == Undrain:
			for left := s.Left.Drained; left != 0; left = left.Without(left.First()) {
				p.append(s, Undrain, 0, left.First())
			}
		case kind == Rehearse:
			p.append(s, Rehearse, 0, plan.Subject)
			p.append(s, Rehearse, 0, plan.Target)
			p.append(s, Rehearse, 0, model.NoRegion)
		case p.includes(s, kind):
			for range p.repeats(s, kind) {
				p.append(s, kind, 0, p.actor(s, kind, 0))
			}
		}
	}
}

// spared reports whether a reprotection has no use for a step: its copy is closed already, or what
// it holds alone is kept, or it may not be rewound by now.
func (p *Policy) spared(s *State, kind StepKind, store model.StoreID) bool {
	if s.Plan.Kind != Reprotect {
		return false
	}
	copied := &s.Diverged[store][s.Plan.Target]
	return kind == Fence && copied.Open == 0 || kind == Archive && copied.Status == Archived ||
		kind == Rewind && !p.mayRewind(s, store, s.Plan.Target)
}

// append adds a step to the plan. A copy that was rewound before without an end is looked at first.
func (p *Policy) append(s *State, kind StepKind, store model.StoreID, by model.RegionID) {
	begun := kind == Rewind && s.Diverged[store][by].Begun
	s.Plan.Steps[s.Plan.Count] = Step{
		Kind: kind, Store: store, Region: by, By: model.NoRegion, Since: s.Now, Look: begun,
	}
	s.Plan.Count++
}

// includes reports whether a plan needs a step that is not about one store. Replicas and traffic
// are left alone by a plan that moves neither, or that reopens what was open before; a store that
// moves on its own takes no traffic along.
func (p *Policy) includes(s *State, kind StepKind) bool {
	plan := &s.Plan
	if OptionalSteps.Has(kind) && !p.Optional.Has(kind) {
		return false
	}
	switch kind {
	case Freeze, Drain, CatchUp, Verify, Notify:
		return true
	case Divert:
		return p.ServesReads && plan.Leads && s.Serving.Has(plan.Subject) && p.mayDivert(s)
	case Repoint:
		return plan.Kind != Reopen && (plan.Leads || plan.Stores != 0) || p.settles(s)
	case Scale, Validate, Shift:
	case Fence, Promote, Archive, Rewind, Rehearse, Undrain, stepKindCount:
		return false
	}
	if plan.Kind == Retract {
		return p.halfway(s)
	}
	left := plan.Kind == Failover && plan.Part == Whole && s.Serving.Has(plan.Subject)
	settles := p.settles(s) && !p.shuns(s, plan.Target) && !p.ledAway(s, plan.Target)
	return !plan.Kind.role() || settles || plan.Kind != Reopen && plan.Leads || left
}

// mayDivert reports whether another region that serves than the one that is left, and that traffic
// gets to, carries some as it is.
func (p *Policy) mayDivert(s *State) bool {
	return p.readyOf(s, p.reachedAmong(s, s.Serving.Without(s.Plan.Subject))) > 0
}

// Scope is what a plan leaves.
func (plan *Plan) Scope() Scope {
	scope := Scope{Region: plan.Subject, Part: plan.Part}
	if plan.Part == OneStore {
		scope.Store = model.StoreID(bits.TrailingZeros8(plan.Stores))
	}
	return scope
}

// actor says whose agent does a step: the region that holds the store fences it, or one whose copy
// was left and may be open, the one that is left drains, the target does what is done to its own,
// and what concerns more than one region falls to the leader.
func (p *Policy) actor(s *State, kind StepKind, store model.StoreID) model.RegionID {
	switch kind {
	case Fence:
		if s.Plan.Kind == Reprotect {
			return s.Plan.Target
		}
		return s.Leases[store].Holder
	case Drain:
		return s.Plan.Subject
	case Promote, CatchUp, Validate, Archive, Rewind:
		return s.Plan.Target
	case Divert, Scale, Repoint, Shift, Freeze, Verify, Notify, Rehearse, Undrain, stepKindCount:
	}
	return model.NoRegion
}
