package sim

import (
	"time"

	"redoubt/model"
)

// The lag of a copy goes by time and by nothing else, so that whoever asks at one time is told the
// same: a sample and the gate that goes by it, a loss, an alert. It is drawn for a spell, for each
// copy of a store for itself. Where the next spell's is less the copy has that at once; where it is
// more it falls behind by a second each second, as one that received nothing would: what a copy
// has it keeps, so that a sample with its age bounds what is lost later.
//
// While a copy receives nothing its lag stays what it was. What was on its way then takes as long
// as it would have, once the copy receives again: until so much time has passed the lag is no less.

// lagSpell is how long a lag lasts: a day, an assumption. It is longer than most incidents, so that
// one has one lag; and long enough for what falling behind takes off the mean to be little: of the
// widest lag of a kind of store, which s3-replication has, 0.4 %.
const lagSpell = 24 * time.Hour

// lagging is how far copies are behind while nothing is wrong, and when something was.
type lagging struct {
	phase [model.MaxStores]float64
	drawn [model.MaxStores][model.MaxRegions]drawnLag
	// pauses are in the order of their begin, last those of each copy of another region's writes, from
	// 1 on.
	pauses []pause
	last   [model.MaxStores][model.MaxRegions][model.MaxRegions]int32
}

// drawnLag is the lag that was drawn for a spell, if any was.
type drawnLag struct {
	known bool
	spell int64
	lag   time.Duration
}

// pause is a stretch in which a copy received nothing, as far behind as it was when that began.
type pause struct {
	at, until int64
	lag       time.Duration
	// gone says that the region did not run from which it receives: nothing was written meanwhile.
	gone bool
	// before is the one before it of the same copy, from 1 on.
	before int32
}

// usualLag is how far a copy is behind that of another region at a time when nothing is wrong with
// either: no closer than the one-way delay.
func (w *world) usualLag(store int, from, to model.RegionID, at int64) time.Duration {
	for i := w.lags.last[store][from][to]; i > 0; {
		p := &w.lags.pauses[i-1]
		if i = p.before; p.at > at {
			continue
		}
		since := time.Duration(at - p.until) // Less than none while it lasts.
		lag := min(w.lagOf(store, from, to, at), p.lag+since)
		if since < p.lag {
			lag = max(lag, p.lag)
		}
		return lag
	}
	return w.lagOf(store, from, to, at)
}

// lagOf is the lag of a copy that has received all along: as recorded, or as drawn for the spells
// up to now.
func (w *world) lagOf(store int, from, to model.RegionID, at int64) time.Duration {
	spec, floor := &w.scenario.Stores[store], w.scenario.Latency.OneWay(from, to)
	if spec.LagTrace != nil {
		return max(floor, spec.LagTrace.At(time.Duration(at-warmup)))
	}
	if !w.lagVaries(store, from, to) {
		return floor + spec.Lag[to].Duration(0)
	}
	begun := w.spellBegun(store, at)
	lag := w.spellLag(store, from, to, begun)
	for ; time.Duration(at-begun) < lag; begun -= int64(lagSpell) {
		before := w.spellLag(store, from, to, begun-int64(lagSpell))
		lag = min(lag, before+time.Duration(at-begun))
	}
	return floor + lag
}

// lagVaries reports whether a copy's lag is not the same always.
func (w *world) lagVaries(store int, from, to model.RegionID) bool {
	spec, link := &w.scenario.Stores[store], w.scenario.Link(from, to)
	return spec.LagTrace != nil || spec.Lag[to].Family != model.Constant ||
		w.noise != nil && link.Jitters()
}

// spellBegun is when the spell of a time began.
func (w *world) spellBegun(store int, at int64) int64 {
	return lastTick(at, int64(lagSpell), w.src.once(&w.lags.phase[store], spellPhase, store, 0))
}

// spellLag is what is drawn for a spell: the lag, and the jitter of the way. It is asked for at
// every event of the log.
func (w *world) spellLag(store int, from, to model.RegionID, begun int64) time.Duration {
	key := ordinalKey(uint64(begun/int64(lagSpell)), int(to))
	last := &w.lags.drawn[store][to]
	if !last.known || last.spell != begun {
		lag := w.src.draw(lagDraw, &w.scenario.Stores[store].Lag[to], key, store)
		*last = drawnLag{true, begun, lag}
	}
	return last.lag + w.jitterWay(lagDraw, from, to, key, store)
}

// pauseLags notes which copies receive nothing from now on, or something again.
func (w *world) pauseLags(before *damage) {
	for store := range w.scenario.Stores {
		for from := range model.RegionID(w.regions) {
			had := before.followers(store, from) &^ before.stalled[store]
			has := w.net.followers(store, from) &^ w.net.stalled[store]
			for to := range model.RegionID(w.regions) {
				if to == from || had.Has(to) == has.Has(to) {
					continue
				}
				if last := &w.lags.last[store][from][to]; had.Has(to) {
					lag, gone := w.usualLag(store, from, to, w.now), !w.net.runs(store, from)
					w.lags.pauses = append(w.lags.pauses, pause{w.now, never, lag, gone, *last})
					*last = int32(len(w.lags.pauses))
				} else {
					w.lags.pauses[*last-1].until = w.now
				}
			}
		}
	}
}

// gap is for how long nothing had been written before what a copy receives at a time: it was on its
// way when the region was lost that writes, which is back. The copy's newest write is that much
// older than the lag.
func (w *world) gap(store int, from, to model.RegionID, at int64) time.Duration {
	for i := w.lags.last[store][from][to]; i > 0; i = w.lags.pauses[i-1].before {
		p := &w.lags.pauses[i-1]
		if p.until <= at && at < p.until+int64(p.lag) && p.gone {
			return time.Duration(p.until - p.at)
		}
		if p.at <= at {
			break
		}
	}
	return 0
}

// nextLag is when the lag of some copy of a store may next go on otherwise by itself.
func (w *world) nextLag(store int, after int64) int64 {
	next := w.spellBegun(store, after) + int64(lagSpell)
	for i := range w.lags.pauses {
		if p := &w.lags.pauses[i]; p.until < never {
			if whole := p.until + int64(p.lag); whole > after {
				next = min(next, whole)
			}
		}
	}
	return next
}
