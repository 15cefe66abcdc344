package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// Capacity that moves. Where a scenario says how fast regions grow, or that they follow their load
// by themselves, a capacity is a line of straight pieces. What a region aims at is
//
//	aim(t) = min(ceiling, max(normal size, what a plan asked for, load(t - reaction) / utilisation))
//
// where the normal size is larger in the hours that a schedule has for it (hours.go),
// and its capacity goes there as fast as it can: up by what all the traffic takes within a time of
// growth, down by that within a time of shrinking. An end of a piece is an event only while not
// every request succeeds, or may soon not: the pieces of quiet weeks are alike.

// sizing is how the capacity of the regions moves.
type sizing struct {
	// moves says that any does. Nothing else here is read where none does.
	moves bool
	// since is when the present pieces began, until when the first of them ends.
	since, until int64
	// slope is what each region gains in a nanosecond, as a share of all traffic.
	slope [model.MaxRegions]float64
	// goal is the least that each region has while a plan wants it.
	goal [model.MaxRegions]float64
	// kept is what that was before some of a region was reclaimed.
	kept [model.MaxRegions]float64
	// hours is the multiple of its normal size that each region aims at in the present pieces.
	hours [model.MaxRegions]float64
	// blind is until when a region gets nothing in place of what was reclaimed, but for a plan.
	blind [model.MaxRegions]int64
	// seen is where the autoscalers have noticed that each flow goes.
	seen [maxFlows]model.RegionID
	// quiet says that every request succeeds if nothing else happens, and wakeAt when the event comes
	// that ends the present pieces if it does not.
	quiet  bool
	wakeAt int64
	// whole is what suffices found, which holds until a change, or until staleAt where it is false.
	whole   bool
	staleAt int64
}

// snug is how close two capacities are that count as the same, as a share of all traffic: less than
// what comes about in the nanosecond by which the end of a piece is rounded, of most.
const snug = 1e-9

func newSizing(s *model.Scenario) sizing {
	return sizing{moves: s.Scaling.Moves(), until: never, wakeAt: never}
}

// capacityAt is what a region can carry at a time until the next bend of it.
func (w *world) capacityAt(r int, at int64) float64 {
	return w.capacity[r] + w.size.slope[r]*float64(at-w.size.since)
}

// roomAt is that too, and all of the load while every request succeeds: the bends in between are no
// events then.
func (w *world) roomAt(r int, at int64, load float64) float64 {
	if w.size.moves && w.size.quiet {
		return load
	}
	return w.carriesAt(r, at)
}

// has is what a region can carry now.
func (w *world) has(r model.RegionID) float64 { return w.capacityAt(int(r), w.now) }

// firstSizes has the regions begin as they would be had they followed their load for a week.
func (w *world) firstSizes() {
	w.size = sizing{moves: w.size.moves, until: never, wakeAt: never}
	if !w.size.moves {
		return
	}
	for i := range w.flows {
		w.size.seen[i] = w.flows[i].target
	}
	start := warmup - int64(model.WeekLength)
	w.readHours(start)
	for r := range w.regions {
		w.capacity[r] = w.aimOf(r, start)
	}
	w.size.since = start
	w.aim(start)
	w.sizeUp(warmup)
	w.now = warmup
	w.tellSizes()
}

// rate is what a region gains in a nanosecond if it gains what all the traffic takes in a time.
func (w *world) rate(r int, full time.Duration) float64 {
	if full == 0 {
		return math.Inf(1)
	}
	return 1 / w.scenario.Regions[r].Utilisation / float64(full)
}

// bounds are what the aim of a region is made of at a time, each a straight line between two bends.
func (w *world) bounds(r int, at int64) (load, normal, goal, ceiling float64) {
	id := model.RegionID(r)
	normal = w.normal(id)
	ceiling = max(w.allowance(id), normal, w.size.goal[r])
	if reaction := int64(w.scenario.Scaling.Reaction); reaction > 0 {
		for i := range w.flows {
			if w.size.seen[i] == id {
				load += w.flows[i].share * w.level(i, at-reaction)
			}
		}
		load /= w.scenario.Regions[r].Utilisation
	}
	return load, normal * w.size.hours[r], w.size.goal[r], ceiling
}

// aimOf is what a region aims at.
func (w *world) aimOf(r int, at int64) float64 {
	load, normal, goal, ceiling := w.bounds(r, at)
	return max(w.rationed(model.RegionID(r), min(max(load, normal), ceiling)), goal)
}

// reaim has the regions aim anew after a change.
func (w *world) reaim() {
	if w.size.moves {
		w.aim(w.now)
		w.size.staleAt = w.now
	}
}

// aim begins new pieces of all capacities.
func (w *world) aim(at int64) {
	w.see(at)
	w.readHours(at)
	for r := range w.regions {
		w.capacity[r] = w.capacityAt(r, at)
		w.size.slope[r] = 0
	}
	w.size.since = at
	end := w.nextAim(at)
	w.size.until = end
	for r := range model.RegionID(w.regions) {
		if w.policy.Workload.Has(r) && w.net.up(r) && !w.net.fixed.Has(r) {
			w.size.until = min(w.size.until, w.head(int(r), at, end))
		}
	}
}

// see has the autoscalers notice which flows moved long enough ago.
func (w *world) see(at int64) {
	for i := range w.flows {
		if f := &w.flows[i]; at >= f.changed+int64(w.scenario.Scaling.Reaction) {
			w.size.seen[i] = f.target
		}
	}
}

