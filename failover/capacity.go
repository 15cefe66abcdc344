package failover

import "redoubt/model"

// lastStanding counts the healthy regions that would be left: candidates of a failover or of a new
// route, serving regions of an evacuation or where only a store moves. Where only the traffic
// moves, none counts the way to which a quorum sees down: it would get no further there.
func (p *Policy) lastStanding(s *State, v *Verdict) Finding {
	among := s.Serving
	switch {
	case v.Scope.Part == OneStore:
		among = among.With(v.Scope.Region)
	case v.Kind == Evacuation:
		among = among.Without(v.Scope.Region)
	default:
		among = p.Candidates.Without(v.Scope.Region)
	}
	healthy := p.healthyAmong(s, among)
	if v.Kind == Evacuation || v.Kind == Reroute {
		healthy = p.reachedAmong(s, among)
	}
	left, least := healthy.Count(), int(p.MinimumServing)
	if v.Kind == Reroute {
		least = max(least, 1)
	}
	return Finding{
		Since: p.lostSince(s, among&^healthy), Have: int64(left), Want: int64(least),
		Ruling: rule(left >= least, Deny),
	}
}

// lostSince is when the last of some regions was lost that a quorum sees down, or if it does not,
// the way to it, 0 without one.
func (p *Policy) lostSince(s *State, lost model.RegionSet) (since Instant) {
	for ; lost != 0; lost = lost.Without(lost.First()) {
		evidence, down := p.SeesDown(s, RegionScope(lost.First()))
		if !down {
			evidence = p.EvidenceFor(s, Scope{Region: lost.First(), Part: Routing})
		}
		since = max(since, evidence.Since)
	}
	return since
}

// reachedAmong are those of some regions that traffic gets to, as far as a quorum sees.
func (p *Policy) reachedAmong(s *State, among model.RegionSet) (reached model.RegionSet) {
	for ; among != 0; among = among.Without(among.First()) {
		if p.reached(s, among.First()) {
			reached = reached.With(among.First())
		}
	}
	return reached
}

func (p *Policy) healthyAmong(s *State, among model.RegionSet) model.RegionSet {
	for r := range model.RegionID(model.MaxRegions) {
		if among.Has(r) && p.regionDown(s, r) {
			among = among.Without(r)
		}
	}
	return among
}

// capacity compares what the regions left could carry once the plan has scaled them with what must
// be carried. An evacuation needs only something: it moves what survivors can carry and sheds the
// rest. So does a reroute where several regions serve, as no other one is reached.
func (p *Policy) capacity(s *State, v *Verdict) Finding {
	have, want := p.carries(s, v, v.Target), int64(p.CapacityMin)
	switch {
	case v.Kind == Evacuation || v.Kind == Reroute && p.severalServe():
		want = 1
	case v.Scope.Part == OneStore:
		want = 0 // The traffic stays where it is.
	case !v.Target.Valid():
		want = max(want, 1) // However little is enough, somebody has to carry it.
	}
	return Finding{Have: have, Want: want, Ruling: rule(have >= want, Deny)}
}

// carried is what the healthy regions that will serve after the running plan carry as they are, in
// thousandths of all traffic.
func (p *Policy) carried(s *State) int64 { return p.readyOf(s, p.ServingAfter(s)) }

// grown reports whether none that will serve after the running plan, healthy and with traffic that
// gets there, can carry more than it does: to scale them keeps what they have, and nothing waits.
func (p *Policy) grown(s *State) bool {
	takers := p.healthyAmong(s, p.reachedAmong(s, p.ServingAfter(s)))
	for left := takers; left != 0; left = left.Without(left.First()) {
		if r := left.First(); s.Ready[r] < p.Ceiling[r] {
			return false
		}
	}
	return takers != 0
}

// growsBeside reports whether the running plan's traffic does not wait for more capacity: there is
// none to be had, or to scale was tried in vain once, and goes on, while those that will serve are
// enough as they are. Nobody is served for as long as that hangs.
func (p *Policy) growsBeside(s *State) bool {
	if !s.Plan.Kind.regains() {
		return false
	}
	enough := int64(max(p.CapacityMin, 1))
	if s.Plan.Kind == Reroute && p.severalServe() {
		enough = 1
	}
	tried := false
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		tried = tried || step.Kind == Scale && step.Status.open() && step.Tries > 0
	}
	if tried && p.readyOf(s, p.reachedAmong(s, p.ServingAfter(s))) >= enough {
		return true
	}
	return p.grown(s)
}

// regains reports whether a plan of this kind has users served again who are not, in one region
// that may have to grow for that.
func (k PlanKind) regains() bool { return k == Failover || k == Reroute || k == Reopen }

// readyOf is what the healthy ones among some regions carry as they are, in thousandths of all
// traffic.
func (p *Policy) readyOf(s *State, among model.RegionSet) (have int64) {
	serving := p.healthyAmong(s, among)
	for r := range model.RegionID(model.MaxRegions) {
		if serving.Has(r) {
			have += int64(s.Ready[r])
		}
	}
	return have
}

// parts divides what a region carried among the healthy ones that serve: each takes a part in
// proportion to how much it can still grow, up to its ceiling. Of what exceeds all of them that is
// shed which they cannot carry together: a region may have stood ready for more than it carried.
func (p *Policy) parts(
	s *State, subject model.RegionID,
) (carry [model.MaxRegions]uint16, shed uint16) {
	survivors := p.healthyAmong(s, s.Serving.Without(subject))
	lost, room := uint64(s.Ready[subject]), uint64(0)
	for r := range model.RegionID(model.MaxRegions) {
		if survivors.Has(r) {
			carry[r] = s.Ready[r]
			room += uint64(p.Ceiling[r] - min(p.Ceiling[r], s.Ready[r]))
		}
	}
	moved, carried := min(lost, room), 0
	left, roomLeft := moved, room // Each part is of what is left: no thousandth gets lost.
	for r := range model.RegionID(model.MaxRegions) {
		if free := uint64(p.Ceiling[r] - min(p.Ceiling[r], s.Ready[r])); survivors.Has(r) && free > 0 {
			part := left * free / roomLeft
			carry[r] += uint16(part)
			left, roomLeft = left-part, roomLeft-free
		}
		carried += int(carry[r])
	}
	return carry, uint16(min(lost-moved, uint64(max(0, 1000-carried))))
}

// carries is what the regions left could carry at most if target took over, in thousandths of all
// traffic.
func (p *Policy) carries(s *State, v *Verdict, target model.RegionID) int64 {
	carrying := model.RegionSet(0) // A reroute gets to none of those that serve.
	if v.Kind == Evacuation || p.ServesReads && v.Kind != Reroute {
		carrying = p.healthyAmong(s, s.Serving.Without(v.Scope.Region))
	}
	carrying = carrying.With(target)
	have := int64(0)
	for r := range model.RegionID(model.MaxRegions) {
		if carrying.Has(r) {
			have += int64(max(s.Ready[r], p.Ceiling[r]))
		}
	}
	return have
}
