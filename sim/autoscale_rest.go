package sim

import (
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// How capacity that moves goes on from piece to piece, and when the end of one need be no event.

// settlingWeeks is after how many weeks the sizes of a region have to repeat, or each of their
// bends is an event.
const settlingWeeks = 4

// lookAgain is after how long it is worth asking anew whether a service that is short of capacity
// now and then has come to rest. Until it is, every bend is an event.
const lookAgain = 24 * time.Hour

// sizeUp brings the capacities to a time.
func (w *world) sizeUp(to int64) {
	for w.size.until <= to {
		if w.size.quiet && to-w.size.until > 2*int64(model.WeekLength) {
			w.skip(to)
			continue
		}
		w.aim(w.size.until)
	}
}

// skip goes on for a week that nothing happens in, and over all that are as it was.
func (w *world) skip(to int64) {
	before := w.sizesNow(w.size.until)
	end := w.size.until + int64(model.WeekLength)
	for w.size.until <= end {
		w.aim(w.size.until)
	}
	if alike(before, w.sizesNow(end)) && w.size.until < never {
		weeks := (to - w.size.until) / int64(model.WeekLength) * int64(model.WeekLength)
		w.size.since, w.size.until = w.size.since+weeks, w.size.until+weeks
	}
}

// sizesNow are the capacities at a time within the present pieces.
func (w *world) sizesNow(at int64) (sizes [model.MaxRegions]float64) {
	for r := range w.regions {
		sizes[r] = w.capacityAt(r, at)
	}
	return sizes
}

func alike(x, y [model.MaxRegions]float64) bool {
	for r := range x {
		if math.Abs(x[r]-y[r]) > snug {
			return false
		}
	}
	return true
}

// watchSize asks for an event at the next bend of a capacity while it may matter.
func (w *world) watchSize() {
	if w.size.quiet = w.rests(); w.size.quiet {
		w.size.wakeAt = never
		return
	}
	if w.size.until != w.size.wakeAt && w.size.until < never {
		w.size.wakeAt = w.size.until
		w.push(w.size.until, evSize, 0, 0, 0)
	}
}

// sized is the end of a piece, at which agents report what their regions have come to.
func (w *world) sized() {
	if w.now != w.size.wakeAt {
		return
	}
	w.account()
	for r := range model.RegionID(w.regions) {
		if w.state.Ready[r] != w.readyShare(r) && w.net.agent(r) {
			w.sayCapacity(r)
		}
	}
}

// tellSizes has the log know what every agent has reported of its region while nobody looked.
func (w *world) tellSizes() {
	if !w.size.moves {
		return
	}
	for r := range model.RegionID(w.regions) {
		if r == w.raft.leader || w.net.talks(r, w.raft.leader) {
			w.state.Ready[r] = w.readyShare(r)
		}
	}
}

// rests reports whether every request succeeds for as long as nothing else happens: nothing is
// broken or under way, and as the capacities go on no region is ever short of some.
func (w *world) rests() bool {
	idle := len(w.net.standing) == 0 && w.state.Plan.Kind == failover.NoPlan && !w.moving() &&
		!w.judgesLatency() && !w.warms()
	if !idle || w.pulse != nil && w.size.until < never {
		return false
	}
	for i := range w.flows {
		f := &w.flows[i]
		if !f.target.Valid() || w.answers[f.target] < 1 || w.size.seen[i] != f.target {
			return false
		}
	}
	if w.now < w.size.staleAt {
		return w.size.whole
	}
	size, capacity := w.size, w.capacity
	whole := w.suffices()
	w.size, w.capacity = size, capacity
	if w.size.whole, w.size.staleAt = whole, never; !whole {
		w.size.staleAt = w.now + int64(lookAgain)
	}
	return whole
}

// suffices plays the capacities on until they repeat themselves, and reports whether each region
// has enough for its load throughout.
func (w *world) suffices() bool {
	at := w.now
	for range settlingWeeks {
		before, week := w.sizesNow(at), at+int64(model.WeekLength)
		for at < week {
			end := min(w.size.until, w.nextBend(at))
			if w.short(at) || end < never && w.short(end) {
				return false
			}
			if end == never {
				return true
			}
			if at = min(end, week); at == w.size.until {
				w.aim(at)
			}
		}
		if alike(before, w.sizesNow(at)) {
			return true
		}
	}
	return false
}

// short reports whether a region has less capacity at a time than load.
func (w *world) short(at int64) bool {
	load := w.loads(at)
	for r := range w.regions {
		if load[r] > w.capacityAt(r, at)+snug {
			return true
		}
	}
	return false
}
