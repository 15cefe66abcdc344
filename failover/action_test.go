package failover_test

import (
	"testing"

	"redoubt/failover"
)

// TestEveryActionOfOneStoreNamesIt has one store of two switch over alone: who drains, or waits
// for the target to catch up, has to know of which store.
func TestEveryActionOfOneStoreNamesIt(t *testing.T) {
	p := oneStore()
	p.Stores, p.Guarded = 2, 3
	l := newLog(t, p)
	l.report(0, false, 1, 2)
	l.report(1, false, 0, 2)
	l.lags()
	order := ordered(failover.OrderSwitchover, 1)
	order.Part, order.Store = failover.OneStore, 1
	l.apply(order)
	var seen failover.StepSet
	for range l.state.Plan.Count {
		for a := range l.policy.Outstanding(l.state) {
			if seen |= failover.Steps(a.Step); a.Part != failover.OneStore || a.Store != 1 {
				t.Errorf("%s: got part %s, store %d, want store 1", a.Step, a.Part, a.Store)
			}
			carryOut(l, a, l.policy.Voters)
		}
	}
	if want := failover.Steps(failover.Drain, failover.CatchUp, failover.Repoint); seen&want != want {
		t.Errorf("got steps %b, want %b among them", seen, want)
	}
}
