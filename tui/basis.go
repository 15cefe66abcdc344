package tui

import (
	"fmt"

	"redoubt/contrast"
	"redoubt/tui/canvas"
)

// roomForWhy is how many lines a screen has that says elsewhere which strategy is recommended.
const roomForWhy = 20

// restsOn is what the status line says where nothing was just done, in so many columns: what the
// view rests on, and of a scenario beside agents that have another one, that they have.
func (a *App) restsOn(width int) string {
	basis := ""
	if v, ok := a.views[a.at].(interface{ basis(*App, int) string }); ok {
		basis = v.basis(a, width)
	} else {
		basis = a.basis(width)
	}
	others := a.others()
	if others == "" {
		return basis
	}
	if a.watches() {
		return "not of " + a.study.scenario.Name + ", simulated beside: " + basis
	}
	if all := basis + "; the agents run " + others; canvas.Width(all) <= width {
		return all
	}
	return "agents run another: " + basis
}

// basis says what the figures rest on, and what is still to come: first what matters most, where so
// many columns have no room for all of it.
func (a *App) basis(width int) string {
	var text string
	switch {
	case a.failure != "":
		return "nothing can be simulated: " + a.failure
	case a.shown == nil && !a.engine.busy:
		return "nothing was simulated: " + a.keys.of(again)[0] + " runs it"
	case a.shown == nil:
		return "simulating …"
	case a.stale:
		text = "stale: of before the change"
	case a.coarse:
		text = "coarse"
	default:
		text = "done"
	}
	star, going := "", a.refining()
	if a.recommended() != 0 && !a.stale && a.height < roomForWhy {
		star = a.starred() + "; "
	}
	trials := fmt.Sprintf("%d trials of %d years, seed %d; 95 %% intervals", a.shown.Trials,
		a.shown.Years, a.shown.Seed)
	text = going + star + text
	all := text + ", " + trials
	if !a.unverified() {
		return all
	}
	const short = "; " + contrast.Unchecked + " unverified"
	for _, note := range []string{"; costs rest on unverified amounts", short} {
		if canvas.Width(all+note) <= width {
			return all + note
		}
	}
	return text + short + "; " + trials
}

// unverified reports whether the costs rest on amounts that nobody checked.
func (a *App) unverified() bool {
	for _, kind := range a.pair {
		if r := a.result(kind); r != nil && r.Case.Unverified > 0 {
			return true
		}
	}
	return false
}

// refining says how far what is being simulated has come, "" where nothing is. It stands first: a
// narrow screen has no room for what follows.
func (a *App) refining() string {
	done, total := a.engine.done.Load(), a.engine.total.Load()
	switch {
	case !a.engine.busy:
		return ""
	case total == 0:
		return "refining: "
	}
	return fmt.Sprintf("refining %d %% (%s stops): ", 100*done/total, a.keys.of(back)[0])
}

// basis says which run is shown, of what: one is no more than that, however many trials have been
// compared.
func (v *timelineView) basis(a *App, _ int) string {
	of := v.shownRun(a)
	name := of.name
	if name == "" {
		name = a.study.name
	}
	text := fmt.Sprintf("one run, seed %d: %s, %s", of.seed, name, of.kind)
	switch {
	case v.list != nil && a.library != nil:
		return fmt.Sprintf("%d can be played", len(v.playable(a)))
	case !v.current(a):
		return "playing another: " + text
	}
	return text
}

// basis says how many scenarios there are, and which one the other views are of: nothing that is
// listed was simulated for it.
func (v *pickerView) basis(a *App, _ int) string {
	if a.library == nil {
		return "the library is being read; open is " + a.study.name
	}
	count := fmt.Sprint(len(a.library))
	if v.filter != "" {
		count = fmt.Sprintf("%d of %s", len(v.listed(a)), count)
	}
	return count + " scenarios; open is " + a.study.name
}

// basis is that of the timeline, whose moment it shows.
func (v *topologyView) basis(a *App, width int) string { return v.run.basis(a, width) }

// basis says how many trials each value was weighed by, where that is what is shown alone, and
// beside what the comparison rests on where both are.
func (v *moneyView) basis(a *App, width int) string {
	found := a.hangs.found
	if !v.hangs || found == nil || a.hangs.of != a.hangsKey() {
		return a.basis(width)
	}
	weighed := fmt.Sprintf("each value by %d trials", found.Tried)
	if v.part == whatItHangsOn {
		return fmt.Sprintf("%s of %d years, seed %d", weighed, a.shown.Years, a.shown.Seed)
	}
	if all := a.basis(width) + "; " + weighed; canvas.Width(all) <= width {
		return all
	}
	return a.basis(width)
}
