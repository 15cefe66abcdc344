package sim

import (
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Effects that are had twice. A write has its effect, and its answer reaches the user a while
// later: of a rate of writes as many as rate x Traffic.Answer are without an answer at any time.
// Those whose answer a fault cuts off are made again, a share Traffic.Repeated of them, and have
// their effect again wherever nobody knows that they had it:
//
//	no keys           all of them
//	regional keys     all of them if another region takes over, none if their own comes back
//	replicated keys   those that the region which takes over lacks: of Answer or less
//
// The consumers of a stream begin where their offsets were last copied, and handle again what came
// between those and the end of the copy that they read, unless replicated keys say that it was
// handled: they are as far as the stream itself. How long ago the last copy was is even between a
// one-way delay and that and OffsetsEvery.
//
// An effect is what a write does beyond its row: a payment, a mail, an order that is shipped. It
// was had even where the row is among the lost writes.

// unanswered is what became of a region's answers.
type unanswered struct {
	// since is when they stopped, 0 while it answers.
	since int64
	// moved says that its writes are made again in another region, counted how many of them were had
	// twice.
	moved   bool
	counted int64
}

// doubles reports whether anything can have its effect twice.
func (w *world) doubles() bool {
	streams := false
	for store := range w.scenario.Stores {
		streams = streams || w.scenario.Stores[store].OffsetsEvery > 0
	}
	return streams || w.scenario.Traffic.Repeated > 0
}

// answering reports whether the answers to what a region takes reach its users.
func (w *world) answering(r model.RegionID) bool {
	well := w.net.up(r) && !w.net.serviceless.Has(r) && !w.net.unreached.Has(r)
	for store := range w.scenario.Stores {
		written := w.policy.MultiWriter || w.state.Writers[store] == r
		well = well && (!written || w.net.runs(store, r))
	}
	return well
}

// hush takes note of the regions whose answers a fault cuts off, and of those that answer again.
func (w *world) hush() {
	if !w.doubles() {
		return
	}
	for r := range model.RegionID(w.regions) {
		s := &w.hushed[r]
		switch answers := w.answering(r); {
		case !w.policy.Workload.Has(r):
		case !answers && s.since == 0:
			*s = unanswered{since: w.now}
			if !w.policy.MultiWriter && !w.takesWrites(r) {
				w.repeatHere(r) // What it passed on is known where it was written.
			}
		case answers && s.since > 0:
			if !s.moved && (w.policy.MultiWriter || w.takesWrites(r)) {
				w.repeatHere(r)
			}
			*s = unanswered{}
		}
	}
}

// takesWrites reports whether a region is where any single-writer store is written.
func (w *world) takesWrites(r model.RegionID) bool {
	for store := range int(w.policy.Stores) {
		if w.state.Writers[store] == r {
			return true
		}
	}
	return false
}

// repeatHere counts what is made again where it was made before.
func (w *world) repeatHere(r model.RegionID) {
	for store := range w.scenario.Stores {
		if w.scenario.Stores[store].Idempotency == model.NoKeys {
			w.twice(r, store, w.scenario.Traffic.Answer)
			return // One write touches every store.
		}
	}
}

// repeatAt counts what is had twice because a failover promotes a store that holds what was written
// up to a time.
func (w *world) repeatAt(plan *failover.Plan, store int, held int64) {
	if plan.Kind != failover.Failover || !plan.Subject.Valid() {
		return
	}
	w.replay(plan.Subject, plan.Target, store, held)
	if s := &w.hushed[plan.Subject]; s.since > 0 {
		s.moved = true
		w.twice(plan.Subject, store, w.forgotten(store, s.since-held))
	}
}

// repeatEvacuated counts what is had twice because users who write everywhere are sent elsewhere,
// by what the regions that they come to know.
func (w *world) repeatEvacuated(from model.RegionID, split failover.Split) {
	s := &w.hushed[from]
	if s.since == 0 {
		return
	}
	s.moved = true
	for store := range w.scenario.Stores {
		w.twice(from, store, w.forgottenThere(store, from, split))
	}
}

// forgottenThere is what forgotten is in the mean of a region's users, each of whom makes a write
// again where the routing sends them.
func (w *world) forgottenThere(
	store int, from model.RegionID, split failover.Split,
) time.Duration {
	total, of, targets := 0.0, 0.0, w.spread(split.To)
	for i := range w.flows {
		if f := &w.flows[i]; f.target == from {
			lacks := w.hushed[from].since // Who gets no answer tries again where nothing is known.
			if to := targets[i]; to.Valid() {
				lacks = w.lacked(store, from, to, lacks)
			}
			total += f.share * float64(w.forgotten(store, lacks))
			of += f.share
		}
	}
	if of == 0 {
		return 0
	}
	return time.Duration(math.Round(total / of))
}

// lacked is how much of what a region had written up to a time another one lacks for good: nothing
// where it can still receive it, or a majority holds it.
func (w *world) lacked(store int, from, to model.RegionID, since int64) int64 {
	broken := since
	if w.quorums[store] != 0 {
		return 0
	}
	switch {
	case !w.net.follows(store, from, to):
		broken = min(since, w.net.tornAt[store][from][to])
	case !w.net.stalled[store].Has(to) && !w.trails(store, to):
		return 0
	}
	return since - broken + int64(w.lagFrom(store, from, to, broken))
}

// forgotten is how much of the time that an answer takes the region which takes over knows nothing
// of, if it lacks the last so many nanoseconds.
func (w *world) forgotten(store int, lacks int64) time.Duration {
	answer := w.scenario.Traffic.Answer
	if w.scenario.Stores[store].Idempotency == model.ReplicatedKeys {
		return min(answer, max(time.Duration(lacks), 0))
	}
	return answer
}

// twice counts the writes of the last stretch before a region's answers stopped that are made
// again. One write touches every store, so of those of one silence the one that forgot most counts.
func (w *world) twice(r model.RegionID, store int, stretch time.Duration) {
	s, of := &w.hushed[r], r
	if w.takesWrites(r) {
		of = model.NoRegion // The others pass theirs on to it.
	}
	t := &w.scenario.Traffic
	writes := t.RequestsPerSecond * t.WriteShare * w.demanded(s.since-int64(stretch), s.since, of)
	if more := w.rounded(writes*t.Repeated, r, 0) - s.counted; more > 0 {
		w.trial.Duplicates += more
		s.counted += more
		w.note(r, "data", "%d writes are made again that had their effect in %s, and have it twice",
			more, w.scenario.Stores[store].Name)
	}
}

// replay counts the events of a stream that are handled again in the region that takes over, which
// holds what came up to a time. A backup has its offsets with it.
func (w *world) replay(from, to model.RegionID, store int, held int64) {
	spec := &w.scenario.Stores[store]
	known := spec.Idempotency == model.ReplicatedKeys || w.strategy.FromBackup
	if spec.OffsetsEvery == 0 || known {
		return
	}
	broken := w.now
	if !w.net.follows(store, from, to) {
		broken = w.net.tornAt[store][from][to]
	}
	if since := w.hushed[from].since; since > 0 {
		held = min(held, since)
	}
	phase := w.src.uniform(offsetPhase, store, 0)
	trip := int64(w.scenario.Latency.OneWay(from, to))
	copied := lastTick(broken-trip, int64(spec.OffsetsEvery), phase)
	if copied >= held {
		return
	}
	rate := w.scenario.Traffic.RequestsPerSecond * w.scenario.Traffic.WriteShare
	events := w.rounded(rate*w.demanded(copied, held, model.NoRegion), from, 1+store)
	w.trial.Duplicates += events
	w.note(to, "data", "%d events of %s are handled again", events, spec.Name)
}

// rounded makes a number of effects whole: an expected 0.4 of them are one in 40 % of the cases. It
// draws by the region's name, so that the place in which that is listed changes nothing.
func (w *world) rounded(effects float64, r model.RegionID, what int) int64 {
	key := hashed(w.struck[r], nameOf(w.scenario, r))
	return int64(math.Floor(effects + w.src.keyed(repeating, key, what)))
}
