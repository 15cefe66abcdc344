//go:build linux

package chaos

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The clock of a machine cannot be stepped for one process. So agents are built against a standard
// library whose time.Now adds what stands in a file of theirs, and are the command as it is else.

// clockVariable names that file: how many seconds the time of day is off, as 8 bytes.
const clockVariable = "CHAOS_CLOCK"

// stepped is what that library's package time has in addition.
const stepped = `package time

import (
	"syscall"
	"unsafe"
)

var off = func() *int64 {
	path, _ := syscall.Getenv("` + clockVariable + `")
	if file, err := syscall.Open(path, syscall.O_RDONLY, 0); err == nil {
		page, err := syscall.Mmap(file, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
		if err == nil {
			return (*int64)(unsafe.Pointer(&page[0]))
		}
	}
	return new(int64)
}()
`

// buildStepped builds the command so that the time of day can be stepped.
func buildStepped(t *testing.T) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const now = "\tsec, nsec, mono := runtimeNow()\n"
	if !strings.Contains(string(text), now) {
		t.Fatalf("time.Now of %s is another one: the clock cannot be stepped", runtime.Version())
	}
	dir := t.TempDir()
	files := map[string]string{
		"time.go":    strings.ReplaceAll(string(text), now, now+"\tsec += *off\n"),
		"stepped.go": stepped,
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(source, name)] = filepath.Join(dir, name)
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "redoubt")
	if err := os.WriteFile(list, data, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-overlay", list, "-o", binary, "redoubt/cmd/redoubt")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

// backMost is how far a clock may be behind for certificates that have just been made: they are
// valid from five minutes before.
const backMost = 4 * time.Minute

// step steps a region's time of day to be off by so much.
func (e *estate) step(r int, by time.Duration) {
	file, err := os.OpenFile(e.path("clock-"+names[r]), os.O_WRONLY, 0)
	if err == nil {
		data := binary.NativeEndian.AppendUint64(nil, uint64(int64(by/time.Second)))
		_, err = file.WriteAt(data, 0)
		_ = file.Close()
	}
	if err != nil {
		e.t.Error(err)
	}
}

// wall is by how much the time of day is off that an agent's last entries have.
func (e *estate) wall(of int) (off time.Duration, known bool) {
	ctx, end := context.WithTimeout(context.Background(), 5*time.Second)
	defer end()
	s := e.any()
	if s == nil {
		return 0, false
	}
	entries, err := e.clients[max(0, regionOf(s.Leader))].History(ctx, s.Index-min(s.Index, 20), 40)
	if err != nil || len(entries) == 0 || s.Leader != names[of] {
		return 0, false
	}
	return time.Until(entries[len(entries)-1].Wall).Round(time.Minute), true
}

// TestAClockIsStepped steps the time of day of one region after the other, by hours and back, of
// the leader while it leads as well. Nothing comes of it: no lease ends, nobody is elected, and no
// plan begins.
func TestAClockIsStepped(t *testing.T) {
	wanted(t, "FAULTS")
	t.Setenv("REDOUBT_BINARY", buildStepped(t))
	e := newEstate(t, false)
	epoch, term, leader := e.any().Epoch, e.any().Term, e.leader()
	for _, by := range []time.Duration{time.Hour, -backMost, 26 * time.Hour, 0} {
		for r := range regions {
			e.step(r, by)
			time.Sleep(3 * time.Second)
			if off, known := e.wall(r); r == leader && (!known || off != by) {
				t.Errorf("the leader's entries are off by %v (%v), want %v: it was not stepped", off, known, by)
			}
		}
		e.mustBeWell("a step", fmt.Sprint(by))
	}
	for _, wrong := range e.judge(true) {
		t.Error(wrong)
	}
	if s := e.any(); s.Epoch != epoch || s.Term != term || s.Leader != names[leader] {
		t.Errorf("epoch %d, term %d and %s lead, want %d, %d and %s as before", s.Epoch, s.Term, s.Leader,
			epoch, term, names[leader])
	}
	t.Log(e.summary())
}
