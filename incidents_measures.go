package redoubt

import (
	"context"
	"math"
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// measure is what is taken from a run; NaN where the run has nothing of the kind.
type measure struct {
	key, what string
	unit      Unit
	of        func(s *model.Scenario, told *Simulation) float64
}

// everyRun are the measures of every incident.
func everyRun() []measure {
	return []measure{
		{
			"failovers", "failovers", Count,
			func(_ *model.Scenario, told *Simulation) float64 { return float64(told.Outcome.Failovers) },
		},
		{
			"failovers_cancelled", "failovers begun and given up", Count,
			func(_ *model.Scenario, told *Simulation) float64 { return float64(told.Outcome.Cancelled) },
		},
		{
			"down_seconds", "the service is down", Seconds,
			func(_ *model.Scenario, told *Simulation) float64 { return told.Outcome.Down.Seconds() },
		},
		{
			"split_brain_seconds", "two regions write at once", Seconds,
			func(_ *model.Scenario, told *Simulation) float64 { return told.Outcome.SplitBrain.Seconds() },
		},
		{
			"lost_writes", "acknowledged writes lost", Count,
			func(_ *model.Scenario, told *Simulation) float64 { return float64(told.Outcome.LostWrites) },
		},
		{
			"requests_failed", "requests that fail", Count,
			func(s *model.Scenario, told *Simulation) float64 {
				return math.Round(told.Outcome.Lost.Seconds() * s.Traffic.RequestsPerSecond)
			},
		},
	}
}

// decidedAfter is how long after the first fault the first plan begins that leaves something.
func decidedAfter() measure {
	return measure{
		"decided_seconds", "it decides after", Seconds,
		func(s *model.Scenario, told *Simulation) float64 {
			return first(s, told, failover.Failover, failover.Evacuation, failover.Reroute)
		},
	}
}

// homeAfter is how long after the first fault the first plan begins that brings something home.
func homeAfter() measure {
	return measure{
		"returns_seconds", "it begins to return after", Seconds,
		func(s *model.Scenario, told *Simulation) float64 {
			return first(s, told, failover.Failback, failover.Return)
		},
	}
}

// first is when the first plan of some kinds begins, in seconds since the first fault.
func first(s *model.Scenario, told *Simulation, kinds ...failover.PlanKind) float64 {
	for i := range told.Decisions {
		for _, kind := range kinds {
			if d := &told.Decisions[i]; d.Action == kind.String() {
				return (d.At - onset(s)).Seconds()
			}
		}
	}
	return math.NaN()
}

// onset is when the first fault of a timeline begins.
func onset(s *model.Scenario) time.Duration {
	at := s.Timeline[0].At
	for i := range s.Timeline {
		at = min(at, s.Timeline[i].At)
	}
	return at
}

// longestOutage is the longest stretch in which the service is down, planned work apart.
func longestOutage() measure {
	return measure{
		"outage_seconds", "the longest outage", Seconds,
		func(_ *model.Scenario, told *Simulation) float64 {
			longest := time.Duration(0)
			for i := range told.Incidents {
				longest = max(longest, told.Incidents[i].RTO)
			}
			return longest.Seconds()
		},
	}
}

// wrongly are the failovers that leave a region which works.
func wrongly() measure {
	return measure{
		"false_failovers", "failovers from a region that still runs", Count,
		func(_ *model.Scenario, told *Simulation) float64 {
			return float64(told.Outcome.FalseFailovers)
		},
	}
}

// truth is 1 for what is so.
func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// backWithTheFaults is whether the service, down until the last fault ends, is up again within a
// time of that.
func backWithTheFaults(within time.Duration) measure {
	return measure{
		"back_with_the_faults", "it is back with what had failed", Truth,
		func(s *model.Scenario, told *Simulation) float64 {
			end, back := time.Duration(0), false
			for i := range s.Timeline {
				end = max(end, s.Timeline[i].At+s.Timeline[i].Duration)
			}
			for i := range told.Incidents {
				up := told.Incidents[i].At + told.Incidents[i].RTO
				back = back || up >= end && up < end+within
			}
			return truth(back)
		},
	}
}

// untouched is whether nothing of a run fails or is left.
func untouched() measure {
	return measure{
		"untouched", "nothing fails, and nothing is left", Truth,
		func(_ *model.Scenario, told *Simulation) float64 {
			o := &told.Outcome
			return truth(o.Lost == 0 && o.Down == 0 && o.Failovers == 0 && o.Cancelled == 0)
		},
	}
}

// servedMeanwhile is whether the service is up before the first store that is lost is back.
func servedMeanwhile() measure {
	return measure{
		"served_meanwhile", "it is served while the store is lost", Truth,
		func(s *model.Scenario, told *Simulation) float64 {
			for i := range s.Timeline {
				f := &s.Timeline[i]
				if f.Kind != model.StoreLoss {
					continue
				}
				last := f.At + f.Duration - 1
				return truth(!slices.ContainsFunc(told.Incidents, func(in model.Incident) bool {
					return in.At <= last && last < in.At+in.RTO
				}))
			}
			return math.NaN()
		},
	}
}

// byItself is whether a failover ends the first outage of a run, and nobody is called in it.
func byItself() measure {
	return measure{
		"by_itself", "a failover ends it, and nobody is called", Truth,
		func(s *model.Scenario, told *Simulation) float64 {
			return truth(len(told.Incidents) > 0 && told.Incidents[0].Failover &&
				peopleNeeded().of(s, told) == 0)
		},
	}
}

// peopleNeeded is how often people are called or asked while the service is down for the first
// time; what comes afterwards is no part of the recovery.
func peopleNeeded() measure {
	return measure{
		"people_needed", "times that people are called in the outage", Count,
		func(_ *model.Scenario, told *Simulation) float64 {
			if len(told.Incidents) == 0 {
				return 0
			}
			outage, count := &told.Incidents[0], 0.0
			for i := range told.Timeline {
				after := told.Timeline[i].At - outage.At
				if told.Timeline[i].Kind == "people" && after >= 0 && after < outage.RTO {
					count++
				}
			}
			return count
		},
	}
}

// variant is what is played of a scenario with something different.
type variant struct {
	// what says what is different, as half a sentence.
	what string
	// alter makes the scenarios, the figures being those of all of them; nil plays it as it is.
	alter func(s *model.Scenario) ([]*model.Scenario, error)
	// strategy and runs are the incident's and IncidentRuns where they are 0.
	strategy model.StrategyKind
	runs     int
	// ruled has a rule instead of runs.
	ruled func(k *known, s *model.Scenario) []Figure
}

// play plays a variant, or has its rule say what comes.
func (v *variant) play(ctx context.Context, k *known, s *model.Scenario) ([]Figure, error) {
	if v.ruled != nil {
		return v.ruled(k, s), nil
	}
	altered, runs, err := v.altered(s)
	if err != nil {
		return nil, err
	}
	return k.runs(ctx, altered, v.kind(k), runs)
}

// other plays a variant, and says what of it was run how often.
func (v *variant) other(ctx context.Context, k *known, s *model.Scenario) (other Other, err error) {
	other.What = v.what
	if other.Figures, err = v.play(ctx, k, s); err != nil || v.ruled != nil {
		return other, err
	}
	altered, runs, err := v.altered(s)
	other.Strategy, other.Runs = v.kind(k), runs*len(altered)
	return other, err
}

// kind is the strategy that a variant of an incident runs.
func (v *variant) kind(k *known) model.StrategyKind {
	if v.strategy == 0 {
		return k.strategy
	}
	return v.strategy
}

// kinds are the strategies that an incident runs, or has a decider's rule reckon for.
func (k *known) kinds() []model.StrategyKind {
	kinds := []model.StrategyKind{k.strategy}
	switch {
	case k.then != nil:
		kinds = append(kinds, k.then.kind(k))
	case k.decider == "":
		kinds = append(kinds, model.SingleRegion)
	}
	for i := range k.others {
		if k.others[i].ruled == nil {
			kinds = append(kinds, k.others[i].kind(k))
		}
	}
	return kinds
}

// altered are the scenarios to play, and how many runs of each.
func (v *variant) altered(s *model.Scenario) (all []*model.Scenario, runs int, err error) {
	if all = []*model.Scenario{s}; v.alter != nil {
		if all, err = v.alter(s); err != nil {
			return nil, 0, err
		}
	}
	if runs = v.runs; runs == 0 {
		runs = IncidentRuns
	}
	return all, runs, nil
}

// runs are the extremes of every measure over the runs of some scenarios. What no run has is not
// among them.
func (k *known) runs(
	ctx context.Context, played []*model.Scenario, kind model.StrategyKind, runs int,
) ([]Figure, error) {
	measures := append(everyRun(), k.measures...)
	figures := make([]Figure, len(measures))
	for i, m := range measures {
		figures[i] = Figure{Key: m.key, What: m.what, Unit: m.unit, Low: math.NaN(), High: math.NaN()}
	}
	for _, s := range played {
		for run := range runs {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			told, err := Simulate(s, SimulateOptions{
				Strategy: kind, Seed: s.Run.Seed + uint64(run), Untraced: true,
			})
			if err != nil {
				return nil, err
			}
			if k.played != nil {
				k.played()
			}
			for i, m := range measures {
				if x := m.of(s, told); !math.IsNaN(x) {
					figures[i].widen(x)
				}
			}
		}
	}
	return slices.DeleteFunc(figures, func(f Figure) bool { return math.IsNaN(f.Low) }), nil
}

// without leaves out the faults of some kinds.
func without(kinds ...model.FaultKind) func(*model.Scenario) ([]*model.Scenario, error) {
	return func(s *model.Scenario) ([]*model.Scenario, error) {
		changed := *s
		changed.Timeline = slices.DeleteFunc(slices.Clone(s.Timeline), func(f model.Fault) bool {
			return slices.Contains(kinds, f.Kind)
		})
		return []*model.Scenario{&changed}, nil
	}
}
