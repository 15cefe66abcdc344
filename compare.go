package redoubt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// CompareOptions say what to compare and how much to simulate. Zero values take the scenario's own.
type CompareOptions struct {
	// Strategies to compare; empty means all that the scenario has. The single region, with which the
	// others are compared, is always among them.
	Strategies    []model.StrategyKind
	Trials, Years int
	Seed          uint64
	// Precision, if above 0, goes on past Trials, in whole batches of so many, until the half-width of
	// the 95 % interval of every strategy's outage hours is at most this share of their mean, or until
	// MaxTrials are done, which are DefaultMaxTrials or Trials unless given.
	Precision float64
	MaxTrials int
	// Workers is how many trials run at once; 0 means one for each processor. It never changes a
	// result.
	Workers int
	// Progress, if not nil, is called from several goroutines with the trials done so far. With a
	// Precision the total grows when a batch is added.
	Progress func(done, total int)
}

// DefaultMaxTrials is how far a comparison with a precision goes unless it is told: some minutes
// for seven strategies of ten years on two cores.
const DefaultMaxTrials = 100_000

// Compare runs every strategy against the same outages and prices it. When the context ends early
// it returns what is done of the strategies that were reached, all cut to the same number of
// trials, along with the context's error, and recommends nothing unless all were reached; the
// Comparison is nil only when nothing can be said. Without a hazard it plays the scenario's
// timeline; a fault of that which never ends would be counted to the end of every trial, and is
// refused with scenarios.Problems where it has a place.
func Compare(ctx context.Context, s *model.Scenario, o CompareOptions) (*Comparison, error) {
	if err := endless(s); err != nil {
		return nil, err
	}
	o = o.withDefaults(s)
	c := &Comparison{Scenario: s, Seed: o.Seed, Trials: o.Trials, Years: o.Years, Findings: Review(s)}
	trials, err := newRace(s, o)
	if err != nil {
		return nil, err
	}
	c.Precision, err = trials.run(ctx, s, o)
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	outcomes := trials.outcomes()
	baseline := outcomes[model.SingleRegion]
	if len(baseline.Trials) == 0 {
		return nil, ctx.Err()
	}
	c.Trials = len(baseline.Trials)
	for _, kind := range o.Strategies {
		result := StrategyResult{Kind: kind, Excuse: s.Excuse(kind)}
		if outcome, ran := outcomes[kind]; ran && result.Excuse == "" {
			if result, err = assess(s, baseline, outcome); err != nil {
				return nil, err
			}
		} else if result.Excuse == "" {
			result.Skipped, result.Excuse = true, "interrupted before its first trial"
		}
		c.Strategies = append(c.Strategies, result)
	}
	c.recommend()
	c.pair()
	if c.Trials > 1 { // One trial has no interval that could tell two strategies apart.
		c.Inversions = inversions(s, sameFooting(c.Strategies))
	}
	return c, ctx.Err()
}

// endless refuses a timeline that is to be compared although one of its faults has no end.
func endless(s *model.Scenario) error {
	if len(s.Hazards) > 0 {
		return nil
	}
	const counted = ", and there is no hazard: a comparison would count it to the end of every trial"
	var problems scenarios.Problems
	for i, fault := range s.Timeline {
		if fault.Duration == 0 {
			problems = append(problems, problemAt(fault.Place, fmt.Sprintf("fault[%d] never ends", i)+
				counted, `give it an end, for instance for = "6h", or add a [[hazard]]`))
		}
	}
	for i, rollout := range s.Rollouts {
		if rollout.Share <= rollout.BackAbove {
			problems = append(problems, problemAt(rollout.Place, fmt.Sprintf("rollout[%d] is never "+
				"rolled back", i)+counted, "let its share be above back_above, or add a [[hazard]]"))
		}
	}
	switch {
	case problems == nil:
		return nil
	case problems[0].Line == 0:
		return errors.New(problems[0].Text)
	}
	return problems
}

// problemAt is something in a file that can be simulated and not compared.
func problemAt(at model.Place, text, hint string) scenarios.Problem {
	return scenarios.Problem{
		File: at.File, Line: at.Line, Column: at.Column, Text: text,
		Hint: hint + "; redoubt simulate plays it as it is",
	}
}

// sameFooting leaves out what nobody priced where others are priced: a cost and an unknown one have
// no order that could be inverted.
func sameFooting(results []StrategyResult) []StrategyResult {
	isPriced := func(r StrategyResult) bool { return r.Case.Priced }
	if !slices.ContainsFunc(results, isPriced) {
		return results
	}
	return slices.DeleteFunc(slices.Clone(results), func(r StrategyResult) bool {
		return r.Case.Verdict == cost.Unpriced
	})
}

