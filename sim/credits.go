package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// Machines that burst. Where a region has a baseline its machines may use that share of their
// capacity for good. What they use less they save, and what they use more they spend:
//
//	d saved / dt = baseline x capacity - min(attempts, capacity), in [0, a day of the baseline]
//
// Once all is spent the region carries its baseline, until it is asked for no more than that. The
// savings are those of all its machines together, and a load is above the baseline only where a
// fault has it so: without one they are full, and nothing is an event.

// savedFor is for how long a machine earns what it can save at most, that of T3 instances in the
// standard mode: 24 credits an hour and 576 at most of a t3.medium
// (docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html).
const savedFor = int64(24 * time.Hour)

// credits are what the regions have saved, in nanoseconds of what all the traffic takes.
type credits struct {
	// burst says that any region has a baseline. Nothing else here is read where none does.
	burst bool
	// since is when the savings were counted last, saved what they were then, by what draws on them,
	// and left what they were when the books were last brought up to date.
	since       int64
	saved, left [model.MaxRegions]float64
	by          drawing
	wakeAt      int64
}

// drawing is what the savings change by, beside the load as it goes.
type drawing struct {
	settledAt int64
	moving    bool
	// capacity is that of each region, attempts how many are made for a request there if all are
	// admitted, or 0 where nothing runs.
	capacity, attempts [model.MaxRegions]float64
	// spent are the regions that have nothing left and need it.
	spent model.RegionSet
	// level is between which bounds each load is.
	level [model.MaxRegions]int8
}

// firstCredits has all regions have saved what they can.
func (w *world) firstCredits() {
	w.credits = credits{wakeAt: never, since: warmup}
	for r := range w.regions {
		if w.scenario.Regions[r].Baseline > 0 {
			w.credits.burst = true
			w.credits.saved[r] = w.earns(r, w.capacity[r]) * float64(savedFor)
		}
	}
	w.credits.left = w.credits.saved
}

// earns is what a region of a capacity may use for good.
func (w *world) earns(r int, capacity float64) float64 {
	return capacity * w.scenario.Regions[r].Baseline
}

// carriesAt is what a region can carry at a time until the next bend of it: its capacity, or its
// baseline once it has spent what it had saved, or less while its cache is cold.
func (w *world) carriesAt(r int, at int64) float64 {
	machines := w.capacityAt(r, at)
	if w.credits.by.spent.Has(model.RegionID(r)) {
		machines = w.earns(r, machines)
	}
	if w.caches.limits {
		return w.bears(r, at, machines)
	}
	return machines
}

// drawnOn is what is asked of a region's machines at a time.
func (w *world) drawnOn(r int, at int64) float64 {
	return w.loads(at)[r] * w.credits.by.attempts[r]
}

// askedLevel says whether a region is asked for no more than its baseline, for more, or for more
// than it has.
func (w *world) askedLevel(r int, at int64) int8 {
	asked := w.drawnOn(r, at)
	switch capacity := w.credits.by.capacity[r]; {
	case asked <= w.earns(r, capacity):
		return 0
	case asked <= capacity:
		return 1
	}
	return 2
}

// countCredits brings the savings up to now, before anything changes.
func (w *world) countCredits() {
	for r := range w.regions {
		if w.scenario.Regions[r].Baseline > 0 {
			w.credits.left[r] = w.savedAt(r, w.now)
		}
	}
}

// savedAt is what a region has saved at a time until which nothing happens. One that has spent all
// uses what it earns: their difference would be nothing but rounding, which takes it for one that
// has savings, and for one that has spent them the next nanosecond.
func (w *world) savedAt(r int, to int64) float64 {
	c := &w.credits
	if c.by.spent.Has(model.RegionID(r)) {
		return 0
	}
	saved := c.saved[r]
	earns := w.earns(r, c.by.capacity[r])
	most := earns * float64(savedFor)
	saves := c.by.level[r] == 0
	for at := c.since; at < to && !(saves && saved >= most); {
		end := min(to, w.nextBend(at))
		saved = min(saved+earns*float64(end-at)-w.uses(r, at, end), most)
		at = end
	}
	return max(saved, 0)
}

// uses is what the machines of a region that has savings use between two times between which no
// load bends, by Simpson's rule.
func (w *world) uses(r int, from, to int64) (sum float64) {
	most := w.credits.by.capacity[r]
	h := float64(to-from) / panels
	for i := range panels + 1 {
		weight := float64(2 + 2*(i%2))
		if i == 0 || i == panels {
			weight = 1
		}
		sum += weight * math.Min(w.drawnOn(r, from+int64(h*float64(i))), most)
	}
	return sum * h / 3
}

// reviewCredits takes stock of what draws on the savings from now on, and counts anew where that
// has changed.
func (w *world) reviewCredits() {
	c := &w.credits
	was := c.by
	c.by.settledAt, c.by.moving = w.settledAt, w.moving()
	for r := range w.regions {
		if w.scenario.Regions[r].Baseline == 0 {
			continue
		}
		id := model.RegionID(r)
		c.by.capacity[r], c.by.attempts[r] = w.capacity[r], 0
		if w.net.up(id) && !w.net.serviceless.Has(id) {
			c.by.attempts[r] = w.attempts(r, 1)
		}
		c.left[r] = min(c.left[r], w.earns(r, w.capacity[r])*float64(savedFor))
		c.by.level[r] = w.askedLevel(r, w.now)
		w.spend(id)
	}
	if c.by != was {
		c.since, c.saved = w.now, c.left
	}
}

// spend has a region without savings carry its baseline while it is asked for more.
func (w *world) spend(r model.RegionID) {
	c := &w.credits
	spent := c.left[r] == 0 && c.by.level[r] > 0
	switch {
	case spent == c.by.spent.Has(r):
	case spent:
		c.by.spent = c.by.spent.With(r)
		w.note(r, "traffic", "has spent what its machines saved, and carries their baseline")
	default:
		c.by.spent = c.by.spent.Without(r)
		w.note(r, "traffic", "is asked for no more than its machines' baseline")
	}
}

// watchCredits asks for an event when a region may spend the last of its savings, or is asked for
// more or for less than a bound.
func (w *world) watchCredits() {
	next := never
	for r := range w.regions {
		if w.scenario.Regions[r].Baseline > 0 {
			next = min(next, w.nextCredit(r))
		}
	}
	if next != w.credits.wakeAt && next < never {
		w.push(next, evCredit, 0, 0, 0)
	}
	w.credits.wakeAt = next
}

// nextCredit is that event of one region. Loads repeat after a week: one that passes no bound in a
// week never does.
func (w *world) nextCredit(r int) int64 {
	level, limit := w.credits.by.level[r], w.now+int64(model.WeekLength)
	spends := level > 0 && !w.credits.by.spent.Has(model.RegionID(r))
	for at := w.now; at < limit; {
		end := min(w.nextBend(at), limit)
		passes := w.askedLevel(r, end) != level
		if passes {
			end = first(at, end, func(t int64) bool { return w.askedLevel(r, t) != level })
		}
		if spends && w.savedAt(r, end) == 0 {
			return first(at, end, func(t int64) bool { return w.savedAt(r, t) == 0 })
		}
		if spends || passes {
			return end
		}
		at = end
	}
	return never
}

// first is the first time after one, up to another, at which something holds that does at that.
func first(low, high int64, holds func(int64) bool) int64 {
	for high-low > 1 {
		middle := low + (high-low)/2
		if holds(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// credited is a moment at which the savings of a region are spent, or what is asked of it passes a
// bound.
func (w *world) credited() {
	if w.now == w.credits.wakeAt {
		w.account()
	}
}
