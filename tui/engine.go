package tui

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/tui/feed"
)

// coarseTrials are how many trials the first answer rests on, which comes at once: enough to tell a
// strategy of hours of outage from one of minutes.
const coarseTrials = 30

// Finding is what was found while the interface went on, for App.Take: by a simulation, or in the
// library, or from agents.
type Finding struct {
	// reading is what agents say, answered what came of an order to them.
	reading  *feed.Reading
	answered *answered
	// library is what all of its scenarios are called.
	library []scenarios.Summary
	// told is a run that was played.
	told *told
	// weighed is what the answer hangs on.
	weighed *weighed
	// generation is the question that it answers: what was asked since makes it old.
	generation uint64
	comparison *redoubt.Comparison
	// coarse says that a better one follows; last, that none does.
	coarse, last bool
	err          error
}

// engine asks redoubt.Compare, one question at a time: a new one ends the one before.
type engine struct {
	found       chan Finding
	generation  uint64
	cancel      context.CancelFunc
	busy        bool
	reading     bool
	playing     bool
	done, total atomic.Int64
	// weighing is the search for what the answer hangs on, nil while there is none.
	weighing *weighing
	// drawn is closed once there is a screen; nil where nobody waits for one.
	drawn chan struct{}
	begun bool
}

// begin lets what was asked begin.
func (e *engine) begin() {
	if e.drawn != nil && !e.begun {
		e.begun = true
		close(e.drawn)
	}
}

// ask begins to compare: the two strategies at first, by a few trials, and then all of them by as
// many as the scenario has.
func (e *engine) ask(s *model.Scenario, pair [2]model.StrategyKind) {
	e.stop()
	ctx, cancel := context.WithCancel(context.Background())
	e.generation++
	e.cancel, e.busy = cancel, true
	e.done.Store(0)
	e.total.Store(0)
	go e.work(ctx, e.generation, s, pair)
}

// stop ends what is being asked.
func (e *engine) stop() {
	e.stopWeighing()
	if e.cancel != nil {
		e.cancel()
	}
}

// stopped says what is shown once a person has ended a simulation, and how it is run again.
func (a *App) stopped() {
	a.say("stopped: what is shown rests on %d trials; %s runs all of them", a.trials(),
		a.keys.of(again)[0])
}

// cut reports whether a simulation was ended before all of it was there.
func (a *App) cut() bool {
	return !a.engine.busy && a.failure == "" && (a.shown == nil || a.coarse || a.stale)
}

func (e *engine) work(
	ctx context.Context, generation uint64, s *model.Scenario, pair [2]model.StrategyKind,
) {
	if e.drawn != nil {
		select {
		case <-e.drawn:
		case <-ctx.Done(): // What is asked then says so itself.
		}
	}
	seen := func(done, total int) {
		e.done.Store(int64(done))
		e.total.Store(int64(total))
	}
	coarse := min(coarseTrials, s.Run.Trials)
	if coarse < s.Run.Trials {
		c, err := redoubt.Compare(ctx, s, redoubt.CompareOptions{
			Strategies: possible(s, pair[:]), Trials: coarse, Years: s.Run.Years, Seed: s.Run.Seed,
		})
		e.found <- Finding{
			generation: generation, comparison: c, coarse: true, last: err != nil, err: err,
		}
		if err != nil {
			return
		}
	}
	c, err := redoubt.Compare(ctx, s, redoubt.CompareOptions{
		Trials: s.Run.Trials, Years: s.Run.Years, Seed: s.Run.Seed, Progress: seen,
	})
	e.found <- Finding{generation: generation, comparison: c, last: true, err: err}
}

// play begins to play a run, unless another one is being played: whoever wants this one still asks
// again when that has come.
func (e *engine) play(asked aRun) {
	if e.playing {
		return
	}
	e.playing = true
	go func() { e.found <- Finding{told: explained(asked)} }()
}

// explain begins to find what the policy made of a time of a run, unless a run is being played.
func (e *engine) explain(asked aRun, at time.Duration) {
	if e.playing {
		return
	}
	e.playing = true
	go func() { e.found <- Finding{told: explainedAt(asked, at)} }()
}

// library reads all scenarios of the library, once: that takes longer than a screen may.
var library = sync.OnceValue(scenarios.List)

// read begins to read the library.
func (e *engine) read() {
	e.reading = true
	go func() { e.found <- Finding{library: library()} }()
}
