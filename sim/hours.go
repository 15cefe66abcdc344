package sim

import "time"

// readHours takes note of how much larger than normal each region is planned to be at a time, until
// the next of its hours begin or end.
func (w *world) readHours(at int64) {
	for r := range w.regions {
		w.size.hours[r] = w.scenario.Scaling.Hours[r].At(w.calendar(at))
	}
}

// nextHours is when the hours of a region next begin or end after a time.
func (w *world) nextHours(at int64) int64 {
	next := never
	for r := range w.regions {
		if h := &w.scenario.Scaling.Hours[r]; h.Size > 0 {
			next = min(next, at+int64(h.Next(w.calendar(at))))
		}
	}
	return next
}

// calendar is a time of the run as counted from a Monday 00:00 UTC.
func (w *world) calendar(at int64) time.Duration {
	return w.scenario.Traffic.Starts + time.Duration(at-warmup)
}
