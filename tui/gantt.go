package tui

import (
	"fmt"
	"sort"
	"time"

	"redoubt/tui/canvas"
	"redoubt/units"
)

// A lane is what lasts of one part, by the times at which it does.
type lane struct {
	name  string
	style canvas.Style
	spans []span
}

// A span is what lasts from one time to another, and how that is drawn. One that is a mark is drawn
// at its end alone.
type span struct {
	from, to time.Duration
	style    canvas.Style
	glyph    string
	mark     bool
}

// A gantt is what is drawn of a run, or of a plan: what lasts, what happened, and what is told of
// the time at the cursor.
type gantt struct {
	// name stands above, and before what the rest of that line says.
	name, none string
	says       func(width int) string
	lanes      []lane
	// moments are those of the scale, rows those that the cursor goes through: as many of them, from
	// the first on, as have come.
	moments, rows []time.Duration
	// row is what stands in the list of a moment: when it was, and what; clock is how a time of the
	// scale is written, and of says of what below the lanes, "" where there is no other.
	row   func(i int) (when, what string)
	clock func(time.Duration) string
	of    string
	// told are what is told of the cursor's time, in so many columns, where the list has so many.
	told func(width, list int) lines
	// legend says what the marks in the lanes mean, "" where one says it all; old that all of it is
	// drawn faintly, and least from which height on there is room for lanes beside all else.
	legend string
	old    bool
	least  int
	// names is how many columns the names of lanes have, leastNames at least.
	names int
}

// leastNames is how many columns the names of lanes have.
const leastNames = 24

// leastBeside is from which height on there is room for the lanes of a run beside all else.
const leastBeside = 18

// A walk is a cursor that goes through moments, and what of all that is drawn of them is seen.
type walk struct {
	// at is the moment under the cursor, and past how long after it the cursor stands: 0, or less than
	// until the next one.
	at   int
	past time.Duration
	// lanes is which of the lanes are shown, where there is no room for all: so many times as many
	// lie above them as there is room for. Where there is room for none, they take that of what is
	// told from 1 on.
	lanes int
	// below is how far what is told of the moment is scrolled, belowOf the moment, and cut says that
	// there is no room for all of it.
	below   int
	belowOf time.Duration
	cut     bool
}

// scrolls takes an action that moves what is seen, and reports whether it is one.
func (w *walk) scrolls(what action) bool {
	switch what {
	case detailUp:
		w.below = max(w.below-1, 0)
	case detailDown:
		w.below++
	case coarseLeft:
		w.lanes = max(w.lanes-1, 0)
	case coarseRight:
		w.lanes++
	default:
		return false
	}
	return true
}

// stepsOf is by how many moments an action moves the cursor, 0 of one that does not.
func stepsOf(what action) int {
	const page = 8
	return map[action]int{up: -1, down: 1, pageUp: -page, pageDown: page}[what]
}

// step moves the cursor by so many of some moments.
func (w *walk) step(count, by int) {
	if w.past > 0 && by < 0 {
		by++ // The moment that lies behind is the first one back.
	}
	w.goToRow(count, w.at+by)
}

// goToRow moves the cursor to the moment nearest to one of so many, which there may not be.
func (w *walk) goToRow(count, at int) { w.at, w.past = max(min(at, count-1), 0), 0 }

// instant is when the cursor stands, 0 where there is no moment.
func (w *walk) instant(moments []time.Duration) time.Duration {
	if len(moments) > 0 {
		return moments[w.at] + w.past
	}
	return 0
}

// goTo moves the cursor to a time, or to that end of the moments which is nearest.
func (w *walk) goTo(moments []time.Duration, at time.Duration) {
	if len(moments) == 0 {
		return
	}
	at = max(min(at, moments[len(moments)-1]), moments[0])
	after := sort.Search(len(moments), func(i int) bool { return moments[i] > at })
	w.at = after - 1
	w.past = at - moments[w.at]
}

