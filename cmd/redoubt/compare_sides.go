package main

import (
	"slices"
	"strconv"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/chart"
	"redoubt/units"
)

// sides are the two strategies that were asked for beside each other, in that order; none if no one
// asked.
func (f *compareFlags) sides(
	s *model.Scenario, compared []model.StrategyKind,
) (pair []model.StrategyKind, err error) {
	if f.sensitivity && len(f.pair.values) == 0 {
		return nil, misused("name two with --pair", "--sensitivity says nothing without --pair")
	}
	for _, word := range f.pair.values {
		kind, _ := model.ParseStrategy(word)
		pair = append(pair, kind)
		if excuse := s.Excuse(kind); excuse != "" {
			return nil, misused("", "%s cannot be built in %s: %s", kind, s.Name, excuse)
		}
		is := kind == model.SingleRegion
		for _, one := range compared {
			is = is || one == kind
		}
		if !is {
			return nil, misused("add it to --strategies", "--pair %s is not compared", kind)
		}
	}
	if len(pair) != 0 && (len(pair) != 2 || pair[0] == pair[1]) {
		return nil, misused("write it as --pair warm-standby,active-active",
			"--pair takes two strategies, not %q", f.pair)
	}
	return pair, nil
}

// sides are the results of the two that were asked for beside each other; none where that is not
// known of both.
func (v comparisonView) sides() (sides []*redoubt.StrategyResult) {
	for _, kind := range v.pair {
		for i := range v.Strategies {
			if r := &v.Strategies[i]; r.Kind == kind && r.Excuse == "" {
				sides = append(sides, r)
			}
		}
	}
	if len(sides) != 2 {
		return nil
	}
	return sides
}

// sideBySide tells of two strategies which has the better figures, what they cost and lose, how the
// loss is distributed, and what has been paid by when.
func (v comparisonView) sideBySide(d *document) {
	sides := v.sides()
	if sides == nil {
		return
	}
	one, other := sides[0], sides[1]
	d.heading("%s beside %s", one.Kind, other.Kind)
	d.table(contrasted(sides))
	d.table(v.bills(sides))
	d.table(lostBeside(sides))
	if one.Case.Priced && other.Case.Priced {
		d.paragraph("Cost and loss, added up: %s.", v.meeting(sides))
		d.table(v.addedUp(sides))
	}
	if most := max(largest(v.TrialLosses(one)), largest(v.TrialLosses(other))); most > 0 {
		const mostBins = 20 // There are no more rows than that, and one.
		d.paragraph("How many trials lost how much a year, in the mean of their years, by the rule of " +
			"Freedman and Diaconis:")
		d.table(v.distribution(one, most/mostBins))
		d.table(v.distribution(other, most/mostBins))
	}
	v.hangsOn(d)
}

// contrasted has which of two has the better figure, and by how much.
func contrasted(sides []*redoubt.StrategyResult) *table {
	t := newTable("<figure", sides[0].Kind.String(), sides[1].Kind.String(), "<better", "<by")
	for _, line := range contrast.Lines([2]*redoubt.StrategyResult(sides)) {
		better, d := none, line.Difference(sides[0], sides[1])
		if d.Better != 0 {
			better = sides[d.Better-1].Kind.String()
		}
		t.row(line.Label, line.Write(sides[0]), line.Write(sides[1]), better, d.Text)
	}
	return t
}

// bills has what is paid for each category.
func (v comparisonView) bills(sides []*redoubt.StrategyResult) *table {
	t := newTable("<cost a year", sides[0].Kind.String(), sides[1].Kind.String(), "more")
	one, other := cost.Itemise(v.Scenario, sides[0].Kind), cost.Itemise(v.Scenario, sides[1].Kind)
	row := func(name string, a, b model.Money) {
		t.row(name, wholeDollars(a), wholeDollars(b), wholeDollars(b-a))
	}
	for category := range model.CategoryCount {
		if a, b := one.InCategory(category), other.InCategory(category); a != 0 || b != 0 {
			row(category.String(), a, b)
		}
	}
	t.rule()
	row("total", one.Total(), other.Total())
	row("of it unverified", one.Unverified(), other.Unverified())
	return t
}

// lostBeside has what is lost by what it is of, and what comes of both.
func lostBeside(sides []*redoubt.StrategyResult) *table {
	t := newTable("<lost a year", sides[0].Kind.String(), sides[1].Kind.String())
	row := func(name string, of func(c *cost.Case) string) {
		t.row(name, of(&sides[0].Case), of(&sides[1].Case))
	}
	for _, line := range lossLines() {
		row(line.name, func(c *cost.Case) string {
			return wholeDollars(line.of(&c.LossLines))
		})
	}
	t.rule()
	row("total", func(c *cost.Case) string { return usdWhole(c.LossPerYear.Mean) })
	t.rule()
	priced := func(of func(c *cost.Case) string) func(c *cost.Case) string {
		return func(c *cost.Case) string {
			if !c.Priced || c.Kind == model.SingleRegion {
				return none
			}
			return of(c)
		}
	}
	row("extra cost", priced(func(c *cost.Case) string { return wholeDollars(c.Extra) }))
	row("avoided loss", func(c *cost.Case) string { return usdWhole(c.AvoidedPerYear.Mean) })
	row("net benefit", priced(func(c *cost.Case) string { return usdWhole(c.NetPerYear.Mean) }))
	row("breakeven revenue", priced(func(c *cost.Case) string {
		return usdMillions(c.BreakevenRevenue)
	}))
	row("  95 % interval", priced(func(c *cost.Case) string {
		return contrast.Flip(c, usdMillions, " .. ")
	}))
	row("breakeven h/yr", priced(func(c *cost.Case) string { return hours(c.BreakevenHours) }))
	return t
}

