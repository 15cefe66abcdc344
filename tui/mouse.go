package tui

import "redoubt/tui/canvas"

// A thing is what a pointer can be on.
type thing uint8

const (
	// aTab is a view's name in the head, aSide a side's above its column.
	aTab thing = iota
	aSide
	// anEntry is a row of a list, aMoment a column that stands for one of its entries, and aSlider
	// what of a row is moved.
	anEntry
	aMoment
	aSlider
	// aList has a cursor that the wheel moves, and aPane rows that it scrolls.
	aList
	aPane
)

// A spot is where something was drawn that a pointer can be on: whoever draws it says so.
type spot struct {
	area canvas.Area
	what thing
	// at says which one of its kind: a view, a side, an entry, a slider.
	at int
}

// place says that something was drawn.
func (a *App) place(area canvas.Area, what thing, at int) {
	a.spots = append(a.spots, spot{area, what, at})
}

// spotAt is what a cell of the screen belongs to: what was drawn last of all that lies there.
func spotAt(spots []spot, x, y int) (found spot, is bool) {
	for i := len(spots) - 1; i >= 0; i-- {
		if spots[i].area.Holds(x, y) {
			return spots[i], true
		}
	}
	return spot{}, false
}

// Mouse reports whether the mouse is taken: else it is the terminal's, which selects text by it.
func (a *App) Mouse() bool { return a.mouse }

// useMouse takes the mouse, or leaves it to the terminal.
func (a *App) useMouse() {
	a.mouse = !a.mouse
	if a.mouse {
		a.say("the mouse is taken: a click chooses, the wheel scrolls or moves a value; :mouse ends it")
		return
	}
	a.say("the mouse is the terminal's again, and selects text")
}

// Click takes a click on a cell of the screen that was drawn last.
func (a *App) Click(x, y int) {
	s, is := spotAt(a.spots, x, y)
	if !is || s.what == aList || s.what == aPane {
		return
	}
	a.drawn, a.Copied = "", ""
	if a.prompt != nil && a.prompt.typed != nil {
		a.typed("enter") // A filter has done its work as it was typed.
	}
	if a.prompt != nil { // What is typed is not lost by a click.
		a.prompt.problem = "enter or esc comes first"
		return
	}
	a.message, a.wrong = "", false
	switch s.what {
	case aTab:
		a.help = false
		a.show(s.at)
	case aSide:
		a.focus(s.at)
	case anEntry, aMoment, aSlider:
		if v, ok := a.views[a.at].(interface{ picked(*App, int) }); ok {
			v.picked(a, s.at)
		}
	}
}

// focus has the keys of the comparison change a side.
func (a *App) focus(on int) {
	a.focused = on + 1
	if v, ok := a.views[0].(*compareView); ok {
		v.second = on == 1
	}
	a.say("%s%s: the wheel on it has another one, and so has %s in %s", marks[on], a.pair[on],
		a.keysOf(hint{actions: []action{left, right}}), a.views[0].title())
}

// Wheel takes a turn of the wheel on a cell of the screen that was drawn last: towards a
// person, which is down, or away from them.
func (a *App) Wheel(x, y int, towards bool) {
	s, is := spotAt(a.spots, x, y)
	if !is || s.what == aTab || a.prompt != nil && a.prompt.typed == nil {
		return
	}
	a.drawn, a.Copied = "", ""
	if a.prompt == nil {
		a.message, a.wrong = "", false
	}
	what, by := up, -1
	if towards {
		what, by = down, 1
	}
	switch s.what {
	case aSide:
		a.other(s.at, by)
	case aSlider:
		if v, ok := a.views[a.at].(*whatIfView); ok {
			v.turned(a, s.at, -by)
		}
	case anEntry, aMoment, aList:
		a.views[a.at].does(a, what)
	case aPane:
		const rows = 3
		for range rows {
			if a.help {
				a.helped(what)
			} else {
				a.views[a.at].does(a, what)
			}
		}
	}
}

// drawSide names a side above its column, where a click finds it; on the right of its area if the
// column has its figures there.
func (a *App) drawSide(area canvas.Area, side int, right bool) {
	style := sides[side]
	if a.focused == side+1 {
		style = canvas.Selected
	}
	text := a.header(side, area.Width, a.pair[side])
	if right {
		area.Ends(area.Width, 0, style, text)
	} else {
		area.Text(0, 0, style, text)
	}
	a.place(area, aSide, side)
}

// ofMouse says whose the mouse is.
func (a *App) ofMouse() []string {
	word := a.keys.of(command)[0] + "mouse"
	if a.mouse {
		return []string{
			"A click chooses a view, side or row; one more opens it.",
			"The wheel scrolls, and moves a value on its slider.",
			"Most terminals select text with shift; " + word + " ends it.",
		}
	}
	return []string{
		"The mouse selects text, as in any window: " + word + " takes it,",
		"and so does redoubt tui --mouse.",
	}
}
