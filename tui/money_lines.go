package tui

import (
	"fmt"
	"strings"

	"redoubt/cost"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// Where in a row the amount of a bill's line ends, and from where on it is told what it rests on.
const (
	lineAmountEnd = 32
	lineBasis     = lineAmountEnd + 2
)

// linesOf are the lines of a category with how each follows, and a mark where nobody checked it.
// What a line rests on stands beside it, or below it where there is little room.
func linesOf(width int, bills [2]cost.Bill, of model.Category) (all lines) {
	const leastBasis = 40 // A window of 80 columns has more.
	for side, bill := range bills {
		for _, line := range bill.Lines {
			if line.Category != of {
				continue
			}
			text := line.Basis + unverifiedMark(line)
			at, above := lineBasis, lineHead(side, line)
			if width-at < leastBasis {
				const indent = 4
				at = indent
				all.add(above...)
				above = []piece{{canvas.Plain, spaces(indent)}}
			}
			for _, part := range canvas.Wrap(text, max(width-at, 1)) {
				all.add(append(above, piece{canvas.Dim, part})...)
				above = []piece{{canvas.Plain, spaces(at)}}
			}
		}
	}
	return all
}

// lineHead is what a line is of, and what it comes to a year.
func lineHead(side int, line cost.Line) []piece {
	amount := units.USD(line.PerYear.USD())
	what := canvas.Fit(line.What, 18)
	gap := lineAmountEnd - 2 - canvas.Width(what) - canvas.Width(amount)
	return []piece{
		{sides[side], marks[side]}, {canvas.Plain, what + spaces(gap) + amount + "  "},
	}
}

func unverifiedMark(line cost.Line) string {
	if line.Unverified {
		return " *"
	}
	return ""
}

// drawAllLines writes all lines of a category in a part of their own, from one on.
func (v *moneyView) drawAllLines(a *App, area canvas.Area, all lines, of model.Category) {
	area.Rule(0, canvas.Dim, "─", linesTitle(of))
	area = area.Below(1)
	v.cut = len(all) > area.Height
	v.below = a.scroller(all, area, v.below, false, detailDown)
}

func linesTitle(of model.Category) string {
	return of.String() + ", line by line (* nobody checked)"
}

// drawLines writes the lines of a category below the bill, and returns the row after them. Where
// there is no room for all that is to be told of them it names the key that shows it.
func (v *moneyView) drawLines(
	a *App, area canvas.Area, bills [2]cost.Bill, of model.Category,
) int {
	if area.Height < 2 {
		return area.Height
	}
	whole := linesOf(area.Width, bills, of)
	if below := area.Below(1); len(whole) <= below.Height {
		area.Rule(0, canvas.Dim, "─", linesTitle(of))
		whole.draw(below, 0, false)
		return 1 + len(whole)
	}
	key := a.keys.of(choose)[0]
	title := linesTitle(of) + "; " + key + ": in full"
	if canvas.Width(title) > area.Width-4 { // The first thing to be known is that there is more.
		title = strings.Replace(title, linesTitle(of), of.String()+", line by line", 1)
	}
	area.Rule(0, canvas.Dim, "─", title)
	var rows lines
	for side, bill := range bills {
		for _, line := range bill.Lines {
			if line.Category == of { // The mark is seen however much of the words is cut off.
				mark := unverifiedMark(line)
				basis := canvas.Fit(line.Basis, area.Width-lineBasis-canvas.Width(mark)) + mark
				rows.add(append(lineHead(side, line), piece{canvas.Dim, basis})...)
			}
		}
	}
	below := area.Below(1)
	if left := len(rows) - below.Height; left > 0 {
		rows = rows[:below.Height-1]
		below.Text(2, len(rows), canvas.Dim, fmt.Sprintf("%d more (%s)", left+1, key))
	}
	rows.draw(below, 0, false)
	return min(1+len(rows), area.Height)
}
