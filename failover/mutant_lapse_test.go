package failover_test

import (
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// unheardOf has nobody hear of a store, and nothing noted of it.
func unheardOf(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
	s.Lapses = [model.MaxStores]failover.Lapse{}
	dropLapses(did)
}

// heardAs has people hear of stores, and of that be noted, what is true under the policy of a walk
// that is changed so.
func heardAs(config func(*failover.Policy)) edit {
	p := configurationOf("").policy
	config(&p)
	return func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
		truth, said := *before, failover.Actions{}
		p.Apply(&truth, e, &said)
		dropLapses(did)
		s.Lapses = truth.Lapses
		for _, action := range said.All() {
			if action.Kind == failover.Alarm && action.Part == failover.OneStore {
				did.List[did.Count] = action
				did.Count++
			}
		}
	}
}

// dropLapses has nobody hear of a store whose lease is over.
func dropLapses(did *failover.Actions) {
	did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
		return a.Kind == failover.Alarm && a.Part == failover.OneStore
	})))
}

// dropAlarms has people hear of no step.
func dropAlarms(did *failover.Actions) {
	did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
		return a.Kind == failover.Alarm && a.Step != 0
	})))
}

// unguardedTwice has no guard, and has what is not done in time asked for once more.
func unguardedTwice(p *failover.Policy) { p.Guarded, p.StepTries, p.StepTimeout = 0, 2, 2*unit }

// unrecorded are mutants whose state does not keep what people should know.
var unrecorded = []mutant{
	{
		name: "what people should know of a step is forgotten", rule: ruleStands,
		config: unguardedTwice,
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Notices[0] = failover.Notice{}
		},
	},
	{
		name: "only the first of the questions is asked", rule: ruleLapses,
		config: func(p *failover.Policy) {
			p.Mode, p.Checks, p.RoutingChecks, p.ServesReads = model.Manual, 2, 2, true
		},
		sees: []verdict{{3, 2}},
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			s.Notices = [failover.MaxNotices]failover.Notice{}
			did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
				asks := a.Kind == failover.Ask
				return asks && (a.Subject != s.Asked.Scope.Region || a.Part != s.Asked.Scope.Part)
			})))
		},
	},
	{
		name: "people are taken to have heard of a step", rule: ruleStands,
		after: onTick(func(s *failover.State) {
			s.Notices[0] = failover.Notice{
				At: s.Now, Epoch: s.Epoch, Step: failover.Fence, Subject: 0, Target: 1,
			}
		}),
	},
	{
		name: "a question is a new one whenever somebody looks", rule: ruleStands,
		config: func(p *failover.Policy) { p.Mode = model.Manual },
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.AskedAt = s.Now
		},
	},
}

