package tui

import (
	"slices"

	"redoubt/scenarios"
	"redoubt/tui/canvas"
)

// pickerView lists the scenarios of the library, those whose names or titles hold a filter.
type pickerView struct {
	shelf
	// seen says that the list was moved to what is open.
	seen bool
}

func (*pickerView) title() string { return "Scenarios" }

func (v *pickerView) hints() []hint {
	return slices.Concat([]hint{
		{"scenario", []action{down, up}}, {"open", []action{choose}},
	}, v.more(), []hint{{"filter", []action{find}}, {"back", []action{back}}}, common[2:])
}

// shown has the library be read, and begins at what is open.
func (v *pickerView) shown(a *App) {
	a.readLibrary()
	v.at, v.seen = 0, false
}

// repeat is the command that lists the library.
func (*pickerView) repeat(*App) string { return "redoubt scenarios list" }

// listed are those that the filter leaves.
func (v *pickerView) listed(a *App) []scenarios.Summary {
	list := v.left(a.library)
	if a.library != nil && !v.seen {
		v.seen = true
		v.at += max(0, slices.IndexFunc(list, func(s scenarios.Summary) bool {
			return s.Name == a.study.scenario.Name
		})) // From there on, if keys have moved the cursor already.
	}
	return list
}

func (v *pickerView) does(a *App, what action) bool {
	list := v.listed(a)
	switch what {
	case choose:
		if len(list) > 0 {
			a.opened(list[v.chosen(len(list))].Name)
		}
		a.sayEmpty()
		return true
	case back:
		if v.filter == "" {
			a.show(0)
		}
	}
	return v.shelf.does(a, what, len(list))
}

// picked opens what is clicked on twice.
func (v *pickerView) picked(a *App, at int) {
	if v.shelf.picked(at) {
		v.does(a, choose)
	}
}

func (v *pickerView) draw(a *App, area canvas.Area) {
	v.shelf.draw(a, area, "scenarios of the library", v.listed(a))
}
