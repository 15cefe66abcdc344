package redoubt

import (
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/sim"
)

// SimulateOptions say which run to tell.
type SimulateOptions struct {
	// Strategy to run; it must be one that the scenario has.
	Strategy model.StrategyKind
	Seed     uint64
	// Explain says of which moments the Simulation has an Explanation.
	Explain Explain
	// Untraced asks for no Spans and Samples, which take longer than the run itself.
	Untraced bool
}

// Explain asks for explanations.
type Explain struct {
	// At are times since the start of the run.
	At []time.Duration
	// Changes asks for the start, and for every moment at which a gate said something else than
	// before, or another plan ran.
	Changes bool
}

// Simulate plays one run of a strategy and tells it: the scenario's timeline of faults if it has
// one, a loss of the primary region otherwise. An error says that the strategy cannot be built in
// the scenario; an *OutsideRun among them, that a time which is to be explained is not in the run.
func Simulate(s *model.Scenario, o SimulateOptions) (*Simulation, error) {
	strategy, ok := s.Strategy(o.Strategy)
	if !ok {
		return nil, fmt.Errorf("scenario %s does not run %s", s.Name, o.Strategy)
	}
	story, err := sim.PlayWatched(s, strategy, o.Seed, sim.Watch{
		At: o.Explain.At, Changes: o.Explain.Changes, Untraced: o.Untraced,
	})
	if err != nil {
		return nil, err
	}
	told := &Simulation{
		Scenario: s, Strategy: strategy.Kind, Seed: o.Seed, Incidents: story.Incidents,
		RPOs: story.RPOs, Outcome: story.Trial, Hash: story.Hash(), Spans: story.Spans,
		Samples: story.Samples,
	}
	for _, entry := range story.Entries {
		told.Timeline = append(told.Timeline, Entry{
			At: entry.At, Region: regionName(s, entry.Region), Kind: entry.Kind, Text: entry.Text,
		})
	}
	for i := range story.Decisions {
		told.Decisions = append(told.Decisions, decisionOf(s, &story.Decisions[i]))
	}
	for _, stale := range story.Stale {
		told.Stale = append(told.Stale, StaleShare(stale))
	}
	told.Alerts, told.Backlogs = alertsOf(story), story.Backlogs
	told.Explanations = explanations(s, story.Moments)
	told.Assumed = s.AssumedBy(strategy.Kind)
	return told, nil
}

func regionName(s *model.Scenario, r model.RegionID) string {
	if int(r) < len(s.Regions) {
		return s.Regions[r].Name
	}
	return ""
}

// decisionOf puts a decision and its gates into words.
func decisionOf(s *model.Scenario, d *sim.Decision) Decision {
	decision := Decision{At: d.At, Epoch: d.Epoch, Action: d.Action, Region: regionName(s, d.Subject)}
	if d.Target.Valid() {
		decision.Target = regionName(s, d.Target)
	}
	if !d.Judged {
		return decision
	}
	name := failover.NamesOf(s)
	for gate := range failover.GateCount {
		finding := d.Verdict.Gates[gate]
		since := d.At
		if finding.Since > 0 {
			since -= d.Now.Sub(finding.Since)
		}
		decision.Gates = append(decision.Gates, Gate{
			Name: gate.String(), Verdict: finding.Ruling.String(),
			Reason: d.Verdict.Reason(gate, d.Now, name), Since: max(since, time.Duration(0)),
		})
	}
	return decision
}

// alertsOf puts each alert beside the first failover and the first loss of a run.
func alertsOf(story *sim.Story) (all []Alert) {
	var failovers []time.Duration
	if begun, found := story.FirstFailover(); found {
		failovers = append(failovers, begun)
	}
	for _, alert := range story.Alerts {
		all = append(all, Alert{
			Name: alert.Name, Fires: alert.At, BeforeFailover: before(alert.At, failovers),
			BeforeLoss: before(alert.At, story.LostAt),
		})
	}
	return all
}

// before reports whether the first of some times comes before the first of others; nil where there
// are no others.
func before(times, others []time.Duration) *bool {
	if len(others) == 0 {
		return nil
	}
	earlier := len(times) > 0 && times[0] < others[0]
	return &earlier
}
