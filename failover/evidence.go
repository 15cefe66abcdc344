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

// EvidenceOn returns what is known about a region at the state's own time.
func (p *Policy) EvidenceOn(s *State, subject model.RegionID) Evidence {
	evidence := Evidence{Quorum: p.Voters.Count()/2 + 1}
	if !subject.Valid() {
		return evidence
	}
	var since [model.MaxRegions]Instant
	for observer := range model.RegionID(model.MaxRegions) {
		if observer == subject || !p.Voters.Has(observer) {
			continue
		}
		report := &s.Reports[observer][subject]
		switch {
		case report.Sequence == 0 || p.stale(report, s.Now):
		case p.saysDown(report):
			since[evidence.Down] = report.Since
			evidence.Down++
		case report.Known != 0:
			evidence.Up++
		}
	}
	if evidence.Failed() {
		evidence.Since = nthEarliest(since[:evidence.Down], evidence.Quorum)
	}
	return evidence
}

// alive holds while somebody's fresh and deep check of the region succeeds, whatever the quorum
// says: it may be the observers that failed. After one more hold-down the quorum overrides it,
// since one broken prober must not block a failover for ever (repmgr #821).
func (p *Policy) alive(s *State, subject model.RegionID, evidence *Evidence) Finding {
	served := p.servedBefore(s, subject)
	f := Finding{Since: evidence.Since, Have: int64(served)}
	if served == 0 {
		return f
	}
	if evidence.Failed() {
		f.Until = evidence.Since.Add(2 * p.HoldDown)
	}
	f.Ruling = rule(evidence.Failed() && s.Now >= f.Until, Hold)
	return f
}

// servedBefore is how many observers a region has served in a deep check, by their fresh reports.
func (p *Policy) servedBefore(s *State, subject model.RegionID) (served int) {
	if p.Deep == 0 || !subject.Valid() {
		return 0
	}
	for observer := range model.RegionID(model.MaxRegions) {
		report := &s.Reports[observer][subject]
		known := p.Voters.Has(observer) && observer != subject && report.Sequence != 0
		if known && report.Known&^report.Down&p.Deep != 0 && !p.stale(report, s.Now) {
			served++
		}
	}
	return served
}

// saysDown reports whether enough of the checks are down in the report, whatever its age.
func (p *Policy) saysDown(r *Report) bool {
	return bits.OnesCount8(r.Down&r.Known) >= int(p.ChecksDown)
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

// applyReport records an observer's verdict. It counts from when it was observed, never before that
// observer's previous one, and a report that went stale in between starts its Since anew.
func (p *Policy) applyReport(s *State, e *Event) {
	if !p.Voters.Has(e.Region) || !p.Workload.Has(e.Subject) || e.Region == e.Subject {
		return
	}
	report := &s.Reports[e.Region][e.Subject]
	if e.Sequence <= report.Sequence {
		return
	}
	observed := max(s.Now.Add(-clampAge(e.Age, s.Now)), report.At)
	before := report.Sequence != 0 && p.saysDown(report) && observed.Sub(report.At) <= p.StaleAfter
	report.Sequence, report.At = e.Sequence, observed
	report.Known, report.Down = e.Known&p.checkMask(), e.Down&e.Known&p.checkMask()
	if p.saysDown(report) && !before {
		report.Since = observed
	}
}
