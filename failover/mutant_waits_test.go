package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// unyielding are mutants that have a store to which nobody may write wait for what could wait, or
// that give up for it what must go on.
func unyielding() []mutant {
	return []mutant{
		waiting("a closed store waits for a rehearsal", failover.DryDrill, "drills"),
		waiting(
			"a closed store waits for traffic that comes back", failover.Return, "stages-of-a-return",
		),
		{
			name: "a failover gives way to the opening of another store", rule: ruleGivesWay,
			base: "two-stores-one-apart", sees: []verdict{{3, 2}}, instead: opensAnother,
		},
	}
}

// waiting is a mutant that takes the policy for paused, when a guard fences a store while a plan of
// a kind runs.
func waiting(name string, kind failover.PlanKind, base string) mutant {
	return mutant{
		name: name, rule: ruleGivesWay, base: base,
		before: func(s *failover.State, e *failover.Event) {
			s.Paused = s.Paused || e.Kind == failover.Fenced && s.Plan.Kind == kind
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Fenced {
				s.Paused = before.Paused
			}
		},
	}
}

// opensAnother has the failover of one store end as soon as another one of its region is fenced.
func opensAnother(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	plan := s.Plan
	if plan.Kind != failover.Failover || plan.Part != failover.OneStore {
		return false
	}
	other := e.Store < model.MaxStores && plan.Stores>>e.Store&1 == 0
	if e.Kind != failover.Fenced || !other || e.Region != plan.Subject {
		return false
	}
	s.Plan.Kind = failover.Return
	p.Apply(s, e, did)
	if s.Plan.Kind == failover.Return {
		s.Plan.Kind = plan.Kind
	}
	return true
}
