package sim

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// lack is how far a region's copy of a store is behind, beyond its lag, from a time on: behind at
// that time, and pace more with each moment after it, never less than nothing.
type lack struct {
	store        int
	region       model.RegionID
	at           int64
	behind, pace float64
}

// behind is how many seconds of writes a copy lacks beside its lag at a time. A copy whose
// replication never stalled lacks none.
func (w *world) behind(store int, r model.RegionID, at int64) time.Duration {
	for i := len(w.shortfalls) - 1; i >= 0; i-- {
		if l := &w.shortfalls[i]; l.store == store && l.region == r && l.at <= at {
			return time.Duration(max(0, l.behind+l.pace*float64(at-l.at)))
		}
	}
	return 0
}

// idle is for how long nothing had been written at a time, where a copy has yet to receive what was
// written before: lag is measured as the age of the last write that a copy holds.
func (w *world) idle(store int, r model.RegionID, at int64) time.Duration {
	from := w.follows[r][store].region
	if w.behind(store, r, at) == 0 || w.guards[from][store].open && w.net.runs(store, from) {
		return 0
	}
	return time.Duration(max(0, at-w.stoppedAt[from][store]))
}

// reviewLacks notes at what pace the copies fall behind, or catch up, from now on.
func (w *world) reviewLacks() {
	if len(w.shortfalls) == 0 && w.net.stalled == [model.MaxStores]model.RegionSet{} {
		return
	}
	for store := range w.scenario.Stores {
		for r := range model.RegionID(w.regions) {
			behind, pace := w.behind(store, r, w.now), w.pace(store, r)
			if behind > 0 || pace > 0 {
				w.shortfalls = append(w.shortfalls, lack{store, r, w.now, float64(behind), pace})
			}
		}
	}
}

// pace is by how much a copy falls behind with each moment. One that is stalled lacks all that is
// written; one that catches up takes what was written at a rate, and what is written now beside.
// One that is out of reach stays where it is.
func (w *world) pace(store int, r model.RegionID) float64 {
	stalled, rate := w.net.stalled[store].Has(r), w.scenario.Stores[store].CatchUp
	from := w.follows[r][store].region
	written := w.policy.MultiWriter ||
		w.guards[from][store].open && w.net.runs(store, from)
	switch {
	case w.strategy.FromBackup || !w.policy.Candidates.Has(r):
		return 0
	case stalled && written && (w.policy.MultiWriter || from != r):
		return 1
	case stalled, !w.policy.MultiWriter && !w.net.follows(store, from, r):
		return 0
	case written:
		return 1 - rate
	}
	return -rate
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
	behind := w.behind(store, r, w.now)
	if behind == 0 {
		return 0
	}
	return time.Duration(float64(behind) / w.scenario.Stores[store].CatchUp)
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
		if w.net.stalled[store].Has(r) || w.behind(store, r, w.now) > 0 {
			return false
		}
	}
	return true
}
