package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// gateless are mutants without one of the gates or margins: their policy does not ask for it, or
// they do not see what it goes by. Some more of them are among the disobedient.
func gateless() []mutant { return slices.Concat(unquestioning, unfenced()) }

// longLease keeps a lease in force, so that what is said of one that is over is not the first that
// a mutant does wrong.
func longLease(p *failover.Policy) { p.Lease = 20 * unit }

// unquestioning are mutants whose policy does not ask.
var unquestioning = []mutant{
	{
		name: "no hold-down", rule: ruleBegins, gate: "hold-down", config: longLease,
		policy: func(p *failover.Policy) { p.HoldDown = 0 },
	},
	{
		name: "one observer suffices", rule: ruleBegins, gate: "evidence", config: longLease,
		policy: func(p *failover.Policy) { p.Voters = regions(1) },
	},
	{
		name: "stale reports count", rule: ruleBegins,
		config: func(p *failover.Policy) { p.StaleAfter = unit },
		policy: func(p *failover.Policy) { p.StaleAfter = never },
	},
	{
		name: "no lag gate", rule: ruleBegins, gate: "lag",
		config: func(p *failover.Policy) { p.DataAtRiskMax = 1 },
		policy: func(p *failover.Policy) { p.DataAtRiskMax = wide },
	},
	{
		name: "what a replica receives as a cut ends says nothing", rule: ruleBegins, prelude: kept,
		config: func(p *failover.Policy) { p.Guarded, p.DataAtRiskMax = 0, within },
		orders: []failover.Event{{Kind: failover.LagMeasured, Region: 1, Epoch: 10, Lag: unit}},
		before: func(s *failover.State, e *failover.Event) {
			if e.Kind != failover.LagMeasured {
				s.Lags[0][1].CaughtUp = 0
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind != failover.LagMeasured {
				s.Lags[0][1].CaughtUp = before.Lags[0][1].CaughtUp
			}
		},
	},
	{
		name: "what a replica has lost since the plan began", rule: ruleClaims, prelude: regressed,
		config: func(p *failover.Policy) { p.DataAtRiskMax = within },
		policy: func(p *failover.Policy) { p.DataAtRiskMax = wide },
	},
	{
		name: "planned work does not wait for what it catches up with", rule: ruleClaims,
		orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			for i := range s.Plan.Count {
				if step := &s.Plan.Steps[i]; step.Kind == failover.Promote {
					step.Status = max(step.Status, failover.Pending)
				}
			}
		},
	},
	{
		name: "no capacity gate", rule: ruleBegins, gate: "capacity",
		config: func(p *failover.Policy) { p.CapacityMin = 2000 },
		policy: func(p *failover.Policy) { p.CapacityMin = 0 },
	},
	{
		name: "no minimum of regions", rule: ruleServes, gate: "last one standing",
		config: func(p *failover.Policy) { p.MinimumServing = 2 },
		policy: func(p *failover.Policy) { p.MinimumServing = 1 },
	},
	{
		name: "no cooldown", rule: ruleTooSoon, gate: "cooldown",
		config: func(p *failover.Policy) { p.Cooldown = 20 * unit },
		policy: func(p *failover.Policy) { p.Cooldown = 0 },
	},
	{
		name: "a promise of capacity that was not kept", rule: ruleSteps, unsure: true,
		config: func(p *failover.Policy) { p.StepTries = 1 },
		policy: func(p *failover.Policy) { p.CapacityMin = 0 },
	},
	{
		name: "no approval", rule: ruleApproved, gate: "approval",
		config: func(p *failover.Policy) { p.Mode = model.Manual },
		policy: func(p *failover.Policy) { p.Mode = model.Automatic },
	},
	{
		name: "advice that acts", rule: ruleApproved,
		config: func(p *failover.Policy) { p.Mode = model.Advise },
		policy: func(p *failover.Policy) { p.Mode = model.Automatic },
	},
	{
		name: "no margin for drift", rule: ruleMoves,
		config: func(p *failover.Policy) { p.Drift = 3 * unit },
		policy: func(p *failover.Policy) { p.Drift = 0 },
		after:  unheardOf,
	},
	{
		name: "a lease that no guard ends expires", rule: ruleMoves,
		config: func(p *failover.Policy) { p.Guarded = 0 },
		policy: func(p *failover.Policy) { p.Guarded = 1 },
		after:  heardAs(func(p *failover.Policy) { p.Guarded = 0 }),
	},
}

