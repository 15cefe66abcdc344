package failover

import "redoubt/model"

// Cause is a set of what people, or their monitoring, have named as wrong with a region. Each is a
// reason not to leave the region: the failure of a zone is mended inside it, a failover carries
// corrupted data and intruders along, and a bad release is rolled back sooner than a store moves,
// or runs where it would move to.
type Cause uint8

// The causes.
const (
	// ZoneFailure is the loss of a part of the region that the rest of it can carry.
	ZoneFailure Cause = 1 << iota
	// Corruption is bad data, which replicates.
	Corruption
	// SecurityIncident is an intruder, who must not be spread nor warned.
	SecurityIncident
	// BadRelease is a version that fails, which is being rolled back.
	BadRelease
	causeEnd
)

// taints are the causes for which nothing is moved to a region either: who takes over there has the
// data corrupted, or the intruder in.
const taints = Corruption | SecurityIncident

// String names the causes in the set.
func (c Cause) String() string {
	text := ""
	for _, named := range [...]struct {
		cause Cause
		name  string
	}{
		{ZoneFailure, "a zone failure"}, {Corruption, "corrupted data"},
		{SecurityIncident, "a security incident"}, {BadRelease, "a bad release"},
	} {
		if c&named.cause == 0 {
			continue
		}
		if text != "" {
			text += " and "
		}
		text += named.name
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// Mark is what people have said about a region, until they take it back.
type Mark struct {
	// Causes were declared from CausesAt on; Vetoed says that leaving the region was forbidden, at
	// VetoedAt.
	Causes             Cause
	Vetoed             bool
	CausesAt, VetoedAt Instant
}

// declare makes causes the declared ones.
func (m *Mark) declare(causes Cause, now Instant) {
	switch causes &= causeEnd - 1; {
	case causes == 0:
		m.CausesAt = 0
	case m.Causes == 0:
		m.CausesAt = now
	}
	m.Causes = causes
}

// declared are the regions of which people have declared any of some causes.
func (s *State) declared(causes Cause) (regions model.RegionSet) {
	for r := range s.Marks {
		if s.Marks[r].Causes&causes != 0 {
			regions = regions.With(model.RegionID(r))
		}
	}
	return regions
}

// forbid sets or lifts the veto.
func (m *Mark) forbid(vetoed bool, now Instant) {
	switch {
	case !vetoed:
		m.VetoedAt = 0
	case !m.Vetoed:
		m.VetoedAt = now
	}
	m.Vetoed = vetoed
}

// cause rules on what was declared about the region. Taking only the traffic elsewhere spreads
// nothing.
func (p *Policy) cause(s *State, scope Scope) Finding {
	if !scope.Region.Valid() || scope.Part == Routing {
		return Finding{}
	}
	mark := &s.Marks[scope.Region]
	return Finding{
		Since: mark.CausesAt, Have: int64(mark.Causes), Ruling: rule(mark.Causes == 0, Deny),
	}
}

func (p *Policy) veto(s *State, subject model.RegionID) Finding {
	if !subject.Valid() {
		return Finding{}
	}
	mark := &s.Marks[subject]
	return Finding{Since: mark.VetoedAt, Ruling: rule(!mark.Vetoed, Deny)}
}

// Readiness is what a region has ready to take over, one bit for each item of the policy.
type Readiness struct {
	// At is when it was looked at.
	At Instant
	// Known says which items were looked at, Down which of these are not as they should be.
	Known, Down uint8
}

// applyReadiness records what a region has ready; what is older than the last word counts for
// nothing.
func (p *Policy) applyReadiness(s *State, e *Event) {
	if !p.Workload.Has(e.Region) {
		return
	}
	readiness := &s.Readiness[e.Region]
	at := s.Now.Add(-clampAge(e.Age, s.Now))
	if readiness.Known != 0 && at < readiness.At {
		return
	}
	known := e.Known & p.Items
	*readiness = Readiness{At: at, Known: known, Down: e.Down & known}
}

// fresh returns what is known of a region's items by now: what is too old has become unknown.
func (p *Policy) fresh(s *State, r model.RegionID) Readiness {
	readiness := s.Readiness[r]
	if s.Now.Sub(readiness.At) > p.ReadinessStaleAfter {
		return Readiness{}
	}
	return readiness
}

// ready rules on a region's readiness: an item that is known to be bad denies, one that is not
// known holds.
func (p *Policy) ready(s *State, r model.RegionID) Ruling {
	if p.Items == 0 {
		return Pass
	}
	readiness := p.fresh(s, r)
	if readiness.Down != 0 {
		return Deny
	}
	return rule(readiness.Known&p.Items == p.Items, Hold)
}

// obstacle is what keeps a region from taking over some stores by a plan of a kind, or what speaks
// against that if the ruling is to pass, other than what other gates say; it is Chosen when nothing
// does.
func (p *Policy) obstacle(
	s *State, kind PlanKind, stores uint8, r model.RegionID,
) (Excuse, Ruling) {
	if ruling := p.ready(s, r); ruling != Pass {
		return NotReady, ruling
	}
	return p.hindrance(s, kind, stores, r)
}

// hindrance is an obstacle other than that something is not ready.
func (p *Policy) hindrance(
	s *State, kind PlanKind, stores uint8, r model.RegionID,
) (Excuse, Ruling) {
	switch {
	case p.unusable(s, stores, r):
		return HasDiverged, Deny
	case s.Marks[r].Causes&taints != 0:
		return Tainted, Deny
	case s.Silent.Has(r) && p.wantsAgent(kind):
		return Gone, Hold
	case p.unsteady(s, r): // What is planned waits until it no longer is.
		return Unsteady, rule(!kind.Planned() && !p.restless(s, r), Hold)
	}
	return Chosen, Pass
}

// wantsAgent reports whether a plan of a kind has the agent of its target do something, or can wait
// until it is heard of. A reroute moves traffic that is lost, and the leader does that, but for a
// validation.
func (p *Policy) wantsAgent(kind PlanKind) bool {
	return kind != Reroute || p.Optional.Has(Validate)
}

// readiness rules on the target of a failover. Have holds the items that are bad or, when none is,
// those that are not known.
func (p *Policy) readiness(s *State, v *Verdict) Finding {
	if !v.Target.Valid() {
		return Finding{}
	}
	readiness := p.fresh(s, v.Target)
	missing := readiness.Down
	if missing == 0 {
		missing = p.Items &^ readiness.Known
	}
	f := Finding{Have: int64(missing), Want: int64(p.Items)}
	if v.Obstacle, f.Ruling = NotReady, p.ready(s, v.Target); f.Ruling == Pass {
		v.Obstacle, f.Ruling = p.hinders(s, v)
	}
	if v.Obstacle == Chosen || v.Obstacle == NotReady {
		f.Since = readiness.At // The other obstacles are not what was looked at then.
	}
	if v.Obstacle == Unsteady && !s.Flaps[v.Target].Down {
		f.Until = min(p.restedAt(s, v.Target), p.steadyAgain(s, v.Target))
	}
	return f
}

// hinders is the hindrance to a verdict's target. One that comes and goes is none, as long as it is
// there, to traffic that gets to nobody.
func (p *Policy) hinders(s *State, v *Verdict) (Excuse, Ruling) {
	hindrance, ruling := p.hindrance(s, v.Kind, v.Stores, v.Target)
	if hindrance == Unsteady && p.getsNowhere(s, v) && !s.Flaps[v.Target].Down {
		ruling = Pass
	}
	return hindrance, ruling
}

// unlawful are the regions that may not hold the data of some of the stores.
func (p *Policy) unlawful(stores uint8) (regions model.RegionSet) {
	for i := range model.StoreID(p.Stores) {
		if stores>>i&1 == 1 {
			regions |= p.Unlawful[i]
		}
	}
	return regions
}

// residency rules on whether the target of a failover may hold the data.
func (p *Policy) residency(v *Verdict) Finding {
	lawful := !v.Target.Valid() || !p.unlawful(v.Stores).Has(v.Target)
	return Finding{Ruling: rule(lawful, Deny)}
}
