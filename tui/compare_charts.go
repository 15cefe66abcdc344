package tui

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
	"redoubt/units"
)

var sides = [2]canvas.Style{canvas.First, canvas.Second}

// drawCharts draws how the loss of a year is distributed, and what has been paid and lost by when.
func (a *App) drawCharts(area canvas.Area) {
	half := area.Width / 2
	a.drawLosses(area.Left(half - 2))
	a.drawCumulative(area.Right(half))
}

// drawLosses draws a histogram of the loss a year over the trials, each of which is the mean of its
// years, of both sides by one scale. Before each stands the mark of its side.
func (a *App) drawLosses(area canvas.Area) {
	area.Rule(0, canvas.Dim, "─", "loss a year, the mean of each trial")
	var losses [2][]float64
	most := 0.0
	for i, kind := range a.pair {
		if r := a.result(kind); r != nil && r.Excuse == "" {
			losses[i] = a.shown.TrialLosses(r)
		}
		for _, loss := range losses[i] {
			most = max(most, loss)
		}
	}
	rows := (area.Height - 2) / 2
	if most == 0 || rows < 1 {
		area.Text(1, 1, canvas.Dim, "no trial lost anything")
		return
	}
	left := canvas.Width(marks[0])
	width := max(area.Width-left, 1)
	var counts [2][]float64
	peak, scale := 0.0, chart.Scale{High: most}
	for i := range losses {
		step := contrast.LossStep(a.result(a.pair[i]), a.shown.Years)
		bins := chart.BinsOf(losses[i], step, most/float64(width))
		counts[i] = bins.Density(losses[i], scale, width)
		peak = max(peak, slices.Max(counts[i]))
	}
	for i := range counts { // By the root, so that one trial of a thousand can be seen.
		for x := range counts[i] {
			counts[i][x] = math.Sqrt(counts[i][x] / peak)
		}
		below := area.Inner(0, 1+i*rows, area.Width, rows)
		below.Text(0, rows-1, sides[i], marks[i])
		chart.Columns(below.Right(left), sides[i], a.symbols, chart.Scale{High: 1}, counts[i])
	}
	drawAxis(area.Below(area.Height-1).Right(left), most)
}

// drawAxis writes below a histogram what its ends mean, each where it is, and between them, where
// there is room, what its heights are.
func drawAxis(area canvas.Area, most float64) {
	from, end := area.Text(0, 0, canvas.Dim, "$0"), units.USD(most)
	area.Ends(area.Width, 0, canvas.Dim, end)
	for _, note := range []string{" (heights are square roots) ", " (square roots) "} {
		if spare := area.Width - from - canvas.Width(end+note); spare >= 0 {
			area.Text(from+spare/2, 0, canvas.Dim, note)
			return
		}
	}
}

// drawCumulative draws cost and loss as they add up over the years of the business case, with what
// covers their means, and says when the dearer strategy has paid for itself. On each line stands
// the mark of its side, each in a column of its own: where the lines meet both are seen.
func (a *App) drawCumulative(area canvas.Area) {
	area.Rule(0, canvas.Dim, "─", "cost and loss, added up")
	years := float64(a.study.scenario.Business.HorizonYears)
	var results [2]*redoubt.StrategyResult
	most := 0.0
	for i, kind := range a.pair {
		r := a.result(kind)
		if r == nil || r.Excuse != "" || !r.Case.Priced {
			area.Text(1, 1, canvas.Dim, canvas.Fit(kind.String()+" has no price", area.Width-2))
			return
		}
		results[i] = r
		most = max(most, r.SpentBy(years, r.Case.LossPerYear.High))
	}
	plot := chart.NewPlot(area.Inner(0, 1, area.Width, area.Height-2), a.symbols,
		chart.Scale{High: years}, chart.Scale{High: most})
	spent := func(i int, loss float64) func(float64) float64 {
		return func(year float64) float64 { return results[i].SpentBy(year, loss) }
	}
	for i, r := range results { // Under both lines.
		if loss := r.Case.LossPerYear; cost.HasInterval(loss) {
			plot.Band(sides[i], spent(i, loss.Low), spent(i, loss.High))
		}
	}
	for i, r := range results {
		plot.Line(sides[i], spent(i, r.Case.LossPerYear.Mean))
	}
	plot.Draw()
	const apart = 4
	for i, r := range results {
		mark := strings.TrimSpace(marks[i])
		plot.Mark(sides[i], (1-i)*apart, mark, spent(i, r.Case.LossPerYear.Mean))
	}
	area.Text(0, 1, canvas.Dim, units.USD(most))
	area.Text(0, area.Height-1, canvas.Dim, meeting(results, years, area.Width-5))
	area.Ends(area.Width, area.Height-1, canvas.Dim, fmt.Sprintf("%.0f yr", years))
}

// meeting says in so many columns when the lines of two strategies meet, and which is the cheaper
// one from then on: by its mark where there is no room for its name.
func meeting(r [2]*redoubt.StrategyResult, years float64, columns int) string {
	kind, from := redoubt.Cheaper(r[0], r[1], years)
	if kind == 0 {
		return "they cost the same"
	}
	text, mark := kind.String(), strings.TrimSpace(marks[0])
	if kind == r[1].Kind {
		mark = strings.TrimSpace(marks[1])
	}
	if from == 0 {
		text += " is cheaper throughout"
		mark += " cheaper throughout"
	} else {
		text = "from " + units.Years(from) + " on " + text + " is cheaper"
		mark += " cheaper from " + units.Years(from)
	}
	if canvas.Width(text) > columns {
		text = mark
	}
	return canvas.Fit(text, columns)
}
