package failover_test

import (
	"testing"

	"redoubt/failover"
)

// TestPlannedWorkSuspectsWhomItDidNotCatchUpWith has a switchover of region 0 find its store with a
// third region, whose copy it never caught up with: no order leads there, and the code holds it all
// the same.
func TestPlannedWorkSuspectsWhomItDidNotCatchUpWith(t *testing.T) {
	p := oneStore()
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2, 3, 4), regions(0, 1, 2), regions(0, 1, 2)
	l := newLog(t, p)
	l.lags()
	l.report(1, false, 0, 2, 3)
	l.apply(ordered(failover.OrderSwitchover, 1))
	for range 4 {
		for a := range l.policy.Outstanding(l.state) {
			if a.Step != failover.Promote {
				carryOut(l, a, l.policy.Voters)
			}
		}
	}
	l.state.Leases[0].Holder = 2
	for a := range l.policy.Outstanding(l.state) {
		if a.Step == failover.Promote {
			carryOut(l, a, l.policy.Voters)
		}
	}
	if got := l.state.Leases[0].Holder; got != 1 {
		t.Fatalf("region %d holds the store, want the target", got)
	}
	if got := l.state.Diverged[0][2].Status; got != failover.Suspected {
		t.Errorf("the copy of who held the store is %s, want it suspected", got)
	}
	if got := l.state.Diverged[0][0].Status; got != failover.InStep {
		t.Errorf("the copy of the subject is %s, want it in step", got)
	}
}
