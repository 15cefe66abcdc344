package failover

import (
	"time"

	"redoubt/model"
)

// closed reports whether the holder of a store's lease can no longer write: its epoch is recorded
// as fenced, or a guarded lease has expired with the margin for drift.
func (p *Policy) closed(s *State, store model.StoreID) bool {
	lease := &s.Leases[store]
	return lease.Fenced >= lease.Epoch || p.guarded(store) && s.Now >= lease.End.Add(p.Drift)
}

// fenceTime is when the holder's writes end at the latest, as far as the log can tell: the recorded
// fence, or the end of a guarded lease, whichever is earlier. It is false for a store that only a
// fence can close, as long as there is none.
func (p *Policy) fenceTime(s *State, store model.StoreID) (Instant, bool) {
	lease := &s.Leases[store]
	switch fenced := lease.Fenced >= lease.Epoch; {
	case fenced && p.guarded(store):
		return min(lease.FencedAt, lease.End), true
	case fenced:
		return lease.FencedAt, true
	}
	return lease.End, p.guarded(store)
}

// heldBy reports whether a region holds the lease and no fence has ended it.
func (l *Lease) heldBy(r model.RegionID) bool { return l.Holder == r && l.Fenced < l.Epoch }

// MayRenew reports whether a region's renewal of a store's lease would count now. The holder must
// be where the store belongs, or the target that claimed the store in the running plan. Once that
// plan has begun to fence a store, nobody renews the lease that is to end.
func (p *Policy) MayRenew(s *State, store model.StoreID, r model.RegionID) bool {
	if store >= model.StoreID(p.Stores) || !s.Leases[store].heldBy(r) {
		return false
	}
	if s.Plan.Kind != NoPlan && s.Leases[store].Epoch == s.Plan.Epoch {
		return true
	}
	if r != s.Writers[store] {
		return false
	}
	fence := s.Plan.of(Fence, store)
	return fence == nil || fence.Region != r || fence.Status == Waiting
}

// applyRenewal extends the holder's lease, and never shortens it.
func (p *Policy) applyRenewal(s *State, e *Event) {
	if !p.MayRenew(s, e.Store, e.Region) || s.Leases[e.Store].Epoch != e.Epoch {
		return
	}
	lease := &s.Leases[e.Store]
	lease.Ticket = e.Ticket
	lease.End = max(lease.End, s.Now.Add(p.Lease))
	if !s.drained(e.Store) && !s.unopened(e.Store) {
		s.holds(e.Store) // Record looks at no lapse.
	}
}

// applyFence records that the holder's guard will not open an epoch again, nor an older one. A
// fence of an epoch that was never handed out is nonsense; one of an epoch above the lease's ends
// the lease, and means nothing to the next holder, whose guard keeps a record of its own. A copy
// that was left while it was open is closed by it too.
func (p *Policy) applyFence(s *State, e *Event) {
	if e.Store >= model.StoreID(p.Stores) || !p.Workload.Has(e.Region) || e.Epoch > s.Epoch {
		return
	}
	if copied := &s.Diverged[e.Store][e.Region]; e.Epoch >= copied.Open {
		if copied.Open = 0; copied.Status == Abandoned {
			copied.Status = Suspected // It is not gone, and nobody has to do without what it holds.
		}
	}
	lease := &s.Leases[e.Store]
	if lease.heldBy(e.Region) && e.Epoch >= lease.Epoch {
		lease.Fenced, lease.FencedAt = lease.Epoch, s.Now
		s.Left.Unopened &^= 1 << e.Store // It is known to be closed.
	}
}

// fenced reports whether the region that a fence of the running plan is for can no longer write:
// the store's holder until the target has claimed it, and whose copy was left after that.
func (p *Policy) fenced(s *State, step *Step) bool {
	left := s.Plan.Kind == Reprotect || s.Leases[step.Store].Epoch == s.Plan.Epoch
	if left && step.Region.Valid() {
		return s.Diverged[step.Store][step.Region].Open == 0
	}
	return p.closed(s, step.Store)
}

// bounded reports whether a step is tried only as often as any other. A fence that a promotion
// waits for is not: nothing can replace it. One that a person's force goes without is, and so is
// one that only a repair waits for, which can be begun again.
func (p *Policy) bounded(s *State, step *Step) bool {
	return step.Kind != Fence || s.Plan.Kind == Reprotect || p.answered(s, step.Store)
}

// grant gives a claimed promotion its store's lease: the target is possibly writable from here on.
func (p *Policy) grant(s *State, step *Step, ticket uint64) {
	lease := &s.Leases[step.Store]
	if lease.Holder == s.Plan.Target && !lease.Open {
		p.keepsLags(s, step.Store)
	}
	lease.Holder, lease.Epoch, lease.Ticket = s.Plan.Target, s.Plan.Epoch, ticket
	lease.End = s.Now.Add(p.Lease)
	s.Left.Unopened &^= 1 << step.Store
}

// keepsLags has what is known of a store's copies count for the lease that its holder is about to
// take anew: who followed it follows it still, and for as long as it was closed nobody wrote. What
// a copy had newest when it was measured has aged since the store was closed for no other reason.
func (p *Policy) keepsLags(s *State, store model.StoreID) {
	shut := s.Now
	if end, bounded := p.fenceTime(s, store); bounded {
		shut = min(end, s.Now)
	}
	for i := range s.Lags[store] {
		sample := &s.Lags[store][i]
		if sample.Epoch == 0 || sample.Epoch != s.Leases[store].Epoch {
			continue
		}
		sample.Epoch = s.Plan.Epoch
		if late := sample.At.Sub(shut); late > 0 {
			sample.At, sample.Lag = shut, max(0, sample.Lag-late)
		}
		sample.At = sample.At.Add(s.Now.Sub(shut))
	}
}

// lagMax bounds a sample, so that no sum with it overflows.
const lagMax = time.Duration(1 << 60)

// applyLag records a sample of a replica's lag. An older one than the last counts for nothing, and
// neither does that of a replica which follows somebody else than the holder of the lease: how far
// it is behind that one says nothing.
func (p *Policy) applyLag(s *State, e *Event) {
	if e.Store >= model.StoreID(p.Stores) || !p.Workload.Has(e.Region) || e.Lag < 0 ||
		e.Epoch != s.Leases[e.Store].Epoch {
		return
	}
	sample := &s.Lags[e.Store][e.Region]
	at := s.Now.Add(-clampAge(e.Age, s.Now))
	if sample.Epoch != 0 && at < sample.At {
		return
	}
	next := LagSample{Lag: min(e.Lag, lagMax), At: at, Epoch: e.Epoch}
	next.CaughtUp = p.caughtUp(s, e.Store, sample, &next)
	*sample = next
}
