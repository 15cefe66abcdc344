package failover_test

import (
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// healRounds is how many units of time after the last fault everything must have come to rest. The
// slowest way there waits for a cooldown, a hold-down and a lease, and does five steps twice.
const healRounds = 24

// heal plays a world in which faults have stopped, but for regions that stay dead.
func heal(l *log, dead model.RegionSet) {
	die(l, dead)
	for range healRounds {
		healOnce(l, dead)
	}
}

// die has some agents no longer be heard of.
func die(l *log, dead model.RegionSet) {
	for r := range model.RegionID(model.MaxRegions) {
		if dead.Has(r) {
			l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: r})
		}
	}
}

// healOnce is one unit of time of such a world: everybody reports what is so, renews what may be
// renewed, and does what Outstanding says. A dead region does nothing.
func healOnce(l *log, dead model.RegionSet) {
	alive := l.policy.Voters &^ dead
	l.tick(unit)
	for o := range model.RegionID(model.MaxRegions) {
		for subject := range model.RegionID(model.MaxRegions) {
			if alive.Has(o) && l.policy.Workload.Has(subject) && o != subject {
				e := report(&l.state, o, subject, dead.Has(subject))
				if e.Known = 1<<l.policy.Checks - 1; e.Down != 0 {
					e.Down = e.Known
				}
				l.apply(e)
			}
		}
	}
	for i := range l.policy.Stores {
		lease := l.state.Leases[i]
		if alive.Has(lease.Holder) {
			l.apply(failover.Event{
				Kind: failover.LeaseRenewed, At: l.state.Now, Region: lease.Holder,
				Store: model.StoreID(i), Epoch: lease.Epoch,
			})
		}
	}
	catchUp(l, alive)
	letGo(l, dead)
	lastResort(l, dead)
	bringBack(l, dead)
	for who := range uint64(l.policy.Approvals) {
		if asked := l.state.Asked; asked.Scope.Region.Valid() {
			e := signed(failover.Approve, asked.Scope.Region, 1+who)
			e.At, e.Subject = l.state.Now, asked.Target
			e.Part, e.Store = asked.Scope.Part, asked.Scope.Store
			l.apply(e)
		}
	}
	for action := range l.policy.Outstanding(l.state) {
		carryOut(l, action, alive)
	}
}

// catchUp has replicas that had hardly anything say that they have caught up.
func catchUp(l *log, alive model.RegionSet) {
	for i := range l.policy.Stores {
		for r, sample := range l.state.Lags[i] {
			region, store := model.RegionID(r), model.StoreID(i)
			told := sample.Lag == farBehind || alive.Has(l.state.Writers[i]) &&
				l.policy.Workload.Has(region) && follows(&l.state, store, region)
			if alive.Has(region) && told {
				l.apply(*measured(&l.state, store, region))
			}
		}
	}
}

// letGo has people take back all that keeps the policy from acting, and look at the brake.
func letGo(l *log, dead model.RegionSet) {
	if l.state.Brake.Cause != failover.BrakeOff {
		l.apply(ordered(failover.LiftBrake, 0))
	}
	if l.state.Paused {
		l.apply(ordered(failover.Resume, 0))
	}
	for r := range l.state.Marks {
		if region := model.RegionID(r); l.state.Silent.Has(region) && !dead.Has(region) {
			l.apply(failover.Event{Kind: failover.AgentSeen, At: l.state.Now, Region: region})
		}
		if l.state.Marks[r].Vetoed {
			l.apply(ordered(failover.LiftVeto, model.RegionID(r)))
		}
		if l.state.Marks[r].Causes != 0 {
			e := ordered(failover.Withdraw, model.RegionID(r))
			e.Share = uint16(l.state.Marks[r].Causes)
			l.apply(e)
		}
		if l.policy.Items != 0 && l.policy.Workload.Has(model.RegionID(r)) {
			l.apply(failover.Event{
				Kind: failover.ReadinessChanged, Region: model.RegionID(r), Known: l.policy.Items,
			})
		}
	}
}

// bringBack has people order the traffic back to a primary that was hard to reach and is not any
// more: nothing else does.
func bringBack(l *log, dead model.RegionSet) {
	s := &l.state
	away := s.Primary.Valid() && !s.Serving.Has(s.Primary) && !dead.Has(s.Primary)
	if away && s.Plan.Kind == failover.NoPlan {
		l.apply(ordered(failover.GoBack, s.Primary))
	}
}

// lastResort has people force what no gate lets by: a failover to the only copy there is, although
// it was left before and not rewound since, or its region comes and goes, or nobody has measured it
// since another one took over.
func lastResort(l *log, dead model.RegionSet) {
	for i, lost := range append(l.state.Writers[:], l.state.Primary) {
		if !dead.Has(lost) {
			continue
		}
		v := l.policy.Explain(l.state, failover.RegionScope(lost))
		unmeasured := v.Gates[failover.LagGate].Have < 0
		if v.Obstacle != failover.HasDiverged && v.Obstacle != failover.Unsteady && !unmeasured {
			continue
		}
		e := signed(failover.OrderForce, v.Target, 1)
		if e.Lag, e.Ticket = failover.AnyLoss, 1; lost != l.state.Primary {
			e.Part, e.Store = failover.OneStore, model.StoreID(i)
		}
		l.apply(e)
	}
}

