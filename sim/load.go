package sim

import (
	"slices"
	"time"

	"redoubt/model"
)

// week is how the load of the populations goes.
type week struct {
	// varies says that any of it does, or what the regions bear of it as their caches fill. Nothing
	// else here is read where none does.
	varies bool
	// of is the load of each population, as a multiple of its mean.
	of []model.Week
	// peak is the greatest of all populations together, likewise: no less than their mean, 1.
	peak float64
	// last is the load of each population at the time that was asked about last: who works out one
	// moment asks for it once for every flow, and once more for the sum of them.
	last [maxPopulations]levelAt
	// busiest is the greatest load of each region in a week under the routes to targets, as a share of
	// the mean rate of all requests.
	busiest [model.MaxRegions]float64
	targets [maxFlows]model.RegionID
	known   bool
	// bendAt is when the event comes that watches a service which is not whole.
	bendAt int64
}

// levelAt is the load of a population at a time.
type levelAt struct {
	at    int64
	level float64
}

// newWeek returns that of a scenario.
func newWeek(s *model.Scenario) week {
	w := week{varies: s.Varies() || s.Cache.Exists(), of: s.Weeks()}
	w.peak = max(1, s.Busiest(w.of, func(*model.Population) float64 { return 1 }))
	for i := range w.last {
		w.last[i].at = never
	}
	return w
}

// curve is how the load of a flow's population goes.
func (w *world) curve(flow int) *model.Week { return &w.week.of[w.flows[flow].population] }

// level is the load of a flow's population at a time, as a multiple of its mean.
func (w *world) level(flow int, at int64) float64 {
	last := &w.week.last[w.flows[flow].population]
	if last.at != at {
		last.at, last.level = at, w.curve(flow).At(at-warmup)
	}
	return last.level
}

// demand is how many requests there are at a time, as a multiple of their mean rate.
func (w *world) demand(at int64) float64 {
	if !w.week.varies {
		return 1
	}
	total := 0.0
	for i := range w.flows {
		total += w.flows[i].share * w.level(i, at)
	}
	return total
}

// demanded is how many requests there are from one time to another, as seconds of their mean rate:
// of the populations that are sent to a region, laggards apart, or of all with model.NoRegion.
func (w *world) demanded(from, to int64, region model.RegionID) float64 {
	seconds := time.Duration(to - from).Seconds()
	switch {
	case !w.week.varies && region.Valid():
		return seconds * w.routedShare(region)
	case !w.week.varies:
		return seconds
	}
	total := 0.0
	for i := range w.flows {
		if f := &w.flows[i]; !region.Valid() || f.target == region {
			total += f.share * w.curve(i).Area(from-warmup, to-warmup) / 1e9
		}
	}
	return total
}

// nextBend is the first time after another at which the load of any population bends, or the pace
// at which its clients follow a change.
func (w *world) nextBend(after int64) int64 {
	next := never
	if w.caches.limits {
		next = w.nextFill(after)
	}
	for i := range w.flows {
		if at := w.curve(i).Next(after - warmup); at < next-warmup {
			next = at + warmup
		}
		if !w.flows[i].old.Valid() {
			continue
		}
		for _, bend := range w.dnsBends {
			if at := w.flows[i].changed + int64(bend*1e9); at > after {
				next = min(next, at)
			}
		}
	}
	return next
}

// bends reports whether what succeeds may change between two events: as the load goes, as capacity
// comes, or as clients follow a change.
func (w *world) bends() bool { return w.week.varies || w.size.moves || w.moving() }

// serves reports whether every request succeeds, at any load of the week, from when that was last
// accounted for on: a cache that fills has a region carry more and more.
func (w *world) serves() bool {
	if w.moving() {
		return false
	}
	if w.size.moves {
		return w.size.quiet
	}
	for i := range w.flows {
		if !w.flows[i].target.Valid() { // Who gets no answer is no load of a region.
			return false
		}
	}
	w.reviewBusiest()
	for r := range w.regions {
		if w.week.busiest[r] > 0 &&
			(w.answers[r] < 1 || w.week.busiest[r] > w.carriesAt(r, w.accounted)) {
			return false
		}
	}
	return true
}

