package sim

import (
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// Where every region writes, what is lost with a region is what it accepted and none of those that
// are left has received: the lag of a copy, what a stall kept from it, and all that the region
// accepted after the two lost touch. Of several that are left the one that lacks the least passes
// the rest on to the others. It is counted when the region is left, or when it is lost after that.

// tear is what one region's copy of a store had of another one's writes when they lost touch.
type tear struct {
	// until is when the newest of them was made.
	until int64
	// received is how many there were, as partings count what a region accepted.
	received float64
}

// tear notes how much of each other's writes regions have that lose touch. What one accepts after
// that is counted exactly where a cut is between them; where the other one was lost for a moment,
// and this one is now, by where users are sent.
func (w *world) tear() {
	p := w.partings
	for store := range w.scenario.Stores {
		for from := range model.RegionID(w.regions) {
			holders := w.scenario.Holders(model.StoreID(store))
			out := holders.Without(from) &^ w.net.followers(store, from)
			if out == 0 || !w.policy.Workload.Has(from) {
				continue
			}
			stops := w.net.tornAt[store][from][from] == w.now
			if stops && w.routedShare(from) > 0 {
				p.until[from] = w.now
			}
			for to := range model.RegionID(w.regions) {
				switch held := &p.tears[store][from][to]; {
				case !out.Has(to):
				case w.net.tornAt[store][from][to] == w.now:
					*held = w.tornNow(store, from, to)
				case stops && !p.parts(from, to):
					held.received = sum(&p.accepted[from]) - w.demanded(held.until, w.now, from)
				}
			}
		}
	}
}

// tornNow is the tear between two regions that lose touch now.
func (w *world) tornNow(store int, from, to model.RegionID) tear {
	until := w.now - int64(w.lagFrom(store, from, to, w.now))
	return tear{until, sum(&w.partings.accepted[from]) - w.demanded(until, w.now, from)}
}

// leftover is what is lost with a region: since when it is out of reach, over what stretch it was
// accepted, and how much it is, as seconds of the mean rate of all writes.
type leftover struct {
	torn    int64
	stretch time.Duration
	writes  float64
}

// leftBehind is what is lost with a region some of whose stores do not run. One write touches every
// store, so that the one that lost most counts. What was counted is not counted again.
func (w *world) leftBehind(from model.RegionID) (most leftover) {
	p := w.partings
	for store := range w.scenario.Stores {
		heir := w.newest(store, from)
		if w.net.runs(store, from) || w.keepsAll(store) || !heir.Valid() {
			continue
		}
		torn, held := w.net.tornAt[store][from][heir], p.tears[store][from][heir]
		stretch := time.Duration(max(torn, p.until[from]) - held.until)
		if stretch > most.stretch {
			most = leftover{torn, stretch, max(0, sum(&p.accepted[from])-held.received)}
		}
	}
	if most.stretch > 0 {
		w.writeOff(from)
	}
	return most
}

// writeOff has what a region has accepted so far count no more.
func (w *world) writeOff(from model.RegionID) {
	p := w.partings
	for store := range w.scenario.Stores {
		for to := range model.RegionID(w.regions) {
			until := max(w.net.tornAt[store][from][to], p.until[from])
			p.tears[store][from][to] = tear{until, sum(&p.accepted[from])}
		}
	}
}

// newest is the region, of those that are left, whose copy of a store has most of what another one
// wrote. Where none of them runs the store, any that is back has its copy again.
func (w *world) newest(store int, from model.RegionID) model.RegionID {
	others := w.scenario.Holders(model.StoreID(store)).Without(from)
	if running := others &^ (w.net.lost | w.net.storeless[store]); running != 0 {
		others = running
	}
	best, tears := model.NoRegion, &w.partings.tears[store][from]
	for r := range model.RegionID(w.regions) {
		if others.Has(r) && (!best.Valid() || tears[r].until > tears[best].until) {
			best = r
		}
	}
	return best
}

// evacuateLoss counts what an evacuation leaves behind where every region writes.
func (w *world) evacuateLoss(from model.RegionID) {
	if lost := w.leftBehind(from); lost.stretch > 0 {
		w.noteLost(lost.torn)
		w.lose(lost.stretch, w.writesOf(lost.writes))
	}
}

// bereave counts what is lost with a region that was left while it ran, and is lost now.
func (w *world) bereave(before *damage) {
	if !w.policy.MultiWriter {
		return
	}
	for r := range model.RegionID(w.regions) {
		left := w.policy.Candidates.Has(r) && !w.routed.To.Has(r)
		if left && w.stopsIn(before, r) {
			w.loseLate(r)
		}
	}
}

// stopsIn reports whether a store of a region ran until now, and does no more.
func (w *world) stopsIn(before *damage, r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if before.runs(store, r) && !w.net.runs(store, r) {
			return true
		}
	}
	return false
}

// loseLate counts what is lost with a region that was left before. It is what the evacuation lost,
// which has its RPO by then, or has yet to end.
func (w *world) loseLate(from model.RegionID) {
	lost, plan := w.leftBehind(from), &w.state.Plan
	if lost.writes <= 0 {
		return
	}
	w.noteLost(lost.torn)
	leaves := plan.Kind == failover.Evacuation || plan.Kind == failover.Reroute
	if leaves && plan.Subject == from {
		w.lose(lost.stretch, w.writesOf(lost.writes))
		return
	}
	key := ordinalKey(w.struck[from], int(failover.Evacuation))
	writes := int64(math.Floor(w.writesOf(lost.writes) + w.src.keyed(rounding, key, 0)))
	w.trial.LostWrites += writes
	if of := w.leftAs[from]; of > 0 {
		w.rpos[of-1] = max(w.rpos[of-1], lost.stretch)
	}
	w.noteUnarrived(from, lost.stretch, writes)
}

// writesOf is how many writes there are in so many seconds of their mean rate.
func (w *world) writesOf(seconds float64) float64 {
	return w.scenario.Traffic.RequestsPerSecond * w.scenario.Traffic.WriteShare * seconds
}
