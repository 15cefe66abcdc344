package tui

import (
	"fmt"

	"redoubt/model"
)

// leave is the end.
func (a *App) leave() {
	a.engine.stop()
	a.Done = true
}

// warning is what was said of what would be lost, and of which scenario.
type warning struct {
	of         *model.Scenario
	lost, what string
}

// mayDrop reports whether what is not saved may be lost: it says so once, and how it is to be done
// again.
func (a *App) mayDrop(again string) bool {
	lost := a.unfinished()
	now := warning{lost: lost, what: again}
	if a.study != nil {
		now.of = a.study.scenario
	}
	if lost == "" || a.warned == now {
		return true
	}
	a.warned = now
	a.say("%s, %s", lost, again)
	return false
}

// unfinished says what would be lost, and what keeps it.
func (a *App) unfinished() string {
	if a.waits() {
		return "an order is on its way: wait to hear what comes of it"
	}
	if a.study == nil || a.study.unsaved() == 0 {
		return ""
	}
	changes := "1 change is"
	if count := a.study.unsaved(); count > 1 {
		changes = fmt.Sprintf("%d changes are", count)
	}
	return fmt.Sprintf("%s not saved: %s saves", changes, a.keys.of(save)[0])
}
