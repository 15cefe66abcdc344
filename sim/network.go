package sim

import "redoubt/model"

// Who can reach whom while links are cut and regions are lost. How long it takes is in ways.go, and
// what healthy links do to probes in noise.go.

// network is what is broken now, and since when copies do not follow.
type network struct {
	damage
	// links are as they are by nature.
	links lossy
	// standing are the faults that stand, by their place among the outages.
	standing []int32
	// tornAt is when each store's copies in two regions last lost touch, joinedAt when they were last
	// in touch again.
	tornAt, joinedAt [model.MaxStores][model.MaxRegions][model.MaxRegions]int64
}

// change lets a fault begin or end at a time, and returns what was broken before.
func (n *network) change(outages []outage, index int32, begins bool, at int64) (before damage) {
	before = n.damage
	if begins {
		n.standing = append(n.standing, index)
	} else {
		for i, standing := range n.standing {
			if standing == index {
				n.standing = append(n.standing[:i], n.standing[i+1:]...)
				break
			}
		}
	}
	n.damage = damage{dropped: n.links.native}
	for _, i := range n.standing {
		n.add(&outages[i])
	}
	n.links.part(&n.damage)
	for store := range n.tornAt {
		for from := range model.RegionID(model.MaxRegions) {
			followed, follow := before.followers(store, from), n.followers(store, from)
			for left := followed ^ follow; left != 0; left = left.Without(left.First()) {
				if to := left.First(); followed.Has(to) {
					n.tornAt[store][from][to] = at
				} else {
					n.joinedAt[store][from][to] = at
				}
			}
		}
	}
	return before
}

// linked reports whether two regions can ask each other something: both run, and no cut is between
// them, either way. Traffic does not take a way round through a third region.
func (d *damage) linked(a, b model.RegionID) bool {
	return d.lost&pairOf(a, b) == 0 && !d.apart[a].Has(b)
}

// reaches reports whether the applications and the data of two regions get at each other.
func (d *damage) reaches(a, b model.RegionID) bool {
	return d.lost&pairOf(a, b) == 0 && !d.torn[a].Has(b)
}

// talks reports whether the agents of two regions do.
func (d *damage) talks(a, b model.RegionID) bool {
	return d.agentless&pairOf(a, b) == 0 && d.reaches(a, b)
}

func pairOf(a, b model.RegionID) model.RegionSet { return model.RegionSet(0).With(a).With(b) }

// follows reports whether a store's copy in one region can receive what another one writes.
func (d *damage) follows(store int, from, to model.RegionID) bool {
	return d.followers(store, from).Has(to)
}

// followers are the regions whose copies of a store can receive what is written in one.
func (d *damage) followers(store int, from model.RegionID) model.RegionSet {
	if !from.Valid() || !d.runs(store, from) {
		return 0
	}
	return ^(d.lost | d.storeless[store] | d.torn[from])
}

// component returns the regions whose agents r's can talk to directly, itself included, or none
// when it does not run.
func (d *damage) component(r model.RegionID, among model.RegionSet) model.RegionSet {
	if !d.agent(r) {
		return 0
	}
	return among &^ (d.lost | d.agentless | d.torn[r])
}
