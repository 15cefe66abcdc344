package failover

import (
	"math"

	"redoubt/model"
)

// DivergenceStatus is how far the copy of a region that was left is from being a replica again.
type DivergenceStatus uint8

// The states of a copy.
const (
	// InStep copies follow the primary, as far as anybody knows.
	InStep DivergenceStatus = iota
	// Suspected copies may hold writes that the new primary does not.
	Suspected
	// Archived copies still hold them, and what they hold is kept elsewhere and was counted.
	Archived
	// Unreconciled copies follow again; what they held alone is in the archive, and nobody has said
	// yet that it was brought in, or can be done without.
	Unreconciled
	// Abandoned copies are those of a region that a person has said is gone for good: nobody has
	// fenced them, and they count as closed until their region is seen up again, or its agent heard
	// of. Then they are suspected as before that word, whatever is seen of them later.
	Abandoned
	divergenceCount
)

var divergenceNames = [divergenceCount]string{
	"in step", "suspected to have diverged", "archived", "rewound, not reconciled",
	"given up for good",
}

// String gives the status in words.
func (d DivergenceStatus) String() string {
	if d < divergenceCount {
		return divergenceNames[d]
	}
	return "unknown"
}

// Divergence is what one region's copy of one store holds and the primary does not.
type Divergence struct {
	Status DivergenceStatus
	// Begun says that somebody has claimed its rewinding, so that it may be half done.
	Begun bool
	// Open is the epoch in which the copy was left while its region could still write to it, as it may
	// to this day; 0 when it is known to be closed. Only the region's own fence of that epoch ends it.
	Open Epoch
	// Writes is how many there are, once they were counted; beside them those of an earlier time that
	// nobody has reconciled.
	Writes uint64
	// Tried is when a plan to rewind it failed last, 0 when none did.
	Tried Instant
}

// Apart reports whether the copy is no replica: it was left, and not rewound since.
func (d DivergenceStatus) Apart() bool {
	return d == Suspected || d == Archived || d == Abandoned
}

// mayWrite reports whether a region may still write to its copy of a store that was left, as far as
// the policy has to care: who is given up for good and is heard of is not gone.
func (s *State) mayWrite(store model.StoreID, r model.RegionID) bool {
	copied := &s.Diverged[store][r]
	return copied.Open != 0 && (copied.Status != Abandoned || !s.Silent.Has(r))
}

// givenUp reports whether a person has said that a region is gone for good.
func (s *State) givenUp(r model.RegionID) bool {
	for i := range s.Diverged {
		if s.Diverged[i][r].Status == Abandoned {
			return true
		}
	}
	return false
}

// notGone notes that a region is heard of, or seen, which a person has said is gone for good: what
// they answered for is not so, whatever becomes of it now.
func (s *State) notGone(r model.RegionID) {
	for i := range s.Diverged {
		if copied := &s.Diverged[i][r]; copied.Status == Abandoned {
			copied.Status = Suspected
		}
	}
}

// ForGood in the Share of an order to reconcile says that its region is gone for good: that nobody
// writes any more to a copy there which could not be fenced.
const ForGood uint16 = 1000

// archive records that the surplus was kept, and how much it is. A count that is too large for what
// is owed already stands for all that can be counted: it must not pass for less.
func (s *State) archive(store model.StoreID, r model.RegionID, writes uint64) {
	if d := &s.Diverged[store][r]; d.Status == Suspected {
		d.Status, d.Writes = Archived, d.Writes+min(writes, math.MaxUint64-d.Writes)
		s.Turned = s.Now // Who waived what was owed before has not waived this.
	}
}

// tries notes that a plan to rewind a region's copies has failed.
func (p *Policy) tries(s *State, r model.RegionID) {
	for i := range model.StoreID(p.Stores) {
		if p.behind(s, r)>>i&1 == 1 {
			s.Diverged[i][r].Tried = max(s.Now, 1) // 0 stands for never.
		}
	}
}

// rewind records that the copy follows again. Without a surplus that is all.
func (d *Divergence) rewind() {
	if d.Status == Archived && d.Writes > 0 {
		d.Status, d.Tried, d.Begun = Unreconciled, 0, false
		return
	}
	*d = Divergence{}
}

// diverge notes what the running plan's promotion of a store does to the copies: the one that is
// left may hold what the target lacks, but for planned work, which fences what it leaves and
// catches up with it; and the target's is the truth from now on. Nor is a copy archived any more
// whose rewinding has begun: it may have followed the one that is left since, and hold more than
// the target. What a copy once held alone, and nobody has reconciled since, is owed whoever writes.
func (p *Policy) diverge(s *State, store model.StoreID) {
	plan, holder := &s.Plan, s.Leases[store].Holder
	target := &s.Diverged[store][plan.Target]
	*target = target.owed()
	caughtUp := plan.Kind.swaps() && holder == plan.Subject
	if !holder.Valid() || holder == plan.Target || caughtUp {
		return
	}
	for r := range s.Diverged[store] {
		copied := &s.Diverged[store][r]
		if copied.Begun && copied.Status == Archived {
			copied.Status, copied.Tried = Suspected, 0 // Its rewinding is looked at first, as before.
		}
	}
	left := &s.Diverged[store][holder]
	*left = Divergence{Status: Suspected, Writes: left.owed().Writes}
	if !p.closed(s, store) {
		left.Open = s.Leases[store].Epoch
	}
}

