package failover

import (
	"math/bits"

	"redoubt/model"
)

// Evidence is what the log knows about one region's failure, derived from the reports.
type Evidence struct {
	// Down is how many observers say down, Up how many say up; the others are unknown. The region's
	// own report counts for neither.
	Down, Up int
	// Quorum is the majority of all voters that Down must reach.
	Quorum int
	// Since is when a quorum began to say down without a break; it means something while Failed.
	Since Instant
}

// Failed reports whether a quorum says down.
func (e Evidence) Failed() bool { return e.Down >= e.Quorum }

// Recovered reports whether a quorum says up.
func (e Evidence) Recovered() bool { return e.Up >= e.Quorum }

// SeenUp reports whether a region is known to be up: a quorum says so, or somebody does and nobody
// says down. With two regions and a witness, the loss of the witness leaves only one to say.
func (e Evidence) SeenUp() bool { return e.Recovered() || e.Up > 0 && e.Down == 0 }

// EvidenceOn returns what is known about a region at the state's own time.
func (p *Policy) EvidenceOn(s *State, subject model.RegionID) Evidence {
	return p.EvidenceFor(s, RegionScope(subject))
}

// EvidenceFor returns what is known about a scope at the state's own time.
func (p *Policy) EvidenceFor(s *State, scope Scope) Evidence {
	evidence := Evidence{Quorum: p.Voters.Count()/2 + 1}
	index := scope.index()
	mask, need := p.checksOf(index)
	if !scope.Region.Valid() || mask == 0 {
		return evidence
	}
	var since [model.MaxRegions]Instant
	for left := p.Voters.Without(scope.Region); left != 0; left &= left - 1 { // The first one goes.
		report := &s.Reports[left.First()][scope.Region]
		switch {
		case report.Sequence == 0 || p.stale(report, s.Now):
		case bits.OnesCount8(report.Down&report.Known&mask) >= need:
			since[evidence.Down] = report.Since[index]
			evidence.Down++
		case report.Known&mask != 0:
			evidence.Up++
		}
	}
	if evidence.Failed() {
		evidence.Since = nthEarliest(since[:evidence.Down], evidence.Quorum)
	}
	return evidence
}

// SeesDown returns what is known about a scope if a quorum says that it is down, and whether one
// does. It is quicker than EvidenceFor where nobody does.
func (p *Policy) SeesDown(s *State, scope Scope) (evidence Evidence, down bool) {
	if p.accused(s, scope.Region) {
		evidence = p.EvidenceFor(s, scope)
		down = evidence.Failed()
	}
	return evidence, down
}

// regionDown reports whether a quorum says that a region is down.
func (p *Policy) regionDown(s *State, r model.RegionID) bool {
	_, down := p.SeesDown(s, RegionScope(r))
	return down
}

// suspects are the regions that a quorum may see down, or a part of: all that it does is among
// them. Mostly there are none, and nobody looks any further.
func (p *Policy) suspects(s *State) (set model.RegionSet) {
	for left := p.Workload; left != 0; left &= left - 1 { // The first one goes.
		if r := left.First(); p.accused(s, r) {
			set |= 1 << r
		}
	}
	return set
}

// accused reports whether a quorum may say that a region is down, or a part of it: so many have
// said so of some check, of late or not.
func (p *Policy) accused(s *State, r model.RegionID) bool {
	if !r.Valid() {
		return false
	}
	if p.ChecksDown == 0 {
		return true
	}
	others := p.Voters.Without(r)
	spare := others.Count() - p.Voters.Count()/2 - 1  // How many may have said nothing of the kind.
	for left := others; left != 0; left &= left - 1 { // The first one goes.
		if s.Reports[left.First()][r].Down == 0 {
			spare--
			if spare < 0 {
				return false
			}
		}
	}
	return spare >= 0
}

// failed reports whether a quorum says that a scope is down. Of a part of a region that counts only
// while the region is known to stand: a part that may have gone down with its region is left to the
// decision about the region.
func (p *Policy) failed(s *State, scope Scope, evidence *Evidence) bool {
	return evidence.Failed() && (scope.Part == Whole || p.standsWithout(s, scope.Region, evidence))
}

// standsWithout reports whether a region is up of which a part is down: a quorum says so or, once
// the part has been down for two hold-downs, somebody does and no quorum says that all of it is
// down. By then one broken prober must not keep a loss that a quorum sees from being answered.
func (p *Policy) standsWithout(s *State, r model.RegionID, part *Evidence) bool {
	region := p.EvidenceOn(s, r)
	late := s.Now >= part.Since.Add(2*p.HoldDown)
	return region.Recovered() || late && region.someUp()
}

// someUp reports whether somebody says up, and no quorum down.
func (e *Evidence) someUp() bool { return e.Up > 0 && !e.Failed() }

// aloneUp is from when on those are enough who see a region up of which a quorum says that a part
// is down, as they are no quorum; 0 where they are, where nobody does, and of no part.
func (p *Policy) aloneUp(s *State, scope Scope, part *Evidence) Instant {
	if scope.Part == Whole || !part.Failed() {
		return 0
	}
	if region := p.EvidenceOn(s, scope.Region); region.Recovered() || !region.someUp() {
		return 0
	}
	return part.Since.Add(2 * p.HoldDown)
}

