package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// disobedient are mutants that do not heed what people order, or the gates on what they forbid.
func disobedient() []mutant {
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = wide, 1
	return slices.Concat(unbraked(), heedless(), sightless(), disobedientForce(force),
		vagueForce(force), presumptuous())
}

// presumptuous are mutants that take for approved what nobody, or too few people, approved.
func presumptuous() []mutant {
	manual := func(p *failover.Policy) { p.Mode, p.Approvals = model.Manual, 2 }
	one, other := signed(failover.Approve, 0, 1), signed(failover.Approve, 0, 2)
	one.Subject, other.Subject = 1, 1
	elsewhere, anybody := one, one
	elsewhere.Subject, anybody.Who = 2, 0
	return []mutant{
		{
			name: "one person suffices where two have to approve", rule: ruleApproved, config: manual,
			orders: []failover.Event{one},
			policy: func(p *failover.Policy) { p.Approvals = 1 },
		},
		{
			name: "one person speaks for another", rule: ruleApproved, config: manual,
			orders: []failover.Event{one},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Approved != before.Approved && s.Approved.People[0].Given {
					s.Approved.People[1] = failover.Approval{Who: 2, At: s.Now, Given: true}
				}
			},
		},
		{
			name: "nobody in particular counts as a person", rule: ruleApproved, config: manual,
			orders: []failover.Event{one, anybody},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.Approve && e.Who == 0 {
					e.Who = 99
				}
			},
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for i := range s.Approved.People {
					s.Approved.People[i].Who %= 99
				}
			},
		},
		{
			name: "an approval counts whoever takes over", rule: ruleApproved, config: manual,
			orders: []failover.Event{elsewhere, other},
			before: func(s *failover.State, e *failover.Event) { e.Subject = min(e.Subject, 1) },
		},
	}
}

// unbraked are mutants whose brake does not work.
func unbraked() []mutant {
	flapping := func(p *failover.Policy) { p.BrakeAfter, p.BrakeWindow = 1, never }
	return []mutant{
		{
			name: "the brake lets go by itself", rule: ruleSticks, config: flapping,
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Tick && before.Brake.Cause != failover.BrakeOff {
					s.Brake.Cause = failover.BrakeOff
				}
			},
		},
		{
			name: "nobody hears of the brake", rule: ruleSticks, config: flapping,
			after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
				if s.Brake.Cause != before.Brake.Cause {
					did.Count = 0
				}
			},
		},
		{
			name: "the policy resumes by itself", rule: ruleSticks,
			orders: []failover.Event{ordered(failover.Pause, 0)},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				s.Paused = s.Paused && e.Kind != failover.Tick
			},
		},
		{
			name: "a primary is closed for nothing again and again", rule: ruleHolds,
			config: func(p *failover.Policy) { p.BrakeAfter, p.BrakeWindow = 2, never },
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if before.Primary == s.Primary {
					s.Brake = before.Brake
				}
			},
		},
		{
			name: "the brake is not heeded", rule: ruleHolds, gate: "brake",
			orders: []failover.Event{ordered(failover.PullBrake, 0)},
			blind:  func(s, from *failover.State) { s.Brake = from.Brake },
		},
		{
			name: "a pause is not heeded", rule: ruleHolds,
			orders: []failover.Event{ordered(failover.Pause, 0)},
			blind:  func(s, from *failover.State) { s.Paused = from.Paused },
		},
		{
			name: "transitions do not trip the brake", rule: ruleHolds, config: flapping,
			after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
				s.Brake.Cause = failover.BrakeOff
			},
			policy: func(p *failover.Policy) { p.BrakeAfter = 2 },
		},
		{
			name: "two regions at once are two losses", rule: ruleHolds,
			base:   "three-candidates-brake",
			policy: func(p *failover.Policy) { p.BrakeRegions = 0 },
		},
	}
}

// heedless are mutants that do not heed what was declared, or a gate on the target.
func heedless() []mutant {
	zone := ordered(failover.Declare, 0)
	zone.Share = uint16(failover.ZoneFailure)
	intruder := ordered(failover.Declare, 1)
	intruder.Share = uint16(failover.SecurityIncident)
	marks := func(s, from *failover.State) { s.Marks = from.Marks }
	return []mutant{
		{
			name: "a deep check does not count", rule: ruleBegins, gate: "primary alive",
			sees:   []verdict{{3, 1}},
			config: func(p *failover.Policy) { p.Checks, p.Deep = 2, 2 },
			policy: func(p *failover.Policy) { p.Deep = 0 },
		},
		{
			name: "a veto is not heeded", rule: ruleForbids, gate: "veto", blind: marks,
			orders: []failover.Event{ordered(failover.Veto, 0)},
		},
		{
			name: "a declared cause is not heeded", rule: ruleForbids, gate: "cause", blind: marks,
			orders: []failover.Event{zone},
		},
		{
			name: "the writes move to an intruder", rule: ruleForbids, blind: marks,
			orders: []failover.Event{intruder},
		},
		{
			name: "an unlawful target", rule: ruleForbids, gate: "residency",
			config: func(p *failover.Policy) { p.Unlawful[0] = 2 },
			policy: func(p *failover.Policy) { p.Unlawful[0] = 0 },
		},
		{
			name: "a target that is not ready", rule: ruleForbids, gate: "readiness",
			config: func(p *failover.Policy) { p.Items, p.ReadinessStaleAfter = 1, never },
			policy: func(p *failover.Policy) { p.Items = 0 },
		},
	}
}

