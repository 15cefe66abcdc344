package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

// timed is a context for a step that has to come to an end.
func timed(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), limit)
	t.Cleanup(end)
	return ctx
}

// step is a step of a failover from paris to oslo.
func step(kind failover.StepKind, epoch failover.Epoch) failover.Action {
	a := promotion(epoch)
	a.Step = kind
	return a
}

// TestAFailoverWithoutAGuard goes all the way: a primary dies, its replica takes over, and what the
// old one held alone is counted, kept and undone.
func TestAFailoverWithoutAGuard(t *testing.T) {
	paris := newCluster(t).start()
	paris.says("create table kept (n int)")
	oslo := paris.replica().start()
	cellar := paris.replica().start()
	paris.says("insert into kept select generate_series(1, 100)")
	paris.caughtUp(oslo)
	paris.caughtUp(cellar)
	oslo.kill() // What is written now has nobody else.
	cellar.kill()
	paris.says("insert into kept values (101)")
	paris.says("insert into kept select generate_series(102, 107)")
	paris.says("update kept set n = -n where n > 105")
	paris.says("begin; insert into kept values (999); rollback")
	paris.says("begin; savepoint a; insert into kept values (108); release a; commit")
	paris.kill()
	oslo.start()
	cellar.start()

	here := executor(t, 1, paris, oslo, cellar)
	ctx := timed(t, time.Minute)
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "oslo takes writes in epoch 5")
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "") // Again is no harm.
	want(t, here.Do(ctx, step(failover.Promote, 4)), Failed, "stale")
	want(t, here.Do(ctx, step(failover.Validate, 5)), Done, "oslo takes the writes, in epoch 5")
	want(t, here.Do(ctx, step(failover.Repoint, 5)), Done, "paris is left to its reprotection")
	oslo.says("insert into kept values (-1)")
	oslo.caughtUp(cellar)
	returnsTo(t, paris, oslo, cellar)
}

// returnsTo has what paris holds alone be archived, and its copy rewound.
func returnsTo(t *testing.T, paris, oslo, cellar *cluster) {
	t.Helper()
	ctx := timed(t, 2*time.Minute)
	there := executor(t, 0, paris, oslo, cellar)
	back := func(kind failover.StepKind) failover.Action {
		a := step(kind, 6)
		a.Subject, a.Target, a.Region = 0, 0, 0
		return a
	}
	want(t, there.Do(ctx, back(failover.Fence)), Done, "it is a standby")
	got := there.Do(ctx, back(failover.Archive))
	want(t, got, Done, "4 transactions with 10 rows")
	if got.Count != 4 {
		t.Errorf("got %d transactions, want 4", got.Count)
	}
	if again := there.Do(ctx, back(failover.Archive)); again.Count != got.Count {
		t.Errorf("got %+v the second time", again)
	}
	archived(t, there.Copy.Work)
	look := back(failover.Rewind)
	look.Look = true
	want(t, there.Do(ctx, look), Failed, "it was not rewound")
	want(t, there.Do(ctx, back(failover.Rewind)), Done, "it was rewound, and follows oslo")
	want(t, there.Do(ctx, look), Done, "it follows oslo")
	oslo.says("insert into kept values (-2)")
	oslo.caughtUp(paris)
	if got := paris.says("select count(*) from kept where n > 100"); got != "0" {
		t.Errorf("got %s rows that only the old primary had", got)
	}
	want(t, there.Do(ctx, back(failover.Archive)), Done, "it holds nothing that oslo has not")
	if _, err := paris.try("insert into kept values (7)"); err == nil {
		t.Error("a copy that was rewound takes writes")
	}
}

// archived holds what is in an archive.
func archived(t *testing.T, work string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(work, "archive", "*", manifestName))
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v and %v, want one archive", found, err)
	}
	text, err := os.ReadFile(found[0])
	var m manifest
	if err != nil || json.Unmarshal(text, &m) != nil || m.Transactions != 4 || len(m.Files) == 0 {
		t.Fatalf("got %s and %v", text, err)
	}
	for _, file := range m.Files {
		about, err := os.Stat(filepath.Join(filepath.Dir(found[0]), file.Name))
		if err != nil || about.Size() == 0 || len(file.Sum) != 64 {
			t.Errorf("%s: got %v", file.Name, err)
		}
	}
}

