package redoubt

import (
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// Business is the arithmetic of a business case without a simulation: expected outage hours times
// what an hour costs, against what each strategy adds to the bill.
type Business struct {
	Scenario *model.Scenario
	// RevenuePerHour is the yearly revenue over 8,760, in USD; LossPerHour what an hour of outage
	// costs of it and of reputation, less what customers defer.
	RevenuePerHour, LossPerHour float64
	// OutageHours are expected in a year of a single region, and OutageBasis says from what.
	OutageHours float64
	OutageBasis string
	// LossPerYear is LossPerHour x OutageHours, in USD.
	LossPerYear float64
	// Recoveries is the share of outage hours that a recovery of 5 min, 15 min and 1 h avoids, and
	// DurationBasis says of which durations.
	Recoveries    []RecoveryShare
	DurationBasis string
	// Strategies are those that the scenario describes, or all where it describes none, in the order
	// of model.StrategyKinds and without the single region.
	Strategies []BusinessStrategy
	// Findings are what a reviewer would remark on the scenario itself, as Comparison has them: what
	// keeps a plan from working is not in the arithmetic.
	Findings []string
}

// RecoveryShare is what a recovery of some length is worth.
type RecoveryShare struct {
	Recovery time.Duration
	// Avoided is the share of all outage hours that it avoids, in [0, 1].
	Avoided float64
}

// BusinessStrategy is the arithmetic for one strategy.
type BusinessStrategy struct {
	Kind model.StrategyKind
	// Excuse says why there is no answer: the strategy cannot be built here, or nothing says what
	// it costs. What is below it is then empty.
	Excuse string
	// CostPerYear is its bill, Extra what that adds to a single region sized for all the traffic.
	CostPerYear, Extra, OneTime model.Money
	// LostWrites and Conflicts are expected in a year by arithmetic (cost.LostWrites and what
	// conflicts overwrite, sim.ConflictRates), and EventLoss is what they cost in USD, with the sales
	// of what conflicts reject: losses by event, which no avoided hour makes up for.
	LostWrites, Conflicts, EventLoss float64
	// AbortEndsAt and BreakevenAt are the yearly revenues in USD, with the same outage hours and
	// full effectiveness, at which cost/benefit falls to cost.AbortRatio and to 1; +Inf when none
	// does.
	AbortEndsAt, BreakevenAt float64
	// Recovery is the expected length of a recovery by the means of its steps; 0 when the scenario
	// does not say (cost.ExpectedRecovery).
	Recovery time.Duration
	// Effects are the answers at full effectiveness, at two published ones, and at the share that
	// Recovery avoids where it is known.
	Effects []BusinessEffect
	// NPV, PaybackMonths and IRR are those of full effectiveness, as cost.Case has them.
	NPV, PaybackMonths, IRR float64
	// Verdict is that of full effectiveness, which flatters the strategy: an abort there is an
	// abort anywhere. Where a lower effectiveness changes it, Reasons say so.
	Verdict cost.Verdict
	Reasons []string
}

// BusinessEffect is the business case at one effectiveness.
type BusinessEffect struct {
	Name string
	// Effectiveness is the share of outage hours that is avoided, in [0, 1]. Computed is, for a share
	// as it was published, what the fit to the same incidents gives; NaN for the others.
	Effectiveness, Computed float64
	// AvoidedPerYear is in USD, less EventLoss; CostBenefit is Extra over it, +Inf where nothing is
	// avoided.
	AvoidedPerYear, CostBenefit float64
	// BreakevenHours are the outage hours in a year at which Extra is earned by what an hour costs
	// alone, +Inf where nothing is avoided; BreakevenRevenue the yearly revenue in USD at which it is
	// with the expected hours.
	BreakevenHours, BreakevenRevenue float64
	Verdict                          cost.Verdict
}
