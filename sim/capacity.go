package sim

import (
	"math"

	"redoubt/failover"
	"redoubt/model"
)

// firstCapacities gives every region its normal size, and has the log know of it.
func (w *world) firstCapacities() {
	w.barren = 0
	for r := range model.RegionID(w.regions) {
		w.capacity[r] = w.limits[r].normal
		w.state.Ready[r] = w.readyShare(r)
	}
}

// limit is the normal size of a region under the strategy, and the most that it can be scaled to.
type limit struct{ normal, ceiling float64 }

// limitsOf are those of every region.
func limitsOf(s *model.Scenario, strategy model.Strategy) (all [model.MaxRegions]limit) {
	for r := range s.Regions {
		id := model.RegionID(r)
		all[r] = limit{s.Capacity(strategy, id), s.CapacityCeiling(strategy, id)}
	}
	return all
}

// readyShare is what a region's agent says that it can carry, in thousandths of all traffic.
func (w *world) readyShare(r model.RegionID) uint16 {
	return uint16(math.Min(math.Round(w.has(r)*1000), math.MaxUint16))
}

// resize changes what a region can carry, and has its agent say so.
func (w *world) resize(r model.RegionID, capacity float64) {
	if w.size.moves {
		w.aimFor(r, capacity)
		return
	}
	if w.capacity[r] != capacity {
		w.capacity[r] = capacity
		w.sayCapacity(r)
	}
}

// sayCapacity has a region's agent report what it can carry.
func (w *world) sayCapacity(r model.RegionID) {
	w.send(r, failover.Event{
		Kind: failover.CapacityChanged, Region: r, Share: w.readyShare(r),
	})
}

// mustScale reports whether a region that takes over has less than it will need.
func (w *world) mustScale() bool {
	load := w.pressureOf(w.loadAfter())
	for r := range w.regions {
		if load[r] > w.has(model.RegionID(r)) {
			return true
		}
	}
	return false
}

// pressureOf is the greatest load of each region, once the plan's traffic has shifted, until it
// could have grown: what it would shed if nobody waited for that. Where no load varies it is the
// mean that is given.
func (w *world) pressureOf(mean [model.MaxRegions]float64) [model.MaxRegions]float64 {
	if !w.week.varies {
		return mean
	}
	targets := w.spread(w.policy.ServingAfter(&w.state))
	grown := w.now + int64(w.src.draw(scaling, &w.strategy.Scale, w.planKey(), 0)) + w.rampTime()
	return w.busiest(&targets, w.now-warmup, grown-warmup)
}

// loadAfter is every region's mean load once the plan's traffic has shifted.
func (w *world) loadAfter() (load [model.MaxRegions]float64) {
	serving := w.policy.ServingAfter(&w.state)
	for i := range w.flows {
		if target := w.flows[i].sent.To(serving); target.Valid() {
			load[target] += w.flows[i].share
		}
	}
	return load
}

// scale gives every region that takes over what it needs, and its part of what an evacuated region
// carried, up to its ceiling. It is sized for its mean load, with the room for peaks that its
// utilisation leaves. None shrinks here: that waits until the traffic has left.
func (w *world) scale() {
	w.account()
	load := w.loadAfter()
	for r := range w.regions {
		if load[r] == 0 {
			continue // A witness has no utilisation to divide by.
		}
		id := model.RegionID(r)
		switch size := w.has(id); {
		case w.grows(id):
			w.resize(id, max(size, w.gets(id, w.wanted(id, load[r]))))
		case !w.net.fixed.Has(id): // It gets no more, and keeps what it has.
			w.resize(id, size)
		}
	}
}

// wanted is what a region is scaled to for a load, or what it has where that is more.
func (w *world) wanted(r model.RegionID, load float64) float64 {
	need := load / w.scenario.Regions[r].Utilisation
	part := float64(w.state.Plan.Carry[r]) / 1000
	return max(w.has(r), min(max(need, part), w.limits[r].ceiling))
}

// shrink takes every region back to its normal size once all is as it was at the start. What it got
// in place of what was reclaimed of that it keeps: it is asked for no less.
func (w *world) shrink() {
	moved := w.state.Primary != w.first.Primary || w.state.Serving != w.first.Serving
	if moved || w.state.Plan.Kind != failover.NoPlan {
		return
	}
	for r := range model.RegionID(w.regions) {
		w.resize(r, min(w.limits[r].normal, max(w.has(r), w.normal(r))))
	}
}