// carryOut has the right agent do a step and say so, unless nobody is left to do it.
func carryOut(l *log, a failover.Action, alive model.RegionSet) {
	e := failover.Event{
		Kind: failover.StepClaimed, At: l.state.Now, Region: a.Region, Epoch: a.Epoch, Step: a.Index,
		Round: a.Round,
	}
	for r := range model.RegionID(model.MaxRegions) {
		if !a.Region.Valid() && alive.Has(r) {
			e.Region = r
			break
		}
	}
	if a.Index < l.state.Plan.Count {
		step := l.state.Plan.Steps[a.Index]
		switch claimed := step.Status == failover.Claimed; {
		case claimed && alive.Has(step.By):
			e.Region = step.By // It goes on where it was.
		case claimed:
			l.apply(failover.Event{Kind: failover.AgentLost, At: l.state.Now, Region: step.By})
		}
	}
	if !alive.Has(e.Region) {
		return
	}
	l.apply(e)
	if a.Step == failover.Fence {
		l.apply(failover.Event{
			Kind: failover.Fenced, At: l.state.Now, Region: a.Region, Store: a.Store,
			Epoch: l.state.Leases[a.Store].Epoch,
		})
		return
	}
	e.Kind = failover.StepDone
	l.apply(e)
}

// unrest says what is not as it should be once everything has come to rest, or nothing.
func unrest(p *failover.Policy, s *failover.State, dead model.RegionSet) string {
	switch {
	case s.Plan.Kind != failover.NoPlan:
		return "a plan still runs: " + s.Plan.Kind.String()
	case s.Left.Unsettled:
		return "something was left undone"
	case s.Left.Strayed:
		return "the traffic may go elsewhere"
	case s.Left.Drained != 0:
		return "a region is still drained"
	case s.Split.Share > 0:
		return "the traffic is still divided"
	case dead.Has(s.Primary):
		return "the primary is a dead region"
	case !p.MultiWriter && !s.Serving.Has(s.Primary):
		return "the traffic does not go to the primary"
	case s.Serving&dead != 0:
		return "traffic goes to a dead region"
	}
	for i := range p.Stores {
		switch lease := s.Leases[i]; {
		case dead.Has(s.Writers[i]):
			return "a store's writes belong in a dead region"
		case s.Left.Unopened>>i&1 == 1:
			return "a store is held by a claim alone"
		case lease.Holder != s.Writers[i] || lease.Fenced >= lease.Epoch:
			return "a store is not open where its writes belong"
		}
	}
	return ""
}

// TestAStoreLeavesATargetThatIsLostAtOnce has a store promoted on its own, its guard fence it, and
// the region be lost before it opens again. The plan has moved the store, so that it can neither go
// on nor be aborted: it has to give way to the next.
func TestAStoreLeavesATargetThatIsLostAtOnce(t *testing.T) {
	p := walkPolicy()
	p.Checks, p.StoreChecks[0] = 2, 2
	l := newLog(t, p)
	l.lags()
	part := func(o model.RegionID) failover.Event {
		e := report(&l.state, o, 0, true)
		e.Known, e.Down = 3, 2
		return e
	}
	l.apply(part(1))
	l.apply(part(2))
	l.tick(unit)
	workOff(l, failover.Repoint)
	if l.state.Writers[0] != 1 || l.state.Plan.Kind != failover.Failover {
		t.Fatalf("got %s, want a store that moved and a plan that runs", portrait(&p, &l.state))
	}
	l.apply(failover.Event{Kind: failover.Fenced, Region: 1, Epoch: l.state.Epoch})
	heal(l, regions(1))
	if problem := unrest(&p, &l.state, regions(1)); problem != "" {
		t.Errorf("%s\n%s", problem, portrait(&p, &l.state))
	}
}

// TestAClaimThatComesInLateIsGivenUp has an agent's claim committed after the agent was found lost:
// that it is lost is said again, and the step is free for another one.
func TestAClaimThatComesInLateIsGivenUp(t *testing.T) {
	p := walkPolicy()
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(unit)
	lost := failover.Event{Kind: failover.AgentLost, Region: 2}
	l.apply(lost)
	l.apply(failover.Event{
		Kind: failover.StepClaimed, Region: 2, Epoch: l.state.Plan.Epoch, Step: 1,
	})
	if step := l.state.Plan.Steps[1]; step.Status != failover.Claimed || step.By != 2 {
		t.Fatalf("got %+v, want a claim of region 2", step)
	}
	l.apply(lost)
	if got := l.state.Plan.Steps[1].Status; got != failover.Unknown {
		t.Errorf("got %s, want unknown", got)
	}
}
