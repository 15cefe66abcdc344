package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt"
	"redoubt/model"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// topologyView has the regions and the ways between them, as they are at the moment of the run that
// the timeline is at: who leads and writes, what is impaired, and where users are sent.
type topologyView struct{ run *timelineView }

func (*topologyView) title() string { return "Topology" }

// hints are those of the timeline, whose moment it shows.
func (v *topologyView) hints() []hint { return v.run.hints() }

// does moves the moment of the timeline.
func (v *topologyView) does(a *App, what action) bool { return v.run.does(a, what) }

// picked is that of the list of what can be played.
func (v *topologyView) picked(a *App, at int) { v.run.picked(a, at) }

// repeat is the command that tells the moment.
func (v *topologyView) repeat(a *App) string { return v.run.repeat(a) }

func (v *topologyView) draw(a *App, area canvas.Area) {
	area = area.Left(mostWidth)
	v.run.play(a)
	if v.run.list != nil {
		v.run.draw(a, area)
		return
	}
	a.place(area, aList, 0) // Of the moments, which the wheel goes through.
	of := v.run.shownRun(a)
	s, kind := of.scenario, of.kind.String()
	var now *redoubt.Explanation
	when := "as it is when all is well"
	if entries := v.run.entries(); len(entries) > 0 {
		entry := entries[v.run.at]
		now = v.run.explanation()
		when = "at " + redoubt.Clock(entry.At) + ": " + strings.TrimSpace(entry.Region+" "+entry.Text)
	}
	if of.name != "" {
		when = of.name + ", " + when
	}
	area.Text(0, 0, canvas.First, kind)
	area.Text(canvas.Width(kind)+2, 0, canvas.Strong, canvas.Fit(when,
		area.Width-canvas.Width(kind)-2))
	y := v.drawRegions(&of, area, 2, now)
	y = v.drawWays(s, area, y+1)
	drawLags(s, area, y+1)
}

// drawRegions writes a row for each region, and returns the row after them.
func (v *topologyView) drawRegions(
	of *aRun, area canvas.Area, y int, now *redoubt.Explanation,
) int {
	s := of.scenario
	const nameWidth, isWidth, sentWidth = 18, 22, 9
	area.Text(0, y, canvas.Dim, "region")
	area.Text(nameWidth, y, canvas.Dim, "is")
	area.Ends(nameWidth+isWidth+sentWidth, y, canvas.Dim, "users")
	area.Text(nameWidth+isWidth+sentWidth+2, y, canvas.Dim, "impaired")
	users := sent(of, now)
	for i := range s.Regions {
		y++
		r := model.RegionID(i)
		style, broken := canvas.Plain, v.impaired(r)
		if broken != "" {
			style = canvas.Bad
		}
		area.Text(0, y, style, canvas.Fit(s.Regions[i].Name, nameWidth-1))
		area.Text(nameWidth, y, canvas.Plain, canvas.Fit(is(of, r, now), isWidth))
		if !s.Regions[i].Witness {
			area.Ends(nameWidth+isWidth+sentWidth, y, canvas.Plain, units.Percent(users[i], 1)+" %")
		}
		room := area.Width - nameWidth - isWidth - sentWidth - 2
		if broken != "" {
			area.Text(nameWidth+isWidth+sentWidth+2, y, canvas.Bad, canvas.Fit("✗ "+broken, room))
		}
	}
	return y + 1
}

// sent is the part of all users that is sent to each region.
func sent(of *aRun, now *redoubt.Explanation) (sent [model.MaxRegions]float64) {
	s := of.scenario
	serving := s.Servers(of.kind)
	if now != nil {
		serving = 0
		for i := range s.Regions {
			if slices.Contains(now.Serving, s.Regions[i].Name) {
				serving = serving.With(model.RegionID(i))
			}
		}
	}
	for i := range s.Populations {
		p := &s.Populations[i]
		for r, part := range s.Sent(p, serving) {
			sent[r] += p.Share * part
		}
	}
	return sent
}

