package redoubt

import (
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// Comparison is every strategy of a scenario, simulated against the same outages and priced.
type Comparison struct {
	Scenario *model.Scenario
	Seed     uint64
	Trials   int
	Years    int
	// Precision is how well the outage hours are known; nil unless that was asked for.
	Precision *Precision
	// Strategies are in the order of model.StrategyKinds, the single region first and those that
	// cannot be built included.
	Strategies []StrategyResult
	// Recommended has the highest net present value among those that can be built, are priced and
	// meet every required objective; without one-time costs that is the highest net benefit. It is 0
	// when there is none, when even that would lose, and when not all were simulated.
	Recommended model.StrategyKind
	// Why says in a sentence what the recommendation rests on.
	Why string
	// Inversions says of every pair of strategies of which the richer one is down longer or costs less
	// what explains it. The simpler ones of the same explanation share a sentence.
	Inversions []string
	// Findings are what a reviewer would remark on the scenario itself.
	Findings []string
}

// StrategyResult is what one strategy does and is worth.
type StrategyResult struct {
	Kind model.StrategyKind
	// Excuse says why it cannot be built here; everything below it is then empty.
	Excuse string
	// Skipped says that it could be built, and that the comparison was interrupted before its first
	// trial, as Excuse then says.
	Skipped bool
	// Availability is the share of time in which the service was up; RequestAvailability is the
	// share of requests that were served.
	Availability, RequestAvailability model.Estimate
	// DownHours and LostHours are hours in a year: of being down, and of requests lost (a half
	// outage of two hours loses one).
	DownHours, LostHours model.Estimate
	Outcome              model.Outcome
	// Per year, means over the trials; what they count is said at model.Trial.
	LostWrites, Conflicts, LostSessions, Incidents float64
	Failovers, FalseFailovers, Cancelled, Withheld float64
	// What becomes of the conflicts, per year too; people reconcile the others.
	Overwritten, Rejected, Merged, Compensated float64
	// Duplicates are effects that were had twice, StaleReads what was read late, per year.
	Duplicates, StaleReads float64
	SplitBrain             time.Duration
	Case                   cost.Case
	Objectives             []ObjectiveResult
	// Versus is this strategy less each other one that was simulated, trial by trial. VersusBaseline
	// is that of the single region, VersusRecommended that of the recommended one. Each is nil where
	// it would be with itself, and the second where none is recommended.
	Versus                            map[model.StrategyKind]*Difference
	VersusBaseline, VersusRecommended *Difference
}

// Difference is one strategy less another over the same outages: what both suffer alike cancels, so
// that it is far better known than either.
type Difference struct {
	// DownHours is in hours a year, above 0 where the first is down longer.
	DownHours model.Estimate
	// Loss is in USD a year, above 0 where more is lost with the first.
	Loss model.Estimate
	// Net is that of the net benefits in USD a year, above 0 where the first is worth more, and NPV
	// that of their present values in USD. Both mean something where Priced.
	Net, NPV model.Estimate
	Priced   bool
}

// Apart reports whether an interval leaves 0 out. Two that are the same in every trial are not told
// apart, and neither are any by a single trial.
func Apart(e model.Estimate) bool { return cost.HasInterval(e) && (e.Low > 0 || e.High < 0) }

// ObjectiveResult is how often an objective was reached.
type ObjectiveResult struct {
	Objective model.Objective
	// Count is how many incidents (RTO, RPO) or trials (availability) it was judged by. With none the
	// probability is not known, and Met says that nothing missed it.
	Count int64
	// Probability is the share of them that met it; NaN when there are none.
	Probability float64
	// Low and High bound the probability with 95 % confidence (Wilson's interval).
	Low, High float64
	// Met says that the probability is at least RequiredProbability, or that Count is 0.
	Met bool
}

// RequiredProbability is how often an objective must be reached to count as met.
const RequiredProbability = 0.95
