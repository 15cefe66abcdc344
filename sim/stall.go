package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// lack is how far a region's copy of a store is behind, beyond its lag, from a time on: behind at
// that time, in nanoseconds of the mean rate of writes, with each moment in more of them and out
// fewer, never less than nothing.
type lack struct {
	store           int
	region          model.RegionID
	at              int64
	behind, in, out float64
	// gathered is what it was behind at the last bend of the load that was reached so far.
	reached  int64
	gathered float64
}

// pace is by how much a copy falls behind with each moment under an even load.
func (l *lack) pace() float64 { return l.in - l.out }

// behind is how many seconds of writes a copy lacks beside its lag at a time.
func (w *world) behind(store int, r model.RegionID, at int64) time.Duration {
	lacks := w.lacking(store, r, at)
	if w.floods(store) {
		return w.ageOf(lacks, at)
	}
	return time.Duration(lacks)
}

// idle is for how long nothing had been written at a time, where a copy has yet to receive what was
// written before: lag is measured as the age of the last write that a copy holds. Where each region
// writes a copy falls behind by a second each second as it is (paces), and there are no guards.
func (w *world) idle(store int, r model.RegionID, at int64) time.Duration {
	from := w.follows[r][store].region
	if w.policy.MultiWriter || w.strategy.FromBackup {
		return 0
	}
	gap := w.gap(store, from, r, at)
	if w.behind(store, r, at) == 0 || w.guards[from][store].open && w.net.runs(store, from) {
		return gap
	}
	return max(gap, time.Duration(at-w.stoppedAt[from][store]))
}

// reviewLacks notes at what pace the copies fall behind, or catch up, from now on.
func (w *world) reviewLacks() {
	quiet := len(w.shortfalls) == 0 && w.net.stalled == [model.MaxStores]model.RegionSet{} &&
		!w.net.lossy
	for store := range w.scenario.Stores {
		queues := w.queues(store)
		if quiet && !queues {
			continue
		}
		for r := range model.RegionID(w.regions) {
			l := lack{store: store, region: r, at: w.now, behind: w.lacking(store, r, w.now)}
			l.in, l.out = w.paces(store, r)
			falls := l.behind > 0 || l.pace() > 0
			if queues && w.turns(&l) || !queues && falls {
				w.shortfalls = append(w.shortfalls, l)
			}
		}
	}
}

// paces is what a copy is sent with each moment, and what it can receive. One that is stalled lacks
// all that is written, and so does one that is out of reach where it is kept for it; one that
// catches up takes what was written at a rate, and what is written now beside.
func (w *world) paces(store int, r model.RegionID) (in, out float64) {
	from := w.follows[r][store].region
	stalled, rate := w.net.stalled[store].Has(r), w.receivable(store, from, r)
	written := w.policy.MultiWriter ||
		w.guards[from][store].open && w.net.runs(store, from)
	parted := !w.policy.MultiWriter && !w.net.follows(store, from, r)
	switch {
	case w.strategy.FromBackup || !w.policy.Candidates.Has(r):
		return 0, 0
	case written && from != r && parted && w.queues(store):
		return 1, 0
	case stalled && written && (w.policy.MultiWriter || from != r):
		return 1, 0
	case stalled, parted:
		return 0, 0
	case written && (from != r || !w.floods(store)):
		return 1, rate
	}
	return 0, rate
}

// whole notes that a copy has all there is: it was copied anew, or its region writes.
func (w *world) whole(store int, r model.RegionID) {
	if w.behind(store, r, w.now) > 0 {
		w.shortfalls = append(w.shortfalls, lack{store: store, region: r, at: w.now})
	}
}

// catchUpTime is how long a copy in reach takes to receive what it lacks when nothing more is
// written.
func (w *world) catchUpTime(store int, r model.RegionID) time.Duration {
	behind := w.lacking(store, r, w.now)
	if behind == 0 {
		return 0
	}
	return time.Duration(behind / w.receivable(store, w.follows[r][store].region, r))
}

// catchUpOfPlan is how long the copies take that the running plan promotes.
func (w *world) catchUpOfPlan() (longest time.Duration) {
	plan := &w.state.Plan
	for store := range int(w.policy.Stores) {
		if plan.Stores>>store&1 == 1 {
			longest = max(longest, w.catchUpTime(store, plan.Target))
		}
	}
	return longest
}

// stalls reports whether a step needs the replication to a region that is stalled.
func (w *world) stalls(step *failover.Step) bool {
	for store := range int(w.policy.Stores) {
		takes := step.Kind == failover.CatchUp && w.state.Plan.Stores>>store&1 == 1 ||
			step.Kind == failover.Rewind && int(step.Store) == store
		if takes && w.net.stalled[store].Has(w.doer(step)) {
			return true
		}
	}
	return false
}

// receives reports whether every copy in a region receives what is written, and lacks nothing.
func (w *world) receives(r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if w.net.stalled[store].Has(r) || w.trails(store, r) || w.behind(store, r, w.now) > 0 {
			return false
		}
	}
	return true
}
