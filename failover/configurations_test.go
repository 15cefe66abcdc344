package failover_test

import (
	"redoubt/failover"
	"redoubt/model"
)

// ordered is an operator's word on a region.
func ordered(verb failover.Verb, region model.RegionID) failover.Event {
	return failover.Event{Kind: failover.Ordered, Verb: verb, Region: region}
}

// signed is an operator's word with a name under it.
func signed(verb failover.Verb, region model.RegionID, who uint64) failover.Event {
	e := ordered(verb, region)
	e.Who = who
	return e
}

// plainConfigurations are about evidence, leases and plans, with hardly anything that people say.
func plainConfigurations() []configuration {
	home, other := ordered(failover.GoBack, 0), ordered(failover.GoBack, 1)
	yes, also := signed(failover.Approve, 0, 1), signed(failover.Approve, 0, 2)
	yes.Subject, also.Subject = 1, 1
	plain := walkPolicy()
	several, manual, failing, ageing, unguarded, readLocal := plain, plain, plain, plain, plain, plain
	manual.Mode = model.Manual
	several.Mode, several.Approvals = model.Manual, 2
	failing.StepTimeout, failing.StepTries = 2*unit, 2
	ageing.StaleAfter = unit
	unguarded.Guarded = 0
	readLocal.ServesReads = true
	slow := plain
	slow.Cooldown = 2 * unit
	return []configuration{
		{name: "three-regions-one-store", policy: plain, closes: always, rests: true},
		{name: "three-regions-manual", policy: manual, orders: []failover.Event{yes, home}},
		{
			name: "two-people", closes: always, rests: true, policy: several, steady: regions(1),
			orders: []failover.Event{yes, also},
		},
		{name: "three-regions-failback", policy: slow, orders: []failover.Event{home}},
		{name: "three-regions-failing-steps", closes: cutOff, policy: failing, fails: true},
		{name: "three-regions-ageing-reports", policy: ageing},
		{name: "three-regions-late-reports", policy: ageing, lateness: 1},
		{name: "three-regions-unguarded", policy: unguarded, orders: []failover.Event{home}},
		{
			name: "three-regions-read-local", policy: readLocal,
			orders: []failover.Event{home, other},
		},
	}
}

// orderConfigurations are small ones of their own for what people order and forbid, so that the
// others need not be walked once for each of these.
func orderConfigurations() []configuration {
	brake, together, deep, ready := walkPolicy(), walkPolicy(), walkPolicy(), walkPolicy()
	brake.BrakeAfter, brake.BrakeWindow = 1, 2*unit
	together.BrakeRegions = 2
	deep.Checks, deep.Deep = 2, 2
	ready.Items, ready.ReadinessStaleAfter = 1, never
	unguarded, readers := walkPolicy(), walkPolicy()
	unguarded.Guarded, readers.ServesReads = 0, true
	lift := ordered(failover.LiftBrake, 0)
	zone := ordered(failover.Declare, 0)
	zone.Share = uint16(failover.ZoneFailure)
	mended := ordered(failover.Withdraw, 0)
	mended.Share = zone.Share
	has := failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 1}
	lacks := has
	lacks.Down = 1
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	bounded, atMost := walkPolicy(), force
	bounded.DataAtRiskMax, atMost.Lag = within, beyond
	kept := unguarded
	kept.DataAtRiskMax = within
	back, abort := signed(failover.OrderForce, 0, 1), ordered(failover.Abort, 0)
	back.Lag, back.Ticket = failover.AnyLoss, 1
	swap := []failover.Event{
		ordered(failover.OrderSwitchover, 0), ordered(failover.OrderSwitchover, 1),
	}
	return []configuration{
		{name: "brake-after-one", policy: brake, orders: []failover.Event{lift}},
		{name: "brake-two-at-once", policy: together, unison: true, orders: []failover.Event{lift}},
		{name: "deep-checks", policy: deep, steady: regions(1), sees: []verdict{{3, 1}}},
		{name: "readiness", policy: ready, orders: []failover.Event{has, lacks}},
		{
			name: "declared-cause", policy: walkPolicy(),
			orders: []failover.Event{zone, mended},
		},
		{
			name: "veto-and-pause", policy: walkPolicy(),
			orders: []failover.Event{
				ordered(failover.Veto, 0), ordered(failover.LiftVeto, 0), ordered(failover.Pause, 0),
				ordered(failover.Resume, 0),
			},
		},
		{name: "forced", policy: walkPolicy(), orders: []failover.Event{force}},
		{name: "forced-unguarded", policy: unguarded, orders: []failover.Event{force}},
		{
			name: "forced-to-and-fro-unguarded", closes: cutOff, policy: unguarded,
			orders: []failover.Event{force, back, abort, lift},
		},
		{name: "switchover", policy: walkPolicy(), orders: swap},
		{
			name: "evacuation-ordered", policy: readers, steady: regions(0), closes: always,
			orders: []failover.Event{
				ordered(failover.OrderEvacuation, 1), ordered(failover.GoBack, 1),
			},
		},
		{name: "replicas-that-regress", policy: bounded, steady: regions(1), regress: true},
		{
			name: "replicas-that-regress-unguarded", policy: kept, steady: regions(1), closes: cutOff,
			regress: true,
		},
		{
			name: "replicas-that-regress-forced", policy: bounded, steady: regions(1),
			regress: true, orders: []failover.Event{atMost},
		},
	}
}

