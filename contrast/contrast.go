package contrast

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/units"
)

const netKey = "net_benefit_per_year_usd"

// Line is one figure of a comparison: what `redoubt compare` gives of a strategy.
type Line struct {
	// Label names it for people, Key for machines: with its unit, but for a share.
	Label, Key string
	// value is the figure, NaN where there is none; within its interval, if it has one.
	value  func(r *redoubt.StrategyResult) float64
	within func(r *redoubt.StrategyResult) model.Estimate
	// sample is what a quantile is of, and notes what else stands beside the figure, the longest
	// first; each nil where there is no such thing.
	sample func(r *redoubt.StrategyResult) model.Quantiles
	notes  func(r *redoubt.StrategyResult) []string
	// write gives it, apart the difference between two; more says that more is better.
	write, apart func(float64) string
	more         bool
	// means says that it is worked out of means alone, so that nothing covers it or a difference.
	means bool
	// paired is the same difference trial by trial, where that is known.
	paired func(d *redoubt.Difference) (model.Estimate, bool)
}

// Lines are those of two strategies, the most important first: with what has to be paid once where
// one of them has anything to build. One that is not known is nil.
func Lines(sides [2]*redoubt.StrategyResult) []Line {
	for _, r := range sides {
		if r != nil && r.Case.OneTime != 0 {
			return append(yearly(), toBuild()...)
		}
	}
	return yearly()
}

