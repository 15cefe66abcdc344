package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// halfDone has a switchover be given up whose traffic waits for the way to where the writes are.
func halfDone(l *log) {
	shiftWaits(l)
	l.state.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
	l.state.Left.Unsettled = true
}

// ways has everybody say which checks of the two regions fail, of which the second is of the way.
func ways(l *log, down ...uint8) {
	for subject, checks := range down {
		for _, o := range []model.RegionID{1 - model.RegionID(subject), 2} {
			e := report(&l.state, o, model.RegionID(subject), false)
			e.Known, e.Down = 3, checks
			l.apply(e)
		}
	}
}

// returning has the traffic be led away from region 0 as the way to it is lost, and come to the
// first stage on its way back when that is lost again.
func returning(l *log) {
	ways(l, 2, 0)
	l.tick(unit)
	workOff(l, failover.Notify)
	ways(l, 0, 0)
	l.apply(ordered(failover.GoBack, 0))
	workOff(l, failover.Notify)
	ways(l, 2, 0)
}

// returningWhole has the way to region 0 be lost again before the traffic that it was led away from
// has begun to return.
func returningWhole(l *log) {
	ways(l, 2, 0)
	l.tick(unit)
	workOff(l, failover.Notify)
	ways(l, 0, 0)
	l.apply(ordered(failover.GoBack, 0))
	ways(l, 2, 0)
}

// shiftWaits has the way to region 1 be lost as the writes have moved there, before the traffic.
func shiftWaits(l *log) {
	ways(l, 0, 0)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Shift)
	ways(l, 0, 2)
}

// scaledInVain has the writes of region 0 be in region 1, which nobody could scale, as region 0 is
// back before its traffic has left it.
func scaledInVain(l *log) {
	l.promoted()
	try(l, failover.Promote, failover.StepDone)
	l.state.Ready[0], l.state.Ready[1] = 1000, 0
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	try(l, failover.Scale, failover.StepFailed)
}

// waysWithoutStages has the policy judge the ways to its regions, and shift traffic at once.
func waysWithoutStages(p *failover.Policy) {
	p.Checks, p.RoutingChecks = 2, 2
	p.Stages, p.StageHold = [len(p.Stages)]uint8{}, 0
}

// firstStage has a switchover come to where it shifts the first part of the traffic.
func firstStage(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.Shift)
}

// tried has region 1 take over at once, and nothing happen until it is no longer on trial.
func tried(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	atOnce := ordered(failover.OrderSwitchover, 1)
	atOnce.Share = failover.AtOnce
	l.apply(atOnce)
	workOff(l, 0)
	l.tick(5 * unit)
}

