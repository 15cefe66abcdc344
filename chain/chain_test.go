package chain_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redoubt/chain"
	"redoubt/failover"
	"redoubt/model"
)

// archive writes an archive of some files to a folder, of some entries each, and its head. The seed
// makes two of them differ.
func archive(t *testing.T, files int, seed int64) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	p := failover.Policy{
		Voters: 7, Workload: 3, Candidates: 3, Mode: model.Automatic, Approvals: 1, Checks: 1,
		ChecksDown: 1, StaleAfter: 1, StepTries: 1, StepTimeout: 1,
	}
	var library failover.Library
	if _, err := library.Add(p); err != nil {
		t.Fatal(err)
	}
	var state failover.State
	var last chain.File
	index := uint64(0)
	for n := range files {
		var r failover.Recorder
		var b []byte
		name := fmt.Sprintf("%020d.log", index+1)
		if n > 0 {
			b = r.AppendBase(r.AppendPolicy(chain.AppendLink(&r, b, index, last), &p), &state)
		}
		for range 3 {
			index++
			e := failover.Event{Kind: failover.Tick, At: failover.Instant(index) * 1e9}
			if index == 1 {
				b, e = r.AppendPolicy(b, &p), failover.PolicyEvent(0, &p)
			}
			if _, err := library.Apply(&state, &e, &failover.Actions{}); err != nil {
				t.Fatal(err)
			}
			b = r.AppendNote(b, &failover.Note{Index: index, Wall: seed})
			b = r.AppendHash(r.AppendEvent(b, &e), state.Hash())
		}
		last = chain.FileOf(uint64(n+1), name, b)
		names = append(names, name)
		write(t, dir, name, b)
	}
	write(t, dir, chain.Head, []byte(last.String()+"\n"))
	return dir, names
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func move(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

// What is wrong with an archive is said with the file's name, and nothing is where nothing is.
func TestCheckNamesTheFileThatDoesNotFit(t *testing.T) {
	other, _ := archive(t, 4, 7)
	for name, c := range map[string]struct {
		harm func(dir string, names []string)
		want string
		gone bool
	}{
		"nothing": {func(string, []string) {}, "", false},
		"the oldest was moved away": {func(dir string, names []string) {
			move(t, dir, names[0], "elsewhere")
		}, "", false},
		"one in the middle is gone": {func(dir string, names []string) {
			move(t, dir, names[1], "elsewhere")
		}, "00000000000000000004.log is missing: 00000000000000000007.log, which is file 3", true},
		"the last is gone": {func(dir string, names []string) {
			move(t, dir, names[3], "elsewhere")
		}, "00000000000000000010.log is missing: it was the archive's last", true},
		"one has another name": {func(dir string, names []string) {
			move(t, dir, names[1], "00000000000000000005.log")
		}, "00000000000000000005.log was given another name: it begins with entry 4", false},
		"one is of another archive": {func(dir string, names []string) {
			write(t, dir, names[1], read(t, other, names[1]))
		}, "00000000000000000001.log is not what it was when 00000000000000000004.log was begun, ",
			false},
		"the last is of another archive": {func(dir string, names []string) {
			write(t, dir, names[3], read(t, other, names[3]))
		}, "00000000000000000007.log is not what it was when 00000000000000000010.log was begun", false},
		"one is cut": {func(dir string, names []string) {
			data := read(t, dir, names[2])
			write(t, dir, names[2], data[:len(data)-90])
		}, "00000000000000000007.log is cut short: it has ", false},
		"one has grown": {func(dir string, names []string) {
			write(t, dir, names[2], append(read(t, dir, names[2]), 0))
		}, "00000000000000000007.log was written to: it has ", false},
		"one has lost its link": {func(dir string, names []string) {
			unlink(t, dir, names[2])
		}, "00000000000000000007.log does not say which file it follows", false},
		"none has a link": {func(dir string, names []string) {
			for _, name := range names[1:] {
				unlink(t, dir, name)
			}
			move(t, dir, chain.Head, "elsewhere")
		}, "", false},
		"the head is spoilt": {func(dir string, names []string) {
			write(t, dir, chain.Head, []byte("file 4, ../"+names[3]+" of 0 bytes with SHA-256 00\n"))
		}, "the file head is not what an agent has written", false},
	} {
		dir, names := archive(t, 4, 0)
		c.harm(dir, names)
		_, err := chain.Check(dir)
		var fault *chain.Fault
		if c.want == "" && err == nil ||
			errors.As(err, &fault) && strings.Contains(err.Error(), c.want) && fault.Gone == c.gone &&
				strings.Contains(err.Error(), "export the archive of another agent") {
			continue
		}
		t.Errorf("%s: got %v, want %q", name, err, c.want)
	}
}

// unlink takes the link out of a file.
func unlink(t *testing.T, dir, name string) {
	t.Helper()
	var r failover.Recorder
	var b []byte
	for record, err := range failover.ReadLog(read(t, dir, name)) {
		if err != nil {
			t.Fatal(err)
		}
		switch record.Kind {
		case failover.PolicyRecord:
			b = r.AppendPolicy(b, &record.Policy)
		case failover.NoteRecord:
			if record.Note.Who == "" {
				b = r.AppendNote(b, &record.Note)
			}
		case failover.EventRecord:
			b = r.AppendEvent(b, &record.Event)
		case failover.BaseRecord:
			b = r.AppendBase(b, record.Base)
		case failover.HashRecord:
			b = r.AppendHash(b, record.Hash)
		}
	}
	write(t, dir, name, b)
}

// What a walk has seen is said: what came before, and what nobody can vouch for.
func TestWalkSaysWhatItHasNotSeen(t *testing.T) {
	dir, names := archive(t, 4, 0)
	var walk chain.Walk
	for _, name := range names[2:] {
		if err := walk.Next(name, read(t, dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	want := names[2] + " is the archive's file 3, after " + names[1]
	if walk.Earlier != want || walk.Unlinked != 0 || walk.Last().Number != 4 {
		t.Errorf("got %q, %d unlinked, the last is %v", walk.Earlier, walk.Unlinked, walk.Last())
	}
	unlink(t, dir, names[1])
	walk = chain.Walk{}
	for _, name := range names[1:2] {
		if err := walk.Next(name, read(t, dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if walk.Unlinked != 1 || walk.Earlier != "" {
		t.Errorf("%d unlinked, %q before it", walk.Unlinked, walk.Earlier)
	}
}

// A link is a record that a release without links reads over: the log replays as it did.
func TestLinkChangesNoReplay(t *testing.T) {
	dir, names := archive(t, 3, 0)
	data := read(t, dir, names[1])
	link, linked := chain.LinkOf(data)
	if !linked || link.Index != 3 || link.Before.Name != names[0] || link.Before.Number != 1 {
		t.Fatalf("got %+v, %v", link, linked)
	}
	with, err := failover.Replay(data)
	if err != nil {
		t.Fatal(err)
	}
	unlink(t, dir, names[1])
	without, err := failover.Replay(read(t, dir, names[1]))
	if err != nil || with != without {
		t.Errorf("the replay differs: %v", err)
	}
}

// What a file is known by is written and read, and nothing else is read as that.
func FuzzFile(f *testing.F) {
	f.Add(chain.FileOf(3, "00000000000000000042.log", []byte("log")).String())
	f.Add("file 0,  of -1 bytes with SHA-256 ")
	f.Fuzz(func(t *testing.T, text string) {
		if file, err := chain.ParseFile(text); err == nil && file.String() != text {
			t.Errorf("%q is read as %v", text, file)
		}
	})
}