// alive holds while somebody's fresh and deep check of the region succeeds, whatever the quorum
// says: it may be the observers that failed. After one more hold-down the quorum overrides it,
// since one broken prober must not block a failover for ever (repmgr #821). It does not say since
// when: a report keeps when an observer began to say down, and not when one of its checks did.
func (p *Policy) alive(s *State, scope Scope, evidence *Evidence) Finding {
	served := p.servedBefore(s, scope)
	f := Finding{Have: int64(served)}
	if served == 0 {
		return f
	}
	if evidence.Failed() {
		f.Until = evidence.Since.Add(2 * p.HoldDown)
	}
	f.Ruling = rule(evidence.Failed() && s.Now >= f.Until, Hold)
	return f
}

// deepOf are the deep checks of a scope, one bit each.
func (p *Policy) deepOf(scope Scope) uint8 {
	if scope.Part == Whole {
		return p.Deep
	}
	mask, _ := p.checksOf(scope.index())
	return p.Deep & mask
}

// servedBefore is how many observers a scope has served in a deep check, by their fresh reports. A
// deep check of any part shows that the region is alive.
func (p *Policy) servedBefore(s *State, scope Scope) (served int) {
	subject, deep := scope.Region, p.deepOf(scope)
	if deep == 0 || !subject.Valid() {
		return 0
	}
	for observer := range model.RegionID(model.MaxRegions) {
		report := &s.Reports[observer][subject]
		known := p.Voters.Has(observer) && observer != subject && report.Sequence != 0
		if known && report.Known&^report.Down&deep != 0 && !p.stale(report, s.Now) {
			served++
		}
	}
	return served
}

// saysDown reports whether enough of a scope's checks are down in a report, whatever its age.
func (p *Policy) saysDown(r *Report, index int) bool {
	mask, need := p.checksOf(index)
	return mask != 0 && bits.OnesCount8(r.Down&r.Known&mask) >= need
}

// stale reports whether a report is too old to count.
func (p *Policy) stale(r *Report, now Instant) bool { return now.Sub(r.At) > p.StaleAfter }

// nthEarliest returns the n-th smallest instant: since then, n observers have all said down.
func nthEarliest(instants []Instant, n int) Instant {
	for i := 1; i < len(instants); i++ {
		for j := i; j > 0 && instants[j] < instants[j-1]; j-- {
			instants[j], instants[j-1] = instants[j-1], instants[j]
		}
	}
	return instants[n-1]
}

// Refresh stands for an unbroken run of reports that all say what the observer's last one said,
// the last of them observed at an instant: it makes that one younger, and the state's time at least
// that instant, as the run itself would. It lets a simulator skip repetitions; the next Apply
// decides.
func (p *Policy) Refresh(s *State, observer, subject model.RegionID, at Instant) {
	if !p.Voters.Has(observer) || !p.Workload.Has(subject) {
		return
	}
	report := &s.Reports[observer][subject]
	if report.Sequence != 0 && at > report.At {
		report.At = at
		s.Now = max(s.Now, at)
	}
}

// RefreshLag does so of an unbroken run of samples of a replica, each of no more than may be lost:
// the last was taken at an instant, and the next is still to be recorded.
func (p *Policy) RefreshLag(
	s *State, store model.StoreID, r model.RegionID, at Instant,
) {
	if store >= model.StoreID(p.Stores) || !p.Workload.Has(r) {
		return
	}
	if sample := &s.Lags[store][r]; sample.Epoch == s.Leases[store].Epoch && at > sample.At {
		sample.At = at
	}
}

// sequenceLeap is by how much a sequence may grow from one report to the next: more than an agent
// says in a century. One that leaps further is corrupt, and would silence its observer for as long
// as the log lives.
const sequenceLeap = 1 << 32

// applyReport records an observer's verdict. It counts from when it was observed, never before that
// observer's previous one, and a report that went stale in between starts its Since anew.
func (p *Policy) applyReport(s *State, e *Event) {
	if !p.Voters.Has(e.Region) || !p.Workload.Has(e.Subject) || e.Region == e.Subject {
		return
	}
	report := &s.Reports[e.Region][e.Subject]
	if e.Sequence <= report.Sequence || e.Sequence-report.Sequence > sequenceLeap {
		return
	}
	observed := max(s.Now.Add(-clampAge(e.Age, s.Now)), report.At)
	before := *report
	fresh := before.Sequence != 0 && observed.Sub(before.At) <= p.StaleAfter
	report.Sequence, report.At = e.Sequence, observed
	report.Known, report.Down = e.Known&p.checkMask(), e.Down&e.Known&p.checkMask()
	if report.Down != 0 || p.ChecksDown == 0 { // Else nothing is said to be down, as mostly.
		for index := range scopeCount {
			if p.saysDown(report, index) && !(fresh && p.saysDown(&before, index)) {
				report.Since[index] = observed
			}
		}
	}
	if s.givenUp(e.Subject) && p.EvidenceOn(s, e.Subject).SeenUp() {
		s.notGone(e.Subject)
	}
}