// overtakes forgets, when the running plan has promoted a store that its target had not caught up
// with, how far the other replicas were behind who was left: one of them may have been ahead of the
// target. What is measured after that counts, since who was repointed follows the new lease. A
// promotion that restores a backup needs no replica.
func (p *Policy) overtakes(s *State, store model.StoreID) {
	if s.Plan.Kind != Failover || p.Restores {
		return
	}
	s.Lags[store] = [model.MaxRegions]LagSample{}
}

// owed is what is left of it when the copy becomes the truth, or the truth a copy: only writes that
// were taken out of it before, and that nobody has reconciled.
func (d *Divergence) owed() Divergence {
	if d.Status == InStep || d.Writes == 0 {
		return Divergence{}
	}
	return Divergence{Status: Unreconciled, Writes: d.Writes}
}

// diverged reports whether a region's copy of any of some stores is not a replica. An order can
// name a region that does not exist: it has no copy.
func (p *Policy) diverged(s *State, stores uint8, r model.RegionID) bool {
	if !r.Valid() {
		return false
	}
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 1 && s.Diverged[i][r].Status.Apart() {
			return true
		}
	}
	return false
}

// unusable reports whether a region cannot take over some stores because its copy of one is no
// replica. A promotion that restores a backup needs none.
func (p *Policy) unusable(s *State, stores uint8, r model.RegionID) bool {
	return !p.Restores && p.diverged(s, stores, r)
}

// behind are the stores of a region that have to be rewound, one bit each.
func (p *Policy) behind(s *State, r model.RegionID) (stores uint8) {
	if !r.Valid() {
		return 0
	}
	for i := range model.StoreID(p.Stores) {
		if s.Diverged[i][r].Status.Apart() {
			stores |= 1 << i
		}
	}
	return stores
}

// astray are the stores of a region whose copy nobody left, and which is not known to follow who
// holds the store now, one bit each: its last sample, if there is any, is of another lease. It may
// have been ahead of who was promoted, or never have heard of that.
func (p *Policy) astray(s *State, r model.RegionID) (stores uint8) {
	for i := range model.StoreID(p.Stores) {
		lease := &s.Leases[i]
		here := lease.Holder == r || s.Writers[i] == r || p.behind(s, r)>>i&1 == 1
		if !here && s.Lags[i][r].Epoch != lease.Epoch {
			stores |= 1 << i
		}
	}
	return stores
}

// suspect takes a person's word that copies of a region may have diverged although nobody left
// them.
func (p *Policy) suspect(s *State, stores uint8, r model.RegionID) {
	for i := range model.StoreID(p.Stores) {
		if copied := &s.Diverged[i][r]; stores>>i&1 == 1 {
			*copied = Divergence{Status: Suspected, Writes: copied.owed().Writes}
		}
	}
}

// owes reports whether something that a region alone held has neither been brought in nor waived.
func (p *Policy) owes(s *State, stores uint8, r model.RegionID) bool {
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 1 && s.Diverged[i][r].Status != InStep {
			return true
		}
	}
	return false
}

// counted reports whether something that an order is about, and its region alone held, was counted
// and not yet settled.
func (p *Policy) counted(s *State, e *Event) bool {
	for i := range model.StoreID(p.Stores) {
		switch s.Diverged[i][e.Region].Status {
		case Archived, Unreconciled:
			if e.about(i) {
				return true
			}
		case InStep, Suspected, Abandoned, divergenceCount:
		}
	}
	return false
}

// gives reports whether an order to reconcile gives up unseen what a copy alone holds: it says so,
// and how many writes it takes that for, and nobody can write to the copy any more, be it by the
// word of who orders.
func (e *Event) gives(store model.StoreID, copied *Divergence) bool {
	return e.about(store) && e.givesUp() && copied.Status == Suspected &&
		(copied.Open == 0 || e.Share == ForGood)
}

// givesUp reports whether an order to reconcile is to give up what nobody has counted.
func (e *Event) givesUp() bool { return e.Lag == AnyLoss && e.Ticket > 0 }

// refusesUncounted judges an order to reconcile by what its region is known to hold alone.
func (p *Policy) refusesUncounted(s *State, e *Event) refusal {
	if p.counted(s, e) || p.waives(s, e) > 0 {
		return accepted
	}
	for i := range model.StoreID(p.Stores) {
		if e.about(i) && s.mayWrite(i, e.Region) {
			return stillOpen
		}
	}
	return nothingCounted
}

// refusesForGood judges the word of who reconciles that a region is gone for good, so that nobody
// writes there any more. It stands in for a fence, and nobody can check it: it is taken only of a
// region that a quorum has seen down for the hold-down, whose agent, which could fence, is not
// heard of, and who says so signs it.
func (p *Policy) refusesForGood(s *State, e *Event) refusal {
	if e.Share != ForGood {
		return accepted
	}
	return first(
		refuse(nothingCounted, e.givesUp()), refuse(unsigned, e.Who != 0),
		refuse(notGone, p.heldDown(s, e.Region) && s.Silent.Has(e.Region)),
	)
}

