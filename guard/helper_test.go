package guard

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/failover"
)

// TestMain makes the test binary what the tests start as processes of their own: a cage, a store,
// and a guard with that store.
func TestMain(m *testing.M) {
	RunCage()
	switch {
	case len(os.Args) == 3 && os.Args[1] == "store":
		keepWriting(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "guard":
		guardAlone(os.Args[2])
	}
	os.Exit(m.Run())
}

// ledger is a store that writes the time into a file every millisecond while a flag lets it, in
// two processes, of which one has left the group and the session of the other.
type ledger struct {
	dir string
	// slow is how long it takes to open it.
	slow time.Duration
}

func (l ledger) flag() string { return filepath.Join(l.dir, "open") }

func (l ledger) Process() (Process, error) {
	if err := os.Remove(l.flag()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Process{}, err
	}
	self, err := os.Executable()
	return Process{Path: self, Arguments: []string{self, "store", l.dir}}, err
}

func (l ledger) Booted(ctx context.Context) error {
	return until(ctx, func() bool {
		_, err := os.Stat(filepath.Join(l.dir, "up"))
		return err == nil
	})
}

func (l ledger) Open(ctx context.Context, _ func(syscall.Signal) error) error {
	// The hardest case: it writes from the beginning of its promotion on.
	if err := os.WriteFile(l.flag(), nil, 0o600); err != nil {
		return err
	}
	select {
	case <-time.After(l.slow):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l ledger) Writes(context.Context) (bool, error) {
	_, err := os.Stat(l.flag())
	return err == nil, nil
}

// until waits for something, looking often.
func until(ctx context.Context, so func() bool) error {
	for !so() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// keepWriting is the store as a process.
func keepWriting(dir string) {
	if os.Getenv("LEDGER_CHILD") == "" {
		child := exec.Command(os.Args[0], os.Args[1:]...)
		child.Env = append(os.Environ(), "LEDGER_CHILD=1")
		child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
	}
	file, err := os.OpenFile(filepath.Join(dir, "writes"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		os.Exit(1)
	}
	if err := os.WriteFile(filepath.Join(dir, "up"), nil, 0o600); err != nil {
		os.Exit(1)
	}
	// One that a broken cage lets live on ends by itself.
	for began := Now(); Now().Sub(began) < time.Minute; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "open")); err == nil {
			fmt.Fprintln(file, int64(Now()))
		}
	}
}

// guardAlone is a guard as a process: it opens its store at once, for one ticket, and tells when
// that is over.
func guardAlone(dir string) {
	g, err := New(Config{Dir: dir, Terms: quick, Store: ledger{dir: dir}, First: true, Log: silent()})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	go func() { _ = g.Run(context.Background()) }()
	_ = until(context.Background(), func() bool {
		standing, err := g.Show(Grant{Epoch: 1, Ticket: g.Ticket(), Lease: quick.Lease})
		if err == nil {
			fmt.Println(int64(standing.Deadline))
		}
		return err == nil
	})
	select {}
}

// quick are terms that a test can wait for.
var quick = Terms{Lease: 1500 * time.Millisecond, Stop: 500 * time.Millisecond}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// needNamespaces skips where the kernel lets nobody make a namespace of processes.
func needNamespaces(t *testing.T) {
	t.Helper()
	c, err := startCage(Process{Path: "/bin/true", Arguments: []string{"true"}})
	if err == nil {
		<-c.ended
		return
	}
	needed(t, fmt.Errorf("no namespace of processes can be made here: %w", err))
}

// needed skips a test for what is missing, or fails where all tools have to be there.
func needed(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("REDOUBT_TOOLS") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// running is a guard that runs a ledger until the test is over.
func running(t *testing.T, store ledger, terms Terms) *Guard {
	t.Helper()
	return guarding(t, store, store.dir, terms)
}

// guarding is a guard that runs a store until the test is over, with its record in a directory.
func guarding(t *testing.T, store Store, dir string, terms Terms) *Guard {
	t.Helper()
	needNamespaces(t)
	g, err := New(Config{Dir: dir, Terms: terms, Store: store, First: true, Log: silent()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return g
}

// show shows a guard a ticket of its own as soon as it takes one.
func show(t *testing.T, g *Guard, epoch failover.Epoch) Standing {
	t.Helper()
	var last error
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	var standing Standing
	err := until(ctx, func() bool {
		standing, last = g.Show(Grant{Epoch: epoch, Ticket: g.Ticket(), Lease: time.Hour})
		return !errors.Is(last, ErrBooting)
	})
	if err = errors.Join(err, last); err != nil {
		t.Fatal(err)
	}
	return standing
}

// wrote are when a ledger was written to.
func (l ledger) wrote(t *testing.T) (times []Instant) {
	t.Helper()
	file, err := os.Open(filepath.Join(l.dir, "writes"))
	if err != nil {
		return nil
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		at, err := strconv.ParseInt(strings.TrimSpace(lines.Text()), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, Instant(at))
	}
	return times
}

// writes waits until a ledger was written to.
func (l ledger) writes(t *testing.T) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	if err := until(ctx, func() bool { return len(l.wrote(t)) > 0 }); err != nil {
		t.Fatal("nothing was written")
	}
}

// last is when a ledger was last written to, once it has been quiet for a while.
func (l ledger) last(t *testing.T) Instant {
	t.Helper()
	count := -1
	for began := Now(); Now().Sub(began) < 10*time.Second; time.Sleep(300 * time.Millisecond) {
		times := l.wrote(t)
		if len(times) == count && count > 0 {
			return times[count-1]
		}
		count = len(times)
	}
	t.Fatal("writes go on")
	return 0
}
