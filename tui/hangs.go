package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"redoubt"
	"redoubt/levers"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/canvas"
	"redoubt/tui/chart"
	"redoubt/units"
)

// hangs is what the answer to "which of two" hangs on, or why nobody knows.
type hangs struct {
	of      hangsKey
	found   *levers.Sensitivity
	problem string
}

// hangsKey is what that follows from: without a change the answer is the one that is shown.
type hangsKey struct {
	leverKey
	shown *redoubt.Comparison
}

func (a *App) hangsKey() hangsKey {
	return hangsKey{leverKey{a.study.scenario, a.pair}, a.shown}
}

// weighing is a search for that.
type weighing struct {
	of          hangsKey
	cancel      context.CancelFunc
	done, total atomic.Int64
}

// weighed is what a search has come to.
type weighed struct {
	by    *weighing
	found *levers.Sensitivity
	err   error
}

// weigh begins to find out what an answer hangs on. change gives the scenario with more edits.
func (e *engine) weigh(
	of hangsKey, all []levers.Lever,
	change func(edits ...scenarios.Edit) (*model.Scenario, error),
) {
	e.stopWeighing()
	ctx, cancel := context.WithCancel(context.Background())
	by := &weighing{of: of, cancel: cancel}
	e.weighing = by
	go func() {
		found, err := levers.Weigh(ctx, of.shown, all, of.pair, change, redoubt.CompareOptions{
			Progress: func(done, total int) {
				by.done.Store(int64(done))
				by.total.Store(int64(total))
			},
		})
		e.found <- Finding{weighed: &weighed{by, found, err}}
	}()
}

// stopWeighing ends the search: what it comes to is of no use.
func (e *engine) stopWeighing() {
	if e.weighing != nil {
		e.weighing.cancel()
		e.weighing = nil
	}
}

// weigh finds out what the answer hangs on where that is shown and not known. It waits until the
// comparison is done, which is what people wait for first.
func (a *App) weigh() {
	of := hangsKey{}
	if a.study != nil {
		of = a.hangsKey()
	}
	_, wanted := a.views[a.at].(*moneyView)
	is := a.engine.weighing
	switch {
	case !wanted || a.engine.busy || a.shown == nil || a.stale:
		a.engine.stopWeighing()
	case a.hangs.of != of && (is == nil || is.of != of):
		name, edits := a.study.name, slices.Clone(a.study.edits)
		a.engine.weigh(of, slices.Clone(a.levers()), func(more ...scenarios.Edit) (
			*model.Scenario, error,
		) {
			return scenarios.Load(name, slices.Concat(edits, more)...)
		})
	}
}

// tookWeighed shows what a search has come to, unless nobody waits for it any more.
func (a *App) tookWeighed(w *weighed) {
	if w.by != a.engine.weighing {
		return
	}
	a.engine.weighing = nil
	a.hangs = hangs{of: w.by.of, found: w.found}
	if w.err != nil {
		a.hangs.problem = w.err.Error()
	}
}

// netWidth is how wide a column of net benefits is, with the mark of one that turned.
const netWidth = 10

// hangsColumns are those of what the answer hangs on. Values and a bar are for those who have room.
type hangsColumns struct {
	label, asIs, value, bar int
	// groups are where half and double begin.
	groups [2]int
}

func hangsColumnsIn(width int) (c hangsColumns) {
	const narrow, wide, group, leastBar = 16, 10, 2*netWidth + 1, 12
	rest := width - narrow - 2*group
	if rest >= wide {
		c.asIs, rest = wide, rest-wide
	}
	if rest >= 2*wide+leastBar {
		c.value, rest = wide, rest-2*wide
	}
	c.label = narrow + min(max(rest, 0), wide)
	if rest -= wide; rest > 1 {
		c.bar = rest - 1
	}
	c.groups[0] = c.label + c.asIs
	c.groups[1] = c.groups[0] + c.value + group
	return c
}

// hangsHeight is how many rows what the answer hangs on takes.
func (a *App) hangsHeight() int {
	height := len(a.levers()) + 5
	if a.hangs.found != nil {
		height += len(limitsOf(a.hangs.found))
	}
	return height
}

