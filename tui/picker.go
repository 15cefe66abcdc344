package tui

import (
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

func (*pickerView) hints() []hint {
	return append([]hint{
		{"scenario", []action{down, up}}, {"open", []action{choose}}, {"filter", []action{find}},
		{"back", []action{back}},
	}, common[2:]...)
}

// shown has the library be read, and begins at what is open.
func (v *pickerView) shown(a *App) {
	a.readLibrary()
	v.seen = false
}

// repeat is the command that lists the library.
func (*pickerView) repeat(*App) string { return "redoubt scenarios list" }

// listed are those that the filter leaves.
func (v *pickerView) listed(a *App) []scenarios.Summary {
	for i, s := range a.library {
		if s.Name == a.study.scenario.Name && !v.seen {
			v.at, v.seen = i, true
		}
	}
	return v.left(a.library)
}

func (v *pickerView) does(a *App, what action) bool {
	list := v.listed(a)
	switch what {
	case choose:
		if len(list) > 0 {
			a.opened(list[v.at].Name)
		}
		return true
	case back:
		if v.filter == "" {
			a.show(0)
		}
	}
	return v.shelf.does(a, what, len(list))
}

func (v *pickerView) draw(a *App, area canvas.Area) {
	v.shelf.draw(a, area, "scenarios of the library", v.listed(a))
}
