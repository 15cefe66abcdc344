package cost

import (
	"fmt"

	"redoubt/model"
)

// Judge returns the verdict on a strategy that costs `extra` more than the baseline and avoids
// `avoided` of its loss, both in USD a year, and a sentence with the numbers it rests on.
//
// Costs are what is paid more and what is lost more; benefits are what is paid less and what is
// lost less. AbortRatio times the benefit or more is Abort, more benefit than cost is Proceed, and
// what lies between is Reconsider, as is a strategy with neither.
func Judge(extra, avoided float64) (Verdict, string) {
	costs, benefit := sides(extra, avoided)
	verdict := Reconsider
	switch {
	case benefit > costs:
		verdict = Proceed
	case costs > 0 && costs >= AbortRatio*benefit:
		verdict = Abort
	}
	return verdict, explain(verdict, extra, avoided)
}

// sides sorts the two amounts into what a strategy takes and what it gives.
func sides(extra, avoided float64) (costs, benefit float64) {
	for _, gain := range [...]float64{-extra, avoided} {
		if gain > 0 {
			benefit += gain
		} else {
			costs -= gain
		}
	}
	return costs, benefit
}

func explain(verdict Verdict, extra, avoided float64) string {
	switch {
	case extra > 0 && avoided > 0 && verdict == Proceed:
		return fmt.Sprintf("avoids %s a year for %s, a net of %s (ROI %.0f %%)",
			usd(avoided), usd(extra), usd(avoided-extra), 100*(avoided-extra)/extra)
	case extra > 0 && avoided > 0:
		return fmt.Sprintf("costs %s times what it avoids (%s against %s a year); %s",
			multiple(extra/avoided), usd(extra), usd(avoided), rule(verdict))
	case extra > 0 && avoided == 0:
		return fmt.Sprintf("costs %s a year more and avoids nothing", usd(extra))
	case extra > 0:
		return fmt.Sprintf("costs %s a year more and loses %s a year more", usd(extra), usd(-avoided))
	case extra == 0 && avoided > 0:
		return fmt.Sprintf("avoids %s a year and costs nothing extra", usd(avoided))
	case extra == 0 && avoided == 0:
		return "costs nothing extra and avoids nothing"
	case extra == 0:
		return fmt.Sprintf("loses %s a year more and saves nothing", usd(-avoided))
	case avoided >= 0:
		return fmt.Sprintf("saves %s a year against the single region and avoids %s of loss",
			usd(-extra), usd(avoided))
	case verdict == Proceed:
		return fmt.Sprintf("saves %s a year and loses %s a year more, a net of %s",
			usd(-extra), usd(-avoided), usd(avoided-extra))
	}
	return fmt.Sprintf("loses %s times what it saves (%s against %s a year); %s",
		multiple(avoided/extra), usd(-avoided), usd(-extra), rule(verdict))
}

// rule says which part of the rule of AbortRatio applies.
func rule(verdict Verdict) string {
	if verdict == Abort {
		return fmt.Sprintf("%d or more means abort", AbortRatio)
	}
	return fmt.Sprintf("it pays below 1, and %d or more means abort", AbortRatio)
}

// Priced reports whether the scenario says anything about what a strategy costs: a bill, or a cost
// of its own. Without either, a verdict on money would rest on a price of zero that nobody stated.
func Priced(s *model.Scenario, kind model.StrategyKind) bool {
	strategy := overlay(s, kind)
	return len(s.Bill) > 0 || strategy.ExtraPerYear != 0 || strategy.OneTime != 0
}
