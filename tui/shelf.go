package tui

import (
	"fmt"
	"strings"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// A shelf is a list of scenarios, which a filter makes shorter.
type shelf struct {
	filter string
	at     int
	// groups says that each is written with what it is for.
	groups bool
	// below is how far the description is scrolled, and belowOf whose that is; cut says that there is
	// no room for all of it.
	below   int
	belowOf string
	cut     bool
}

// readLibrary has the library be read, once.
func (a *App) readLibrary() {
	if a.library == nil && !a.engine.reading {
		a.engine.read()
	}
}

// left are those that the filter leaves: that have it in what they are called, and after them those
// that have it in what is told of them.
func (s *shelf) left(all []scenarios.Summary) []scenarios.Summary {
	var called, told []scenarios.Summary
	has := func(text string) bool {
		text = strings.Join(strings.Fields(text), " ") // A description has line breaks in it.
		return strings.Contains(strings.ToLower(text), strings.ToLower(s.filter))
	}
	for _, one := range all {
		text := one.Name + " " + one.Title
		if s.groups {
			text += " " + groupWord(one)
		}
		switch {
		case has(text):
			called = append(called, one)
		case has(one.Description):
			told = append(told, one)
		}
	}
	return append(called, told...)
}

// does moves in a list of so many, and filters it.
func (s *shelf) does(a *App, what action, count int) bool {
	const page = 10
	switch what {
	case up:
		s.at--
	case down:
		s.at++
	case pageUp:
		s.at -= page
	case pageDown:
		s.at += page
	case detailUp:
		s.below = max(s.below-1, 0)
	case detailDown:
		s.below++
	case back:
		s.filter = ""
	case find:
		a.prompt = &prompt{label: "/", typed: func(text string) { s.filter, s.at = text, 0 },
			done: func(string) {}}
	default:
		return false
	}
	if a.library != nil { // Until it is read nobody knows how far one may go.
		s.at = s.chosen(count)
	}
	return true
}

// picked moves the cursor to a scenario that was clicked on, and reports whether it was there
// already, so that it is chosen.
func (s *shelf) picked(at int) (again bool) {
	again = s.at == at
	s.at = at
	return again
}

// chosen is where the cursor is in a list of so many.
func (s *shelf) chosen(count int) int { return max(min(s.at, count-1), 0) }

// sayEmpty says why nothing can be chosen.
func (a *App) sayEmpty() {
	if a.library == nil {
		a.say("the library is still being read")
	}
}

func (s *shelf) draw(a *App, area canvas.Area, heading string, list []scenarios.Summary) {
	if a.library == nil {
		area.Text(0, 0, canvas.Dim, "reading the library …")
		return
	}
	s.at = s.chosen(len(list))
	if s.filter != "" {
		heading += " with “" + s.filter + "” in them"
	}
	area.Text(0, 0, canvas.Strong, heading)
	if len(list) == 0 {
		area.Text(0, 2, canvas.Dim, "there is none: "+a.keys.of(find)[0]+" changes the filter")
		return
	}
	a.place(area, aList, 0)
	about := min(5, max(area.Height-8, 0))
	rows := area.Inner(0, 1, area.Width, area.Height-1-about)
	top := max(0, min(s.at-rows.Height/2, len(list)-rows.Height))
	const nameWidth, groupWidth = 30, 10
	for i, one := range list[top:] {
		style := canvas.Plain
		row := rows.Inner(0, i, rows.Width, 1)
		a.place(row, anEntry, top+i)
		if top+i == s.at {
			style = canvas.Selected
			row.Fill(style)
			row.Text(0, 0, style, "›")
		}
		x := nameWidth + 3
		row.Text(2, 0, style, canvas.Fit(one.Name, nameWidth))
		if s.groups {
			row.Text(x, 0, style, groupWord(one))
			x += groupWidth
		}
		row.Text(x, 0, style, canvas.Fit(one.Title, row.Width-x))
	}
	below := area.Below(area.Height - about)
	below.Rule(0, canvas.Dim, "─", list[s.at].Title)
	var told lines
	for _, row := range canvas.Wrap(list[s.at].Description, area.Width) {
		told.add(piece{canvas.Plain, row})
	}
	if s.belowOf != list[s.at].Name {
		s.below, s.belowOf = 0, list[s.at].Name
	}
	room := below.Below(1)
	s.cut = len(told) > room.Height
	s.below = a.scroller(told, room, s.below, false, detailDown)
}

// more is what leads to the rest of a description that there is no room for.
func (s *shelf) more() []hint {
	if !s.cut {
		return nil
	}
	return []hint{{"more of it", []action{detailDown, detailUp}}}
}

// lists says where there are lists that can be filtered, if a scenario has any.
func (a *App) lists() string {
	for i, v := range a.views {
		if v.title() == (*pickerView)(nil).title() {
			return fmt.Sprintf("; %d, %s, is one", i+1, v.title())
		}
	}
	return ""
}
