package tui

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// A figure is one line of a comparison. What it gives of a strategy is what `redoubt compare` does.
type figure struct {
	label string
	// value is the figure, NaN where there is none; within its interval, if it has one.
	value  func(r *redoubt.StrategyResult) float64
	within func(r *redoubt.StrategyResult) model.Estimate
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
			apart: func(x float64) string { return units.Length(units.Seconds(3600 * x)) },
			paired: func(d *redoubt.Difference) (model.Estimate, bool) {
				return d.DownHours, true
			},
		},
		{label: "RTO p50", value: rto(50), write: span, apart: span},
		{label: "RTO p95", value: rto(95), write: span, apart: span},
		{label: "RPO p95", value: rpo, write: span, apart: span},
		{label: "cost/yr", value: price, write: money, apart: units.USD},
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

func rto(percentile int) func(r *redoubt.StrategyResult) float64 {
	return func(r *redoubt.StrategyResult) float64 {
		if percentile == 50 {
			return quantile(r.Outcome.RTO.P50, r.Outcome.RTO)
		}
		return quantile(r.Outcome.RTO.P95, r.Outcome.RTO)
	}
}

func rpo(r *redoubt.StrategyResult) float64 { return quantile(r.Outcome.RPO.P95, r.Outcome.RPO) }

