package failover_test

import (
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// movedAway has region 0 fail and region 1 take over, so that the copy in region 0 is suspected. It
// ends with the cooldown over, and nobody sure that region 0 is up.
func movedAway(l *log) {
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
	workOff(l, 0)
	l.tick(2 * unit)
}

// leftBack has the writes be moved to region 1, which then fails, so that region 0 takes them back
// and the copy in region 1 is suspected. Readers are not sent there any more.
func leftBack(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, 0)
	l.tick(2 * unit)
	l.lags()
	l.report(1, true, 0, 2)
	l.tick(unit)
	l.tick(unit)
	workOff(l, 0)
	l.tick(2 * unit)
}

// noticeDue has region 0 fail and region 1 take over, but for the last step, which tells of it.
func noticeDue(l *log) {
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
	workOff(l, failover.Notify)
}

// workOff has every step of the running plan claimed and done that is not of one kind.
func workOff(l *log, but failover.StepKind) {
	for range l.state.Plan.Count {
		for a := range l.policy.Outstanding(l.state) {
			if a.Step != but {
				carryOut(l, a, l.policy.Voters)
			}
		}
	}
}

// forgetful are mutants that do not know, or not keep, what copies hold alone and how often regions
// come and go.
func forgetful() []mutant {
	return slices.Concat(careless(), leavingOpen(), goneForGood(), besideOpen(), forgettingDebts(),
		presuming(), hasty(), unsteadying())
}

// presuming are mutants that take a copy for one that follows.
func presuming() []mutant {
	return []mutant{
		{
			name: "a diverged copy is promoted", rule: ruleReplica,
			prelude: func(l *log) { // Its sample says how far behind it is, not what it holds beyond.
				movedAway(l)
				l.lags()
			},
			blind: func(s, from *failover.State) { s.Diverged = from.Diverged },
		},
		{
			name: "a failback before the reconciliation", rule: ruleReplica, prelude: movedAway,
			orders: []failover.Event{ordered(failover.GoBack, 0)},
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.Ordered {
					s.Diverged = failover.State{}.Diverged
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Ordered {
					s.Diverged = before.Diverged
				}
			},
		},
		{
			name: "a switchover to what was not reconciled", rule: ruleReplica, prelude: movedAway,
			orders:  []failover.Event{ordered(failover.OrderSwitchover, 0)},
			surplus: true,
			before: func(s *failover.State, e *failover.Event) {
				if r := &s.Diverged[0][0]; r.Status == failover.Unreconciled {
					r.Status = failover.InStep
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if before.Diverged[0][0].Status == failover.Unreconciled {
					s.Diverged = before.Diverged
				}
			},
		},
		{
			name: "planned work to a replica that is far behind", rule: ruleReplica,
			orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
			config: func(p *failover.Policy) { p.DataAtRiskMax = unit / 2 },
			policy: func(p *failover.Policy) { p.DataAtRiskMax = wide },
		},
	}
}

// hasty are mutants that send traffic back to where it had better not go yet.
func hasty() []mutant {
	return []mutant{
		{
			name: "traffic returns to where nothing is ready", rule: ruleForbids,
			base:   "stages-of-a-return",
			config: func(p *failover.Policy) { p.Items, p.ReadinessStaleAfter = 1, never },
			policy: func(p *failover.Policy) { p.Items = 0 },
		},
		{
			name: "readers return to a copy that was left", rule: ruleForbids,
			base: "stages-of-a-return", prelude: leftBack,
			config: func(p *failover.Policy) { p.Stages, p.StageHold = [len(p.Stages)]uint8{}, 0 },
			orders: []failover.Event{ordered(failover.GoBack, 1)},
			before: func(s *failover.State, e *failover.Event) {
				if e.Verb == failover.GoBack {
					s.Diverged = failover.State{}.Diverged
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Verb == failover.GoBack {
					s.Diverged = before.Diverged
				}
			},
		},
	}
}

// unsteadying are mutants that forget how often regions come and go.
func unsteadying() []mutant {
	beside := takenForSteady(
		"an unsteady region takes over beside a steady one", ruleForbids, 1, unit,
	)
	beside.base = "three-candidates"
	beside.prelude = func(l *log) {
		l.report(1, true, 0, 2, 3)
		l.report(1, false, 0, 2, 3)
		l.tick(2 * unit)
	}
	return []mutant{
		beside,
		takenForSteady("an unsteady region takes over", ruleForbids, 1, never),
		takenForSteady("who comes and goes is believed to be back", ruleGivesWay, 0, unit),
		{
			name: "returns are not counted", rule: ruleReturns,
			config: func(p *failover.Policy) { p.FlapLimit, p.FlapHalfLife = 1, never },
			policy: func(p *failover.Policy) { p.FlapLimit = 0 },
		},
		{
			name: "a return is overlooked", rule: ruleReturns,
			config: func(p *failover.Policy) { p.FlapLimit, p.FlapHalfLife = 1, never },
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for r := range s.Flaps {
					s.Flaps[r].Down = s.Flaps[r].Down || before.Flaps[r].Down
				}
			},
		},
		{
			name: "what nobody knew counts as if a region had been up", rule: ruleReturns,
			base: "back-for-long",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for r := range s.Flaps {
					if was := before.Flaps[r].Up; was != 0 && !s.Flaps[r].Down {
						s.Flaps[r].Up = was
					}
				}
			},
		},
	}
}

