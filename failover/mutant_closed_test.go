package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// closedWhileDown has the primary be fenced as a quorum sees it down, and no other region is up: it
// cannot be left.
func closedWhileDown(l *log) {
	l.lags()
	l.report(1, true, 0, 2)
	l.report(0, true, 1, 2)
	l.apply(failover.Event{
		Kind: failover.Fenced, At: l.state.Now, Epoch: l.state.Leases[0].Epoch,
	})
}

// closedAndUp has the primary be fenced some time after its copy was measured.
func closedAndUp(l *log) {
	l.lags()
	l.tick(2 * unit)
	l.apply(failover.Event{
		Kind: failover.Fenced, At: l.state.Now, Epoch: l.state.Leases[0].Epoch,
	})
}

// deepOnly has no check but one that goes down to the store.
func deepOnly(p *failover.Policy) {
	longLease(p)
	p.Deep = 1
}

// shutOut are mutants that leave a store closed for what its being closed is the cause of, or open
// it at once, or that do not know any more what its copies had.
func shutOut() []mutant {
	sees := func(s *failover.State) bool { return s.Reports[1][0].Down != 0 }
	claims := func(s *failover.State, e *failover.Event) bool {
		return e.Kind == failover.StepClaimed && s.Plan.Kind == failover.Reopen
	}
	return []mutant{
		{
			name: "a closed store waits for its region to be seen up", rule: ruleGivesWay,
			prelude: closedWhileDown, config: deepOnly,
			before: func(s *failover.State, _ *failover.Event) {
				if s.Plan.Kind == failover.NoPlan && sees(s) {
					s.Silent = s.Silent.With(0)
				}
			},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Silent = before.Silent
			},
		},
		{
			name: "a store is opened as soon as its region is down", rule: ruleBegins,
			prelude: closedWhileDown, config: deepOnly,
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.Tick {
					s.Reports[1][0].Down, s.Reports[2][0].Down = 0, 0
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Tick {
					s.Reports = before.Reports
				}
			},
		},
		{
			name: "what the copies had is forgotten as the holder takes its lease anew",
			rule: ruleRecord, prelude: closedAndUp, base: "copies-that-were-left-one-way",
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if claims(s, e) {
					s.Lags = before.Lags
				}
			},
		},
		{
			name: "the time for which a store was closed counts as written",
			rule: ruleReports, prelude: closedAndUp, base: "copies-that-were-left-one-way",
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				for i := range model.RegionID(model.MaxRegions) {
					if claims(s, e) {
						s.Lags[0][i].At = before.Lags[0][i].At
					}
				}
			},
		},
	}
}
