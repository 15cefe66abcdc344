package agent

import (
	"bytes"
	"io"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// smallPolicy is that of two regions with a workload, a witness, and one guarded store.
func smallPolicy() failover.Policy {
	all := model.RegionSet(0).With(0).With(1)
	return failover.Policy{
		Voters: all.With(2), Workload: all, Candidates: all,
		Stores: 1, Guarded: 1, Mode: model.Automatic, Approvals: 1, Checks: 1, ChecksDown: 1,
		MinimumServing: 1, StepTries: 3,
		CapacityMin: 500, Ceiling: [model.MaxRegions]uint16{1000, 1000},
		HoldDown: 40 * time.Second, Cooldown: 30 * time.Minute, StaleAfter: 25 * time.Second,
		DataAtRiskMax: time.Minute, Lease: 20 * time.Second, Drift: time.Second / 10,
		StepTimeout: time.Minute, RewindTimeout: time.Minute,
	}
}

// recordedEntries are the entries of a log that package failover keeps, as raft would hand them
// over: some indexes are raft's own.
func recordedEntries(t testing.TB, name string) (entries []*raft.Log) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../failover/testdata/logs", name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	policies := map[failover.Digest]failover.Policy{}
	index := uint64(0)
	for record, err := range failover.ReadLog(data) {
		if err != nil {
			t.Fatal(err)
		}
		switch record.Kind {
		case failover.PolicyRecord:
			policies[record.Policy.Digest()] = record.Policy
		case failover.EventRecord:
			index += 1 + (index+1)%7/6
			entries = append(entries, raftLog(t, index, &record.Event, policies))
		case failover.BaseRecord, failover.HashRecord, failover.NoteRecord:
		}
	}
	return entries
}

// raftLog is an entry as raft hands it over.
func raftLog(
	t testing.TB, index uint64, e *failover.Event, policies map[failover.Digest]failover.Policy,
) *raft.Log {
	t.Helper()
	entry := Entry{Wall: time.Unix(int64(index), 0), Region: e.Region, Event: *e, Why: e.Kind.String()}
	if named, _ := e.Names(); e.Kind == failover.PolicyChanged {
		p := policies[named]
		entry.Policy = failover.AppendPolicy(nil, &p)
	}
	data, err := AppendEntry(nil, &entry)
	if err != nil {
		t.Fatal(err)
	}
	return &raft.Log{Index: index, Term: 1 + index/100, Type: raft.LogCommand, Data: data}
}

// sink keeps what a snapshot writes.
type sink struct {
	bytes.Buffer
	cancelled bool
}

func (s *sink) ID() string    { return "snapshot" }
func (s *sink) Cancel() error { s.cancelled = true; return nil }
func (s *sink) Close() error  { return nil }

// snapshotOf is what a replica's snapshot holds.
func snapshotOf(t testing.TB, r *Replica) io.ReadCloser {
	t.Helper()
	taken, err := r.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	var kept sink
	if err := taken.Persist(&kept); err != nil || kept.cancelled {
		t.Fatalf("cancelled %t: %v", kept.cancelled, err)
	}
	taken.Release()
	return io.NopCloser(&kept.Buffer)
}

// replicaIn makes a replica whose archive is in a folder.
func replicaIn(t testing.TB, dir string) *Replica {
	t.Helper()
	archive, err := OpenArchive(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = archive.Close() }) // It may be closed before.
	return NewReplica(archive)
}

// recordsIn are the records of all files of an archive, in their order.
func recordsIn(t testing.TB, dir string) iter.Seq[failover.Record] {
	t.Helper()
	names, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(failover.Record) bool) {
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for record, err := range failover.ReadLog(data) {
				if err != nil {
					t.Fatal(err)
				}
				if !yield(record) {
					return
				}
			}
		}
	}
}

// replayArchive replays the files of an archive, one after the other, and returns the hash of the
// state after each entry. Where two files overlap, they have to agree.
func replayArchive(t testing.TB, dir string) map[uint64]failover.Digest {
	t.Helper()
	names, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[uint64]failover.Digest{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := failover.ReplayEach(data, func(r *failover.Replayed) {
			if !r.Hashed || r.Note == nil {
				t.Errorf("%s: an event has no hash or no note", name)
				return
			}
			if _, twice := hashes[r.Note.Index]; twice {
				t.Errorf("%s: entry %d is there twice", name, r.Note.Index)
			}
			hashes[r.Note.Index] = r.After.Hash()
		}); err != nil && len(data) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	return hashes
}
