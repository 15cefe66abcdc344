package sim

import "redoubt/model"

// network is who is up and which links are cut. Faults can overlap, so they are counted.
type network struct {
	lost [model.MaxRegions]int8
	cut  [model.MaxRegions][model.MaxRegions]int8
	// brokenAt is when each pair was last separated, by the loss of one of the two or by a cut.
	brokenAt [model.MaxRegions][model.MaxRegions]int64
}

// up reports whether a region runs.
func (n *network) up(r model.RegionID) bool { return n.lost[r] == 0 }

// linked reports whether two regions can talk: both run, and no cut is between them. Traffic does
// not take a way round through a third region.
func (n *network) linked(a, b model.RegionID) bool {
	return n.up(a) && n.up(b) && n.cut[a][b] == 0
}

// change counts a fault in (by = 1) or out (by = -1) at a time.
func (n *network) change(o *outage, by int8, at int64, regions int) {
	switch o.kind {
	case model.RegionLoss:
		if by > 0 && n.lost[o.region] == 0 {
			for r := range regions {
				n.separate(o.region, model.RegionID(r), at)
			}
		}
		n.lost[o.region] += by
	case model.LinkCut:
		if by > 0 {
			n.separate(o.region, o.peer, at)
		}
		n.cut[o.region][o.peer] += by
		n.cut[o.peer][o.region] += by
	}
}

func (n *network) separate(a, b model.RegionID, at int64) {
	if n.linked(a, b) {
		n.brokenAt[a][b], n.brokenAt[b][a] = at, at
	}
}

// component returns the regions that r can talk to directly, itself included, or none when it is
// down.
func (n *network) component(r model.RegionID, among model.RegionSet) model.RegionSet {
	var set model.RegionSet
	for other := range model.RegionID(model.MaxRegions) {
		if among.Has(other) && n.linked(r, other) {
			set = set.With(other)
		}
	}
	return set
}
