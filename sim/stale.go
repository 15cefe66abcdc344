package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// Stale reads. A region that serves reads answers from its own copy, which lacks what it has not
// received yet. Of K keys, as contended by reads as by writes (an assumption), a read of a copy
// that lacks n writes meets one that was written since with the probability 1 - exp(-n / K). When
// all is well n is the writes of the lag; while the copy is cut off from where its store is
// written, or stalled, it is those since then too. A read counts once for each store in which it is
// stale.

// StaleReadRate is how many reads a second are stale under a strategy when all is well. Where load
// varies the writes that are lacked are the mean of those in the hours of the region's readers.
func StaleReadRate(s *model.Scenario, kind model.StrategyKind) float64 {
	total := 0.0
	for store := range s.Stores {
		total += staleRate(s, kind, store)
	}
	return total
}

// staleRate is StaleReadRate of one store.
func staleRate(s *model.Scenario, kind model.StrategyKind, store int) float64 {
	spec, rate := &s.Stores[store], 0.0
	if !kind.ServesReads() || spec.ContendedKeys <= 0 {
		return 0
	}
	requests := s.Traffic.RequestsPerSecond
	weeks := s.Weeks()
	for r := range model.RegionID(len(s.Regions)) {
		share, lacks := s.TrafficShare(r), 0.0
		if share <= 0 || !kind.MultiWriter() && r == s.Primary() {
			continue
		}
		for from := range model.RegionID(len(s.Regions)) {
			writer := s.Primary()
			if kind.MultiWriter() {
				writer = from
			}
			if writer == r {
				continue
			}
			lag := s.MeanWay(writer, r).Seconds() + spec.Lag[r].Mean()
			lacks += requests * s.Traffic.WriteShare * s.Meeting(weeks, r, from) / share * lag
		}
		rate += requests * (1 - s.Traffic.WriteShare) * share * stale(lacks, spec.ContendedKeys)
	}
	return rate
}

// stale is the share of the reads of a copy that meet one of the writes that it lacks.
func stale(lacks, keys float64) float64 { return -math.Expm1(-lacks / keys) }

// staleBetween is the mean of that over a stretch in which what it lacks goes from one number to
// another in a straight line.
func staleBetween(before, after, keys float64) float64 {
	const nearlyNothing = 1e-6 // The difference of the exponentials has ten digits left.
	grown := (after - before) / keys
	if math.Abs(grown) < nearlyNothing {
		return stale((before+after)/2, keys)
	}
	return 1 + math.Exp(-before/keys)*math.Expm1(-grown)/grown
}

// readStale counts the stale reads between two times, beyond those that there are anyway, while a
// copy that is read is cut off or stalled. Without bends of the load, of a capacity, or of how
// clients follow a change, that is exact.
func (w *world) readStale(from, to int64) {
	if !w.policy.ServesReads && !w.policy.MultiWriter ||
		len(w.net.standing) == 0 && len(w.shortfalls) == 0 || w.upToDate() {
		return
	}
	for from < to {
		end, parts := min(to, w.nextWhole(from)), int64(1)
		if w.bends() {
			end, parts = min(end, w.nextBend(from)), panels
		}
		for i := range parts {
			w.staleReads += w.staleOver(from+(end-from)*i/parts, from+(end-from)*(i+1)/parts)
		}
		from = end
	}
}

// upToDate reports whether no copy that is read can lack anything, by what lacksAt looks at: none
// is behind, and each is in reach of where its store is written. It is not worked out for copies
// that are all written, nor for a load that varies.
func (w *world) upToDate() bool {
	if w.policy.MultiWriter || w.week.varies || len(w.shortfalls) > 0 {
		return false
	}
	for store := range w.scenario.Stores {
		writer := w.writers[store]
		if !writer.Valid() || !w.net.runs(store, writer) {
			continue
		}
		for r := range model.RegionID(w.regions) {
			if w.readable[r] > 0 && !w.net.follows(store, writer, r) {
				return false
			}
		}
	}
	return true
}

// nextWhole is the first time after another at which a copy that was stalled has caught up.
func (w *world) nextWhole(after int64) int64 {
	next := never
	for i := range w.shortfalls {
		if l := &w.shortfalls[i]; l.pace() < 0 {
			if at := l.at + int64(math.Ceil(l.behind/-l.pace())); at > after {
				next = min(next, at)
			}
		}
	}
	return next
}

// staleOver is how many reads are stale in a piece.
func (w *world) staleOver(from, to int64) float64 {
	var reads [model.MaxRegions]float64
	total, known := 0.0, false
	for store := range w.scenario.Stores {
		keys := w.scenario.Stores[store].ContendedKeys
		for r := range model.RegionID(w.regions) {
			if keys <= 0 || w.readable[r] <= 0 {
				continue
			}
			before, after := w.lacksAt(store, r, from), w.lacksAt(store, r, to)
			if before <= 0 && after <= 0 {
				continue
			}
			if !known {
				reads, known = w.readsOver(from, to), true
			}
			total += reads[r] * staleBetween(before, after, keys)
		}
	}
	return total
}

// readsOver is how many reads each region answers in a piece, by Simpson's rule.
func (w *world) readsOver(from, to int64) (reads [model.MaxRegions]float64) {
	t := &w.scenario.Traffic
	weight := t.RequestsPerSecond * (1 - t.WriteShare) * time.Duration(to-from).Seconds() / 6
	for i, at := range [...]int64{from, (from + to) / 2, to} {
		load := w.loads(at)
		for r := range w.regions {
			if load[r] <= 0 {
				continue
			}
			answered := w.through(r, load[r], w.roomAt(r, at, load[r]), w.readable[r])
			reads[r] += weight * float64(1+3*(i%2)) * load[r] * answered
		}
	}
	return reads
}

// lacksAt is how many writes the copy of a store that a region reads lacks at a time, beyond those
// of its lag.
func (w *world) lacksAt(store int, r model.RegionID, at int64) float64 {
	rate := w.scenario.Traffic.RequestsPerSecond * w.scenario.Traffic.WriteShare
	seconds := w.lacking(store, r, at) / float64(time.Second)
	if w.policy.MultiWriter {
		seconds *= 1 - w.routedShare(r)
		for from := range model.RegionID(w.regions) {
			writes := from != r && w.policy.Workload.Has(from) && w.net.runs(store, from)
			if writes && !w.net.reaches(from, r) {
				seconds += w.demanded(w.net.tornAt[store][from][r], at, from)
			}
		}
		return rate * seconds
	}
	if w.queues(store) {
		return rate * seconds // What it was cut off from waits for it among that.
	}
	writer := w.writers[store]
	if !writer.Valid() || w.readFrom(r, store) != r || r == writer {
		return 0
	}
	if w.net.runs(store, writer) && !w.net.follows(store, writer, r) {
		since, until := w.net.tornAt[store][writer][r], at
		if !w.guards[writer][store].open {
			until = max(since, min(at, w.stoppedAt[writer][store]))
		}
		seconds += w.demanded(since, until, model.NoRegion) - w.demanded(since, until, r)
	}
	return rate * seconds
}

// countStale ends the trial's count of stale reads.
func (w *world) countStale() {
	anyway := w.staleRate * time.Duration(w.horizon).Seconds()
	w.trial.StaleReads = int64(math.Round(anyway))
	if w.staleReads > 0 {
		w.trial.StaleReads += int64(math.Floor(w.staleReads + w.src.uniform(staleness, 0, 0)))
	}
}
