package sim

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// unlisted is the bit of all items that the policy does not ask for.
const unlisted uint16 = 1 << model.MaxReadiness

// itemBit is the bit of what a fault has a region lack: that of an item which the policy wants to
// be ready, or of all others; 0 for another kind of fault.
func itemBit(s *model.Scenario, f *model.Fault) uint16 {
	if !f.Kind.HasItem() {
		return 0
	}
	if i := slices.Index(s.Settings.Readiness, f.Item); i >= 0 {
		return 1 << i
	}
	return unlisted
}

// unable reports whether a region fails all that it is asked for want of an item, or of any
// capacity. One that is not in use does not show it: nobody asks it for anything that takes the
// item, and what no traffic is sent to, or not yet, is meant to run nothing.
func (w *world) unable(r model.RegionID) bool {
	return w.net.missing[r] != 0 && w.inUse(r) || w.barren.Has(r) && w.routedShare(r) > 0
}

// reviewBarren works out which regions have no capacity, and get none for now, and starts the
// checks that find so of one in use.
func (w *world) reviewBarren() {
	before := w.barren
	w.barren = 0
	for r := range model.RegionID(w.regions) {
		if w.policy.Workload.Has(r) && w.has(r) == 0 && w.size.slope[r] <= 0 {
			w.barren = w.barren.With(r)
		}
	}
	for turned := before ^ w.barren; turned != 0; turned = turned.Without(turned.First()) {
		if w.routedShare(turned.First()) > 0 {
			w.wake()
			return
		}
	}
}

// inUse reports whether a region leads, or traffic is sent to it.
func (w *world) inUse(r model.RegionID) bool {
	return w.state.Primary == r || w.routedShare(r) > 0
}

// lacks names the items that a region does not have, for people.
func (w *world) lacks(r model.RegionID) string {
	text := ""
	for _, i := range w.net.standing {
		o := &w.outages[i]
		if !o.Kind.HasItem() || o.Region != r {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += o.Item
	}
	return text
}

// missed has the agents say which of the items that they look for have gone missing, or are back.
func (w *world) missed(before *damage) {
	for r := range model.RegionID(w.regions) {
		if w.net.missing[r] != before.missing[r] {
			w.sayReadiness(r)
		}
	}
}

// sayReadiness has a region's agent report what it has ready.
func (w *world) sayReadiness(r model.RegionID) {
	if w.policy.Items == 0 || !w.policy.Workload.Has(r) {
		return
	}
	w.send(r, failover.Event{
		Kind: failover.ReadinessChanged, Region: r, Known: w.policy.Items, Down: w.itemsDown(r),
	})
}

// itemsDown are the items of the policy that a region lacks.
func (w *world) itemsDown(r model.RegionID) uint8 {
	return uint8(w.net.missing[r]) & w.policy.Items
}

// applyReadiness brings a report of readiness into the log. Agents repeat it for ever, so that it
// has no age, neither before nor after.
func (w *world) applyReadiness(e *failover.Event) {
	readiness := &w.state.Readiness[e.Region]
	readiness.At = min(readiness.At, w.state.Now)
	w.apply(e)
	readiness.At = forever
}

// wakeUse starts the checks that find a region unable, or its data bad, as soon as it is in use,
// and no longer so when it is not.
func (w *world) wakeUse() {
	bad := w.spoiled != [model.MaxStores]model.RegionSet{}
	if bad || w.barren != 0 || w.net.missing != [model.MaxRegions]uint16{} {
		w.wake()
	}
}