// regressed has a failover to region 1 begin, whose replica then turns out to have hardly anything.
func regressed(l *log) {
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.state.Lags[0][1].Lag = farBehind
}

// kept has the primary be seen down, and left by nobody since its replica has hardly anything.
func kept(l *log) {
	l.state.Lags[0][1].Lag = farBehind
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
}

// unfenced are mutants that do not see the plan that runs, or the lease that is in the way.
func unfenced() []mutant {
	return []mutant{
		{
			name: "another plan may run", rule: ruleGivesWay, gate: "in flight",
			instead: beginsAnother,
		},
		{
			name: "every lease counts as fenced", rule: ruleMoves, gate: "fence",
			config: func(p *failover.Policy) { p.Lease = 5 * unit },
			before: func(s *failover.State, e *failover.Event) {
				goesOn := s.Plan.Kind == failover.Failover && e.Kind == failover.StepClaimed
				if goesOn && s.Leases[0].Epoch != s.Plan.Epoch {
					s.Leases[0].Fenced = s.Leases[0].Epoch
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed {
					s.Leases[0].Fenced, s.Leases[0].FencedAt = before.Leases[0].Fenced, 0
				}
			},
		},
		{
			name: "a part is decided while its region may be down", rule: ruleBegins,
			config: func(p *failover.Policy) { p.Checks, p.StoreChecks[0] = 2, 2 },
			sees:   []verdict{{3, 2}, {2, 2}},
			before: func(s *failover.State, e *failover.Event) {
				for o := range s.Reports {
					if r := &s.Reports[o][0]; e.Kind == failover.Tick && r.Known == 2 {
						r.Known = 3
					}
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Tick {
					s.Reports = before.Reports
				}
			},
		},
	}
}

// beginsAnother is Apply without the gate in flight: where every other gate lets a failover begin,
// it takes the place of the one that runs and has moved nothing, which is not remembered then.
func beginsAnother(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	moved := s.Writers[0] == s.Plan.Target
	if e.Kind != failover.Tick || s.Plan.Kind != failover.Failover || moved {
		return false
	}
	free := *s
	free.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
	copy(free.Recent[:], free.Recent[1:])
	free.Recent[failover.MaxRecent-1] = failover.Transition{}
	p.Apply(&free, e, did)
	if free.Plan.Kind != failover.Failover {
		return false // Another gate holds it.
	}
	*s = free
	return true
}

// twisted are mutants whose code does something wrong after Apply.
var twisted = []mutant{
	{
		name: "time is not clamped", rule: ruleTime,
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			s.Now = e.At
		},
	},
	{
		name: "an observation is not clamped to the one before", rule: ruleReports, lateness: 1,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Reported {
				s.Reports[e.Region][e.Subject].At = before.Now.Add(-e.Age)
			}
		},
	},
	{
		name: "a corrupt sequence silences its observer", rule: ruleReports,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Reported {
				s.Reports[e.Region][e.Subject].Sequence |= 1 << 63
			}
		},
	},
	{
		name: "time runs on its own", rule: ruleTime,
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed {
				s.Now++
			}
		},
	},
	{
		name: "an epoch is used again", rule: ruleTime,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if before.Plan.Kind != failover.NoPlan && s.Plan.Kind == failover.NoPlan {
				s.Epoch--
			}
		},
	},
	{
		name: "one observer speaks for all", rule: ruleReports,
		after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Reported && e.Region == 1 {
				s.Reports[2][e.Subject] = s.Reports[1][e.Subject]
			}
		},
	},
	{
		name: "an agent's word fences", rule: ruleFences,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepDone && before.Plan.Steps[e.Step].Kind == failover.Fence {
				s.Leases[0].Fenced = s.Leases[0].Epoch
			}
		},
	},
	{
		name: "a claim needs no fence", rule: ruleMoves,
		config: func(p *failover.Policy) { p.Lease = 5 * unit },
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed && s.Plan.Kind == failover.Failover {
				s.Leases[0] = failover.Lease{
					Holder: s.Plan.Target, Epoch: s.Plan.Epoch, End: s.Now.Add(5 * unit),
				}
			}
		},
	},
	{
		name: "the old primary renews", rule: ruleGrows,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			lease := &s.Leases[0]
			if e.Kind == failover.LeaseRenewed && lease.Holder == e.Region {
				lease.End, lease.Ticket = s.Now.Add(unit), e.Ticket
			}
		},
	},
	{
		name: "a lease is shortened", rule: ruleGrows,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if before.Plan.Kind == failover.NoPlan && s.Plan.Kind != failover.NoPlan {
				s.Leases[0].End--
			}
		},
	},
	{
		name: "a plan is dropped", rule: ruleGivesWay,
		after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
			if e.Kind == failover.Tick && before.Plan.Kind == failover.Failover &&
				before.Primary != before.Plan.Target {
				s.Plan, did.Count = failover.Plan{}, 0
			}
		},
	},
	{
		name: "who took over is forgotten", rule: ruleTooSoon,
		config: func(p *failover.Policy) { p.Cooldown = 20 * unit },
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Recent[0].Took = false
		},
	},
	{
		name: "done without a claim", rule: ruleSteps,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepDone && before.Plan.Steps[e.Step].Status == failover.Pending &&
				s.Plan.Epoch == before.Plan.Epoch && s.Plan.Steps[e.Step].Kind == failover.Scale {
				s.Plan.Steps[e.Step].Status = failover.Done
			}
		},
	},
	{
		name: "primary by claim", rule: rulePrimary,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed && before.Plan.Kind == failover.Failover {
				s.Primary = before.Plan.Target
			}
		},
	},
	{
		name: "the writes go to who claims", rule: ruleWriters,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed && before.Plan.Kind == failover.Failover {
				s.Writers[0] = before.Plan.Target
			}
		},
	},
	{
		name: "traffic goes nowhere", rule: ruleServes,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if s.Serving != before.Serving {
				s.Serving = 0
			}
		},
	},
	{
		name: "traffic moves by itself", rule: ruleServes,
		config: func(p *failover.Policy) { p.ServesReads = true },
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Tick {
				s.Serving = s.Serving.Without(0)
			}
		},
	},
	{
		name: "readers are diverted to where nobody carries any", rule: ruleBegins,
		config: func(p *failover.Policy) { p.ServesReads = true },
		prelude: func(l *log) {
			l.apply(failover.Event{Kind: failover.CapacityChanged, Region: 1})
		},
		before: func(s *failover.State, _ *failover.Event) { s.Ready[1] = 1 },
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Ready = before.Ready
		},
	},
	{
		name: "diverted readers do not come back", rule: ruleServes,
		config: func(p *failover.Policy) { p.ServesReads, p.Lease = true, 20*unit },
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			open := s.Leases[0].Holder == 0 && s.Leases[0].Fenced < s.Leases[0].Epoch
			if s.Plan.Kind == failover.Reopen && before.Plan.Kind == failover.Failover && open {
				s.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
				s.Left.Unsettled, did.Count = false, 0
			}
		},
	},
	{
		name: "traffic stays behind", rule: ruleServes,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Serving = before.Serving
		},
	},
	{
		name: "an old plan's action", rule: ruleFresh,
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if s.Plan.Kind != failover.NoPlan && did.Count > 0 {
				did.List[0].Epoch--
			}
		},
	},
	{
		name: "an action of an earlier round", rule: ruleFresh,
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if s.Plan.Kind != failover.NoPlan && did.Count > 0 {
				did.List[0].Round--
			}
		},
	},
	{
		name: "a stage that is held is asked for", rule: ruleFresh, base: "stages",
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			for i := range s.Plan.Count {
				if s.Plan.Steps[i].Status == failover.Waiting {
					did.List[0] = failover.Action{Kind: failover.Do, Epoch: s.Plan.Epoch, Index: i}
					did.Count = 1
				}
			}
		},
	},
}
