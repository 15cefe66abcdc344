package failover

import (
	"time"

	"redoubt/model"
)

// lagAndFence judges the data at risk of a failover, and whether its promotion may follow. An
// evacuation moves no write role, so both pass.
func (p *Policy) lagAndFence(s *State, v *Verdict) (lag, fence Finding) {
	if v.Kind != Failover {
		return lag, fence
	}
	risk, known := p.dataAtRisk(s, v.Stores, v.Target)
	v.Astray = v.Target.Valid() && p.astray(s, v.Target)&v.Stores != 0
	lag = Finding{
		Want: int64(p.DataAtRiskMax), Ruling: rule(known && risk <= p.DataAtRiskMax, Deny),
	}
	if lag.Have = int64(risk); known {
		lag.Since = p.riskSince(s, v.Stores, v.Target)
		if from, caught := p.keepsUpFrom(s, v, v.Target); lag.Ruling == Pass && s.Now < from {
			lag.Ruling, lag.Since, lag.Until = Hold, min(caught, s.Now), from
		}
	} else {
		lag.Have = -1
	}
	v.LeftOpen = p.leftOpen(s, v.Stores, v.Target)
	timed := true // Whether time alone ends what it waits for.
	for store := range model.StoreID(p.Stores) {
		elsewhere := v.Target.Valid() && p.openBut(s, store, v.Target)
		if v.Stores>>store&1 == 1 && p.holds(s, store, v.Target) {
			v.Taken |= 1 << store
		}
		switch {
		case v.Stores>>store&1 == 0:
			continue
		case p.closed(s, store) && !elsewhere:
			fence.Since = max(fence.Since, p.closedAt(s, store))
			continue
		}
		end, bounded := p.fenceTime(s, store)
		timed = timed && bounded && !elsewhere
		fence.Ruling, fence.Until = Hold, max(fence.Until, end.Add(p.Drift))
	}
	if fence.Ruling != Pass {
		fence.Since = 0 // What it waits for has not begun.
	}
	if !timed {
		fence.Until = 0
	}
	return lag, fence
}

// caughtUp is when a replica caught up as CaughtUp of a sample has it, by the next one and the one
// before it. It had not while the one before was of more than may be lost, or none came for so long
// that as much may have been. A sample that comes in its turn, or after one that was lost, ends no
// gap where turns are far apart, nor does one within a hold-down, nor the first of all. Of a store
// that is closed it says nothing of today: who is back renews its lease first.
func (p *Policy) caughtUp(s *State, store model.StoreID, before, next *LagSample) Second {
	if p.closed(s, store) || next.Lag > p.DataAtRiskMax || !p.accused(s, s.Writers[store]) {
		return 0
	}
	gap := max(p.HoldDown, p.DataAtRiskMax-before.Lag, 2*p.EquallyFresh)
	long := before.Lag > p.DataAtRiskMax || next.At.Sub(before.At) > gap
	if long && before.Epoch != 0 {
		return secondOf(next.At)
	}
	return before.CaughtUp
}

// keepsUpFrom is from when on a target's replicas have kept up for long enough, and when they
// caught up, if one did after a quorum began to say that the scope is down. As a cut ends, they
// receive what was written meanwhile within seconds, and observers need several good checks before
// they say up. So what comes from a region that is said to be down may be its first sign of life,
// and whoever is to see that has a hold-down for it.
func (p *Policy) keepsUpFrom(
	s *State, v *Verdict, target model.RegionID,
) (from, caught Instant) {
	evidence := Instant(-1)
	for store := range model.StoreID(p.Stores) {
		sample := &s.Lags[store][target]
		if v.Stores>>store&1 == 0 || sample.CaughtUp == 0 || p.holds(s, store, target) {
			continue
		}
		if evidence < 0 {
			evidence = p.EvidenceFor(s, v.Scope).Since
		}
		caught = max(caught, sample.CaughtUp.Instant())
	}
	if caught <= evidence || caught == 0 {
		return 0, 0
	}
	return caught.Add(p.HoldDown), caught
}

// riskSince is since when no more than what dataAtRisk says is at risk: since the replica that
// would lose the most was measured or, if that came later, the fence froze it. It is 0 for a target
// that risks nothing.
func (p *Policy) riskSince(s *State, stores uint8, target model.RegionID) (since Instant) {
	worst := time.Duration(-1)
	for store := range model.StoreID(p.Stores) {
		risk := p.storeAtRisk(s, store, target)
		if stores>>store&1 == 0 || p.holds(s, store, target) || risk <= worst {
			continue
		}
		worst, since = risk, s.Lags[store][target].At
		if fence, bounded := p.fenceTime(s, store); bounded && fence <= s.Now {
			since = max(since, fence)
		}
	}
	return since
}

