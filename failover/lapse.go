package failover

import "redoubt/model"

// Lapse is how near people are to hearing of a store to which nobody may write: its guarded lease
// has run out, or it has no guard and was fenced, and nothing is done about that; or the region
// where its writes belong was left drained, or a claim alone holds it. It is zero while the lease
// is in force and new writes are taken.
type Lapse struct {
	// Minded says that something is done about the store, or soon will be; Since is when that has
	// ended, or 0 when it has not been so since the lease was over. Both count until people have
	// heard.
	Minded bool
	// Opening says that more than that is so than a quorum that has begun to see something down;
	// First is when it has ended, or 0 as above. Evidence that comes and goes does not touch it.
	Opening bool
	// Told says that people have heard of it, once for as long as the lease is not held again, but by
	// a promotion that they heard of it in; Since is when they were to.
	Told         bool
	Since, First Instant
}

// lapseHoldDowns is after how many hold-downs people hear of a store whatever comes and goes: one
// in which a quorum may begin to see something down, the next in which a plan has to begin about
// that, and the one of waiting. What a quorum sees without a break never takes longer.
const lapseHoldDowns = 3

// overAt is from when on nobody may write to a store: when its guarded lease is over, with the
// margin for drift and whether or not a fence ended it before; of a store without a guard, when its
// fence was recorded; of one whose region was left drained, or that a claim alone holds, since
// ever. It is false where that is not known, or where nobody else could write, so that no lease is
// kept.
func (p *Policy) overAt(s *State, store model.StoreID) (Instant, bool) {
	lease := &s.Leases[store]
	switch {
	case s.drained(store), s.unopened(store):
		return 0, true
	case p.leases(store):
		return lease.End.Add(p.Drift), true
	case lease.Fenced >= lease.Epoch && p.Candidates.Count() > 1:
		return lease.FencedAt, true
	}
	return InstantMax, false
}

// lapsed reports whether nobody may write to a store.
func (p *Policy) lapsed(s *State, store model.StoreID) bool {
	over, ends := p.overAt(s, store)
	return ends && s.Now >= over
}

// leases reports whether a store is open only for as long as its lease is renewed.
func (p *Policy) leases(store model.StoreID) bool { return p.leased()>>store&1 == 1 }

// leased are the stores that are open only for as long as their leases are renewed, one bit each:
// none where a region is alone, since nobody else could write.
func (p *Policy) leased() uint8 {
	if p.Candidates.Count() < 2 {
		return 0
	}
	return p.Guarded
}

// opening reports whether a plan is to open a store, and its promotion does not hang, or people
// were asked whether to leave the region where its writes belong, or to move that very store. To
// leave the way to that region, or another store in it, opens nothing.
func (p *Policy) opening(s *State, store model.StoreID) bool {
	step := s.Plan.of(Promote, store)
	if step != nil && !step.Status.over() && s.Now < p.opensBy(s, step) {
		return true
	}
	writer := s.Writers[store]
	return writer.Valid() &&
		(s.asks(RegionScope(writer)) || s.asks(Scope{Region: writer, Part: OneStore, Store: store}))
}

// opensBy is until when a promotion counts as what is done about a store: it was asked for, or the
// catching up was that it waits for, and is not done for a few hold-downs, or was tried in vain.
func (p *Policy) opensBy(s *State, step *Step) Instant {
	if step.Status == Waiting {
		if first := s.Plan.of(CatchUp, 0); first != nil {
			step = first
		}
	}
	switch {
	case !step.Status.open():
		return InstantMax
	case step.Tries > 0:
		return 0
	}
	return step.Since.Add(p.hangsAfter())
}

// expects reports whether something may soon be done about a store: a quorum sees down where it is
// written, or the store, and not yet for a hold-down. If nothing is begun by then, a gate is
// against it.
func (p *Policy) expects(s *State, store model.StoreID) bool {
	return s.Now < p.awaitedUntil(s, store)
}

// awaitedUntil is when the hold-down is over for what a quorum sees down of where a store is
// written, or 0 when that is nothing.
func (p *Policy) awaitedUntil(s *State, store model.StoreID) (until Instant) {
	writer := s.Writers[store]
	for _, scope := range [...]Scope{
		RegionScope(writer), {Region: writer, Part: OneStore, Store: store},
	} {
		if evidence, down := p.SeesDown(s, scope); down && p.failed(s, scope, &evidence) {
			until = max(until, evidence.Since.Add(p.HoldDown))
		}
	}
	return until
}

