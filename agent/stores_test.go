package agent

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
)

// Two agents on one folder would be two with one name: the second is refused, and says why.
func TestFolderIsOneAgentsAlone(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenStores(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenStores(dir, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "another agent uses") {
		t.Errorf("the second one: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenStores(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("once the first one has ended: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// A replica restored from a snapshot on disk is the one that took it, and its archive goes on.
func TestSnapshotOnDiskIsRestored(t *testing.T) {
	stores, err := OpenStores(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	entries := recordedEntries(t, recordings[0])
	r := NewReplica(stores.Archive)
	want := feed(t, r, entries[:200])
	taken, err := r.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := stores.Snapshots.Create(raft.SnapshotVersionMax, entries[199].Index,
		entries[199].Term, raft.Configuration{}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := taken.Persist(kept); err != nil {
		t.Fatal(err)
	}
	list, err := stores.Snapshots.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("%d snapshots, %v", len(list), err)
	}
	_, source, err := stores.Snapshots.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	again := NewReplica(nil)
	if err := again.Restore(source); err != nil {
		t.Fatal(err)
	}
	if v := again.View(); v.State.Hash() != want[v.Index] || v.Index != entries[199].Index {
		t.Errorf("restored at entry %d, with another state", v.Index)
	}
	if err := stores.Close(); err != nil {
		t.Fatal(err)
	}
}