// yearly are the lines that every comparison has.
func yearly() []Line {
	hours := func(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
	availability := func(r *redoubt.StrategyResult) model.Estimate { return r.Availability }
	down := func(r *redoubt.StrategyResult) model.Estimate { return r.DownHours }
	loss := func(r *redoubt.StrategyResult) model.Estimate { return r.Case.LossPerYear }
	net := func(r *redoubt.StrategyResult) model.Estimate { return r.Case.NetPerYear }
	downs := func(d *redoubt.Difference) (model.Estimate, bool) { return d.DownHours, true }
	losses := func(d *redoubt.Difference) (model.Estimate, bool) { return d.Loss, true }
	p50 := func(q model.Quantiles) (time.Duration, model.Interval) { return q.P50, q.P50Within }
	p95 := func(q model.Quantiles) (time.Duration, model.Interval) { return q.P95, q.P95Within }
	return []Line{
		{
			Label: "available %", Key: "availability", more: true, within: availability,
			write:  func(x float64) string { return units.Percent(x, 4) },
			apart:  func(x float64) string { return units.Percent(x, 4) + " points" },
			paired: downs, // It is what is left of the hours.
		},
		{
			Label: "down h/yr", Key: "downtime_hours_per_year", within: down, write: hours,
			apart:  func(x float64) string { return hours(x) + " h" },
			paired: downs,
		},
		quantileOf("RTO p50", "rto_p50_seconds", "incidents", rtos, p50),
		quantileOf("RTO p95", "rto_p95_seconds", "incidents", rtos, p95),
		quantileOf("RPO p95", "rpo_p95_seconds", "losses", rpos, p95),
		{
			Label: "cost/yr", Key: "cost_per_year_usd", value: price, write: money, apart: units.USD,
			notes: checked,
		},
		{
			Label: "loss/yr", Key: "loss_per_year_usd", within: loss, write: units.USD,
			apart: units.USD, paired: losses,
		},
		{
			Label: "net/yr", Key: netKey, more: true, within: net, value: gain,
			write: units.USD, apart: units.USD,
			paired: func(d *redoubt.Difference) (model.Estimate, bool) { return d.Net, d.Priced },
		},
		{
			Label: "breakeven h", Key: "breakeven_outage_hours_per_year", value: breakeven,
			write: Hours, apart: Hours, means: true,
			notes: func(*redoubt.StrategyResult) []string {
				return []string{"of means, no interval", "of means"}
			},
		},
	}
}

// toBuild are the lines of what has to be paid once.
func toBuild() []Line {
	return []Line{
		{
			Label: "to build", Key: "one_time_usd", write: money, apart: units.USD,
			value: func(r *redoubt.StrategyResult) float64 {
				if !r.Case.Priced {
					return math.NaN()
				}
				return r.Case.OneTime.USD()
			},
		},
		{
			Label: "NPV", Key: "npv_usd", more: true, write: units.USD, apart: units.USD,
			value: func(r *redoubt.StrategyResult) float64 {
				if math.IsNaN(gain(r)) {
					return math.NaN()
				}
				return r.Case.NPV
			},
			within: func(r *redoubt.StrategyResult) model.Estimate { return r.Case.NPVWithin },
			paired: func(d *redoubt.Difference) (model.Estimate, bool) { return d.NPV, d.Priced },
		},
	}
}

// Net is the line of the net benefit, which says which of two strategies is ahead.
func Net() Line {
	all := yearly()
	return all[slices.IndexFunc(all, func(l Line) bool { return l.Key == netKey })]
}

// Flip writes the revenues at which it is not certain whether a strategy pays, with what stands
// between their ends: units.None where more revenue is no help.
func Flip(c *cost.Case, write func(usd float64) string, to string) string {
	switch e := c.BreakevenWithin; {
	case math.IsNaN(e.Low):
		return units.None
	case cost.HasInterval(e):
		return write(e.Low) + to + write(e.High)
	case e.Low > 0:
		return "from " + write(e.Low)
	}
	return "any"
}

// Hours writes outage hours a year: more than a year has never come.
func Hours(hours float64) string {
	switch {
	case math.IsNaN(hours):
		return units.None
	case hours > model.HoursPerYear:
		return "never"
	}
	return cost.Hours(hours)
}

func rtos(r *redoubt.StrategyResult) model.Quantiles { return r.Outcome.RTO }

func rpos(r *redoubt.StrategyResult) model.Quantiles { return r.Outcome.RPO }

// quantileOf is the line of a quantile of a sample in seconds, NaN where that is empty: of so many
// incidents, or of losses of writes.
func quantileOf(
	label, key, of string, sample func(r *redoubt.StrategyResult) model.Quantiles,
	take func(q model.Quantiles) (time.Duration, model.Interval),
) Line {
	return Line{
		Label: label, Key: key, write: Span, apart: Span, sample: sample,
		within: func(r *redoubt.StrategyResult) model.Estimate {
			value, within := take(sample(r))
			switch {
			case sample(r).Count == 0:
				return model.Estimate{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
			case within.High == model.Unbounded:
				return model.Estimate{
					Mean: value.Seconds(), Low: within.Low.Seconds(), High: math.Inf(1),
				}
			}
			return model.Estimate{
				Mean: value.Seconds(), Low: within.Low.Seconds(), High: within.High.Seconds(),
			}
		},
		notes: func(r *redoubt.StrategyResult) []string {
			count := strconv.FormatInt(sample(r).Count, 10)
			return []string{"of " + count + " " + of, "of " + count, "n" + count}
		},
	}
}

// Unchecked is the mark of an amount that nobody checked.
const Unchecked = "*"

// checked says how much of a cost, which no trial changes, nobody checked.
func checked(r *redoubt.StrategyResult) []string {
	switch unverified := r.Case.Unverified; {
	case !r.Case.Priced:
		return nil
	case unverified > 0:
		return []string{units.USD(unverified.USD()) + " of it unverified", "unverified", Unchecked}
	}
	return []string{"as stated"}
}

func price(r *redoubt.StrategyResult) float64 {
	if !r.Case.Priced {
		return math.NaN()
	}
	return r.Case.CostPerYear.USD()
}

func gain(r *redoubt.StrategyResult) float64 {
	if !r.Case.Priced || r.Kind == model.SingleRegion {
		return math.NaN()
	}
	return r.Case.NetPerYear.Mean
}

func breakeven(r *redoubt.StrategyResult) float64 {
	if !r.Case.Priced || r.Kind == model.SingleRegion {
		return math.NaN()
	}
	return r.Case.BreakevenHours
}

// Span writes a time in seconds, units.None where it is NaN.
func Span(seconds float64) string {
	if math.IsNaN(seconds) {
		return units.None
	}
	return units.Length(units.Seconds(seconds))
}

func money(x float64) string {
	if math.IsNaN(x) {
		return units.Unpriced
	}
	return units.USD(x)
}

// Of is the figure of a strategy, in the unit of its key; NaN where it has none.
func (l *Line) Of(r *redoubt.StrategyResult) float64 {
	if l.value != nil {
		return l.value(r)
	}
	return l.within(r).Mean
}

// Write is the figure of a strategy as people read it.
func (l *Line) Write(r *redoubt.StrategyResult) string { return l.write(l.Of(r)) }

// Interval writes what covers the figure, "" where there is no such thing.
func (l *Line) Interval(r *redoubt.StrategyResult) string {
	if l.within == nil || math.IsNaN(l.Of(r)) {
		return ""
	}
	switch e := l.within(r); {
	case cost.HasInterval(e):
		return l.write(e.Low) + " .. " + l.write(e.High)
	case l.sample != nil && e.Low > 0:
		return "from " + l.write(e.Low)
	}
	return ""
}

// Beside is what can stand beside the figure, the longest first: what covers it, or what it rests
// on.
func (l *Line) Beside(r *redoubt.StrategyResult) (texts []string) {
	if text := l.Interval(r); text != "" {
		texts = append(texts, text, strings.ReplaceAll(text, " .. ", ".."))
	}
	if l.notes != nil && !math.IsNaN(l.Of(r)) {
		texts = append(texts, l.notes(r)...)
	}
	return texts
}

// LossStep is what one more incident adds to the mean loss of a trial's years, in USD: how far
// apart the losses of trials lie. It is 0 where no incident says so, and of nil.
func LossStep(r *redoubt.StrategyResult, years int) float64 {
	if r == nil || r.Case.Incidents.Count == 0 {
		return 0
	}
	return r.Case.Incidents.P50 / float64(years)
}

// Difference is which of two strategies has the better figure, and by how much.
type Difference struct {
	// Better is 1 where the first one has it, 2 where the second has, and 0 where neither is known to.
	Better int
	// By is how much better it is, in the unit of the line's key: NaN where Better is 0, and infinite
	// where the other one never comes about.
	By float64
	// Text says it as people read it, without the name of who is better.
	Text string
}

// Difference holds two strategies against each other: trial by trial, where they were compared so.
// Where the intervals meet, and nothing better is known, they are not told apart.
func (l *Line) Difference(a, b *redoubt.StrategyResult) Difference {
	x, y := l.Of(a), l.Of(b)
	neither := func(text string) Difference { return Difference{0, math.NaN(), text} }
	switch {
	case math.IsNaN(x) || math.IsNaN(y) || math.IsInf(x, 0) && math.IsInf(y, 0):
		return neither(units.None)
	case x == y:
		return neither("equal")
	}
	d := Difference{1, math.Abs(x - y), ""}
	if x < y == l.more {
		d.Better = 2
	}
	if math.IsInf(d.By, 0) {
		d.Text = "the other never"
		return d
	}
	if d.Text = l.apart(d.By); l.means {
		d.Text += " by means"
	}
	if paired, known := l.pairedBy(a, b); known {
		if !redoubt.Apart(paired) {
			return neither(notApart)
		}
		return d
	}
	if l.within != nil {
		one, other := l.within(a), l.within(b)
		meets := one.Low <= other.High && other.Low <= one.High
		if meets && (cost.HasInterval(one) || l.sample != nil) {
			return neither(notApart)
		}
	}
	return d
}

const notApart = "not told apart"

// pairedBy is the difference of two trial by trial, where a comparison has simulated both.
func (l *Line) pairedBy(a, b *redoubt.StrategyResult) (model.Estimate, bool) {
	d := a.Versus[b.Kind]
	if l.paired == nil || d == nil {
		return model.Estimate{}, false
	}
	return l.paired(d)
}