// unheard are mutants that do not tell people of a store to which nobody may write, or not as they
// should.
var unheard = []mutant{
	{
		name: "nobody hears of a store whose lease is over", rule: ruleLapses,
		after: func(_, _ *failover.State, _ *failover.Event, did *failover.Actions) {
			dropLapses(did)
		},
	},
	{
		name: "nobody hears of what is lost and not left", rule: ruleLapses,
		orders: []failover.Event{ordered(failover.Pause, 0)},
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			s.Notices = before.Notices
			did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
				return a.Gate != 0
			})))
		},
	},
	{
		name: "nobody hears of who is lost and back before the hold-down is over", rule: ruleLapses,
		config: func(p *failover.Policy) {
			p.FlapLimit, p.FlapHalfLife, p.HoldDown = 1, never, 2*unit
		},
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			brief := func(a failover.Action) bool { return a.Gate == failover.HoldDownGate }
			if slices.ContainsFunc(did.All(), brief) {
				s.Notices = before.Notices
				did.Count = uint8(len(slices.DeleteFunc(did.All(), brief)))
			}
		},
	},
	{
		name: "nobody hears at once of a fence that only a force replaces", rule: ruleLapses,
		config: func(p *failover.Policy) { p.Guarded = 0 },
		prelude: func(l *log) {
			l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: 0})
		},
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if before.Plan.Epoch != s.Plan.Epoch {
				dropAlarms(did)
				s.Notices = before.Notices
			}
		},
	},
	{
		name: "people hear that a region is not left which is left", rule: ruleLapses,
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if s.Plan.Kind == failover.Failover {
				s.Notices[0] = failover.Notice{
					At: s.Now, Epoch: s.Epoch, Index: 128 + uint8(failover.LagGate), Target: 1,
				}
			}
		},
	},
	{
		name: "nobody hears of a region that stays drained", rule: ruleLapses, base: "switchover",
		orders: []failover.Event{ordered(failover.Pause, 0)},
		after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
			if s.Left.Drained != 0 {
				unheardOf(before, s, e, did)
			}
		},
	},
	{
		name: "nobody hears of a store without a guard that was fenced", rule: ruleLapses,
		config: func(p *failover.Policy) { p.Guarded = 0 }, after: unheardOf,
		orders: []failover.Event{ordered(failover.Pause, 0)},
	},
	{
		name: "nobody hears of a step that fails", rule: ruleLapses, base: "optional-steps-that-fail",
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			dropAlarms(did)
			s.Notices = before.Notices
		},
	},
	{
		name: "how often a promotion was fenced is forgotten", rule: ruleLapses,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			for i := range s.Plan.Count {
				if step := &s.Plan.Steps[i]; before.Plan.Epoch != s.Plan.Epoch {
					step.Tries = 0
				}
			}
		},
	},
	{
		name: "nobody hears of a promotion that is fenced again and again", rule: ruleLapses,
		config: func(p *failover.Policy) { p.StepTries = 1 },
		after: func(before, s *failover.State, e *failover.Event, did *failover.Actions) {
			if e.Kind == failover.Fenced {
				dropAlarms(did)
				s.Notices = before.Notices
			}
		},
	},
	{
		name: "people hear again and again of one store", rule: ruleLapses,
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Lapses[0].Told = false
		},
	},
	{
		name: "people hear of a store anew with each claim of its promotion", rule: ruleLapses,
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed && before.Leases[0].Epoch != s.Leases[0].Epoch {
				s.Lapses[0] = failover.Lapse{}
			}
		},
	},
	{
		name: "nobody hears of a store whose catching up hangs", rule: ruleLapses,
		base: "switchover", prelude: comesToCatchUp,
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			news := s.Lapses[0].Told && !before.Lapses[0].Told
			if s.Plan.Kind == failover.Switchover && news {
				s.Lapses[0] = failover.Lapse{Minded: true, Opening: true}
				dropLapses(did)
			}
		},
	},
	{
		name: "people do not hear again of a store that lapses again", rule: ruleLapses,
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			s.Lapses[0].Told = s.Lapses[0].Told || before.Lapses[0].Told
		},
	},
	{
		name: "who comes and goes puts off for ever that people hear", rule: ruleLapses,
		before: func(s *failover.State, _ *failover.Event) {
			if s.Lapses[0].Minded {
				s.Lapses[0].First = s.Now
			}
		},
	},
	{
		name: "who is asked about the way to a region does not hear of its store", rule: ruleLapses,
		config: func(p *failover.Policy) {
			p.Mode, p.Checks, p.RoutingChecks = model.Manual, 2, 2
		},
		sees: []verdict{{3, 2}},
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if s.Asked.Scope.Part == failover.Routing && s.Lapses[0].Told {
				s.Lapses[0] = failover.Lapse{Minded: true, Opening: true}
				dropLapses(did)
			}
		},
	},
	{
		name: "nobody hears of a fence that nobody can record", rule: ruleLapses,
		config: unguardedTwice,
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			_ = slices.DeleteFunc(s.Notices[:], func(n failover.Notice) bool {
				return n.Step == failover.Fence
			})
			did.Count = uint8(len(slices.DeleteFunc(did.All(), func(a failover.Action) bool {
				return a.Kind == failover.Alarm && a.Step == failover.Fence
			})))
		},
	},
	{
		name: "a fence that nobody claims is waited for in silence", rule: ruleLapses,
		config: unguardedTwice, policy: func(p *failover.Policy) { p.StepTimeout = never },
	},
	{
		name: "who hears of a lapse hears of another region", rule: ruleLapses,
		after: func(_, _ *failover.State, _ *failover.Event, did *failover.Actions) {
			for i := range did.All() {
				if a := &did.List[i]; a.Part == failover.OneStore {
					a.Subject = 1 - a.Subject
				}
			}
		},
	},
}