// inThisRound has the mutant take what is said of a step for said of it as it was asked for last.
func inThisRound(kind failover.EventKind) func(*failover.State, *failover.Event) {
	return func(s *failover.State, e *failover.Event) {
		if e.Kind == kind && e.Step < s.Plan.Count {
			e.Round = s.Plan.Steps[e.Step].Round
		}
	}
}

// careless are mutants that overlook what a copy holds alone.
func careless() []mutant {
	reconcile := []failover.Event{ordered(failover.Reconcile, 0)}
	return []mutant{
		{
			name: "nobody suspects the copy that is left", rule: ruleCopies,
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed {
					s.Diverged = before.Diverged
				}
			},
		},
		{
			name: "what nobody counted is waived", rule: ruleCopies, prelude: movedAway,
			orders: reconcile,
			after: func(_, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Verb == failover.Reconcile {
					s.Diverged[0][0] = failover.Divergence{}
				}
			},
		},
		{
			name: "what nobody counted is given up for nothing", rule: ruleCopies, prelude: movedAway,
			orders: reconcile,
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.Reconcile {
					e.Lag, e.Ticket = failover.AnyLoss, 1
				}
			},
		},
		{
			name: "what a rewind leaves is forgotten", rule: ruleCopies, prelude: movedAway,
			surplus: true,
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				was := before.Diverged[0][0].Status
				if was == failover.Archived && e.Kind == failover.StepDone &&
					s.Diverged[0][0].Status == failover.Unreconciled {
					s.Diverged[0][0] = failover.Divergence{}
				}
			},
		},
		{
			name: "what is rewound was not archived", rule: ruleCopies, prelude: movedAway,
			before: func(s *failover.State, e *failover.Event) {
				if int(e.Step) < int(s.Plan.Count) && s.Plan.Steps[e.Step].Kind == failover.Rewind {
					s.Diverged[0][0].Status = failover.Archived
				}
				for i := range s.Plan.Count {
					if s.Plan.Steps[i].Kind == failover.Archive {
						s.Plan.Steps[i].Kind = failover.Notify
					}
				}
			},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for i := range s.Plan.Count {
					if s.Plan.Steps[i].Kind == failover.Notify {
						s.Plan.Steps[i].Kind = failover.Archive
					}
				}
			},
		},
	}
}

// usurping are mutants in which somebody does what is another one's, or does it twice.
func usurping() []mutant {
	return slices.Concat(blindly(), claiming(), unentitled())
}

// claiming are mutants in which a step is claimed or completed by whom it is not for.
func claiming() []mutant {
	return []mutant{
		{
			name: "a claim is completed by another agent", rule: ruleSteps,
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.StepDone && e.Step < s.Plan.Count {
					e.Region = s.Plan.Steps[e.Step].By
				}
			},
		},
		{
			name: "anybody claims", rule: ruleLooks,
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.StepClaimed && e.Step < s.Plan.Count &&
					s.Plan.Steps[e.Step].Kind != failover.Promote {
					s.Plan.Steps[e.Step].Region = model.NoRegion
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepClaimed && before.Plan.Epoch == s.Plan.Epoch {
					s.Plan.Steps[e.Step].Region = before.Plan.Steps[e.Step].Region
				}
			},
		},
		{
			name: "anybody claims a promotion", rule: ruleMoves,
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.StepClaimed && s.Plan.Steps[e.Step].Kind == failover.Promote {
					e.Region = s.Plan.Target
				}
			},
		},
		{
			name: "a claim from before the step was asked for again counts", rule: ruleLooks,
			before: inThisRound(failover.StepClaimed),
		},
		{
			name: "a failure from before the step was asked for again counts", rule: ruleLooks,
			base: "three-regions-failing-steps", before: inThisRound(failover.StepFailed),
		},
		{
			name: "what is claimed is claimed again", rule: ruleLooks,
			before: func(s *failover.State, e *failover.Event) {
				if step := &s.Plan.Steps[e.Step]; e.Kind == failover.StepClaimed &&
					step.Status == failover.Claimed {
					step.Status = failover.Pending
				}
			},
		},
	}
}

