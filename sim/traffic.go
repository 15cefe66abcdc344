package sim

import (
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// flow is how a population is routed, or the part of one that moves in one stage: everybody to
// target, but for those who have not yet followed the last change and still come to old.
type flow struct {
	share float64
	// population is whose, part how large a part of it; it follows where upTo percent of the traffic
	// has shifted.
	population int
	part       float64
	upTo       uint8
	// sent is where it is sent to, by what serves. target is none where it gets no answer.
	sent        *model.Part
	target, old model.RegionID
	// session is where its users are logged in, or model.NoRegion while that is nowhere.
	session model.RegionID
	// unanswered says that target is none because nobody learns where to go.
	unanswered bool
	// changed is when target became what it is; the stale share is a function of the time since.
	changed int64
}

// route sends every population where the routing policy has it, among the regions that the traffic
// is divided between. Clients follow as their DNS answers expire. One that looks up a name whose
// answers have weights draws by them; between two stages the share of those with the later answer
// grows as that of whoever has looked up since, so that a part of each population, as large as the
// stage, moves as all of one does.
func (w *world) route(split failover.Split) {
	w.account()
	w.routed = split
	for i := range w.flows {
		f, serving := &w.flows[i], split.From
		if f.upTo <= split.Share {
			serving = split.To
		}
		w.redirect(f, f.sent.To(serving))
	}
	w.reviewIdle()
	w.moveSessions()
	w.useCaches()
	w.wakeUse()
	w.reaim()
	w.settledAt = w.now + int64(w.dns.settled())
	w.push(w.settledAt, evSettle, 0, 0, 0)
}

// settle forgets the old routes once next to nobody uses them.
func (w *world) settle() {
	if w.now < w.settledAt {
		return
	}
	w.account()
	for i := range w.flows {
		w.flows[i].old = model.NoRegion
	}
	w.shrink()
}

// routedShare is the share of all requests that are sent to a region, laggards apart.
func (w *world) routedShare(r model.RegionID) float64 {
	share := 0.0
	for i := range w.flows {
		if w.flows[i].target == r {
			share += w.flows[i].share
		}
	}
	return share
}

// loads splits the requests over the regions at a time.
func (w *world) loads(at int64) (load [model.MaxRegions]float64) {
	w.loadsInto(&load, at)
	return load
}

// loadsInto is loads for what looks at many times: it adds to a load of nothing.
func (w *world) loadsInto(load *[model.MaxRegions]float64, at int64) {
	known, stale := int64(-1), 0.0 // Populations that moved at the same time are equally late.
	flows, varies := w.flows, w.week.varies
	for i := range flows {
		f := &flows[i]
		share := f.share
		if varies {
			share *= w.level(i, at)
		}
		if f.old.Valid() {
			if f.changed != known {
				known, stale = f.changed, w.dns.stale(float64(at-f.changed)/1e9)
			}
			load[f.old] += share * stale
			share *= 1 - stale
		}
		if f.target.Valid() { // Nobody gets the requests of those who get no answer.
			load[f.target] += share
		}
	}
}

// succeeding is how many requests succeed at a time, as a multiple of the mean rate of all, under
// what holds between the last event and the next. A region takes as much of its load as it has
// capacity for and sheds the rest.
func (w *world) succeeding(at int64) float64 {
	var load [model.MaxRegions]float64
	w.loadsInto(&load, at)
	return w.succeedingOf(&load, at)
}

// succeedingOf is succeeding, given the loads of the time.
func (w *world) succeedingOf(load *[model.MaxRegions]float64, at int64) (total float64) {
	for r := range w.regions {
		switch {
		case load[r] <= 0 || w.answers[r] <= 0:
		case w.retries == 0:
			total += min(load[r], w.carriesAt(r, at)) * w.answers[r]
		default:
			total += load[r] * w.persistent(r, load[r], w.carriesAt(r, at))
		}
	}
	return total
}

// accepting is how many requests succeed at a time if all are writes, given its loads.
func (w *world) accepting(load *[model.MaxRegions]float64, at int64) (total float64) {
	for r := range w.regions {
		switch {
		case load[r] <= 0 || w.accepts[r] <= 0:
		case w.retries == 0:
			total += min(load[r], w.carriesAt(r, at)) * w.accepts[r]
		default:
			admitted := w.admitted(r, load[r], w.carriesAt(r, at))
			total += load[r] * w.inTheEnd(admitted*w.accepts[r])
		}
	}
	return total
}

// failed is how many requests fail at a time, as a multiple of the mean rate of all.
func (w *world) failed(at int64) float64 { return w.demand(at) - w.succeeding(at) }

// served is the share of the requests of a time that succeed, accepted that of the writes.
func (w *world) served(at int64) float64 { return w.succeeding(at) / w.demand(at) }

func (w *world) accepted(at int64) float64 {
	load := w.loads(at)
	return w.accepting(&load, at) / w.demand(at)
}

// reviewAnswers works out which share of the requests that are sent to each region it can answer:
// its reads while users reach it, its application runs and gets at the data, its writes while the
// database that its application writes to is open and in reach. A standby whose application runs
// forwards what laggards bring it.
func (w *world) reviewAnswers() {
	writes := w.scenario.Traffic.WriteShare
	for r := range model.RegionID(w.regions) {
		reads, accepts := 0.0, 0.0
		serves := w.net.up(r) && !w.net.serviceless.Has(r) && !w.net.unreached.Has(r) &&
			w.net.missing[r] == 0
		if w.policy.Workload.Has(r) && serves {
			succeed := (1 - w.net.failing[r]) * (1 - w.net.flawed[r])
			if w.reads(r) {
				reads = succeed * w.sound(r)
			}
			if w.writes(r) {
				accepts = succeed
			}
		}
		w.resent[r] = 0
		again := 0.0
		if w.net.lossy {
			asked, brought := w.crosses(r, w.asks), w.crosses(r, w.forwards)
			reads, accepts = reads*asked.arrives, accepts*brought.arrives
			again = reads*(1-writes)*asked.again + accepts*writes*brought.again
		}
		w.accepts[r], w.answers[r] = accepts, reads*(1-writes)+accepts*writes
		if w.resent[r] = 0; again > 0 {
			w.resent[r] = again / w.answers[r]
		}
		w.readable[r] = reads
	}
}

// account integrates what failed since the last change, and then takes stock of what holds from now
// on. It is called at every change of anything that served depends on, after everything before it
// was accounted.
func (w *world) account() {
	if w.now > w.accounted {
		w.integrate(w.accounted, w.now)
		if w.credits.burst {
			w.countCredits()
		}
		w.accounted = w.now
	}
	w.sizeUp(w.now)
	w.dirty = true
}

// refresh takes stock after a change. The incident that it makes opens or closes when the instant
// is over.
func (w *world) refresh() {
	if !w.dirty {
		return
	}
	w.dirty = false
	w.reviewBarren()
	w.reviewAnswers()
	w.watchReleases()
	w.splitBrain = w.split()
	if w.credits.burst {
		w.reviewCredits()
	}
	w.serving, w.serviceDown = w.standing(w.now)
	w.unmarked = true
	if w.size.moves {
		w.watchSize()
	}
	if w.week.varies || w.size.moves {
		w.watchLoad()
	}
	if w.credits.burst {
		w.watchCredits()
	}
	w.watchWeights()
}

// pieces bounds how many parts a stretch of time is integrated in, and panels how finely each is.
const (
	pieces = 2*maxPopulations*3 + 2
	panels = 8
)

// integrate adds up the failed share of the requests between two times, piece by piece between the
// bends of the clients' decay, and finds the moment at which enough are served again.
func (w *world) integrate(from, to int64) {
	if w.splitBrain {
		w.trial.SplitBrain += time.Duration(to - from)
	}
	if len(w.net.standing) > 0 {
		w.trial.Faulted += time.Duration(to - from)
	}
	w.acceptParted(from, to)
	w.readStale(from, to)
	w.countLate(from, to)
	if w.week.varies || w.size.moves {
		w.integrateWeek(from, to)
		return
	}
	if !w.moving() {
		w.lost += (1 - w.serving) * float64(to-from)
		return
	}
	if w.serving >= 1-lineTolerance && w.carriesAll(from) {
		return
	}
	var buffer [pieces]int64
	cuts := w.cuts(buffer[:0], from, to)
	before, down := w.serving, w.serviceDown
	for i := 1; i < len(cuts); i++ {
		after, still := w.standing(cuts[i])
		w.lost += w.simpson(cuts[i-1], cuts[i], before, after)
		if still != down {
			w.cross(cuts[i-1], cuts[i], before, after)
		}
		before, down = after, still
	}
}

// carriesAll reports whether every request succeeds however far the clients have followed, until
// the next event: each region could answer all of those that come from it, and all that come to it.
func (w *world) carriesAll(at int64) bool {
	var most [model.MaxRegions]float64
	for i := range w.flows {
		f := &w.flows[i]
		if !f.target.Valid() {
			return false // Who gets no answer is no load of a region.
		}
		most[f.target] += f.share
		if f.old.Valid() {
			most[f.old] += f.share
		}
	}
	for r := range w.regions {
		if most[r] > 0 && (w.answers[r] < 1 || w.carriesAt(r, at) < most[r]) {
			return false
		}
	}
	return true
}

// moving reports whether any population still has laggards.
func (w *world) moving() bool {
	for i := range w.flows {
		if w.flows[i].old.Valid() {
			return true
		}
	}
	return false
}

// cuts lists the ends of the pieces of a stretch in ascending order. Populations whose routes
// changed at different times bend at different times.
func (w *world) cuts(buffer []int64, from, to int64) []int64 {
	buffer = append(buffer, from)
	last := int64(-1)
	for i := range w.flows {
		f := &w.flows[i]
		if !f.old.Valid() || f.changed == last {
			continue
		}
		last = f.changed
		for _, bend := range w.dnsBends {
			at := f.changed + int64(bend*1e9)
			known := slices.Contains(buffer, at)
			if at > from && at < to && !known && len(buffer) < cap(buffer)-1 {
				buffer = append(buffer, at)
			}
		}
	}
	buffer = append(buffer, to)
	slices.Sort(buffer)
	return buffer
}

// simpson integrates what fails over one smooth piece, in nanoseconds of the mean load, given what
// succeeds at its ends.
func (w *world) simpson(from, to int64, before, after float64) float64 {
	h := float64(to-from) / panels
	sum := w.demand(from) + w.demand(to) - before - after
	for i := 1; i < panels; i++ {
		sum += float64(2+2*(i%2)) * w.failed(from+int64(h*float64(i)))
	}
	return sum * h / 3
}

// cross notes the moment within a piece at which the service goes down or comes up.
func (w *world) cross(from, to int64, before, after float64) {
	if at, found := w.flips(from, to, before, after); found {
		served, down := w.standing(at)
		ahead := 0.0
		if down {
			ahead = w.simpson(at, to, w.succeeding(at), w.succeeding(to))
		}
		w.mark(at, served, down, ahead)
	}
}

// mostSecants is how many steps a search takes by secants at most: halving alone takes as many as
// the piece has bits, and a search by secants a quarter of that, mostly.
const mostSecants = 16

// flips finds the moment within a piece at which the service goes down or comes up, given the share
// served at its ends: the first nanosecond at which it is as at the end. The share is smooth within
// a piece, so that it crosses its bound close to where a secant does: a step from there towards the
// middle has that on the shorter side. Where it is no matter of the share, or steps do not help,
// the piece is halved.
func (w *world) flips(from, to int64, before, after float64) (at int64, found bool) {
	down := w.down(from, before)
	if down == w.down(to, after) {
		return 0, false
	}
	least := w.scenario.Traffic.DownBelow - lineTolerance
	low, high, a, b := from, to, before-least, after-least
	for secants := mostSecants; high-low > 1; secants-- {
		middle := low + (high-low)/2
		if secants > 0 && a*b < 0 {
			crosses := low + int64(a/(a-b)*float64(high-low))
			middle = min(max(crosses+(middle-crosses)/1024, low+1), high-1)
		}
		if served, still := w.standing(middle); still == down {
			low, a = middle, served-least
		} else {
			high, b = middle, served-least
		}
	}
	return high, true
}