// about reports whether an order is about a store: by name, or with all of its region.
func (e *Event) about(store model.StoreID) bool {
	return e.Part == Whole || e.Part == OneStore && e.Store == store
}

// waives is of how many stores an order to reconcile gives up something unseen.
func (p *Policy) waives(s *State, e *Event) (stores int) {
	for i := range model.StoreID(p.Stores) {
		if e.gives(i, &s.Diverged[i][e.Region]) {
			stores++
		}
	}
	return stores
}

// reconcile takes a person's word that what a region alone held was brought in, or can be done
// without. What was not yet counted cannot be waived, but it can be given up: it counts as archived
// then, with as many writes as the person said, and its rewinding begins anew without an archive.
// That number is of one store: an order that would give up two is refused.
func (p *Policy) reconcile(s *State, e *Event, actions *Actions) {
	r := e.Region
	if p.waives(s, e) > 0 {
		for i := range model.StoreID(p.Stores) {
			copied := &s.Diverged[i][r]
			if !e.gives(i, copied) {
				continue
			}
			if copied.Tried = 0; copied.Open != 0 {
				copied.Status = Abandoned // Should the region be back, it is fenced and archived.
				continue
			}
			s.archive(i, r, e.Ticket)
		}
		if s.Plan.Kind == Reprotect && s.Plan.Target == r {
			p.end(s, false, actions)
		}
		return
	}
	for i := range model.StoreID(p.Stores) {
		if !e.about(i) {
			continue
		}
		switch copied := &s.Diverged[i][r]; copied.Status {
		case Archived:
			copied.Writes = 0 // Its rewinding is all that is left to do.
		case Unreconciled:
			*copied = Divergence{}
		case InStep, Suspected, Abandoned, divergenceCount:
		}
	}
}

// reprotects returns a region that can be made a replica again: it was left, a quorum sees it up,
// its agent is heard of, and it was not tried too recently.
func (p *Policy) reprotects(s *State) model.RegionID {
	if !p.mayMend(s) {
		return model.NoRegion
	}
	for left := p.Workload; left != 0; left &= left - 1 { // The first one goes.
		r := left.First()
		if p.behind(s, r) != 0 && s.Now >= p.triesAgain(s, r) && p.EvidenceOn(s, r).Recovered() &&
			p.mayReprotect(s, p.behind(s, r), r) {
			return r
		}
	}
	return model.NoRegion
}

// mayReprotect reports whether something can be done now to make a region's copies of some stores
// replicas again: they are up, and one of them has to be closed or archived, or may be rewound.
func (p *Policy) mayReprotect(s *State, stores uint8, r model.RegionID) (something bool) {
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 0 {
			continue
		}
		down := p.EvidenceFor(s, Scope{Region: r, Part: OneStore, Store: i})
		if s.Leases[i].Holder == r || s.Writers[i] == r || down.Failed() {
			return false
		}
		something = something || s.Diverged[i][r].loose() || p.mayRewind(s, i, r)
	}
	return something && !s.Silent.Has(r)
}

// loose reports whether a copy may still be written to, or holds what is kept nowhere else: to
// close and to archive it does no harm, whatever is seen or declared.
func (d *Divergence) loose() bool { return d.Open != 0 || d.Status == Suspected }

// mayRewind reports whether a region's copy of a store may be overwritten now by what it is to
// follow: no quorum sees that down, region or store, as what breaks off destroys the copy, which
// may be the last; and nothing is declared for which it has to be kept.
func (p *Policy) mayRewind(s *State, store model.StoreID, r model.RegionID) bool {
	writer := s.Writers[store]
	source := Scope{Region: writer, Part: OneStore, Store: store}
	return writer != r && !p.EvidenceOn(s, writer).Failed() && !p.EvidenceFor(s, source).Failed() &&
		!s.keepsCopy(r)
}

// keepsCopy reports whether people have declared what a region's copies may be needed for as they
// are: that data is corrupted, in whichever region, of which they may be the last clean ones, or
// that an intruder was in their own. Corruption goes wherever the data went from there, so that who
// writes by now may have it without being named.
func (s *State) keepsCopy(r model.RegionID) bool {
	return s.declared(Corruption) != 0 || s.Marks[r].Causes&taints != 0
}

// onlyKeeps reports whether nothing is left to be done to a region's copies of some stores but to
// rewind one that is to be kept as it is.
func (p *Policy) onlyKeeps(s *State, stores uint8, r model.RegionID) bool {
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 1 && s.Diverged[i][r].loose() {
			return false
		}
	}
	return stores != 0 && s.keepsCopy(r)
}

// triesAgain is when a region's rewinding may be tried again: a cooldown after the last time.
func (p *Policy) triesAgain(s *State, r model.RegionID) (at Instant) {
	for i := range model.StoreID(p.Stores) {
		if tried := s.Diverged[i][r].Tried; tried != 0 {
			at = max(at, tried.Add(p.Cooldown))
		}
	}
	return at
}
