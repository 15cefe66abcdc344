package failover_test

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// unyielding are mutants that have a store to which nobody may write wait for what could wait, or
// that give up for it what must go on.
func unyielding() []mutant {
	atOnce := ordered(failover.OrderSwitchover, 1)
	atOnce.Share = failover.AtOnce
	stuck := waiting(
		"a closed store waits for traffic that is lost to nobody", failover.Switchover,
		"two-stores-one-apart",
	)
	stuck.prelude, stuck.config = stuckInItsShift, func(p *failover.Policy) { p.StepTries = 1 }
	dead := waiting(
		"a closed store waits for a region whose agent is lost", failover.Reopen,
		"two-stores-one-apart",
	)
	dead.prelude = closedWithoutAgent
	verifies := waiting(
		"a closed store waits for a verification", failover.Switchover, "two-stores-one-apart",
	)
	verifies.prelude, verifies.config = verifiedLast, func(p *failover.Policy) {
		p.Optional = failover.Steps(failover.Verify)
	}
	return []mutant{
		stuck, dead, verifies,
		waiting("a closed store waits for a rehearsal", failover.DryDrill, "drills"),
		waiting(
			"a closed store waits for traffic that comes back", failover.Return, "stages-of-a-return",
		),
		{
			name: "a failover gives way to the opening of another store", rule: ruleGivesWay,
			base: "two-stores-one-apart", sees: []verdict{{3, 2}}, instead: opensAnother,
		},
		{
			name: "planned work goes on as one of its ends is lost", rule: ruleGivesWay,
			base: "switchover", instead: patient(failover.Switchover),
		},
		{
			name: "traffic is led to where the way is lost", rule: ruleGivesWay,
			base: "routing-scope", instead: patient(failover.Reroute),
			prelude: func(l *log) {
				ways(l, 2, 0)
				l.tick(unit)
			},
		},
		{
			name: "planned work is given up over the store that it closes", rule: ruleGivesWay,
			base: "switchover", instead: mindsItsStore, sees: []verdict{{3, 2}},
			prelude: drained,
			config: func(p *failover.Policy) {
				p.Checks, p.StoreChecks[0], p.StepTries = 2, 2, 3
			},
		},
		{
			name: "a stage that is passed over counts as begun", rule: ruleGivesWay, base: "stages",
			before: func(s *failover.State, _ *failover.Event) {
				setStages(s, failover.Spared, failover.Done)
			},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if before.Plan.Epoch == s.Plan.Epoch && s.Split.Share == 0 {
					setStages(s, failover.Done, failover.Spared)
				}
			},
			orders: []failover.Event{atOnce},
		},
	}
}

// oneApart has a switchover of store 1 alone end: its writes belong in region 1.
func oneApart(l *log) {
	ways(l, 0, 0)
	alone := ordered(failover.OrderSwitchover, 1)
	alone.Part, alone.Store = failover.OneStore, 1
	l.apply(alone)
	workOff(l, failover.Notify)
}

// stuckInItsShift has a switchover of the region that store 1 has left be stuck as it shifts the
// traffic, which still goes where it is served.
func stuckInItsShift(l *log) {
	oneApart(l)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Shift)
	try(l, failover.Shift, failover.StepFailed)
}

// verifiedLast has a switchover of the region that store 1 has left have done all but verify it.
func verifiedLast(l *log) {
	oneApart(l)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Verify)
}

// closedWithoutAgent has store 1 be fenced where nobody can open it, since the agent is lost.
func closedWithoutAgent(l *log) {
	oneApart(l)
	l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: 1})
	lease := &l.state.Leases[1]
	l.apply(failover.Event{
		Kind: failover.Fenced, At: l.state.Now, Region: 1, Store: 1, Epoch: lease.Epoch,
	})
}

// waiting is a mutant that takes the policy for paused, when a guard fences a store while a plan of
// a kind runs.
func waiting(name string, kind failover.PlanKind, base string) mutant {
	return mutant{
		name: name, rule: ruleGivesWay, base: base,
		before: func(s *failover.State, e *failover.Event) {
			s.Paused = s.Paused || e.Kind == failover.Fenced && s.Plan.Kind == kind
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Fenced {
				s.Paused = before.Paused
			}
		},
	}
}

// opensAnother has the failover of one store end as soon as another one of its region is fenced.
func opensAnother(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	plan := s.Plan
	if plan.Kind != failover.Failover || plan.Part != failover.OneStore {
		return false
	}
	other := e.Store < model.MaxStores && plan.Stores>>e.Store&1 == 0
	if e.Kind != failover.Fenced || !other || e.Region != plan.Subject {
		return false
	}
	s.Plan.Kind = failover.Return
	p.Apply(s, e, did)
	if s.Plan.Kind == failover.Return {
		s.Plan.Kind = plan.Kind
	}
	return true
}

// patient waits longer than the hold-down to see that an end of a plan of a kind is lost.
func patient(
	kind failover.PlanKind,
) func(*failover.Policy, *failover.State, *failover.Event, *failover.Actions) bool {
	return func(
		p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
	) bool {
		if s.Plan.Kind != kind || s.Writers[0] == s.Plan.Target {
			return false
		}
		was, next, said := s.Plan.Epoch, *s, *did
		if p.Apply(&next, e, &said); next.Plan.Epoch == was && next.Plan.Kind == kind {
			return false
		}
		longer := *p
		longer.HoldDown += time.Hour
		longer.Apply(s, e, did)
		return true
	}
}

// setStages has the steps that shift traffic of one status be of another.
func setStages(s *failover.State, was, is failover.Status) {
	for i := range s.Plan.Count {
		if step := &s.Plan.Steps[i]; step.Kind == failover.Shift && step.Status == was {
			step.Status = is
		}
	}
}

// drained has a switchover have drained the region that it leaves.
func drained(l *log) {
	ways(l, 0, 0)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Fence)
}

// untold is the name of an order that nobody gave.
const untold = 1 << 60

// mindsItsStore has planned work end, before it has moved anything, as the store that it closes is
// seen down.
func mindsItsStore(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	store := failover.Scope{Region: s.Plan.Subject, Part: failover.OneStore}
	closes := false
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		closes = closes || step.Kind == failover.Drain && step.Status == failover.Done
	}
	moves := s.Plan.Kind == failover.Switchover && s.Writers[0] != s.Plan.Target
	if !moves || !closes || e.Kind != failover.Tick {
		return false
	}
	epoch := s.Plan.Epoch
	p.Apply(s, e, did)
	evidence, down := p.SeesDown(s, store)
	if down && s.Now >= evidence.Since.Add(p.HoldDown) && s.Plan.Epoch == epoch {
		orders := s.Orders
		p.Apply(s, &failover.Event{
			Kind: failover.Ordered, At: s.Now, Verb: failover.Abort, Sequence: untold, Said: s.Now,
		}, did)
		s.Orders = orders
	}
	return true
}
