package tui

import (
	"fmt"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// aRun is which run is played.
type aRun struct {
	// name is what a command takes where another scenario is played than the one that is studied.
	name     string
	scenario *model.Scenario
	kind     model.StrategyKind
	seed     uint64
}

// told is a run that was played, or why it cannot be.
type told struct {
	of      aRun
	run     *redoubt.Simulation
	problem string
	// between is what the policy made of a time between two moments, where that alone was asked for:
	// run is nil then.
	between *redoubt.Explanation
	at      time.Duration
}

// explained plays a run with what the policy made of each of its moments: it is played once to know
// when these are. Most take some milliseconds, and some a second.
func explained(asked aRun) *told {
	o := redoubt.SimulateOptions{Strategy: asked.kind, Seed: asked.seed, Untraced: true}
	first, err := redoubt.Simulate(asked.scenario, o)
	if err != nil {
		return &told{of: asked, problem: err.Error()}
	}
	o.Untraced = false
	for _, entry := range first.Timeline {
		if n := len(o.Explain.At); n == 0 || o.Explain.At[n-1] != entry.At {
			o.Explain.At = append(o.Explain.At, entry.At)
		}
	}
	run, err := redoubt.Simulate(asked.scenario, o)
	if err != nil {
		return &told{of: asked, problem: err.Error()}
	}
	return &told{of: asked, run: run}
}

// wanted is the run that is to be shown.
func (v *timelineView) wanted(a *App) aRun {
	if v.other != nil {
		return *v.other
	}
	s := a.study.scenario
	seed := v.seed
	if seed == 0 {
		seed = s.Run.Seed
	}
	return aRun{scenario: s, kind: a.pair[0], seed: seed}
}

// current reports whether what is shown is what is to be.
func (v *timelineView) current(a *App) bool { return v.told != nil && v.told.of == v.wanted(a) }

// play has the run that is to be shown be played, if it is another one. The cursor begins anew in
// it.
func (v *timelineView) play(a *App) {
	wanted := v.wanted(a)
	if v.aheadOf != wanted {
		v.ahead, v.aheadOf = nil, wanted
	}
	if !v.current(a) {
		a.engine.play(wanted)
		return
	}
	v.explain(a)
}

// take shows a run that was played, and has another one be played if that is wanted by now. What is
// shown stays if it is what is wanted again.
func (v *timelineView) take(a *App, t *told) {
	if t.at > 0 {
		if v.told != nil && v.told.of == t.of {
			v.asked = t
		}
		v.play(a) // It may be another time by now, or another run.
		return
	}
	if v.current(a) {
		return
	}
	v.told, v.asked, v.at, v.past = t, nil, 0, 0
	if v.play(a); !v.current(a) {
		return
	}
	ahead := v.ahead
	v.ahead = nil
	for _, do := range ahead {
		do()
	}
}

// aheadMost is how many keys are kept for a run that is on its way: a key that is held down repeats
// some thirty times a second, and a run takes seconds.
const aheadMost = 1000

// once does something with the run that is to be shown: now, or once it has been played.
func (v *timelineView) once(a *App, do func()) {
	if v.play(a); v.current(a) {
		do()
		return
	}
	if len(v.ahead) == aheadMost {
		a.say("the run is still being played")
		return
	}
	v.ahead = append(v.ahead, do)
}

// step moves the cursor by so many entries.
func (v *timelineView) step(a *App, by int) {
	v.once(a, func() { v.walk.step(len(v.entries()), by) })
}

// moments are when these are.
func (v *timelineView) moments() []time.Duration {
	all := make([]time.Duration, len(v.entries()))
	for i := range all {
		all[i] = v.entries()[i].At
	}
	return all
}

// forget goes back to what is studied, and to its own seed.
func (v *timelineView) forget() { v.other, v.seed, v.list = nil, 0, nil }

// entries are the moments of what is shown.
func (v *timelineView) entries() []redoubt.Entry {
	if v.told == nil || v.told.run == nil {
		return nil
	}
	return v.told.run.Timeline
}

// shownRun is the run that is shown, or before there is one the run that will be.
func (v *timelineView) shownRun(a *App) aRun {
	if v.told == nil {
		return v.wanted(a)
	}
	return v.told.of
}

// reseed goes to the next seed, or to the one before.
func (v *timelineView) reseed(a *App, by int) {
	seed := v.wanted(a).seed
	if by > 0 {
		seed++
	} else {
		seed = max(seed, 2) - 1
	}
	if v.other == nil {
		v.seed = seed
	} else {
		v.other = &aRun{v.other.name, v.other.scenario, v.other.kind, seed}
	}
	v.play(a)
}

// otherStrategy plays what is played in place of the study with its next strategy.
func (v *timelineView) otherStrategy(a *App) {
	kinds := playedKinds(v.other.scenario)
	for i, kind := range kinds {
		if kind == v.other.kind {
			next := kinds[(i+1)%len(kinds)]
			v.other = &aRun{v.other.name, v.other.scenario, next, v.other.seed}
			break
		}
	}
	v.play(a)
}

// playedKinds are the strategies of a scenario that can be built.
func playedKinds(s *model.Scenario) (kinds []model.StrategyKind) {
	for _, strategy := range s.Strategies {
		if s.Excuse(strategy.Kind) == "" {
			kinds = append(kinds, strategy.Kind)
		}
	}
	return kinds
}

// played begins to play a scenario in place of what is studied, with the strategy that the library
// means it for, or that which is looked at.
func (v *timelineView) played(a *App, name string) error {
	s, err := scenarios.Load(name)
	if err != nil {
		return err
	}
	kind, is := redoubt.IncidentStrategy(name)
	if !is && len(s.Expected) > 0 {
		kind = s.Expected[0].Strategy
	}
	kinds := playedKinds(s)
	for _, wish := range []model.StrategyKind{kind, a.pair[0], a.pair[1]} {
		for _, has := range kinds {
			if has == wish {
				v.other, v.list = &aRun{name, s, wish, s.Run.Seed}, nil
				v.play(a)
				return nil
			}
		}
	}
	if len(kinds) == 0 {
		return fmt.Errorf("%s has no strategy that can be built", name)
	}
	v.other, v.list = &aRun{name, s, kinds[len(kinds)-1], s.Run.Seed}, nil
	v.play(a)
	return nil
}

// left closes the list of what can be played, which is of this view alone.
func (v *timelineView) left() { v.list = nil }

// openList shows what can be played.
func (v *timelineView) openList(a *App) {
	a.readLibrary()
	v.list = &shelf{groups: true}
}

// playable is what can be played: what is studied, published outages, game days, and estates, which
// lose their primary region.
func (v *timelineView) playable(a *App) []scenarios.Summary {
	if a.library == nil {
		return nil
	}
	list := []scenarios.Summary{{
		Name: a.study.name, Title: "what is compared, with what was changed in it",
		Description: a.study.scenario.Description,
	}}
	groups := []scenarios.Group{
		scenarios.IncidentGroup, scenarios.DrillGroup, scenarios.EstateGroup,
	}
	for _, group := range groups {
		for _, s := range a.library {
			if s.Group == group {
				list = append(list, s)
			}
		}
	}
	return v.list.left(list)
}

// picks takes an action while the list is shown.
func (v *timelineView) picks(a *App, what action) bool {
	list := v.playable(a)
	switch {
	case what == choose && len(list) > 0:
		chosen := list[v.list.chosen(len(list))]
		if chosen.Group == "" {
			v.forget()
			v.play(a)
			return true
		}
		a.complain(v.played(a, chosen.Name))
	case what == choose:
		a.sayEmpty()
	case what == back && v.list.filter == "":
		v.list = nil
	default:
		return v.list.does(a, what, len(list))
	}
	return true
}

// playWord is the command that plays a scenario in the timeline.
func (a *App) playWord(name string) error {
	if name == "" {
		return fmt.Errorf("name what to play, as in: play github-2018-10-21")
	}
	if err := a.run.played(a, name); err != nil {
		return err
	}
	a.show(a.indexOf(a.run))
	return nil
}

// indexOf is where a view stands among all.
func (a *App) indexOf(v view) int {
	for i := range a.views {
		if a.views[i] == v {
			return i
		}
	}
	return 0
}

// groupWord names a group in a list.
func groupWord(of scenarios.Summary) string {
	switch of.Group {
	case scenarios.IncidentGroup:
		return "incident"
	case scenarios.DrillGroup:
		return "drill"
	case scenarios.EstateGroup:
		return "estate"
	}
	return "yours"
}
