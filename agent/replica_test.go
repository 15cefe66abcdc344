package agent

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

var recordings = []string{
	"rules-1-failover-and-failback", "rules-1-drill-and-change-of-policy",
	"rules-1-two-stores-and-a-lost-agent",
}

// feed applies entries, and returns the hash of the state after each.
func feed(t testing.TB, r *Replica, entries []*raft.Log) map[uint64]failover.Digest {
	t.Helper()
	hashes := map[uint64]failover.Digest{}
	for _, entry := range entries {
		if err := r.Apply(entry); err != nil {
			t.Fatal(err)
		}
		v := r.View()
		if v.Index != entry.Index || v.Term != entry.Term || v.Broken != nil || v.Unkept != nil {
			t.Fatalf("after entry %d: at %d, broken %v, unkept %v", entry.Index, v.Index, v.Broken,
				v.Unkept)
		}
		hashes[entry.Index] = v.State.Hash()
	}
	return hashes
}

// compare holds the hashes of some entries against those of all.
func compare(t testing.TB, who string, got, want map[uint64]failover.Digest) {
	t.Helper()
	for index, hash := range got {
		if want[index] != hash {
			t.Fatalf("%s: another state after entry %d", who, index)
		}
	}
}

// One replica applies all, one is restored from a snapshot halfway, one is restarted and applies
// old entries again: the states are equal after every entry, and all three archives replay to them.
func TestReplicasAgreeAtEveryEntry(t *testing.T) {
	for _, name := range recordings {
		t.Run(name, func(t *testing.T) {
			entries := recordedEntries(t, name)
			half, dirs := len(entries)/2, [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
			first := replicaIn(t, dirs[0])
			want := feed(t, first, entries[:half])
			taken := snapshotOf(t, first)
			for index, hash := range feed(t, first, entries[half:]) {
				want[index] = hash
			}
			second := replicaIn(t, dirs[1])
			compare(t, "before", feed(t, second, entries[:half/2]), want)
			if err := second.Restore(taken); err != nil {
				t.Fatal(err)
			}
			compare(t, "restored", feed(t, second, entries[half:]), want)
			third := replicaIn(t, dirs[2])
			feed(t, third, entries[:half])
			own := snapshotOf(t, third)
			feed(t, third, entries[half:half+20])
			if err := third.archive.Close(); err != nil {
				t.Fatal(err)
			}
			third = replicaIn(t, dirs[2])
			if err := third.Restore(own); err != nil {
				t.Fatal(err)
			}
			compare(t, "restarted", feed(t, third, entries[half:]), want)
			for i, count := range [3]int{len(entries), half/2 + len(entries) - half, len(entries)} {
				archived := replayArchive(t, dirs[i])
				if compare(t, dirs[i], archived, want); len(archived) != count {
					t.Errorf("archive %d has %d entries, want %d", i, len(archived), count)
				}
			}
			if names, err := segments(dirs[1]); err != nil || len(names) != 2 {
				t.Errorf("the restored one's archive has %d files, want 2: %v", len(names), err)
			}
			if names, err := segments(dirs[2]); err != nil || len(names) != 1 {
				t.Errorf("the restarted one's archive has %d files, want 1: %v", len(names), err)
			}
		})
	}
}

// However much of an archive's last file a dying process has written, the archive goes on from its
// last whole entry, and holds each once.
func TestArchiveGoesOnAfterAKill(t *testing.T) {
	entries := recordedEntries(t, recordings[2])[:40]
	whole := t.TempDir()
	want := feed(t, replicaIn(t, whole), entries)
	names, err := segments(whole)
	if err != nil || len(names) != 1 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for cut := 0; cut <= len(data); cut += 1 + cut%37 {
		dir := t.TempDir()
		path := filepath.Join(dir, filepath.Base(names[0]))
		if err := os.WriteFile(path, data[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		r := replicaIn(t, dir)
		if last := r.archive.Last(); last > entries[len(entries)-1].Index {
			t.Fatalf("cut at %d: the archive claims entry %d", cut, last)
		}
		compare(t, "again", feed(t, r, entries), want)
		archived := replayArchive(t, dir)
		if compare(t, "archive", archived, want); len(archived) != len(entries) {
			t.Fatalf("cut at %d: %d entries, want %d", cut, len(archived), len(entries))
		}
		if again, err := os.ReadFile(path); err != nil || !slices.Equal(again, data) {
			t.Fatalf("cut at %d: the file is another one: %v", cut, err)
		}
	}
}

// What is damaged in the middle of a file is not thrown away with what follows.
func TestArchiveKeepsWhatItCutsOff(t *testing.T) {
	entries, dir := recordedEntries(t, recordings[0]), t.TempDir()
	want := feed(t, replicaIn(t, dir), entries)
	names, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(names[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	r := replicaIn(t, dir)
	compare(t, "again", feed(t, r, entries), want)
	if kept, err := os.ReadFile(names[0] + ".cut"); err != nil || !slices.Equal(kept, data) {
		t.Errorf("what was cut off is not kept: %v", err)
	}
	if archived := replayArchive(t, dir); len(archived) != len(entries) {
		t.Errorf("%d entries, want %d", len(archived), len(entries))
	}
}

// A policy that is not at hand, or a later encoding, stops a replica: it applies nothing more and
// refuses to have the log cut off. What it has applied stays.
func TestReplicaStopsAtWhatItCannotApply(t *testing.T) {
	entries := recordedEntries(t, recordings[0])[:30]
	p := smallPolicy()
	p.HoldDown *= 2
	change := failover.PolicyEvent(1, &p)
	strange, err := AppendEntry(nil, &Entry{Event: change})
	if err != nil {
		t.Fatal(err)
	}
	ahead := change
	ahead.Share = failover.RulesVersion + 1
	later, err := AppendEntry(nil, &Entry{Event: ahead, Policy: failover.AppendPolicy(nil, &p)})
	if err != nil {
		t.Fatal(err)
	}
	newer := slices.Clone(strange)
	newer[0]++
	for _, c := range []struct {
		name, want string
		data       []byte
	}{
		{"a policy that is not at hand", "the log goes on under policy " + p.Digest().Short(), strange},
		{"later rules", "the log goes on under rules 2", later},
		{"a later encoding", "run a later release", newer},
		{"no entry", "this is no entry of a log", []byte{1, 2}},
		{"nothing", "this is no entry of a log", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			r := replicaIn(t, dir)
			feed(t, r, entries)
			before := r.View()
			last := entries[len(entries)-1].Index
			for i := range uint64(3) { // It stays where it is, also for what it could apply.
				data := c.data
				if i > 0 {
					data = entries[len(entries)-1].Data
				}
				err, _ := r.Apply(&raft.Log{Index: last + 1 + i, Data: data}).(error)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v, want %q", err, c.want)
				}
			}
			after := r.View()
			if after.Halted == nil || after.State != before.State || after.Index != last {
				t.Errorf("at %d, halted %v", after.Index, after.Halted)
			}
			if _, err := r.Snapshot(); !errors.Is(err, errHalted) {
				t.Errorf("a snapshot is taken: %v", err)
			}
			if len(replayArchive(t, dir)) != len(entries) {
				t.Error("the archive holds what was not applied")
			}
		})
	}
}

// The first safety rule that fails is kept, nothing panics, and the replica goes on applying.
func TestReplicaSaysWhichRuleIsBroken(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	r := NewReplica(nil)
	feed(t, r, entries[:100])
	r.apply = func(
		s *failover.State, e *failover.Event, did *failover.Actions,
	) (*failover.Policy, error) {
		p, err := r.library.Apply(s, e, did)
		s.Epoch = 0
		return p, err
	}
	for _, entry := range entries[100:110] {
		if err := r.Apply(entry); err != nil {
			t.Fatal(err)
		}
	}
	v := r.View()
	if v.Broken == nil || v.Halted != nil || v.Index != entries[109].Index {
		t.Fatalf("at %d, halted %v, broken %v", v.Index, v.Halted, v.Broken)
	}
	if want := "time and epoch never go back"; !strings.Contains(v.Broken.Error(), want) {
		t.Errorf("got %v, want %q", v.Broken, want)
	}
}

// An archive that cannot be written keeps raft from cutting its log off.
func TestLogStaysWhileTheArchiveFails(t *testing.T) {
	entries := recordedEntries(t, recordings[0])[:20]
	r := replicaIn(t, t.TempDir())
	feed(t, r, entries[:10])
	taken, err := r.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.archive.file.Close(); err != nil {
		t.Fatal(err)
	}
	var kept sink
	if err := taken.Persist(&kept); err == nil || !kept.cancelled {
		t.Errorf("a snapshot is kept that the archive has not on disk: %v", err)
	}
	if err := r.Apply(entries[10]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Snapshot(); err == nil || r.View().Unkept == nil {
		t.Errorf("got %v, want that the log stays whole", err)
	}
}

// A snapshot that is damaged anywhere is refused, and leaves the replica as it was.
func TestDamagedSnapshotIsRefused(t *testing.T) {
	r := NewReplica(nil)
	feed(t, r, recordedEntries(t, recordings[0])[:50])
	sound, err := io.ReadAll(snapshotOf(t, r))
	if err != nil {
		t.Fatal(err)
	}
	other := NewReplica(nil)
	for i := 0; i < len(sound); i += 97 {
		for _, spoilt := range [][]byte{sound[:i], flip(sound, i)} {
			if err := other.Restore(io.NopCloser(strings.NewReader(string(spoilt)))); err == nil {
				t.Fatalf("byte %d: it is restored", i)
			}
		}
	}
	if v := other.View(); v.Index != 0 || v.State != (failover.State{}) {
		t.Error("a snapshot that was refused has left something")
	}
	if err := other.Restore(io.NopCloser(strings.NewReader(string(sound)))); err != nil {
		t.Fatal(err)
	}
	if other.View().State != r.View().State {
		t.Error("the restored state is another one")
	}
}

// A snapshot under rules that this release lacks, or under another policy than it holds, is refused
// with what would be needed, and leaves the replica as it was.
func TestSnapshotUnderRulesThatAreLackingIsRefused(t *testing.T) {
	r := NewReplica(nil)
	feed(t, r, recordedEntries(t, recordings[0])[:50])
	p := r.library.Find(r.state.Under.Policy)
	later, strange := r.state, r.state
	later.Under.Rules = failover.RulesVersion + 1
	strange.Under.Policy[0]++
	for want, state := range map[string]*failover.State{
		"the log goes on under rules 2, and this release knows them up to 1": &later,
		"the log goes on under policy " + strange.Under.Policy.Short():       &strange,
	} {
		other := NewReplica(nil)
		content := string(appendSnapshot(nil, state, p, 60, 3))
		err := other.Restore(io.NopCloser(strings.NewReader(content)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		v := other.View()
		if v.Index != 0 || v.State != (failover.State{}) {
			t.Error("a snapshot that was refused has left something")
		}
		if v.Halted == nil || !strings.Contains(v.Halted.Error(), want) {
			t.Errorf("the agent says %v, want %q", v.Halted, want)
		}
		if err := other.Restore(snapshotOf(t, r)); err != nil || other.View().Halted != nil {
			t.Errorf("one that it can go on from: %v, halted %v", err, other.View().Halted)
		}
	}
}

func flip(data []byte, i int) []byte {
	spoilt := slices.Clone(data)
	spoilt[i] ^= 1
	return spoilt
}

// Whoever watches hears of changes, of many at once only once, and of none after they have stopped.
func TestWatchersHearOfChanges(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	r := NewReplica(nil)
	changed, stop := r.Watch()
	feed(t, r, entries[:10])
	<-changed
	select {
	case <-changed:
		t.Error("ten changes are told twice")
	default:
	}
	feed(t, r, entries[10:11])
	<-changed
	stop()
	feed(t, r, entries[11:12])
	select {
	case <-changed:
		t.Error("somebody hears who has stopped")
	default:
	}
}

// An archive whose files are full goes on in others, each of which replays by itself from its base.
func TestArchiveGoesOnInAnotherFile(t *testing.T) {
	for _, name := range recordings {
		entries, dir := recordedEntries(t, name), t.TempDir()
		r := replicaIn(t, dir)
		r.archive.most = 15000
		want := feed(t, r, entries[:len(entries)/2])
		if err := r.archive.Close(); err != nil {
			t.Fatal(err)
		}
		again := replicaIn(t, dir)
		again.archive.most = 15000
		for index, hash := range feed(t, again, entries) {
			want[index] = hash
		}
		archived := replayArchive(t, dir)
		compare(t, name, archived, want)
		names, err := segments(dir)
		if err != nil || len(names) < 3 || len(archived) != len(entries) {
			t.Errorf("%d files with %d of %d entries: %v", len(names), len(archived), len(entries), err)
		}
	}
}

// A file is closed while all of it can be read at once when an agent starts, beside whatever else
// runs on its machine.
func TestArchiveFilesAreSmallEnoughToOpen(t *testing.T) {
	entries, dir := recordedEntries(t, recordings[0]), t.TempDir()
	r := replicaIn(t, dir)
	feed(t, r, entries[:10])
	r.archive.tally.Add(make([]byte, 8<<20)) // As it is after some 50,000 more.
	feed(t, r, entries[10:])
	if names, err := segments(dir); err != nil || len(names) != 2 {
		t.Errorf("got %v, %v, want another file", names, err)
	}
}

// An archive of another log is found by its states, before anything is lost: it stays as it is, and
// raft's log stays whole.
func TestArchiveOfAnotherLogIsFound(t *testing.T) {
	dir := t.TempDir()
	r := replicaIn(t, dir)
	feed(t, r, recordedEntries(t, recordings[0]))
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	count := len(replayArchive(t, dir))
	r = replicaIn(t, dir)
	for _, entry := range recordedEntries(t, recordings[1])[:20] {
		if err := r.Apply(entry); err != nil {
			t.Fatal(err)
		}
	}
	v := r.View()
	if v.Unkept == nil || !strings.Contains(v.Unkept.Error(), "is of another log") {
		t.Errorf("got %v", v.Unkept)
	}
	if _, err := r.Snapshot(); err == nil {
		t.Error("a snapshot is taken")
	}
	if got := len(replayArchive(t, dir)); got != count {
		t.Errorf("%d entries, want %d", got, count)
	}
}
