package redoubt

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	difference := pairedDown(simpler, richer, downOf)
	if difference.Mean <= 0 {
		return ""
	}
	text := fmt.Sprintf("%s is down %s a year more than %s (95 %% interval %s to %s)", richer.Kind,
		hours(difference.Mean), simpler.Kind, hours(difference.Low), hours(difference.High))
	if difference.Low <= 0 {
		return text + ": too little to tell apart with these trials"
	}
	return text + ": " + strings.Join(downCauses(simpler, richer, difference.Mean), "; ")
}

// hours puts a number of hours into words with two or three digits that mean something.
func hours(h float64) string {
	switch size := math.Abs(h); {
	case size == 0:
		return "0 s"
	case size >= 1:
		return fmt.Sprintf("%.1f h", h)
	case size >= 1.0/60:
		return fmt.Sprintf("%.1f min", h*60)
	}
	return fmt.Sprintf("%.1f s", h*3600)
}

// pairedDown is how much more hours a year of some kind the second strategy has than the first,
// trial by trial.
func pairedDown(
	first, second *StrategyResult, of func(*model.Trial) time.Duration,
) model.Estimate {
	years := first.Outcome.Horizon.Hours() / model.HoursPerYear
	differences := make([]float64, len(first.Outcome.Trials))
	for i := range differences {
		more := of(&second.Outcome.Trials[i]) - of(&first.Outcome.Trials[i])
		differences[i] = more.Hours() / years
	}
	return cost.EstimateOf(differences)
}

func downOf(t *model.Trial) time.Duration { return t.Down }

// downCause is one cause of downtime of which the richer strategy has more.
type downCause struct {
	cause model.DownCause
	// more is in hours a year.
	more float64
}

// downCauses explains a difference in hours a year by the causes that the simulator gave to each
// stretch of downtime. They sum to all of it, so that what is left over by those that these trials
// can tell from nothing is unexplained, and is said to be.
func downCauses(simpler, richer *StrategyResult, difference float64) []string {
	var found []downCause
	rest := difference
	for cause := range model.DownCauseCount {
		more := pairedDown(simpler, richer, func(t *model.Trial) time.Duration {
			return t.DownBy[cause]
		})
		if more.Low > 0 {
			found = append(found, downCause{cause, more.Mean})
			rest -= more.Mean
		}
	}
	slices.SortStableFunc(found, func(x, y downCause) int { return cmp.Compare(y.more, x.more) })
	var texts []string
	for _, f := range found {
		texts = append(texts, f.text(simpler, richer))
	}
	const rounding = 1e-9 // Hours; what is left of sums of nanoseconds.
	switch {
	case len(found) == 0:
		texts = append(texts, "unexplained: these trials cannot tell any one cause from nothing")
	case rest > rounding:
		texts = append(texts, hours(rest)+" of it are unexplained: these trials cannot tell the other "+
			"causes from nothing")
	}
	return texts
}

// text says how much more of a cause the richer strategy has, and how often.
func (d downCause) text(simpler, richer *StrategyResult) string {
	text := fmt.Sprintf("%s (%s a year against %s, %s times a year against %s)", d.cause,
		hours(richer.downBy(d.cause)), hours(simpler.downBy(d.cause)),
		often(richer.stretches(d.cause)), often(simpler.stretches(d.cause)))
	if d.cause != model.DownFailover {
		return text
	}
	for phase := range model.PhaseCount {
		a, b := simpler.Outcome.PhaseMean[phase], richer.Outcome.PhaseMean[phase]
		if b >= a+time.Second {
			text += fmt.Sprintf(", of which %s takes %s on average against %s", phaseWords[phase],
				b.Round(time.Second), a.Round(time.Second))
		}
	}
	return text
}

// downBy is how many hours a year the strategy was down because of something.
func (r *StrategyResult) downBy(cause model.DownCause) float64 {
	return r.perYear(func(t *model.Trial) float64 { return t.DownBy[cause].Hours() })
}

// stretches is how often a year that happened.
func (r *StrategyResult) stretches(cause model.DownCause) float64 {
	return r.perYear(func(t *model.Trial) float64 { return float64(t.Stretches[cause]) })
}

func (r *StrategyResult) perYear(of func(*model.Trial) float64) float64 {
	sum := 0.0
	for i := range r.Outcome.Trials {
		sum += of(&r.Outcome.Trials[i])
	}
	years := r.Outcome.Horizon.Hours() / model.HoursPerYear
	return sum / (years * float64(len(r.Outcome.Trials)))
}

// often writes a number of times a year.
func often(perYear float64) string { return strconv.FormatFloat(perYear, 'g', 3, 64) }

var phaseWords = [model.PhaseCount]string{
	model.Detect:  "detection",
	model.Agree:   "agreement",
	model.Hold:    "the hold-down",
	model.Approve: "approval",
	model.Fence:   "the fence",
	model.Promote: "promotion",
	model.Scale:   "scaling out",
	model.Shift:   "shifting traffic, with survivors overloaded until they have scaled out,",
	model.Repair:  "repair",
}

// costInversion is empty unless the richer strategy costs less, and both have a price.
func costInversion(s *model.Scenario, simpler, richer *StrategyResult) string {
	saved := simpler.Case.CostPerYear - richer.Case.CostPerYear
	if saved <= 0 || !cost.Priced(s, simpler.Kind) || !cost.Priced(s, richer.Kind) {
		return ""
	}
	text := fmt.Sprintf("%s costs %s a year less than %s: ", richer.Kind, saved, simpler.Kind)
	if richer.Kind.ServesReads() && !simpler.Kind.ServesReads() {
		text += fmt.Sprintf("its regions share the load, where %s keeps %s sized for all of it and "+
			"more idle beside; ", simpler.Kind, s.Regions[s.Primary()].Name)
	}
	return text + strings.Join(cheaper(s, simpler.Kind, richer.Kind), ", ")
}

// cheaper lists the categories of the bill in which the richer strategy pays less, in the order of
// the categories.
func cheaper(s *model.Scenario, simpler, richer model.StrategyKind) []string {
	before, after := cost.Itemise(s, simpler), cost.Itemise(s, richer)
	var categories []string
	for c := range model.CategoryCount {
		if saved := before.InCategory(c) - after.InCategory(c); saved > 0 {
			categories = append(categories, fmt.Sprintf("%s less for %s", saved, c))
		}
	}
	if len(categories) == 0 {
		return []string{"unexplained: no category of its bill is smaller"}
	}
	return categories
}