// TestPlannedWorkLosesNothing drains, fences, catches up, promotes, and has the old primary follow.
func TestPlannedWorkLosesNothing(t *testing.T) {
	paris := newCluster(t).start()
	paris.says("create table kept (n int)")
	oslo := paris.replica().start()
	there, here := executor(t, 0, paris, oslo), executor(t, 1, paris, oslo)
	ctx := timed(t, time.Minute)
	drain := step(failover.Drain, 5)
	want(t, there.Do(ctx, drain), Done, "none writes")
	if _, err := paris.try("insert into kept values (1)"); err == nil ||
		!strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v, want no new writes", err)
	}
	want(t, there.Do(ctx, step(failover.Undrain, 5)), Done, "write again")
	want(t, there.Do(ctx, step(failover.Undrain, 5)), Done, "did not drain")
	paris.says("insert into kept values (1)")
	want(t, there.Do(ctx, drain), Done, "none writes")
	want(t, there.Do(ctx, step(failover.Fence, 5)), Done, "it is a standby")
	want(t, there.Do(ctx, step(failover.Fence, 5)), Done, "it is a standby")
	want(t, there.Do(ctx, step(failover.Promote, 4)), Failed, "stale: epoch 4 was fenced here")
	want(t, here.Do(ctx, step(failover.CatchUp, 5)), Done, "it has")
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "")
	want(t, here.Do(ctx, step(failover.Repoint, 5)), Done, "paris follows")
	oslo.says("insert into kept values (2)")
	oslo.caughtUp(paris)
	if got := paris.says("select sum(n) from kept"); got != "3" {
		t.Errorf("got %s, want both rows", got)
	}
	goesBack(t, there, here, paris)
}

// goesBack has the one that was drained be promoted again, which ends the drain.
func goesBack(t *testing.T, there, here *PostgreSQL, paris *cluster) {
	t.Helper()
	ctx := timed(t, time.Minute)
	back := func(kind failover.StepKind) failover.Action {
		a := step(kind, 7)
		a.Subject, a.Target = 1, 0
		return a
	}
	want(t, here.Do(ctx, back(failover.Fence)), Done, "")
	want(t, there.Do(ctx, back(failover.CatchUp)), Done, "")
	want(t, there.Do(ctx, back(failover.Promote)), Done, "paris takes writes in epoch 7")
	paris.says("insert into kept values (3)")
	want(t, here.Do(ctx, step(failover.Promote, 5)), Failed, "stale")
	want(t, there.Do(ctx, step(failover.Validate, 5)), Failed, "stale: epoch 5 is over")
}