// drawHangs writes which values move the net benefits most, each half and double with all else as
// it is, from one on. It returns the first that it may begin with so that no room stays empty, and
// whether there is no room for all.
func (a *App) drawHangs(area canvas.Area, from int) (first int, more bool) {
	area.Rule(0, canvas.Dim, "─", "what the answer hangs on: each value half, and double")
	known := a.hangs.of == a.hangsKey()
	switch is := a.engine.weighing; {
	case known && a.hangs.found == nil:
		area.Paragraph(1, canvas.Dim, "Nothing can be said: "+a.hangs.problem+".")
		return 0, false
	case a.failure != "":
		area.Paragraph(1, canvas.Dim, "Nothing can be simulated: "+a.failure)
		return 0, false
	case !known && is != nil:
		area.Text(0, 1, canvas.Dim, fmt.Sprintf("weighing … %d of %d", is.done.Load(), is.total.Load()))
		return 0, false
	case !known:
		area.Text(0, 1, canvas.Dim, "It is known once all has been simulated.")
		return 0, false
	}
	found, c := a.hangs.found, hangsColumnsIn(area.Width)
	if c.asIs > 0 {
		area.Ends(c.groups[0], 2, canvas.Dim, "as it is")
	}
	for i, name := range []string{"half", "double"} {
		x := c.groups[i] + c.value
		area.Ends(x+2*netWidth, 1, canvas.Dim, name+", net/yr")
		for side := range sides {
			a.drawSide(area.Inner(x+side*netWidth+1, 2, netWidth-1, 1), side, true)
		}
	}
	y := 3
	area.Text(0, y, canvas.Dim, "all as it is")
	for side, net := range found.AsIs.Net {
		text := units.USD(net.Mean)
		if found.Unsure(&found.AsIs, side) {
			text = "? " + text
		}
		for _, x := range c.groups {
			area.Ends(x+c.value+(side+1)*netWidth, y, canvas.Dim, text)
		}
	}
	if !redoubt.Apart(found.AsIs.Apart) {
		for _, x := range c.groups {
			area.Text(x+c.value+2*netWidth, y, canvas.Dim, "?")
		}
	}
	y++
	limits := limitsOf(found)
	room := max(area.Height-y-1-len(limits), 0) // The last row says what the marks mean.
	first = max(0, min(from, len(found.Swings)-room))
	rows := found.Swings[first:]
	left := len(rows) - room
	if left > 0 {
		rows = rows[:max(room-1, 0)]
	}
	for i := range rows {
		a.drawSwing(area.Inner(0, y, area.Width, 1), c, &rows[i])
		y++
	}
	if left > 0 {
		area.Text(0, y, canvas.Dim, fmt.Sprintf("↓ %d more, which move less (%s)", left+1,
			a.keys.of(down)[0]))
		y++
	}
	for _, limit := range limits {
		area.Text(0, y, canvas.Dim, canvas.Fit(limit, area.Width))
		y++
	}
	area.Text(0, y, canvas.Dim, canvas.Fit(fmt.Sprintf("✓ pays then, ✗ no more, ? not told, "+
		"◀ ▶ ahead; %d trials", found.Tried), area.Width))
	return first, len(found.Swings) > room
}

// limitsOf says which values are tried although they are not half or double.
func limitsOf(found *levers.Sensitivity) (limits []string) {
	for i := range found.Swings {
		for _, v := range []*levers.Variant{&found.Swings[i].Half, &found.Swings[i].Double} {
			if v.Limit != "" && v.Refused == "" {
				limits = append(limits, v.Limit)
			}
		}
	}
	return limits
}

// drawSwing writes what a value at half and at double comes to, with a mark what has turned, and
// all of which the interval has 0 in it.
func (a *App) drawSwing(row canvas.Area, c hangsColumns, swing *levers.Swing) {
	found, l := a.hangs.found, &swing.Lever
	row.Text(0, 0, canvas.Plain, canvas.Fit(l.Label, c.label-1))
	if c.asIs > 0 {
		row.Ends(c.groups[0], 0, canvas.Plain, canvas.Fit(l.Show(l.Value), c.asIs-1))
	}
	for i, v := range []*levers.Variant{&swing.Half, &swing.Double} {
		x := c.groups[i] + c.value
		if v.Refused != "" {
			row.Ends(x+2*netWidth, 0, canvas.Dim, "cannot be")
			continue
		}
		if c.value > 0 {
			row.Ends(x, 0, canvas.Dim, canvas.Fit(l.Show(v.Value), c.value-1))
		}
		for side := range sides {
			text, style := units.USD(v.Worth.Net[side].Mean), canvas.Plain
			switch pays, sign := found.Pays(v, side); {
			case found.Pair[side] == model.SingleRegion:
				text = units.None
			case found.Unsure(&v.Worth, side): // Whether or not that is so without the change, too.
				text = "? " + text
			case sign == levers.Turned && pays:
				text, style = "✓ "+text, canvas.Good
			case sign == levers.Turned:
				text, style = "✗ "+text, canvas.Bad
			}
			row.Ends(x+(side+1)*netWidth, 0, style, text)
		}
		switch ahead, sign := found.Ahead(v); {
		case !redoubt.Apart(v.Worth.Apart):
			row.Text(x+2*netWidth, 0, canvas.Dim, "?")
		case sign == levers.Turned:
			row.Text(x+2*netWidth, 0, sides[ahead], strings.TrimSpace(marks[ahead]))
		}
	}
	if c.bar > 0 {
		bar := row.Right(row.Width - c.bar)
		chart.Bar(bar, 0, canvas.Dim, a.symbols, chart.Scale{High: found.Moves(&found.Swings[0])},
			found.Moves(swing))
	}
}
