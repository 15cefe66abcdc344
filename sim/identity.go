package sim

import "redoubt/model"

// What is drawn for a fault hangs on what breaks and on how often that broke before, never on what
// else the scenario has: a hazard more, or another order of them, shifts no draw of the others.

// identity is a number for what a fault breaks: its kind, and the names of the region or of the two
// ends of the link, in whatever order.
func identity(s *model.Scenario, kind model.FaultKind, region, peer model.RegionID) uint64 {
	first, second := nameOf(s, region), nameOf(s, peer)
	if second < first {
		first, second = second, first
	}
	h := hashed(0, kind.String())
	return hashed(hashed(h, first), second)
}

func nameOf(s *model.Scenario, r model.RegionID) string {
	if int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return ""
}

// hashed mixes a text into a hash, its length last, so that no two lists of texts are alike.
func hashed(h uint64, text string) uint64 {
	for i := range len(text) {
		h = mix(h ^ uint64(text[i]))
	}
	return mix(h ^ uint64(len(text))<<8)
}

// hazardIdentity is the identity of a hazard. Of several that break the same, each is one of its
// own, by their order among themselves.
func hazardIdentity(s *model.Scenario, h int) uint64 {
	hazard := &s.Hazards[h]
	own := identity(s, hazard.Kind, hazard.Region, hazard.Peer)
	alike := uint64(0)
	for i := range s.Hazards[:h] {
		other := &s.Hazards[i]
		if identity(s, other.Kind, other.Region, other.Peer) == own {
			alike++
		}
	}
	if alike == 0 {
		return own
	}
	return mix(own ^ alike)
}

// ordinalKey is what the draws that a fault leads to are keyed by: what broke, and the how manieth
// time.
func ordinalKey(identity uint64, ordinal int) uint64 {
	return mix(identity ^ uint64(ordinal+1)*0x9e3779b97f4a7c15)
}