// closedAt is when the holder of a store that is closed could no longer write, as closed has it:
// its fence was recorded, or its guarded lease had ended with the margin for drift.
func (p *Policy) closedAt(s *State, store model.StoreID) Instant {
	lease := &s.Leases[store]
	over := lease.End.Add(p.Drift)
	switch {
	case lease.Fenced < lease.Epoch:
		return over
	case p.guarded(store):
		return min(lease.FencedAt, over)
	}
	return lease.FencedAt
}

// LagHolds reports whether something that has failed is not left because too much could be lost, or
// because nobody knows how much: the next sample of lag could let a plan begin.
func (p *Policy) LagHolds(s *State) bool {
	if p.lagHolds(s, RegionScope(s.Primary)) {
		return true
	}
	for i := range model.StoreID(p.Stores) {
		writer := s.Writers[i]
		if writer != s.Primary && p.lagHolds(s, RegionScope(writer)) ||
			p.lagHolds(s, Scope{Region: writer, Part: OneStore, Store: i}) {
			return true
		}
	}
	return false
}

func (p *Policy) lagHolds(s *State, scope Scope) bool {
	evidence, down := p.SeesDown(s, scope)
	if !down || !p.failed(s, scope, &evidence) {
		return false
	}
	v := Verdict{Scope: scope, Kind: p.remedy(s, scope), Stores: p.storesOf(s, scope)}
	if v.Kind != Failover {
		return false // Nothing is promoted.
	}
	v.Target = model.NoRegion
	p.choose(s, &v)
	lag, _ := p.lagAndFence(s, &v)
	return lag.Ruling != Pass
}

// riskLet is the most data that the policy lets a plan of a kind put at risk, unless it is forced.
func (p *Policy) riskLet(kind PlanKind) time.Duration {
	if kind != Failover || p.Stores == 0 {
		return 0
	}
	return p.DataAtRiskMax
}

// dataAtRisk bounds what a promotion of target would lose, in seconds of writes: everything from
// what its replica held at the last sample to the fence. That is the last lag, plus that sample's
// age at onset, plus the time from onset to the fence, which frozen at the fence no longer grows.
// Where nothing but a fence that has not happened can close the store, it grows with the time. A
// target that holds the lease itself, from a plan that was given up, risks nothing beyond what that
// plan accepted. It is false without a sample, and while a copy that a person left open goes on
// taking writes as far as anybody knows.
func (p *Policy) dataAtRisk(
	s *State, stores uint8, target model.RegionID,
) (time.Duration, bool) {
	if !target.Valid() {
		return 0, false
	}
	worst := time.Duration(0)
	for store := range model.StoreID(p.Stores) {
		if stores>>store&1 == 0 {
			continue
		}
		sampled := p.holds(s, store, target) || s.Lags[store][target].Epoch != 0
		if !sampled || p.openBut(s, store, target) {
			return 0, false
		}
		worst = max(worst, p.storeAtRisk(s, store, target))
	}
	return worst, true
}

// DataAtRisk bounds what a promotion of a region's copy of a store would lose if it were ordered
// now, in seconds of writes: what a person has to accept at least who forces it. It is false where
// nobody knows, and what is lost then may be all that was written since nobody knows when.
func (p *Policy) DataAtRisk(s *State, store model.StoreID, r model.RegionID) (time.Duration, bool) {
	risk, known := p.dataAtRisk(s, 1<<store, r)
	return risk, known && !p.unusable(s, 1<<store, r)
}

// holds reports whether a region has all that there is of a store: it holds the lease, and whoever
// held it before was closed.
func (p *Policy) holds(s *State, store model.StoreID, r model.RegionID) bool {
	return s.Leases[store].Holder == r && !s.Leases[store].Open
}

// storeAtRisk is dataAtRisk for one store whose lag has been sampled.
func (p *Policy) storeAtRisk(s *State, store model.StoreID, target model.RegionID) time.Duration {
	if p.holds(s, store, target) {
		return 0
	}
	fence, bounded := p.fenceTime(s, store)
	if !bounded {
		fence = s.Now
	}
	sample := &s.Lags[store][target]
	return fence.Sub(sample.At) + sample.Lag
}
