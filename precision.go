package redoubt

import (
	"context"
	"math"
	"runtime"

	"redoubt/model"
	"redoubt/sim"
)

// Precision is how well the trials of a comparison know the outage hours, where it went on until
// they were known well enough.
type Precision struct {
	// Target is what was asked for: the half-width of the 95 % interval of every strategy's outage
	// hours over their mean.
	Target float64
	// MaxTrials is where it would have stopped in any case.
	MaxTrials int
	// Reached says that every strategy keeps to the target.
	Reached bool
	// Widest is the strategy that is known worst, and HalfWidth how well; +Inf where it was never
	// down, so that there is nothing to take a share of.
	Widest    model.StrategyKind
	HalfWidth float64
}

// race is the trials of all strategies that can be built, the baseline first.
type race struct {
	kinds  []model.StrategyKind
	series []*sim.Series
	// upTo is how many trials each has after the present batch, turn how many it plays before it is
	// the next one's turn.
	upTo, turn int
}

// perTurn is how many trials each worker plays of a strategy before it is the next one's turn, so
// that whoever interrupts a comparison is left with as many of each, but for one turn. So many take
// some hundredths of a second. What a turn costs, a new world for each worker, and half a trial for
// which it waits for the others at the end, is about a hundredth of that.
const perTurn = 64

// newRace prepares the trials of the strategies.
func newRace(s *model.Scenario, o CompareOptions) (*race, error) {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	r := &race{kinds: []model.StrategyKind{model.SingleRegion}, turn: perTurn * workers}
	for _, kind := range o.Strategies {
		if kind != model.SingleRegion && s.Excuse(kind) == "" {
			r.kinds = append(r.kinds, kind)
		}
	}
	for i, kind := range r.kinds {
		strategy, ok := s.Strategy(kind)
		if !ok {
			strategy = model.DefaultStrategy(kind)
		}
		series, err := sim.NewSeries(s, strategy, sim.Options{
			Years: o.Years, Seed: o.Seed, Workers: o.Workers, Progress: r.progress(o, i),
		})
		if err != nil {
			return nil, err
		}
		r.series = append(r.series, series)
	}
	return r, nil
}

// progress counts the trials of all strategies together.
func (r *race) progress(o CompareOptions, strategy int) func(int) {
	if o.Progress == nil {
		return nil
	}
	return func(done int) {
		for i, series := range r.series {
			if i != strategy { // The others wait while it plays.
				done += series.Done()
			}
		}
		o.Progress(done, len(r.kinds)*r.upTo)
	}
}

// run plays the trials that were asked for, and then, where a precision was, batch after batch
// until it is reached. How far it goes follows from the trials in their order alone, so that it is
// the same on any number of cores.
func (r *race) run(ctx context.Context, s *model.Scenario, o CompareOptions) (*Precision, error) {
	r.upTo = o.Trials
	for {
		if err := r.takeTurns(ctx); err != nil {
			return r.precision(o), err
		}
		found := r.precision(o)
		if found == nil || found.Reached || r.upTo >= o.MaxTrials {
			return found, nil
		}
		r.upTo = found.next(r.upTo, o.Trials)
	}
}

// takeTurns plays the present batch, some trials of every strategy at a time. Trial i is the same
// whenever it is played, so that the turns change nothing but what an interruption leaves.
func (r *race) takeTurns(ctx context.Context) error {
	for upTo := r.series[0].Done(); upTo < r.upTo; {
		upTo = min(upTo+r.turn, r.upTo)
		for _, series := range r.series {
			if err := series.Extend(ctx, upTo); err != nil {
				return err
			}
		}
	}
	return nil
}

// common is how many trials every strategy that was reached has, 0 when none was.
func (r *race) common() int {
	shortest := r.series[0].Done()
	for _, series := range r.series {
		if done := series.Done(); done > 0 {
			shortest = min(shortest, done)
		}
	}
	return shortest
}

// outcomes are those of the strategies that were reached, all of the same trials.
func (r *race) outcomes() map[model.StrategyKind]model.Outcome {
	outcomes, trials := make(map[model.StrategyKind]model.Outcome, len(r.kinds)), r.common()
	for i, kind := range r.kinds {
		if r.series[i].Done() > 0 {
			outcomes[kind] = r.series[i].Outcome(trials)
		}
	}
	return outcomes
}

// precision measures what was reached, or is nil where nothing was asked for.
func (r *race) precision(o CompareOptions) *Precision {
	if o.Precision <= 0 {
		return nil
	}
	found := &Precision{Target: o.Precision, MaxTrials: o.MaxTrials}
	trials := r.common()
	reached := true
	for i, kind := range r.kinds {
		if r.series[i].Done() == 0 {
			reached = false // It was interrupted before this one.
			continue
		}
		down := downHours(r.series[i].Outcome(trials))
		if width := halfWidth(hoursOf(down)); found.Widest == 0 || width > found.HalfWidth {
			found.Widest, found.HalfWidth = kind, width
		}
	}
	found.Reached = reached && found.Widest != 0 && found.HalfWidth <= found.Target
	return found
}

// downHours are the outage hours a year of each trial.
func downHours(o model.Outcome) []float64 {
	years := o.Horizon.Hours() / model.HoursPerYear
	hours := make([]float64, len(o.Trials))
	for i, trial := range o.Trials {
		hours[i] = trial.Down.Hours() / years
	}
	return hours
}

// halfWidth is that of an interval over its mean; +Inf without an interval or a mean.
func halfWidth(e model.Estimate) float64 {
	if !(e.Mean > 0) || math.IsInf(e.High-e.Low, 0) || math.IsNaN(e.High-e.Low) {
		return math.Inf(1)
	}
	return (e.High - e.Low) / 2 / e.Mean
}

// next is how many trials to have next: as many as the width asks for, since it shrinks with their
// root, in whole batches, and at most four times as many at once, since the first trials know their
// own spread badly. Few looks at the interval also keep it honest: who stops at the first narrow
// one of many takes the one that is narrow by chance.
func (p *Precision) next(trials, batch int) int {
	const growth = 4
	wanted := growth * float64(trials)
	if ratio := p.HalfWidth / p.Target; float64(trials)*ratio*ratio < wanted {
		wanted = float64(trials) * ratio * ratio
	}
	batches := max(1, int(math.Ceil((wanted-float64(trials))/float64(batch))))
	return min(trials+batches*batch, p.MaxTrials)
}
