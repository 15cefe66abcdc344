package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redoubt"
	"redoubt/contrast"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// compareView shows two strategies side by side.
type compareView struct {
	scroll int
	// second says that the right side is changed by the keys that else change the left one.
	second bool
	// part is what is shown, and besides what there is no room for beside it, as last drawn: each can
	// have all of the room.
	part    comparePart
	besides []comparePart
}

// comparePart is a part of the comparison.
type comparePart int

const (
	theFigures comparePart = iota
	theIntervals
	theCharts
)

// name is what a part is called where a key leads to it.
func (p comparePart) name() string { return [...]string{"figures", "intervals", "charts"}[p] }

// next is the part after the one that is shown: the figures after the last one.
func (v *compareView) next() comparePart {
	for _, part := range v.besides {
		if part > v.part {
			return part
		}
	}
	return theFigures
}

func (*compareView) title() string { return "Compare" }

func (v *compareView) hints() []hint {
	first, other := "change ◀", "change ▶"
	if v.second {
		first, other = other, first
	}
	next := (*whatIfView)(nil).title() // Where what the answer hangs on is moved.
	hints := []hint{
		{first, []action{left, right}}, {other, []action{coarseLeft, coarseRight}},
		{strings.ToLower(next), []action{nextView}}, {"recommended", []action{recommended}},
		{"save", []action{save}}, {"swap", []action{swap}},
	}
	beside := slices.DeleteFunc(slices.Clone(common), func(h hint) bool {
		return h.actions[0] == nextView || h.actions[0] == save
	})
	part := []hint{{v.next().name(), []action{choose}}}
	switch {
	case v.part != theFigures: // There is nothing else to be done in it.
		return slices.Concat(part, hints, beside)
	case len(v.besides) == 0:
		part = nil
	}
	return slices.Concat(hints, beside, part, []hint{{"scroll", []action{down, up}}})
}

// shown begins with what is recommended, which may be another strategy since it was scrolled away.
func (v *compareView) shown(*App) { v.scroll = 0 }