// threeCandidates is the smallest policy with a choice of who takes over: three regions with a
// workload, and a witness.
func threeCandidates() failover.Policy {
	p := walkPolicy()
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2, 3), regions(0, 1, 2), regions(0, 1, 2)
	return p
}

// secondIsFresher has the lag choose, against the order of the scenario, who takes over first.
func secondIsFresher(l *log) {
	l.apply(failover.Event{
		Kind: failover.LagMeasured, At: l.state.Now, Region: 1, Lag: behindOthers,
		Epoch: l.state.Leases[0].Epoch,
	})
}

// choiceConfigurations have several regions that could take over, and observers that speak as one,
// so that they stay small.
func choiceConfigurations() []configuration {
	brake, quick := threeCandidates(), walkPolicy()
	brake.BrakeRegions = 2
	quick.Drift = unit
	slow, exact := quick, quick
	slow.HoldDown, slow.Lease, exact.Drift = 2*unit, 2*unit, 0
	home, force := ordered(failover.GoBack, 0), signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	return []configuration{
		{
			name: "three-candidates", closes: cutOff, policy: threeCandidates(), unison: true,
			prelude: secondIsFresher, orders: []failover.Event{home},
		},
		{
			name: "three-candidates-silent", closes: cutOff, policy: threeCandidates(), unison: true,
			prelude: secondIsFresher, mortal: regions(2), steady: regions(1),
		},
		{
			name: "three-candidates-brake", closes: cutOff, policy: brake, unison: true,
			prelude: secondIsFresher, orders: []failover.Event{ordered(failover.LiftBrake, 0)},
		},
		{
			name: "three-candidates-forced", closes: cutOff, policy: threeCandidates(), unison: true,
			steady: regions(1), prelude: secondIsFresher, orders: []failover.Event{force},
		},
		{name: "policy-changes", closes: always, policy: slow, other: &quick, unison: true},
		{
			name: "policy-changes-margin", closes: always, rests: true, policy: slow, other: &exact,
			unison: true,
		},
	}
}

