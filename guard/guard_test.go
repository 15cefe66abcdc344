package guard

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWritesEndAtTheDeadline has a guard be shown one ticket, and no other.
func TestWritesEndAtTheDeadline(t *testing.T) {
	for name, slow := range map[string]time.Duration{
		"open": 0, "in the middle of a promotion": time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			store := ledger{dir: t.TempDir(), slow: slow}
			g := running(t, store, quick)
			standing := show(t, g, 1)
			store.writes(t)
			if last := store.last(t); last >= standing.Deadline.Add(quick.Stop) {
				t.Errorf("got a write %v after the deadline, and stopping takes %v at most",
					last.Sub(standing.Deadline), quick.Stop)
			}
			if _, err := g.Show(Grant{Epoch: 1, Ticket: g.Ticket(), Lease: quick.Lease}); err != nil &&
				!errors.Is(err, ErrBooting) {
				t.Errorf("got %v, want a new ticket to open the store again", err)
			}
		})
	}
}

// TestRenewalsKeepAStoreOpen shows ticket after ticket, each before the last one is over.
func TestRenewalsKeepAStoreOpen(t *testing.T) {
	store := ledger{dir: t.TempDir()}
	g := running(t, store, quick)
	renew := func() (Standing, bool) {
		standing, err := g.Show(Grant{Epoch: 1, Ticket: g.Ticket(), Lease: quick.Lease})
		return standing, err == nil && (standing.Phase == Opening || standing.Phase == Open)
	}
	last := show(t, g, 1)
	over, anew := last.Deadline.Add(2*quick.Lease), 0
	for Now() < over {
		time.Sleep(50 * time.Millisecond)
		standing, open := renew()
		if late := Now() >= last.Deadline; late && anew < 9 { // The machine stood still for that long.
			within(t, "it opens again", func() bool { last, open = renew(); return open })
			over, anew = last.Deadline.Add(2*quick.Lease), anew+1
			continue
		}
		if !open || standing.Deadline <= last.Deadline {
			t.Fatalf("got %+v after %+v, want the store to stay open", standing, last)
		}
		last = standing
	}
}

// TestAFenceStopsAndStays fences an open store: nothing is written after the answer, and the epoch
// is not opened again, nor by a guard that boots on what this one has recorded.
func TestAFenceStopsAndStays(t *testing.T) {
	store := ledger{dir: t.TempDir()}
	g := running(t, store, Terms{Lease: time.Hour, Stop: quick.Stop})
	show(t, g, 4)
	store.writes(t)
	fenced, err := g.Fence(t.Context(), 4)
	answered := Now()
	if err != nil || fenced != 4 {
		t.Fatalf("got epoch %d and %v, want 4", fenced, err)
	}
	if last := store.last(t); last > answered {
		t.Errorf("got a write %v after the fence was answered", last.Sub(answered))
	}
	ctx, end := context.WithTimeout(t.Context(), 20*time.Second)
	defer end()
	var refused error
	_ = until(ctx, func() bool {
		_, refused = g.Show(Grant{Epoch: 4, Ticket: g.Ticket(), Lease: time.Hour})
		return !errors.Is(refused, ErrBooting)
	})
	if refused == nil || !strings.Contains(refused.Error(), "was fenced") {
		t.Errorf("got %v, want a fenced epoch to be refused", refused)
	}
	record, err := readRecord(store.dir)
	if err != nil || record.Fenced != 4 {
		t.Errorf("got %+v and %v on disk, want epoch 4", record, err)
	}
	show(t, g, 5)
}

