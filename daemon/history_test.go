package daemon

import (
	"log/slog"
	"reflect"
	"testing"

	"github.com/hashicorp/raft"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// lived has a replica with an archive apply the beginning of a log and then orders, one after the
// other, and tells a bridge of the last ones.
func lived(t *testing.T, dir string, orders, told int) *bridge {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	p, err := PolicyOf(s, &scenarios.Agent{Strategy: model.HotStandby})
	if err != nil {
		t.Fatal(err)
	}
	stores, err := agent.OpenStores(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stores.Close() })
	b := newBridge(s, 0, false)
	b.archive = stores.Archive
	r := agent.NewReplica(stores.Archive)
	for i := range orders {
		before := r.View().State
		e := agent.Entry{Region: 1, Who: "ann", Why: "ticket 4711"}
		e.Event = failover.Event{
			Kind: failover.Ordered, Verb: failover.Pause, Sequence: uint64(i + 1), Who: 1,
			At: failover.Instant(i), Said: failover.Instant(i),
		}
		if i%2 == 0 {
			e.Event.Verb = failover.Resume
		}
		if i == 0 {
			e.Event, before = failover.PolicyEvent(0, &p), p.Start()
			e.Policy = failover.AppendPolicy(nil, &p)
		}
		data, err := agent.AppendEntry(nil, &e)
		if err != nil {
			t.Fatal(err)
		}
		index := uint64(i + 1 + i/2) // Every third one is raft's own.
		if err := r.Apply(&raft.Log{Index: index, Term: 2, Data: data}); err != nil {
			t.Fatal(err)
		}
		if after := r.View(); i >= orders-told {
			b.told(&agent.Applied{
				Index: index, Term: 2, Entry: &e, Policy: after.Policy, Before: &before,
				After: &after.State, Did: &failover.Actions{}, Hash: after.State.Hash(),
			})
		}
	}
	return b
}

// The history goes back to the beginning of the log, also where the agent has been started since
// and has applied only what came after its snapshot.
func TestHistoryGoesBackBeyondTheStart(t *testing.T) {
	const orders = 40
	before, err := lived(t, t.TempDir(), orders, orders).History(0, 1000)
	if err != nil || len(before) != orders {
		t.Fatalf("got %d entries, want %d: %v", len(before), orders, err)
	}
	for i := range before {
		if before[i].Event == "" || before[i].Note != "ann: ticket 4711" {
			t.Fatalf("entry %d: %+v", before[i].Index, before[i])
		}
		before[i].By = "" // Through whose agent an order came is not in the archive.
	}
	for _, told := range []int{0, 1, 20} {
		b := lived(t, t.TempDir(), orders, told)
		for after := range uint64(65) {
			for _, most := range []int{1, 7, 1000} {
				var want []api.Entry
				for i := range before {
					if before[i].Index > after && len(want) < most {
						want = append(want, before[i])
					}
				}
				got, err := b.History(after, most)
				for i := range got {
					got[i].By, got[i].Wall = "", want[i].Wall
				}
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Fatalf("%d told, %d after %d: got %+v, %v, want %+v", told, most, after, got, err,
						want)
				}
			}
		}
	}
}