// is says what a region does: whether it votes alone, writes, serves, or leads the agents.
func is(of *aRun, r model.RegionID, now *redoubt.Explanation) string {
	s := of.scenario
	name := s.Regions[r].Name
	var is []string
	switch {
	case s.Regions[r].Witness:
		is = append(is, "witness")
	case now == nil && r == s.Primary(), now != nil && now.Primary == name:
		is = append(is, "primary")
	case now != nil && slices.Contains(now.Serving, name), now == nil && s.Servers(of.kind).Has(r):
		is = append(is, "serves")
	default:
		is = append(is, "standby")
	}
	if now != nil && now.Leader == name {
		is = append(is, "leads")
	}
	return strings.Join(is, ", ")
}

// lasting are the lanes and names of what lasts in a part of a region at the moment.
func (v *topologyView) lasting(part string, r model.RegionID) (all [][2]string) {
	entries := v.run.entries()
	if len(entries) == 0 {
		return nil
	}
	at := entries[v.run.at].At
	for _, span := range v.run.told.run.Spans {
		if span.Part.String() == part && span.Region == r && span.From <= at && at < span.To {
			all = append(all, [2]string{span.Lane, span.Name})
		}
	}
	return all
}

// impaired says what is broken in a region at the moment, "" where nothing is.
func (v *topologyView) impaired(r model.RegionID) string {
	var all []string
	for _, is := range v.lasting("fault", r) {
		all = append(all, strings.TrimSpace(is[1]+" "+is[0]))
	}
	for _, is := range v.lasting("link", r) {
		all = append(all, "the way to "+is[0]+" is "+is[1])
	}
	return strings.Join(all, ", ")
}

// cut reports whether the way from one region to another is cut at the moment.
func (v *topologyView) cut(s *model.Scenario, from, to model.RegionID) bool {
	for _, is := range v.lasting("link", from) {
		if is[0] == s.Regions[to].Name {
			return true
		}
	}
	return false
}

// drawWays writes the round trips between all regions.
func (v *topologyView) drawWays(s *model.Scenario, area canvas.Area, y int) int {
	const nameWidth, width = 18, 15
	area.Text(0, y, canvas.Dim, "round trip to")
	for i := range s.Regions {
		x := nameWidth + (i+1)*width
		if x > area.Width {
			break
		}
		area.Ends(x, y, canvas.Dim, canvas.Fit(s.Regions[i].Name, width-1))
	}
	for i := range s.Regions {
		y++
		area.Text(0, y, canvas.Dim, canvas.Fit(s.Regions[i].Name, nameWidth-1))
		for j := range s.Regions {
			x := nameWidth + (j+1)*width
			if i != j && x <= area.Width {
				from, to := model.RegionID(i), model.RegionID(j)
				text, style := units.Length(s.MeanRTT(from, to)), canvas.Plain
				if v.cut(s, from, to) || v.cut(s, to, from) {
					text, style = "✗ cut", canvas.Bad
				}
				area.Ends(x, y, style, text)
			}
		}
	}
	return y + 1
}

// drawLags writes how far the copies of each store are behind, beyond the way.
func drawLags(s *model.Scenario, area canvas.Area, y int) {
	for i := range s.Stores {
		store := &s.Stores[i]
		text := "copies of " + store.Name + " are behind by"
		for r := range s.Regions {
			lag := store.Lag[r]
			if s.Regions[r].Witness || model.RegionID(r) == s.Primary() || lag.Quantile(0.5) <= 0 {
				continue
			}
			text += fmt.Sprintf(" %s (%s at most in 99 %%) in %s;",
				units.Length(units.Seconds(lag.Quantile(0.5))),
				units.Length(units.Seconds(lag.Quantile(0.99))), s.Regions[r].Name)
		}
		if strings.HasSuffix(text, ";") && y < area.Height {
			y = area.Below(y).Paragraph(0, canvas.Plain, strings.TrimSuffix(text, ";")) + y
		}
	}
}
