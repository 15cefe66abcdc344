package failover_test

import "redoubt/failover"

// overzealous are mutants that repair what nothing is wrong with.
func overzealous() []mutant {
	reprotects := func(e *failover.Event) bool {
		return e.Kind == failover.Ordered && e.Verb == failover.OrderReprotection
	}
	whole := func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
		if s.Plan.Epoch != before.Plan.Epoch {
			s.Diverged, s.Leases, s.Writers = before.Diverged, before.Leases, before.Writers
			s.Primary = before.Primary
		}
	}
	return []mutant{
		{
			name: "the copy of a replica that follows is rewound", rule: ruleBegins,
			orders: []failover.Event{ordered(failover.OrderReprotection, 1)}, after: whole,
			before: func(s *failover.State, e *failover.Event) {
				if reprotects(e) {
					s.Diverged[0][1].Status = failover.Suspected
				}
			},
		},
		{
			name: "the copy of the primary itself is rewound", rule: ruleBegins,
			orders: []failover.Event{ordered(failover.OrderReprotection, 0)}, after: whole,
			before: func(s *failover.State, e *failover.Event) {
				if reprotects(e) && s.Writers[0] == 0 {
					s.Diverged[0][0].Status = failover.Suspected
					s.Writers[0], s.Primary, s.Leases[0].Holder = 1, 1, 1
				}
			},
		},
		{
			name: "a primary that is open is reopened", rule: ruleBegins, config: longLease,
			after: whole,
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.Tick && s.Plan.Kind == failover.NoPlan {
					s.Leases[0].Fenced = s.Leases[0].Epoch
				}
			},
		},
	}
}
