package tui

import (
	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// liveTopologyView has the regions and the ways between them as agents say: who leads and writes,
// who sees whom, what is impaired, where users are sent and how far copies are behind.
type liveTopologyView struct {
	fed
	from int
}

// title is not that of the view of a run: both may stand beside each other.
func (*liveTopologyView) title() string { return "Regions" }

func (v *liveTopologyView) does(a *App, what action) bool {
	return scrolled(&v.from, what) || a.orders(what)
}

// repeat is the command that prints it.
func (*liveTopologyView) repeat(a *App) string { return a.live.asks("topology") }

func (v *liveTopologyView) draw(a *App, area canvas.Area) {
	a.place(area, aPane, 0)
	area, heard, further, ok := a.drawHeard(area)
	if !ok {
		return
	}
	e := saidOf(heard.Status)
	for _, row := range further {
		e.notes = append(e.notes, row[0].text)
	}
	v.from, _ = e.draw(a, area.Left(mostWidth), v.from, isOld(heard), down)
}

// saidOf is the estate as an agent has it. What nobody says is not known, and what nobody measures
// is the scenario's, and said to be.
func saidOf(s *api.Status) *estate {
	e := &estate{urgent: true}
	rtts := map[[2]string]float64{}
	for _, link := range s.Links {
		rtts[[2]string{link.From, link.To}] = link.RTT
	}
	for i := range s.Regions {
		r := &s.Regions[i]
		region := estateRegion{
			name: r.Region, is: s.Does(r), carries: r.CanCarry(), impaired: r.Impaired(),
			unsure: r.Unsure(),
		}
		if over := r.Overload(); over != "" {
			region.impaired = append(region.impaired, over)
		}
		if r.Region == s.Leader {
			region.is += ", leads"
		}
		switch {
		case r.Users != nil:
			region.users = units.Percent(*r.Users, 1) + " %"
		case r.Role != "witness":
			region.users = "?"
		}
		e.regions = append(e.regions, region)
	}
	e.way = func(from, to int) piece {
		by, of := s.Regions[from].Region, s.Regions[to].Region
		way, long := piece{canvas.Dim, ""}, "?"
		if rtt, known := rtts[[2]string{by, of}]; known {
			long = units.RoundTrip(units.Seconds(rtt))
		}
		if seen := s.Seen(by, of); seen != "" {
			way.style = verdictStyle(seen)
			way.text = marked[way.style] + " "
		}
		way.text += long
		return way
	}
	for i := range s.Stores {
		if text := s.Stores[i].Lags(); text != "" {
			e.lags = append(e.lags, text)
		}
	}
	e.notes = append([]string{
		"▲ the agent of the row sees the region of the column up, ▼ down, ? it has not said for long; " +
			"where no mark stands it does not look",
		"assumed by the scenario, not measured: round trips, and by its routing where users are sent",
	}, s.Sources()...)
	if len(s.Links) == 0 {
		e.notes = e.notes[:1]
		e.notes = append(e.notes, "this agent does not say how far the ways are, or where users are sent")
	}
	return e
}
