package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// overwriting are mutants that overwrite a copy which may be needed as it is, or go on to where
// nothing moves any more, as people have declared since their plan began.
func overwriting() []mutant {
	intruder := func(on model.RegionID) failover.Event {
		e := ordered(failover.Declare, on)
		e.Share = uint16(failover.SecurityIncident)
		return e
	}
	corrupted := ordered(failover.Declare, 1)
	corrupted.Share = uint16(failover.Corruption)
	marks := func(s, from *failover.State) { s.Marks = from.Marks }
	return []mutant{
		{
			name: "a copy is overwritten to follow what is down", rule: ruleCopies,
			config: longLease, prelude: mending, instead: overwrites,
		},
		{
			name: "a copy is made a replica that may be the last clean one", rule: ruleBegins,
			prelude: movedAway, orders: []failover.Event{corrupted}, blind: marks,
		},
		{
			name: "a copy is made a replica in which an intruder was", rule: ruleBegins,
			prelude: movedAway, orders: []failover.Event{intruder(0)}, blind: marks,
		},
		{
			name: "nobody fences a copy that may be open", rule: ruleOpen, prelude: forcedAway,
			config: func(p *failover.Policy) { p.Guarded = 0 },
			after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
				if before.Plan.Kind == failover.NoPlan && s.Plan.Kind == failover.Reprotect {
					s.Plan, s.Epoch, s.Turned, did.Count = before.Plan, before.Epoch, before.Turned, 0
				}
			},
		},
		{
			name: "a failover goes on to an intruder", rule: ruleGivesWay, config: longLease,
			prelude: moving, orders: []failover.Event{intruder(1)},
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind != failover.Ordered && s.Plan.Kind == failover.Failover {
					s.Marks = failover.State{}.Marks
				}
			},
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				if e.Kind != failover.Ordered {
					s.Marks = before.Marks
				} else if before.Plan.Kind == failover.Failover {
					s.Plan, s.Recent, did.Count = before.Plan, before.Recent, 0
				}
			},
		},
	}
}

// overwrites has whoever claims to rewind a copy do so, whatever is seen of what it is to follow.
func overwrites(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	step := &s.Plan.Steps[min(e.Step, failover.MaxSteps-1)]
	claims := e.Kind == failover.StepClaimed && e.Epoch == s.Plan.Epoch && e.Step < s.Plan.Count
	own := e.Region == step.Region && e.Round == step.Round
	if !claims || !own || step.Kind != failover.Rewind || step.Status != failover.Pending {
		return false
	}
	did.Count = 0
	s.Now, s.Diverged[step.Store][s.Plan.Target].Begun = max(s.Now, e.At), true
	step.By, step.Status, step.Since = e.Region, failover.Claimed, s.Now
	return true
}

// moving has a failover to region 1 wait for the end of the lease.
func moving(l *log) {
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
}

// mending has region 1 take over, and region 0, which is back, be made a replica again.
func mending(l *log) {
	movedAway(l)
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
}

// goneUntilSeen are mutants in which a person's word that a region is gone for good does more than
// it may, once that is seen again.
func goneUntilSeen() []mutant {
	unguarded := func(p *failover.Policy) { p.Guarded = 0 }
	return []mutant{
		{
			name: "what is fenced after it was given up counts as in step", rule: ruleCopies,
			config: unguarded, prelude: givenUp,
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				given := before.Diverged[0][0].Status == failover.Abandoned
				if given && s.Diverged[0][0].Open == 0 {
					s.Diverged[0][0] = failover.Divergence{}
				}
			},
		},
		{
			name: "who was given up for good stays so when it is seen up", rule: ruleCopies,
			config: unguarded, prelude: givenUp,
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Reported {
					s.Diverged[0][0].Status = before.Diverged[0][0].Status
				}
			},
		},
	}
}

// burnt has a person force a failover of a store that no guard keeps, and its old region be lost
// with its agent.
func burnt(l *log) {
	forcedAway(l)
	l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: 0})
	l.report(0, true, 1, 2)
	l.tick(2 * unit)
}

// givenUp has a person say then that the region is gone for good.
func givenUp(l *log) {
	burnt(l)
	said := ordered(failover.Reconcile, 0)
	said.Lag, said.Ticket, said.Share, said.Who = failover.AnyLoss, 1, failover.ForGood, 1
	said.At = l.state.Now
	l.apply(said)
}
