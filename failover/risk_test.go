package failover_test

import (
	"strings"
	"testing"

	"redoubt/failover"
)

// TestAForcedReopeningIsHeldToItsBound has a person force the reopening of a store that no guard
// keeps, for a loss that is bounded, and the claim come when more is at risk: the reopening goes on
// without the force, and waits for the fence.
func TestAForcedReopeningIsHeldToItsBound(t *testing.T) {
	p := oneStore()
	p.Guarded, p.Restores, p.DataAtRiskMax = 0, true, 60*60*unit
	l := newLog(t, p)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(20 * unit)
	l.report(0, true, 1, 2)
	l.tick(20 * unit)
	l.report(0, true, 1, 2)
	l.tick(20 * unit)
	l.apply(failover.Event{Kind: failover.Fenced, Region: 0, Epoch: 1})
	claim := func() {
		for a := range p.Outstanding(l.state) {
			if a.Step == failover.Promote {
				l.apply(failover.Event{
					Kind: failover.StepClaimed, Region: a.Region, Epoch: a.Epoch, Step: a.Index, Round: a.Round,
				})
			}
		}
	}
	claim()
	l.lags()
	l.report(0, false, 1, 2)
	for range 4 {
		l.report(1, true, 0, 2)
		l.tick(20 * unit)
	}
	if l.state.Plan.Kind != failover.Reopen || l.state.Leases[0].Holder != 1 {
		t.Fatalf("got %s, want a reopening that waits", portrait(&p, &l.state))
	}
	force := signed(failover.OrderForce, 0, 1)
	force.Lag, force.Ticket = 2*60*unit, 9
	l.apply(force)
	forced := l.state.Plan.Epoch
	if l.state.Force.Epoch != forced {
		t.Fatalf("got %s, want it forced", portrait(&p, &l.state))
	}
	l.report(0, false, 1, 2)
	l.tick(force.Lag)
	claim()
	if l.state.Leases[0].Holder != 1 {
		t.Errorf("got %s, want it to wait for the fence", portrait(&p, &l.state))
	}
	if plan := &l.state.Plan; plan.Kind != failover.Reopen || plan.Epoch == forced {
		t.Errorf("got %s, want another reopening", portrait(&p, &l.state))
	}
}

// TestTimeAloneEndsNoFenceOfAStoreWithoutAGuard has one of two stores of a region that was lost go
// without a guard. They move together: that the other one's lease ends lets neither go.
func TestTimeAloneEndsNoFenceOfAStoreWithoutAGuard(t *testing.T) {
	for guarded, want := range map[uint8]bool{0b11: true, 0b10: false, 0b01: false, 0: false} {
		p := oneStore()
		p.Stores, p.Guarded = 2, guarded
		l := newLog(t, p)
		l.lags()
		l.report(0, true, 1, 2)
		v := p.Explain(l.state, failover.RegionScope(0))
		if got := v.Gates[failover.FenceGate].Ruling; got != failover.Hold {
			t.Fatalf("guards of %b: the fence gate says %s, want hold", guarded, got)
		}
		if until, timed := v.Until(failover.FenceGate); timed != want {
			t.Errorf("guards of %b: got %t at %d, want %t", guarded, timed, until, want)
		}
		reason := v.Reason(failover.FenceGate, l.state.Now, names)
		if strings.Contains(reason, "guarded lease ends") != want {
			t.Errorf("guards of %b: got %q", guarded, reason)
		}
	}
}
