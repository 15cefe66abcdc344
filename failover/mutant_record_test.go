package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// edit breaks what Apply leaves of a state.
type edit = func(before, s *failover.State, e *failover.Event, did *failover.Actions)

// onTick changes a state when nothing but time goes by.
func onTick(change func(*failover.State)) edit {
	return func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
		if e.Kind == failover.Tick {
			change(s)
		}
	}
}

// misremembering are mutants whose record of what was said or done changes by itself, one at least
// for each group of what is on record.
func misremembering() []mutant {
	flapping := func(p *failover.Policy) { p.BrakeAfter, p.BrakeWindow = 2, never }
	manual := func(p *failover.Policy) { p.Mode, p.Approvals = model.Manual, 2 }
	one := signed(failover.Approve, 0, 1)
	one.Subject = 1
	all := []mutant{
		{
			name: "a veto is forgotten", orders: []failover.Event{ordered(failover.Veto, 0)},
			after: onTick(func(s *failover.State) { s.Marks[0] = failover.Mark{} }),
		},
		{
			name: "a lost agent is forgotten", mortal: regions(1),
			after: onTick(func(s *failover.State) { s.Silent = 0 }),
		},
		{
			name:  "a region's capacity is made up",
			after: onTick(func(s *failover.State) { s.Ready[1] = 999 }),
		},
		{
			name:   "a region's readiness is made up",
			config: func(p *failover.Policy) { p.Items, p.ReadinessStaleAfter = 1, never },
			after: onTick(func(s *failover.State) {
				s.Readiness[1] = failover.Readiness{At: s.Now, Known: 1}
			}),
		},
		{
			name: "the brake forgets", config: flapping, prelude: movedAway,
			after: onTick(func(s *failover.State) { s.Brake.Count = 0 }),
		},
		{
			name:  "the brake is said to have been lifted",
			after: onTick(func(s *failover.State) { s.Brake.Lifted = s.Now }),
		},
		{
			name: "a drill is said to have been ordered",
			after: onTick(func(s *failover.State) {
				s.Drill = failover.PendingDrill{Target: 1, Asked: true, Who: 1}
			}),
		},
		{
			name: "a transition is made up",
			after: onTick(func(s *failover.State) {
				s.Recent[failover.MaxRecent-1] = failover.Transition{At: s.Now, To: 1, Valid: true}
			}),
		},
		{
			name: "an evacuation is said to have been ordered", base: "evacuation-ordered",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if begun := s.Recent[0] != before.Recent[0]; begun {
					s.Recent[0].Ordered = true
				}
			},
		},
		{
			name: "an approval is forgotten", config: manual, orders: []failover.Event{one},
			after: onTick(func(s *failover.State) { s.Approved.People[0].Given = false }),
		},
		{
			name: "a question is made up", config: manual,
			after: onTick(func(s *failover.State) { s.Asked = failover.Question{Target: 1} }),
		},
	}
	all = slices.Concat(all, misplanning(), mishearing, unasking, unheeding(), []mutant{outpushing()})
	for i := range all {
		all[i].rule = ruleRecord
	}
	return all
}

// outpushing is a mutant that forgets the oldest transition for what people order, though another
// that they ordered could make room.
func outpushing() mutant {
	return mutant{
		name: "what people order pushes a cooldown out", base: "evacuation-ordered",
		prelude: func(l *log) {
			for i := range l.state.Recent {
				l.state.Recent[i] = failover.Transition{
					At: l.state.Now, To: model.RegionID(i), Ordered: i == 0, Valid: true,
				}
			}
		},
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if begun := s.Epoch != before.Epoch && s.Recent != before.Recent; begun {
				copy(s.Recent[1:], before.Recent[:])
			}
		},
	}
}

// misplanning are mutants that put something else on record than how plans and leases stand.
func misplanning() []mutant {
	return []mutant{
		{
			name:   "what was left halfway is forgotten",
			config: func(p *failover.Policy) { p.ServesReads = true },
			after:  onTick(func(s *failover.State) { s.Left.Unsettled = false }),
		},
		{
			name: "that traffic may have strayed is forgotten", base: "routing-scope",
			prelude: claimedAndAborted,
			after:   onTick(func(s *failover.State) { s.Left.Strayed = false }),
		},
		{
			name: "nobody notes that traffic may have strayed", base: "routing-scope",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Left.Strayed = s.Left.Strayed && before.Left.Strayed
			},
		},
		{
			name: "a region that was drained is forgotten", base: "switchover",
			after: onTick(func(s *failover.State) { s.Left.Drained, s.Left.Stores = 0, 0 }),
		},
		{
			name: "a store that a claim alone holds counts as open", base: "three-regions-unguarded",
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Left.Unopened = 0
			},
		},
		{
			name: "one store's drain counts as its region's", base: "two-stores-one-apart",
			orders: []failover.Event{ofSecond(failover.OrderSwitchover), ordered(failover.Abort, 1)},
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Left.Drained != 0 {
					s.Left.Stores = 3
				}
			},
		},
		{
			name: "a region takes writes again before it says so", base: "switchover",
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed {
					s.Left.Drained, s.Left.Stores = 0, 0
				}
			},
		},
		{
			name:  "a lease is said to be open",
			after: onTick(func(s *failover.State) { s.Leases[0].Open = true }),
		},
		{
			name: "a plan sheds more than when it began",
			after: onTick(func(s *failover.State) {
				if s.Plan.Kind != failover.NoPlan {
					s.Plan.Shed++
				}
			}),
		},
	}
}

// unasking are mutants that forget, as time goes by, what people were asked.
var unasking = []mutant{
	{
		name:   "a question is forgotten",
		config: func(p *failover.Policy) { p.Mode, p.Guarded = model.Manual, 0 },
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Tick && s.Asked == before.Asked {
				s.Asked = failover.Question{
					Scope: failover.Scope{Region: model.NoRegion}, Target: model.NoRegion,
				}
			}
		},
	},
}

// mishearing are mutants that put something else on record than an event says.
var mishearing = []mutant{
	{
		name: "a sample of the lag is younger than it is",
		orders: []failover.Event{
			{Kind: failover.LagMeasured, Region: 1, Epoch: 10, Lag: unit, Age: unit},
		},
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.LagMeasured {
				s.Lags[0][1].At = s.Now
			}
		},
	},
	{
		name:   "a replica that has caught up was never behind",
		config: func(p *failover.Policy) { p.Guarded, p.DataAtRiskMax = 0, within }, prelude: kept,
		orders: []failover.Event{{Kind: failover.LagMeasured, Region: 1, Epoch: 10, Lag: unit}},
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.LagMeasured {
				s.Lags[0][1].CaughtUp = 0
			}
		},
	},
	{
		name: "what was measured before a failover counts",
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepDone {
				s.Lags = before.Lags
			}
		},
	},
	{
		name: "an observer is taken to say less than it does",
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Reported {
				s.Reports[e.Region][e.Subject].Down = 0
			}
		},
	},
	{
		name: "another ticket is granted than the guard's",
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.LeaseRenewed && s.Leases[0].End != before.Leases[0].End {
				s.Leases[0].Ticket = 7
			}
		},
	},
	{
		name: "a change of policy counts as a return", base: "policy-changes",
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.PolicyChanged {
				s.Flaps[0].Score++
			}
		},
	},
}

// ofSecond is an order about the second store alone, to region 1.
func ofSecond(verb failover.Verb) failover.Event {
	e := ordered(verb, 1)
	e.Part, e.Store = failover.OneStore, 1
	return e
}
