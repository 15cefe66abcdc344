package tui

import (
	"fmt"
	"strings"
	"time"

	"redoubt/api"
	"redoubt/tui/canvas"
)

// gatesView has every gate of every scope that could be left, as the agent's policy judges them,
// and the facts that it goes by.
type gatesView struct {
	fed
	from int
}

func (*gatesView) title() string { return "Gates" }

func (v *gatesView) does(a *App, what action) bool {
	return scrolled(&v.from, what) || a.orders(what)
}

func (*gatesView) repeat(a *App) string { return a.live.asks("explain") }

func (v *gatesView) draw(a *App, area canvas.Area) {
	a.place(area, aPane, 0)
	area, heard, further, ok := a.drawHeard(area)
	if !ok {
		return
	}
	width := min(area.Width, mostWidth)
	var all, calm lines // What is seen down is what whoever looks here asks about.
	for i := range heard.Account.Scopes {
		scope := &heard.Account.Scopes[i]
		part := &calm
		if seenDown(scope) {
			part = &all
		}
		*part = append(*part, scopeLines(scope, width)...)
		part.add()
	}
	all = append(all, calm...)
	all.add(piece{canvas.Title, "What is so"})
	for _, fact := range heard.Account.Facts {
		all.say(width, 2, canvas.Plain, fact.About+": "+fact.Text+".")
	}
	v.from = a.scroller(stacked(all, further), area, v.from, isOld(heard), down)
}

// scopeLines are what leaving a scope would be, what each gate says of it, and who could take over.
func scopeLines(scope *api.ScopeAccount, width int) (l lines) {
	what := "to leave " + scope.Scope + " would be: " + scope.Action
	if scope.Target != "" {
		what += " to " + scope.Target
	}
	l.say(width, 2, canvas.Title, strings.ToUpper(what[:1])+what[1:])
	l.say(width, 2, canvas.Strong, scope.Conclusion+".")
	l = append(l, gateLines(scope, width, true)...)
	for _, c := range scope.Candidates {
		mark := "·"
		if c.Chosen {
			mark = "★"
		}
		l.say(width, 4, canvas.Dim, "  "+mark+" "+c.Region+" "+c.Reason)
	}
	return l
}

// historyView has the entries of the log that decided or changed something.
type historyView struct {
	fed
	// back is how many entries the cursor is before the newest, which it follows at 0.
	back int
	// below is how far what an entry says is scrolled, and belowOf which entry.
	below   int
	belowOf uint64
	// cut says that there is no room for all that an entry says.
	cut bool
	// last is the newest entry when it was drawn, so that what the cursor is on stays there.
	last uint64
}

func (*historyView) title() string { return "History" }

// hints are those of agents, and how what an entry says is scrolled.
func (v *historyView) hints() []hint {
	hints := v.fed.hints()
	if v.cut {
		hints = append([]hint{{"more of it", []action{detailDown, detailUp}}}, hints...)
	}
	return hints
}

func (v *historyView) does(a *App, what action) bool {
	switch what {
	case detailUp:
		v.below = max(v.below-1, 0)
		return true
	case detailDown:
		v.below++
		return true
	}
	by := rowsOf(what)
	v.back = max(0, min(v.back-by, len(a.live.heard.Entries)-1))
	return by != 0 || a.orders(what)
}

// picked moves the cursor to an entry that was clicked on.
func (v *historyView) picked(a *App, at int) {
	v.back = max(0, len(a.live.heard.Entries)-1-at)
}

func (*historyView) repeat(a *App) string { return a.live.asks("history") }

func (v *historyView) draw(a *App, area canvas.Area) {
	area, heard, further, ok := a.drawHeard(area)
	if !ok {
		return
	}
	entries := heard.Entries
	if len(entries) == 0 {
		area.Text(0, 0, canvas.Dim, "nothing that decided or changed something")
		return
	}
	if newest := entries[len(entries)-1].Index; v.back > 0 && v.last > 0 && newest > v.last {
		for i := len(entries) - 1; i >= 0 && entries[i].Index > v.last; i-- {
			v.back++
		}
	}
	v.last = entries[len(entries)-1].Index
	v.back = min(v.back, len(entries)-1)
	at := len(entries) - 1 - v.back
	const gap, dateFrom = 2, 100
	format := time.TimeOnly
	if area.Width >= dateFrom {
		format = time.DateTime
	}
	a.place(area, aList, 0)
	told := stacked(entryLines(&entries[at], area.Width), further)
	// What an entry says takes rows of the list, but leaves it half of them: the rest of what it says
	// is scrolled to.
	leastList := max(min(area.Height/2, leastEntries), 1)
	list := area.Above(max(min(area.Height*2/3, area.Height-len(told)), leastList))
	top := max(0, min(at-list.Height/2, len(entries)-list.Height))
	for y := 0; y < list.Height && top+y < len(entries); y++ {
		e := &entries[top+y]
		row, style := list.Inner(0, y, list.Width, 1), canvas.Plain
		a.place(row, anEntry, top+y)
		if top+y == at {
			style = canvas.Selected
			row.Fill(style)
		}
		row.Ends(7, 0, style, fmt.Sprint(e.Index))
		x := row.Text(9, 0, style, e.Wall.UTC().Format(format)) + gap
		row.Text(x, 0, style, canvas.Fit(brief(e), row.Width-x))
	}
	if v.belowOf != entries[at].Index {
		v.below, v.belowOf = 0, entries[at].Index
	}
	room := area.Below(list.Height)
	v.cut = len(told) > room.Height
	v.below = a.scroller(told, room, v.below, false, detailDown)
}

// leastEntries is how many entries a list has beside what one of them says, where there is room for
// as many rows of that: what came before one is part of what it means.
const leastEntries = 6

// entryLines are all that an entry of the log says.
func entryLines(e *api.Entry, width int) (l lines) {
	l.add()
	by := ""
	if e.By != "" {
		by = ", by the agent of " + e.By
	}
	l.say(width, 2, canvas.Strong, fmt.Sprintf("%d at T+%s of the log, term %d%s: %s", e.Index,
		ago(e.At), e.Term, by, e.Event))
	if e.Note != "" {
		l.say(width, 2, canvas.First, e.Note)
	}
	for _, change := range e.Changes {
		l.say(width, 4, canvas.Plain, "  "+change)
	}
	return l
}
