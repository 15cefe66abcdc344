package agent

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// pastOf are the indexes of what an archive shows, each held against the state that it led to.
func pastOf(
	t *testing.T, a *Archive, after, before uint64, most int, want map[uint64]failover.Digest,
) (seen []uint64, err error) {
	t.Helper()
	err = a.Past(after, before, most, func(r *failover.Replayed) {
		seen = append(seen, r.Note.Index)
		if got := r.After.Hash(); got != want[r.Note.Index] {
			t.Errorf("entry %d is shown with another state than it led to", r.Note.Index)
		}
	})
	return seen, err
}

// inSeveralFiles is a replica whose archive has several files in a folder, and the entries that it
// was fed, with the hashes that they led to.
func inSeveralFiles(t *testing.T) (
	r *Replica, dir string, entries []*raft.Log, want map[uint64]failover.Digest, all []Segment,
) {
	t.Helper()
	entries = recordedEntries(t, recordings[0])
	dir = t.TempDir()
	r = replicaIn(t, dir)
	r.archive.most = 8 << 10
	want = feed(t, r, entries)
	all, err := r.archive.Segments()
	if err != nil || len(all) < 4 {
		t.Fatalf("the archive has %d files, want several: %v", len(all), err)
	}
	return r, dir, entries, want, all
}

// The past is that of all of the archive's files, whichever entries are asked for.
func TestArchiveShowsThePast(t *testing.T) {
	r, dir, entries, want, all := inSeveralFiles(t)
	var indexes []uint64
	for _, entry := range entries {
		indexes = append(indexes, entry.Index)
	}
	last := indexes[len(indexes)-1]
	for _, c := range []struct {
		after, before uint64
		most          int
	}{
		{0, last + 1, len(entries)}, {0, last, len(entries)}, {0, last + 1, 7}, {0, 0, 7},
		{last / 2, last + 1, 5}, {last / 2, last/2 + 3, 50}, {last, last + 100, 5}, {0, last, 0},
		{firstIn(all[2].Name) - 1, last + 1, 3}, {firstIn(all[2].Name), last + 1, 3},
		{firstIn(all[2].Name) - 2, last + 1, 3},
	} {
		var wanted []uint64
		for _, index := range indexes {
			if index > c.after && index < c.before && len(wanted) < c.most {
				wanted = append(wanted, index)
			}
		}
		got, err := pastOf(t, r.archive, c.after, c.before, c.most, want)
		if err != nil || !slices.Equal(got, wanted) {
			t.Errorf("%d of those after %d and before %d: got %v, %v, want %v", c.most, c.after, c.before,
				got, err, wanted)
		}
	}
	if err := os.Remove(filepath.Join(dir, all[0].Name)); err != nil {
		t.Fatal(err)
	}
	got, err := pastOf(t, r.archive, 0, last+1, 1, want)
	if err != nil || len(got) != 1 || got[0] != firstIn(all[1].Name) {
		t.Errorf("without the first file: got %v, %v, want entry %d", got, err, firstIn(all[1].Name))
	}
}

// What is damaged is named, after what could be read, and harms nobody who asks for another part.
func TestDamageOfThePastIsNamed(t *testing.T) {
	r, dir, entries, want, all := inSeveralFiles(t)
	path := filepath.Join(dir, all[1].Name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := pastOf(t, r.archive, 0, 1<<60, len(entries), want)
	if err == nil || !bytes.Contains([]byte(err.Error()), []byte(all[1].Name)) {
		t.Errorf("got %v, want an error that names %s", err, all[1].Name)
	}
	if len(got) == 0 || got[len(got)-1] >= firstIn(all[2].Name) {
		t.Errorf("got %v before the damage", got)
	}
	if got, err := pastOf(t, r.archive, firstIn(all[2].Name), 1<<60, 3, want); err != nil ||
		len(got) != 3 {
		t.Errorf("got %v, %v of what comes after the damage", got, err)
	}
}

// A file that is missing in the middle is named to whoever asks across it, and to nobody else.
func TestPastNamesAFileThatIsMissing(t *testing.T) {
	r, dir, entries, want, all := inSeveralFiles(t)
	if err := os.Remove(filepath.Join(dir, all[1].Name)); err != nil {
		t.Fatal(err)
	}
	for after, count := range map[uint64]int{
		0: int(firstIn(all[1].Name)) * 6 / 7, firstIn(all[1].Name) - 1: 0, firstIn(all[1].Name): 0,
	} {
		got, err := pastOf(t, r.archive, after, 1<<60, len(entries), want)
		if err == nil || !strings.Contains(err.Error(), all[1].Name+" is missing") ||
			len(got) != count {
			t.Errorf("after entry %d: %d entries, %v, want %d and that %s is missing", after, len(got), err,
				count, all[1].Name)
		}
	}
	if got, err := pastOf(t, r.archive, firstIn(all[2].Name), 1<<60, 3, want); err != nil ||
		len(got) != 3 {
		t.Errorf("got %v, %v of what comes after it", got, err)
	}
}
