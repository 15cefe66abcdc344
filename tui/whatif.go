package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redoubt/contrast"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// whatIfView has the values of the scenario that a person moves to see what follows.
type whatIfView struct{ at int }

func (*whatIfView) title() string { return "What-if" }

func (*whatIfView) hints() []hint {
	return append([]hint{
		{"value", []action{down, up}}, {"move", []action{left, right}},
		{"save", []action{save}}, {"undo", []action{undo}}, {"type", []action{choose}},
		{"far", []action{coarseLeft, coarseRight}}, {"reset", []action{resetOne, resetAll}},
	}, common[1:]...)
}

// levers are those of what is studied. They are looked up once for each change: a frame has no time
// to read the file.
func (a *App) levers() []levers.Lever {
	if of := (leverKey{a.study.scenario, a.pair}); a.leversOf != of {
		a.leversOf, a.allLevers = of, levers.Of(a.study.scenario, a.pair, a.study.has)
	}
	return a.allLevers
}

// leverKey is what the levers follow from.
type leverKey struct {
	scenario *model.Scenario
	pair     [2]model.StrategyKind
}

func (v *whatIfView) does(a *App, what action) bool {
	all := a.levers()
	v.at = min(v.at, len(all)-1)
	l := &all[v.at]
	if what == up || what == down { // Who comes back to a slider moves it anew.
		a.study.sliding = ""
	}
	switch what {
	case up:
		v.at = max(v.at-1, 0)
	case down:
		v.at = min(v.at+1, len(all)-1)
	case left:
		a.move(l, -1.0/levers.FineSteps)
	case right:
		a.move(l, 1.0/levers.FineSteps)
	case coarseLeft:
		a.move(l, -1.0/levers.CoarseSteps)
	case coarseRight:
		a.move(l, 1.0/levers.CoarseSteps)
	case resetOne:
		a.changed(a.study.without(l.Paths()...))
	case choose:
		a.prompt = a.valueLine(l)
	default:
		return false
	}
	return true
}

// picked moves the cursor to a lever that was clicked on.
func (v *whatIfView) picked(a *App, at int) { v.at = min(at, len(a.levers())-1) }

// turned moves a lever by a turn of the wheel on its slider.
func (v *whatIfView) turned(a *App, at, by int) {
	v.picked(a, at)
	a.move(&a.levers()[v.at], float64(by)/levers.FineSteps)
}

// move gives a lever the value that lies some steps further on its slider.
func (a *App) move(l *levers.Lever, steps float64) {
	value := l.Moved(steps)
	if value == l.Value || value > l.Value != (steps > 0) { // It may lie beyond its slider.
		a.say("%s goes no further: type a value (%s)", l.Label, a.keys.of(choose)[0])
		return
	}
	a.changed(a.mended(a.study.slide(l.Label, l.To(value)...)))
}

// mended is what is wrong with a change, without the place in a file that nobody has.
func (a *App) mended(err error) error {
	var problems scenarios.Problems
	if !errors.As(err, &problems) {
		return err
	}
	first := problems[0]
	if first.Hint != "" {
		return fmt.Errorf("%s (%s)", first.Text, first.Hint)
	}
	return errors.New(first.Text)
}

// valueLine is the prompt that takes a value as the file has it.
func (a *App) valueLine(l *levers.Lever) *prompt {
	p := &prompt{label: l.Label + " = "}
	p.done = func(text string) {
		value, usd := strings.TrimSpace(text), 0.0
		if l.USD {
			var ok bool
			if value, usd, ok = scenarios.Amount(text); !ok {
				a.complain(fmt.Errorf("%q is not an amount: write for instance $1,200.50, $300k or $75M, "+
					"above $0 and up to $1,000B", text))
				return
			}
		}
		edits := []scenarios.Edit{{Path: l.Path, Value: value}}
		if l.Path == "" { // Several values of one sum: what is typed is that.
			edits = l.To(usd)
		}
		a.changed(a.mended(a.study.change(edits...)))
	}
	p.propose(l.Write(l.Value))
	return p
}

// leversWidth is how wide the list of levers is at most; it leaves the answer as much.
const leversWidth = 44

// leverNameWidth is how wide the names of levers are; the rest of a row is the slider's.
const leverNameWidth = 17

func (v *whatIfView) draw(a *App, area canvas.Area) {
	all := a.levers()
	v.at = min(v.at, len(all)-1)
	width := min(leversWidth, area.Width/2-1)
	list := area.Left(width)
	top := max(0, min(v.at-list.Height/2, len(all)-list.Height+1))
	list.Text(0, 0, canvas.Strong, "what if")
	a.place(list, aList, 0)
	for i := range all[top:] {
		row := list.Inner(0, 1+i, list.Width, 1)
		a.place(row, anEntry, top+i)
		a.place(row.Right(leverNameWidth), aSlider, top+i)
		v.drawLever(a, row, &all[top+i], top+i == v.at)
	}
	y := len(all) + 2
	for _, why := range levers.Unmoved(a.study.scenario) {
		if y < list.Height {
			y += list.Below(y).Right(2).Paragraph(0, canvas.Dim, why)
		}
	}
	a.drawAnswer(area.Right(width + 2))
}

