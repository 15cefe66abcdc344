package redoubt

import (
	"fmt"
	"math"
	"strings"
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// inversions compares each strategy with the next richer one that was simulated. The expected order
// is that the richer one is down less and costs more; where it is not, what was measured says why.
func inversions(s *model.Scenario, results []StrategyResult) []string {
	var found []string
	var simpler *StrategyResult
	for i := range results {
		richer := &results[i]
		if richer.Excuse != "" {
			continue
		}
		if simpler != nil {
			if text := downInversion(simpler, richer); text != "" {
				found = append(found, text)
			}
			if text := costInversion(s, simpler, richer); text != "" {
				found = append(found, text)
			}
		}
		simpler = richer
	}
	return found
}

// downInversion is empty unless the richer strategy was down longer, over the same outages.
func downInversion(simpler, richer *StrategyResult) string {
	difference := pairedDown(simpler.Outcome, richer.Outcome)
	if difference.Mean <= 0 {
		return ""
	}
	text := fmt.Sprintf("%s is down %s a year more than %s (95 %% interval %s to %s)", richer.Kind,
		hours(difference.Mean), simpler.Kind, hours(difference.Low), hours(difference.High))
	if difference.Low <= 0 {
		return text + ": too little to tell apart with these trials"
	}
	if causes := downCauses(simpler, richer); len(causes) > 0 {
		return text + ": " + strings.Join(causes, "; ")
	}
	return text + ": none of withheld or false failovers, overload and exposure explains it"
}

// hours puts a number of hours into words with two or three digits that mean something.
func hours(h float64) string {
	switch size := math.Abs(h); {
	case size >= 1:
		return fmt.Sprintf("%.1f h", h)
	case size >= 1.0/60:
		return fmt.Sprintf("%.1f min", h*60)
	}
	return fmt.Sprintf("%.1f s", h*3600)
}

// pairedDown is how much longer in hours a year the second outcome is down than the first, trial by
// trial.
func pairedDown(first, second model.Outcome) model.Estimate {
	years := first.Horizon.Hours() / model.HoursPerYear
	differences := make([]float64, len(first.Trials))
	for i := range differences {
		differences[i] = (second.Trials[i].Down - first.Trials[i].Down).Hours() / years
	}
	return cost.EstimateOf(differences)
}

// downCauses lists what the richer strategy suffers more of.
func downCauses(simpler, richer *StrategyResult) []string {
	var causes []string
	more := func(name string, a, b float64) {
		if b > a*1.05+1e-4 {
			causes = append(causes, fmt.Sprintf("%s (%.3f a year against %.3f)", name, b, a))
		}
	}
	more("more failovers were withheld by a gate", simpler.Withheld, richer.Withheld)
	more("more failovers left a region that still served",
		simpler.FalseFailovers, richer.FalseFailovers)
	more("every region that serves is one whose loss is felt", simpler.Incidents, richer.Incidents)
	for _, phase := range []model.Phase{model.Promote, model.Scale, model.Shift, model.Approve} {
		a, b := simpler.Outcome.PhaseMean[phase], richer.Outcome.PhaseMean[phase]
		if b > a+30*time.Second {
			causes = append(causes, fmt.Sprintf("%s takes %s on average against %s",
				phaseWords[phase], b.Round(time.Second), a.Round(time.Second)))
		}
	}
	return causes
}

var phaseWords = [model.PhaseCount]string{
	model.Promote: "promotion",
	model.Scale:   "scaling out",
	model.Shift:   "shifting traffic, with survivors overloaded until they have scaled out,",
	model.Approve: "approval",
}

// costInversion is empty unless the richer strategy costs less.
func costInversion(s *model.Scenario, simpler, richer *StrategyResult) string {
	saved := simpler.Case.CostPerYear - richer.Case.CostPerYear
	if saved <= 0 {
		return ""
	}
	why := "its bill has less in the categories that differ"
	if richer.Kind.ServesReads() && !simpler.Kind.ServesReads() {
		why = fmt.Sprintf("its regions share the load, where %s keeps %s sized for all of it and "+
			"more idle beside", simpler.Kind, s.Regions[s.Primary()].Name)
	}
	return fmt.Sprintf("%s costs %s a year less than %s: %s", richer.Kind, saved, simpler.Kind, why)
}
