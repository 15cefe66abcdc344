package failover

import (
	"math"
	"time"

	"redoubt/model"
)

// Force is a failover, or a reopening, that a person forced, and what they accepted for it.
type Force struct {
	// Epoch is the plan's, 0 when nobody forced any.
	Epoch Epoch
	// Target is where it went, Stores which stores were named, one bit each, At when it was ordered.
	Target model.RegionID
	Stores uint8
	At     Instant
	// Lag is how much of the writes was accepted to be lost, or AnyLoss; Writes how many writes the
	// operator took that for.
	Lag    time.Duration
	Writes uint64
	// Known is the data at risk as it was known when that was ordered, in seconds of writes, or -1
	// when nobody knew: what is accepted by AnyLoss, in numbers.
	Known time.Duration
	// Who took that upon themselves.
	Who uint64
}

// namesLoss reports whether an order to force a failover says in seconds and in writes what it
// accepts to lose. Only who accepts none at all accepts no writes.
func (e *Event) namesLoss() bool {
	return e.Lag == 0 || (e.Lag > 0 || e.Lag == AnyLoss) && e.Ticket > 0
}

// knownRisk is the data that the running plan puts at risk as far as it is known, or -1: nothing is
// known without a sample of the lag, nor of a copy that may hold other writes than its primary's.
func (p *Policy) knownRisk(s *State) time.Duration {
	stores, target := s.Force.Stores, s.Plan.Target
	risk, known := p.dataAtRisk(s, stores, target)
	if !known || p.unusable(s, stores, target) {
		return -1
	}
	return risk
}

// forced reports whether the running plan was forced.
func (s *State) forced() bool {
	moves := s.Plan.Kind == Failover || s.Plan.Kind == Reopen
	return moves && s.Force.Epoch == s.Plan.Epoch
}

// lossMax is the most data that the running plan may put at risk.
func (p *Policy) lossMax(s *State) time.Duration {
	switch {
	case !s.forced():
		return p.DataAtRiskMax
	case s.Force.Lag == AnyLoss:
		return math.MaxInt64
	}
	return s.Force.Lag
}

// answered reports whether a person who forced the running plan answers for whoever may still write
// to a store: one that no guard keeps, and that they named.
func (p *Policy) answered(s *State, store model.StoreID) bool {
	return s.forced() && s.Force.Stores>>store&1 == 1 && !p.guarded(store)
}

// closedFor reports whether the running plan may promote another region's copy of a store: nobody
// else can write to it, or a person answers for that.
func (p *Policy) closedFor(s *State, store model.StoreID) bool {
	return p.closed(s, store) && !p.openBut(s, store, s.Plan.Target) || p.answered(s, store)
}

// openBut reports whether a region other than the one that is to take over a store may still write
// to its copy, since a person forced a promotion elsewhere. Whoever reopens a store where it
// belongs changes nothing about that.
func (p *Policy) openBut(s *State, store model.StoreID, target model.RegionID) bool {
	return p.leftOpen(s, 1<<store, target).Valid()
}

// leftOpen is a region as in openBut of any of some stores, or NoRegion.
func (p *Policy) leftOpen(s *State, stores uint8, target model.RegionID) model.RegionID {
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 0 || target == s.Writers[i] {
			continue
		}
		for r := range model.RegionID(model.MaxRegions) {
			if r != target && s.mayWrite(i, r) {
				return r
			}
		}
	}
	return model.NoRegion
}

// applyOrder takes an operator's word, unless there is a reason to refuse it.
func (p *Policy) applyOrder(s *State, e *Event, actions *Actions) {
	if s.refusesAge(e) != accepted {
		return
	}
	if s.remember(e); p.refusal(s, e) != accepted {
		return
	}
	if e.Verb.stops() {
		s.Turned = s.Now
	}
	if s.endsStages(e) {
		s.Plan.Whole = true
		return
	}
	switch e.Verb {
	case Approve:
		p.approve(s, e, actions)
	case GoBack:
		p.goBack(s, e.Region, actions)
	case OrderSwitchover:
		p.replace(s, Switchover, p.orderedScope(s, e), e.Region, actions)
	case OrderForce:
		p.force(s, e, actions)
	case Pause, Resume:
		s.pause(e.Verb == Pause)
	case PullBrake:
		s.pull()
	case LiftBrake:
		s.lift()
	case Declare, Withdraw, Veto, LiftVeto:
		s.Marks[e.Region].order(e, s.Now)
	case Abort:
		p.abort(s, actions)
	case Reconcile:
		p.reconcile(s, e, actions)
	case SkipValidation:
		for i := range s.Plan.Count {
			if step := &s.Plan.Steps[i]; step.Kind == Validate && step.Status.open() {
				step.set(Done, s.Now)
			}
		}
	case OrderReprotection:
		if p.behind(s, e.Region) == 0 {
			p.suspect(s, p.astray(s, e.Region), e.Region)
		}
		p.replace(s, Reprotect, RegionScope(e.Region), e.Region, actions)
	case OrderDryDrill:
		p.replace(s, DryDrill, RegionScope(s.Primary), e.Region, actions)
	case OrderDrill:
		p.orderDrill(s, e, actions)
	case ApproveDrill:
		p.approveDrill(s, actions)
	case OrderEvacuation:
		v := p.judge(s, RegionScope(e.Region))
		p.replace(s, v.Kind, v.Scope, v.Target, actions)
		s.Plan.Ordered, s.Recent[0].Ordered = true, true
	case verbCount:
	}
	s.Plan.Whole = s.Plan.Whole || s.endsStages(e) // Of a plan that has begun just now.
}