// unentitled are mutants in which somebody takes over, orders or approves who may not.
func unentitled() []mutant {
	return []mutant{
		{
			name: "an agent that is not heard of takes over", rule: ruleForbids, mortal: regions(1),
			before: func(s *failover.State, e *failover.Event) {
				if e.Kind == failover.Tick {
					s.Silent = 0
				}
			},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.Tick {
					s.Silent = before.Silent
				}
			},
		},
		{
			name: "traffic is led to where nobody can validate", rule: ruleForbids,
			base: "routing-scope",
			config: func(p *failover.Policy) {
				p.Optional = failover.Steps(failover.Validate)
			},
			policy: func(p *failover.Policy) { p.Optional = 0 },
			prelude: func(l *log) {
				ways(l, 2, 0)
				l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: 1})
			},
		},
		{
			name: "nobody in particular orders a drill", rule: ruleBegins,
			orders: []failover.Event{
				ordered(failover.OrderDrill, 1), signed(failover.ApproveDrill, 1, 1),
			},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.OrderDrill {
					e.Who = 99
				}
			},
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Drill.Who %= 99
			},
		},
		{
			name: "who ordered a drill approves it", rule: ruleBegins,
			orders: []failover.Event{
				signed(failover.OrderDrill, 1, 1), signed(failover.ApproveDrill, 1, 1),
			},
			before: func(_ *failover.State, e *failover.Event) {
				if e.Verb == failover.ApproveDrill {
					e.Who++
				}
			},
		},
	}
}

// blindly are mutants that repeat without a look what may have been done.
func blindly() []mutant {
	notify := func(p *failover.Policy) { p.Optional = failover.Steps(failover.Notify) }
	return []mutant{
		{
			name: "a notice is sent twice", rule: ruleLooks, config: notify, unsure: true,
			prelude: noticeDue,
			after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
				for i := range s.Plan.Count {
					if step := &s.Plan.Steps[i]; step.Kind == failover.Notify {
						step.Look = false
					}
				}
				for i, a := range did.All() {
					if a.Step == failover.Notify {
						did.List[i].Look = false
					}
				}
			},
		},
		{
			name: "what has failed is taken to have been done perhaps", rule: ruleLooks,
			base: "three-regions-failing-steps",
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				if e.Kind == failover.StepFailed && s.Plan.Epoch == before.Plan.Epoch && s.Plan.Count > 0 {
					s.Plan.Steps[e.Step].Look = true
				}
			},
		},
		{
			name: "a lost agent's notice is sent twice", rule: ruleLooks, config: notify,
			mortal: regions(2), prelude: noticeDue,
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				for i := range s.Plan.Count {
					step := &s.Plan.Steps[i]
					if e.Kind == failover.AgentLost && step.Kind == failover.Notify &&
						step.Status == failover.Unknown {
						step.Look, did.Count = false, 0
					}
				}
			},
		},
		{
			name: "the next plan rewinds a copy blindly", rule: ruleLooks, prelude: movedAway,
			orders: []failover.Event{
				ordered(failover.Abort, 0), ordered(failover.OrderReprotection, 0),
			},
			after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
				for i := range s.Plan.Count {
					step := &s.Plan.Steps[i]
					if s.Plan.Epoch != before.Plan.Epoch && step.Kind == failover.Rewind {
						step.Look = false
					}
				}
			},
		},
		{
			name: "an executor that does not know is taken to have done it", rule: ruleSteps,
			unsure: true,
			before: func(_ *failover.State, e *failover.Event) {
				if e.Kind == failover.StepUnknown {
					e.Kind = failover.StepDone
				}
			},
		},
	}
}

// unremembering are mutants whose word on a copy is false and that Check, which takes that word,
// can not see through: what happened to the copy can.
var unremembering = []mutant{
	{
		// The step is there, is claimed and is done, and too early to have done anything.
		name: "planned work catches up with what is written to", rule: ruleHistory,
		orders: []failover.Event{ordered(failover.OrderSwitchover, 1)},
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			for i := range s.Plan.Count {
				if step := &s.Plan.Steps[i]; step.Kind == failover.CatchUp {
					step.Status = max(step.Status, failover.Pending)
				}
			}
		},
	},
}

// takenForSteady is a mutant that decides by the time alone as if a region did not come and go.
func takenForSteady(name, rule string, r model.RegionID, cooldown time.Duration) mutant {
	return mutant{
		name: name, rule: rule,
		config: func(p *failover.Policy) {
			p.FlapLimit, p.FlapHalfLife, p.Cooldown = 1, never, cooldown
		},
		before: func(s *failover.State, e *failover.Event) {
			if e.Kind == failover.Tick {
				s.Flaps[r].Unsteady = false
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Tick {
				s.Flaps = before.Flaps
			}
		},
	}
}
