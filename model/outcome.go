package model

import (
	"math"
	"time"
)

// Phase is a part of the way from a fault to full service. The phases of an incident follow each
// other without a gap, and sum to its RTO.
type Phase uint8

// The phases of an incident, in their order.
const (
	// Before ends when what was detected began: the service was down already, for something that
	// nobody acted upon. There is none where one fault did both.
	Before Phase = iota
	// Detect ends when a quorum of agents has seen enough failed probes.
	Detect
	// Agree ends when their reports are committed.
	Agree
	// Hold ends when the hold-down and every other gate but approval let the plan begin.
	Hold
	// Approve ends when a person said yes.
	Approve
	// Fence ends when the old primary can no longer write.
	Fence
	// Promote ends when the new primary can.
	Promote
	// Scale ends when the target can carry the load, or the plan goes on without that.
	Scale
	// Shift ends when enough clients have followed.
	Shift
	// Repair is the wait for what is still broken: the failed region itself, where its return ended
	// the incident, or what had to be mended after clients had followed, as data that was corrupt.
	Repair
	// PhaseCount is the number of phases, not one of them.
	PhaseCount
)

// String gives the phase's name.
func (p Phase) String() string {
	names := [PhaseCount]string{
		"before", "detect", "agree", "hold", "approve", "fence", "promote", "scale", "shift", "repair",
	}
	if p < PhaseCount {
		return names[p]
	}
	return "unknown"
}

// Incident is one stretch of time in which the service was down, but for planned work.
type Incident struct {
	// At is when the service went down, from the start of the run.
	At time.Duration
	// RTO is how long it took until the service was up again (see Traffic.DownBelow).
	RTO time.Duration
	// RPO is the stretch of acknowledged writes that the surviving primary does not hold.
	RPO time.Duration
	// Failover says that a failover or evacuation took effect, decided by the policy.
	Failover bool
	// Phases divide the RTO.
	Phases [PhaseCount]time.Duration
	// Damage is what it cost: what was lost from the first fault of its trouble on, or from when the
	// service went down where no fault stood, until the next incident opened or all was whole again.
	// That is when no fault stands, everything is where it was at the start, and nothing fails.
	Damage Damage
}

// Trial is what one simulated horizon amounts to. All counts are integers, so that trials merge
// exactly.
type Trial struct {
	// Down is the time in which less than Traffic.DownBelow of the requests were served, or none of
	// the writes that there were. Planned work counts.
	Down time.Duration
	// DownBy divides Down by what it was due to; Stretches counts how often that began.
	DownBy    [DownCauseCount]time.Duration
	Stretches [DownCauseCount]int64
	// Lost is the time-integral of the share of requests that failed: a full outage of one hour and
	// a half outage of two hours both lose one hour.
	Lost time.Duration
	// Late is the same of the requests that a fault or a release made late, and that were answered.
	Late time.Duration
	// Faulted is the time in which at least one fault stood.
	Faulted time.Duration
	// SplitBrain is the time in which two regions accepted writes to one single-writer store.
	SplitBrain time.Duration
	// LostWrites counts acknowledged writes that the surviving primary does not hold.
	LostWrites int64
	// LostSessions counts sessions that ended because the region that kept them was lost or left: so
	// many users had to log in again.
	LostSessions int64
	// Conflicts counts pairs of writes of two regions to one key, neither of which knew of the other:
	// those within the replication lag, and the keys that both sides of a cut wrote.
	Conflicts int64
	// Overwritten, Rejected, Merged and Compensated are how many of them came to that; people
	// reconcile the others. The overwritten are among LostWrites, and those of the rejected that
	// nobody makes again are in Lost.
	Overwritten, Rejected, Merged, Compensated int64
	// Duplicates counts effects that were had twice: of writes that were made again because their
	// answer was cut off, and of events that were handled again from an older offset.
	Duplicates int64
	// StaleReads counts the reads of a store that were answered from a copy which lacked a write to
	// their key.
	StaleReads int64
	// Incidents counts the stretches of downtime that nobody had planned.
	Incidents int64
	// Failovers counts those that took effect, evacuations among them: a store was promoted, or
	// traffic was sent elsewhere. FalseFailovers are those of them that left a region which still ran.
	Failovers, FalseFailovers int64
	// FalseAlarms is how often an observer began to say down of a region that is well, because its
	// probes were lost or late and nothing else.
	FalseAlarms int64
	// Cancelled counts failovers that were begun and given up before anything moved, Withheld
	// incidents in which a quorum saw a region down and a gate kept a failover from beginning.
	Cancelled, Withheld int64
	// Failbacks counts the returns of the write role to its home, and other planned moves of it.
	// Where every region writes there is no such role: that traffic returns is no failback.
	Failbacks int64
	// Released counts how often a rollout came to a region.
	Released int64
	// Beside is what was lost outside of incidents: while less failed than makes the service down, by
	// planned work without an incident before it, and by writes that met though all was well.
	Beside Damage
	// Idle is for how long each region with a workload stood by: no user was sent to it, laggards
	// apart, and no store was written in it.
	Idle [MaxRegions]time.Duration
}

// Quantiles summarise a sample. Count is its size; with a Count of 0 the others mean nothing.
type Quantiles struct {
	P50, P95, P99, Max time.Duration
	Count              int64
	// Each of the three lies within these with 95 % confidence.
	P50Within, P95Within, P99Within Interval
}

// Interval covers a length of time that a sample estimates.
type Interval struct {
	Low time.Duration
	// High is Unbounded where the sample is too small to bound it.
	High time.Duration
}

// Unbounded is the High of an Interval that has none.
const Unbounded = time.Duration(math.MaxInt64)

// Outcome is what a strategy did in every trial of a run.
type Outcome struct {
	Strategy StrategyKind
	// Horizon is the length of each trial.
	Horizon time.Duration
	// Trials are in the order of their numbers: trial i of every strategy had the same outages.
	Trials []Trial
	// Incidents are those of each trial, in their order.
	Incidents [][]Incident
	// RTO and RPO are over all incidents of all trials.
	RTO, RPO Quantiles
	// PhaseMean is the mean length of each phase, over incidents with a failover.
	PhaseMean [PhaseCount]time.Duration
	// WithinRTO and WithinRPO are how many incidents met the objective of that name, if there is
	// one.
	WithinRTO, WithinRPO int64
	// ReachRTT is the mean round trip, over all requests, from a user's nearest region to where the
	// request is answered when all is well.
	ReachRTT time.Duration
	// Latency is how long the requests of each population take, none where the scenario states no
	// Traffic.ServiceTime.
	Latency []PopulationLatency
}

// Estimate is a mean with the interval that covers the true mean with 95 % confidence.
type Estimate struct{ Mean, Low, High float64 }
