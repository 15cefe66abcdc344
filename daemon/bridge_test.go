package daemon

import (
	"errors"
	"testing"
	"time"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// bridged is the bridge of an agent that has applied nothing yet, and the policy that it is under.
func bridged(t *testing.T) (*bridge, failover.Policy) {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := PolicyOf(s, &scenarios.Agent{Strategy: model.HotStandby})
	if err != nil {
		t.Fatal(err)
	}
	return newBridge(s, 0, false), policy
}

// The age of what an agent shows is not known before it has applied something. What it applies
// again after a start is as old as the entry says, and what comes new is new.
func TestTheAgeOfAnEntryOutlivesARestart(t *testing.T) {
	b, policy := bridged(t)
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

// TestAnOrderIsTakenOnlyWhereItWasSeen has an agent apply an order that is taken, one that is
// refused and, of a third, only what came after it: a snapshot stood in its place.
func TestAnOrderIsTakenOnlyWhereItWasSeen(t *testing.T) {
	b, policy := bridged(t)
	before := policy.Start()
	tell := func(index uint64, e failover.Event) {
		after := before
		b.told(&agent.Applied{
			Index: index, Entry: &agent.Entry{Event: e}, Policy: &policy, Before: &before, After: &after,
			Did: &failover.Actions{},
		})
	}
	order := failover.Event{Kind: failover.Ordered, Verb: failover.Pause, Sequence: 1}
	tell(5, order)
	order.Verb, order.Sequence = failover.Abort, 2
	tell(6, order)
	tell(9, failover.Event{Kind: failover.Tick})
	for index, refused := range map[uint64]bool{5: false, 6: true} {
		if r, err := b.receipt(t.Context(), index); err != nil || (r.Refused != "") != refused {
			t.Errorf("entry %d: got %+v, %v, want it to be refused: %v", index, r, err, refused)
		}
	}
	if r, err := b.receipt(t.Context(), 8); !errors.Is(err, api.ErrUnknown) {
		t.Errorf("entry 8: got %+v, %v, want that nobody knows", r, err)
	}
}

// That the log's clock stood still is found between the entries of two leaders, by what the clocks
// of those said. Within a term a clock that leaps was set, and of what was before the agent's start
// nobody knows.
func TestTheLogStandsStillBetweenLeaders(t *testing.T) {
	b, policy := bridged(t)
	before := policy.Start()
	began := time.Now()
	for i, c := range []struct {
		term     uint64
		at, wall time.Duration
		want     time.Duration
	}{
		{1, 10 * time.Second, time.Hour, 0},
		{1, 11 * time.Second, 2 * time.Hour, 0},
		{2, 12 * time.Second, 2*time.Hour + 46*time.Second, 45 * time.Second},
		{2, 13 * time.Second, 2*time.Hour + 90*time.Second, 45 * time.Second},
		{3, 14 * time.Second, 2*time.Hour + 60*time.Second, 45 * time.Second},
	} {
		after := before
		after.Now = failover.Instant(c.at)
		b.told(&agent.Applied{
			Index: uint64(i + 1), Term: c.term, Entry: &agent.Entry{Wall: began.Add(c.wall)},
			Policy: &policy, Before: &before, After: &after, Did: &failover.Actions{},
		})
		stood := b.stoodStill()
		if got := stood.Since(failover.Instant(11 * time.Second)); got != c.want {
			t.Errorf("entry %d: got %s, want %s", i+1, got, c.want)
		}
		before = after
	}
}
