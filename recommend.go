package redoubt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"redoubt/cost"
	"redoubt/model"
)

// recommend picks the highest net present value among what can be built, is priced, and meets every
// required objective. With no one-time cost that is the highest mean net benefit. The single region
// is a candidate like the others, with a net of zero: doing nothing can be right. Of equals the
// simpler one is taken, and nothing that loses is recommended.
func (c *Comparison) recommend() {
	candidates, left := c.candidates()
	switch {
	case len(left.skipped) > 0:
		c.Why = "not every strategy was simulated: " + kindsOf(left.skipped) + " could be better"
		return
	case len(candidates) == 0:
		c.Why = "no strategy that can be built and is priced meets every required objective"
		return
	case len(candidates) == 1 && candidates[0].Kind == model.SingleRegion && len(left.unpriced) > 0:
		c.Why = "nobody said what the alternatives to a single region cost" + left.words()
		return
	}
	slices.SortStableFunc(candidates, func(a, b *StrategyResult) int {
		return cmp.Compare(b.Case.NPV, a.Case.NPV)
	})
	best := candidates[0]
	if best.Case.NPV < 0 {
		c.Why = fmt.Sprintf("of what meets every required objective even the best, %s, does not avoid "+
			"what it costs: %s", best.Kind, c.worth(best, byValue(candidates)))
		return
	}
	c.Recommended = best.Kind
	c.Why = c.decided(candidates) + c.quiet() + left.words()
}

// leftOut are the strategies that cannot be recommended although they could be built.
type leftOut struct{ skipped, missing, unpriced []model.StrategyKind }

// candidates separates the strategies that can be recommended from those that cannot, each in the
// order from the simplest to the richest.
func (c *Comparison) candidates() (candidates []*StrategyResult, left leftOut) {
	for i := range c.Strategies {
		r := &c.Strategies[i]
		switch {
		case r.Skipped:
			left.skipped = append(left.skipped, r.Kind)
		case r.Excuse != "":
		case !r.meetsRequired():
			left.missing = append(left.missing, r.Kind)
		case r.Case.Verdict == cost.Unpriced:
			left.unpriced = append(left.unpriced, r.Kind)
		default:
			candidates = append(candidates, r)
		}
	}
	return candidates, left
}

// words says which strategies were left out, and why.
func (l leftOut) words() string {
	text := ""
	if len(l.missing) > 0 {
		text += "; left out because they miss a required objective: " + kindsOf(l.missing)
	}
	if len(l.unpriced) > 0 {
		text += "; left out because nobody priced them: " + kindsOf(l.unpriced)
	}
	return text
}

// kindsOf names strategies one after the other.
func kindsOf(kinds []model.StrategyKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = kind.String()
	}
	return strings.Join(names, ", ")
}

// byValue reports whether net present values decide between these strategies and net benefits alone
// do not: where they do not cost the same to build.
func byValue(candidates []*StrategyResult) bool {
	return slices.ContainsFunc(candidates, func(r *StrategyResult) bool {
		return r.Case.OneTime != candidates[0].Case.OneTime
	})
}

// decided says what the recommendation of the first of the candidates rests on.
func (c *Comparison) decided(candidates []*StrategyResult) string {
	best, values := candidates[0], byValue(candidates)
	text := "it has the highest net benefit, "
	switch {
	case len(candidates) == 1 && best.Kind == model.SingleRegion:
		return "no other strategy that can be built is left to choose"
	case len(candidates) == 1:
		return "it is the only candidate, with " + c.worth(best, values)
	case best.Kind == model.SingleRegion && values:
		text = "to stay in one region is best: nothing else earns back what it costs"
	case best.Kind == model.SingleRegion:
		text = "to stay in one region is best: nothing else avoids more than it costs"
	case values:
		text = "it has the highest net present value, " + c.worth(best, values)
	default:
		text += c.worth(best, values)
	}
	return text + c.lead(best, candidates[1], values)
}