// drawLever writes a value with its slider, and a mark where it was changed.
func (v *whatIfView) drawLever(a *App, row canvas.Area, l *levers.Lever, chosen bool) {
	style, mark := canvas.Plain, "  "
	if chosen {
		style, mark = canvas.Selected, "› "
		row.Fill(style)
	}
	row.Text(0, 0, style, mark)
	const valueWidth, nameWidth = 10, leverNameWidth
	row.Left(nameWidth).Text(2, 0, style, canvas.Fit(l.Label, nameWidth-3))
	slider := row.Inner(nameWidth, 0, row.Width-nameWidth-valueWidth-3, 1)
	for x := range slider.Width {
		text := "┄"
		if float64(x) < l.At()*float64(slider.Width) {
			text = "━"
		}
		slider.Text(x, 0, style, text)
	}
	for _, path := range l.Paths() {
		if a.study.changed(path) {
			row.Text(row.Width-valueWidth-2, 0, style, "*")
			break
		}
	}
	row.Ends(row.Width, 0, style, canvas.Fit(l.Show(l.Value), valueWidth))
}

// drawAnswer writes the two strategies with the figures that a decision hangs on, and what would
// turn it over. What there is no room for stands in the comparison, which it says. Where there is
// as much room as that has, who is better stands beside the two, and the rest stays empty.
func (a *App) drawAnswer(area canvas.Area) {
	if area = area.Left(mostWidth); area.Width == mostWidth {
		a.drawSides(area)
		rows := a.pairRows(area.Width)
		judged := len(rows) - 1 - len(a.study.scenario.Objectives)
		_, side := columns(area.Width)
		a.drawAnswered(area, rows[:judged], rows[judged:], side, false)
		return
	}
	side := (area.Width - labelWidth) / 2
	at, results := [2]int{labelWidth, labelWidth + side}, a.results()
	for i := range a.pair {
		a.drawSide(area.Inner(at[i], 0, side-1, 1), i, false)
	}
	var rows []row
	for _, f := range contrast.Lines(a.results()) {
		rows = append(rows, func(area canvas.Area) {
			area.Text(0, 0, canvas.Dim, f.Label)
			for i, r := range results {
				a.drawFigure(area.Inner(at[i], 0, side-1, 1), &f, r)
			}
		})
	}
	judged := a.judgedRows(at, results)
	unsure := a.marksUnsure(results, side-1)
	if unsure && len(rows)+len(judged) < a.roomForFigures(area) {
		const words = unsureMark + " " + unsureWords
		judged = slices.Insert(judged, 1, func(area canvas.Area) {
			area.Text(min(at[0], area.Width-canvas.Width(words)), 0, canvas.Dim, words)
		})
		unsure = false
	}
	a.drawAnswered(area, rows, judged, side, unsure)
}

// drawAnswered writes figures and what is judged of them, as far as there is room for it, and what
// would turn the answer over. A mark that nothing beside it explains is explained below.
func (a *App) drawAnswered(area canvas.Area, rows, judged []row, side int, unsure bool) {
	hidden := a.shown != nil && a.hidesIntervals(side-1)
	room := a.roomForFigures(area)
	if over := len(rows) + len(judged) - room; over > 0 || unsure {
		// The verdict stays, and what its mark means, and what would turn the answer over.
		figures := min(len(rows), room-2)
		kept := min(max(room-figures-1, 1), len(judged))
		over = len(rows) - figures + len(judged) - kept
		rows = slices.Concat(a.foremost(rows, figures), judged[:kept])
		rows = append(rows, a.elsewhere(over, hidden, unsure))
	} else if rows = append(rows, judged...); over < 0 && hidden {
		rows = append(rows, a.elsewhere(0, hidden, false))
	}
	for i, draw := range rows {
		draw(area.Inner(0, 1+i, area.Width, 1))
	}
	a.drawTurns(area, len(rows)+1, a.turns(a.results()))
}

// roomForFigures is how many rows are left for figures and what is judged of them, below the heads
// and above what would turn the answer over.
func (a *App) roomForFigures(area canvas.Area) int {
	turns := a.turns(a.results())
	return max(area.Height-1-turns.least(area.Width)-a.leastOfStar(area.Width), 2)
}

// foremost are so many figures: where not all can stay, those give way first that others say much
// the same as, and then the last ones.
func (a *App) foremost(rows []row, count int) []row {
	lines := contrast.Lines(a.results())
	if len(lines) != len(rows) {
		return rows[:count]
	}
	for _, key := range []string{
		"breakeven_outage_hours_per_year", "rto_p50_seconds", "downtime_hours_per_year",
	} {
		at := slices.IndexFunc(lines, func(l contrast.Line) bool { return l.Key == key })
		if len(rows) > count && at >= 0 {
			rows, lines = slices.Delete(rows, at, at+1), slices.Delete(lines, at, at+1)
		}
	}
	return rows[:count]
}

// elsewhere says how many rows there is no room for, whether intervals are among that, and where
// they are; before that what a mark means that nothing else says.
func (a *App) elsewhere(count int, intervals, unsure bool) row {
	var whats []string
	if count > 0 {
		whats = append(whats, fmt.Sprintf("%d more", count))
	}
	if intervals {
		whats = append(whats, "intervals")
	}
	what, title := strings.Join(whats, ", "), a.views[0].title()
	texts := []string{what + " in " + title + " (1)", what + ": " + title + " 1"}
	if unsure {
		marked := unsureMark + " " + unsureWords
		texts = []string{marked + "; " + texts[0], marked + "; " + texts[1], marked + "; more: 1"}
		if count > 0 {
			texts = append(texts[:2], fmt.Sprintf("%s; %d more: 1", marked, count),
				fmt.Sprintf("%s, %d more", marked, count))
		}
	}
	return func(area canvas.Area) {
		for i, text := range texts {
			if canvas.Width(text) <= area.Width || i == len(texts)-1 {
				area.Text(0, 0, canvas.Dim, canvas.Fit(text, area.Width))
				return
			}
		}
	}
}
