package tui

import (
	"fmt"
	"slices"
	"strings"

	"redoubt"
	"redoubt/tui/canvas"
	"redoubt/units"
)

// An estate is the regions and the ways between them, at a moment of a run or as agents say.
type estate struct {
	regions []estateRegion
	// way is the text of the way from one region to another, by their numbers.
	way func(from, to int) piece
	// lags are how far copies are behind, and notes where figures are from.
	lags, notes []string
	// urgent says that regions with which something is wrong come first where not all rows are seen.
	urgent bool
}

// estateRegion is what a region does, which part of the users is sent there, how much of all
// traffic it can carry, "" where nothing says that, and what is wrong.
type estateRegion struct {
	name, is, users, carries string
	impaired                 []string
	// unsure says why nobody can tell whether it is up, "" where somebody can.
	unsure string
}

// played is the estate at a moment of a run.
func played(now *redoubt.Topology) *estate {
	e := &estate{notes: now.Sources()}
	ways := map[[2]string]*redoubt.Way{}
	for i := range now.Ways {
		ways[[2]string{now.Ways[i].From, now.Ways[i].To}] = &now.Ways[i]
	}
	for i := range now.Regions {
		r := &now.Regions[i]
		region := estateRegion{name: r.Name, is: r.Role, impaired: r.Impaired}
		if r.Leads {
			region.is += ", leads"
		}
		if !now.Scenario.Regions[i].Witness {
			region.users = units.Percent(r.Users, 1) + " %"
		}
		e.regions = append(e.regions, region)
	}
	e.way = func(from, to int) piece {
		way := ways[[2]string{e.regions[from].name, e.regions[to].name}]
		switch {
		case way == nil:
			return piece{}
		case way.Cut:
			return piece{canvas.Bad, "✗ cut"}
		}
		return piece{canvas.Plain, units.RoundTrip(way.RTT)}
	}
	for i := 0; i < len(now.Copies); {
		store := now.Copies[i].Store
		var behind []string
		for ; i < len(now.Copies) && now.Copies[i].Store == store; i++ {
			c := &now.Copies[i]
			behind = append(behind, fmt.Sprintf("%s (%s at most in 99 %%) in %s",
				units.Length(c.P50), units.Length(c.P99), c.Region))
		}
		e.lags = append(e.lags, "copies of "+store+" are behind by "+strings.Join(behind, "; "))
	}
	return e
}

// draw writes an estate from a row on, and says where there is no room for all of it, with the key
// of what leads to the rest. It returns the first row that may be drawn, and how many there are
// beyond the area. What is old is drawn faintly.
func (e *estate) draw(a *App, area canvas.Area, from int, old bool, further action) (int, int) {
	order := e.regions
	parts := func(area canvas.Area, y, gap int) (end int) {
		y = drawRegions(area, order, y+gap, old)
		y = e.drawWays(area, y+gap, old)
		for i, text := range e.lags {
			if i == 0 {
				y += gap
			}
			y = area.Paragraph(y, faint(canvas.Plain, old), text)
		}
		y += gap
		for _, text := range e.notes {
			y = area.Paragraph(y, canvas.Dim, text)
		}
		return y
	}
	gap, none := 1, area.Above(0) // Where nothing is seen, all that is drawn is counted.
	rows := parts(none, 0, gap)
	if rows > area.Height { // An empty row between two parts is for those who have room for it.
		gap = 0
		rows = parts(none, 0, gap)
	}
	if e.urgent && rows > area.Height {
		order = e.wrongFirst()
	}
	from = max(min(from, rows-area.Height), 0)
	beyond := max(rows-area.Height, 0)
	if left := rows - from - area.Height; left > 0 {
		area.Text(0, area.Height-1, canvas.Dim, fmt.Sprintf("↓ %d more lines (%s)", left+1,
			a.keys.of(further)[0]))
		area = area.Above(area.Height - 1)
	}
	parts(area, -from, gap)
	return from, beyond
}

// faint is a style, or what is old has in its place.
func faint(style canvas.Style, old bool) canvas.Style {
	if old {
		return canvas.Dim
	}
	return style
}

