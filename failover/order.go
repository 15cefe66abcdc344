package failover

import (
	"math"
	"time"

	"redoubt/model"
)

// Force is a failover that a person forced, and what they accepted for it.
type Force struct {
	// Epoch is the plan's, 0 when nobody forced any.
	Epoch Epoch
	// Target is where it went, At when it was ordered.
	Target model.RegionID
	At     Instant
	// Lag is how much of the writes was accepted to be lost, or AnyLoss; Writes how many writes the
	// operator took that for.
	Lag    time.Duration
	Writes uint64
}

// forced reports whether the running plan was forced.
func (s *State) forced() bool {
	return s.Plan.Kind == Failover && s.Force.Epoch == s.Plan.Epoch
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

// closedFor reports whether the running plan may promote another region's copy of a store: the
// holder can no longer write, or a person forced the failover of a store that no guard keeps, and
// so answers for that.
func (p *Policy) closedFor(s *State, store model.StoreID) bool {
	return p.closed(s, store) || s.forced() && !p.guarded(store)
}

// applyOrder takes an operator's word.
func (p *Policy) applyOrder(s *State, e *Event, actions *Actions) {
	switch e.Verb {
	case Approve:
		scope := Scope{Region: e.Region, Part: e.Part, Store: e.Store}
		if p.Mode == model.Manual && p.Workload.Has(e.Region) && scope == s.Asked {
			s.Approved, s.ApprovedAt = scope, s.Now
		}
	case GoBack:
		p.goBack(s, e.Region)
	case OrderSwitchover:
		if from := p.orderedScope(s, e); p.maySwap(s, from, e.Region) {
			p.begin(s, Switchover, from, e.Region)
		}
	case OrderForce:
		p.force(s, e, actions)
	case Pause, Resume:
		s.Paused = e.Verb == Pause
	case PullBrake:
		s.pull()
	case LiftBrake:
		s.lift()
	case Declare, Withdraw, Veto, LiftVeto:
		if p.Workload.Has(e.Region) {
			s.Marks[e.Region].order(e, s.Now)
		}
	case verbCount:
	}
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

// goBack begins the planned return of a region, unless a quorum still sees it down, another plan
// runs, or there is nothing to return.
func (p *Policy) goBack(s *State, region model.RegionID) {
	returns := p.Candidates.Has(region) && !p.EvidenceOn(s, region).Failed()
	if s.Plan.Kind != NoPlan || !returns {
		return
	}
	switch {
	case !p.MultiWriter && region == p.Home && p.absent(s).Valid():
		from := p.absent(s)
		if !s.Marks[from].Vetoed && p.ready(s, region) == Pass {
			p.begin(s, Failback, RegionScope(from), region)
		}
	case (p.ServesReads || region == s.Primary) && !s.Serving.Has(region):
		p.begin(s, Return, RegionScope(model.NoRegion), region)
	}
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

// maySwap reports whether an operator may have the write role moved to a region as planned work:
// both ends are up, the target may hold the data and has ready what it needs, nobody forbade to
// leave the one that is left, and nothing else is being done. Cooldown and brake are for what nobody
// ordered.
func (p *Policy) maySwap(s *State, from Scope, target model.RegionID) bool {
	if s.Plan.Kind != NoPlan || !p.movable(s, from, target) || p.ready(s, target) != Pass {
		return false
	}
	return !s.Marks[from.Region].Vetoed && !p.EvidenceOn(s, from.Region).Failed()
}

// movable reports whether the write role could go to a region at all.
func (p *Policy) movable(s *State, from Scope, target model.RegionID) bool {
	acts := !p.MultiWriter && p.Mode != model.Advise
	lawful := !p.unlawful(p.storesOf(s, from)).Has(target)
	other := target != from.Region && p.Candidates.Has(target)
	return acts && lawful && other && !p.EvidenceOn(s, target).Failed()
}

// force begins a failover that a person takes upon themselves, whatever the gates say but for
// these: another plan runs, the target may not hold the data, a quorum sees it down, or more is at
// risk than the order accepts. What is not known is at risk without a bound, so that only AnyLoss
// covers it. The fence of a guarded store is waited for as ever. A failover to the same region that
// is under way, waiting for a fence perhaps that nobody can record, becomes a forced one.
func (p *Policy) force(s *State, e *Event, actions *Actions) {
	from := p.orderedScope(s, e)
	same := s.Plan.Kind == Failover && s.Plan.Target == e.Region && s.Plan.scope() == from &&
		!s.forced() && !s.Plan.moved(s)
	free := same || s.Plan.Kind == NoPlan || p.yields(s, from)
	if !free || !p.movable(s, from, e.Region) {
		return
	}
	risk, known := p.dataAtRisk(s, p.storesOf(s, from), e.Region)
	if e.Lag != AnyLoss && (!known || risk > e.Lag) {
		return
	}
	if !same {
		p.supersede(s, actions)
		p.begin(s, Failover, from, e.Region)
	}
	s.Force = Force{
		Epoch: s.Epoch, Target: e.Region, At: s.Now, Lag: e.Lag, Writes: e.Ticket,
	}
}
