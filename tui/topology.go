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
type topologyView struct{ run *timelineView }

func (*topologyView) title() string { return "Topology" }

// hints are those of the timeline, whose moment it shows without the lanes.
func (v *topologyView) hints() []hint {
	return slices.DeleteFunc(v.run.hints(), func(h hint) bool { return h.actions[0] == coarseLeft })
}

// does moves the moment of the timeline.
func (v *topologyView) does(a *App, what action) bool {
	return what != coarseLeft && what != coarseRight && v.run.does(a, what)
}

// picked is that of the list of what can be played.
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
	if v.run.list != nil {
		v.run.draw(a, area)
		return
	}
	a.place(area, aList, 0) // Of the moments, which the wheel goes through.
	of := v.run.shownRun(a)
	kind := of.kind.String()
	now := redoubt.TopologyOf(of.scenario, of.kind)
	when := "as it is when all is well"
	if entries := v.run.entries(); len(entries) > 0 {
		entry := entries[v.run.at]
		now = v.run.told.run.TopologyAt(entry.At)
		when = "at " + redoubt.Clock(entry.At) + ": " + strings.TrimSpace(entry.Region+" "+entry.Text)
	}
	if of.name != "" {
		when = of.name + ", " + when
	}
	area.Text(0, 0, canvas.First, kind)
	area.Text(canvas.Width(kind)+2, 0, canvas.Strong, canvas.Fit(when,
		area.Width-canvas.Width(kind)-2))
	gap := 1 // An empty row between two parts is for those who have room for it.
	if parts := 2*(1+len(now.Regions)) + len(now.Copies); area.Height < 1+parts+3*gap {
		gap = 0
	}
	y := drawRegions(now, area, 1+gap)
	y = drawWays(now, area, y+gap)
	drawLags(now, area, y+gap)
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

// drawLags writes how far the copies of each store are behind, beyond the way.
func drawLags(now *redoubt.Topology, area canvas.Area, y int) {
	for i := 0; i < len(now.Copies); {
		store := now.Copies[i].Store
		var behind []string
		for ; i < len(now.Copies) && now.Copies[i].Store == store; i++ {
			c := &now.Copies[i]
			behind = append(behind, fmt.Sprintf("%s (%s at most in 99 %%) in %s",
				units.Length(c.P50), units.Length(c.P99), c.Region))
		}
		if y < area.Height {
			y += area.Below(y).Paragraph(0, canvas.Plain,
				"copies of "+store+" are behind by "+strings.Join(behind, "; "))
		}
	}
}
