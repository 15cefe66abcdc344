package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// impatient are mutants that take every running plan for one that is stuck.
func impatient() []mutant {
	force := signed(failover.OrderForce, 0, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	return []mutant{
		{
			name: "a plan halfway is forced to elsewhere", rule: rulePrimary,
			base: "two-stores-one-way", orders: []failover.Event{force},
			before: func(s *failover.State, e *failover.Event) {
				if e.Verb == failover.OrderForce {
					wearOut(s)
				}
			},
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				if e.Verb == failover.OrderForce {
					unworn(before, s, e, did)
				}
			},
		},
		{
			name: "a plan that goes on gives way to the traffic of another region", rule: ruleGivesWay,
			base:   "three-candidates",
			config: func(p *failover.Policy) { p.ServesReads = true },
			before: func(s *failover.State, _ *failover.Event) { wearOut(s) },
			after:  unworn,
		},
		{
			name: "a plan that asks for a shift gives way to another that would", rule: ruleGivesWay,
			base: "three-candidates", unsure: true,
			before: func(s *failover.State, _ *failover.Event) { holdShifts(s) },
			after:  unworn,
		},
		{
			name: "traffic that waits for a validation gives way to what waits for the same",
			rule: ruleGivesWay, config: func(p *failover.Policy) {
				p.Optional, p.Cooldown = failover.Steps(failover.Validate), 0
			},
			before: func(s *failover.State, _ *failover.Event) {
				if s.Plan.Kind == failover.Failover && s.Primary == s.Plan.Target {
					setStages(s, failover.Waiting, failover.Spared)
					wearOut(s)
				}
			},
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				if before.Plan.Epoch == s.Plan.Epoch {
					setStages(s, failover.Spared, failover.Waiting)
				}
				unworn(before, s, e, did)
			},
		},
		{
			name: "a plan halfway is dropped", rule: ruleGivesWay, base: "two-stores-one-way",
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				halfway := before.Writers[0] == s.Plan.Target && before.Writers[1] != s.Plan.Target
				if s.Plan.Kind == failover.Failover && halfway && e.Kind == failover.Tick {
					s.Recent[0].At, s.Recent[0].Took = s.Now, true
					s.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
				}
			},
		},
	}
}

// holdShifts has every step of the running plan tried too often, and hides that somebody was asked
// to shift its traffic.
func holdShifts(s *failover.State) {
	for i := range s.Plan.Count {
		if step := &s.Plan.Steps[i]; step.Kind == failover.Shift {
			step.Status = failover.Waiting
		}
	}
	wearOut(s)
}

// wearOut has every step of the running plan tried too often, but for promotions: people would hear
// of their stores, and that would be the first that a mutant does wrong.
func wearOut(s *failover.State) {
	for i := range s.Plan.Count {
		if step := &s.Plan.Steps[i]; step.Kind != failover.Promote {
			step.Tries = untiring
		}
	}
}

// unworn takes that back of a plan that still runs; what was tried once more stays so.
func unworn(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
	if before.Plan.Epoch != s.Plan.Epoch {
		return
	}
	for i := range s.Plan.Count {
		was, is := &before.Plan.Steps[i], &s.Plan.Steps[i]
		switch is.Tries {
		case untiring:
			is.Tries = was.Tries
		case untiring - 1: // As it counts one more.
			is.Tries = was.Tries + 1
		}
		if was.Kind == failover.Shift && was.Status != failover.Waiting {
			is.Status = was.Status
		}
	}
}
