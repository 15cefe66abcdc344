package sim

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/model"
)

// Options say how much to simulate.
type Options struct {
	// Trials of Years each, both at least 1.
	Trials, Years int
	Seed          uint64
	// Workers is how many trials run at once; 0 means as many as there are processors. It never
	// changes the result.
	Workers int
	// Progress, if not nil, is called from several goroutines with the trials done so far.
	Progress func(done int)
}

// result is what one trial leaves behind.
type result struct {
	trial     model.Trial
	incidents []model.Incident
	rpos      []time.Duration
	err       error
}

// Run plays trials of one strategy against the outages that the scenario's hazards draw, or against
// its timeline where it has no hazard. Trials run in parallel and are merged in the order of their
// numbers. When the context ends the trials done so far, without a gap, are returned along with its
// error.
func Run(
	ctx context.Context, s *model.Scenario, strategy model.Strategy, o Options,
) (model.Outcome, error) {
	series, err := NewSeries(s, strategy, o)
	if err != nil {
		return model.Outcome{}, err
	}
	err = series.Extend(ctx, o.Trials)
	if err != nil && ctx.Err() == nil {
		return model.Outcome{}, err
	}
	return series.Outcome(series.Done()), err
}

// Series is the trials of one strategy, which can be played some at a time: trial i is the same
// whenever it is played, so that a series in parts is the series at once.
type Series struct {
	scenario *model.Scenario
	strategy model.Strategy
	options  Options
	results  []result
	done     int
}

// NewSeries prepares the trials of a strategy; the number of trials in the options is not read. An
// error says that the strategy cannot be simulated in the scenario.
func NewSeries(s *model.Scenario, strategy model.Strategy, o Options) (*Series, error) {
	if _, err := newWorld(s, strategy, time.Duration(o.Years)*model.Year); err != nil {
		return nil, err
	}
	return &Series{scenario: s, strategy: strategy, options: o}, nil
}

// Extend plays trials until there are so many in all. When the context ends it keeps those done so
// far, without a gap, and returns its error. Progress is told of all that were ever played.
func (s *Series) Extend(ctx context.Context, trials int) error {
	if trials > len(s.results) {
		s.results = append(s.results, make([]result, trials-len(s.results))...)
	}
	s.play(ctx)
	for s.done < len(s.results) && s.results[s.done].trialDone() {
		if err := s.results[s.done].err; err != nil {
			return fmt.Errorf("trial %d of %s with seed %d: %w",
				s.done, s.strategy.Kind, s.options.Seed, err)
		}
		s.done++
	}
	return ctx.Err()
}

// Done is how many trials there are, without a gap.
func (s *Series) Done() int { return s.done }

// Outcome merges the first of the trials, at most those that are done.
func (s *Series) Outcome(trials int) model.Outcome {
	horizon := time.Duration(s.options.Years) * model.Year
	return merge(s.scenario, s.strategy, horizon, s.results[:min(trials, s.done)])
}

// trialDone tells a trial that was run from one that was not; every trial runs for a while.
func (r *result) trialDone() bool { return r.err != nil || r.incidents != nil }

// play plays what has not been played, several trials at once.
func (s *Series) play(ctx context.Context) {
	workers := s.options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int64
	next.Store(int64(s.done))
	done.Store(int64(s.done))
	var group sync.WaitGroup
	for range min(workers, len(s.results)-s.done) {
		group.Go(func() {
			w, err := newWorld(s.scenario, s.strategy, time.Duration(s.options.Years)*model.Year)
			if err != nil {
				return // NewSeries has tried this and found no error.
			}
			w.interrupted = ctx.Err
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(s.results) {
					return
				}
				played := w.play(s.scenario, s.options.Seed, i)
				if err := ctx.Err(); err != nil && errors.Is(played.err, err) {
					return // It counts as not played.
				}
				s.results[i] = played
				if s.options.Progress != nil {
					s.options.Progress(int(done.Add(1)))
				}
			}
		})
	}
	group.Wait()
}

// play runs one trial in a world that others may have used before.
func (w *world) play(s *model.Scenario, seed uint64, trial int) result {
	src := newSource(seed, trial)
	var outages []outage
	if len(s.Hazards) > 0 {
		outages = drawOutages(w.outages[:0], s, src, w.horizon)
	} else {
		outages = timelineOutages(w.outages[:0], s)
	}
	w.begin(src, outages)
	err := w.run()
	return result{
		trial: w.trial, err: err,
		incidents: append(make([]model.Incident, 0, len(w.incidents)), w.incidents...),
		rpos:      slices.Clone(w.rpos),
	}
}

// merge joins trials in their order. Every sum is of integers and quantiles are taken from sorted
// samples, so that the result does not depend on who ran what.
func merge(
	s *model.Scenario, strategy model.Strategy, horizon time.Duration, results []result,
) model.Outcome {
	outcome := model.Outcome{
		Strategy: strategy.Kind, Horizon: horizon,
		ReachRTT: reachRTT(weighedWhenWell(s, strategy), strategy),
		Latency:  latencies(s, strategy),
	}
	var rtos, rpos []time.Duration
	var phases [model.PhaseCount]time.Duration
	moved := int64(0)
	for i := range results {
		outcome.Trials = append(outcome.Trials, results[i].trial)
		outcome.Incidents = append(outcome.Incidents, results[i].incidents)
		rpos = append(rpos, results[i].rpos...)
		for _, incident := range results[i].incidents {
			rtos = append(rtos, incident.RTO)
			if !incident.Failover {
				continue
			}
			moved++
			for phase := range phases {
				phases[phase] += incident.Phases[phase]
			}
		}
	}
	for phase := range phases {
		outcome.PhaseMean[phase] = phases[phase] / time.Duration(max(moved, 1))
	}
	outcome.WithinRTO = within(s, model.MetricRTO, rtos)
	outcome.WithinRPO = within(s, model.MetricRPO, rpos)
	outcome.RTO, outcome.RPO = quantiles(rtos), quantiles(rpos)
	return outcome
}

// within counts the samples that meet the scenario's objective of a metric.
func within(s *model.Scenario, metric model.Metric, samples []time.Duration) int64 {
	count := int64(0)
	for _, objective := range s.Objectives {
		if objective.Metric != metric {
			continue
		}
		for _, sample := range samples {
			if sample.Seconds() <= objective.Seconds {
				count++
			}
		}
		return count
	}
	return count
}

// reachRTT is the mean round trip, over all requests, from a user's nearest region to where the
// request is answered: reads where the traffic goes, writes on to the writer and, of a store that
// needs one, a majority.
func reachRTT(s *model.Scenario, strategy model.Strategy) time.Duration {
	total, all := 0.0, model.RegionSet(1<<len(s.Regions)-1)
	for i := range s.Populations {
		population := &s.Populations[i]
		var parts [model.MaxRegions]float64
		parts[s.Primary()] = 1
		if strategy.Kind.ServesReads() {
			parts = s.Sent(population, s.Servers(strategy.Kind))
		}
		for serves, part := range parts {
			writer := s.Primary()
			if strategy.Kind.MultiWriter() {
				writer = model.RegionID(serves)
			}
			if part == 0 {
				continue
			}
			region := model.RegionID(serves)
			reach := trip(s, population.Nearest, region).mean()
			forward := trip(s, region, writer).mean() + majorityTrip(s, strategy, writer, all).mean()
			total += part * population.Share * (reach + s.Traffic.WriteShare*forward)
		}
	}
	return time.Duration(total)
}
