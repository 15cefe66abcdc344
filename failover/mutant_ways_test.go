package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// straying are mutants that send traffic to where it would get no further than where it is.
func straying() []mutant {
	return []mutant{
		{
			name: "traffic is led from one lost way to another", rule: ruleServes,
			base:    "routing-scope-read-local",
			prelude: func(l *log) { ways(l, 2, 2) },
			before:  seesTheWayTo(1), after: reportsAgain,
		},
		{
			name: "a failover sends what is served again to where the way is lost", rule: ruleStages,
			base: "routing-scope", prelude: servedAgain,
			before: seesTheWayTo(1), after: reportsAgain,
		},
		{
			name: "traffic leaves who is reached for who is lost", rule: ruleStages,
			base: "evacuation-ordered", prelude: takersLost, before: seesUp(0), after: reportsAgain,
			config: func(p *failover.Policy) { p.HoldDown, p.Lease = 4*unit, 20*unit },
		},
		{
			name: "traffic goes on to leave for who is lost", rule: ruleGivesWay,
			base: "evacuation-ordered", prelude: takersLost, before: seesUp(0), after: reportsAgain,
		},
		{
			name: "readers go to a copy that was left beside one that follows", rule: ruleForbids,
			base: "three-candidates", prelude: asideAndLeft,
			config: func(p *failover.Policy) {
				p.Checks, p.RoutingChecks, p.ServesReads = 2, 2, true
			},
			blind: func(s, from *failover.State) { s.Diverged = from.Diverged },
		},
		{
			name: "enough that is ready waits for more", rule: ruleSteps, prelude: hungGrowth,
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				if s.Plan.Kind == failover.Failover {
					setStages(s, failover.Pending, failover.Waiting)
				}
			},
		},
		{
			name: "traffic waits for what cannot grow", rule: ruleSteps,
			prelude: func(l *log) { l.state.Ready[1] = l.policy.Ceiling[1] },
			policy:  func(p *failover.Policy) { p.Ceiling[1] *= 2 },
		},
		{
			name: "traffic goes to where nothing has grown yet", rule: ruleSteps, base: "switchover",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				for i := range s.Plan.Count {
					step := &s.Plan.Steps[i]
					begins := before.Plan.Epoch != s.Plan.Epoch && step.Kind == failover.Shift
					if begins && step.Status == failover.Waiting {
						step.Status = failover.Pending
					}
				}
			},
		},
	}
}

// nowhere are mutants that have traffic wait for nothing that gets to nobody, or that take what is
// served for that.
func nowhere() []mutant {
	return []mutant{
		{
			name: "traffic that gets to nobody waits for an agent", rule: ruleLapses,
			base: "routing-scope", prelude: lostToTheSilent,
			policy: func(p *failover.Policy) { p.Optional = failover.Steps(failover.Validate) },
		},
		{
			name: "traffic that gets to nobody waits for who came and went", rule: ruleLapses,
			base: "routing-scope", prelude: lostToTheUnsteady,
			config: func(p *failover.Policy) { p.FlapLimit, p.FlapHalfLife = 1, never },
			before: func(s *failover.State, _ *failover.Event) {
				s.Marks[1].Causes = failover.SecurityIncident
			},
			after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Marks[1].Causes = 0
			},
		},
		{
			name: "people send traffic that is served to where nothing is ready", rule: ruleForbids,
			base: "routing-scope", prelude: ledAway,
			orders: []failover.Event{ordered(failover.OrderEvacuation, 1)},
			config: func(p *failover.Policy) { p.Items, p.ReadinessStaleAfter = 1, never },
			policy: func(p *failover.Policy) { p.Items = 0 },
		},
		{
			name: "traffic that gets to nobody waits for a cooldown", rule: ruleLapses,
			base: "routing-scope", prelude: lostAgain,
			config: func(p *failover.Policy) { p.Cooldown = 20 * unit },
			before: func(s *failover.State, _ *failover.Event) {
				s.Recent[0].Took = s.Recent[0].Took && s.Plan.Kind != failover.NoPlan
			},
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				s.Recent[0].Took = s.Recent[0].Took || s.Recent[0].At == before.Recent[0].At
			},
		},
	}
}

// hungGrowth has a failover to region 1, which carries enough, wait for its promotion as somebody
// has tried in vain to scale it.
func hungGrowth(l *log) {
	l.state.Ready[1] = l.policy.Ceiling[1] - 1
	l.report(0, true, 1, 2)
	l.tick(unit)
	l.tick(unit)
	try(l, failover.Scale, failover.StepFailed)
}

// asideAndLeft has the way to region 0 be lost, which alone serves, with a copy in region 1 that
// was left, and one in region 2 that follows.
func asideAndLeft(l *log) {
	l.state.Serving = regions(0)
	l.state.Diverged[0][1] = failover.Divergence{Status: failover.Suspected}
	for r := range model.RegionID(3) {
		for o := range model.RegionID(4) {
			e := report(&l.state, o, r, false)
			if e.Known = 3; r == 0 {
				e.Down = 2
			}
			if o != r {
				l.apply(e)
			}
		}
	}
}

// lostToTheSilent has the way to region 0 be lost, as nobody hears of the agent of region 1.
func lostToTheSilent(l *log) {
	l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: 1})
	ways(l, 2, 0)
}

// lostToTheUnsteady has the way to region 0 be lost, as region 1 has just come back once too often.
func lostToTheUnsteady(l *log) {
	l.state.Flaps[1] = failover.Flap{Score: 2000, At: l.state.Now, Unsteady: true}
	ways(l, 2, 0)
}

// ledAway has the traffic go to region 1, where the writes are not, as both ways are fine.
func ledAway(l *log) {
	l.state.Serving = regions(1)
	ways(l, 0, 0)
}

// lostAgain has the way be lost to where the traffic was led, as that to region 0 is mended.
func lostAgain(l *log) {
	ways(l, 2, 0)
	l.tick(unit)
	workOff(l, failover.Notify)
	ways(l, 0, 2)
}

// takersLost has a person order the traffic away from region 1 as the other one is lost.
func takersLost(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.OrderEvacuation, 1))
	l.report(0, true, 1, 2)
}

// seesUp has time pass as if nobody had said that a region is down.
func seesUp(r model.RegionID) func(*failover.State, *failover.Event) {
	return func(s *failover.State, e *failover.Event) {
		for o := range s.Reports {
			if e.Kind == failover.Tick {
				s.Reports[o][r].Down = 0
			}
		}
	}
}

// servedAgain has a failover have promoted its store as the old primary is back, and the way to the
// new one lost.
func servedAgain(l *log) {
	ways(l, 3, 0)
	l.tick(unit)
	workOff(l, failover.Shift)
	ways(l, 0, 2)
}