// reopens reports whether the running plan has yet to promote a store, and asks for that or has
// tried it in vain: the lease that it claims meanwhile opens nothing until it is done.
func (s *State) reopens(store model.StoreID) bool {
	step := s.Plan.of(Promote, store)
	return step != nil && !step.Status.over() && (step.Status.open() || step.Tries > 0)
}

// holds notes that the lease of a store is in force. What people heard while it is promoted stays.
func (s *State) holds(store model.StoreID) {
	if !s.Lapses[store].Told || !s.reopens(store) {
		s.Lapses[store] = Lapse{}
	}
}

// mind notes whether something is done about a store whose lease is over, and returns these
// stores, one bit each. It looks before an event and after it: what an event puts an end to has
// lasted until then.
func (p *Policy) mind(s *State) (lapsed uint8) {
	for i := range model.StoreID(p.Stores) {
		lapse := &s.Lapses[i]
		if !p.lapsed(s, i) {
			s.holds(i)
			continue
		}
		lapsed |= 1 << i
		first := lapse.First
		if lapse.Opening {
			first = s.Now
		}
		switch {
		case lapse.Told:
		case p.opening(s, i):
			*lapse = Lapse{Minded: true, Opening: true}
		case p.expects(s, i):
			*lapse = Lapse{Minded: true, First: first}
		case lapse.Minded:
			*lapse = Lapse{Since: s.Now, First: first}
		}
	}
	return lapsed
}

// tellsAt is when people hear of a store to which nobody may write from an instant on, if nothing
// comes in between: after a hold-down in which nothing was done about it. Who can renew again does
// so sooner.
func (p *Policy) tellsAt(lapse *Lapse, over Instant) Instant {
	return min(max(over, lapse.Since).Add(p.HoldDown), p.tellsBy(lapse, over))
}

// tellsBy is when people hear of it at the latest, unless a plan is to open the store or they are
// asked: a quorum that sees its region go down and come back again and again must not put that off
// for ever.
func (p *Policy) tellsBy(lapse *Lapse, over Instant) Instant {
	return max(over, lapse.First).Add(lapseHoldDowns * p.HoldDown)
}

// tellLapses has people hear, once, of each store that has waited long enough.
func (p *Policy) tellLapses(s *State, actions *Actions) {
	lapsed := p.mind(s)
	for i := range model.StoreID(p.Stores) {
		lapse := &s.Lapses[i]
		if lapsed>>i&1 == 0 || lapse.Told || lapse.Opening {
			continue
		}
		over, _ := p.overAt(s, i)
		at := p.tellsAt(lapse, over)
		if lapse.Minded {
			at = p.tellsBy(lapse, over)
		}
		if s.Now < at {
			continue
		}
		*lapse = Lapse{Told: true, Since: s.Now}
		actions.add(s.unwritable(i))
	}
}

// lapseTimes are when people hear of a store or, where something is done about it, when its lease
// is over: from then on it matters when that ends.
func (p *Policy) lapseTimes(s *State, suspects model.RegionSet, next *alarm) {
	for i := range model.StoreID(p.Stores) {
		lapse := &s.Lapses[i]
		switch over, ends := p.overAt(s, i); {
		case !ends || lapse.Told:
		case p.opening(s, i):
			next.consider(over)
			if step := s.Plan.of(Promote, i); step != nil {
				next.consider(p.opensBy(s, step))
			}
		default:
			until := Instant(0)
			if suspects.Has(s.Writers[i]) {
				until = p.awaitedUntil(s, i)
			}
			if s.Now >= until {
				next.consider(p.tellsAt(lapse, over))
				continue
			}
			next.consider(over)
			next.consider(until)
			next.consider(p.tellsBy(lapse, over))
		}
	}
}

// lapseText says whether people have heard that nobody may write to a store, or when they will.
func (p *Policy) lapseText(s *State, store model.StoreID, name Names) string {
	switch {
	case s.Lapses[store].Told:
		return "; people have heard that nobody may write to it"
	case p.lapsed(s, store) && !p.opening(s, store) && !p.expects(s, store):
		over, _ := p.overAt(s, store)
		at := p.tellsAt(&s.Lapses[store], over)
		return "; people hear " + name.at(at, s.Now) + " that nobody may write to it"
	}
	return ""
}
