package tui

import (
	"fmt"
	"strings"

	"redoubt/api"
	"redoubt/tui/canvas"
	"redoubt/tui/feed"
)

// drawHeard writes what has to be seen before all else: that nobody answers, what is down, and what
// an agent warns of, the gravest first; and where things stand. It returns what is left of the
// area, in full what had no room, which the view has where it is scrolled to its end, and false
// where there is nothing to show.
func (a *App) drawHeard(area canvas.Area) (canvas.Area, *feed.Reading, lines, bool) {
	heard := &a.live.heard
	banners := a.banners()
	if heard.Status == nil {
		l := banners.wrapped(area.Width)
		if heard.Err == nil {
			l.add(piece{canvas.Dim, "waiting for the first answer …"})
		}
		l.draw(area, 0, false)
		return area, heard, nil, false
	}
	above, further := banners.within(area.Width, area.Height, a.keys.of(a.toTheEnd())[0])
	above.draw(area, 0, false)
	return area.Below(len(above) + 1), heard, further, true
}

// toTheEnd is what scrolls a live view to the end of what it tells.
func (a *App) toTheEnd() action {
	switch a.views[a.at].(type) {
	case *historyView, *planView:
		return detailDown
	}
	return down
}

// tellsPlan reports whether the view that is shown has a part about the plan that runs.
func (a *App) tellsPlan() bool {
	switch a.views[a.at].(type) {
	case *liveView, *planView:
		return true
	}
	return false
}

// A banner is what stands above a live view, and what stands in its place where that takes fewer
// rows, "" where nothing does.
type banner struct {
	piece
	short string
}

// in is what of a banner is written in so many columns.
func (b banner) in(width int) string {
	rows := func(text string) int { return len(canvas.Wrap(text, width)) }
	if b.short != "" && rows(b.short) < rows(b.text) {
		return b.short
	}
	return b.text
}

// banners are all of them, the gravest first and the summary last.
type banners []banner

// banners are those of what was heard last.
func (a *App) banners() (all banners) {
	heard := &a.live.heard
	if heard.Err != nil {
		all = append(all, bad(a.live.silence()))
	}
	s := heard.Status
	if s == nil {
		return all
	}
	if down := downText(s, a.tellsPlan()); down != "" {
		all = append(all, bad("! "+down))
	}
	for _, text := range s.Warnings() {
		all = append(all, bad("! "+text))
	}
	return append(all, banner{piece{canvas.Strong, summary(s)}, shortSummary(s)})
}

// bad is a banner of what is wrong.
func bad(text string) banner { return banner{piece: piece{canvas.Bad, text}} }

// wrapped are all of the banners, over as many rows as they take.
func (b banners) wrapped(width int) (l lines) {
	for _, banner := range b {
		l.say(width, 0, banner.style, banner.in(width))
	}
	return l
}

// within are the banners in so many rows that half of them, or at least a third, are left to the
// view; and in full what is cut or left out by that. Where there is no room for all of it a warning
// has one row, and the summary, which the last ones make room for, two. The key leads to the rest.
func (b banners) within(width, height int, key string) (above, further lines) {
	if above = b.wrapped(width); len(above) <= height/2 {
		return above, nil
	}
	last := len(b) - 1
	var rest banners
	end := lines{}
	const summaryRows = 2
	for _, row := range canvas.WrapFit(b[last].in(width), width, summaryRows) {
		end.add(piece{b[last].style, row})
	}
	if len(canvas.Wrap(b[last].in(width), width)) > summaryRows {
		rest = append(rest, b[last])
	}
	above = nil
	room := height - (height+2)/3 - 1 - len(end) // An empty row follows.
	for i, banner := range b[:last] {
		left := last - i
		if len(above) >= room-1 && left > 1 {
			more := fmt.Sprintf("! and %d more, at the end (%s)", left, key)
			above.add(piece{banner.style, canvas.Fit(more, width)})
			rest = append(rest, b[i:last]...)
			break
		}
		if canvas.Width(banner.text) > width {
			rest = append(rest, banner)
		}
		above.add(piece{banner.style, canvas.Fit(banner.text, width)})
	}
	return append(above, end...), rest.wrapped(width)
}

// summary is where things stand in a line: first what is not as it is on most days.
func summary(s *api.Status) string {
	parts := []string{s.Mode + " mode"}
	parts = append(parts, unusual(s)...)
	parts = append(parts, primaryText(s), "serving "+orNobody(strings.Join(s.Serving, " ")))
	parts = append(parts, leads(s)...)
	if s.Plan == nil {
		parts = append(parts, "no plan runs")
	}
	if dry := s.Dry(); dry != "" {
		parts = append(parts, dry)
	}
	return strings.Join(parts, " · ")
}

// shortSummary has of the summary what follows from nothing else in it: that no plan runs is seen
// by there being none, and a primary that serves alone is named once.
func shortSummary(s *api.Status) string {
	parts := append([]string{s.Mode}, unusual(s)...)
	parts = append(parts, primaryText(s))
	if serving := strings.Join(s.Serving, " "); serving != s.Primary || serving == "" {
		parts = append(parts, "serving "+orNobody(serving))
	}
	parts = append(parts, leads(s)...)
	if dry := s.Dry(); dry != "" {
		parts = append(parts, dry)
	}
	return strings.Join(parts, " · ")
}

// unusual is what is not as it is on most days: a pause, and a plan that runs.
func unusual(s *api.Status) (parts []string) {
	if s.Paused {
		parts = append(parts, "paused")
	}
	if p := s.Plan; p != nil {
		ends := api.Ends(p.Leaves, p.To)
		parts = append(parts, fmt.Sprintf("%s %s runs, %s", p.Kind, ends, lasted(p.For, p.Stood)))
	}
	return parts
}

// primaryText says who takes the writes.
func primaryText(s *api.Status) string {
	if !s.Promotes() {
		return "no primary: every region writes (:evacuate leaves one)"
	}
	return "primary " + orNobody(s.Primary)
}

// leads says who decides, and how often the writes were moved.
func leads(s *api.Status) []string {
	return []string{"leader " + orNobody(s.Leader), fmt.Sprintf("epoch %d", s.Epoch)}
}