// partConfigurations are about parts of a region: one store, or the way that traffic takes to it.
func partConfigurations() []configuration {
	store, routing, two := walkPolicy(), walkPolicy(), walkPolicy()
	store.Checks, store.StoreChecks[0] = 2, 2
	routing.Checks, routing.RoutingChecks = 2, 2
	two.Stores, two.Guarded = 2, 3
	apart := two
	apart.Checks, apart.StoreChecks[1] = 2, 2
	readers := routing
	readers.ServesReads = true
	part := []verdict{{3, 2}}
	unclear := []verdict{{3, 2}, {2, 2}}
	home, force := ordered(failover.GoBack, 0), signed(failover.OrderForce, 0, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	alone := ordered(failover.OrderSwitchover, 1)
	alone.Part, alone.Store = failover.OneStore, 1
	return []configuration{
		{name: "store-scope", closes: cutOff, policy: store, sees: part},
		{name: "store-scope-in-unison", policy: store, sees: part, unison: true},
		{
			name: "store-scope-region-unclear", closes: cutOff, policy: store, sees: unclear,
			steady: regions(1),
		},
		{
			name: "store-scope-region-unclear-in-unison", policy: store, sees: unclear,
			steady: regions(1), unison: true,
		},
		{name: "routing-scope", closes: cutOff, policy: routing, sees: part},
		{name: "routing-scope-in-unison", policy: routing, sees: part, unison: true},
		{
			name: "routing-scope-one-way", closes: cutOff, policy: routing, sees: unclear,
			steady: regions(1), orders: []failover.Event{home},
		},
		{
			name: "routing-scope-one-way-in-unison", policy: routing, sees: unclear,
			steady: regions(1), unison: true, orders: []failover.Event{home},
		},
		{
			name: "routing-scope-read-local", closes: cutOff, policy: readers, sees: part,
			steady: regions(1),
		},
		{name: "two-stores", closes: cutOff, policy: two},
		{name: "two-stores-one-way", policy: two, steady: regions(1)},
		{
			name: "two-stores-silent-forced", closes: cutOff, policy: two, steady: regions(1),
			mortal: regions(1), orders: []failover.Event{force},
		},
		{
			name: "two-stores-one-apart", policy: apart, sees: part, steady: regions(1),
			unison: true,
		},
		{
			name: "two-stores-one-ordered", closes: cutOff, policy: apart, sees: part,
			steady: regions(1), unison: true, mortal: regions(1),
			orders: []failover.Event{
				alone, ordered(failover.OrderSwitchover, 1), ordered(failover.Abort, 0),
			},
		},
	}
}

// planConfigurations are about what plans are made of, and who does their steps.
func planConfigurations() []configuration {
	optional, failing, flapping, passing := walkPolicy(), walkPolicy(), walkPolicy(), walkPolicy()
	optional.Optional = failover.OptionalSteps
	failing.Optional = failover.Steps(failover.Validate, failover.Notify)
	failing.StepTimeout, failing.StepTries = 2*unit, 1
	once := walkPolicy()
	once.Optional = failover.Steps(failover.Notify)
	flapping.FlapLimit, flapping.FlapHalfLife = 2, never
	passing.FlapLimit, passing.FlapHalfLife = 1, unit
	stable := walkPolicy()
	stable.StableFor, stable.StaleAfter = 2*unit, unit
	one, home := regions(1), ordered(failover.GoBack, 0)
	return []configuration{
		{
			name: "optional-steps", closes: inSoak, policy: optional, steady: one,
			orders: []failover.Event{ordered(failover.SkipValidation, 0)},
		},
		{
			name: "optional-steps-that-fail", policy: failing, steady: one, fails: true,
			unison: true,
			orders: []failover.Event{ordered(failover.SkipValidation, 0)},
		},
		{name: "abort", policy: walkPolicy(), orders: []failover.Event{
			ordered(failover.Abort, 0), ordered(failover.LiftBrake, 0),
		}},
		{
			name: "steps-in-doubt", closes: cutOff, policy: once, steady: one, fails: true, unsure: true,
			mortal: one.With(2),
		},
		{name: "agents-lost", closes: cutOff, policy: walkPolicy(), mortal: regions(0, 1)},
		{
			name: "agents-lost-in-doubt", closes: cutOff, policy: walkPolicy(), steady: one,
			unsure: true, mortal: regions(1, 2), unison: true,
		},
		{
			name: "drills", closes: always, policy: walkPolicy(), steady: one, refused: 1 << 2,
			orders: []failover.Event{
				ordered(failover.OrderDryDrill, 1), signed(failover.OrderDrill, 1, 1),
				signed(failover.ApproveDrill, 1, 1), signed(failover.ApproveDrill, 1, 2),
			},
		},
		{
			name: "copies-that-were-left", closes: cutOff, policy: walkPolicy(), surplus: true,
			orders: []failover.Event{
				home, ordered(failover.OrderReprotection, 0), ordered(failover.Reconcile, 0),
			},
		},
		{
			name: "copies-that-were-left-one-way", policy: walkPolicy(),
			steady: one, surplus: true,
			orders: []failover.Event{
				home, ordered(failover.OrderReprotection, 0), ordered(failover.Reconcile, 0),
			},
		},
		{name: "flapping", policy: flapping, orders: []failover.Event{home}, unison: true},
		{
			name: "back-for-long", closes: cutOff, policy: stable, orders: []failover.Event{home},
			steady: one, unison: true,
		},
		{
			name: "flapping-that-passes", closes: cutOff, policy: passing, steady: one,
			orders: []failover.Event{home},
		},
	}
}

// stageConfigurations are about planned work whose traffic shifts in two stages.
func stageConfigurations() []configuration {
	stages, reader := walkPolicy(), walkPolicy()
	stages.Stages[0], stages.StageHold = 50, unit
	reader.Stages, reader.StageHold, reader.ServesReads = stages.Stages, unit, true
	atOnce := ordered(failover.OrderSwitchover, 1)
	atOnce.Share = failover.AtOnce
	return []configuration{
		{
			name: "stages", policy: stages, unison: true,
			orders: []failover.Event{
				ordered(failover.OrderSwitchover, 0), ordered(failover.OrderSwitchover, 1), atOnce,
			},
		},
		{
			name: "stages-of-a-return", closes: always, policy: reader, unison: true,
			steady: regions(0),
			orders: []failover.Event{
				ordered(failover.OrderEvacuation, 1), ordered(failover.GoBack, 1),
				ordered(failover.Abort, 1), ordered(failover.LiftBrake, 0),
			},
		},
	}
}