// sightless are mutants that order or begin what the evidence speaks against.
func sightless() []mutant {
	return []mutant{
		{
			name: "planned work to where nobody looks", rule: ruleBegins,
			orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
			before: func(s *failover.State, e *failover.Event) {
				if e.Verb == failover.OrderSwitchover {
					seen := failover.Report{Sequence: 1, At: s.Now, Known: 1}
					s.Reports[0][1], s.Reports[2][1] = seen, seen
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Verb == failover.OrderSwitchover {
					s.Reports = before.Reports
				}
			},
		},
		toADeadEnd("planned work to a store that is down", func(p *failover.Policy) {
			p.StoreChecks[0] = 2
		}),
		toADeadEnd("planned work to where the way is lost", func(p *failover.Policy) {
			p.RoutingChecks = 2
		}),
		{
			name: "traffic leaves as if it were ordered", rule: ruleBegins,
			base: "evacuation-ordered", config: longLease,
			policy: func(p *failover.Policy) { p.HoldDown = 0 },
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Plan.Ordered = s.Plan.Kind == failover.Evacuation
			},
		},
		{
			name: "a switchover of its own accord", rule: ruleBegins,
			orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if s.Plan.Kind == failover.Switchover && e.Verb == failover.OrderSwitchover {
					e.Verb = 0
				}
			},
		},
	}
}

// toADeadEnd is a mutant that does not see, when planned work is ordered, that the part of region 1
// is down that the second check is about.
func toADeadEnd(name string, part func(*failover.Policy)) mutant {
	return mutant{
		name: name, rule: ruleBegins, orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
		config: func(p *failover.Policy) { p.Checks = 2; part(p) },
		prelude: func(l *log) {
			for _, o := range []model.RegionID{0, 2} {
				e := report(&l.state, o, 1, false)
				e.Known, e.Down = 3, 2
				l.apply(e)
			}
		},
		before: func(s *failover.State, e *failover.Event) {
			for o := range s.Reports {
				if e.Verb == failover.OrderSwitchover {
					s.Reports[o][1].Down = 0
				}
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Verb == failover.OrderSwitchover {
				s.Reports = before.Reports
			}
		},
	}
}

// disobedientForce are mutants that take a force for more, or for less, than was said.
func disobedientForce(force failover.Event) []mutant {
	return []mutant{
		{
			name: "a force accepts more than was said", rule: ruleForced,
			orders: []failover.Event{force},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Force != before.Force {
					s.Force.Lag = failover.AnyLoss
				}
			},
		},
		{
			name: "the record of a force changes later", rule: ruleForced,
			orders: []failover.Event{force},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed && before.Force.Epoch != 0 {
					s.Force.Writes++
				}
			},
		},
		{
			name: "a force without a bound", rule: ruleForced, orders: []failover.Event{force},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if s.Force != before.Force {
					s.Force.Lag, e.Lag = 0, 0
				}
			},
		},
		{
			name: "a force leaves no record", rule: ruleBegins, orders: []failover.Event{force},
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Force = failover.Force{}
			},
		},
		{
			name: "a force stands in for a guard", rule: ruleMoves, orders: []failover.Event{force},
			config: longLease,
			policy: func(p *failover.Policy) { p.Guarded = 0 },
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				heardAs(longLease)(before, s, e, did)
				lease, sample := s.Leases[0], s.Lags[0][1]
				if lease.Fenced >= lease.Epoch {
					lease.End = min(lease.End, lease.FencedAt)
				}
				switch { // It knows that much.
				case s.Force == before.Force:
				case lease.Holder == 1 && !lease.Open:
					s.Force.Known = 0
				default:
					s.Force.Known = lease.End.Sub(sample.At) + sample.Lag
				}
			},
		},
	}
}

// vagueForce are mutants that do not say what a force may lose.
func vagueForce(force failover.Event) []mutant {
	blank := force
	blank.Ticket = 0
	return []mutant{
		{
			name: "a force that names no loss", rule: ruleForced, orders: []failover.Event{blank},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.OrderForce {
					e.Ticket = 1
				}
			},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Force != before.Force {
					s.Force.Writes = 0
				}
			},
		},
		{
			name: "a force is told to risk nothing", rule: ruleForced, orders: []failover.Event{force},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Force != before.Force {
					s.Force.Known = 0
				}
			},
		},
	}
}
