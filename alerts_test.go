package redoubt_test

import (
	"testing"

	"redoubt"
	"redoubt/model"
)

// An alert comes before the failover and before the loss, or not, or there is neither.
func TestAnAlertIsInTimeOrNot(t *testing.T) {
	const early, late, none = "in time", "too late", "nothing to be in time for"
	word := func(before *bool) string {
		switch {
		case before == nil:
			return none
		case *before:
			return early
		}
		return late
	}
	for _, c := range []struct {
		drill          string
		strategy       model.StrategyKind
		alert          int
		failover, loss string
	}{
		{"replication-stall-before-loss", model.ReadLocal, 0, early, early},
		{"replication-stall-before-loss", model.HotStandby, 0, none, none},
		{"alerts-too-late", model.HotStandby, 0, early, late},
		{"alerts-too-late", model.HotStandby, 2, early, late},
		{"alerts-too-late", model.SingleRegion, 2, none, none},
	} {
		run, err := redoubt.Simulate(scenario(t, c.drill), redoubt.SimulateOptions{
			Strategy: c.strategy, Seed: 3,
		})
		if err != nil {
			t.Fatal(err)
		}
		a := &run.Alerts[c.alert]
		if got := word(a.BeforeFailover); got != c.failover || len(a.Fires) == 0 {
			t.Errorf("%s, %s: %s fires at %v, before the failover: %s, want %s", c.drill, c.strategy,
				a.Name, a.Fires, got, c.failover)
		}
		if got := word(a.BeforeLoss); got != c.loss {
			t.Errorf("%s, %s: %s before the loss: %s, want %s", c.drill, c.strategy, a.Name, got, c.loss)
		}
	}
}
