package execute

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

	"github.com/jackc/pgx/v5"

	"redoubt/guard"
	"redoubt/model"
)

// TestMain makes the test binary the cage of the guards that the tests run.
func TestMain(m *testing.M) {
	guard.RunCage()
	os.Exit(m.Run())
}

// cluster is a database cluster of a test.
type cluster struct {
	t       *testing.T
	dir     string
	data    string
	port    string
	program string // the directory of PostgreSQL's programs
	// options are what its server is started with.
	options []string
}

// programs is where PostgreSQL's are, or the test is skipped.
func programs(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("postgres")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
		if len(found) == 0 {
			needed(t, fmt.Errorf("no PostgreSQL server is installed here: %w", err))
		}
		path = found[len(found)-1]
	}
	return filepath.Dir(path)
}

// place makes a directory, and a free port, for a cluster.
func place(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, program: programs(t)}
	var err error
	if c.dir, err = os.MkdirTemp("", "copy"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(c.dir) })
	if os.Geteuid() == 0 {
		owner, err := user.Lookup("postgres")
		if err != nil {
			needed(t, err)
		}
		uid, _ := strconv.Atoi(owner.Uid)
		gid, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(c.dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.port = strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c.data = filepath.Join(c.dir, "data")
	c.options = []string{
		"-p", c.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + c.dir,
		"-c", "fsync=off", "-c", "wal_log_hints=on", "-c", "wal_keep_size=256MB",
		"-c", "max_wal_size=1GB", "-c", "wal_retrieve_retry_interval=200ms",
		"-c", "log_min_messages=panic", "-c", "autovacuum=off",
	}
	return c
}

// runs one of PostgreSQL's programs as the owner of the cluster.
func (c *cluster) run(name string, arguments ...string) {
	c.t.Helper()
	ctx, end := context.WithTimeout(context.Background(), time.Minute)
	defer end()
	cmd := exec.CommandContext(ctx, filepath.Join(c.program, name), arguments...)
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	if err := asOwner(cmd, c.dir); err != nil {
		c.t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil && !strings.Contains(err.Error(), "WaitDelay") {
		c.t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// newCluster makes a cluster that does not run yet.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := place(t)
	c.run("initdb", "-D", c.data, "-U", "tester", "-A", "trust", "--no-sync")
	return c
}

// replica makes a copy of a cluster that runs.
func (c *cluster) replica() *cluster {
	c.t.Helper()
	r := place(c.t)
	r.run("pg_basebackup", "-D", r.data, "-d", c.conninfo(), "-X", "stream", "-c", "fast", "-R",
		"--no-sync")
	return r
}

// conninfo is how the cluster is reached.
func (c *cluster) conninfo() string {
	return "host=127.0.0.1 port=" + c.port + " user=tester dbname=postgres"
}

// start runs the server, without a guard, until the test is over.
func (c *cluster) start() *cluster {
	c.t.Helper()
	c.run("pg_ctl", "-D", c.data, "-w", "-l", filepath.Join(c.dir, "log"), "-o",
		strings.Join(c.options, " "), "start")
	c.t.Cleanup(func() { c.kill() })
	return c
}

// configuredElsewhere has the files of configuration lie where the server finds them by its options
// alone.
func (c *cluster) configuredElsewhere() {
	c.t.Helper()
	for option, name := range map[string]string{
		"config_file": "postgresql.conf", "hba_file": "pg_hba.conf", "ident_file": "pg_ident.conf",
	} {
		path := filepath.Join(c.dir, name)
		if err := os.Rename(filepath.Join(c.data, name), path); err != nil {
			c.t.Fatal(err)
		}
		c.options = append(c.options, "-c", option+"="+path)
	}
}

// kill kills the server, as a lost machine does.
func (c *cluster) kill() {
	text, err := os.ReadFile(filepath.Join(c.data, "postmaster.pid"))
	if err != nil {
		return
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if number, err := strconv.Atoi(line); err == nil && number > 1 {
		server, err := os.FindProcess(number)
		if err != nil {
			return
		}
		_ = server.Signal(syscall.SIGQUIT) // An immediate shutdown, without a checkpoint.
		for range 200 {
			if _, err := os.Stat(filepath.Join(c.data, "postmaster.pid")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// try runs a statement.
func (c *cluster) try(statement string) (string, error) {
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	conn, err := pgx.Connect(ctx, c.conninfo())
	if err != nil {
		return "", err
	}
	defer hangUp(conn)
	rows, err := conn.PgConn().Exec(ctx, statement).ReadAll()
	if err != nil {
		return "", err
	}
	if last := rows[len(rows)-1]; len(last.Rows) > 0 && len(last.Rows[0]) > 0 {
		return string(last.Rows[0][0]), nil
	}
	return "", nil
}

// says runs a statement that has to go well.
func (c *cluster) says(statement string) string {
	c.t.Helper()
	answer, err := c.try(statement)
	if err != nil {
		c.t.Fatalf("%s: %v", statement, err)
	}
	return answer
}

// caughtUp waits until a replica has all that its primary has.
func (c *cluster) caughtUp(r *cluster) {
	c.t.Helper()
	at := c.says("select pg_current_wal_lsn()")
	soon(c.t, "the replica catches up", func() bool {
		got, err := r.try("select pg_last_wal_replay_lsn() >= '" + at + "'")
		return err == nil && got == "t"
	})
}

// executor is one of a region of a shop whose clusters are given by region.
func executor(t *testing.T, here model.RegionID, clusters ...*cluster) *PostgreSQL {
	t.Helper()
	work := t.TempDir()
	memory, err := OpenMemory(filepath.Join(work, "memory"))
	if err != nil {
		t.Fatal(err)
	}
	p := &PostgreSQL{
		Names: shop, Here: here, Memory: memory,
		Copy: &Copy{Data: clusters[here].data, Programs: clusters[here].program, Work: work},
	}
	for r, c := range clusters {
		p.Servers[r] = Server{Control: c.conninfo(), Follow: c.conninfo() + " application_name=" +
			strconv.Itoa(int(here))}
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}
