//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// database is the cluster of a region.
type database struct {
	dir, data, address string
	programs           string
	// network and region are where it runs.
	network network
	region  int
}

// needed skips a test for what is missing, or fails where all tools have to be there.
func needed(t testing.TB, missing error) {
	t.Helper()
	if os.Getenv("REDOUBT_TOOLS") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// findPrograms is where PostgreSQL's are.
func findPrograms() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL server is installed here")
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// Ports are drawn below those that a kernel gives to whoever asks for any: what listens there later
// would else find somebody's connection on its port.
const (
	portMin = 12000
	portMax = 30000
)

// freeAddress is one on loopback that nobody listens on now, and that nobody else is given.
func freeAddress() (string, error) {
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", portMin+rand.IntN(portMax-portMin))
		if _, given := drawn.LoadOrStore(address, true); given {
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err == nil {
			return address, listener.Close()
		}
	}
	return "", errors.New("no port is free")
}

// drawn are the addresses that were given out.
var drawn sync.Map

// newDatabase makes a folder for a cluster, which belongs to whoever may run one.
func (e *estate) newDatabase(region int) (*database, error) {
	dir := e.path("database-" + names[region])
	d := &database{
		dir: dir, data: filepath.Join(dir, "data"), programs: e.programs, network: e.links,
		region: region,
	}
	var err error
	if d.address, err = e.links.address(region, false); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	if owner := ownerIDs(); owner != nil {
		return d, os.Chown(dir, int(owner.Uid), int(owner.Gid))
	}
	return d, nil
}

// ownerIDs is as whom PostgreSQL runs where this runs as root, and nil elsewhere.
func ownerIDs() *syscall.Credential {
	owner, err := user.Lookup("postgres")
	if err != nil || os.Geteuid() != 0 {
		return nil
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// run runs one of PostgreSQL's programs.
func (d *database) run(name string, arguments ...string) error {
	ctx, end := context.WithTimeout(context.Background(), 2*time.Minute)
	defer end()
	cmd := exec.CommandContext(ctx, filepath.Join(d.programs, name), arguments...)
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	if owner := ownerIDs(); owner != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: owner}
	}
	var out []byte
	err := d.network.within(d.region, func() (problem error) {
		out, problem = cmd.CombinedOutput()
		return problem
	})
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// options are what a server is started with. A commit waits for the other region.
func (d *database) options() []string {
	host, port, _ := strings.Cut(d.address, ":")
	var all []string
	for _, setting := range []string{
		"listen_addresses=" + host, "port=" + port, "unix_socket_directories=" + d.dir, "fsync=off",
		"wal_log_hints=on", "wal_keep_size=512MB", "max_wal_size=1GB", "autovacuum=off",
		"wal_retrieve_retry_interval=200ms", "log_min_messages=panic", "shared_buffers=16MB",
		"max_connections=200", "wal_receiver_timeout=5s", "wal_sender_timeout=5s",
		`synchronous_standby_names="` + names[0] + `", "` + names[1] + `"`,
	} {
		all = append(all, "-c", setting)
	}
	return all
}

// connect connects in the database's own region, in the name of somebody.
func (d *database) connect(ctx context.Context, who string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(conninfo(d.address, who))
	if err != nil {
		return nil, err
	}
	config.DialFunc = dialer(d.network, d.region)
	return pgx.ConnectConfig(ctx, config)
}

// query asks for one text, with a bound on how long that may take.
func (d *database) query(statement string, limit time.Duration) (answer string, err error) {
	ctx, end := context.WithTimeout(context.Background(), limit)
	defer end()
	conn, err := d.connect(ctx, "judge")
	if err != nil {
		return "", err
	}
	defer func() {
		closing, end := context.WithTimeout(context.Background(), time.Second)
		defer end()
		_ = conn.Close(closing) // It was asked, or its error says more.
	}()
	results, err := conn.PgConn().Exec(ctx, statement).ReadAll()
	if err != nil || len(results) == 0 {
		return "", err
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 && len(last.Rows[0]) > 0 {
		return string(last.Rows[0][0]), nil
	}
	return "", nil
}

// letIn lets every region in.
func (d *database) letIn() error {
	file, err := os.OpenFile(filepath.Join(d.data, "pg_hba.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString("host all,replication all 10.77.0.0/16 trust\n")
	return errors.Join(err, file.Close())
}

// patient is for how long whoever follows a server has it be silent. A walreceiver that connects
// heeds no other limit.
const patient = "tcp_user_timeout=10000 "

// tables are what the writers write to.
const tables = "create table samples (at bigint); create table ledger (id bigint, region int)"

// makeDatabases makes the cluster of the first region, and its copy in the second. Neither runs in
// the end.
func (e *estate) makeDatabases() error {
	first, second := e.databases[0], e.databases[1]
	err := first.run("initdb", "-D", first.data, "-U", "tester", "-A", "trust", "--no-sync",
		"--wal-segsize=1") // What a copy held alone is kept in whole segments.
	if err != nil {
		return err
	}
	if err := first.letIn(); err != nil {
		return err
	}
	host, port, _ := strings.Cut(first.address, ":")
	options := "-c port=" + port + " -c listen_addresses=" + host + " -c fsync=off " +
		"-c wal_log_hints=on -c unix_socket_directories=" + first.dir
	err = first.run("pg_ctl", "-D", first.data, "-w", "-l", filepath.Join(first.dir, "log"), "-o",
		options, "start")
	if err != nil {
		return err
	}
	_, err = first.query(tables, 20*time.Second)
	if err == nil {
		err = second.run("pg_basebackup", "-D", second.data, "-d",
			patient+conninfo(e.ways[1][0].database, names[1]), "-X", "stream", "-c", "fast",
			"-R", "--no-sync")
	}
	return errors.Join(err, first.run("pg_ctl", "-D", first.data, "-m", "fast", "-w", "stop"))
}
