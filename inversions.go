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

// inversions compares each strategy with every simpler one that was simulated. The expected order
// is that the richer one is down less and costs more; where it is not, what was measured says why.
// The simpler ones that the same causes put ahead share a sentence.
func inversions(s *model.Scenario, results []StrategyResult) []string {
	var found []string
	var simpler []*StrategyResult
	for i := range results {
		richer := &results[i]
		if richer.Excuse != "" {
			continue
		}
		found = append(found, downInversions(simpler, richer)...)
		found = append(found, costInversions(s, simpler, richer)...)
		simpler = append(simpler, richer)
	}
	return found
}

// downInversions has a sentence for each set of causes for which the richer strategy was down
// longer than some simpler ones, over the same outages.
func downInversions(simpler []*StrategyResult, richer *StrategyResult) []string {
	var groups [][]downPair
	for _, other := range simpler {
		pair, inverted := comparePair(other, richer)
		if !inverted {
			continue
		}
		i := slices.IndexFunc(groups, func(group []downPair) bool { return group[0].alike(&pair) })
		if i < 0 {
			i, groups = len(groups), append(groups, nil)
		}
		groups[i] = append(groups[i], pair)
	}
	var texts []string
	for _, group := range groups {
		texts = append(texts, downText(group, richer))
	}
	return texts
}

// downPair is a simpler strategy that was down less than a richer one, and why.
type downPair struct {
	simpler *StrategyResult
	// more is in hours a year.
	more model.Estimate
	// causes are those of which these trials can tell that the richer strategy has more, by how
	// much. Where they cannot tell that it is down longer at all there are none.
	causes []downCause
	// phases are those of a failover that take the richer one longer.
	phases [model.PhaseCount]bool
	// rest is what the causes leave unexplained.
	rest float64
}

// downCause is one cause of downtime of which the richer strategy has more.
type downCause struct {
	cause model.DownCause
	// more is in hours a year.
	more float64
}

// comparePair explains a difference by the causes that the simulator gave to each stretch of
// downtime. They sum to all of it, so that what is left over by those that these trials can tell
// from nothing is unexplained. It reports whether there is a difference the wrong way round.
func comparePair(simpler, richer *StrategyResult) (pair downPair, inverted bool) {
	pair = downPair{simpler: simpler, more: pairedDown(simpler, richer, downOf)}
	if pair.unclear() {
		return pair, pair.more.Mean > 0
	}
	pair.rest = pair.more.Mean
	for cause := range model.DownCauseCount {
		more := pairedDown(simpler, richer, func(t *model.Trial) time.Duration {
			return t.DownBy[cause]
		})
		if more.Low > 0 {
			pair.causes = append(pair.causes, downCause{cause, more.Mean})
			pair.rest -= more.Mean
		}
	}
	if pair.has(model.DownFailover) {
		for phase := range model.PhaseCount {
			before, after := simpler.Outcome.PhaseMean[phase], richer.Outcome.PhaseMean[phase]
			pair.phases[phase] = after >= before+time.Second
		}
	}
	return pair, true
}

// unclear reports that these trials cannot tell the two apart.
func (p *downPair) unclear() bool { return p.more.Low <= 0 }

// unexplained reports that the causes leave something over.
func (p *downPair) unexplained() bool {
	const rounding = 1e-9 // Hours; what is left of sums of nanoseconds.
	return p.rest > rounding
}

func (p *downPair) has(cause model.DownCause) bool {
	return slices.ContainsFunc(p.causes, func(c downCause) bool { return c.cause == cause })
}

// alike reports whether two pairs are explained by the same.
func (p *downPair) alike(q *downPair) bool {
	sameCause := func(x, y downCause) bool { return x.cause == y.cause }
	return p.unclear() == q.unclear() && slices.EqualFunc(p.causes, q.causes, sameCause) &&
		p.phases == q.phases && p.unexplained() == q.unexplained()
}

// downText puts pairs with the same causes into a sentence.
func downText(group []downPair, richer *StrategyResult) string {
	first := &group[0]
	text := fmt.Sprintf("%s is down %s a year more than %s (95 %% interval %s to %s)", richer.Kind,
		hours(first.more.Mean), first.simpler.Kind, hours(first.more.Low), hours(first.more.High))
	if len(group) > 1 {
		text = fmt.Sprintf("%s is down more than %s", richer.Kind, listed(each(group,
			func(p *downPair) string {
				return fmt.Sprintf("%s (by %s a year, 95 %% interval %s to %s)", p.simpler.Kind,
					hours(p.more.Mean), hours(p.more.Low), hours(p.more.High))
			})))
	}
	if first.unclear() {
		return text + ": too little to tell apart with these trials"
	}
	return text + ": " + strings.Join(downCauses(group, richer), "; ")
}

// each writes something of every pair.
func each(group []downPair, write func(*downPair) string) []string {
	texts := make([]string, len(group))
	for i := range group {
		texts[i] = write(&group[i])
	}
	return texts
}

// together lists what stands for several strategies in their order, or once where all have the
// same.
func together(texts []string) string {
	if len(slices.Compact(slices.Clone(texts))) == 1 {
		return texts[0]
	}
	return listed(texts)
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

// downCauses words the causes that the pairs have in common, the largest for the first of them in
// front, and what they leave unexplained.
func downCauses(group []downPair, richer *StrategyResult) []string {
	causes := slices.Clone(group[0].causes)
	slices.SortStableFunc(causes, func(x, y downCause) int { return cmp.Compare(y.more, x.more) })
	var texts []string
	for _, c := range causes {
		texts = append(texts, causeText(c.cause, group, richer))
	}
	switch {
	case len(causes) == 0:
		texts = append(texts, "unexplained: these trials cannot tell any one cause from nothing")
	case group[0].unexplained():
		rests := each(group, func(p *downPair) string { return hours(p.rest) })
		texts = append(texts, together(rests)+" of it are unexplained: these trials cannot tell the "+
			"other causes from nothing")
	}
	return texts
}

// causeText says how much more of a cause the richer strategy has, and how often.
func causeText(cause model.DownCause, group []downPair, richer *StrategyResult) string {
	text := fmt.Sprintf("%s (%s a year against %s, %s times a year against %s)", cause,
		hours(richer.downBy(cause)),
		together(each(group, func(p *downPair) string { return hours(p.simpler.downBy(cause)) })),
		often(richer.stretches(cause)),
		together(each(group, func(p *downPair) string { return often(p.simpler.stretches(cause)) })))
	if cause != model.DownFailover {
		return text
	}
	for phase, longer := range group[0].phases {
		if longer {
			text += fmt.Sprintf(", of which %s takes %s on average against %s", phaseWords[phase],
				richer.Outcome.PhaseMean[phase].Round(time.Second),
				together(each(group, func(p *downPair) string {
					return p.simpler.Outcome.PhaseMean[phase].Round(time.Second).String()
				})))
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
	model.Before:  "what was not acted upon",
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
