package main

import (
	"fmt"
	"strconv"
	"strings"

	"redoubt"
	"redoubt/cost"
	"redoubt/levers"
	"redoubt/model"
)

// comparisonView shows a comparison.
type comparisonView struct {
	*redoubt.Comparison
	// asked is the scenario as the caller named it. chosen are the strategies that
	// the caller chose, none if that was left to the scenario.
	asked  source
	chosen []model.StrategyKind
	// pair are the two that are to be shown beside each other, none if nobody asked.
	pair []model.StrategyKind
	// sensitivity is what the answer to which of them hangs on, nil if nobody asked.
	sensitivity *levers.Sensitivity
	// partial says that the comparison was interrupted.
	partial bool
}

func (v comparisonView) document() *document {
	d := &document{}
	d.heading("%s", title(v.Scenario))
	if v.partial {
		d.paragraph("INTERRUPTED: what follows rests on %s of each strategy that was reached.",
			plural(v.Trials, "trial"))
	}
	d.paragraph("%s", v.recommendation())
	d.paragraph("%s", v.happens())
	d.table(v.reliability())
	if v.hasIncidents() {
		d.paragraph("How well RTO and RPO are known: what covers each with 95 %% confidence, by the " +
			"ranks of the incidents and of the losses of writes, with no upper end where these are too " +
			"few.")
		d.table(v.quantiles())
	}
	d.paragraph("What it loses: acknowledged writes that nobody holds any more, writes that met in " +
		"two regions, and what these and the rest cost.")
	d.table(v.losses())
	if v.hasIncidents() {
		d.paragraph("What one incident costs, with what its trouble loses before and after the service " +
			"is down, and what is lost beside incidents. Standby is how long regions that are paid for " +
			"serve nothing, and waste the part of the cost that their capacity is in that time.")
		d.table(v.incidents())
	}
	d.paragraph("What it is worth, against a single region that is sized for all the traffic.")
	d.table(v.worth())
	if open := v.unverified(); open != "" {
		d.paragraph("%s", open)
	}
	d.paragraph("Breakeven is by hours alone: the outage hours a year at which lost sales and " +
		"reputation pay for what a strategy costs more, given the share of the lost sales that it " +
		"avoids. It leaves out lost writes, conflicts and the people of an incident, which the loss " +
		"and the net benefit count; it is never where, with them counted, nothing is avoided.")
	v.excuses(d)
	v.objectives(d)
	v.latency(d)
	v.paired(d)
	v.sideBySide(d)
	v.reasons(d)
	if len(v.Inversions) > 0 {
		d.heading("Where a richer strategy does not do better, or does not cost more")
		d.list(v.Inversions...)
	}
	if len(v.Findings) > 0 {
		d.heading("Remarks on the scenario")
		d.list(v.Findings...)
	}
	d.heading("How this was found")
	d.paragraph("%s", v.method())
	d.command("%s", v.repeat())
	return d
}

// happens says what being down means, and what fails where no hazard says it.
func (v comparisonView) happens() string {
	text := fmt.Sprintf("What happens. The service is down while under %s %% of the requests, "+
		"or no write, is served.", percent(v.Scenario.Traffic.DownBelow, 0))
	switch {
	case len(v.Scenario.Hazards) > 0:
	case v.Scenario.Plays():
		text += " The scenario states no hazard: every trial plays the faults of its timeline, once in " +
			"all of its years, which says nothing about how often they come."
	default:
		text += " The scenario states no hazard: nothing ever fails here, which says nothing about " +
			"how often the real estate does."
	}
	return text
}

