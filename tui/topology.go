package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt"
	"redoubt/tui/canvas"
	"redoubt/units"
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
	parts := func(area canvas.Area, y, gap int) (end int) {
		y = drawRegions(now, area, y+gap)
		y = drawWays(now, area, y+gap)
		y = drawLags(now, area, y+gap)
		return drawSources(now, area, y+gap)
	}
	gap, none := 1, area.Above(0) // Where nothing is seen, all that is drawn is counted.
	rows := parts(none, 0, gap)
	if rows > area.Height { // An empty row between two parts is for those who have room for it.
		gap = 0
		rows = parts(none, 0, gap)
	}
	v.more = rows > area.Height
	v.from = max(min(v.from, rows-area.Height), 0)
	if left := rows - v.from - area.Height; left > 0 {
		area.Text(0, area.Height-1, canvas.Dim, fmt.Sprintf("↓ %d more lines (%s)", left+1,
			a.keys.of(coarseRight)[0]))
		area = area.Above(area.Height - 1)
	}
	parts(area, -v.from, gap)
}

// drawRegions writes a row for each region, and returns the row after them.
func drawRegions(now *redoubt.Topology, area canvas.Area, y int) int {
	const nameWidth, sentWidth, impairedWidth = 18, 9, 13
	isWidth := min(22, area.Width-nameWidth-sentWidth-2-impairedWidth)
	impairedAt := nameWidth + isWidth + sentWidth + 2
	area.Text(0, y, canvas.Dim, "region")
	area.Text(nameWidth, y, canvas.Dim, "is")
	area.Ends(nameWidth+isWidth+sentWidth, y, canvas.Dim, "users")
	area.Text(impairedAt, y, canvas.Dim, "impaired")
	for i := range now.Regions {
		y++
		r := &now.Regions[i]
		style, is := canvas.Plain, r.Role
		if len(r.Impaired) > 0 {
			style = canvas.Bad
		}
		if r.Leads {
			is += ", leads"
		}
		area.Text(0, y, style, canvas.Fit(r.Name, nameWidth-1))
		area.Text(nameWidth, y, canvas.Plain, canvas.Fit(is, isWidth))
		if !now.Scenario.Regions[i].Witness {
			area.Ends(nameWidth+isWidth+sentWidth, y, canvas.Plain, units.Percent(r.Users, 1)+" %")
		}
		if len(r.Impaired) > 0 {
			area.Text(impairedAt, y, canvas.Bad, canvas.Fit("✗ "+strings.Join(r.Impaired, ", "),
				area.Width-impairedAt))
		}
	}
	return y + 1
}

// drawWays writes the round trips between all regions: in columns as narrow as they have to be for
// all of them, and no narrower than a time.
func drawWays(now *redoubt.Topology, area canvas.Area, y int) int {
	const nameWidth, widest, narrowest = 18, 15, 8
	width := max(min(widest, (area.Width-nameWidth)/max(len(now.Regions), 1)), narrowest)
	column := func(i int) (ends int, fits bool) {
		ends = nameWidth + (i+1)*width
		return ends, ends <= area.Width
	}
	hidden := 0
	area.Text(0, y, canvas.Dim, "round trip to")
	row := map[string]int{}
	for i := range now.Regions {
		name := now.Regions[i].Name
		row[name] = i
		area.Text(0, y+1+i, canvas.Dim, canvas.Fit(name, nameWidth-1))
		if x, fits := column(i); fits {
			area.Ends(x, y, canvas.Dim, canvas.Fit(name, width-1))
		} else {
			hidden++
		}
	}
	for _, way := range now.Ways {
		x, fits := column(row[way.To])
		if !fits {
			continue
		}
		text, style := units.Length(way.RTT), canvas.Plain
		if way.Cut {
			text, style = "✗ cut", canvas.Bad
		}
		area.Ends(x, y+1+row[way.From], style, text)
	}
	y += 1 + len(now.Regions)
	if hidden > 0 {
		area.Text(0, y, canvas.Dim, canvas.Fit(fmt.Sprintf("and %d more regions in a wider window",
			hidden), area.Width))
		y++
	}
	return y
}

// drawLags writes how far the copies of each store are behind, beyond the way, and returns the row
// after them.
func drawLags(now *redoubt.Topology, area canvas.Area, y int) int {
	for i := 0; i < len(now.Copies); {
		store := now.Copies[i].Store
		var behind []string
		for ; i < len(now.Copies) && now.Copies[i].Store == store; i++ {
			c := &now.Copies[i]
			behind = append(behind, fmt.Sprintf("%s (%s at most in 99 %%) in %s",
				units.Length(c.P50), units.Length(c.P99), c.Region))
		}
		y = area.Paragraph(y, canvas.Plain,
			"copies of "+store+" are behind by "+strings.Join(behind, "; "))
	}
	return y
}

// drawSources writes where the distances are from, and returns the row after that.
func drawSources(now *redoubt.Topology, area canvas.Area, y int) int {
	for _, text := range now.Sources() {
		y = area.Paragraph(y, canvas.Dim, text)
	}
	return y
}
