package tui

import (
	"fmt"
	"math"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
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

// lossesOf are the losses a year, the mean of each trial, in USD.
func lossesOf(s *model.Scenario, r *redoubt.StrategyResult) (losses []float64) {
	for _, trial := range r.Outcome.Trials {
		losses = append(losses, cost.LossOf(s.Business, trial, r.Outcome.Horizon).Total().USD())
	}
	return losses
}

// drawLosses draws a histogram of the loss a year over the trials, each of which is the mean of its
// years, of both sides by one scale.
func (a *App) drawLosses(area canvas.Area) {
	area.Rule(0, canvas.Dim, "─", "loss a year, the mean of each trial")
	var losses [2][]float64
	most := 0.0
	for i, kind := range a.pair {
		if r := a.result(kind); r != nil && r.Excuse == "" {
			losses[i] = lossesOf(a.shown.Scenario, r)
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
	scale := chart.Scale{High: most}
	counts := [2][]float64{}
	peak := 0.0
	for i := range losses {
		counts[i] = make([]float64, max(area.Width, 1))
		for _, loss := range losses[i] {
			at := min(int(loss/scale.High*float64(area.Width)), area.Width-1)
			counts[i][at]++
			peak = max(peak, counts[i][at])
		}
	}
	for i := range counts { // By the root, so that one trial of a thousand can be seen.
		for x := range counts[i] {
			counts[i][x] = math.Sqrt(counts[i][x] / peak)
		}
		below := area.Inner(0, 1+i*rows, area.Width, rows)
		chart.Columns(below, sides[i], a.symbols, chart.Scale{High: 1}, counts[i])
	}
	area.Text(0, area.Height-1, canvas.Dim, "$0")
	area.Ends(area.Width, area.Height-1, canvas.Dim, units.USD(most)+"  (heights by the root)")
}

// drawCumulative draws cost and loss as they add up over the years of the business case, with what
// covers their means, and says when the dearer strategy has paid for itself.
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
		most = max(most, spent(r, r.Case.LossPerYear.High, years))
	}
	plot := chart.NewPlot(area.Inner(0, 1, area.Width, area.Height-2), a.symbols,
		chart.Scale{High: years}, chart.Scale{High: most})
	for i, r := range results {
		at := func(loss float64) func(float64) float64 {
			return func(year float64) float64 { return spent(r, loss, year) }
		}
		if cost.HasInterval(r.Case.LossPerYear) {
			plot.Band(sides[i], at(r.Case.LossPerYear.Low), at(r.Case.LossPerYear.High))
		}
		plot.Line(sides[i], at(r.Case.LossPerYear.Mean))
	}
	plot.Draw()
	area.Text(0, 1, canvas.Dim, units.USD(most))
	area.Text(0, area.Height-1, canvas.Dim, canvas.Fit(meeting(results, years), area.Width-5))
	area.Ends(area.Width, area.Height-1, canvas.Dim, fmt.Sprintf("%.0f yr", years))
}

// spent is what a strategy has cost, and was lost with it, after so many years.
func spent(r *redoubt.StrategyResult, lossPerYear, years float64) float64 {
	return r.Case.OneTime.USD() + (r.Case.CostPerYear.USD()+lossPerYear)*years
}

// meeting says when the lines of two strategies meet, and which is the cheaper one from then on.
func meeting(r [2]*redoubt.StrategyResult, years float64) string {
	perYear := func(r *redoubt.StrategyResult) float64 {
		return r.Case.CostPerYear.USD() + r.Case.LossPerYear.Mean
	}
	once := r[1].Case.OneTime.USD() - r[0].Case.OneTime.USD()
	saved := perYear(r[0]) - perYear(r[1])
	cheaper := r[0].Kind
	if once < saved*years { // At the end, and so from where they meet on.
		cheaper = r[1].Kind
	}
	at := once / saved
	switch {
	case once == 0 && saved == 0:
		return "they cost the same"
	case saved == 0 || at <= 0 || at >= years:
		return cheaper.String() + " is cheaper throughout"
	case at < 2:
		return fmt.Sprintf("from %s months on %s is cheaper", units.Shortest(12*at, 2), cheaper)
	}
	return fmt.Sprintf("from %s years on %s is cheaper", units.Shortest(at, 2), cheaper)
}