// nextAim is the first time after another at which the aim of a region may bend.
func (w *world) nextAim(at int64) int64 {
	next := w.nextHours(at)
	if w.scenario.Scaling.Reaction == 0 {
		return next
	}
	next = min(next, w.nextLoad(at))
	if next < never {
		for r := range model.RegionID(w.regions) {
			if w.policy.Workload.Has(r) {
				next = min(next, w.firstKink(int(r), at, next))
			}
		}
	}
	return next
}

// nextLoad is the first time after another at which the load that a region follows may bend.
func (w *world) nextLoad(at int64) int64 {
	reaction, next := int64(w.scenario.Scaling.Reaction), never
	late := warmup + reaction
	for i := range w.flows {
		f := &w.flows[i]
		if bend := w.curve(i).Next(at - late); bend < next-late {
			next = bend + late
		}
		if w.size.seen[i] != f.target {
			next = min(next, f.changed+reaction)
		}
	}
	return next
}

// firstKink is when the first two of the lines that a region's aim is made of cross, or the end of
// the piece.
func (w *world) firstKink(r int, at, end int64) int64 {
	var from, to [5]float64
	from[0], from[1], from[2], from[3] = w.bounds(r, at)
	to[0], to[1], to[2], to[3] = w.bounds(r, end)
	if id := model.RegionID(r); w.net.scarce.Has(id) {
		from[2], to[2] = w.asked(id, from[2]), w.asked(id, to[2])
		from[4], to[4] = w.unasked[r], w.unasked[r] // Above it the region gets a share.
	}
	span := float64(end - at)
	for i := range from {
		for j := range i {
			before, after := from[i]-from[j], to[i]-to[j]
			if before*after < 0 && math.Abs(before) > snug { // Or they have just crossed.
				cross := at + int64(before/(before-after)*span)
				end = max(at+1, min(end, cross))
			}
		}
	}
	return end
}

// head begins a piece of one region's capacity, and returns when it ends: where it reaches its aim,
// or at the end of the aim's own piece.
func (w *world) head(r int, at, end int64) int64 {
	blind := at < w.size.blind[r] && w.capacity[r] >= w.size.goal[r]
	if blind {
		end = min(end, w.size.blind[r])
	}
	aim, bends := w.aimOf(r, at), 0.0
	if end < never {
		bends = (w.aimOf(r, end) - aim) / float64(end-at)
	}
	up, down := w.rate(r, w.scenario.Scaling.Growth), -w.rate(r, w.scenario.Scaling.Shrink)
	if blind || w.net.capped.Has(model.RegionID(r)) {
		up = 0
	}
	if w.scenario.Scaling.Reaction == 0 {
		down = math.Inf(-1)
	}
	gap := aim - w.capacity[r]
	if there(gap, up, down, bends) {
		w.capacity[r] = aim
		w.size.slope[r] = max(down, min(up, bends))
		return end
	}
	w.size.slope[r] = up
	if gap < 0 {
		w.size.slope[r] = down
	}
	if after := gap / (w.size.slope[r] - bends); after > 0 && after < float64(end-at) {
		return at + int64(math.Ceil(after))
	}
	return end
}

// there reports whether a region has reached its aim: where it gets there at once, and where less
// is missing than the end of a piece, which is rounded to a nanosecond, may be off by. One that
// moves faster than that would go past its aim and back for ever.
func there(gap, up, down, bends float64) bool {
	rate := up
	if gap < 0 {
		rate = -down
	}
	return math.IsInf(rate, 1) || math.Abs(gap) <= max(snug, slack(up, bends), slack(-down, bends))
}

// slack is how far off its aim a region may be at the end of a piece that was rounded to a
// nanosecond, or 0 where it has no rate.
func slack(rate, bends float64) float64 {
	if math.IsInf(rate, 1) {
		return 0
	}
	return rate + math.Abs(bends)
}

// aimFor has a region grow to a size, or go back to it.
func (w *world) aimFor(r model.RegionID, size float64) {
	before := w.readyShare(r)
	w.size.goal[r] = size
	w.reaim()
	if w.readyShare(r) != before {
		w.sayCapacity(r)
	}
}

// ramps has what the running plan needs begin to come, and the step that scales end when it is
// there. It is false when nothing comes.
func (w *world) ramps(index uint8, epoch int32) bool {
	if w.work[index].barred || !w.size.moves {
		return false
	}
	w.scale()
	longest := int64(0)
	for r := range model.RegionID(w.regions) {
		gap := w.size.goal[r] - w.has(r)
		if gap > snug && w.size.slope[r] > 0 && w.grows(r) {
			longest = max(longest, int64(math.Ceil(gap/w.rate(int(r), w.scenario.Scaling.Growth))))
		}
	}
	if longest > 0 {
		w.work[index].ends = w.now + longest
		w.push(w.work[index].ends, evFinish, index, 0, epoch)
	}
	return longest > 0
}

// rampTime is how long what the plan needs takes to come once it begins to.
func (w *world) rampTime() (longest int64) {
	if !w.size.moves || w.scenario.Scaling.Growth == 0 {
		return 0
	}
	load := w.loadAfter()
	for r := range model.RegionID(w.regions) {
		if load[r] > 0 {
			gap := w.wanted(r, load[r]) - w.has(r)
			longest = max(longest, int64(gap/w.rate(int(r), w.scenario.Scaling.Growth)))
		}
	}
	return longest
}