// worth words a net benefit or, where values decide, the net present value that follows from it.
func (c *Comparison) worth(r *StrategyResult, values bool) string {
	net := r.Case.NetPerYear
	yearly := fmt.Sprintf("%s a year", model.Dollars(net.Mean))
	if !values {
		return fmt.Sprintf("%s (%s)", yearly, dollarInterval(net))
	}
	build := "with nothing to build"
	if r.Case.OneTime != 0 {
		build = fmt.Sprintf("after %s to build", r.Case.OneTime)
	}
	business := c.Scenario.Business
	present := func(net float64) float64 {
		return cost.NetPresentValue(r.Case.OneTime.USD(), net, business.DiscountRate,
			business.HorizonYears)
	}
	value := model.Estimate{Mean: present(net.Mean), Low: present(net.Low), High: present(net.High)}
	return fmt.Sprintf("%s over %d years at %s %% (%s): %s %s", model.Dollars(value.Mean),
		business.HorizonYears, cost.Figures(100*business.DiscountRate), dollarInterval(value), yearly,
		build)
}

// lead says how far the recommended strategy is ahead of the next best one, over the same outages:
// the difference of the two is far better known than either. It is in what decides between them,
// dollars a year or, where values decide, dollars of net present value.
func (c *Comparison) lead(best, second *StrategyResult, values bool) string {
	business, unit := c.Scenario.Business, " a year"
	if values {
		unit = " of net present value"
	}
	ahead := c.ahead(best, second)
	if values {
		for i := range ahead {
			ahead[i] = cost.NetPresentValue((best.Case.OneTime - second.Case.OneTime).USD(), ahead[i],
				business.DiscountRate, business.HorizonYears)
		}
	}
	difference := cost.EstimateOf(ahead)
	text := fmt.Sprintf("; it is ahead of %s by %s%s (%s)", second.Kind,
		model.Dollars(difference.Mean), unit, dollarInterval(difference))
	if difference.Low <= 0 {
		text += ": too little to tell the two apart with these trials"
	}
	return text
}

// ahead is how much more the first strategy is worth than the second in each trial, in USD a year.
func (c *Comparison) ahead(first, second *StrategyResult) []float64 {
	extra := (second.Case.Extra - first.Case.Extra).USD()
	ahead := minus(c.TrialLosses(second), c.TrialLosses(first))
	for i := range ahead {
		ahead[i] += extra
	}
	return ahead
}

// pair fills in how every strategy differs from each other one.
func (c *Comparison) pair() {
	down, losses := make([][]float64, len(c.Strategies)), make([][]float64, len(c.Strategies))
	for i := range c.Strategies {
		r := &c.Strategies[i]
		down[i], losses[i] = downHours(r.Outcome), c.TrialLosses(r)
	}
	for i := range c.Strategies {
		r := &c.Strategies[i]
		if r.Excuse != "" {
			continue
		}
		r.Versus = map[model.StrategyKind]*Difference{}
		for j := range c.Strategies {
			other := &c.Strategies[j]
			if i == j || other.Excuse != "" {
				continue
			}
			d := &Difference{
				DownHours: cost.EstimateOf(minus(down[i], down[j])),
				Loss:      cost.EstimateOf(minus(losses[i], losses[j])),
				Priced:    r.Case.Priced && other.Case.Priced,
			}
			if d.Priced {
				extra := (other.Case.Extra - r.Case.Extra).USD()
				d.Net = model.Estimate{
					Mean: extra - d.Loss.Mean, Low: extra - d.Loss.High, High: extra - d.Loss.Low,
				}
				once := (r.Case.OneTime - other.Case.OneTime).USD()
				d.NPV = cost.WorthToday(c.Scenario.Business, once, d.Net)
			}
			r.Versus[other.Kind] = d
		}
		r.VersusBaseline, r.VersusRecommended = r.Versus[model.SingleRegion], r.Versus[c.Recommended]
	}
}

// minus is what is left of each figure less another.
func minus(figures, others []float64) []float64 {
	left := make([]float64, len(figures))
	for i := range left {
		left[i] = figures[i] - others[i]
	}
	return left
}

// quiet says that nothing failed, where that is so: what was compared is then the bill alone.
func (c *Comparison) quiet() string {
	for i := range c.Strategies {
		if r := &c.Strategies[i]; r.Incidents > 0 || r.LostHours.Mean > 0 {
			return ""
		}
	}
	switch {
	case len(c.Scenario.Hazards) > 0:
	case c.Scenario.Plays():
		return "; the faults of the timeline take nothing from any strategy, so that costs alone are " +
			"compared"
	default:
		return "; the scenario states no hazard, so that nothing ever fails and costs alone are compared"
	}
	return "; nothing failed in any trial, so that costs alone were compared: simulate more years"
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
