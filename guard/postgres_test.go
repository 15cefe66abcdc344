package guard

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is a database cluster of a test, and how to ask it.
type cluster struct {
	PostgreSQL
	psql string
	port string
}

// newCluster makes a cluster, or skips where PostgreSQL is missing.
func newCluster(t *testing.T) cluster {
	t.Helper()
	server, err := findServer()
	if err != nil {
		needed(t, err)
	}
	dir, err := os.MkdirTemp("", "cluster")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	initdb := exec.Command(filepath.Join(filepath.Dir(server), "initdb"), "-D",
		filepath.Join(dir, "data"), "-U", "tester", "-A", "trust", "--no-sync")
	if os.Geteuid() == 0 { // PostgreSQL does not run as root.
		owner, err := user.Lookup("postgres")
		if err != nil {
			needed(t, err)
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		initdb.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
		}
	}
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return cluster{
		PostgreSQL: PostgreSQL{
			Data: filepath.Join(dir, "data"),
			Options: []string{"-p", port, "-c", "listen_addresses=127.0.0.1", "-c",
				"unix_socket_directories=" + dir, "-c", "log_min_messages=panic", "-c", "fsync=off"},
		},
		psql: filepath.Join(filepath.Dir(server), "psql"), port: port,
	}
}

// ask runs a statement.
func (c cluster) ask(statement string) (string, error) {
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	out, err := exec.CommandContext(ctx, c.psql, "-h", "127.0.0.1", "-p", c.port, "-U", "tester", "-d",
		"postgres", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// TestPostgreSQLUnderAGuard has a cluster boot as a standby, be opened, be written to, be fenced,
// and be opened again in another epoch.
func TestPostgreSQLUnderAGuard(t *testing.T) {
	needNamespaces(t)
	c := newCluster(t)
	g := guarding(t, c, t.TempDir(), Terms{Lease: time.Hour, Stop: time.Second})
	boots := func() {
		t.Helper()
		within(t, "it boots", func() bool { _, err := c.ask("select 1"); return err == nil })
		if _, err := c.ask("create table early (n int)"); err == nil ||
			!strings.Contains(err.Error(), "read-only") {
			t.Fatalf("got %v, want a cluster that boots to take no writes", err)
		}
	}
	boots()
	other, err := New(Config{Dir: t.TempDir(), Terms: quick, Store: c, First: true, Log: silent()})
	if err != nil {
		t.Fatal(err)
	}
	err = other.Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "a server runs on") {
		t.Errorf("got %v, want a second guard to leave the cluster alone", err)
	}
	show(t, g, 1)
	within(t, "it opens", func() bool { return g.Standing().Phase == Open })
	if _, err := c.ask("create table kept (n int); insert into kept values (1)"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Fence(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.ask("insert into kept values (9)"); err == nil {
		t.Error("a row was committed after the fence was answered")
	}
	boots()
	if got, err := c.ask("select count(*) from kept"); err != nil || got != "1" {
		t.Errorf("got %q rows and %v after the fence, want the one that was committed", got, err)
	}
	show(t, g, 2)
	within(t, "it opens again", func() bool { return g.Standing().Phase == Open })
	if _, err := c.ask("insert into kept values (2)"); err != nil {
		t.Error(err)
	}
}

// TestPostgreSQLStopsAtItsDeadline has one writer write for as long as it can.
func TestPostgreSQLStopsAtItsDeadline(t *testing.T) {
	needNamespaces(t)
	c := newCluster(t)
	terms := Terms{Lease: 6 * time.Second, Stop: time.Second}
	g := guarding(t, c, t.TempDir(), terms)
	standing := show(t, g, 1)
	within(t, "it opens", func() bool { return g.Standing().Phase == Open })
	if _, err := c.ask("create table kept (n int)"); err != nil {
		t.Fatal(err)
	}
	// One statement that inserts and commits for far longer than the lease lasts.
	_, err := c.ask("do $$ begin for i in 1..100000 loop insert into kept values (i); commit; " +
		"perform pg_sleep(0.01); end loop; end $$")
	if ended := Now(); err == nil || ended > standing.Deadline.Add(terms.Stop) {
		t.Errorf("got %v, %v after the deadline; want the writer to be cut off within %v", err,
			ended.Sub(standing.Deadline), terms.Stop)
	}
	within(t, "it boots", func() bool { _, err := c.ask("select 1"); return err == nil })
	if got, err := c.ask("select count(*) > 10 and pg_is_in_recovery() from kept"); got != "t" {
		t.Errorf("got %q and %v, want what was committed, in a standby", got, err)
	}
}

// within waits for something that takes seconds at most.
func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), 30*time.Second)
	defer end()
	if err := until(ctx, so); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
