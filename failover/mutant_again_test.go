package failover_test

import "redoubt/failover"

// unasked are mutants that lose count of how often a step was asked for and tried, or of who is at
// it.
var unasked = []mutant{
	{
		name: "a step that is asked for again keeps its round", rule: ruleLooks,
		mortal: regions(1),
		after: func(before, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if before.Plan.Epoch != s.Plan.Epoch {
				return
			}
			for i := range s.Plan.Steps {
				s.Plan.Steps[i].Round = before.Plan.Steps[i].Round
			}
			for i := range did.Count {
				did.List[i].Round = s.Plan.Steps[did.List[i].Index].Round
			}
		},
	},
	{
		name: "who was at a loss before the step was asked for again counts", rule: ruleLooks,
		unsure: true, mortal: regions(1), before: inThisRound(failover.StepUnknown),
	},
	{
		name: "the round of a claimed step runs on", rule: ruleLooks,
		base:  "three-regions-failing-steps",
		after: stillClaimed(func(step *failover.Step) { step.Round++ }),
	},
	{
		name: "a claim that lasts begins anew", rule: ruleLooks, base: "three-regions-failing-steps",
		after: stillClaimed(func(step *failover.Step) { step.Since++ }),
	},
	{
		name: "a claim is over at the next report", rule: ruleLooks,
		base: "three-regions-failing-steps",
		before: func(s *failover.State, e *failover.Event) {
			for i := range s.Plan.Count {
				step := &s.Plan.Steps[i]
				if step.Status == failover.Claimed && e.Kind == failover.Reported {
					step.Since = -1000 * failover.Instant(unit)
				}
			}
		},
	},
	triedAs("a try is not counted", func(tries uint8) uint8 { return tries - 1 }),
	triedAs("a try counts twice", func(tries uint8) uint8 { return tries + 1 }),
}

// stillClaimed is an edit of each step that stays claimed while somebody reports.
func stillClaimed(change func(*failover.Step)) edit {
	return func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
		for i := range s.Plan.Count {
			was, is := &before.Plan.Steps[i], &s.Plan.Steps[i]
			stays := was.Status == failover.Claimed && is.Status == failover.Claimed
			if stays && e.Kind == failover.Reported && before.Plan.Epoch == s.Plan.Epoch {
				change(is)
			}
		}
	}
}

// triedAs is a mutant that counts otherwise how often a step was tried, when it is once more.
func triedAs(name string, count func(uint8) uint8) mutant {
	return mutant{
		name: name, rule: ruleLooks, base: "three-regions-failing-steps",
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			for i := range s.Plan.Count {
				was, is := &before.Plan.Steps[i], &s.Plan.Steps[i]
				if before.Plan.Epoch == s.Plan.Epoch && is.Tries > was.Tries {
					is.Tries = count(is.Tries)
				}
			}
		},
	}
}
