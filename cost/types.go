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
	Basis string
	// Source is where the billed amount was published, as the scenario names it.
	Source string
	// Unverified says that nobody checked the amount, or that a share in it is an assumption.
	Unverified bool
}

// Bill is what a strategy costs in a year; its total is the sum of its lines and nothing else.
type Bill struct {
	Strategy model.StrategyKind
	Lines    []Line
}

// Loss is what outages cost in a year, line by line.
type Loss struct {
	// Revenue is lost sales, less what customers make up later.
	Revenue model.Money
	// LostData is acknowledged writes that nobody holds any more.
	LostData model.Money
	// Conflicts is the repair of writes that met in two regions, and of effects that were had twice.
	Conflicts model.Money
	// Sessions is what the users cost who have to log in again.
	Sessions model.Money
	// People is what the staff's work on incidents costs.
	People model.Money
	// Reputation is what an hour of downtime costs beyond its sales.
	Reputation model.Money
}

// Verdict is the answer of a business case.
type Verdict uint8

// The verdicts. Baseline is what the others are compared with. Proceed pays for itself. Reconsider
// costs more than it avoids. Abort is the rule of roadmap-90-day, abort criterion one: the cost is
// AbortRatio times the benefit or more. Unpriced is none: nobody said what the strategy costs.
const (
	Baseline Verdict = iota
	Proceed
	Reconsider
	Abort
	Unpriced
)

// AbortRatio is the cost over the benefit from which a strategy is not worth another look
// (roadmap-90-day, abort criterion one: "costs exceed benefit by 5x or more").
const AbortRatio = 5

// String gives the verdict as reports and JSON write it.
func (v Verdict) String() string {
	switch v {
	case Baseline:
		return "baseline"
	case Proceed:
		return "proceed"
	case Reconsider:
		return "reconsider"
	case Abort:
		return "abort"
	case Unpriced:
		return "unpriced"
	}
	return "unknown"
}

// Case is a strategy against the single-region baseline, from paired trials. Of the baseline itself
// every ratio (ROI, CostBenefit, IRR) is NaN, its other comparisons are 0.
type Case struct {
	Kind model.StrategyKind
	// Priced says that the scenario says what the strategy costs (Priced, the function). Where it
	// does not, the costs below are 0 and mean nothing, what follows from them is NaN, and only what
	// is lost and avoided is known.
	Priced bool
	// CostPerYear is the strategy's bill; Extra what it adds to a single region sized for all the
	// traffic; ExtraUnscaled what it adds to the primary region's lines as they stand. OneTime is
	// what it costs to build, beyond the baseline.
	CostPerYear, Extra, ExtraUnscaled, OneTime model.Money
	// Unverified is the part of CostPerYear that rests on amounts which nobody checked, or on shares
	// that are assumed.
	Unverified model.Money
	// LossPerYear is the expected loss in USD a year, LossLines its parts (means).
	LossPerYear model.Estimate
	LossLines   Loss
	// Incidents is what one incident costs. What all of them cost and Incidents.Beside are the
	// LossPerYear.
	Incidents IncidentCost
	// StandbyHours are the hours in a year in which a region that the strategy keeps served nothing,
	// WastePerYear what its capacity cost meanwhile, in USD: a part of CostPerYear. The second is NaN
	// where no bill says what capacity costs.
	StandbyHours, WastePerYear model.Estimate
	// AvoidedPerYear is the baseline's loss less the strategy's, in USD, paired by trial;
	// NetPerYear is AvoidedPerYear less Extra.
	AvoidedPerYear, NetPerYear model.Estimate
	// BaselineHours and LostHours are the hours of requests lost in a year, by the baseline and by
	// the strategy (means).
	BaselineHours, LostHours float64
	// Effectiveness is the share of the baseline's lost hours that the strategy avoids: 1 at best,
	// below 0 when it loses more than the baseline, 0 when there is nothing to avoid.
	Effectiveness float64
	// ROI is NetPerYear over Extra; it has no value (NaN) where Extra is not above zero.
	ROI float64
	// CostBenefit is Extra over AvoidedPerYear; +Inf where nothing is avoided.
	CostBenefit float64
	// BreakevenHours are the yearly outage hours at which the strategy pays for itself, given its
	// Effectiveness and by what an hour costs alone (LossPerHour): lost writes, conflicts and the
	// people of an incident are not in it. +Inf when AvoidedPerYear, in which they are, is not above
	// 0: more hours are then no reason for the strategy. 0 when it costs nothing extra.
	BreakevenHours float64
	// BreakevenRevenue is the yearly revenue in USD at which it pays for itself with the simulated
	// outages; 0 when the other losses it avoids pay for it already, +Inf when no revenue would.
	BreakevenRevenue float64
	// BreakevenWithin are the yearly revenues at which the net benefit is not known to be a gain or a
	// loss (RevenueWithin): that of the scenario is one of them where Unsure says so. High is +Inf
	// where no revenue would make it known; both are NaN where more revenue is no help.
	BreakevenWithin model.Estimate
	// ProbabilityPaysBack is the share of trials in which the avoided loss covers the cost: in
	// which the NPV would not be negative, if every year were like the trial's average one.
	ProbabilityPaysBack float64
	// NPV is over Business.HorizonYears in USD, NPVWithin the same with its interval. PaybackMonths is
	// when the one-time cost is earned back; +Inf when never, 0 when there is none and the net is
	// positive.
	NPV           float64
	NPVWithin     model.Estimate
	PaybackMonths float64
	// IRR is the yearly rate at which NPV would be zero (0.25 = 25 %); NaN without a one-time cost
	// or without a positive net.
	IRR float64
	// InformativeTrials is in how many trials the strategy's loss and the baseline's differ.
	InformativeTrials int
	Verdict           Verdict
	// Reasons are sentences with the numbers behind the verdict; the first one carries it.
	Reasons []string
}
