package model

import (
	"math"
	"time"
)

// Measure names a quantity of one run of a timeline.
type Measure uint8

// The measures of a run, in the order in which results show them.
const (
	// MeasureDecided is when the first failover began, in seconds since the start of the run. A run
	// without one has none, which no bound admits.
	MeasureDecided Measure = iota + 1
	// MeasureShifted is when users are first sent elsewhere than at the start, in seconds since the
	// start of the run. A run in which none are has none.
	MeasureShifted
	// MeasureRTO and MeasureRPO are those of the worst incident, in seconds. A run in which the
	// service was never down has no RTO, one in which nothing was taken over no RPO.
	MeasureRTO
	MeasureRPO
	// MeasureDown and MeasureSplitBrain are as in a Trial, in seconds.
	MeasureDown
	MeasureSplitBrain
	// MeasureRequestsFailed is Trial.Lost times the rate of the requests. The others are counts of a
	// Trial.
	MeasureRequestsFailed
	MeasureLostWrites
	MeasureLostSessions
	MeasureFailovers
	MeasureFalseFailovers
	MeasureCancelled
	MeasureWithheld
	MeasureFailbacks
	MeasureConflicts
	MeasureRejected
	MeasureCompensated
	// MeasureReconciled is how many conflicts people reconcile: those that come to nothing else.
	MeasureReconciled
	MeasureDuplicates
	MeasureStaleReads
	MeasureReleased
	// MeasureAlerted is when the first alert fires, in seconds since the start of the run. A run in
	// which none does has none.
	MeasureAlerted
	// MeasureBacklog is the largest backlog, in pieces of work, MeasureDrained when the last one was
	// done with, in seconds since the start of the run. A run in which nothing has to wait has none,
	// nor has one in which something still does at its end.
	MeasureBacklog
	MeasureDrained
	// MeasureFalseAlarms is a count of a Trial. The others are Delay.P50, P95 and P99, in seconds, of
	// the population for which that is longest when all is well; a strategy under which nothing comes
	// of them has none.
	MeasureFalseAlarms
	MeasureLatencyP50
	MeasureLatencyP95
	MeasureLatencyP99
	// MeasureSlowP95 is the same of the slowest twentieth while all the late answers of the timeline
	// are, before anybody is sent elsewhere; NaN where there are none.
	MeasureSlowP95
	// MeasureRequestsLate is Trial.Late times the rate of the requests.
	MeasureRequestsLate
	measureCount
)

// measureRule is what a measure is called and counted in.
type measureRule struct {
	name string
	time bool
}

var measureRules = [measureCount]measureRule{
	MeasureDecided:        {"decided", true},
	MeasureShifted:        {"shifted", true},
	MeasureRTO:            {"rto", true},
	MeasureRPO:            {"rpo", true},
	MeasureDown:           {"down", true},
	MeasureSplitBrain:     {"split_brain", true},
	MeasureRequestsFailed: {"requests_failed", false},
	MeasureLostWrites:     {"lost_writes", false},
	MeasureLostSessions:   {"lost_sessions", false},
	MeasureFailovers:      {"failovers", false},
	MeasureFalseFailovers: {"false_failovers", false},
	MeasureCancelled:      {"cancelled", false},
	MeasureWithheld:       {"withheld", false},
	MeasureFailbacks:      {"failbacks", false},
	MeasureConflicts:      {"conflicts", false},
	MeasureRejected:       {"rejected", false},
	MeasureCompensated:    {"compensated", false},
	MeasureReconciled:     {"reconciled", false},
	MeasureDuplicates:     {"duplicates", false},
	MeasureStaleReads:     {"stale_reads", false},
	MeasureReleased:       {"released", false},
	MeasureAlerted:        {"alerted", true},
	MeasureBacklog:        {"backlog", false},
	MeasureDrained:        {"drained", true},
	MeasureFalseAlarms:    {"false_alarms", false},
	MeasureLatencyP50:     {"latency_p50", true},
	MeasureLatencyP95:     {"latency_p95", true},
	MeasureLatencyP99:     {"latency_p99", true},
	MeasureSlowP95:        {"slow_p95", true},
	MeasureRequestsLate:   {"requests_late", false},
}

// Measures returns all measures, in their order.
func Measures() []Measure {
	var all []Measure
	for m := MeasureDecided; m < measureCount; m++ {
		all = append(all, m)
	}
	return all
}

// String gives the measure's name as scenario files write it.
func (m Measure) String() string {
	if m > 0 && m < measureCount {
		return measureRules[m].name
	}
	return "unknown"
}

// IsTime reports whether the measure is in seconds; the others are counts.
func (m Measure) IsTime() bool { return m < measureCount && measureRules[m].time }

// IsLatency reports whether the measure is the same in every run, and needs Traffic.ServiceTime.
func (m Measure) IsLatency() bool { return m >= MeasureLatencyP50 && m <= MeasureSlowP95 }

// Bound says within what a measure of a run must be, both ends included.
type Bound struct {
	Measure Measure
	// Least and Most are seconds or counts, as the measure has it; Most is +Inf where nothing bounds
	// it.
	Least, Most float64
}

// Holds reports whether a value is within the bound. Neither NaN nor what never happened is.
func (b Bound) Holds(x float64) bool {
	return x >= b.Least && x <= b.Most && !math.IsInf(x, 0)
}

// Expectation is what every run of a scenario's timeline must show under one strategy.
type Expectation struct {
	Strategy StrategyKind
	// Runs is how many runs must show it, each with a seed of its own, from the scenario's on.
	Runs int
	// Bounds are in the order of their measures, at most one for each.
	Bounds []Bound
	// At is when Primary and WithheldBy are looked at, since the start of the run.
	At time.Duration
	// Primary is the region that has the write role then, or NoRegion where nothing is expected of
	// it.
	Primary RegionID
	// WithheldBy is the first gate that keeps the scenario's first region from being left then, by
	// its name in Gates, or empty.
	WithheldBy string
	// Claim is a published claim that the expectation bears out, Contradicts one that it refutes; one
	// of them or none.
	Claim, Contradicts string
}

// Gates are the names of the policy's gates, in their order.
var Gates = [...]string{
	"evidence", "hold-down", "primary alive", "cause", "in flight", "cooldown", "brake",
	"last one standing", "residency", "readiness", "capacity", "lag", "fence", "approval", "veto",
}