// order takes an operator's word on the region.
func (m *Mark) order(e *Event, now Instant) {
	switch e.Verb {
	case Declare:
		m.declare(m.Causes|Cause(e.Share), now)
	case Withdraw:
		m.declare(m.Causes&^Cause(e.Share), now)
	case Veto, LiftVeto:
		m.forbid(e.Verb == Veto, now)
	case Approve, GoBack, OrderSwitchover, OrderForce, Pause, Resume, PullBrake, LiftBrake, verbCount:
	}
}

// goBack begins the planned return of what belongs in a region: the write role first, then its
// traffic.
func (p *Policy) goBack(s *State, region model.RegionID, actions *Actions) {
	if from := p.absent(s); p.returnsWrites(s, region) {
		p.replace(s, Failback, RegionScope(from), region, actions)
		return
	}
	p.replace(s, Return, RegionScope(model.NoRegion), region, actions)
}

// replace begins what was ordered, in place of what gives way to it.
func (p *Policy) replace(
	s *State, kind PlanKind, scope Scope, target model.RegionID, actions *Actions,
) {
	p.supersede(s, actions)
	p.begin(s, kind, scope, target)
}

// returnsWrites reports whether a region is the home of writes that are elsewhere.
func (p *Policy) returnsWrites(s *State, region model.RegionID) bool {
	return !p.MultiWriter && region == p.Home && p.absent(s).Valid()
}

// absent is a region from which something has to come back to the home of the writes: the lead, or
// else a store that was promoted on its own.
func (p *Policy) absent(s *State) model.RegionID {
	if s.Primary != p.Home {
		return s.Primary
	}
	for i := range p.Stores {
		if s.Writers[i] != p.Home {
			return s.Writers[i]
		}
	}
	return model.NoRegion
}

// orderedScope is what an order to move the write role concerns: the primary, or one store where it
// is written.
func (p *Policy) orderedScope(s *State, e *Event) Scope {
	if e.Part == OneStore && e.Store < model.StoreID(p.Stores) {
		return Scope{Region: s.Writers[e.Store], Part: OneStore, Store: e.Store}
	}
	return RegionScope(s.Primary)
}

// pause notes that people pause the policy, since now unless they had before, or that they resume
// it.
func (s *State) pause(paused bool) {
	if !paused {
		s.PausedAt = 0
	} else if !s.Paused {
		s.PausedAt = s.Now
	}
	s.Paused = paused
}

// abort ends the running plan. One that would begin again at once, the brake stops. What undoes
// planned work heeds a pause alone, and what makes a replica the time of its last try.
func (p *Policy) abort(s *State, actions *Actions) {
	if s.Plan.Kind.transits() && !s.Plan.Kind.swaps() && p.cameUnasked(s) {
		s.pull()
	}
	s.pause(s.Paused || s.Plan.Kind == Retract)
	if s.Plan.Kind == Reprotect {
		p.tries(s, s.Plan.Target)
	}
	evacuates, unsettled := s.Plan.Kind == Evacuation, s.Left.Unsettled
	p.end(s, s.Plan.took(s), actions)
	if evacuates {
		s.Left.Unsettled = unsettled // Who aborts it has the others grow no more.
	}
}

// cameUnasked reports whether the running plan has begun by itself, or one that leaves the same
// region would: a quorum sees that down, or a part of it that matters.
func (p *Policy) cameUnasked(s *State) bool {
	for index := range scopeCount {
		scope := scopeAt(s.Plan.Subject, index)
		if _, down := p.SeesDown(s, scope); down && p.matters(s, scope) {
			return true
		}
	}
	return !s.Plan.Ordered && !s.forced()
}

// force begins a failover that a person takes upon themselves. The fence of a guarded store is
// waited for as ever. A failover to the same region that is under way, or the reopening of that
// region, waiting for a fence perhaps that nobody can record, becomes a forced one. One that is
// stuck halfway has its target take over in name, and the force leaves that.
func (p *Policy) force(s *State, e *Event, actions *Actions) {
	if p.stranded(s) {
		p.arrive(s)
	}
	from := p.orderedScope(s, e)
	if !p.sameFailover(s, from, e.Region) && !p.reopensFor(s, e) {
		p.supersede(s, actions)
		p.begin(s, Failover, from, e.Region)
	}
	stores := s.Plan.Stores
	if e.Part == OneStore {
		stores &= 1 << e.Store
	}
	if s.forced() {
		stores |= s.Force.Stores
	}
	s.Force = Force{
		Epoch: s.Plan.Epoch, Target: e.Region, Stores: stores, At: s.Now, Lag: e.Lag, Writes: e.Ticket,
		Who: e.Who,
	}
	s.Force.Known = p.knownRisk(s)
}

// sameFailover reports whether a failover of a scope to a region is under way that can still become
// a forced one.
func (p *Policy) sameFailover(s *State, from Scope, target model.RegionID) bool {
	return s.Plan.Kind == Failover && s.Plan.Target == target && s.Plan.Scope() == from &&
		!s.forced() && !s.Plan.moved(s)
}

// reopensFor reports whether the region that an order names is being reopened, and the plan waits
// for the fence of a store that nothing else closes: one that no guard keeps, and that another
// region holds, who may be dead.
func (p *Policy) reopensFor(s *State, e *Event) bool {
	if s.Plan.Kind != Reopen || s.Plan.Target != e.Region {
		return false
	}
	for i := range model.StoreID(p.Stores) {
		ordered := s.Plan.Stores>>i&1 == 1 && (e.Part == Whole || e.Store == i)
		if ordered && !p.guarded(i) && !p.closedFor(s, i) && s.Leases[i].Holder != e.Region {
			return true
		}
	}
	return false
}
