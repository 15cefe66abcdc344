package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// breaking has every step break a safety rule.
func breaking(r *Replica) {
	r.check = func(
		*failover.Policy, *failover.State, *failover.Event, *failover.State, *failover.Actions,
	) error {
		return errors.New("two regions write")
	}
}

// applyAll applies entries, whatever rule they break.
func applyAll(t *testing.T, r *Replica, entries []*raft.Log) {
	t.Helper()
	for _, entry := range entries {
		if err, _ := r.Apply(entry).(error); err != nil {
			t.Fatal(err)
		}
	}
}

// A safety rule that has failed is remembered over a restart, also behind a snapshot, and the log
// is not cut off. What a person has settled is judged no more, and what comes after it is.
func TestBrokenOutlivesARestart(t *testing.T) {
	entries := recordedEntries(t, recordings[0])
	dir := t.TempDir()
	r := replicaIn(t, dir)
	feed(t, r, entries[:50])
	taken := snapshotOf(t, r)
	feed(t, r, entries[50:100])
	breaking(r)
	applyAll(t, r, entries[100:102])
	if _, err := r.Snapshot(); err == nil {
		t.Error("the log may be cut off")
	}
	said := r.View().Broken
	if err := r.archive.Close(); err != nil {
		t.Fatal(err)
	}
	again := replicaIn(t, dir)
	if err := again.Restore(taken); err != nil {
		t.Fatal(err)
	}
	is := again.View().Broken
	if said == nil || is == nil || is.Error() != said.Error() ||
		!strings.Contains(is.Error(), "two regions write") || !strings.Contains(is.Error(), dir) {
		t.Errorf("it said %v, and after a restart %v", said, is)
	}
	if err := again.archive.Close(); err != nil {
		t.Fatal(err)
	}
	err := os.Rename(filepath.Join(dir, brokenFile), filepath.Join(dir, settledFile))
	if err != nil {
		t.Fatal(err)
	}
	settled := replicaIn(t, dir)
	breaking(settled)
	applyAll(t, settled, entries[:101])
	if v := settled.View(); v.Broken != nil {
		t.Errorf("what is settled still counts: %v", v.Broken)
	}
	applyAll(t, settled, entries[101:103])
	if v := settled.View(); v.Broken == nil {
		t.Error("what comes after it counts no more")
	}
}

// A mark that cannot be read stops the agent as well.
func TestBrokenThatCannotBeReadStops(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, settledFile), []byte("all is well"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v := replicaIn(t, dir).View(); v.Broken == nil {
		t.Error("it acts")
	}
}
