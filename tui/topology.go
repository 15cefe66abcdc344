package tui

import (
	"slices"

	"redoubt"
	"redoubt/tui/canvas"
)

// topologyView has the regions and the ways between them, as they are at the moment of the run that
// the timeline is at: who leads and writes, what is impaired, and where users are sent.
type topologyView struct {
	run *timelineView
	// from is which row is the first that is shown, and more says that there is no room for all.
	from int
	more bool
}

func (*topologyView) title() string { return "Topology" }

// hints are those of the timeline, whose moment it shows: the keys of its lanes scroll here what
// there is no room for.
func (v *topologyView) hints() []hint {
	hints := slices.DeleteFunc(v.run.hints(), func(h hint) bool { return h.actions[0] == detailDown })
	at := slices.IndexFunc(hints, func(h hint) bool { return h.actions[0] == coarseLeft })
	switch {
	case at < 0:
	case v.more:
		hints[at].does = "scroll"
	default:
		hints = slices.Delete(hints, at, at+1)
	}
	return hints
}

// does moves the moment of the timeline, or what of it is seen.
func (v *topologyView) does(a *App, what action) bool {
	switch {
	case what == detailUp || what == detailDown:
		return false // They are of what the timeline tells.
	case what == choose: // The list is the timeline's.
		a.show(a.indexOf(v.run))
		v.run.openList(a)
	case what != coarseLeft && what != coarseRight:
		return v.run.does(a, what)
	case what == coarseLeft:
		v.from = max(v.from-1, 0)
	default:
		v.from++
	}
	return true
}

// picked moves the moment of the timeline.
func (v *topologyView) picked(a *App, at int) { v.run.picked(a, at) }

// repeat is the command that prints the moment.
func (v *topologyView) repeat(a *App) string {
	text, seed, at := v.run.command(a)
	text = "redoubt topology " + text
	if at != "" {
		text += seed + " --at " + at
	}
	return text
}

func (v *topologyView) draw(a *App, area canvas.Area) {
	area = area.Left(mostWidth)
	v.run.play(a)
	a.place(area, aList, 0) // Of the moments, which the wheel goes through.
	of := v.run.shownRun(a)
	kind := of.kind.String()
	now := redoubt.TopologyOf(of.scenario, of.kind)
	when := "as it is when all is well"
	if entries := v.run.entries(); len(entries) > 0 {
		at := v.run.instant()
		now = v.run.told.run.TopologyAt(at)
		when = "at " + redoubt.Clock(at)
		if v.run.past > 0 {
			when += ", " + v.run.sinceThat()
		} else {
			when += ": " + entryText(&entries[v.run.at])
		}
	}
	if of.name != "" {
		when = of.name + ", " + when
	}
	area.Text(0, 0, canvas.First, kind)
	area.Text(canvas.Width(kind)+2, 0, canvas.Strong, canvas.Fit(when,
		area.Width-canvas.Width(kind)-2))
	area = area.Below(1)
	var beyond int
	v.from, beyond = played(now).draw(a, area, v.from, false, coarseRight)
	v.more = beyond > 0
}
