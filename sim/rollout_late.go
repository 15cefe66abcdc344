package sim

import (
	"slices"
	"time"

	"redoubt/model"
)

// How long the requests of a region take that has a release, as its own load balancer measures it:
// the wait and the service there, by how much a fault or a release makes them late, and of a write
// the way on to where it is written, and to a majority of all. The way of the users is not in it.

// slowestShare is the share of the requests that take longer than the 95th percentile.
const slowestShare = 0.05

// telling is what a region tells of its requests.
type telling struct {
	// fail is the share that fails, overGo and overBack those that take longer than the rollout's
	// GoP95 and BackP95; 0 where nobody looks.
	fail, overGo, overBack float64
	// from is what the last two were worked out from.
	from pace
}

// pace is what decides how long the requests of a region take.
type pace struct {
	load, capacity float64
	writer         model.RegionID
	late           spread
}

func (p *pace) same(other *pace) bool {
	return p.load == other.load && p.capacity == other.capacity && p.writer == other.writer &&
		slices.Equal(p.late, other.late)
}

// judgesLatency reports whether some release is out that is judged by how long requests take, so
// that it matters how large regions are though every request succeeds.
func (w *world) judgesLatency() bool {
	for i := range w.releases {
		plan := &w.scenario.Rollouts[i]
		if w.releases[i].has != 0 && plan.GoP95+plan.BackP95 > 0 {
			return true
		}
	}
	return false
}

// tells brings what a region tells up to now. One that answers nothing has no latency, and what it
// told last of that stands. One without users tells what the release does to those who try it.
func (w *world) tells(told *telling, plan *model.Rollout, r model.RegionID) {
	if told.fail = w.net.flawed[r]; w.routedShare(r) > 0 {
		told.fail = 1 - w.answers[r]
	}
	if plan.GoP95+plan.BackP95 == 0 || w.answers[r] == 0 {
		return
	}
	now := pace{
		load: w.routedShare(r), capacity: w.carriesAt(int(r), w.now), writer: w.primary,
		late: w.lateBy(r, true),
	}
	if now.same(&told.from) {
		return
	}
	told.from = now
	told.overGo = w.longerThan(plan.GoP95, &now, r)
	told.overBack = w.longerThan(plan.BackP95, &now, r)
}

// longerThan is the share of a region's requests that take longer than a bound, and none where
// there is no bound. Under a load that it cannot carry all of them do: what is admitted waits ever
// longer.
func (w *world) longerThan(bound time.Duration, p *pace, r model.RegionID) float64 {
	rate, service := w.scenario.Traffic.RequestsPerSecond, w.scenario.Traffic.ServiceTime
	if bound == 0 {
		return 0
	}
	q := newQueueing(p.load*rate, p.capacity*rate, service)
	if q.shed() > 0 || q.waits >= 1 {
		return 1
	}
	writes, seconds := w.scenario.Traffic.WriteShare, bound.Seconds()
	if !p.writer.Valid() {
		return q.longerWith(p.late, seconds) // No write is answered.
	}
	all := answered{strategy: w.strategy, there: 1<<w.regions - 1, writer: p.writer, over: w.scenario}
	written := p.late.then(all.writeOn(r))
	return (1-writes)*q.longerWith(p.late, seconds) + writes*q.longerWith(written, seconds)
}