// wrongFirst are the regions, those first with which something is wrong, and then those of which
// nobody can tell.
func (e *estate) wrongFirst() []estateRegion {
	rank := func(r estateRegion) int {
		switch {
		case len(r.impaired) > 0:
			return 0
		case r.unsure != "":
			return 1
		}
		return 2
	}
	all := slices.Clone(e.regions)
	slices.SortStableFunc(all, func(a, b estateRegion) int { return rank(a) - rank(b) })
	return all
}

// drawRegions writes a row for each region, and returns the row after them.
func drawRegions(area canvas.Area, regions []estateRegion, y int, old bool) int {
	const nameWidth, sentWidth, impairedWidth, roomy, indent = 18, 9, 13, 24, 4
	const carries, wrongs, leastIs = "can carry", "impaired", len("standby, leads")
	carryWidth := 0
	for i := range regions {
		if regions[i].carries != "" {
			carryWidth = len(carries) + 2
		}
	}
	isWidth := max(min(22, area.Width-nameWidth-sentWidth-carryWidth-2-impairedWidth), leastIs)
	sentAt := nameWidth + isWidth + sentWidth // Where the column ends, as the next one does.
	carryAt := sentAt + carryWidth
	impairedAt := carryAt + 2
	area.Text(0, y, canvas.Dim, "region")
	area.Text(nameWidth, y, canvas.Dim, "is")
	area.Ends(sentAt, y, canvas.Dim, "users")
	if carryWidth > 0 {
		area.Ends(carryAt, y, canvas.Dim, carries)
	}
	if area.Width-impairedAt >= len(wrongs) { // Else each that is has rows of its own.
		area.Text(impairedAt, y, canvas.Dim, wrongs)
	}
	for i := range regions {
		y++
		r := &regions[i]
		style, wrong := canvas.Plain, ""
		switch {
		case len(r.impaired) > 0:
			style, wrong = canvas.Bad, "✗ "+strings.Join(r.impaired, ", ")
			if r.unsure != "" {
				wrong += "; " + r.unsure
			}
		case r.unsure != "":
			style, wrong = canvas.Warn, "? "+r.unsure
		}
		style = faint(style, old)
		area.Text(0, y, style, canvas.Fit(r.name, nameWidth-1))
		area.Text(nameWidth, y, faint(canvas.Plain, old), canvas.Fit(r.is, isWidth))
		area.Ends(sentAt, y, faint(canvas.Plain, old), r.users)
		area.Ends(carryAt, y, faint(canvas.Plain, old), r.carries)
		column := area.Right(impairedAt)
		if canvas.Width(wrong) > column.Width && column.Width < roomy { // It takes rows of its own.
			column = area.Right(indent)
			y++
		}
		for i, part := range canvas.Wrap(wrong, column.Width) {
			y += min(i, 1)
			column.Text(0, y, style, part)
		}
	}
	return y + 1
}

// drawWays writes the round trips between all regions: in columns as narrow as they have to be for
// all of them, and no narrower than a time.
func (e *estate) drawWays(area canvas.Area, y int, old bool) int {
	const nameWidth, widest, narrowest = 18, 15, 8
	width := max(min(widest, (area.Width-nameWidth)/max(len(e.regions), 1)), narrowest)
	column := func(i int) (ends int, fits bool) {
		ends = nameWidth + (i+1)*width
		return ends, ends <= area.Width
	}
	hidden := 0
	area.Text(0, y, canvas.Dim, "round trip to")
	for to := range e.regions {
		name := e.regions[to].name
		area.Text(0, y+1+to, canvas.Dim, canvas.Fit(name, nameWidth-1))
		x, fits := column(to)
		if !fits {
			hidden++
			continue
		}
		area.Ends(x, y, canvas.Dim, canvas.Fit(name, width-1))
		for from := range e.regions {
			if way := e.way(from, to); from != to {
				area.Ends(x, y+1+from, faint(way.style, old), way.text)
			}
		}
	}
	y += 1 + len(e.regions)
	if hidden > 0 {
		area.Text(0, y, canvas.Dim, canvas.Fit(fmt.Sprintf("and %d more regions in a wider window",
			hidden), area.Width))
		y++
	}
	return y
}
