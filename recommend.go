package redoubt

import (
	"fmt"

	"redoubt/cost"
	"redoubt/model"
)

// recommend picks the highest net present value among what can be built, is priced, and meets every
// required objective. With no one-time cost that is the highest mean net benefit.
func (c *Comparison) recommend() {
	best, second, missing, unpriced := -1, -1, 0, 0
	for i := range c.Strategies {
		r := &c.Strategies[i]
		switch {
		case r.Excuse != "":
		case !r.meetsRequired():
			missing++
		case r.Case.Verdict == cost.Unpriced:
			unpriced++
		case best < 0 || r.Case.NPV > c.Strategies[best].Case.NPV:
			best, second = i, best
		case second < 0 || r.Case.NPV > c.Strategies[second].Case.NPV:
			second = i
		}
	}
	if best < 0 {
		c.Why = "no strategy meets every required objective"
		return
	}
	if c.Strategies[best].Case.NPV < 0 {
		c.Recommended = model.SingleRegion
		c.Why = "none of the strategies compared avoids more than it costs"
		return
	}
	c.Recommended = c.Strategies[best].Kind
	c.Why = c.Strategies[best].why(c.Scenario.Business.HorizonYears)
	if second >= 0 && c.Strategies[best].Case.OneTime == c.Strategies[second].Case.OneTime {
		c.Why += c.lead(&c.Strategies[best], &c.Strategies[second])
	}
	if missing > 0 {
		c.Why += fmt.Sprintf("; %d that miss a required objective were left out", missing)
	}
	if unpriced > 0 {
		c.Why += fmt.Sprintf("; %d that nobody priced were left out", unpriced)
	}
}

// why says what a recommendation rests on.
func (r *StrategyResult) why(years int) string {
	if r.Kind == model.SingleRegion {
		return "no richer strategy avoids more than it costs"
	}
	net := r.Case.NetPerYear
	text := fmt.Sprintf("it has the highest net benefit, %s a year (%s)",
		model.Dollars(net.Mean), dollarInterval(net))
	if r.Case.OneTime != 0 {
		text += fmt.Sprintf(", a net present value of %s over %d years after %s to build",
			model.Dollars(r.Case.NPV), years, r.Case.OneTime)
	}
	return text
}

// lead says how far the recommended strategy is ahead of the next best one, over the same outages:
// the difference of the two is far better known than either.
func (c *Comparison) lead(best, second *StrategyResult) string {
	ahead := make([]float64, len(best.Outcome.Trials))
	for i := range ahead {
		loss := func(r *StrategyResult) float64 {
			trial := r.Outcome.Trials[i]
			return cost.LossOf(c.Scenario.Business, trial, r.Outcome.Horizon).Total().USD()
		}
		ahead[i] = loss(second) - loss(best) + (second.Case.CostPerYear - best.Case.CostPerYear).USD()
	}
	difference := cost.EstimateOf(ahead)
	text := fmt.Sprintf("; it is ahead of %s by %s a year (%s)", second.Kind,
		model.Dollars(difference.Mean), dollarInterval(difference))
	if difference.Low <= 0 {
		text += ": too little to tell the two apart with these trials"
	}
	return text
}

// dollarInterval words the interval of an amount, or that there is none.
func dollarInterval(e model.Estimate) string {
	if !cost.HasInterval(e) {
		return "one trial has no interval"
	}
	return fmt.Sprintf("95 %% interval %s to %s", model.Dollars(e.Low), model.Dollars(e.High))
}

func (r *StrategyResult) meetsRequired() bool {
	for _, objective := range r.Objectives {
		if objective.Objective.Required && !objective.Met {
			return false
		}
	}
	return true
}