// repeat is the command that gives these figures again, with every flag that changes them.
func (v comparisonView) repeat() string {
	text := "redoubt compare " + v.asked.words()
	kinds, reached := v.chosen, []model.StrategyKind(nil)
	for i := range v.Strategies {
		if r := &v.Strategies[i]; !r.Skipped {
			reached = append(reached, r.Kind)
		}
	}
	if len(reached) < len(v.Strategies) { // What was not reached has no figures to give again.
		kinds = reached
	}
	if len(kinds) > 0 {
		text += " --strategies " + kindWords(kinds)
	}
	if v.sides() != nil { // Nor has a pair of which one was not reached.
		text += " --pair " + kindWords(v.pair)
	}
	if v.sensitivity != nil {
		text += " --sensitivity"
	}
	return fmt.Sprintf("%s --trials %d --years %d --seed %d", text, v.Trials, v.Years, v.Seed)
}

func kindWords(kinds []model.StrategyKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = kind.String()
	}
	return strings.Join(names, ",")
}

// reliability has what each strategy does.
func (v comparisonView) reliability() *table {
	t := newTable("<strategy", "availability\n%", "<95 % interval\nlow .. high", "down\nh/yr",
		"<95 % interval\nlow .. high", "RTO\np50", "RTO\np95", "RPO\np95", "failovers\n/yr")
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse != "" {
			t.row(r.Kind.String(), none, none, none, none, none, none, none, none)
			continue
		}
		const hourDecimals = 3 // A thousandth of an hour is 3.6 s: finer than any RTO here.
		share := func(x float64) string { return percent(x, 4) }
		hours := func(x float64) string { return strconv.FormatFloat(x, 'f', hourDecimals, 64) }
		o := &r.Outcome
		t.row(r.Kind.String(),
			share(r.Availability.Mean), interval(r.Availability, share),
			hours(r.DownHours.Mean), interval(r.DownHours, hours),
			quantile(o.RTO.P50, o.RTO), quantile(o.RTO.P95, o.RTO), quantile(o.RPO.P95, o.RPO),
			strconv.FormatFloat(r.Failovers, 'f', 2, 64))
	}
	return t
}

// quantiles has what covers the quantiles of the times.
func (v comparisonView) quantiles() *table {
	t := newTable("<strategy", "incidents", "<RTO p50\nlow .. high", "<RTO p95\nlow .. high",
		"losses", "<RPO p95\nlow .. high")
	for i := range v.Strategies {
		r := &v.Strategies[i]
		o := &r.Outcome
		if r.Excuse != "" {
			t.row(r.Kind.String(), none, none, none, none, none)
			continue
		}
		t.row(r.Kind.String(), strconv.FormatInt(o.RTO.Count, 10), spanText(o.RTO.P50Within, o.RTO),
			spanText(o.RTO.P95Within, o.RTO), strconv.FormatInt(o.RPO.Count, 10),
			spanText(o.RPO.P95Within, o.RPO))
	}
	return t
}

// spanText writes what covers a quantile, or that there is nothing to take one of.
func spanText(i model.Interval, of model.Quantiles) string {
	switch {
	case of.Count == 0:
		return none
	case i.High == model.Unbounded:
		return "from " + length(i.Low)
	}
	return length(i.Low) + " .. " + length(i.High)
}

// interval writes what covers the mean with 95 % confidence; a single trial has no such thing.
func interval(e model.Estimate, write func(float64) string) string {
	if !cost.HasInterval(e) {
		return "n/a (1 trial)"
	}
	return write(e.Low) + " .. " + write(e.High)
}

// excuses says why a strategy has no row of numbers.
func (v comparisonView) excuses(d *document) {
	var items []string
	for i := range v.Strategies {
		switch r := &v.Strategies[i]; {
		case r.Skipped:
			items = append(items, r.Kind.String()+" was not simulated: "+r.Excuse)
		case r.Excuse != "":
			items = append(items, r.Kind.String()+" cannot be built here: "+r.Excuse)
		}
	}
	d.list(items...)
}

