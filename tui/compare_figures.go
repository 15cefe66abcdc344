package tui

import (
	"strings"

	"redoubt"
	"redoubt/contrast"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// figureWidth is how wide a figure is, without what stands beside it.
const figureWidth = 8

// drawFigure writes a figure and, where there is room for it, its interval. The mark of what nobody
// checked has room in any case.
func (a *App) drawFigure(area canvas.Area, f *contrast.Line, r *redoubt.StrategyResult) {
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
	valueWidth := min(figureWidth, area.Width)
	value, beside, gap := f.Write(r), "", 2
	for _, text := range f.Beside(r) {
		room := area.Width - valueWidth - canvas.Width(text)
		if room > 0 {
			beside, gap = text, min(room, 2)
			break
		}
		if text == contrast.Unchecked {
			value += text
		}
	}
	if canvas.Width(value) > valueWidth {
		value = "…" // A number without its beginning is another one.
	}
	area.Ends(valueWidth, 0, style, value)
	area.Text(valueWidth+gap, 0, canvas.Dim, beside)
}

// drawDifference says who wins, and by how much: by an arrow to the side, and not by color alone.
func (a *App) drawDifference(area canvas.Area, f *contrast.Line, r [2]*redoubt.StrategyResult) {
	if r[0] == nil || r[1] == nil || r[0].Excuse != "" || r[1].Excuse != "" {
		return
	}
	d := f.Difference(r[0], r[1])
	style, mark := canvas.Dim, "  "
	if d.Better != 0 && !a.stale {
		style, mark = sides[d.Better-1], marks[d.Better-1]
	}
	area.Text(0, 0, style, canvas.Fit(mark+d.Text, area.Width))
}

// hidesIntervals reports whether so many columns have no room for an interval that there is.
func (a *App) hidesIntervals(columns int) bool {
	for _, f := range contrast.Lines(a.results()) {
		for _, r := range a.results() {
			if r == nil || r.Excuse != "" || f.Interval(r) == "" {
				continue
			}
			shortest := strings.ReplaceAll(f.Interval(r), " .. ", "..")
			if canvas.Width(shortest) >= columns-figureWidth {
				return true
			}
		}
	}
	return false
}

// drawIntervals writes what covers each figure of the two, and what it rests on, in place of the
// figures and of their difference.
func (a *App) drawIntervals(area canvas.Area, next comparePart) {
	side := (area.Width - labelWidth) / 2
	at := [2]int{labelWidth, labelWidth + side}
	area.Text(0, 0, canvas.Dim, "low .. high")
	for i := range a.pair {
		a.drawSide(area.Inner(at[i], 0, side-1, 1), i, false)
	}
	y := 1
	for _, f := range contrast.Lines(a.results()) {
		area.Text(0, y, canvas.Dim, f.Label)
		for i, r := range a.results() {
			a.drawBeside(area.Inner(at[i], y, side-1, 1), &f, r)
		}
		y++
	}
	if y++; y < area.Height {
		area.Below(y).Text(0, 0, canvas.Dim, canvas.Fit("each covers its figure with 95 % "+
			"confidence; "+a.keys.of(choose)[0]+": "+next.name(), area.Width))
	}
}

// drawBeside writes the longest of what can stand beside a figure that there is room for.
func (a *App) drawBeside(area canvas.Area, f *contrast.Line, r *redoubt.StrategyResult) {
	text, style := units.None, canvas.Plain
	switch {
	case r == nil:
		text = "…"
	case r.Excuse == "":
		for _, one := range f.Beside(r) {
			if canvas.Width(one) <= area.Width {
				text = one
				break
			}
		}
	}
	if a.stale || r == nil {
		style = canvas.Dim
	}
	area.Text(0, 0, style, text)
}