// quantile is one value of a sample in seconds, NaN where the sample is empty.
func quantile(value time.Duration, q model.Quantiles) float64 {
	if q.Count == 0 {
		return math.NaN()
	}
	return value.Seconds()
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

// interval writes what covers the mean, "" where there is no such thing.
func (f *figure) interval(r *redoubt.StrategyResult) string {
	if f.within == nil || math.IsNaN(f.of(r)) || !cost.HasInterval(f.within(r)) {
		return ""
	}
	e := f.within(r)
	return f.write(e.Low) + " .. " + f.write(e.High)
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
		if meets && cost.HasInterval(one) {
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

// compareView shows two strategies side by side.
type compareView struct{ scroll int }

func (*compareView) title() string { return "Compare" }

func (*compareView) hints() []hint {
	return append([]hint{
		{"left side", []action{left, right}}, {"right side", []action{coarseLeft, coarseRight}},
		{"swap", []action{swap}}, {"scroll", []action{down, up}},
	}, common...)
}

// does changes one of the two sides: less and more go through the strategies of the left one, much
// less and much more through those of the right one.
func (v *compareView) does(a *App, what action) bool {
	switch what {
	case left:
		a.other(0, -1)
	case right:
		a.other(0, 1)
	case coarseLeft:
		a.other(1, -1)
	case coarseRight:
		a.other(1, 1)
	case up:
		v.scroll = max(v.scroll-1, 0)
	case down:
		v.scroll++
	case pageUp:
		v.scroll = max(v.scroll-10, 0)
	case pageDown:
		v.scroll += 10
	default:
		return false
	}
	return true
}

// other gives one side the next strategy that can be built and is not on the other side.
func (a *App) other(side, by int) {
	kinds := model.StrategyKinds()
	at := 0
	for i, kind := range kinds {
		if kind == a.pair[side] {
			at = i
		}
	}
	for range kinds {
		at = (at + by + len(kinds)) % len(kinds)
		kind := kinds[at]
		_, has := a.study.scenario.Strategy(kind)
		if has && kind != a.pair[1-side] && a.study.scenario.Excuse(kind) == "" {
			a.pair[side] = kind
			break
		}
	}
	if a.result(a.pair[side]) == nil { // The coarse answer has two alone.
		a.ask()
	}
}

// Columns of a comparison.
const (
	labelWidth      = 12
	differenceWidth = 18
	mostWidth       = 110
)

func (v *compareView) draw(a *App, area canvas.Area) {
	area = area.Left(mostWidth)
	if a.failure != "" {
		area.Paragraph(0, canvas.Bad, "Nothing can be simulated: "+a.failure)
		return
	}
	y := a.drawPair(area, 0)
	if room := area.Height - y; room >= 12 && a.shown != nil {
		below := area.Below(y + 1)
		height := min(below.Height/2, 14)
		a.drawCharts(below.Above(height))
		area, y = below.Below(height), 0
	}
	v.drawWhy(a, area.Below(y+1))
}

// drawPair draws the table of the two, and returns the row after it.
func (a *App) drawPair(area canvas.Area, y int) int {
	side := (area.Width - labelWidth - differenceWidth) / 2
	columns := [2]int{labelWidth, labelWidth + side}
	for i, kind := range a.pair {
		style, mark := canvas.First, "◀ "
		if i == 1 {
			style, mark = canvas.Second, "▶ "
		}
		name := mark + kind.String()
		if a.recommended() == kind {
			name += " ★"
		}
		area.Left(columns[i]+side-1).Text(columns[i], y, style, canvas.Fit(name, side-1))
	}
	area.Text(columns[1]+side, y, canvas.Strong, "difference")
	results := [2]*redoubt.StrategyResult{a.result(a.pair[0]), a.result(a.pair[1])}
	for _, f := range a.figures() {
		y++
		area.Text(0, y, canvas.Dim, f.label)
		for i, r := range results {
			a.drawFigure(area.Inner(columns[i], y, side-1, 1), &f, r)
		}
		a.drawDifference(area.Inner(columns[1]+side, y, differenceWidth, 1), &f, results)
	}
	return a.drawJudged(area, y+1, columns, results)
}

// drawFigure writes a figure and, where there is room for it, its interval.
func (a *App) drawFigure(area canvas.Area, f *figure, r *redoubt.StrategyResult) {
	if r == nil {
		area.Text(0, 0, canvas.Dim, "…")
		return
	}
	if r.Excuse != "" {
		area.Text(0, 0, canvas.Dim, units.None)
		return
	}
	style := canvas.Plain
	if a.stale {
		style = canvas.Dim
	}
	valueWidth := min(8, area.Width)
	value := f.write(f.of(r))
	if canvas.Width(value) > valueWidth {
		value = "…" // A number without its beginning is another one.
	}
	area.Ends(valueWidth, 0, style, value)
	if text := f.interval(r); canvas.Width(text) <= area.Width-valueWidth-2 {
		area.Text(valueWidth+2, 0, canvas.Dim, text)
	} else if short := strings.ReplaceAll(text, " ", ""); canvas.Width(short) < area.Width-valueWidth {
		area.Text(valueWidth+1, 0, canvas.Dim, short)
	}
}

// drawDifference says who wins, and by how much: by an arrow to the side, and not by color alone.
func (a *App) drawDifference(area canvas.Area, f *figure, r [2]*redoubt.StrategyResult) {
	if r[0] == nil || r[1] == nil || r[0].Excuse != "" || r[1].Excuse != "" {
		return
	}
	text, wins := f.difference(r[0], r[1])
	style, mark := canvas.Dim, "  "
	switch {
	case a.stale:
	case wins == 1:
		style, mark = canvas.First, "◀ "
	case wins == 2:
		style, mark = canvas.Second, "▶ "
	}
	area.Text(0, 0, style, canvas.Fit(mark+text, area.Width))
}

// drawJudged writes the verdicts, and which objectives are met.
func (a *App) drawJudged(
	area canvas.Area, y int, columns [2]int, results [2]*redoubt.StrategyResult,
) int {
	area.Text(0, y, canvas.Dim, "verdict")
	width := columns[1] - columns[0] - 1
	for i, r := range results {
		if r == nil {
			continue
		}
		text, style := r.Case.Verdict.String(), canvas.Strong
		switch {
		case r.Excuse != "":
			text, style = "cannot be built: "+r.Excuse, canvas.Warn
		case r.Case.Verdict == cost.Abort:
			style = canvas.Bad
		case r.Case.Verdict == cost.Proceed:
			style = canvas.Good
		}
		area.Inner(columns[i], y, width, 1).Text(0, 0, style, canvas.Fit(text, width))
	}
	for n, objective := range a.study.scenario.Objectives {
		y++
		area.Text(0, y, canvas.Dim, canvas.Fit(target(objective), labelWidth-1))
		for i, r := range results {
			if r != nil && n < len(r.Objectives) {
				text, style := reached(&r.Objectives[n])
				area.Inner(columns[i], y, width, 1).Text(0, 0, style, canvas.Fit(text, width))
			}
		}
	}
	return y + 1
}

func target(o model.Objective) string {
	if o.Metric == model.MetricAvailability {
		return "≥ " + units.TrimZeros(units.Percent(o.Share, 6)) + " %"
	}
	return strings.ToUpper(o.Metric.String()) + " ≤ " + span(o.Seconds)
}

// reached says how often an objective was reached, and whether that is met.
func reached(o *redoubt.ObjectiveResult) (string, canvas.Style) {
	switch {
	case o.Count == 0:
		return "no incident", canvas.Dim
	case o.Met:
		return fmt.Sprintf("✓ %s %%", units.Percent(o.Probability, 1)), canvas.Good
	}
	return fmt.Sprintf("✗ %s %% < %s %%", units.Percent(o.Probability, 1),
		units.Percent(redoubt.RequiredProbability, 0)), canvas.Bad
}

// recommended is the strategy that is recommended among all of the scenario, 0 while only the two
// were looked at.
func (a *App) recommended() model.StrategyKind {
	if a.shown == nil || a.coarse {
		return 0
	}
	return a.shown.Recommended
}

// recommendation says which strategy is recommended, and why.
func (a *App) recommendation() string {
	switch kind := a.recommended(); {
	case a.coarse:
		return "Which strategy is recommended is known once all of them have been simulated."
	case kind == 0:
		return "No strategy is recommended: " + a.shown.Why
	default:
		return "★ " + kind.String() + " is recommended: " + a.shown.Why
	}
}

// drawWhy writes which strategy is recommended and what speaks for or against the two.
func (v *compareView) drawWhy(a *App, area canvas.Area) {
	if a.shown == nil || area.Height < 1 {
		return
	}
	var lines []string
	add := func(text string) { lines = append(lines, canvas.Wrap(text, area.Width-2)...) }
	add(a.recommendation())
	for _, kind := range a.pair {
		if r := a.result(kind); r != nil {
			for _, reason := range r.Case.Reasons {
				add(kind.String() + ": " + reason)
			}
		}
	}
	v.scroll = min(v.scroll, max(len(lines)-area.Height, 0))
	for y, line := range lines[v.scroll:] {
		area.Text(1, y, canvas.Plain, line)
	}
	if left := len(lines) - v.scroll - area.Height; left > 0 && area.Height > 1 {
		area.Inner(0, area.Height-1, area.Width, 1).Fill(canvas.Plain)
		area.Text(1, area.Height-1, canvas.Dim, fmt.Sprintf("↓ %d more lines (%s)", left+1,
			a.keys.of(down)[0]))
	}
}
