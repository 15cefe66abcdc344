package redoubt

import (
	"time"

	"redoubt/model"
	"redoubt/sim"
)

// Simulation is one run of one strategy, told as a story. The same scenario, strategy and seed give
// the same Simulation, to the last byte.
type Simulation struct {
	Scenario *model.Scenario
	Strategy model.StrategyKind
	Seed     uint64
	// Timeline is what happened, in the order in which it happened.
	Timeline []Entry
	// Decisions are what the failover policy decided, in their order, each with the gates it passed
	// or was held by.
	Decisions []Decision
	// Incidents are the stretches in which the service was down, in their order, each with what its
	// whole trouble lost.
	Incidents []model.Incident
	// RPOs are the stretches of writes that each failover lost that is over, in the order in which
	// they ended. One of them can be part of several incidents, or of none.
	RPOs []time.Duration
	// Stale says how many clients had not followed the first shift of traffic after a while; it is
	// empty when no traffic was shifted.
	Stale []StaleShare
	// Alerts are those of the scenario, in its order.
	Alerts []Alert
	// Backlogs are those of the scenario, in its order.
	Backlogs []sim.BacklogFinding
	// Explanations are of the moments that were asked for, in their order.
	Explanations []Explanation
	// Spans are what lasted, and Samples what was counted: what a trace is drawn from. Timeline tells
	// the same run.
	Spans   []sim.Span
	Samples []sim.Sample
	// Assumed is what the run rests on that the scenario leaves to defaults which nobody verified.
	Assumed []model.Assumption
	// Outcome sums the run up.
	Outcome model.Trial
	// Hash is a digest of the decisions in hexadecimal: what was decided, about which region, when
	// and in which epoch.
	Hash string
}

// Entry is one moment of a Simulation.
type Entry struct {
	// At is counted from the start of the run.
	At time.Duration
	// Region is the name of the region that it happened in, or empty when it concerns no single
	// one.
	Region string
	// Kind groups entries: a short stable word such as "fault", "probe", "decision" or "traffic".
	Kind string
	// Text says what happened, as half a sentence that reads after the region's name.
	Text string
}

// Decision is something that failover.Policy.Step decided.
type Decision struct {
	// At is counted from the start of the run.
	At time.Duration
	// Epoch is the epoch of the plan that the action belongs to.
	Epoch uint32
	// Action names what is to be done, for instance "promote".
	Action string
	// Region is the name of the region that is left, Target of the one that takes over; either can
	// be empty.
	Region, Target string
	// Gates are what the decision had to pass, in the policy's fixed order.
	Gates []Gate
}

// Gate is one condition of a decision, as it stood when the decision was made.
type Gate struct {
	// Name is the gate's name, for instance "hold-down".
	Name string
	// Verdict is "pass", "hold" or "deny".
	Verdict string
	// Reason says in words what the verdict rests on.
	Reason string
	// Since is when what the gate rests on began, counted from the start of the run.
	Since time.Duration
}

// Alert is when an alert fired in a run, beside what it could have been for.
type Alert struct {
	Name string
	// Fires are the times at which it began to, counted from the start of the run, in their order.
	Fires []time.Duration
	// BeforeFailover says whether it fired before the first failover began, BeforeLoss whether before
	// the first writes that were lost were out of reach; nil where there was no such thing.
	BeforeFailover, BeforeLoss *bool
}

// StaleShare is how many clients still asked the old region some time after traffic was shifted.
type StaleShare struct {
	// After is counted from the change of routing.
	After time.Duration
	// Share is the part of the clients that were stale, in [0, 1].
	Share float64
}