// withDefaults fills in the scenario's own, and puts the strategies into their order.
func (o CompareOptions) withDefaults(s *model.Scenario) CompareOptions {
	asked := o.Strategies
	o.Strategies = nil
	for _, kind := range model.StrategyKinds() {
		_, has := s.Strategy(kind)
		if kind == model.SingleRegion || slices.Contains(asked, kind) || len(asked) == 0 && has {
			o.Strategies = append(o.Strategies, kind)
		}
	}
	if o.Trials <= 0 {
		o.Trials = s.Run.Trials
	}
	if o.Years <= 0 {
		o.Years = s.Run.Years
	}
	if o.Seed == 0 {
		o.Seed = s.Run.Seed
	}
	if o.MaxTrials <= 0 {
		o.MaxTrials = DefaultMaxTrials
	}
	o.MaxTrials = max(o.MaxTrials, o.Trials)
	return o
}

// assess turns an outcome into rates a year with their intervals, and into money.
func assess(s *model.Scenario, baseline, outcome model.Outcome) (StrategyResult, error) {
	r := StrategyResult{Kind: outcome.Strategy, Outcome: outcome}
	var err error
	if r.Case, err = cost.Assess(s, outcome.Strategy, baseline, outcome); err != nil {
		return r, err
	}
	n := len(outcome.Trials)
	years := outcome.Horizon.Hours() / model.HoursPerYear
	down, lost := downHours(outcome), make([]float64, n)
	for i, trial := range outcome.Trials {
		lost[i] = trial.Lost.Hours() / years
		r.LostWrites += float64(trial.LostWrites)
		r.Conflicts += float64(trial.Conflicts)
		r.LostSessions += float64(trial.LostSessions)
		r.Overwritten += float64(trial.Overwritten)
		r.Rejected += float64(trial.Rejected)
		r.Merged += float64(trial.Merged)
		r.Compensated += float64(trial.Compensated)
		r.Duplicates += float64(trial.Duplicates)
		r.StaleReads += float64(trial.StaleReads)
		r.Incidents += float64(trial.Incidents)
		r.Failovers += float64(trial.Failovers)
		r.FalseFailovers += float64(trial.FalseFailovers)
		r.Withheld += float64(trial.Withheld)
		r.Cancelled += float64(trial.Cancelled)
		r.SplitBrain += trial.SplitBrain
	}
	for _, total := range []*float64{
		&r.LostWrites, &r.Conflicts, &r.Incidents, &r.Failovers, &r.FalseFailovers, &r.Withheld,
		&r.Cancelled, &r.LostSessions, &r.Overwritten, &r.Rejected, &r.Merged, &r.Compensated,
		&r.Duplicates, &r.StaleReads,
	} {
		*total /= float64(n) * years
	}
	r.DownHours, r.LostHours = hoursOf(down), hoursOf(lost)
	r.Availability, r.RequestAvailability = availability(r.DownHours), availability(r.LostHours)
	r.Objectives = objectives(s, outcome, down)
	return r, nil
}

// hoursOf estimates hours in a year, of which there are 8,760 at most.
func hoursOf(values []float64) model.Estimate {
	return cost.Within(cost.EstimateOf(values), 0, model.HoursPerYear)
}

// availability is the share of a year that is left of these hours of not being available.
func availability(hours model.Estimate) model.Estimate {
	share := func(h float64) float64 { return 1 - h/model.HoursPerYear }
	return model.Estimate{Mean: share(hours.Mean), Low: share(hours.High), High: share(hours.Low)}
}

// objectives judges each objective: RTO and RPO by incident, availability by trial.
func objectives(s *model.Scenario, outcome model.Outcome, down []float64) []ObjectiveResult {
	var results []ObjectiveResult
	for _, objective := range s.Objectives {
		hits, tries := int64(0), int64(len(down))
		switch objective.Metric {
		case model.MetricRTO:
			hits, tries = outcome.WithinRTO, outcome.RTO.Count
		case model.MetricRPO:
			hits, tries = outcome.WithinRPO, outcome.RPO.Count
		case model.MetricAvailability:
			for _, hours := range down {
				if 1-hours/model.HoursPerYear >= objective.Share {
					hits++
				}
			}
		}
		result := ObjectiveResult{
			Objective: objective, Count: tries, Probability: math.NaN(), High: 1, Met: true,
		}
		if tries > 0 {
			result.Probability = float64(hits) / float64(tries)
			result.Low, result.High = cost.Wilson(hits, tries)
			result.Met = result.Probability >= RequiredProbability
		}
		results = append(results, result)
	}
	return results
}
