package failover_test

import (
	"slices"

	"redoubt/failover"
)

// repeating are mutants that do not tell a copy of an order from a new one, or what it is about.
func repeating() []mutant {
	late := ordered(failover.OrderSwitchover, 1)
	late.Said = at(-2 * int(failover.ApprovalLasts/unit))
	early := late
	early.Said = failover.InstantMax
	now := func(_ *failover.State, e *failover.Event) { e.Said = e.At }
	forgets := func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
		s.Orders = before.Orders
	}
	return slices.Concat(unturned, []mutant{
		{
			name: "an order of another day is carried out", rule: ruleBegins, before: now,
			orders: []failover.Event{late}, after: forgets,
		},
		{
			name: "an order of a day to come is carried out", rule: ruleBegins, before: now,
			orders: []failover.Event{early}, after: forgets,
		},
		{
			name: "which orders were heard is forgotten", rule: ruleRecord, after: forgets,
			orders: []failover.Event{ordered(failover.Pause, 0)},
		},
		{
			name: "one number is what two stores owe", rule: ruleCopies, base: "two-stores",
			orders: []failover.Event{{
				Kind: failover.Ordered, Verb: failover.Reconcile, Lag: failover.AnyLoss, Ticket: 10,
			}},
			prelude: func(l *log) {
				for i := range 2 {
					l.state.Diverged[i][0] = failover.Divergence{Status: failover.Suspected}
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Verb == failover.Reconcile && s.Diverged == before.Diverged {
					for i := range 2 {
						s.Diverged[i][0] = failover.Divergence{Status: failover.Archived, Writes: e.Ticket}
					}
				}
			},
		},
		{
			name: "who waives one store waives another", rule: ruleCopies,
			orders: []failover.Event{
				{Kind: failover.Ordered, Verb: failover.Reconcile, Part: failover.OneStore, Store: 1},
			},
			prelude: func(l *log) {
				movedAway(l)
				l.state.Diverged[0][0] = failover.Divergence{Status: failover.Unreconciled, Writes: 1}
			},
			before: func(_ *failover.State, e *failover.Event) { e.Part = failover.Whole },
		},
	})
}

// unturned are mutants to which the state is what it was to people, though it has become another.
var unturned = []mutant{
	unmoved("a plan that begins changes no order", "", func(before, s *failover.State) bool {
		return s.Epoch != before.Epoch
	}),
	unmoved("writes that move change no order", "", func(before, s *failover.State) bool {
		return s.Writers != before.Writers
	}),
	unmoved(
		"a copy that is counted changes no order", "copies-that-were-left-one-way",
		func(before, s *failover.State) bool {
			return s.Plan.Kind == failover.Reprotect && s.Diverged != before.Diverged
		},
	),
	unmoved(
		"a policy that changes changes no order", "policy-changes",
		func(before, s *failover.State) bool { return s.Under != before.Under },
	),
}

// unmoved is a mutant to which the state has not become another one when it has.
func unmoved(name, base string, turned func(before, s *failover.State) bool) mutant {
	return mutant{
		name: name, rule: ruleRecord, base: base,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if turned(before, s) {
				s.Turned = before.Turned
			}
		},
	}
}