// unstaged are mutants that do not shift the traffic of planned work as they should.
var unstaged = []mutant{
	{
		name: "a stage is not held", rule: ruleStages, base: "stages", prelude: firstStage,
		config: func(p *failover.Policy) { p.StageHold = 2 * unit },
		policy: func(p *failover.Policy) { p.StageHold = unit },
	},
	{
		name: "stages are left out", rule: ruleStages, base: "stages",
		policy: func(p *failover.Policy) { p.Stages, p.StageHold = [len(p.Stages)]uint8{}, 0 },
	},
	{
		name: "a failover waits for stages", rule: ruleStages, base: "stages",
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if s.Plan.Kind == failover.Failover && before.Plan.Epoch != s.Plan.Epoch {
				s.Plan.Steps[s.Plan.Count] = failover.Step{
					Kind: failover.Shift, Region: model.NoRegion, By: model.NoRegion,
				}
				s.Plan.Count++
			}
		},
	},
	{
		name: "more traffic goes to a region in doubt", rule: ruleStages, base: "stages",
		prelude: firstStage,
		before: func(s *failover.State, e *failover.Event) {
			for o := range s.Reports {
				if report := &s.Reports[o][1]; e.Kind == failover.Tick && s.Split.Share > 0 {
					report.Known, report.Down = 1, 0
				}
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.Tick && before.Split.Share > 0 {
				s.Reports = before.Reports
			}
		},
	},
	{
		name: "nobody said that there are no stages", rule: ruleStages, base: "stages",
		after: func(before, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			if s.Plan.Kind == failover.Switchover && before.Plan.Epoch != s.Plan.Epoch {
				s.Plan.Whole = true
			}
		},
	},
	{
		name: "traffic stays where planned work has left it", rule: ruleStages,
		base: "stages-of-a-return",
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if s.Plan.Kind == failover.Retract {
				s.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
				did.Count = 0
			}
		},
	},
	{
		name: "what is left half-done sends traffic to where the way is lost", rule: ruleStages,
		base: "stages", prelude: halfDone, config: waysWithoutStages,
		before: seesTheWayTo(1), after: reportsAgain,
	},
	{
		name: "the rest goes at once to where a quorum sees nobody up", rule: ruleStages,
		base: "stages", prelude: firstStage,
		config: func(p *failover.Policy) { p.StageHold = 20 * unit },
		before: func(s *failover.State, e *failover.Event) {
			for o := range s.Reports {
				if report := &s.Reports[o][1]; e.Share == failover.AtOnce && s.Split.Share > 0 {
					report.Known, report.Down = 1, 0
				}
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Share == failover.AtOnce && before.Split.Share > 0 {
				s.Reports = before.Reports
			}
		},
	},
	{
		name: "who took over in stages is on trial for ever", rule: ruleTooSoon, base: "stages",
		prelude: tried, config: func(p *failover.Policy) { p.Cooldown = 20 * unit },
		policy: func(p *failover.Policy) { p.StageHold = never },
	},
	{
		name: "a return goes on without a way", rule: ruleStages, base: "stages",
		prelude: returning, config: func(p *failover.Policy) {
			p.Checks, p.RoutingChecks, p.StageHold = 2, 2, 20*unit
		},
		before: seesTheWayTo(0), after: reportsAgain,
	},
	{
		name: "traffic returns at once to where the way is lost", rule: ruleStages,
		base: "stages-of-a-return", prelude: returningWhole, config: waysWithoutStages,
		before: func(s *failover.State, e *failover.Event) {
			for o := range s.Reports {
				if e.Kind == failover.StepClaimed || e.Kind == failover.StepDone {
					s.Reports[o][0].Down &^= 2
				}
			}
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			if e.Kind == failover.StepClaimed || e.Kind == failover.StepDone {
				s.Reports = before.Reports
			}
		},
	},
	{
		name: "traffic goes from where it is served to where nobody carries any", rule: ruleStages,
		prelude: scaledInVain, config: func(p *failover.Policy) { p.StepTries = 1 },
		before: func(s *failover.State, _ *failover.Event) { s.Ready[1] = 1 },
		after:  func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) { s.Ready[1] = 0 },
	},
	{
		name: "nobody hears of traffic that waits for the way", rule: ruleStages,
		base: "switchover", prelude: shiftWaits, config: func(p *failover.Policy) {
			waysWithoutStages(p)
			p.StepTimeout, p.Lease = 2*unit, 20*unit
		},
		policy: func(p *failover.Policy) { p.StepTimeout = never },
	},
	{
		name: "nobody hears of a stage that is held", rule: ruleStages, base: "stages",
		prelude: firstStage,
		orders:  []failover.Event{ordered(failover.Pause, 0)},
		after: func(_, s *failover.State, _ *failover.Event, did *failover.Actions) {
			if s.Split.Tells == failover.InstantMax {
				did.Count, s.Notices = 0, [failover.MaxNotices]failover.Notice{}
			}
		},
	},
	{
		name: "people hear again and again of a stage that is held", rule: ruleStages,
		base: "stages", prelude: firstStage,
		orders: []failover.Event{ordered(failover.Pause, 0)},
		before: func(s *failover.State, _ *failover.Event) {
			s.Split.Tells = min(s.Split.Tells, s.Now)
		},
	},
	{
		name: "a stage that may have been done is asked for in a pause", rule: ruleStages,
		base: "stages", prelude: firstStage, unsure: true,
		orders: []failover.Event{ordered(failover.Pause, 0)},
		after: func(_, s *failover.State, _ *failover.Event, _ *failover.Actions) {
			for i := range s.Plan.Count {
				step := &s.Plan.Steps[i]
				waits := step.Kind == failover.Shift && step.Status == failover.Waiting
				if waits && step.By.Valid() {
					step.Status = failover.Unknown
				}
			}
		},
	},
	{
		name: "a stage is claimed in a pause", rule: ruleStages, base: "stages", prelude: firstStage,
		orders: []failover.Event{ordered(failover.Pause, 0)},
		before: func(s *failover.State, e *failover.Event) {
			s.Paused = s.Paused && !asked(s, e)
		},
		after: func(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
			s.Paused = s.Paused || before.Paused && asked(before, e)
			for i := range before.Plan.Count {
				was, is := &before.Plan.Steps[i], &s.Plan.Steps[i]
				stays := was.Kind == failover.Shift && was.Status == failover.Pending
				if stays && e.Verb == failover.Pause && s.Plan.Epoch == before.Plan.Epoch {
					*is = *was
				}
			}
		},
	},
}

// comesToCatchUp has all of a switchover to region 1 be done that does not wait for its catching
// up.
func comesToCatchUp(l *log) {
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.apply(ordered(failover.OrderSwitchover, 1))
	workOff(l, failover.CatchUp)
}

// asked reports whether an event claims a stage that was asked for.
func asked(s *failover.State, e *failover.Event) bool {
	if e.Kind != failover.StepClaimed || e.Step >= s.Plan.Count {
		return false
	}
	step := &s.Plan.Steps[e.Step]
	return step.Kind == failover.Shift && step.Status == failover.Pending && s.Split.Share > 0
}

// seesTheWayTo and reportsAgain are about code that takes the way to a region for whole at a Tick,
// whatever was said of it.
func seesTheWayTo(r model.RegionID) func(*failover.State, *failover.Event) {
	return func(s *failover.State, e *failover.Event) {
		for o := range s.Reports {
			if e.Kind == failover.Tick {
				s.Reports[o][r].Down &^= 2
			}
		}
	}
}

func reportsAgain(before, s *failover.State, e *failover.Event, _ *failover.Actions) {
	if e.Kind == failover.Tick {
		s.Reports = before.Reports
	}
}
