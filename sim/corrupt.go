package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// spoil is what a fault changes about data that is bad: its begin spoils the copy that is written,
// its end mends every copy. Where a network changes, what was out of reach may be spoiled too.
func (w *world) spoil(o *outage, begins bool) {
	if o.Kind == model.Corruption {
		store := int(o.Store)
		switch {
		case begins:
			w.spoilFirst(store)
			if !w.strategy.FromBackup {
				took := w.src.draw(declaring, &w.scenario.People.Approve, o.key, 0)
				at := w.now + w.offDuty(model.NoRegion) + int64(took)
				w.push(at, evDeclare, uint8(store), 1, 0)
			}
		case w.net.corrupt[store] == 0:
			w.spoiled[store], w.noticed[store] = 0, false
			w.trustAt = w.now + int64(w.scenario.People.StableFor)
			w.trustAt += w.offDutyAt(w.trustAt, model.NoRegion)
			w.push(w.trustAt, evDeclare, uint8(store), 0, 0)
		}
	}
	w.passOn()
}

// spoilFirst spoils the copy that is written, or where every region writes that of the first which
// runs the store.
func (w *world) spoilFirst(store int) {
	if w.spoiled[store] == 0 {
		w.spoiledAt[store] = w.now
	}
	from := w.state.Writers[store]
	if w.policy.MultiWriter {
		running := w.policy.Candidates
		for r := range model.RegionID(w.regions) {
			if !w.net.runs(store, r) {
				running = running.Without(r)
			}
		}
		if from = w.policy.Home; running != 0 {
			from = running.First()
		}
	}
	w.spoiled[store] = w.spoiled[store].With(from)
}

// passOn has bad data arrive, after the lag, wherever it is received. A backup receives nothing.
func (w *world) passOn() {
	for store := range w.scenario.Stores {
		for r := range model.RegionID(w.regions) {
			w.passTo(store, r)
		}
	}
}

// passTo has bad data arrive at a copy from wherever it receives any, the first time counts.
func (w *world) passTo(store int, r model.RegionID) {
	from := w.sources(store, r) & w.spoiled[store]
	for ; from != 0; from = from.Without(from.First()) {
		if source := from.First(); w.spoils(store, source, r) {
			after := w.lagFrom(store, source, r, w.now)
			w.push(w.now+int64(after), evSpoil, uint8(r), uint8(store), int32(source))
		}
	}
}

// sources are the regions whose writes a copy receives: that which it follows, or all others where
// every region writes.
func (w *world) sources(store int, r model.RegionID) model.RegionSet {
	if w.policy.MultiWriter {
		return w.policy.Candidates.Without(r)
	}
	return model.RegionSet(0).With(w.follows[r][store].region)
}

// spoils reports whether a copy that is good receives bad data from a region.
func (w *world) spoils(store int, from, r model.RegionID) bool {
	bad := w.spoiled[store].Has(from) && !w.spoiled[store].Has(r)
	return bad && !w.strategy.FromBackup && w.policy.Candidates.Has(r) &&
		w.sources(store, r).Has(from) && w.net.follows(store, from, r) &&
		!w.net.stalled[store].Has(r)
}

// arrived is bad data that has come to a copy from a region, if it still receives any from there.
// Where every region writes it is passed on.
func (w *world) arrived(r model.RegionID, store int, from model.RegionID) {
	if w.spoils(store, from, r) {
		w.account()
		w.spoiled[store] = w.spoiled[store].With(r)
		w.note(r, "data", "its copy of %s is bad", w.scenario.Stores[store].Name)
		w.passOn()
		w.wake()
	}
}

// restored notes that a copy was made anew: from a backup of before the data went bad, or from
// where the store is written.
func (w *world) restored(r model.RegionID, store int, fromBackup bool) {
	bad := !fromBackup && w.spoiled[store].Has(w.state.Writers[store])
	if w.account(); bad {
		w.spoiled[store] = w.spoiled[store].With(r)
	} else {
		w.spoiled[store] = w.spoiled[store].Without(r)
	}
}

// readFrom is the region whose copy of a store the application of another one reads.
func (w *world) readFrom(r model.RegionID, store int) model.RegionID {
	writer := w.writers[store]
	used := w.policy.ServesReads || r == writer || w.guards[r][store].open
	if w.policy.MultiWriter || used && w.net.runs(store, r) {
		return r
	}
	return writer
}

// sound is the share of a region's reads that meet no bad data.
func (w *world) sound(r model.RegionID) float64 {
	share := 1.0
	for store := range w.scenario.Stores {
		if w.spoiled[store].Has(w.readFrom(r, store)) {
			share *= 1 - w.net.corrupt[store]
		}
	}
	return share
}

// checked is the share of a check's probes that meet no bad data: of one that goes down to the
// stores, in a region that is in use. An idle one is asked for nothing that reads.
func (w *world) checked(s model.RegionID, check *model.Check) float64 {
	switch {
	case !w.inUse(s):
		return 1
	case check.Scope == model.OfStore:
		if store := int(check.Store); w.spoiled[store].Has(w.readFrom(s, store)) {
			return 1 - w.net.corrupt[store]
		}
	case check.Deep:
		return w.sound(s)
	}
	return 1
}

// spoilt reports whether some copy in a region is bad.
func (w *world) spoilt(r model.RegionID) bool {
	for store := range w.scenario.Stores {
		if w.spoiled[store].Has(r) {
			return true
		}
	}
	return false
}

// declare is people naming the regions whose data is bad, which no failover mends, and taking that
// back when they are at work and it has been good for as long as they want a region to be, until
// the log has heard of it. Between the two they are silent.
func (w *world) declare(store int, notices bool) {
	w.noticed[store] = w.noticed[store] || notices && w.net.corrupt[store] > 0
	pending := w.tellCause(&announced{
		failover.Corruption, "people", "people declare its data bad",
		"people take back that its data is bad",
	}, func(r model.RegionID) bool {
		for other := range w.scenario.Stores {
			if w.noticed[other] && w.spoiled[other].Has(r) {
				return true
			}
		}
		return false
	}, w.now < w.trustAt)
	if w.noticed[store] || pending && w.now >= w.trustAt {
		w.push(w.now+int64(again), evDeclare, uint8(store), 0, 0)
	}
}
