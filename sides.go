package redoubt

import (
	"redoubt/cost"
	"redoubt/model"
)

// TrialLosses are the losses a year of a strategy in USD, each the mean of a trial's years, in the
// order of the trials.
func (c *Comparison) TrialLosses(r *StrategyResult) (losses []float64) {
	for _, trial := range r.Outcome.Trials {
		loss := cost.LossOf(c.Scenario.Business, trial, r.Outcome.Horizon)
		losses = append(losses, loss.Total().USD())
	}
	return losses
}

// SpentBy is what a strategy has cost, and was lost with it, after so many years, in USD, where so
// much is lost a year.
func (r *StrategyResult) SpentBy(years, lossPerYear float64) float64 {
	return r.Case.OneTime.USD() + (r.Case.CostPerYear.USD()+lossPerYear)*years
}

// Cheaper is which of two strategies has cost and lost less after so many years, 0 where they cost
// the same, and from how many years on; 0 says that it is throughout. Both have to be priced.
func Cheaper(one, other *StrategyResult, years float64) (kind model.StrategyKind, from float64) {
	perYear := func(r *StrategyResult) float64 {
		return r.Case.CostPerYear.USD() + r.Case.LossPerYear.Mean
	}
	once := other.Case.OneTime.USD() - one.Case.OneTime.USD()
	saved := perYear(one) - perYear(other)
	if once == 0 && saved == 0 {
		return 0, 0
	}
	kind = one.Kind
	if once < saved*years { // At the end, and so from where they meet on.
		kind = other.Kind
	}
	if from = once / saved; saved == 0 || from <= 0 || from >= years {
		return kind, 0
	}
	return kind, from
}
