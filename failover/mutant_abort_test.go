package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// undeterred are mutants that go on with what a person has aborted, or take what goes on for new.
func undeterred() []mutant {
	return []mutant{
		{
			name: "what is made a replica again is begun anew", rule: ruleHolds, base: "abort",
			instead: beginsAnew,
		},
		{
			name: "traffic that is taken back is taken back anew", rule: ruleHolds,
			base: "stages-of-a-return", instead: beginsAnew,
		},
		{
			name: "an evacuation goes on against a veto", rule: ruleForbids, base: "evacuation-ordered",
			orders: []failover.Event{ordered(failover.Veto, 1)}, instead: deafToVetoes,
			blind: func(s, from *failover.State) { s.Marks = from.Marks },
		},
		{
			name: "traffic is taken back to where the way is lost", rule: ruleServes,
			base: "routing-scope", prelude: claimedAndAborted,
			before: seesTheWayTo(0), after: reportsAgain,
		},
		{
			name: "divided traffic is taken back to where the way is lost", rule: ruleServes,
			base: "routing-scope", prelude: dividedAndAborted,
			config: func(p *failover.Policy) { p.Stages[0], p.StageHold = 50, 20*unit },
			before: seesTheWayTo(1), after: reportsAgain,
		},
		{
			name: "an evacuation that was aborted counts as left halfway", rule: ruleRecord,
			base: "evacuation-ordered", orders: []failover.Event{ordered(failover.Abort, 1)},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				ends := before.Plan.Kind == failover.Evacuation && s.Plan.Kind == failover.NoPlan
				took := !s.Serving.Has(before.Plan.Subject) && s.Serving.Has(s.Primary)
				if e.Verb == failover.Abort && ends && took {
					s.Left.Unsettled = true
				}
			},
		},
		{
			name: "who aborts what they ordered pulls the brake", rule: ruleSticks,
			base: "evacuation-ordered", orders: []failover.Event{ordered(failover.Abort, 1)},
			after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
				ends := before.Plan.Ordered && !s.Plan.Ordered
				if e.Verb == failover.Abort && ends && s.Brake.Cause == failover.BrakeOff {
					s.Brake.Cause, s.Brake.At = failover.Pulled, s.Now
				}
			},
		},
		{
			name: "what goes on in a new epoch counts as begun then", rule: ruleBegins,
			base: "brake-after-one",
			after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
				again := s.Plan.Kind == before.Plan.Kind && s.Plan.Target == before.Plan.Target
				if again && s.Epoch != before.Epoch {
					s.Plan.Began = s.Now
				}
			},
		},
	}
}

// beginsAnew is Apply that keeps no record of an abort which would stop the plan: the next look at
// the state begins it again.
func beginsAnew(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	undoes := s.Plan.Kind == failover.Reprotect || s.Plan.Kind == failover.Retract
	if e.Kind != failover.Ordered || e.Verb != failover.Abort || !undoes {
		return false
	}
	r := s.Plan.Subject
	p.Apply(s, e, did)
	if s.Paused = false; r.Valid() {
		s.Diverged[0][r].Tried = 0
	}
	p.Apply(s, &failover.Event{Kind: failover.Tick, At: s.Now}, did)
	return true
}

// deafToVetoes has a veto noted, and nothing looked at because of it.
func deafToVetoes(
	p *failover.Policy, s *failover.State, e *failover.Event, did *failover.Actions,
) bool {
	if e.Kind != failover.Ordered || e.Verb != failover.Veto {
		return false
	}
	heard := *s
	p.Apply(&heard, e, did)
	s.Orders, s.Turned, did.Count = heard.Orders, s.Now, 0
	if mark := &s.Marks[e.Region]; !mark.Vetoed {
		mark.Vetoed, mark.VetoedAt = true, s.Now
	}
	return true
}

// dividedAndAborted has the traffic that was led away from region 0 come to the first stage on its
// way back, the way to region 1 be lost, and a person abort the return.
func dividedAndAborted(l *log) {
	returning(l)
	ways(l, 0, 2)
	l.apply(ordered(failover.Abort, 0))
}

// toAThird has the traffic of a switchover to region 1 come to its first stage.
func toAThird(l *log) {
	for r := range model.RegionID(3) {
		l.report(r, false, slices.DeleteFunc([]model.RegionID{0, 1, 2, 3},
			func(o model.RegionID) bool { return o == r })...)
	}
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Notify)
}

// claimedAndAborted has the way to region 0 be lost, somebody claim to lead the traffic to region
// 1, and a person abort that, which pulls the brake.
func claimedAndAborted(l *log) {
	ways(l, 2, 0)
	l.tick(unit)
	workOff(l, failover.Shift)
	for action := range l.policy.Outstanding(l.state) {
		l.apply(failover.Event{
			Kind: failover.StepClaimed, Region: 2, Epoch: action.Epoch, Step: action.Index,
			Round: action.Round,
		})
	}
	l.apply(ordered(failover.Abort, 0))
}

// strayed is a mutant that has divided traffic go to a third region at once, unasked.
var strayed = mutant{
	name: "divided traffic goes to a third region", rule: ruleStages, base: "three-candidates",
	prelude: toAThird, orders: []failover.Event{ordered(failover.OrderSwitchover, 2)},
	config: func(p *failover.Policy) { p.Stages[0], p.StageHold = 50, 20*unit },
	before: func(_ *failover.State, e *failover.Event) {
		if e.Verb == failover.OrderSwitchover {
			e.Share = failover.AtOnce
		}
	},
}
