package daemon

import (
	"errors"
	"testing"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestAnOrderIsTakenOnlyWhereItWasSeen has an agent apply an order that is taken, one that is
// refused and, of a third, only what came after it: a snapshot stood in its place.
func TestAnOrderIsTakenOnlyWhereItWasSeen(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	policy, err := PolicyOf(s, &scenarios.Agent{Strategy: model.HotStandby})
	if err != nil {
		t.Fatal(err)
	}
	b, before := newBridge(s, 0, false), policy.Start()
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
