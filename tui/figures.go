package tui

import (
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/units"
)

// A figure is one line of a comparison. What it gives of a strategy is what `redoubt compare` does.
type figure struct {
	label string
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
	// paired is the same difference trial by trial, where that is known.
	paired func(d *redoubt.Difference) (model.Estimate, bool)
}

// figures are the lines of a comparison, the most important first.
func figures() []figure {
	hours := func(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
	availability := func(r *redoubt.StrategyResult) model.Estimate { return r.Availability }
	down := func(r *redoubt.StrategyResult) model.Estimate { return r.DownHours }
	loss := func(r *redoubt.StrategyResult) model.Estimate { return r.Case.LossPerYear }
	net := func(r *redoubt.StrategyResult) model.Estimate { return r.Case.NetPerYear }
	return []figure{
		{
			label: "available %", more: true, within: availability,
			write: func(x float64) string { return units.Percent(x, 4) },
			apart: func(x float64) string { return units.Percent(x, 4) + " points" },
		},
		{
			label: "down h/yr", within: down, write: hours,
			apart: func(x float64) string { return hours(x) + " h" },
			paired: func(d *redoubt.Difference) (model.Estimate, bool) {
				return d.DownHours, true
			},
		},
		quantileOf("RTO p50", rtos, func(q model.Quantiles) (time.Duration, model.Interval) {
			return q.P50, q.P50Within
		}),
		quantileOf("RTO p95", rtos, func(q model.Quantiles) (time.Duration, model.Interval) {
			return q.P95, q.P95Within
		}),
		quantileOf("RPO p95", rpos, func(q model.Quantiles) (time.Duration, model.Interval) {
			return q.P95, q.P95Within
		}),
		{label: "cost/yr", value: price, write: money, apart: units.USD, notes: checked},
		{label: "loss/yr", within: loss, write: units.USD, apart: units.USD},
		{
			label: "net/yr", more: true, within: net, value: gain, write: units.USD, apart: units.USD,
			paired: func(d *redoubt.Difference) (model.Estimate, bool) { return d.Net, d.Priced },
		},
		{label: "breakeven h", value: breakeven, write: hoursOrNever, apart: hoursOrNever},
	}
}

// buildFigures are those of what has to be paid once, where anything has.
func buildFigures() []figure {
	return []figure{
		{
			label: "to build", write: money, apart: units.USD,
			value: func(r *redoubt.StrategyResult) float64 {
				if !r.Case.Priced {
					return math.NaN()
				}
				return r.Case.OneTime.USD()
			},
		},
		{
			label: "NPV", more: true, write: units.USD, apart: units.USD,
			value: func(r *redoubt.StrategyResult) float64 {
				if math.IsNaN(gain(r)) {
					return math.NaN()
				}
				return r.Case.NPV
			},
		},
	}
}

// figures are those of the two sides.
func (a *App) figures() []figure {
	for _, kind := range a.pair {
		if r := a.result(kind); r != nil && r.Case.OneTime != 0 {
			return append(figures(), buildFigures()...)
		}
	}
	return figures()
}

func hoursOrNever(hours float64) string {
	switch {
	case math.IsNaN(hours):
		return units.None
	case math.IsInf(hours, 0):
		return "never"
	}
	return cost.Hours(hours)
}

func rtos(r *redoubt.StrategyResult) model.Quantiles { return r.Outcome.RTO }

func rpos(r *redoubt.StrategyResult) model.Quantiles { return r.Outcome.RPO }

// quantileOf is the line of a quantile of a sample in seconds, NaN where that is empty.
func quantileOf(
	label string, sample func(r *redoubt.StrategyResult) model.Quantiles,
	take func(q model.Quantiles) (time.Duration, model.Interval),
) figure {
	return figure{
		label: label, write: span, apart: span, sample: sample,
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
			return []string{"of " + count, "n" + count}
		},
	}
}

// checked says how much of a cost, which no trial changes, nobody checked.
func checked(r *redoubt.StrategyResult) []string {
	switch unverified := r.Case.Unverified; {
	case !r.Case.Priced:
		return nil
	case unverified > 0:
		return []string{units.USD(unverified.USD()) + " of it unverified", "unverified", "*"}
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

func span(seconds float64) string {
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

// of is the figure of a strategy.
func (f *figure) of(r *redoubt.StrategyResult) float64 {
	if f.value != nil {
		return f.value(r)
	}
	return f.within(r).Mean
}

// interval writes what covers the figure, "" where there is no such thing.
func (f *figure) interval(r *redoubt.StrategyResult) string {
	if f.within == nil || math.IsNaN(f.of(r)) {
		return ""
	}
	switch e := f.within(r); {
	case cost.HasInterval(e):
		return f.write(e.Low) + " .. " + f.write(e.High)
	case f.sample != nil && e.Low > 0:
		return "from " + f.write(e.Low)
	}
	return ""
}

// beside is what can stand beside the figure, the longest first: what covers it, or what it rests
// on.
func (f *figure) beside(r *redoubt.StrategyResult) (texts []string) {
	if text := f.interval(r); text != "" {
		texts = append(texts, text, strings.ReplaceAll(text, " .. ", ".."))
	}
	if f.notes != nil && !math.IsNaN(f.of(r)) {
		texts = append(texts, f.notes(r)...)
	}
	return texts
}

// difference says which of two has the better figure and by how much, with what covers that where
// the two were compared trial by trial. Where the intervals meet, and nothing better is known, it
// is not told apart.
func (f *figure) difference(a, b *redoubt.StrategyResult) (text string, wins int) {
	x, y := f.of(a), f.of(b)
	if math.IsNaN(x) || math.IsNaN(y) || math.IsInf(x, 0) && math.IsInf(y, 0) {
		return units.None, 0
	}
	if x == y {
		return "equal", 0
	}
	first := x < y != f.more
	wins = 1
	if !first {
		wins = 2
	}
	apart := f.apart(math.Abs(x - y))
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return "the other never", wins
	}
	if paired, known := f.pairedBy(a, b); known {
		if !redoubt.Apart(paired) {
			return "not told apart", 0
		}
		return apart, wins
	}
	if f.within != nil {
		one, other := f.within(a), f.within(b)
		meets := one.Low <= other.High && other.Low <= one.High
		if meets && (cost.HasInterval(one) || f.sample != nil) {
			return "not told apart", 0
		}
	}
	return apart, wins
}

// pairedBy is the difference of two trial by trial, which a comparison has of the one that is
// recommended and each other one.
func (f *figure) pairedBy(a, b *redoubt.StrategyResult) (model.Estimate, bool) {
	if f.paired == nil {
		return model.Estimate{}, false
	}
	for _, pair := range [][2]*redoubt.StrategyResult{{a, b}, {b, a}} {
		one, other := pair[0], pair[1]
		switch {
		case one.VersusRecommended != nil && other.VersusRecommended == nil:
			return f.paired(one.VersusRecommended) // The other one is the recommended one.
		case one.VersusBaseline != nil && other.Kind == model.SingleRegion:
			return f.paired(one.VersusBaseline)
		}
	}
	return model.Estimate{}, false
}
