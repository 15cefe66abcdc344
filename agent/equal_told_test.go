package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/sim"
)

// decided is a plan that the policy began, in either world.
type decided struct {
	kind            string
	subject, target model.RegionID
	at              time.Duration
}

// course is what a run came to: what was decided, in order, and when traffic first shifted, or 0.
type course struct {
	decisions []decided
	shifted   time.Duration
}

// within is what of a course lies before a time.
func (c course) within(end time.Duration) course {
	c.decisions = slices.DeleteFunc(slices.Clone(c.decisions), func(d decided) bool {
		return d.at >= end
	})
	if c.shifted >= end {
		c.shifted = 0
	}
	return c
}

// key says what was decided, in order, and not when.
func (c course) key() string {
	var all []string
	for _, d := range c.decisions {
		all = append(all, fmt.Sprintf("%s %d>%d", d.kind, int8(d.subject), int8(d.target)))
	}
	return strings.Join(all, ", ")
}

// first is when the first decision was made, or 0.
func (c course) first() time.Duration {
	if len(c.decisions) == 0 {
		return 0
	}
	return c.decisions[0].at
}

// times are when each decision was made, and when traffic first shifted.
func (c course) times() (all []time.Duration) {
	for _, d := range c.decisions {
		all = append(all, d.at)
	}
	return append(all, c.shifted)
}

// pairing is a scenario and the strategy under which both worlds play it.
type pairing struct {
	scenario *model.Scenario
	strategy model.Strategy
	policy   failover.Policy
}

// pair loads a scenario, under one of its strategies. No agent knows when a fault begins, so that
// no check is aligned with one.
func pair(t testing.TB, name string, kind model.StrategyKind) *pairing {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	s.Checks, s.Anchors = slices.Clone(s.Checks), nil
	for i := range s.Checks {
		s.Checks[i].Aligned = false
	}
	strategy, found := s.Strategy(kind)
	p, err := failover.NewPolicy(s, strategy)
	if !found || err != nil || p.Candidates.Count() < 2 {
		t.Fatalf("%s, %v: there is nowhere to go: %v", name, kind, err)
	}
	return &pairing{s, strategy, p}
}

// simulated plays a pairing in the simulator.
func (p *pairing) simulated(t testing.TB, seed uint64) (c course) {
	t.Helper()
	story, err := sim.Play(p.scenario, p.strategy, seed)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range story.Decisions {
		c.decisions = append(c.decisions, decided{d.Action, d.Subject, d.Target, d.At})
	}
	shifts := failover.Shift.String()
	for _, e := range story.Entries {
		done := e.Kind == "plan" && strings.HasPrefix(e.Text, shifts)
		if done && strings.HasSuffix(e.Text, "is done") && c.shifted == 0 {
			c.shifted = e.At
		}
	}
	return c
}
