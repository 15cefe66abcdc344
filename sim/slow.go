package sim

import "redoubt/model"

// late is by how much answers are late after a fault, too, that makes a share of them so.
func (s spread) late(f *model.Fault) spread {
	return s.then(spread{{0, 1 - f.Share}, {float64(f.Latency), f.Share}})
}

// inTime is the share of the answers of a region to a check that are not so late that it has given
// up. What is about a store or the way does not ask the application.
func (w *world) inTime(o, s model.RegionID, check *model.Check) float64 {
	if !w.net.slow.Has(s) || check.Scope != model.OfRegion {
		return 1
	}
	by := w.lateBy(s, check.Deep)
	late, left := 0.0, float64(check.Timeout-w.scenario.Latency[o][s])
	for _, t := range by {
		if t.nanoseconds > left {
			late += t.share
		}
	}
	if 1-late < lineTolerance {
		return 0 // All of them are, but for rounding.
	}
	return 1 - late
}

// lateBy is by how much the answers of a region are late, after all faults that stand. The health
// page of a release shows nothing of it: what is not deep does not ask for more.
func (w *world) lateBy(r model.RegionID, deep bool) spread {
	by := steady(0)
	for _, i := range w.net.standing {
		f := &w.outages[i].Fault
		if f.Latency > 0 && f.Region == r && (deep || f.Kind != model.BadRelease) {
			by = by.late(f)
		}
	}
	return by
}

// countLate counts the requests that are answered late between two times. Without bends of the
// load, of a capacity, or of how clients follow a change, that is exact.
func (w *world) countLate(from, to int64) {
	if w.net.slow == 0 && !w.net.lossy {
		return
	}
	share := w.resent
	for r := range model.RegionID(w.regions) {
		if w.net.slow.Has(r) {
			share[r] = either(share[r], 1-w.lateBy(r, true)[0].share)
		}
	}
	for from < to {
		end, parts := to, int64(1)
		if w.bends() {
			end, parts = min(end, w.nextBend(from)), panels
		}
		for i := range parts {
			middle := from + (end-from)*(2*i+1)/(2*parts)
			w.lateness += w.lateAt(&share, middle) * float64(end-from) / float64(parts)
		}
		from = end
	}
}

// lateAt is how many requests are answered late at a time, as a multiple of the mean rate of all,
// where a share of those that each region answers is.
func (w *world) lateAt(share *[model.MaxRegions]float64, at int64) (total float64) {
	load := w.loads(at)
	for r := range w.regions {
		if share[r] > 0 {
			var only [model.MaxRegions]float64
			only[r] = load[r]
			total += share[r] * w.succeedingOf(&only, at)
		}
	}
	return total
}

// whenSlow is the state in which nothing was lost, and all the late answers of the timeline are at
// once, if there are any, those of each release in the first region that gets it.
func whenSlow(s *model.Scenario, strategy model.Strategy) (a answered, some bool) {
	a = whenWell(s, strategy)
	add := func(f *model.Fault) {
		if f.Latency == 0 {
			return
		}
		if some = true; a.slow[f.Region] == nil {
			a.slow[f.Region] = steady(0)
		}
		a.slow[f.Region] = a.slow[f.Region].late(f)
	}
	for i := range s.Timeline {
		add(&s.Timeline[i])
	}
	for i := range s.Rollouts {
		first := s.Rollouts[i].Fault(0)
		add(&first)
	}
	return a, some
}
