package failover

import "redoubt/model"

// lastStanding counts the healthy regions that would be left: candidates of a failover, serving
// regions of an evacuation.
func (p *Policy) lastStanding(s *State, v *Verdict) Finding {
	among := s.Serving
	if v.Kind == Failover {
		among = p.Candidates
	}
	left := p.healthyAmong(s, among.Without(v.Subject)).Count()
	return Finding{
		Have: int64(left), Want: int64(p.MinimumServing),
		Ruling: rule(left >= int(p.MinimumServing), Deny),
	}
}

func (p *Policy) healthyAmong(s *State, among model.RegionSet) model.RegionSet {
	for r := range model.RegionID(model.MaxRegions) {
		if among.Has(r) && p.EvidenceOn(s, r).Failed() {
			among = among.Without(r)
		}
	}
	return among
}

// capacity compares what the regions left could carry once the plan has scaled them with what must
// be carried. An evacuation needs only something: it moves what survivors can carry and sheds the
// rest.
func (p *Policy) capacity(s *State, v *Verdict) Finding {
	have, want := p.carries(s, v, v.Target), int64(p.CapacityMin)
	if v.Kind == Evacuation {
		want = 1
	}
	return Finding{Have: have, Want: want, Ruling: rule(have >= want, Deny)}
}

// carries is what the regions left could carry at most if target took over, in thousandths of all
// traffic.
func (p *Policy) carries(s *State, v *Verdict, target model.RegionID) int64 {
	carrying := model.RegionSet(0)
	if v.Kind == Evacuation || p.ServesReads {
		carrying = p.healthyAmong(s, s.Serving.Without(v.Subject))
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
