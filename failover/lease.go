package failover

import "redoubt/model"

// closed reports whether the holder of a store's lease can no longer write: its epoch is recorded as
// fenced, or a guarded lease has expired with the margin for drift.
func (p *Policy) closed(s *State, store model.StoreID) bool {
	lease := &s.Leases[store]
	return lease.Fenced >= lease.Epoch || p.guarded(store) && s.Now >= lease.End.Add(p.Drift)
}

// fenceTime is when the holder's writes end at the latest, as far as the log can tell: the recorded fence,
// or the end of a guarded lease. It is false for a store that only a fence can close.
func (p *Policy) fenceTime(s *State, store model.StoreID) (Instant, bool) {
	lease := &s.Leases[store]
	if lease.Fenced >= lease.Epoch {
		return lease.FencedAt, true
	}
	return lease.End, p.guarded(store)
}

// applyRenewal extends the holder's lease, and never shortens it. Once a plan has begun only its target,
// having claimed, can renew: the old primary's lease runs out.
func (p *Policy) applyRenewal(s *State, e *Event) {
	if e.Store >= model.StoreID(p.Stores) {
		return
	}
	lease := &s.Leases[e.Store]
	if lease.Holder != e.Region || lease.Epoch != e.Epoch || lease.Fenced >= lease.Epoch {
		return
	}
	if s.Plan.Kind != NoPlan && (s.Plan.Target != e.Region || s.Plan.Epoch != e.Epoch || s.Plan.Cancelled) {
		return
	}
	lease.Ticket = e.Ticket
	lease.End = max(lease.End, s.Now.Add(p.Lease))
}

// applyFence records that a guard will not open an epoch again. A fence of an epoch that was never
// handed out is nonsense.
func (p *Policy) applyFence(s *State, e *Event) {
	if e.Store >= model.StoreID(p.Stores) || e.Epoch > s.Epoch {
		return
	}
	lease := &s.Leases[e.Store]
	if e.Region != lease.Holder || e.Epoch <= lease.Fenced {
		return
	}
	lease.Fenced, lease.FencedAt = e.Epoch, s.Now
}

// grant gives a claimed promotion its store's lease: the target is possibly writable from here on.
func (p *Policy) grant(s *State, step *Step, ticket uint64) {
	lease := &s.Leases[step.Store]
	lease.Holder, lease.Epoch, lease.Ticket = s.Plan.Target, s.Plan.Epoch, ticket
	lease.End = s.Now.Add(p.Lease)
}

// heldByPrimary reports whether the primary holds every store under a lease that no fence has ended.
func (p *Policy) heldByPrimary(s *State) bool {
	for i := range model.StoreID(p.Stores) {
		if lease := &s.Leases[i]; lease.Holder != s.Primary || lease.Fenced >= lease.Epoch {
			return false
		}
	}
	return true
}

// applyLag records a sample of a replica's lag; an older one than the last counts for nothing.
func (p *Policy) applyLag(s *State, e *Event) {
	if e.Store >= model.StoreID(p.Stores) || !p.Workload.Has(e.Region) || e.Lag < 0 {
		return
	}
	sample := &s.Lags[e.Store][e.Region]
	at := s.Now.Add(-clampAge(e.Age, s.Now))
	if sample.Valid && at < sample.At {
		return
	}
	*sample = LagSample{Lag: e.Lag, At: at, Valid: true}
}
