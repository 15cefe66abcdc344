package daemon

import (
	"testing"
	"time"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// The age of what an agent shows is not known before it has applied something. What it applies
// again after a start is as old as the entry says, and what comes new is new.
func TestTheAgeOfAnEntryOutlivesARestart(t *testing.T) {
	file, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	strategy, _ := file.Strategy(model.HotStandby)
	policy, err := failover.NewPolicy(file, strategy)
	if err != nil {
		t.Fatal(err)
	}
	b := newBridge(file, 0, false)
	b.old = 5
	if _, known := b.age(); known {
		t.Error("an age is known before anything was applied")
	}
	state := policy.Start()
	for _, c := range []struct {
		index     uint64
		wall      time.Duration
		min, most time.Duration
	}{
		{5, -time.Hour, time.Hour, time.Hour + time.Minute},
		{5, time.Hour, 0, 0}, // That clock was ahead.
		{6, -time.Hour, 0, time.Minute},
	} {
		b.told(&agent.Applied{
			Index: c.index, Entry: &agent.Entry{Wall: time.Now().Add(c.wall)}, Policy: &policy,
			Before: &state, After: &state, Did: &failover.Actions{},
		})
		if got, known := b.age(); !known || got < c.min || got > c.most {
			t.Errorf("entry %d of %s: got %s, want %s to %s", c.index, c.wall, got, c.min, c.most)
		}
	}
}