// draw writes all of it.
func (w *walk) draw(a *App, area canvas.Area, g *gantt) {
	note := ""
	if area.Height < g.least && len(g.lanes) > 0 {
		note = fmt.Sprintf("  %d lanes: %s", len(g.lanes), a.keys.of(coarseRight)[0])
	}
	x := area.Text(0, 0, faint(canvas.First, g.old), canvas.Fit(g.name, area.Width)) + 2
	room := area.Width - x - canvas.Width(note)
	area.Text(x, 0, canvas.Dim, canvas.Fit(g.says(room), room))
	area.Ends(area.Width, 0, canvas.Dim, note)
	if len(g.rows) == 0 {
		area.Text(0, 2, canvas.Dim, g.none)
		return
	}
	a.place(area, aList, 0)
	below := area.Below(1)
	if area.Height >= g.least {
		rows := min(len(g.lanes), area.Height/3)
		w.lanes = max(min(w.lanes, pagesOf(len(g.lanes), rows)-1), 0)
		w.drawLanes(a, below.Above(rows+scaleRows), g, w.lanes*rows)
		below = below.Below(rows + scaleRows)
		below.Text(0, 0, canvas.Dim, canvas.Fit(g.legend, below.Width))
		below = below.Below(1)
	}
	low := area.Height < g.least && w.lanes > 0
	listed := min(below.Height/2, len(g.rows)+1)
	if low { // The list leaves to lanes the rows without which they tell little.
		listed = max(min(listed, below.Height-1-min(leastLanes, len(g.lanes))-scaleRows), 0)
	}
	list := below.Above(listed)
	const roomy = 6 // From so many rows on there is one between the list and what is told.
	between := min(listed, below.Height/roomy, 1)
	if len(g.rows) < listed { // Its last row is empty while the cursor is on a moment.
		between = 0
	}
	rest := below.Below(listed + between)
	if area.Width >= 100 {
		half := below.Width * 6 / 11
		list, rest = below.Left(half), below.Right(half+2)
	}
	w.drawRows(a, list, g)
	if rows := rest.Height - scaleRows; low && rows > 0 && len(g.lanes) > 0 {
		w.lanes = min(w.lanes, pagesOf(len(g.lanes), rows))
		w.drawLanes(a, rest, g, (w.lanes-1)*rows)
		return
	}
	if now := w.instant(g.rows); w.belowOf != now {
		w.below, w.belowOf = 0, now
	}
	all := g.told(rest.Width, list.Width)
	w.cut = len(all) > rest.Height
	w.below = a.scroller(all, rest, w.below, g.old, detailDown)
}

// pagesOf is how many times so many rows have to be filled for all of some lanes to be seen.
func pagesOf(lanes, rows int) int { return (lanes + max(rows, 1) - 1) / max(rows, 1) }

// scaleRows are the rows below lanes: the times, and the cursor's. leastLanes is how many lanes are
// drawn at once on a low screen before the list of moments has any of its rows.
const scaleRows, leastLanes = 2, 3

// drawLanes draws what lasts, a row for each lane from one on, over the moments. Below them stand
// round times, that of the cursor, and which of all lanes they are.
func (w *walk) drawLanes(a *App, area canvas.Area, g *gantt, from int) {
	nameWidth, all := max(g.names, leastNames), g.lanes
	lanes := all[min(from, len(all)):]
	lanes = lanes[:min(max(area.Height-scaleRows, 0), len(lanes))]
	field := area.Right(nameWidth)
	scale := momentScale{g.moments, field.Width}
	for i := range g.rows { // A click on the lanes leads to the moment of its column.
		a.place(field.Left(scale.column(i+1)).Right(scale.column(i)), aMoment, i)
	}
	now := w.instant(g.rows)
	cursor := scale.column(w.at)
	if w.past > 0 {
		cursor = scale.at(now)
	}
	for y, lane := range lanes {
		area.Left(nameWidth-1).Text(0, y, faint(lane.style, g.old), canvas.Fit(lane.name, nameWidth-2))
		for _, span := range lane.spans {
			from, to := scale.over([2]time.Duration{span.from, span.to})
			if span.mark {
				from = to - 1
			}
			for x := from; x < to; x++ {
				field.Text(x, y, faint(span.style, g.old), span.glyph)
			}
		}
		field.Text(cursor, y, canvas.Strong, "│")
	}
	y := len(lanes)
	names := area.Left(nameWidth - 1)
	names.Text(0, y, canvas.Dim, "moments, not to scale")
	for _, t := range scale.stamps() {
		field.Text(t.column, y, canvas.Dim, t.text)
	}
	if y++; len(lanes) < len(all) {
		names.Text(0, y, canvas.Dim, canvas.Fit(fmt.Sprintf("lanes %d to %d of %d: %s", from+1,
			from+len(lanes), len(all), a.keysOf(hint{actions: []action{coarseLeft, coarseRight}})),
			names.Width))
	}
	mark := g.clock(now) + g.of
	field.Text(min(cursor, max(field.Width-canvas.Width(mark), 0)), y, canvas.Strong, mark)
}

// entryAt is the column in which the text of an entry begins, after its time.
const entryAt = 12

// drawRows writes what happened, around the cursor. Between two moments it has a row of its own.
func (w *walk) drawRows(a *App, area canvas.Area, g *gantt) {
	count, cursor := len(g.rows), w.at
	if w.past > 0 {
		count, cursor = count+1, cursor+1
	}
	top := max(0, min(cursor-area.Height/2, count-area.Height))
	for y := range min(count-top, area.Height) {
		i, style, row := top+y, faint(canvas.Plain, g.old), area.Inner(0, y, area.Width, 1)
		if i == cursor {
			style = canvas.Selected
			row.Fill(style)
		}
		when, what := g.clock(w.instant(g.rows)), units.Length(w.past)+" later"
		if w.past == 0 || i != cursor {
			if w.past > 0 && i > cursor {
				i--
			}
			when, what = g.row(i)
			a.place(row, anEntry, i)
		}
		row.Ends(entryAt-1, 0, style, when)
		row.Text(entryAt, 0, style, canvas.Fit(what, row.Width-entryAt))
	}
}
