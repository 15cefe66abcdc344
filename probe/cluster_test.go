package probe_test

import (
	"context"
	"errors"
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

// password is that of the one role of a cluster of a test.
const password = "hunter2-is-no-secret"

// cluster is a PostgreSQL server of a test, on loopback.
type cluster struct {
	programs, dir, port string
	owner               *syscall.Credential
	process             *os.Process
}

// findPrograms is where the programs of PostgreSQL are.
func findPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err == nil && len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("postgres")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", errors.New("no PostgreSQL server is installed here")
	}
	return filepath.Dir(path), nil
}

// newCluster is a place for a cluster, or skips where PostgreSQL is missing.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	programs, err := findPrograms()
	if err != nil {
		needed(t, err)
	}
	dir, err := os.MkdirTemp("", "probe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := &cluster{programs: programs, dir: dir}
	_, c.port, _ = net.SplitHostPort(nobody(t))
	if os.Geteuid() != 0 { // PostgreSQL does not run as root.
		return c
	}
	owner, err := user.Lookup("postgres")
	if err != nil {
		needed(t, err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	c.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs a program of PostgreSQL as who owns the cluster.
func (c *cluster) run(t *testing.T, program string, arguments ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(c.programs, program), arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	cmd.Dir = c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", program, err, out)
	}
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// address is a connection string, with a password or without.
func (c *cluster) address(password string) string {
	return fmt.Sprintf("postgres://tester:%s@127.0.0.1:%s/postgres?sslmode=disable", password, c.port)
}

// start starts the server until the test is over, in a group of processes of its own.
func (c *cluster) start(t *testing.T) {
	t.Helper()
	cmd := exec.Command(filepath.Join(c.programs, "postgres"), "-D", c.data(), "-p", c.port, "-c",
		"listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+c.dir, "-c", "fsync=off", "-c",
		"log_min_messages=panic", "-c", "wal_receiver_status_interval=1s", "-c",
		"wal_retrieve_retry_interval=200ms")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Setpgid: true}
	cmd.Dir = c.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.process = cmd.Process
	t.Cleanup(func() {
		c.signal(syscall.SIGCONT)
		_ = cmd.Process.Signal(syscall.SIGQUIT)
		_ = cmd.Wait()
	})
	within(t, "the server starts", func() bool { _, err := c.ask("select 1"); return err == nil })
}

// signal sends a signal to every process of the server.
func (c *cluster) signal(s syscall.Signal) {
	_ = syscall.Kill(-c.process.Pid, s)
	if children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", c.process.Pid,
		c.process.Pid)); err == nil {
		for _, child := range strings.Fields(string(children)) {
			if pid, err := strconv.Atoi(child); err == nil {
				_ = syscall.Kill(pid, s) // Each has a group of its own.
			}
		}
	}
}

// primary starts a new cluster.
func primary(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	file := filepath.Join(c.dir, "password")
	if err := os.WriteFile(file, []byte(password), 0o644); err != nil {
		t.Fatal(err)
	}
	c.run(t, "initdb", "-D", c.data(), "-U", "tester", "-A", "scram-sha-256", "--pwfile", file,
		"--no-sync")
	c.start(t)
	return c
}

// replica starts a replica of a cluster.
func (c *cluster) replica(t *testing.T) *cluster {
	t.Helper()
	r := newCluster(t)
	r.run(t, "pg_basebackup", "-d", c.address(password), "-D", r.data(), "-R", "-X", "stream",
		"-c", "fast", "--no-sync")
	r.start(t)
	return r
}

// ask runs a statement.
func (c *cluster) ask(statement string) (string, error) {
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	out, err := exec.CommandContext(ctx, filepath.Join(c.programs, "psql"), c.address(password), "-X",
		"-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-c", statement).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// must runs a statement that succeeds.
func (c *cluster) must(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := c.ask(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// within waits for something that takes seconds at most.
func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	for began := time.Now(); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%s: not in half a minute", what)
		}
	}
}
