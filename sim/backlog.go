package sim

import (
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// BacklogFinding is what became of a backlog in a run.
type BacklogFinding struct {
	Name string
	// Largest is how many pieces of work waited at most, LargestAt when, since the start of the run.
	Largest   float64
	LargestAt time.Duration
	// DrainedAt is when none waited any more for the last time, if Drained; Left is how many do at the
	// end of the run.
	DrainedAt time.Duration
	Drained   bool
	Left      float64
}

// backlog is a fluid queue: work flows in as the load goes, and out as fast as it can be handled.
type backlog struct {
	// seen is up to when, waits how much there is then.
	seen  int64
	waits float64
	// base is how much there was at since; since then a multiple of the mean that arrives was handled
	// all the time. What waits is reckoned from there, so that it does not matter how often one looks.
	since   int64
	base    float64
	handled float64
}

// watchBacklogs brings every backlog up to a time, before which all is as it is now.
func (w *world) watchBacklogs(until int64) {
	story := w.story
	if story.queues == nil {
		for i := range w.scenario.Backlogs {
			story.queues = append(story.queues, backlog{seen: warmup})
			story.Backlogs = append(story.Backlogs, BacklogFinding{Name: w.scenario.Backlogs[i].Name})
		}
	}
	for i := range story.queues {
		q, spec := &story.queues[i], &w.scenario.Backlogs[i]
		if handled := spec.Drains * w.handling(int(spec.Store)); handled != q.handled {
			q.since, q.base, q.handled = q.seen, q.waits, handled
		}
		for q.seen < until {
			w.flow(i, w.sameWay(q.seen, until, q.handled))
		}
		story.Backlogs[i].Left = q.waits
	}
}

// handling is the share of its work that the application gets done which writes to a store, where
// it is in use and gets most done. What fails is taken up again.
func (w *world) handling(store int) (most float64) {
	for r := range model.RegionID(w.regions) {
		runs := w.net.up(r) && !w.net.serviceless.Has(r) && w.net.missing[r] == 0
		if runs && w.inUse(r) && w.stores(r, store) {
			most = max(most, (1-w.net.failing[r])*(1-w.net.flawed[r]))
		}
	}
	return most
}

// sameWay is until when what arrives stays above, or below, what can be handled, both as multiples
// of the mean that arrives: to a bend of the load, or to where the straight line before it crosses.
// That is the first nanosecond beyond, wherever one begins to look.
func (w *world) sameWay(from, until int64, handled float64) int64 {
	if !w.week.varies {
		return until
	}
	end := min(until, w.nextBend(from))
	grows := w.demand(from) > handled
	if (w.demand(end) > handled) == grows {
		return end
	}
	return firstAt(from, end, func(at int64) bool { return (w.demand(at) > handled) != grows })
}

// firstAt is the first time after one, and at most at another, at which something is so that then
// stays so; it is not so at the first, and is at the second.
func firstAt(low, high int64, so func(int64) bool) int64 {
	for high-low > 1 {
		if middle := low + (high-low)/2; so(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}

// flow moves a backlog on to a time before which it only grows, or only shrinks.
func (w *world) flow(index int, to int64) {
	q, found := &w.story.queues[index], &w.story.Backlogs[index]
	if q.waits == 0 {
		q.since, q.base = q.seen, 0
	}
	rate := w.scenario.Backlogs[index].Arrives
	after := func(at int64) float64 {
		arrived := w.demanded(q.since, at, model.NoRegion)
		return q.base + rate*(arrived-q.handled*time.Duration(at-q.since).Seconds())
	}
	waited := q.waits
	if q.waits = max(after(to), 0); waited > 0 && q.waits == 0 {
		at := firstAt(q.seen, to, func(at int64) bool { return after(at) <= 0 })
		found.Drained, found.DrainedAt = true, time.Duration(at-warmup)
		w.noteAt(at, "backlog", "no more %s wait", found.Name)
	}
	if waited == 0 && q.waits > 0 {
		w.noteAt(q.seen, "backlog", "%s wait", found.Name)
	}
	if q.seen = to; q.waits > found.Largest {
		found.Largest, found.LargestAt = q.waits, time.Duration(to-warmup)
	}
}

// largestBacklog is how much work waited at most; NaN where none did.
func (s *Story) largestBacklog() float64 {
	largest := math.NaN()
	for i := range s.Backlogs {
		if n := s.Backlogs[i].Largest; n > 0 && !(largest >= n) {
			largest = math.Round(n)
		}
	}
	return largest
}

// drained is when the last work that had waited was done, in seconds; NaN where some is left, or
// none waited.
func (s *Story) drained() float64 {
	last := math.NaN()
	for i := range s.Backlogs {
		if b := &s.Backlogs[i]; b.Drained && !(last >= b.DrainedAt.Seconds()) {
			last = b.DrainedAt.Seconds()
		}
	}
	if slices.ContainsFunc(s.Backlogs, func(b BacklogFinding) bool { return b.Left > 0 }) {
		return math.NaN()
	}
	return last
}
