package model

import (
	"math"
	"time"
)

// Planned returns what a region is planned to carry under a strategy, as Capacity does, at a time
// that is counted from any Monday 00:00 UTC: its normal size, or in its hours a multiple of it, up
// to its ceiling.
func (s *Scenario) Planned(strategy Strategy, r RegionID, at time.Duration) float64 {
	normal := s.Capacity(strategy, r)
	if h := &s.Scaling.Hours[r]; h.Size > 0 {
		return math.Min(normal*h.At(at), s.CapacityCeiling(strategy, r))
	}
	return normal
}

// tightest returns the load of a part of each population together, and what a region is planned to
// carry then, at the time of a week at which the one is most beside the other.
func (s *Scenario) tightest(
	weeks []Week, strategy Strategy, r RegionID, of func(*Population) float64,
) (load, carries float64) {
	h := &s.Scaling.Hours[r]
	if h.Size == 0 {
		return s.Busiest(weeks, of), s.Capacity(strategy, r)
	}
	worst, starts := 0.0, s.Traffic.Starts
	look := func(since int64, planned float64) {
		if is := s.loadOf(weeks, of, since); is/planned > worst {
			worst, load, carries = is/planned, is, planned
		}
	}
	for _, since := range Bends(weeks) {
		look(since, s.Planned(strategy, r, starts+time.Duration(since)))
	}
	for at := starts + h.Next(starts); at <= starts+WeekLength; at += h.Next(at) {
		if h.At(at) != h.At(at-1) { // A load has no jumps: just before or after it is the same.
			look(int64(at-starts), s.Capacity(strategy, r))
		}
	}
	return load, carries
}

// loadOf is the load of a part of each population together at a time since the start of a run, as a
// multiple of the mean rate of all requests.
func (s *Scenario) loadOf(weeks []Week, of func(*Population) float64, at int64) (total float64) {
	for i := range s.Populations {
		if part := of(&s.Populations[i]); part > 0 {
			total += part * s.Populations[i].Share * weeks[i].At(at)
		}
	}
	return total
}
