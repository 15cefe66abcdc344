package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"redoubt/chain"
	"redoubt/failover"
)

// chained fills an archive of several files, closes it, and returns its folder and the files.
func chained(t *testing.T, entries []*raft.Log) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	r := replicaIn(t, dir)
	r.archive.most = 15000
	feed(t, r, entries)
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := segments(dir)
	if err != nil || len(names) < 4 {
		t.Fatalf("%d files, want several: %v", len(names), err)
	}
	return dir, names
}

// walked follows the files of a folder up to its head, and returns the first fault.
func walked(t *testing.T, dir string) error {
	t.Helper()
	_, err := chain.Check(dir)
	return err
}

// Each file says which one it follows, over restarts and where a snapshot was restored in between.
func TestArchiveFilesAreTied(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	half := len(entries) / 2
	dir := t.TempDir()
	r := replicaIn(t, dir)
	r.archive.most = 15000
	feed(t, r, entries[:half])
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	ahead := NewReplica(nil)
	feed(t, ahead, entries[:half+20])
	r = replicaIn(t, dir)
	r.archive.most = 15000
	if err := r.archive.Doubt(); err != nil {
		t.Errorf("a sound archive is in doubt: %v", err)
	}
	if err := r.Restore(snapshotOf(t, ahead)); err != nil {
		t.Fatal(err)
	}
	feed(t, r, entries[half+20:])
	if err := r.archive.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := walked(t, dir); err != nil {
		t.Error(err)
	}
	names, err := segments(dir)
	if err != nil || len(names) < 4 {
		t.Fatalf("%d files: %v", len(names), err)
	}
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		link, linked := chain.LinkOf(data)
		if linked != (i > 0) || linked && (link.Before.Number != uint64(i) ||
			link.Index+1 != firstIn(filepath.Base(name))) {
			t.Errorf("file %d has the link %v, %+v", i+1, linked, link)
		}
	}
}

// rewritten is a log written anew, with marks that are right, after each record was changed. Those
// for which change reports false are left out.
func rewritten(t *testing.T, data []byte, change func(*failover.Record) bool) []byte {
	t.Helper()
	var r failover.Recorder
	var b []byte
	for record, err := range failover.ReadLog(data) {
		if err != nil {
			t.Fatal(err)
		}
		if !change(&record) {
			continue
		}
		switch record.Kind {
		case failover.PolicyRecord:
			b = r.AppendPolicy(b, &record.Policy)
		case failover.NoteRecord:
			b = r.AppendNote(b, &record.Note)
		case failover.EventRecord:
			b = r.AppendEvent(b, &record.Event)
		case failover.BaseRecord:
			b = r.AppendBase(b, record.Base)
		case failover.HashRecord:
			b = r.AppendHash(b, record.Hash)
		}
	}
	return b
}

// remade is a file with other contents than it had, whose own marks are right: who can write to it
// can make them.
func remade(t *testing.T, data []byte) []byte {
	t.Helper()
	b := rewritten(t, data, func(r *failover.Record) bool {
		if r.Kind == failover.NoteRecord {
			r.Note.Why = strings.Replace(r.Note.Why, "Ordered", "Forged.", 1)
			r.Note.Why = strings.Replace(r.Note.Why, "Tick", "tick", 1)
			r.Note.Term ^= 1
		}
		return true
	})
	if len(b) != len(data) || bytes.Equal(b, data) {
		t.Fatalf("%d bytes were made of %d", len(b), len(data))
	}
	return b
}

// Whatever is done to a file behind the agent's back is found, with the file's name: by who follows
// the files, by the agent as it starts where it is the last file, and for good.
func TestArchiveThatWasTamperedWithIsFound(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	rewrite := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, change(data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	lastEntry := func(data []byte) (at int) { // Where the last entry begins.
		for record := range failover.ReadLog(data) {
			if record.Kind == failover.NoteRecord {
				at = record.Offset
			}
		}
		return at
	}
	for name, harm := range map[string]func(*testing.T, string){
		"is missing": func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"is cut short": rewrite(func(b []byte) []byte { return b[:lastEntry(b)] }),
		"is not what it was": func(t *testing.T, path string) {
			rewrite(func(b []byte) []byte { return remade(t, b) })(t, path)
		},
	} {
		for _, back := range []int{1, 2} { // The last file, and the one before it.
			dir, names := chained(t, entries)
			path := names[len(names)-back]
			harm(t, path)
			want := filepath.Base(path) + " " + name
			if err := walked(t, dir); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%d from the end: got %v, want %q", back, err, want)
			}
			r := replicaIn(t, dir)
			doubt := r.archive.Doubt()
			if found := doubt != nil && strings.Contains(doubt.Error(), want); found != (back == 1) {
				t.Errorf("%d from the end, the agent starts with %v", back, doubt)
			}
			hashes := feed(t, r, entries)
			if err := r.archive.Close(); err != nil {
				t.Fatal(err)
			}
			if err := walked(t, dir); err == nil || !strings.Contains(err.Error(), filepath.Base(path)) {
				t.Errorf("%d from the end, after the agent went on: %v, want %q", back, err, want)
			}
			if archived := replayArchive(t, dir); back == 1 && len(archived) != len(hashes) {
				t.Errorf("%s: the archive has %d of %d entries", name, len(archived), len(hashes))
			}
		}
	}
}

// An archive from before there were links is read, and goes on with links.
func TestArchiveFromBeforeLinksGoesOn(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	dir, names := chained(t, entries[:len(entries)-100])
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b := rewritten(t, data, func(r *failover.Record) bool {
			return r.Kind != failover.NoteRecord || r.Note.Who != "archive"
		})
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(dir, chain.Head)); err != nil {
		t.Fatal(err)
	}
	r := replicaIn(t, dir)
	r.archive.most = 15000
	feed(t, r, entries)
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errorOf(r.archive.Doubt(), walked(t, dir)); err != nil {
		t.Error(err)
	}
	all, err := segments(dir)
	if err != nil || len(all) <= len(names) || len(replayArchive(t, dir)) != len(entries) {
		t.Errorf("%d files, of which %d are old: %v", len(all), len(names), err)
	}
	if err := os.Remove(names[len(names)-1]); err != nil {
		t.Fatal(err)
	}
	want := filepath.Base(names[len(names)-1]) + " is missing"
	if err := walked(t, dir); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

// errorOf is the first of some errors.
func errorOf(all ...error) error {
	if i := slices.IndexFunc(all, func(err error) bool { return err != nil }); i >= 0 {
		return all[i]
	}
	return nil
}

// A snapshot whose state is not the one that the archive has after the same entry is found.
func TestSnapshotIsHeldAgainstTheArchive(t *testing.T) {
	entries := recordedEntries(t, recordings[0])[:60]
	dir := t.TempDir()
	r := replicaIn(t, dir)
	feed(t, r, entries)
	sound := snapshotOf(t, r)
	v := r.View()
	v.State.Epoch++
	forged := appendSnapshot(nil, &v.State, v.Policy, v.Index, v.Term)
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	r = replicaIn(t, dir)
	if err := r.Restore(sound); err != nil || r.View().Unkept != nil {
		t.Errorf("its own snapshot: %v, unkept %v", err, r.View().Unkept)
	}
	if err := r.Restore(&closer{bytes.NewReader(forged)}); err != nil {
		t.Fatal(err)
	}
	if v := r.View(); v.Unkept == nil || !strings.Contains(v.Unkept.Error(), "of another log") {
		t.Errorf("another state after the same entry: unkept %v", v.Unkept)
	}
}

type closer struct{ *bytes.Reader }

func (*closer) Close() error { return nil }
