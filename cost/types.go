package cost

import "redoubt/model"

// Line is one line of a bill, with the way it was computed.
type Line struct {
	// Region it is paid in, or model.Global.
	Region   model.RegionID
	Category model.Category
	What     string
	PerYear  model.Money
	// Basis says in words how the amount follows from the scenario, for instance
	// "25 % of $60,000, eu-west-1 sized for all traffic".
	Basis      string
	Source     string
	Unverified bool
}

// Bill is what a strategy costs in a year; its total is the sum of its lines and nothing else.
type Bill struct {
	Strategy model.StrategyKind
	Lines    []Line
}

// Loss is what outages cost in a year, line by line.
type Loss struct{ Revenue, LostData, Conflicts, People, Reputation model.Money }

// Verdict is the answer of a business case.
type Verdict uint8

// The verdicts. Abort is the rule of roadmap-90-day: the cost is five times the benefit or more.
const (
	Baseline Verdict = iota
	Proceed
	Reconsider
	Abort
)

// Case is a strategy against the single-region baseline, from paired trials.
type Case struct {
	Kind model.StrategyKind
	// CostPerYear is the strategy's bill; Extra what it adds to a single region sized for all the
	// traffic; ExtraUnscaled what it adds to the primary region's lines as they stand.
	CostPerYear, Extra, ExtraUnscaled, OneTime model.Money
	// LossPerYear is the expected loss in USD a year, LossLines its parts (means).
	LossPerYear model.Estimate
	LossLines   Loss
	// AvoidedPerYear is the baseline's loss less the strategy's, in USD, paired by trial; NetPerYear is
	// AvoidedPerYear less Extra.
	AvoidedPerYear, NetPerYear model.Estimate
	// Effectiveness is the share of the baseline's lost hours that the strategy avoids.
	Effectiveness float64
	// ROI is NetPerYear over Extra; it has no value (NaN) where Extra is not above zero.
	ROI float64
	// CostBenefit is Extra over AvoidedPerYear; +Inf where nothing is avoided.
	CostBenefit float64
	// BreakevenHours are the yearly outage hours at which the strategy pays for itself, given its
	// Effectiveness; +Inf when it avoids nothing, 0 when it costs nothing extra.
	BreakevenHours float64
	// BreakevenRevenue is the yearly revenue at which it pays for itself with the simulated outages.
	BreakevenRevenue float64
	// ProbabilityPaysBack is the share of trials in which the avoided loss covers the cost.
	ProbabilityPaysBack float64
	// NPV is over Business.HorizonYears in USD. PaybackMonths is when the one-time cost is earned back;
	// +Inf when never, 0 when there is none and the net is positive.
	NPV           float64
	PaybackMonths float64
	Verdict       Verdict
	Reasons       []string
}
