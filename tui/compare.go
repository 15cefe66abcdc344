package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// compareView shows two strategies side by side.
type compareView struct{ scroll int }

func (*compareView) title() string { return "Compare" }

func (*compareView) hints() []hint {
	return append([]hint{
		{"left side", []action{left, right}}, {"right side", []action{coarseLeft, coarseRight}},
		{"swap", []action{swap}}, {"recommended", []action{recommended}},
		{"scroll", []action{down, up}},
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
	case recommended:
		a.complain(a.bring(a.recommended()))
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

// bring has a strategy be on the right side, unless it is on one already.
func (a *App) bring(kind model.StrategyKind) error {
	switch {
	case kind == 0 && a.shown != nil && !a.coarse:
		return errors.New("no strategy is recommended")
	case kind == 0:
		return errors.New("which one is recommended is known once all have been simulated")
	case kind == a.pair[0] || kind == a.pair[1]:
		a.say("%s is compared already", kind)
		return nil
	}
	a.say("%s takes the place of %s", kind, a.pair[1])
	a.pair[1] = kind
	if a.result(kind) == nil {
		a.ask()
	}
	return nil
}

// compareCommand prints a comparison of the two, and of the one that is recommended among all.
func (a *App) compareCommand() string {
	names := a.pair[0].String() + "," + a.pair[1].String()
	best := a.recommended()
	if best != 0 && best != model.SingleRegion && !slices.Contains(a.pair[:], best) {
		names += "," + best.String()
	}
	return "redoubt compare " + a.study.words() + " --strategies " + names
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
		area.Left(columns[i]+side-1).Text(columns[i], y, sides[i], a.header(i, side-1, kind))
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

// marks are those of the two sides.
var marks = [2]string{"◀ ", "▶ "}

// header names a side above its column, with a star where it is recommended: by the first word of
// its strategy, which no other has, where there is no room for all of it.
func (a *App) header(side, width int, kind model.StrategyKind) string {
	mark := marks[side]
	if a.recommended() == kind {
		mark += "★ "
	}
	name := mark + kind.String()
	if canvas.Width(name) > width {
		first, _, _ := strings.Cut(kind.String(), "-")
		name = mark + first
	}
	return canvas.Fit(name, width)
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
	for _, text := range f.beside(r) {
		if canvas.Width(text) <= area.Width-valueWidth-2 {
			area.Text(valueWidth+2, 0, canvas.Dim, text)
			return
		}
		if canvas.Width(text) < area.Width-valueWidth {
			area.Text(valueWidth+1, 0, canvas.Dim, text)
			return
		}
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
