package cost

import (
	"math"
	"slices"

	"redoubt/model"
)

// IncidentCost is what single incidents cost, each with its whole trouble (model.Damage).
type IncidentCost struct {
	// Mean, the quantiles and Max are in USD; with a Count of 0 they mean nothing.
	Mean, P50, P95, P99, Max float64
	// Count is how many incidents there were in all trials.
	Count int64
	// Beside is what a mean year loses outside of incidents, in USD.
	Beside float64
}

// CostOf returns what a damage cost, line by line, by the prices of LossOf: of an incident it is
// what that cost. Growing a standby is no line of it, since no bill has the price of that.
func CostOf(business model.Business, d model.Damage) Loss { return priced(business, d, 1) }

// incidentCost prices every incident of an outcome.
func incidentCost(business model.Business, outcome model.Outcome) IncidentCost {
	var costs []float64
	sum, beside := model.Money(0), model.Money(0)
	for _, incidents := range outcome.Incidents {
		for i := range incidents {
			each := CostOf(business, incidents[i].Damage).Total()
			costs, sum = append(costs, each.USD()), plus(sum, each)
		}
	}
	for i := range outcome.Trials {
		beside = plus(beside, CostOf(business, outcome.Trials[i].Beside).Total())
	}
	years := math.Max(1, float64(len(outcome.Trials))) * yearsOf(outcome.Horizon)
	result := IncidentCost{Count: int64(len(costs)), Beside: beside.USD() / years}
	if len(costs) == 0 {
		return result
	}
	slices.Sort(costs)
	n := float64(len(costs))
	at := func(q float64) float64 { return costs[max(int(math.Ceil(q*n)), 1)-1] }
	result.Mean, result.P50, result.P95, result.P99 = sum.USD()/n, at(0.50), at(0.95), at(0.99)
	result.Max = costs[len(costs)-1]
	return result
}
