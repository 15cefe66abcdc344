package failover_test

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// forcing is an order to force a failover, or a reopening, at whatever loss.
func forcing(s *failover.State, to model.RegionID) failover.Event {
	e := signed(failover.OrderForce, to, 1)
	e.At, e.Lag, e.Ticket = s.Now, failover.AnyLoss, 1
	return e
}

// claimOf has a step of the running plan claimed by the region that does it.
func claimOf(l *log, kind failover.StepKind, store model.StoreID) {
	l.t.Helper()
	for i, step := range l.state.Plan.Steps[:l.state.Plan.Count] {
		if step.Kind == kind && step.Store == store {
			l.apply(failover.Event{
				Kind: failover.StepClaimed, At: l.state.Now, Region: step.Region,
				Epoch: l.state.Plan.Epoch, Step: uint8(i), Round: step.Round,
			})
			return
		}
	}
	l.t.Fatalf("no step %s of store %d", kind, store)
}

// TestAPromotionWaitsForWhoWasLeftOpen has a person force a store without a guard away from a
// region that nobody fences. The target dies after its claim: a third region takes over only once
// the first one's own fence is recorded, since it may be writing all the while.
func TestAPromotionWaitsForWhoWasLeftOpen(t *testing.T) {
	p := oneStore()
	p.Guarded, p.DataAtRiskMax, p.StaleAfter = 0, wide, never
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2, 3, 4), regions(0, 1, 2), regions(0, 1, 2)
	l := newLog(t, p)
	l.lags()
	l.tick(10 * unit)
	l.apply(forcing(&l.state, 1))
	claimOf(l, failover.Promote, 0)
	l.report(1, true, 2, 3, 4)
	l.report(0, true, 2, 3, 4)
	l.tick(61 * unit)
	l.apply(failover.Event{
		Kind: failover.Fenced, At: l.state.Now, Region: 1, Epoch: l.state.Leases[0].Epoch,
	})
	if l.state.Plan.Kind == failover.Failover {
		t.Fatalf("region %d is to take over beside a region that may write", l.state.Plan.Target)
	}
	v := p.Explain(l.state, failover.RegionScope(0))
	if got := v.Gates[failover.LagGate].Ruling; got != failover.Deny || v.LeftOpen != 0 {
		t.Errorf("the lag gate says %s because of region %d, want deny because of region 0", got,
			v.LeftOpen)
	}
	if until, timed := v.Until(failover.FenceGate); timed {
		t.Errorf("the fence gate opens at %s, and no time closes region 0", time.Duration(until))
	}
	l.apply(failover.Event{Kind: failover.Fenced, At: l.state.Now, Region: 0, Epoch: 1})
	l.tick(unit)
	if l.state.Plan.Kind != failover.Failover || l.state.Plan.Target != 2 {
		t.Errorf("got a %s to region %d after the fence, want a failover to region 2",
			l.state.Plan.Kind, l.state.Plan.Target)
	}
}

// TestAForceIsOfTheStoresThatItNames has two stores be reopened, neither of which a guard keeps,
// and one of them forced: the other one waits for its fence as before.
func TestAForceIsOfTheStoresThatItNames(t *testing.T) {
	p := oneStore()
	p.Guarded, p.Stores, p.DataAtRiskMax, p.StaleAfter = 0, 2, wide, never
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(61 * unit)
	for store := range model.StoreID(2) {
		l.apply(failover.Event{
			Kind: failover.Fenced, At: l.state.Now, Region: 0, Store: store, Epoch: 1,
		})
		claimOf(l, failover.Promote, store)
	}
	l.report(0, false, 1, 2)
	if l.state.Plan.Kind != failover.Reopen {
		t.Fatalf("got a %s, want the region reopened", l.state.Plan.Kind)
	}
	one := forcing(&l.state, 0)
	one.Part = failover.OneStore
	l.apply(one)
	claimOf(l, failover.Promote, 0)
	claimOf(l, failover.Promote, 1)
	if forced, other := l.state.Leases[0].Holder, l.state.Leases[1].Holder; forced != 0 || other != 1 {
		t.Errorf("regions %d and %d hold the stores, want 0, where it was forced, and 1", forced, other)
	}
	one.Store = 1
	l.apply(one)
	claimOf(l, failover.Promote, 1)
	if got := l.state.Leases[1].Holder; got != 0 {
		t.Errorf("region %d holds store 1 after it was forced too, want region 0", got)
	}
}

// TestWhoWasAskedBeforeDoesNothing has an executor claim a step that must not be done twice, and
// sleep. Another one of its region looks, finds it undone, and does it: the first, when it wakes,
// is never told that it may.
func TestWhoWasAskedBeforeDoesNothing(t *testing.T) {
	p := oneStore()
	p.Optional, p.StepTimeout, p.StaleAfter = failover.OptionalSteps, 30*unit, never
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(61 * unit)
	workOff(l, failover.Notify)
	workOff(l, failover.Notify)
	asked := func() (notify failover.Action) {
		for a := range p.Outstanding(l.state) {
			notify = a
		}
		return notify
	}
	first := asked()
	say := func(kind failover.EventKind) {
		l.apply(failover.Event{
			Kind: kind, At: l.state.Now, Region: 2, Epoch: first.Epoch, Step: first.Index,
			Round: l.state.Plan.Steps[first.Index].Round,
		})
	}
	say(failover.StepClaimed)
	if first.Step != failover.Notify || !p.Current(&l.state, &first, 2) {
		t.Fatalf("who claimed the %s may not do it", first.Step)
	}
	for _, lost := range []failover.EventKind{failover.Tick, failover.AgentLost} {
		if lost == failover.Tick {
			l.tick(31 * unit)
		} else {
			l.apply(failover.Event{Kind: lost, At: l.state.Now, Region: 2})
		}
		for _, kind := range []failover.EventKind{failover.StepClaimed, failover.StepFailed} {
			say(kind)
			if p.Current(&l.state, &first, 2) {
				t.Fatalf("the first executor may do it after a %s", kind)
			}
		}
		say(failover.StepClaimed)
		now := asked()
		if p.Current(&l.state, &first, 2) || !p.Current(&l.state, &now, 2) {
			t.Fatal("the wrong executor may do it")
		}
		first = now
	}
}