// TestWhoCatchesUpWaitsForWhoBoots has the one that was fenced be down for a while, as it is
// between the end of what a guard stops and its next boot.
func TestWhoCatchesUpWaitsForWhoBoots(t *testing.T) {
	paris := newCluster(t).start()
	oslo := paris.replica().start()
	here := executor(t, 1, paris, oslo)
	paris.caughtUp(oslo)
	paris.kill()
	if err := os.WriteFile(filepath.Join(paris.data, standbySignal), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ended := make(chan Result)
	ctx := timed(t, time.Minute)
	go func() { ended <- here.Do(ctx, step(failover.CatchUp, 5)) }()
	select {
	case got := <-ended:
		t.Fatalf("got %+v while the other one is down", got)
	case <-time.After(time.Second):
	}
	paris.start()
	want(t, <-ended, Done, "it has")
}

// TestWhatIsOutOfReachHasNotFailedOver has nobody answer, and somebody be cut off in between.
func TestWhatIsOutOfReachHasNotFailedOver(t *testing.T) {
	paris := newCluster(t).start()
	oslo := paris.replica().start()
	here := executor(t, 1, paris, oslo)
	oslo.kill()
	ctx := timed(t, time.Minute)
	for _, kind := range []failover.StepKind{
		failover.Promote, failover.CatchUp, failover.Drain, failover.Undrain,
	} {
		want(t, here.Do(timed(t, 2*time.Second), step(kind, 5)), Failed, "")
	}
	want(t, here.Do(ctx, step(failover.Repoint, 5)), Failed, "oslo does not follow")
	want(t, here.Do(ctx, step(failover.Shift, 5)), Failed, "a database does not do the step shift")
	rewind := step(failover.Rewind, 5)
	rewind.Look = true
	paris.kill()
	want(t, here.Do(ctx, rewind), Unknown, "whom to follow is not known")
	oslo.start()
	here.Guard = &fakeGuard{phase: "opening", epoch: 5}
	want(t, here.Do(timed(t, time.Second), step(failover.Promote, 5)), Unknown, "has not opened it")
	here.Guard = &fakeGuard{phase: "fenced", fenced: 5}
	want(t, here.Do(ctx, step(failover.Promote, 5)), Failed, "stale: epoch 5 is over")
}

// TestProgramsWaitForNobodyForEver has what PostgreSQL's programs are given say for how long a
// server may be silent, in both forms of a connection string.
func TestProgramsWaitForNobodyForEver(t *testing.T) {
	for _, text := range []string{"host=db user=x", "postgres://x@db/app?sslmode=allow"} {
		got, _, err := bare(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"keepalives_idle=10", "keepalives_interval=10", "keepalives_count=5", "tcp_user_timeout=60000",
		} {
			if !contains(got, want) {
				t.Errorf("%s: got %q, want %s in it", text, got, want)
			}
		}
	}
}

// Programs of the operator's stop and start a server as the agent's own user: a service manager
// asks who that is, and the owner of a cluster may do nothing there.
func TestOperatorsProgramsAreTheAgents(t *testing.T) {
	data, said := t.TempDir(), filepath.Join(t.TempDir(), "said")
	if os.Geteuid() == 0 {
		if err := os.Chown(data, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	c := &Copy{
		Data: data, Stop: append(script(t, `echo "$1 $(id -u)" >>`+said), "stop"),
		Start: append(script(t, `echo "$1 $(id -u)" >>`+said), "start"),
	}
	if err := errors.Join(c.stop(t.Context()), c.start(t.Context())); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(said)
	want := fmt.Sprintf("stop %d\nstart %[1]d\n", os.Geteuid())
	if err != nil || string(got) != want {
		t.Errorf("got %q and %v, want %q", got, err, want)
	}
}

// TestWhoeverFollowsConnectsAgain has primary_conninfo say for how long a server may be silent,
// unless that is configured.
func TestWhoeverFollowsConnectsAgain(t *testing.T) {
	for configured, want := range map[string]string{
		"":                               "",
		"host=db":                        "tcp_user_timeout=10000 host=db",
		"host=db tcp_user_timeout=3000":  "host=db tcp_user_timeout=3000",
		"postgres://db/":                 "postgres://db/?tcp_user_timeout=10000",
		"postgresql://db/?sslmode=allow": "postgresql://db/?sslmode=allow&tcp_user_timeout=10000",
	} {
		if got := (&Server{Follow: configured}).follows(); got != want {
			t.Errorf("%q: got %q, want %q", configured, got, want)
		}
	}
}

// TestConnectionStringsAreNotRepeated in errors or arguments.
func TestConnectionStringsAreNotRepeated(t *testing.T) {
	const before = "keepalives_count=5&keepalives_idle=10&keepalives_interval=10"
	const after = "tcp_user_timeout=60000"
	for text, plain := range map[string]string{
		"host=db password=hush-hush user=x":  patience.words() + "host=db  user=x",
		"password = 'hush \\' hush' host=db": patience.words() + "host=db",
		"postgres://x:hush-hush@db/app?sslmode=allow": "postgres://x@db/app?" + before +
			"&sslmode=allow&" + after,
		"postgres://x@db/app?password=hush-hush": "postgres://x@db/app?" + before + "&" + after,
	} {
		got, password, err := bare(text)
		if err != nil || got != plain || !contains(password, "hush") {
			t.Errorf("%s: got %q, %q and %v", text, got, password, err)
		}
	}
	p := &PostgreSQL{Names: shop, Memory: &Memory{}}
	p.Servers[0].Control = "host=127.0.0.1 port=1 password=hush-hush user=x sslmode=disable"
	want(t, p.Do(t.Context(), step(failover.Drain, 5)), Failed, "paris")
	if got := p.Do(t.Context(), step(failover.Drain, 5)); contains(got.Why, "hush") {
		t.Errorf("got %q", got.Why)
	}
	p.Servers[1].Control = "host=a,b,c password=hush-hush port=x"
	if err := p.Validate(); err == nil || contains(err.Error(), "hush") ||
		!contains(err.Error(), "the connection string (control) of orders in oslo is none") {
		t.Errorf("got %v", err)
	}
}

// TestTwinsAreNotTakenForOne has two copies be promoted at one place: both are on a timeline 2
// then, with the same history, and pg_rewind would find nothing to do.
func TestTwinsAreNotTakenForOne(t *testing.T) {
	paris := newCluster(t).start()
	paris.says("create table kept (n int)")
	oslo, cellar := paris.replica().start(), paris.replica().start()
	paris.caughtUp(oslo)
	paris.caughtUp(cellar)
	paris.kill()
	here, there := executor(t, 1, paris, oslo, cellar), executor(t, 2, paris, oslo, cellar)
	ctx := timed(t, 2*time.Minute)
	cellar.says("select pg_promote()")
	cellar.says("insert into kept values (1)")
	want(t, here.Do(ctx, step(failover.Promote, 5)), Done, "")
	oslo.says("insert into kept select generate_series(10, 500)")
	if one, other := timelineOf(oslo), timelineOf(cellar); one != other {
		t.Fatalf("they are on timelines %s and %s, and were to be on one", one, other)
	}
	a := step(failover.Fence, 6)
	a.Region, a.Target = 2, 2
	want(t, there.Do(ctx, a), Done, "it is a standby")
	want(t, here.Do(ctx, step(failover.Repoint, 5)), Failed, "cellar does not follow: it has come to")
	a.Step = failover.Archive
	if got := there.Do(ctx, a); got.Outcome != Done || got.Count != 1 {
		t.Errorf("got %+v, want what cellar alone has to be counted", got)
	}
	a.Step = failover.Rewind
	want(t, there.Do(ctx, a), Done, "copied anew, since both have a timeline of one number")
	if got := cellar.says("select count(*) from kept where n = 1"); got != "0" {
		t.Errorf("got %s rows that only cellar had", got)
	}
	want(t, there.Do(ctx, a), Done, "it follows oslo")
}

// TestACopyThatFollowsHoldsNothingAlone has a copy be archived while it follows a writer who never
// rests: what it got since its writer was looked at is nothing of its own.
func TestACopyThatFollowsHoldsNothingAlone(t *testing.T) {
	paris := newCluster(t).start()
	paris.says("create table kept (n int)")
	oslo := paris.replica().start()
	paris.caughtUp(oslo)
	there := executor(t, 1, paris, oslo)
	written := make(chan error, 1)
	go func() {
		_, err := paris.try("do $$ begin for i in 1..1500 loop insert into kept values (i); commit; " +
			"perform pg_sleep(0.001); end loop; end $$")
		written <- err
	}()
	a := step(failover.Archive, 6)
	a.Region, a.Target = 1, 1
	for range 20 {
		want(t, there.Do(timed(t, time.Minute), a), Done, "it holds nothing that paris has not")
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// timelineOf is the timeline on which a server writes.
func timelineOf(c *cluster) string {
	c.says("checkpoint")
	return c.says("select timeline_id from pg_control_checkpoint()")
}