// does changes one of the two sides: less and more go through the strategies of the left one, much
// less and much more through those of the right one; the other way round once a click has chosen
// the right one.
func (v *compareView) does(a *App, what action) bool {
	first := 0
	if v.second {
		first = 1
	}
	switch what {
	case left:
		a.other(first, -1)
	case right:
		a.other(first, 1)
	case coarseLeft:
		a.other(1-first, -1)
	case coarseRight:
		a.other(1-first, 1)
	case recommended:
		a.complain(a.bring(a.recommended()))
	case choose:
		if v.next() == v.part {
			return false
		}
		v.part = v.next()
	case back:
		if v.part == theFigures {
			return false
		}
		v.part = theFigures
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
	case kind == 0 && a.cut():
		return errors.New("which one is recommended is known once all have been simulated: " +
			a.keys.of(again)[0] + " runs them")
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

// compareCommand prints a comparison of the two beside each other, and of the one that is
// recommended among all, by as many trials as are shown.
func (a *App) compareCommand() string {
	names := a.pair[0].String()
	if a.pair[1] != a.pair[0] {
		names += "," + a.pair[1].String()
	}
	pair, best := names, a.recommended()
	if best != 0 && best != model.SingleRegion && !slices.Contains(a.pair[:], best) {
		names += "," + best.String()
	}
	text := "redoubt compare " + a.study.words() + " --strategies " + names
	if a.pair[1] != a.pair[0] {
		text += " --pair " + pair
	}
	if rests := a.trials(); !a.stale && rests > 0 && rests != a.study.scenario.Run.Trials {
		text += fmt.Sprintf(" --trials %d", rests) // It is coarse, or was stopped.
	}
	return text
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
	a.place(area, aPane, 0)
	table := a.pairRows(area.Width)
	const leastWhy = 3   // An empty row, a line of it, and how many more there are.
	const leastBoth = 12 // From so many rows on there is room for charts and for reasons.
	room := area.Height - 1 - len(table)
	v.hides(a, area.Width, room < leastBoth)
	switch {
	case v.part == theIntervals:
		a.drawIntervals(area, v.next())
		return
	case v.part == theCharts:
		at, side := columns(area.Width)
		for i := range a.pair {
			a.drawSide(area.Inner(at[i], 0, side-1, 1), i, false)
		}
		a.drawCharts(area.Below(1))
		return
	}
	a.drawSides(area)
	if room < leastWhy {
		if why := whyRows(a.why(area.Width)); len(why) > 0 {
			table = slices.Concat(table, []row{blank}, why)
		}
		v.drawRows(a, area.Below(1), table)
		return
	}
	for i, draw := range table {
		draw(area.Inner(0, 1+i, area.Width, 1))
	}
	below := area.Below(2 + len(table))
	if room >= leastBoth && a.shown != nil {
		height := min(below.Height/2, 14)
		a.drawCharts(below.Above(height))
		below = below.Below(height + 1)
	}
	v.drawRows(a, below, whyRows(a.why(area.Width)))
}

// hides finds which parts there is no room for beside the figures. One that is shown by itself and
// has room beside them by now is shown there.
func (v *compareView) hides(a *App, width int, charts bool) {
	v.besides = v.besides[:0]
	_, side := columns(width)
	if a.shown != nil && a.hidesIntervals(side-1) {
		v.besides = append(v.besides, theIntervals)
	}
	if a.shown != nil && charts {
		v.besides = append(v.besides, theCharts)
	}
	if !slices.Contains(v.besides, v.part) {
		v.part = theFigures
	}
}

// A row draws itself into an area of one line.
type row func(canvas.Area)

// blank is a row with nothing in it.
func blank(canvas.Area) {}

// drawRows draws as many rows as there is room for, from where they are scrolled to, and says how
// many more there are, and what is not beside them.
func (v *compareView) drawRows(a *App, area canvas.Area, rows []row) {
	if area.Height < 1 {
		return
	}
	v.scroll = min(v.scroll, max(len(rows)-area.Height, 0))
	left := len(rows) - v.scroll - area.Height
	var notes []string
	if left > 0 && area.Height > 1 {
		notes = append(notes, fmt.Sprintf("↓ %d more lines (%s)", left+1, a.keys.of(down)[0]))
	}
	if len(v.besides) > 0 && (len(notes) > 0 || len(rows) < area.Height) {
		var names []string
		for _, part := range v.besides {
			names = append(names, part.name())
		}
		notes = append(notes, a.keys.of(choose)[0]+": "+strings.Join(names, ", "))
	}
	if len(notes) > 0 {
		area.Text(1, area.Height-1, canvas.Dim, strings.Join(notes, "; "))
		area = area.Above(area.Height - 1)
	}
	for y, draw := range rows[v.scroll:min(v.scroll+area.Height, len(rows))] {
		draw(area.Inner(0, y, area.Width, 1))
	}
}

// columns are where the two sides of a comparison begin, and how wide each is.
func columns(width int) (at [2]int, side int) {
	side = (width - labelWidth - differenceWidth) / 2
	return [2]int{labelWidth, labelWidth + side}, side
}

// drawSides names the two sides above their columns.
func (a *App) drawSides(area canvas.Area) {
	at, side := columns(area.Width)
	for i := range a.pair {
		a.drawSide(area.Inner(at[i], 0, side-1, 1), i, false)
	}
	area.Text(at[1]+side, 0, canvas.Strong, "difference")
}

// results are what was found of the two.
func (a *App) results() [2]*redoubt.StrategyResult {
	return [2]*redoubt.StrategyResult{a.result(a.pair[0]), a.result(a.pair[1])}
}

// pairRows are the figures of the two, their verdicts and the objectives.
func (a *App) pairRows(width int) (rows []row) {
	at, side := columns(width)
	results := a.results()
	for _, f := range contrast.Lines(a.results()) {
		rows = append(rows, func(area canvas.Area) {
			area.Text(0, 0, canvas.Dim, f.Label)
			for i, r := range results {
				a.drawFigure(area.Inner(at[i], 0, side-1, 1), &f, r)
			}
			a.drawDifference(area.Inner(at[1]+side, 0, differenceWidth, 1), &f, results)
		})
	}
	judged := a.judgedRows(at, results)
	if first := judged[0]; a.marksUnsure(results, side-1) {
		judged[0] = func(area canvas.Area) {
			first(area)
			area.Text(at[1]+side, 0, canvas.Dim, unsureMark+" "+unsureWords)
		}
	}
	return append(rows, judged...)
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

// judgedRows are the verdicts, and which objectives are met.
func (a *App) judgedRows(columns [2]int, results [2]*redoubt.StrategyResult) (rows []row) {
	width := columns[1] - columns[0] - 1
	write := func(label string, of func(r *redoubt.StrategyResult) (string, canvas.Style)) {
		rows = append(rows, func(area canvas.Area) {
			area.Text(0, 0, canvas.Dim, canvas.Fit(label, labelWidth-1))
			for i, r := range results {
				if r == nil {
					continue
				}
				text, style := of(r)
				if canvas.Width(text) > width { // What is wanted matters more than its unit.
					text = strings.Replace(text, " % < ", " < ", 1)
				}
				area.Inner(columns[i], 0, width, 1).Text(0, 0, style, canvas.Fit(text, width))
			}
		})
	}
	write("verdict", func(r *redoubt.StrategyResult) (string, canvas.Style) {
		return a.drawnVerdict(r, width)
	})
	for n, objective := range a.study.scenario.Objectives {
		write(target(objective), func(r *redoubt.StrategyResult) (string, canvas.Style) {
			if n >= len(r.Objectives) {
				return "", canvas.Plain
			}
			return reached(&r.Objectives[n])
		})
	}
	return rows
}

// verdict is what is made of a strategy.
func verdict(r *redoubt.StrategyResult) (string, canvas.Style) {
	switch {
	case r.Excuse != "":
		return "cannot be built: " + r.Excuse, canvas.Warn
	case r.Case.Verdict == cost.Abort:
		return r.Case.Verdict.String(), canvas.Bad
	case r.Case.Verdict == cost.Proceed:
		return r.Case.Verdict.String(), canvas.Good
	}
	return r.Case.Verdict.String(), canvas.Strong
}

func target(o model.Objective) string {
	if o.Metric == model.MetricAvailability {
		return "≥ " + units.TrimZeros(units.Percent(o.Share, 6)) + " %"
	}
	return strings.ToUpper(o.Metric.String()) + " ≤ " + contrast.Span(o.Seconds)
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
	case a.coarse && a.cut():
		return "Which strategy is recommended is known once all of them have been simulated: " +
			a.keys.of(again)[0] + " runs them."
	case a.coarse:
		return "Which strategy is recommended is known once all of them have been simulated."
	case kind == 0:
		return "No strategy is recommended: " + a.shown.Why
	default:
		return a.starred() + ": " + a.shown.Why
	}
}

// starred says which strategy is recommended, and which one was before what a person changed.
func (a *App) starred() string {
	text := "★ " + a.recommended().String() + " is recommended"
	if a.study.unsaved() > 0 && a.unchanged != 0 && a.unchanged != a.recommended() {
		text += ", no longer " + a.unchanged.String()
	}
	return text
}

// why is which strategy is recommended and what speaks for or against the two, in lines of a width.
func (a *App) why(width int) (lines []string) {
	if a.shown == nil {
		return nil
	}
	add := func(text string) { lines = append(lines, canvas.Wrap(text, width-2)...) }
	if text := a.otherwise(a.shown); text != "" && !a.coarse {
		add(text + ".")
	}
	add(a.recommendation())
	for _, kind := range a.pair {
		if r := a.result(kind); r != nil {
			for _, reason := range r.Case.Reasons {
				add(kind.String() + ": " + reason)
			}
		}
	}
	return lines
}

// whyRows are such lines.
func whyRows(lines []string) (rows []row) {
	for _, line := range lines {
		rows = append(rows, func(area canvas.Area) { area.Text(1, 0, canvas.Plain, line) })
	}
	return rows
}
