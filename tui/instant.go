package tui

import (
	"fmt"
	"strings"
	"time"

	"redoubt"
	"redoubt/units"
)

// instantStep is how far a key moves the cursor in time: a check is some ten seconds apart from the
// next, and a lease or a hold-down lasts for several of them.
const instantStep = 10 * time.Second

// instant is when the cursor stands, 0 where nothing happens.
func (v *timelineView) instant() time.Duration { return v.walk.instant(v.moments()) }

// goTo moves the cursor to a time of the run that is shown, or to that end of it which is nearest.
func (v *timelineView) goTo(at time.Duration) { v.walk.goTo(v.moments(), at) }

// pass moves the cursor by a time. Where the run is at its end it says so.
func (v *timelineView) pass(a *App, by time.Duration) {
	v.once(a, func() {
		before := v.instant()
		v.goTo(before + by)
		v.explain(a)
		switch {
		case v.instant() != before:
		case by < 0:
			a.say("nothing happens before %s", redoubt.Clock(before))
		default:
			a.say("nothing happens after %s", redoubt.Clock(before))
		}
	})
}

// atWord is the command that stands at a time of the run.
func (a *App) atWord(text string) error {
	v := a.run
	at, err := time.ParseDuration(strings.TrimPrefix(text, "T+"))
	if err != nil {
		return fmt.Errorf("%q is no time of a run: write it as 12m30s", text)
	}
	if _, is := a.views[a.at].(*topologyView); !is {
		a.show(a.indexOf(v))
	}
	v.once(a, func() {
		entries := v.entries()
		if v.goTo(at); len(entries) > 0 && v.instant() != at {
			a.say("the run is told from %s to %s", redoubt.Clock(entries[0].At),
				redoubt.Clock(entries[len(entries)-1].At))
		}
		v.explain(a)
	})
	return nil
}

// sinceThat says where the cursor stands between two moments: how long after which.
func (v *timelineView) sinceThat() string {
	return fmt.Sprintf("%s after: %s", units.Length(v.past), entryText(&v.entries()[v.at]))
}

// explainedAt plays a run for what the policy made of one time between its moments.
func explainedAt(asked aRun, at time.Duration) *told {
	run, err := redoubt.Simulate(asked.scenario, redoubt.SimulateOptions{
		Strategy: asked.kind, Seed: asked.seed, Untraced: true,
		Explain: redoubt.Explain{At: []time.Duration{at}},
	})
	if err != nil {
		return &told{of: asked, at: at, problem: err.Error()}
	}
	t := &told{of: asked, at: at}
	if len(run.Explanations) > 0 {
		t.between = &run.Explanations[0]
	}
	return t
}

// explain has what the policy made of the cursor's time be found, where that is between two moments
// and nobody has asked for it.
func (v *timelineView) explain(a *App) {
	if v.past == 0 || !v.current(a) || v.knows() {
		return
	}
	a.engine.explain(v.told.of, v.instant())
}

// knows reports whether it was found what the policy made of the cursor's time, or why not.
func (v *timelineView) knows() bool {
	return v.past == 0 || v.asked != nil && v.asked.at == v.instant()
}
