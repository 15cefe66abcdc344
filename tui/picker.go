package tui

import (
	"strings"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// pickerView lists the scenarios of the library, those whose names or titles hold a filter.
type pickerView struct {
	filter string
	at     int
	// seen says that the list was moved to what is open.
	seen bool
}

func (*pickerView) title() string { return "Scenarios" }

func (*pickerView) hints() []hint {
	return append([]hint{
		{"scenario", []action{down, up}}, {"open", []action{choose}}, {"filter", []action{find}},
		{"back", []action{back}},
	}, common[2:]...)
}

// shown has the library be read, and begins at what is open.
func (v *pickerView) shown(a *App) {
	if a.library == nil && !a.engine.reading {
		a.engine.read()
	}
	v.seen = false
}

// repeat is the command that lists the library.
func (*pickerView) repeat(*App) string { return "redoubt scenarios list" }

// listed are those that the filter leaves.
func (v *pickerView) listed(a *App) (some []scenarios.Summary) {
	for i, s := range a.library {
		if s.Name == a.study.scenario.Name && !v.seen {
			v.at, v.seen = i, true
		}
		text := strings.ToLower(s.Name + " " + s.Title)
		if strings.Contains(text, strings.ToLower(v.filter)) {
			some = append(some, s)
		}
	}
	return some
}

func (v *pickerView) does(a *App, what action) bool {
	list := v.listed(a)
	const page = 10
	switch what {
	case up:
		v.at--
	case down:
		v.at++
	case pageUp:
		v.at -= page
	case pageDown:
		v.at += page
	case choose:
		if len(list) > 0 {
			a.opened(list[v.at].Name)
		}
	case back:
		if v.filter == "" {
			a.show(0)
		}
		v.filter = ""
	case find:
		a.prompt = &prompt{label: "/", typed: func(text string) { v.filter, v.at = text, 0 },
			done: func(string) {}}
	default:
		return false
	}
	v.at = max(min(v.at, len(list)-1), 0)
	return true
}

func (v *pickerView) draw(a *App, area canvas.Area) {
	if a.library == nil {
		area.Text(0, 0, canvas.Dim, "reading the library …")
		return
	}
	list := v.listed(a)
	v.at = max(min(v.at, len(list)-1), 0)
	heading := "scenarios of the library"
	if v.filter != "" {
		heading += " with “" + v.filter + "” in them"
	}
	area.Text(0, 0, canvas.Strong, heading)
	if len(list) == 0 {
		area.Text(0, 2, canvas.Dim, "there is none: "+a.keys.of(find)[0]+" changes the filter")
		return
	}
	about := min(5, max(area.Height-8, 0))
	rows := area.Inner(0, 1, area.Width, area.Height-1-about)
	top := max(0, min(v.at-rows.Height/2, len(list)-rows.Height))
	const nameWidth = 30
	for i, s := range list[top:] {
		style := canvas.Plain
		row := rows.Inner(0, i, rows.Width, 1)
		if top+i == v.at {
			style = canvas.Selected
			row.Fill(style)
			row.Text(0, 0, style, "›")
		}
		row.Text(2, 0, style, canvas.Fit(s.Name, nameWidth))
		row.Text(nameWidth+3, 0, style, canvas.Fit(s.Title, row.Width-nameWidth-3))
	}
	below := area.Below(area.Height - about)
	below.Rule(0, canvas.Dim, "─", list[v.at].Title)
	below.Below(1).Paragraph(0, canvas.Plain, list[v.at].Description)
}
