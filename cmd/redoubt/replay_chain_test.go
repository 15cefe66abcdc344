package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redoubt/chain"
	"redoubt/failover"
)

// chainedArchive is an archive of three files as an agent leaves it, in a folder.
func chainedArchive(t *testing.T) (dir string, names []string) {
	t.Helper()
	first := recorded(t, "rules-1-failover-and-failback")
	var policy failover.Policy
	state, err := failover.ReplayEach(first, func(r *failover.Replayed) { policy = *r.Policy })
	if err != nil {
		t.Fatal(err)
	}
	var library failover.Library
	if _, err := library.Add(policy); err != nil {
		t.Fatal(err)
	}
	dir, names = t.TempDir(), []string{"00000000000000000001.log"}
	contents, index := [][]byte{first}, uint64(400)
	for n := range uint64(2) {
		var r failover.Recorder
		name := fmt.Sprintf("%020d.log", index+1)
		b := chain.AppendLink(&r, nil, index, chain.FileOf(n+1, names[n], contents[n]))
		b = r.AppendBase(r.AppendPolicy(b, &policy), &state)
		for range 3 {
			index++
			e := failover.Event{Kind: failover.Tick, At: state.Now.Add(1e9)}
			if _, err := library.Apply(&state, &e, &failover.Actions{}); err != nil {
				t.Fatal(err)
			}
			b = r.AppendEvent(r.AppendNote(b, &failover.Note{Index: index}), &e)
			b = r.AppendHash(b, state.Hash())
		}
		names, contents = append(names, name), append(contents, b)
	}
	for i, name := range names {
		overwrite(t, filepath.Join(dir, name), contents[i])
	}
	overwrite(t, filepath.Join(dir, chain.Head), []byte(chain.FileOf(3, names[2],
		contents[2][:len(contents[2])-1]).String()+"\n")) // It has grown since.
	return dir, names
}

func overwrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A replay follows the files by their links: it ends at the first that is missing or was harmed,
// with its name, and says what came before the first.
func TestReplayFollowsTheFilesOfAnArchive(t *testing.T) {
	for name, c := range map[string]struct {
		harm  func(dir string, names []string) error
		flags string
		code  int
		says  string
	}{
		"whole": {func(string, []string) error { return nil }, "", exitDone, ""},
		"without its oldest file": {func(dir string, names []string) error {
			return os.Remove(filepath.Join(dir, names[0]))
		}, "", exitDone, "came before is not here: 00000000000000000401.log is the archive's file 2"},
		"without its last file": {func(dir string, names []string) error {
			return os.Remove(filepath.Join(dir, names[2]))
		}, "", exitFailed, "00000000000000000404.log is missing: it was the archive's last"},
		"without one in the middle": {func(dir string, names []string) error {
			return os.Remove(filepath.Join(dir, names[1]))
		}, "", exitFailed, "0401.log is missing: 00000000000000000404.log, which is file 3"},
		"without one in the middle, with gaps": {func(dir string, names []string) error {
			return os.Remove(filepath.Join(dir, names[1]))
		}, " --gaps", exitDone, "00000000000000000401.log is missing"},
		"cut short between two entries": {func(dir string, names []string) error {
			return cutEntry(filepath.Join(dir, names[1]))
		}, " --gaps", exitFailed, "00000000000000000401.log is cut short: it has "},
		"with the last file cut short": {func(dir string, names []string) error {
			return cutEntry(filepath.Join(dir, names[2]))
		}, " --gaps", exitFailed, "00000000000000000404.log is cut short: it has "},
	} {
		dir, names := chainedArchive(t)
		if err := c.harm(dir, names); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr strings.Builder
		flags := strings.Fields("replay " + dir + " --changes" + c.flags)
		code := run(t.Context(), flags, &stdout, &stderr)
		said := stderr.String() + strings.Join(strings.Fields(stdout.String()), " ")
		if code != c.code || !strings.Contains(said, c.says) {
			t.Errorf("an archive %s: exit %d, want %d and %q: %s%s", name, code, c.code, c.says,
				stderr.String(), stdout.String())
		}
		code = run(t.Context(), append(flags, "--output", "json"), &stdout, &stderr)
		told := strings.Contains(stdout.String(), jsonText(t, c.says))
		if code != c.code || c.flags+c.says != "" && !told && c.code == exitFailed {
			t.Errorf("an archive %s: exit %d, and its JSON lacks %q", name, code, c.says)
		}
	}
}

// cutEntry takes the last entry out of a file, which is whole then.
func cutEntry(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var at []int
	for record := range failover.ReadLog(data) {
		if record.Kind == failover.NoteRecord {
			at = append(at, record.Offset)
		}
	}
	return os.WriteFile(path, data[:slices.Max(at)], 0o600)
}

// jsonText is how JSON has a text.
func jsonText(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(data), `"`)
}
