package failover_test

import (
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// TestAnEvacuationEndsWhenItsRegionIsSteady has a region that comes and goes be evacuated, and come
// back. That ends the evacuation once the region counts as steady again, and no sooner: the next
// tick has to name that instant.
func TestAnEvacuationEndsWhenItsRegionIsSteady(t *testing.T) {
	p := oneStore()
	p.Voters, p.Workload, p.Candidates = regions(0, 1, 2), regions(0, 1, 2), regions(0, 1, 2)
	p.ServesReads = true
	p.HoldDown, p.FlapLimit, p.FlapHalfLife = 10*unit, 2, 15*time.Minute
	p.StaleAfter, p.StepTimeout, p.Lease = 10*time.Hour, 10*time.Hour, 10*time.Hour
	l := newLog(t, p)
	for r := range model.RegionID(3) {
		l.apply(failover.Event{Kind: failover.CapacityChanged, Region: r, Share: 600})
	}
	for range 2 {
		l.report(2, true, 0, 1)
		l.tick(unit)
		l.report(2, false, 0, 1)
		l.tick(unit)
	}
	l.report(2, true, 0, 1)
	l.tick(10 * unit)
	l.report(2, false, 0, 1)
	if l.state.Plan.Kind != failover.Evacuation {
		t.Fatalf("got %s, want an evacuation that goes on", l.state.Plan.Kind)
	}
	if problem := tickPromise(&l.policy, &l.state); problem != "" {
		t.Fatal(problem)
	}
	at, _ := l.policy.NextTick(&l.state)
	if l.tick(at.Sub(l.state.Now)); l.state.Plan.Kind != failover.NoPlan {
		t.Errorf("got %s at %s, want it to be over", l.state.Plan.Kind, time.Duration(at))
	}
}
