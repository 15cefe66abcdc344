package sim

import "redoubt/model"

// What is drawn for a fault hangs on what breaks and on how often that broke before, never on what
// else the scenario has: a hazard more, or another order of them, shifts no draw of the others.

// identity is a number for what a fault breaks: its kind, and the names of the region or of the two
// ends of the link, in whatever order unless it has a direction; and of the store, the item and the
// other regions of a shared site. How much of it breaks is no part of it.
func identity(s *model.Scenario, f *model.Fault) uint64 {
	first, second := nameOf(s, f.Region), nameOf(s, f.Peer)
	if second < first && !f.OneWay {
		first, second = second, first
	}
	h := hashed(hashed(hashed(0, f.Kind.String()), first), second)
	if f.OneWay {
		h = hashed(h, "one way")
	}
	if f.Kind.HasStore() {
		h = hashed(h, s.Stores[f.Store].Name)
	}
	if f.Kind.HasItem() {
		h = hashed(h, f.Item)
	}
	if f.Also == 0 {
		return h
	}
	for r := range model.RegionID(len(s.Regions)) {
		if f.Also.Has(r) {
			h = hashed(h, nameOf(s, r))
		}
	}
	return h
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
	fault := s.Hazards[h].Fault()
	own := identity(s, &fault)
	alike := uint64(0)
	for i := range s.Hazards[:h] {
		other := s.Hazards[i].Fault()
		if identity(s, &other) == own {
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
