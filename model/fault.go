package model

import "time"

// FaultKind names what a fault breaks.
type FaultKind uint8

// The kinds of faults.
const (
	// RegionLoss stops everything in a region: workload, stores, agent and guard.
	RegionLoss FaultKind = iota + 1
	// LinkCut stops all traffic between two regions, both ways; clients still reach both.
	LinkCut
)

// String gives the kind's name as scenario files write it.
func (k FaultKind) String() string {
	switch k {
	case RegionLoss:
		return "region-loss"
	case LinkCut:
		return "link-cut"
	}
	return "unknown"
}

// Fault is one injected failure.
type Fault struct {
	Kind FaultKind
	// Region is what fails, or one end of the link that is cut.
	Region RegionID
	// Peer is the other end of a cut link, else NoRegion.
	Peer RegionID
	// At is when it starts, from the start of the run.
	At time.Duration
	// Duration is how long it lasts; 0 means to the end of the run.
	Duration time.Duration
	// Place is where a file says so, for messages.
	Place Place
}

// Place is a place in a file. It is zero for what no file says.
type Place struct {
	File string
	// Line and Column count from 1; a column is a character, not a byte.
	Line, Column int
}

// Hazard is a random source of faults: Poisson arrivals, independent durations.
type Hazard struct {
	Kind   FaultKind
	Region RegionID
	Peer   RegionID
	// PerYear is the expected number of faults a year (of 8,760 hours), at least 0.
	PerYear float64
	// Duration is how long each lasts.
	Duration Distribution
	// Source says where the rate and the durations were published.
	Source string
}

// HoursPerYear is the year that all rates refer to.
const HoursPerYear = 8760

// Year is HoursPerYear as a duration.
const Year = HoursPerYear * time.Hour