// objectives has how often each objective was reached, with a mark where that is too seldom.
func (v comparisonView) objectives(d *document) {
	if len(v.Scenario.Objectives) == 0 {
		return
	}
	headers := []string{"<strategy"}
	for _, objective := range v.Scenario.Objectives {
		headers = append(headers, strings.Replace(target(objective), " ", "\n", 1),
			"<95 % interval\nlow .. high")
	}
	t := newTable(headers...)
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse != "" {
			continue
		}
		cells := []string{r.Kind.String()}
		for _, o := range r.Objectives {
			cells = append(cells, reached(o)...)
		}
		t.row(cells...)
	}
	d.heading("How often the objectives are reached")
	d.table(t)
	d.paragraph("RTO and RPO count incidents, availability counts trials; an objective is met where "+
		"the share is at least %s %%.", percent(redoubt.RequiredProbability, 0))
}

// reached gives how often a strategy reached an objective, and the interval of that. Where nothing
// happened that could have missed it, there is nothing to give.
func reached(o redoubt.ObjectiveResult) []string {
	if o.Count == 0 {
		return []string{none, "no incident to judge by"}
	}
	mark := "missed"
	if o.Met {
		mark = "met"
	}
	share := func(x float64) string { return percent(x, 1) }
	return []string{
		percent(o.Probability, 1) + " %",
		interval(model.Estimate{Low: o.Low, High: o.High}, share) + " " + mark,
	}
}

// target words an objective.
func target(o model.Objective) string {
	text := ""
	switch o.Metric {
	case model.MetricRTO, model.MetricRPO:
		text = strings.ToUpper(o.Metric.String()) + " <= " + length(secondsLong(o.Seconds))
	case model.MetricAvailability:
		text = "availability >= " + trimZeros(percent(o.Share, 6)) + " %"
	}
	if o.Required {
		text += " (required)"
	}
	return text
}

// recommendation is the answer, which comes before all that it rests on.
func (v comparisonView) recommendation() string {
	name := "none"
	if v.Recommended != 0 {
		name = v.Recommended.String()
	}
	return fmt.Sprintf("Recommended: %s. %s.", name, capital(v.Why))
}

// reasons gives the sentences behind each verdict.
func (v comparisonView) reasons(d *document) {
	var items []string
	for i := range v.Strategies {
		r := &v.Strategies[i]
		if r.Excuse == "" && len(r.Case.Reasons) > 0 {
			items = append(items, fmt.Sprintf("%s, %s: %s", r.Kind, r.Case.Verdict,
				strings.Join(r.Case.Reasons, "; ")))
		}
	}
	if len(items) > 0 {
		d.heading("Why each verdict")
	}
	d.list(items...)
}

// method says how the figures came about, and the comparison that the verdicts do not rest on.
func (v comparisonView) method() string {
	text := v.precise() + fmt.Sprintf("%s of %s each, seed %d; trial i of every strategy has the "+
		"same outages, and every failover was decided by the failover policy. ",
		plural(v.Trials, "trial"), years(v.Years), v.Seed)
	if v.Trials > 1 {
		text += "The intervals say how well these trials know the means for the inputs as they are " +
			"given. How well the inputs are known, above all the rates of the hazards, is not in them."
	} else {
		text += "One trial says what can happen, not how often: it has no intervals."
	}
	unscaled := cost.Unscaled(v.Scenario).Total()
	scaled := cost.Itemise(v.Scenario, model.SingleRegion).Total()
	if scaled > 0 && unscaled != scaled {
		billed := cost.AsBilled(v.Scenario).Total()
		text += fmt.Sprintf(" The single region costs %s a year because it is sized for all the "+
			"traffic. Unscaled, as %s is billed for its own share, it would be %s, and the estate as "+
			"billed (%s) %s times that.",
			scaled, regionName(v.Scenario, v.Scenario.Primary()), unscaled, billed,
			figures(billed.USD()/unscaled.USD(), 3))
	}
	return text
}

func years(count int) string {
	if count == 1 {
		return "one year"
	}
	return strconv.Itoa(count) + " years"
}

// count writes an expected number of things.
func count(x float64) string {
	if x >= 100 {
		return grouped(x)
	}
	return figures(x, 2)
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
