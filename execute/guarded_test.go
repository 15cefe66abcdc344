package execute

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/guard"
)

// fakeGuard is a guard that says what a test has it say.
type fakeGuard struct {
	phase         string
	epoch, fenced failover.Epoch
}

func (g *fakeGuard) Standing(context.Context) (guard.Word, error) {
	return guard.Word{Phase: g.phase, Epoch: g.epoch, Fenced: g.fenced}, nil
}

func (g *fakeGuard) Fence(context.Context, failover.Epoch) (guard.Word, error) {
	return guard.Word{}, errors.New("no")
}

func (g *fakeGuard) Rest(ctx context.Context) (guard.Word, error) { return g.Standing(ctx) }

func (g *fakeGuard) Boot(ctx context.Context) (guard.Word, error) { return g.Standing(ctx) }

// guardOf runs a cluster under a guard until the test is over, or it is ended.
func guardOf(t *testing.T, c *cluster) (client *guard.Client, end func()) {
	t.Helper()
	g, err := guard.New(guard.Config{
		Dir: t.TempDir(), First: true, Log: silent(),
		Terms: guard.Terms{Lease: time.Hour, Stop: 2 * time.Second},
		Store: guard.PostgreSQL{Data: c.data, Options: c.options},
	})
	if err != nil {
		t.Fatal(err)
	}
	socket := t.TempDir() + "/guard"
	listener, err := guard.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 2)
	go func() { ran <- g.Run(ctx) }()
	go func() { ran <- g.Serve(ctx, listener) }()
	ended := false
	end = func() {
		if cancel(); !ended {
			ended = true
			if err := errors.Join(<-ran, <-ran); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(end)
	return guard.NewClient(socket), end
}

// opens shows a guard a ticket of its own as soon as it takes one, as an agent does whose applied
// state has granted it.
func opens(t *testing.T, g *guard.Client, epoch failover.Epoch) {
	t.Helper()
	ticket, err := g.Ticket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	soon(t, "the guard takes a grant", func() bool {
		_, err = g.Show(t.Context(), guard.Grant{Epoch: epoch, Ticket: ticket, Lease: time.Hour})
		return !errors.Is(err, guard.ErrBooting)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// needGuard skips where nobody can make a namespace of processes.
func needGuard(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		if _, err := os.Stat("/proc/self/ns/user"); err != nil {
			needed(t, err)
		}
	}
}

// TestAFailoverUnderGuards has guards open, fence and rest what the executors promote and rewind.
func TestAFailoverUnderGuards(t *testing.T) {
	needGuard(t)
	paris := newCluster(t)
	atParis, endParis := guardOf(t, paris)
	opens(t, atParis, 1)
	soon(t, "paris opens", func() bool {
		_, err := paris.try("create table kept (n int)")
		return err == nil
	})
	oslo := paris.replica()
	atOslo, _ := guardOf(t, oslo)
	here, there := executor(t, 1, paris, oslo), executor(t, 0, paris, oslo)
	here.Guard, there.Guard = atOslo, atParis
	want(t, there.Do(timed(t, time.Minute), step(failover.Promote, 1)), Done, "")
	paris.says("insert into kept values (1)")
	soon(t, "oslo follows", func() bool {
		_, err := oslo.try("select n from kept")
		return err == nil
	})
	paris.caughtUp(oslo)
	rests(t, atOslo)
	paris.says("insert into kept select generate_series(2, 4)")
	want(t, there.Do(timed(t, time.Minute), step(failover.Fence, 5)), Done, "up to 4")
	rests(t, atParis) // It is lost: else oslo would receive from it what it lacks.
	boots(t, atOslo)
	promoted := make(chan Result)
	go func() { promoted <- here.Do(timed(t, time.Minute), step(failover.Promote, 5)) }()
	opens(t, atOslo, 5)
	want(t, <-promoted, Done, "oslo takes writes in epoch 5")
	want(t, here.Do(timed(t, time.Minute), step(failover.Repoint, 5)), Done,
		"paris is left to its reprotection")
	boots(t, atParis)
	rewindsUnderGuard(t, there, paris, oslo)
	endParis()
	if _, err := paris.try("select 1"); err == nil {
		t.Error("a server outlives its guard")
	}
}

// boots has a store that rests boot again.
func boots(t *testing.T, g *guard.Client) {
	t.Helper()
	if word, err := g.Boot(t.Context()); err != nil || word.Resting {
		t.Fatalf("got %+v and %v", word, err)
	}
}

// rests keeps a copy from receiving, and sending, any more.
func rests(t *testing.T, g *guard.Client) {
	t.Helper()
	if word, err := g.Rest(t.Context()); err != nil || !word.Resting {
		t.Fatalf("got %+v and %v", word, err)
	}
}

// rewindsUnderGuard has what paris holds alone be archived, and its copy rewound: once in good
// order, once after somebody was cut off in the middle.
func rewindsUnderGuard(t *testing.T, there *PostgreSQL, paris, oslo *cluster) {
	t.Helper()
	ctx := timed(t, 2*time.Minute)
	archive, rewind := step(failover.Archive, 6), step(failover.Rewind, 6)
	if got := there.Do(ctx, archive); got.Outcome != Done || got.Count != 1 {
		t.Fatalf("got %+v, want one transaction that oslo does not have", got)
	}
	want(t, there.Do(ctx, rewind), Done, "it was rewound, and follows oslo")
	oslo.says("insert into kept values (5)")
	oslo.caughtUp(paris)
	if got := paris.says("select sum(n) from kept"); got != "6" {
		t.Errorf("got %s, want what oslo has", got)
	}
	own, err := there.Copy.ownConfiguration()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(mark{ID: "6.3", Configuration: own})
	if err == nil {
		err = replaceFile(there.markPath(), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := there.Guard.Rest(ctx); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(paris.data+"/global/pg_control", 100); err != nil {
		t.Fatal(err)
	}
	look := rewind
	look.Look = true
	want(t, there.Do(ctx, look), Failed, "begun and not finished")
	want(t, there.Do(ctx, rewind), Done, "copied anew, since an earlier rewind had not ended")
	oslo.says("insert into kept values (6)")
	oslo.caughtUp(paris)
	if got := paris.says("select sum(n) from kept"); got != "12" {
		t.Errorf("got %s, want what oslo has", got)
	}
}

// handGuard is a guard whose store a test starts and stops by hand.
type handGuard struct {
	fakeGuard
	store *cluster
}

func (g *handGuard) Boot(ctx context.Context) (guard.Word, error) {
	g.store.start()
	return g.Standing(ctx)
}

// TestWhatWasKilledIsRecovered before it is rewound, and no more than that: a copy that was shut
// down in no order has no end that pg_rewind could begin from. Where its configuration lies, as
// Debian has it beside the data, changes nothing.
func TestWhatWasKilledIsRecovered(t *testing.T) {
	t.Run("with its configuration", func(t *testing.T) { recovered(t, func(*cluster) {}) })
	t.Run("configured elsewhere", func(t *testing.T) { recovered(t, (*cluster).configuredElsewhere) })
}

func recovered(t *testing.T, configure func(*cluster)) {
	t.Helper()
	paris := newCluster(t).start()
	paris.says("create table kept (n int)")
	oslo := paris.replica().start()
	paris.caughtUp(oslo)
	oslo.kill()
	paris.says("insert into kept values (1)")
	paris.kill()
	configure(paris)
	oslo.start()
	ctx := timed(t, 2*time.Minute)
	here, there := executor(t, 1, paris, oslo), executor(t, 0, paris, oslo)
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "")
	there.Guard = &handGuard{store: paris}
	if got := there.Do(ctx, step(failover.Archive, 6)); got.Outcome != Done || got.Count != 1 {
		t.Fatalf("got %+v, want what a server that is down holds alone to be counted", got)
	}
	want(t, there.Do(ctx, step(failover.Rewind, 6)), Done, "it was rewound, and follows oslo")
	if got := paris.says("select count(*) from kept"); got != "0" {
		t.Errorf("got %s rows", got)
	}
	if got := there.Do(ctx, step(failover.Rewind, 6)); !contains(got.Why, "it follows oslo") {
		t.Errorf("got %+v, want nothing to be done again", got)
	}
}