// meeting says which of two is cheaper, and from when on.
func (v comparisonView) meeting(sides []*redoubt.StrategyResult) string {
	horizon := v.Scenario.Business.HorizonYears
	kind, from := redoubt.Cheaper(sides[0], sides[1], float64(horizon))
	switch {
	case kind == 0:
		return "they cost the same"
	case from == 0:
		return kind.String() + " is cheaper throughout " + years(horizon)
	}
	return "from " + units.Years(from) + " on " + kind.String() + " is cheaper"
}

// addedUp has what has been paid and lost after each year.
func (v comparisonView) addedUp(sides []*redoubt.StrategyResult) *table {
	const within = "<95 % interval\nlow .. high"
	t := newTable("after\nyears", sides[0].Kind.String(), within, sides[1].Kind.String(), within)
	for year := range v.Scenario.Business.HorizonYears + 1 {
		cells := []string{strconv.Itoa(year)}
		for _, r := range sides {
			e := spentBy(r, year)
			cells = append(cells, usdWhole(e.Mean), interval(e, usdWhole))
		}
		t.row(cells...)
	}
	return t
}

// spentBy is what has been paid and lost after so many years.
func spentBy(r *redoubt.StrategyResult, years int) model.Estimate {
	loss, after := r.Case.LossPerYear, float64(years)
	return model.Estimate{
		Mean: r.SpentBy(after, loss.Mean), Low: r.SpentBy(after, loss.Low),
		High: r.SpentBy(after, loss.High),
	}
}

func largest(values []float64) (most float64) {
	for _, x := range values {
		most = max(most, x)
	}
	return most
}

// distribution counts the trials of a strategy that lost so much, in the bins that the terminal
// draws them in, each at least so wide.
func (v comparisonView) distribution(r *redoubt.StrategyResult, least float64) *table {
	losses := v.TrialLosses(r)
	bins := chart.BinsOf(losses, contrast.LossStep(r, v.Years), least)
	counts := map[int]int{}
	for _, loss := range losses {
		counts[bins.Of(loss)]++
	}
	t := newTable("from", "up to", r.Kind.String())
	for bin := bins.Of(slices.Min(losses)); bin <= bins.Of(slices.Max(losses)); bin++ {
		from := bins.From + bins.Width*float64(bin)
		t.row(usdWhole(max(from, 0)), usdWhole(from+bins.Width), strconv.Itoa(counts[bin]))
	}
	return t
}

// pairData is two strategies beside each other; left out unless it was asked for.
type pairData struct {
	Sides       []sideData       `json:"sides"`
	Differences []differenceData `json:"differences"`
	// Cheaper is null where they cost the same, and where one has no price.
	Cheaper     *cheaperData     `json:"cheaper"`
	Sensitivity *sensitivityData `json:"sensitivity,omitempty"`
}

// cheaperData is which one has cost and lost less in the end, and from when on: 0 is throughout.
type cheaperData struct {
	Name string `json:"name"`
	From number `json:"from_years"`
}

// sideData is one of two strategies. AddedUp begins with what has been paid at once.
type sideData struct {
	Name    string     `json:"name"`
	Bill    []lineData `json:"bill"`
	Losses  []number   `json:"trial_losses_per_year_usd"`
	AddedUp []estimate `json:"cost_and_loss_after_years_usd"`
}

// differenceData is which of two has the better figure: Better is its name, and By by how much, in
// the unit that the figure's name has. Both are null where neither is known to have it, and By also
// where the other one never comes about. Text says it as people read it.
type differenceData struct {
	Figure string  `json:"figure"`
	Better *string `json:"better"`
	By     number  `json:"by"`
	Text   string  `json:"text"`
}

// differencesOf are those of two.
func differencesOf(sides []*redoubt.StrategyResult) (all []differenceData) {
	for _, line := range contrast.Lines([2]*redoubt.StrategyResult(sides)) {
		d := line.Difference(sides[0], sides[1])
		data := differenceData{Figure: line.Key, By: number(d.By), Text: d.Text}
		if d.Better != 0 {
			name := sides[d.Better-1].Kind.String()
			data.Better = &name
		}
		all = append(all, data)
	}
	return all
}

// pairData is null unless two were asked for.
func (v comparisonView) pairData() *pairData {
	sides := v.sides()
	if sides == nil {
		return nil
	}
	data := &pairData{
		Differences: differencesOf(sides), Sensitivity: sensitivityOf(v.sensitivity),
	}
	horizon := v.Scenario.Business.HorizonYears
	for _, r := range sides {
		side := sideData{
			Name: r.Kind.String(), Bill: lineDataOf(v.Scenario, cost.Itemise(v.Scenario, r.Kind)),
			Losses: []number{}, AddedUp: []estimate{},
		}
		for _, loss := range v.TrialLosses(r) {
			side.Losses = append(side.Losses, number(loss))
		}
		for year := range horizon + 1 {
			if r.Case.Priced {
				side.AddedUp = append(side.AddedUp, estimated(spentBy(r, year)))
			}
		}
		data.Sides = append(data.Sides, side)
	}
	if sides[0].Case.Priced && sides[1].Case.Priced {
		if kind, from := redoubt.Cheaper(sides[0], sides[1], float64(horizon)); kind != 0 {
			data.Cheaper = &cheaperData{kind.String(), number(from)}
		}
	}
	return data
}
