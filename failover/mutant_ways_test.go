package failover_test

import "redoubt/failover"

// straying are mutants that send traffic to where it would get no further than where it is.
func straying() []mutant {
	return []mutant{
		{
			name: "traffic is led from one lost way to another", rule: ruleServes,
			base:    "routing-scope-read-local",
			prelude: func(l *log) { ways(l, 2, 2) },
			before:  seesTheWayTo(1), after: reportsAgain,
		},
		{
			name: "a failover sends what is served again to where the way is lost", rule: ruleStages,
			base: "routing-scope", prelude: servedAgain,
			before: seesTheWayTo(1), after: reportsAgain,
		},
		{
			name: "traffic goes to where nothing has grown yet", rule: ruleSteps, base: "switchover",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for i := range s.Plan.Count {
					step := &s.Plan.Steps[i]
					begins := before.Plan.Epoch != s.Plan.Epoch && step.Kind == failover.Shift
					if begins && step.Status == failover.Waiting {
						step.Status = failover.Pending
					}
				}
			},
		},
	}
}

// servedAgain has a failover have promoted its store as the old primary is back, and the way to the
// new one lost.
func servedAgain(l *log) {
	ways(l, 3, 0)
	l.tick(unit)
	workOff(l, failover.Shift)
	ways(l, 0, 2)
}
