package model

import "time"

// MaxChecks bounds the checks that are made of each region.
const MaxChecks = 8

// MaxReadiness bounds the items that a region must have ready before it may take over.
const MaxReadiness = 8

// MaxBrakeAfter bounds how many transitions can trip the brake, as many as a state remembers.
const MaxBrakeAfter = 4

// MaxStages bounds in how many stages the traffic of planned work shifts, the last of them all of
// it.
const MaxStages = 8

// MaxApprovals bounds how many people may have to approve a failover.
const MaxApprovals = 3

// PolicyMode says what a decision leads to.
type PolicyMode uint8

// The modes. The zero value is not a mode, so that a forgotten one is refused.
const (
	// Automatic acts as soon as every gate passes.
	Automatic PolicyMode = iota + 1
	// Manual asks, and acts once enough people approved.
	Manual
	// Advise says what it would do and never acts.
	Advise
)

// String gives the mode's name as scenario files write it.
func (m PolicyMode) String() string {
	switch m {
	case Automatic:
		return "automatic"
	case Manual:
		return "manual"
	case Advise:
		return "advise"
	}
	return "unknown"
}

// Check is one probe that every agent makes of every workload region.
type Check struct {
	// Name is unique, for instance "api".
	Name string
	// Interval is the time between the starts of two probes, above 0.
	Interval time.Duration
	// Timeout is how long a probe that gets no answer takes to fail, below Interval.
	Timeout time.Duration
	// Failures is how many probes in a row must fail before the check says down, at least 1.
	Failures int
	// Successes is how many in a row must succeed before it says up again, at least 1.
	Successes int
	// Deep says that the check goes through everything that serving needs, down to a write to the
	// store: its success in one region's eyes stands for a while against what the others say.
	Deep bool
	// Aligned makes the first probe after a fault start exactly one Interval after it, as published
	// timelines draw it. Otherwise each agent's probes have a phase of their own, uniform over
	// Interval.
	Aligned bool
	// MissingFails says that a probe whose result its agent cannot learn counts as failed. Otherwise
	// the agent says nothing, and what it said last becomes unknown.
	MissingFails bool
	// Scope is what the check is about: a region as a whole, one Store in it, or the way that traffic
	// takes to it.
	Scope CheckScope
	Store StoreID
	// Probe is how agents make the check; none where it is only simulated.
	Probe Probe
}

// CheckScope says what a check is about.
type CheckScope uint8

// The scopes of checks.
const (
	// OfRegion checks tell whether a region works.
	OfRegion CheckScope = iota
	// OfStore checks tell whether one store in a region works.
	OfStore
	// OfRouting checks tell whether traffic can reach a region.
	OfRouting
)

// PlanSteps are the names of the steps that a plan has only when the policy asks for them.
var PlanSteps = [...]string{"freeze", "validate", "verify", "notify"}

// Settings are the parameters of the failover policy, as a person writes them.
type Settings struct {
	// HoldDown is how long a quorum must see the region down, without a break, before anything
	// moves: longer than StaleAfter + ReportEvery, so that more than one report of each observer is
	// needed, or 0.
	HoldDown time.Duration
	// Cooldown is how long after a transition no other is made (see failover for its one
	// exception).
	Cooldown time.Duration
	// ReportEvery is how often an agent repeats its verdict.
	ReportEvery time.Duration
	// StaleAfter is the age at which a report counts for nothing, at least 2 x ReportEvery.
	StaleAfter time.Duration
	// ChecksDown is how many of the checks must say down, from 1 to the number of checks.
	ChecksDown int
	// Approvals is how many people have to approve a failover in manual mode, from 1 to MaxApprovals.
	Approvals int
	// MinimumServing is how many workload regions must remain after a failover or evacuation, at
	// least 1.
	MinimumServing int
	// DataAtRiskMax is the most data, in seconds of writes, that a failover may put at risk.
	DataAtRiskMax time.Duration
	// CapacityMin is the share of all traffic that the target must be able to carry when the plan
	// does not scale it first, in [0, 1].
	CapacityMin float64
	// Lease is how long a primary may write without renewing, above RenewEvery + FirstApplyP99 +
	// StopTime.
	Lease time.Duration
	// RenewEvery is the time between renewals, below Lease - StopTime.
	RenewEvery time.Duration
	// StopTime is the longest that a guard needs to stop writes; it lies inside Lease.
	StopTime time.Duration
	// ClockDrift is the largest error of a clock's rate, as a share (200e-6 = 200 ppm).
	ClockDrift float64
	// StepTimeout is how long a claimed step may take before it is retried.
	StepTimeout time.Duration
	// Steps are the optional steps of the plans, from PlanSteps.
	Steps []string
	// Validation is how long it takes to try a region before traffic comes to it.
	Validation time.Duration
	// StepTries is how often a step is tried before the plan fails, at least 1.
	StepTries int
	// Stages are the shares of all traffic that planned work shifts one after the other, in percent:
	// rising, from 2 to 8 of them, the last 100. Without any it shifts at once and whole.
	Stages []int
	// StageHold is how long each of them but the last is held, and nobody doubts the target, before
	// the next begins. It is 0 without Stages.
	StageHold time.Duration
	// BrakeAfter is how many transitions that nobody ordered, within BrakeWindow, trip the brake,
	// after which only people move anything; 0 means that none do. At most MaxBrakeAfter.
	BrakeAfter  int
	BrakeWindow time.Duration
	// BrakeRegions is how many workload regions must have begun to fail within the last two HoldDowns
	// for the brake to trip, at least 2; 0 means that none do. That many regions
	// rarely die at once; what observes them does.
	BrakeRegions int
	// FlapLimit is how many times a region comes back from a failure, each counting half after every
	// FlapHalfLife, before nothing is moved there, at most 8; 0 means any number. Half a return less
	// suffices, so that so many quick ones reach it. Where nothing steadier could take over, what was
	// lost is moved there once it is back for a Cooldown.
	FlapLimit    int
	FlapHalfLife time.Duration
	// Readiness names what a region must have ready to take over, for instance "secrets"; what
	// nobody has reported within ReadinessStaleAfter is not ready.
	Readiness           []string
	ReadinessStaleAfter time.Duration
}

// DefaultBrakeRegions is how many regions failing together trip the brake unless a scenario says
// otherwise: more than half of those that run a workload, and at least 2.
func DefaultBrakeRegions(workload int) int { return max(2, workload/2+1) }

// FirstApplyP99 is how long a Raft group goes without a leader that applies entries, in all but one
// of a hundred cases in which the leader's region dies: the line nearest to what was measured with
// hashicorp/raft over links of 80 to 330 ms, 150 deaths for each heartbeat. It had 5.0 s for a
// heartbeat of 1 s, 7.8 to 8.2 s for 2 s, 9.5 to 10.9 s for 3 s, and 16.0 s for 5 s.
func FirstApplyP99(heartbeat time.Duration) time.Duration {
	return 2350*time.Millisecond + heartbeat*27/10
}

// Consensus are the timings of the agents' Raft group.
type Consensus struct {
	// Heartbeat is hashicorp/raft's HeartbeatTimeout; the election timeout equals it.
	Heartbeat time.Duration
}
