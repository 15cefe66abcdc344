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
	by := steady(0)
	for _, i := range w.net.standing {
		if f := &w.outages[i].Fault; f.Latency > 0 && f.Region == s {
			by = by.late(f)
		}
	}
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

// whenSlow is the state in which nothing was lost, and all the late answers of the timeline are at
// once, if there are any.
func whenSlow(s *model.Scenario, strategy model.Strategy) (a answered, some bool) {
	a = whenWell(s, strategy)
	for i := range s.Timeline {
		f := &s.Timeline[i]
		if f.Latency == 0 {
			continue
		}
		if some = true; a.slow[f.Region] == nil {
			a.slow[f.Region] = steady(0)
		}
		a.slow[f.Region] = a.slow[f.Region].late(f)
	}
	return a, some
}