// reviewBusiest works out the greatest load of each region when the routes have changed.
func (w *world) reviewBusiest() {
	var targets [maxFlows]model.RegionID
	for i := range w.flows {
		targets[i] = w.flows[i].target
	}
	if w.week.known && targets == w.week.targets {
		return
	}
	w.week.known, w.week.targets = true, targets
	w.week.busiest = w.busiest(&targets, 0, int64(model.WeekLength))
}

// busiest is the greatest load of each region from one time to another after the start of the run,
// when every population is sent to a target. Between two bends a load is a straight line, so that
// it is greatest at one of them or at an end.
func (w *world) busiest(
	targets *[maxFlows]model.RegionID, from, to int64,
) (most [model.MaxRegions]float64) {
	look := func(at int64) {
		var load [model.MaxRegions]float64
		for i := range w.flows {
			if r := targets[i]; r.Valid() {
				load[r] += w.flows[i].share * w.curve(i).At(at)
			}
		}
		for r := range most {
			most[r] = max(most[r], load[r])
		}
	}
	look(from)
	look(to)
	for i := range w.week.of {
		for at := w.week.of[i].Next(from); at < to; at = w.week.of[i].Next(at) {
			look(at)
		}
	}
	return most
}

// integrateWeek is integrate where the load varies: piece by piece between its bends and those of
// the clients' decay.
func (w *world) integrateWeek(from, to int64) {
	if w.serves() {
		return
	}
	smooth := w.moving() || w.warms()
	for from < to {
		end := min(to, w.nextBend(from))
		if smooth {
			w.lost += w.simpson(from, end, w.succeeding(from), w.succeeding(end))
			w.cross(from, end, w.served(from), w.served(end))
		} else {
			w.straight(from, end)
		}
		from = end
	}
}

// straight integrates exactly over a piece in which every load is a straight line.
func (w *world) straight(from, to int64) {
	var buffer [model.MaxRegions + 2]int64
	cuts := w.fills(buffer[:0], from, to)
	for i := 1; i < len(cuts); i++ {
		a, b := cuts[i-1], cuts[i]
		if w.retries == 0 {
			w.lost += (w.failed(a) + w.failed(b)) / 2 * float64(b-a)
		} else {
			w.lost += w.simpson(a, b, w.succeeding(a), w.succeeding(b))
		}
		w.cross(a, b, w.served(a), w.served(b))
	}
}

// fills lists the ends of a piece in which every load and capacity is a straight line, and the
// moments in between at which a region's load passes what it can carry: between them what fails is
// a straight line too, or a smooth curve where it is tried again.
func (w *world) fills(cuts []int64, from, to int64) []int64 {
	cuts = append(cuts, from, to)
	before, after := w.loads(from), w.loads(to)
	for r := range w.regions {
		low, high, tries := before[r], after[r], w.attempts(r, 1)
		room, then := w.carriesAt(r, from)/tries, w.carriesAt(r, to)/tries
		if (low < room) != (high < then) {
			part := (room - low) / ((high - low) - (then - room))
			cuts = append(cuts, from+int64(part*float64(to-from)))
		}
	}
	slices.Sort(cuts)
	return cuts
}

// watchLoad asks for an event at the next bend of the load while not every request succeeds: the
// service may go down by itself when people wake up, and come up again when they sleep.
func (w *world) watchLoad() {
	if w.moving() || w.serves() {
		w.week.bendAt = never
		return
	}
	if at := w.nextChange(); at != w.week.bendAt && at < never {
		w.week.bendAt = at
		w.push(at, evBend, 0, 0, 0)
	}
}

// nextChange is when the service goes down or comes up as the load goes, if that is before the next
// bend of it, or else that bend.
func (w *world) nextChange() int64 {
	end := w.nextBend(w.now)
	if w.size.moves {
		end = min(end, w.size.until)
	}
	if end == never {
		return never
	}
	var buffer [model.MaxRegions + 2]int64
	cuts := w.fills(buffer[:0], w.now, end)
	for i := 1; i < len(cuts); i++ {
		a, b := cuts[i-1], cuts[i]
		if at, found := w.flips(a, b, w.served(a), w.served(b)); found {
			return at
		}
	}
	return end
}

// bend is a moment at which the load bends, or the service goes down or comes up with it.
func (w *world) bend() {
	if w.now == w.week.bendAt {
		w.account()
	}
}