// TestAStoreThatStraysIsStopped has somebody else than the guard let a store take writes: it ends
// by itself, and a fence is answered only once it has.
func TestAStoreThatStraysIsStopped(t *testing.T) {
	for name, fence := range map[string]bool{"unasked": false, "before a fence is answered": true} {
		t.Run(name, func(t *testing.T) {
			store := ledger{dir: t.TempDir()}
			g := running(t, store, Terms{Lease: time.Hour, Stop: quick.Stop})
			// Again and again: the guard may see it before anything is written.
			within(t, "it strays", func() bool {
				g.mu.Lock()
				booted := g.booted
				g.mu.Unlock()
				if booted && store.Open(t.Context(), nil) != nil {
					t.Error("it cannot be opened")
				}
				return len(store.wrote(t)) > 0
			})
			may := Now().Add(watchEvery + quick.Stop)
			if fence {
				if _, err := g.Fence(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
				may = Now()
			}
			if last := store.last(t); last > may {
				t.Errorf("got a write %v after it had to end", last.Sub(may))
			}
		})
	}
}

// TestAFenceAnswersWhatIsOnDisk fences an epoch while the record cannot be written, and an older
// one: what failed is told to nobody.
func TestAFenceAnswersWhatIsOnDisk(t *testing.T) {
	store := ledger{dir: t.TempDir()}
	g := running(t, store, Terms{Lease: time.Hour, Stop: quick.Stop})
	if _, err := g.Fence(t.Context(), 5); err != nil {
		t.Fatal(err)
	}
	next := filepath.Join(store.dir, recordName+".next")
	if err := os.Mkdir(next, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Fence(t.Context(), 10); err == nil {
		t.Fatal("a fence that is not on disk was answered")
	}
	if fenced, err := g.Fence(t.Context(), 4); err != nil || fenced != 5 || g.Standing().Fenced != 5 {
		t.Errorf("got epoch %d, %v and %+v, want 5", fenced, err, g.Standing())
	}
	_, err := g.Show(Grant{Epoch: 10, Ticket: g.Ticket(), Lease: time.Hour})
	if !errors.Is(err, ErrBooting) && (err == nil || !strings.Contains(err.Error(), "was fenced")) {
		t.Errorf("got %v, want epoch 10 not to be opened all the same", err)
	}
}

// TestNobodyOutlivesAGuard starts a guard as a process of its own, and kills it, or has it stand
// still, or its cage: nothing is written for longer than the lease lets it.
func TestNobodyOutlivesAGuard(t *testing.T) {
	needNamespaces(t)
	for name, harm := range map[string]func(guard, cage int) error{
		"killed":       func(guard, _ int) error { return syscall.Kill(guard, syscall.SIGKILL) },
		"stopped":      func(guard, _ int) error { return syscall.Kill(guard, syscall.SIGSTOP) },
		"cage stopped": func(_, cage int) error { return syscall.Kill(cage, syscall.SIGSTOP) },
		"cage killed":  func(_, cage int) error { return syscall.Kill(cage, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			store := ledger{dir: t.TempDir()}
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			guard := exec.Command(self, "guard", store.dir)
			out, err := guard.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := guard.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				_ = guard.Process.Kill()
				_ = guard.Wait()
			}()
			lines := bufio.NewScanner(out)
			if !lines.Scan() {
				t.Fatal("the guard has said nothing")
			}
			deadline, err := strconv.ParseInt(lines.Text(), 10, 64)
			if err != nil {
				t.Fatal(lines.Text())
			}
			store.writes(t)
			harmed := Now()
			if err := harm(guard.Process.Pid, childOf(t, guard.Process.Pid)); err != nil {
				t.Fatal(err)
			}
			last, may := store.last(t), Instant(deadline).Add(quick.Stop)
			if strings.HasSuffix(name, "killed") {
				may = harmed.Add(quick.Stop)
			}
			if last > may {
				t.Errorf("got a write %v after it had to end", last.Sub(may))
			}
		})
	}
}

// TestACageThatHearsNothingIsEnded stops a cage, and renews until what it is told piles up: nobody
// waits for it, and the deadline comes.
func TestACageThatHearsNothingIsEnded(t *testing.T) {
	store := ledger{dir: t.TempDir()}
	g := running(t, store, Terms{Lease: time.Hour, Stop: quick.Stop})
	show(t, g, 1)
	store.writes(t)
	g.mu.Lock()
	cage := g.cage.first
	g.mu.Unlock()
	if err := cage.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var err error
	for range 100_000 {
		if _, err = g.Show(Grant{Epoch: 1, Ticket: g.Ticket(), Lease: time.Hour}); err != nil {
			break
		}
	}
	refused := Now()
	if err == nil {
		t.Fatal("a cage that hears nothing was told of a hundred thousand deadlines")
	}
	if last := store.last(t); last > refused.Add(quick.Stop) {
		t.Errorf("got a write %v after %v", last.Sub(refused), err)
	}
}

// childOf is the one child of a process.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(parent) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(text)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("the guard has no cage")
	return 0
}

// TestAGuardNeedsItsRecord boots guards where there is none, where it is damaged, and where another
// guard runs.
func TestAGuardNeedsItsRecord(t *testing.T) {
	dir := t.TempDir()
	make := func(first bool) (*Guard, error) {
		return New(Config{Dir: dir, Terms: quick, Store: ledger{dir: dir}, First: first, Log: silent()})
	}
	expect := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	_, err := make(false)
	expect(err, "has no guard's record")
	one, err := make(true)
	if err != nil {
		t.Fatal(err)
	}
	_, err = make(false)
	expect(err, "another guard runs")
	first := one.Ticket()
	if err := one.lock.Close(); err != nil {
		t.Fatal(err)
	}
	two, err := make(false)
	if err != nil {
		t.Fatal(err)
	}
	if again := two.Ticket(); again>>32 == first>>32 {
		t.Errorf("got ticket %x after %x, want another boot in it", again, first)
	}
	if err := two.lock.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, recordName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		bad := append([]byte(nil), data...)
		bad[i] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readRecord(dir); err == nil {
			t.Fatalf("byte %d may be wrong", i)
		}
		if err := os.WriteFile(path, data[:i], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readRecord(dir); err == nil {
			t.Fatalf("%d bytes suffice", i)
		}
	}
	_, err = make(false)
	expect(err, "is damaged")
}
