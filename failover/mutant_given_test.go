package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// ungiven are mutants that do not tell people of what they have ordered and is given up, or tell
// them falsely. Each keeps on record what it tells.
func ungiven() []mutant {
	return []mutant{
		{
			name: "nobody hears of planned work that is given up", rule: ruleGivenUp,
			base: "switchover", after: dropGivenUp,
		},
		{
			name: "nobody hears of a force that is given up", rule: ruleGivenUp,
			base: "forced-unguarded", after: dropGivenUp, orders: boundedForce(),
		},
		{
			name: "nobody hears of what they approved that is given up", rule: ruleGivenUp,
			base: "three-regions-manual", after: dropGivenUp,
		},
		{
			name: "nobody hears of planned work that gives way", rule: ruleGivenUp,
			base: "stages-of-a-return",
			after: func(
				before, s *failover.State, e *failover.Event, did *failover.Actions,
			) {
				if s.Plan.Kind != failover.NoPlan && s.Plan.Kind != failover.Retract {
					dropGivenUp(before, s, e, did)
				}
			},
		},
		{
			name: "people hear of what is done that it was given up", rule: ruleGivenUp,
			base: "drills",
			after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
				done := e.Kind == failover.StepDone && before.Plan.Kind == failover.DryDrill
				if done && s.Plan.Kind == failover.NoPlan {
					sayGivenUp(s, &before.Plan, did)
				}
			},
		},
		{
			name: "people hear of what nobody ordered that it was given up", rule: ruleGivenUp,
			after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
				ended := before.Plan.Kind == failover.Failover && s.Plan.Kind == failover.NoPlan
				if ended {
					sayGivenUp(s, &before.Plan, did)
				}
			},
		},
	}
}

// boundedForce is an order to force a failover at the loss of a few seconds.
func boundedForce() []failover.Event {
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = 2*unit, 1
	return []failover.Event{force}
}

// dropGivenUp has nobody hear of a plan that was given up.
func dropGivenUp(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
	kept := slices.DeleteFunc(did.All(), func(a failover.Action) bool {
		return a.GivenUp != failover.NoPlan
	})
	if len(kept) < int(did.Count) {
		did.Count, s.Notices = uint8(len(kept)), before.Notices
	}
}

// sayGivenUp has people hear that a plan was given up.
func sayGivenUp(s *failover.State, plan *failover.Plan, did *failover.Actions) {
	notice := failover.Notice{
		At: s.Now, Epoch: plan.Epoch, Index: uint8(plan.Kind), Subject: plan.Subject,
		Target: plan.Target,
	}
	copy(s.Notices[1:], s.Notices[:])
	s.Notices[0] = notice
	did.List[did.Count] = failover.Action{
		Kind: failover.Alarm, Epoch: notice.Epoch, At: notice.At, GivenUp: plan.Kind,
		Region: model.NoRegion, Subject: notice.Subject, Target: notice.Target,
	}
	did.Count++
}
