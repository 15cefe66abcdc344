package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// unheeding are mutants that lose people's words on one question to those on another.
func unheeding() []mutant {
	primary, reader := signed(failover.Approve, 0, 1), signed(failover.Approve, 2, 2)
	primary.Subject, reader.Subject = 1, model.NoRegion
	config := func(p *failover.Policy) {
		p.Mode, p.Approvals, p.ServesReads = model.Manual, 2, true
		p.BrakeRegions, p.Workload = 0, p.Workload.With(2)
	}
	before := func(first failover.Event) func(*log) {
		return func(l *log) {
			l.lags()
			l.report(0, true, 1, 2, 3)
			l.report(2, true, 0, 1, 3)
			l.tick(unit)
			l.apply(first)
		}
	}
	return []mutant{
		{
			name: "words that give way do so in silence", base: "three-candidates", config: config,
			prelude: before(reader), orders: []failover.Event{primary},
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				if e.Verb == failover.Approve {
					s.Notices = before.Notices
					did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
						return a.Kind == failover.Ask
					})))
				}
			},
		},
		{
			name: "words on the primary give way to those on a reader", base: "three-candidates",
			config: config, prelude: before(primary), orders: []failover.Event{reader},
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				if e.Verb != failover.Approve || before.Approved != s.Approved || e.Region != 2 {
					return
				}
				s.AskedAt = s.Now
				s.Approved = failover.Consent{Question: failover.Question{
					Scope: failover.RegionScope(2), Target: model.NoRegion,
				}}
				s.Approved.People[0] = failover.Approval{Who: e.Who, At: s.Now, Given: true}
				did.List[did.Count] = failover.Action{
					Kind: failover.Ask, At: s.Now, Epoch: s.Epoch, Subject: 0, Target: 1,
					Region: model.NoRegion,
				}
				did.Count++
			},
		},
	}
}
