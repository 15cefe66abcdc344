package redoubt

import (
	"time"

	"redoubt/deciders"
	"redoubt/model"
)

// PolicyTest is what each decider does in cuts between the primary region and all others. The same
// scenario, strategy, seed and number of runs give the same PolicyTest.
type PolicyTest struct {
	Scenario *model.Scenario
	Strategy model.StrategyKind
	Seed     uint64
	// Runs is how often redoubt's own policy faced each cut: fewer than were asked for when it was
	// interrupted.
	Runs int
	Cuts []time.Duration
	// Stakes are what the cuts put at risk.
	Stakes deciders.Stakes
	// Policies are the presets first, then redoubt's own.
	Policies []Policy
}

// Policy is one decider and what it does.
type Policy struct {
	deciders.Decider
	// Simulated says that the results come from the simulator with the real decision code, and not
	// from a timing rule.
	Simulated bool
	// DecidesEarliest and DecidesLatest bound when it decides, counted from a fault that it sees and
	// that lasts; of a simulated policy, over all runs. Both are 0 where it never did.
	DecidesEarliest, DecidesLatest time.Duration
	// Stops says whether the cut-off primary stops accepting writes, StopsEarliest and StopsLatest
	// when after the cut.
	Stops                      bool
	StopsEarliest, StopsLatest time.Duration
	// Results are in the order of PolicyTest.Cuts.
	Results []CutResult
}

// CutResult is what a decider does in a cut of one length.
type CutResult struct {
	Cut time.Duration
	// Begun is the share of phases or runs in which it decides to fail over, Promoted that in which
	// the failover took effect, during the cut or after it, both in [0, 1]. A timing rule knows of no
	// failover that is given up, nor of one that takes its time.
	Begun, Promoted float64
	// BegunWithin and PromotedWithin have the 95 % intervals of Wilson's beside these shares. They are
	// zero of a timing rule, which knows its shares exactly.
	BegunWithin, PromotedWithin model.Estimate
	// Earliest and Latest bound when it decides, counted from the cut; both are 0 where Begun is.
	// Those of a simulated policy are the least and the greatest of its runs, which bound nothing.
	Earliest, Latest time.Duration
	// PromotedEarliest and PromotedLatest are the same of when a failover takes effect, and both 0
	// where Promoted is. A timing rule ends with the decision: how long its promotion takes it does
	// not say. What begins in the cut can take effect after it.
	PromotedEarliest, PromotedLatest time.Duration
	// AtRisk is the stretch of acknowledged writes that the promoted side lacks, on average over all
	// that was promoted, and WritesAtRisk how many writes that is: NaN where no store was promoted.
	AtRisk       time.Duration
	WritesAtRisk float64
	// InCut are the failovers of a simulated policy that took effect while the cut lasted, AfterCut
	// those that did once it was over, when the old side had sent what it accepted alone.
	InCut, AfterCut Promotions
}

// Promotions are the runs in which a failover took effect at a certain time.
type Promotions struct {
	Runs int
	// Earliest and Latest are the least and the greatest time from the cut's begin until it did.
	Earliest, Latest time.Duration
	// Share is what part of all runs they are, with the 95 % interval of Wilson's.
	Share model.Estimate
	// Writes is how many acknowledged writes the promoted side lacks on average over them, with the
	// 95 % interval of that mean; Least and Most are those of single runs. All are 0 without a run.
	Writes      model.Estimate
	Least, Most int64
}
