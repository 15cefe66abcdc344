package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// recorded is a log that package failover keeps.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../failover/testdata/logs", name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// runReplay replays a log from a file.
func runReplay(t *testing.T, data []byte, flags ...string) (code int, stdout, stderr string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.log")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, wrong bytes.Buffer
	code = run(context.Background(), append([]string{"replay", path}, flags...), &out, &wrong)
	return code, out.String(), strings.ReplaceAll(wrong.String(), path, "events.log")
}

func TestReplayTellsALog(t *testing.T) {
	for _, c := range []struct{ golden, log, flags string }{
		{"replay-failover.txt", "rules-1-failover-and-failback",
			"--changes --scenario ecommerce-three-region"},
		{"replay-two-stores.txt", "format-1-two-stores-and-a-lost-agent", ""},
		{"replay-drill.csv", "rules-1-drill-and-change-of-policy", "--changes --output csv"},
	} {
		t.Run(c.golden, func(t *testing.T) {
			code, stdout, stderr := runReplay(t, recorded(t, c.log), strings.Fields(c.flags)...)
			if code != exitDone || stderr != "" {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			golden(t, c.golden, stdout)
		})
	}
}

// tampered is a sound log with one more event after it, and whatever else is appended.
func tampered(
	t *testing.T, more func(r *failover.Recorder, b []byte, last *failover.State) []byte,
) []byte {
	t.Helper()
	data := recorded(t, "rules-1-failover-and-failback")
	recorder, err := failover.ResumeLog(data)
	if err != nil {
		t.Fatal(err)
	}
	last, err := failover.Replay(data)
	if err != nil {
		t.Fatal(err)
	}
	return more(&recorder, bytes.Clone(data), &last)
}

// The first difference ends a replay with 1: it says what differs, and where; what was before it is
// shown.
func TestReplayStopsAtTheFirstDifference(t *testing.T) {
	tick := func(s *failover.State) *failover.Event {
		return &failover.Event{Kind: failover.Tick, At: s.Now.Add(1e9)}
	}
	diverged := tampered(t, func(r *failover.Recorder, b []byte, s *failover.State) []byte {
		b = r.AppendEvent(r.AppendNote(b, &failover.Note{Index: 900, Why: "a test"}), tick(s))
		return r.AppendEvent(r.AppendHash(b, s.Hash()), tick(s))
	})
	code, stdout, stderr := runReplay(t, diverged, "--output", "json")
	if code != exitFailed || !strings.Contains(stderr, "events.log: log: byte ") ||
		!strings.Contains(stderr, "the two have diverged") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	var shown struct {
		Events []struct {
			Index  uint64 `json:"index"`
			HashOK *bool  `json:"hash_ok"`
			Why    string `json:"why"`
		} `json:"events"`
		Difference string `json:"difference"`
	}
	if err := json.Unmarshal([]byte(stdout), &shown); err != nil {
		t.Fatal(err)
	}
	last := shown.Events[len(shown.Events)-1]
	if last.Index != 900 || last.HashOK == nil || *last.HashOK || last.Why != "a test" ||
		shown.Difference == "" {
		t.Errorf("the last event shown is %+v, the difference %q", last, shown.Difference)
	}
	_, stdout, _ = runReplay(t, diverged, "--changes")
	told := strings.Contains(stdout, "differs")
	if !told || !strings.Contains(stdout, "up to the first difference") {
		t.Errorf("the table ends with %q", stdout[len(stdout)-300:])
	}
	cut := recorded(t, "rules-1-failover-and-failback")
	code, stdout, stderr = runReplay(t, cut[:len(cut)-5])
	if code != exitFailed || !strings.Contains(stderr, "the record is cut short") ||
		!strings.Contains(stdout, "353 events, 352 with the hash") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// Several files are one log: each goes on from the state that the one before has ended in.
func TestReplayOfSeveralFiles(t *testing.T) {
	first := recorded(t, "rules-1-failover-and-failback")
	state, err := failover.Replay(first)
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	var policy failover.Policy
	_, err = failover.ReplayEach(first, func(r *failover.Replayed) { last++; policy = *r.Policy })
	if err != nil {
		t.Fatal(err)
	}
	follow := func(base failover.State, entries ...uint64) []byte {
		var r failover.Recorder
		b := r.AppendBase(r.AppendPolicy(nil, &policy), &base)
		for i, entry := range entries {
			b = r.AppendNote(b, &failover.Note{Index: entry})
			b = r.AppendEvent(b, &failover.Event{
				Kind: failover.Tick, At: base.Now.Add(time.Duration(i+1) * time.Second),
			})
		}
		return b
	}
	other := state
	other.Now++
	for name, c := range map[string]struct {
		second  []byte
		flags   string
		code    int
		problem string
	}{
		"that go on":                          {follow(state, last+1), "", exitDone, ""},
		"that go on, with Raft's in between":  {follow(state, last+9), "", exitDone, ""},
		"that go on, with nothing yet":        {follow(state), "", exitDone, ""},
		"that do not":                         {follow(other, last+1), "", exitFailed, "another state"},
		"of which one is gone":                {follow(other, last+40), "", exitFailed, "are missing"},
		"of which one is gone, with no entry": {follow(other), "", exitFailed, "are missing"},
		"of which one may be gone":            {follow(other, last+40), " --gaps", exitDone, ""},
		"that begin anew":                     {first, " --gaps", exitFailed, "another state"},
		"that go back":                        {follow(other, 7), " --gaps", exitFailed, "entry 7 "},
	} {
		dir := t.TempDir()
		for file, data := range map[string][]byte{"1.log": first, "2.log": c.second} {
			if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var stdout, stderr strings.Builder
		code := run(t.Context(), strings.Fields("replay "+dir+" --changes"+c.flags), &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.problem) {
			t.Errorf("files %s: exit %d, want %d and %q: %s", name, code, c.code, c.problem,
				stderr.String())
		}
		told := strings.Contains(stdout.String(), "others are missing between")
		if gap := c.flags != "" && code == exitDone; told != gap {
			t.Errorf("files %s: the gap is told: %v, want %v", name, told, gap)
		}
	}
}
