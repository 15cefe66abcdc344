package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// forcedAway has a person force the failover of a store that no guard keeps, while its primary is
// up. It ends with the store promoted, and with the copy in region 0 as open as it was.
func forcedAway(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	l.apply(force)
	workOff(l, failover.Fence)
}

// thoughtBetter has a person force the failover of a store that no guard keeps, and abort it once
// the target has claimed: the region that the store belongs in was never fenced.
func thoughtBetter(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(forcing(&l.state, 1))
	claimOf(l, failover.Promote, 0)
	l.apply(ordered(failover.Abort, 0))
	l.apply(ordered(failover.LiftBrake, 0))
}

// leavingOpen are mutants that take for closed what may still be written to.
func leavingOpen() []mutant {
	unguarded := func(p *failover.Policy) { p.Guarded = 0 }
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	return []mutant{
		{
			name: "nobody notes that the copy that is left is open", rule: ruleOpen,
			config: unguarded, orders: []failover.Event{force},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed {
					s.Diverged[0][0].Open = before.Diverged[0][0].Open
				}
			},
		},
		{
			name: "anybody's fence closes the copy that was left", rule: ruleOpen,
			config: unguarded, prelude: forcedAway,
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Fenced {
					s.Diverged[0][0].Open = 0
				}
			},
		},
		{
			name: "an older fence closes the copy that was left", rule: ruleOpen,
			config: unguarded, prelude: forcedAway,
			orders: []failover.Event{{Kind: failover.Fenced, Region: 0}},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Fenced && e.Region == 0 {
					s.Diverged[0][0].Open = 0
				}
			},
		},
		{
			name: "a copy is archived before it is fenced", rule: ruleOpen,
			config: unguarded, prelude: forcedAway,
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for i := range s.Plan.Count {
					if step := &s.Plan.Steps[i]; step.Kind == failover.Archive {
						step.Status = max(step.Status, failover.Pending)
					}
				}
			},
		},
	}
}

// goneForGood are mutants that take a copy which may be open for lost with its region, though that
// is up, or nobody in particular says so.
func goneForGood() []mutant {
	unguarded := func(p *failover.Policy) { p.Guarded = 0 }
	anybody := ordered(failover.Reconcile, 0)
	anybody.Lag, anybody.Ticket, anybody.Share = failover.AnyLoss, 1, failover.ForGood
	somebody, plain := anybody, anybody
	somebody.Who, plain.Who, plain.Share = 1, 1, 0
	return []mutant{
		{
			name: "who is given up for good counts as fenced", rule: ruleOpen,
			config: unguarded, prelude: burnt, orders: []failover.Event{somebody},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Verb == failover.Reconcile {
					s.Diverged[0][0].Open = 0
				}
			},
		},
		{
			name: "a region that is up counts as gone for good", rule: ruleCopies,
			config: unguarded, prelude: forcedAway, orders: []failover.Event{somebody},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if copied := &s.Diverged[0][0]; e.Verb == failover.Reconcile {
					*copied = failover.Divergence{Status: failover.Archived, Writes: e.Ticket}
				}
			},
		},
		{
			name: "nobody in particular says that a region is gone for good", rule: ruleCopies,
			config: unguarded, prelude: burnt, orders: []failover.Event{anybody},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.Reconcile {
					e.Who = 99
				}
			},
		},
		{
			name: "an open copy is given up like a closed one", rule: ruleCopies,
			config: unguarded, prelude: burnt, orders: []failover.Event{plain},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.Reconcile {
					e.Share = failover.ForGood
				}
			},
		},
	}
}

// besideOpen are mutants that promote a store beside a copy that a person's force left open.
func besideOpen() []mutant {
	unguarded := func(p *failover.Policy) { p.Guarded = 0 }
	return []mutant{
		{
			name: "a promotion beside a copy that was left open", rule: ruleMoves,
			config: unguarded, prelude: thoughtBetter,
			before: func(s *failover.State, e *failover.Event) {
				for r := range s.Diverged[0] {
					if e.Kind != failover.Fenced {
						s.Diverged[0][r].Open = 0
					}
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				for r, copied := range before.Diverged[0] {
					if s.Diverged[0][r].Status == copied.Status && e.Kind != failover.Fenced {
						s.Diverged[0][r].Open = copied.Open
					}
				}
			},
		},
		{
			name: "whom the holder took it from is forgotten", rule: ruleMoves,
			config: unguarded, prelude: thoughtBetter,
			orders: []failover.Event{{Kind: failover.Fenced, Region: 0, Epoch: 5}},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				granted := s.Leases[0].Epoch != before.Leases[0].Epoch
				s.Leases[0].Open = s.Leases[0].Open && !granted
			},
		},
	}
}

// forgettingDebts are mutants that forget what was archived of a copy and never reconciled, or
// whose store it is that planned work leaves.
func forgettingDebts() []mutant {
	owing := func(l *log) {
		movedAway(l)
		l.report(0, false, 1, 2)
		for range 3 {
			for a := range l.policy.Outstanding(l.state) {
				carryOut(l, a, l.policy.Voters)
				l.state.Diverged[0][0].Writes = max(l.state.Diverged[0][0].Writes, 1)
			}
		}
		l.tick(2 * unit)
	}
	return []mutant{
		{
			name: "a promotion settles what nobody reconciled", rule: ruleCopies, prelude: owing,
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Leases[0].Epoch != before.Leases[0].Epoch {
					s.Diverged[0][0] = failover.Divergence{}
				}
			},
		},
		{
			name: "a sample counts whomever the replica follows", rule: ruleReports,
			orders: []failover.Event{{Kind: failover.LagMeasured, Region: 1, Lag: 2 * unit}},
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.LagMeasured {
					e.Epoch = s.Leases[0].Epoch
				}
			},
		},
		{
			name: "a copy that follows is suspected", rule: ruleCopies,
			orders: []failover.Event{ordered(failover.OrderReprotection, 1)},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Ordered {
					s.Diverged[0][1].Status = failover.Suspected
				}
			},
		},
		{
			name: "planned work leaves another region than the holder", rule: ruleReplica,
			prelude: heldElsewhere,
			orders:  []failover.Event{ordered(failover.OrderSwitchover, 1)},
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.Ordered {
					s.Leases[0].Holder, s.Diverged = s.Writers[0], failover.State{}.Diverged
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Ordered {
					s.Leases, s.Diverged = before.Leases, before.Diverged
				}
			},
		},
	}
}

// heldElsewhere has region 1 claim the store of region 0, which is up again before more is done,
// and a person pause the policy, so that nothing reopens it.
func heldElsewhere(l *log) {
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
	for a := range l.policy.Outstanding(l.state) {
		if a.Step == failover.Promote {
			l.apply(failover.Event{
				Kind: failover.StepClaimed, At: l.state.Now, Region: model.RegionID(1), Epoch: a.Epoch,
				Step: a.Index, Round: a.Round,
			})
		}
	}
	l.apply(ordered(failover.Pause, 0))
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
}
