package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The roles of the databases: who carries out the steps of plans, without being a superuser; who
// writes orders; and who the demo is where it looks or makes things.
const (
	operatorRole = "redoubt"
	writerRole   = "writer"
	ownerRole    = "demo"
)

// schema is what the databases hold, and what the roles may do. Those of the operator are what
// docs/execute.md lists.
const schema = `
create role redoubt login replication password '%[1]s';
create role writer login password '%[1]s';
grant pg_monitor, pg_checkpoint to redoubt;
grant create, connect on database postgres to redoubt;
grant execute on function pg_promote(boolean, integer), pg_reload_conf(),
	pg_show_all_file_settings() to redoubt;
grant select on pg_file_settings to redoubt;
grant alter system on parameter default_transaction_read_only, primary_conninfo,
	primary_slot_name to redoubt;
grant execute on function pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean),
	pg_read_binary_file(text), pg_read_binary_file(text, bigint, bigint, boolean) to redoubt;
create table orders (
	id bigint primary key, what text not null, taken timestamptz not null default now());
create table tried (at timestamptz not null default now());
grant select, insert on orders to writer;
`

// access lets every role in by its password, over loopback.
const access = `local all demo trust
host all all 127.0.0.0/8 scram-sha-256
host replication redoubt 127.0.0.0/8 scram-sha-256
`

// databases are what the clusters of a run have in common.
type databases struct {
	programs string
	owner    owner
	port     int
	// secret is the password of all roles, which stands in passfile.
	secret, passfile string
}

// openDatabases makes the password, and the file that clients have it from.
func openDatabases(folder, programs string, who owner, port int) (*databases, error) {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:]) // It never fails, and says so.
	d := &databases{
		programs: programs, owner: who, port: port, secret: hex.EncodeToString(bytes[:]),
		passfile: filepath.Join(folder, "passfile"),
	}
	line := "*:*:*:*:" + d.secret + "\n"
	if err := os.WriteFile(d.passfile, []byte(line), 0o600); err != nil {
		return nil, fmt.Errorf("write the passfile: %w", err)
	}
	return d, who.owns(d.passfile)
}

// conninfo is how a role connects to the server at an address.
func (d *databases) conninfo(role, address string, port int) string {
	return fmt.Sprintf("host=%s port=%d user=%s dbname=postgres passfile=%s connect_timeout=3",
		address, port, role, d.passfile)
}

// cluster is one region's copy.
type cluster struct {
	*databases
	// dir holds data, its files, and the server's socket; name is its region's.
	name, dir, data, address string
	// synchronous is the name of the standby that has to have applied what is acknowledged.
	synchronous string
	// own are options in place of those that a region's server has.
	own []string
}

func (d *databases) cluster(folder string, r *region) (*cluster, error) {
	c := &cluster{
		databases: d, name: r.name, dir: folder, data: filepath.Join(folder, "data"),
		address: r.address,
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of a database: %w", err)
	}
	return c, d.owner.owns(folder)
}

// options are what the server is started with. It syncs to disk as any other: a region that is lost
// here loses no more than its processes, but nothing should look faster than it is.
func (c *cluster) options() []string {
	if c.own != nil {
		return c.own
	}
	all := []string{
		"-p", strconv.Itoa(c.port), "-c", "listen_addresses=" + c.address,
		"-c", "unix_socket_directories=" + c.dir, "-c", "cluster_name=" + c.name,
		"-c", "wal_log_hints=on",
		"-c", "wal_keep_size=512MB", "-c", "wal_retrieve_retry_interval=200ms",
		"-c", "autovacuum=off",
	}
	if c.synchronous != "" {
		all = append(all, "-c", "synchronous_standby_names="+c.synchronous, "-c",
			"synchronous_commit=remote_apply")
	}
	return all
}

// run runs one of PostgreSQL's programs as the owner of the cluster.
func (d *databases) run(ctx context.Context, name string, arguments ...string) error {
	ctx, end := context.WithTimeout(ctx, time.Minute)
	defer end()
	cmd := exec.CommandContext(ctx, filepath.Join(d.programs, name), arguments...)
	cmd.Dir, cmd.WaitDelay = "/", time.Second
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	d.owner.runs(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(err.Error(), "WaitDelay") {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// start runs the server without a guard, as it is before there are any, and for a look at a copy.
func (c *cluster) start(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", c.data, "-w", "-l", filepath.Join(c.dir, "plain.log"), "-o",
		strings.Join(c.options(), " "), "start")
}

func (c *cluster) stop(ctx context.Context) error {
	return c.run(ctx, "pg_ctl", "-D", c.data, "-w", "-m", "fast", "stop")
}

// create makes a cluster with what the databases hold, and leaves it running.
func (c *cluster) create(ctx context.Context) error {
	err := c.run(ctx, "initdb", "-D", c.data, "-U", ownerRole, "-A", "trust", "-E", "UTF8",
		"--no-sync")
	if err != nil {
		return err
	}
	hba := filepath.Join(c.data, "pg_hba.conf")
	if err := os.WriteFile(hba, []byte(access), 0o600); err != nil {
		return fmt.Errorf("write who is let in: %w", err)
	}
	synchronous := c.synchronous
	c.synchronous = "" // There is no standby yet that could acknowledge.
	err = c.start(ctx)
	if c.synchronous = synchronous; err != nil {
		return err
	}
	conn, err := c.local(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	_, err = conn.Exec(ctx, fmt.Sprintf(schema, c.secret), pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return fmt.Errorf("make what the databases hold: %w", err)
	}
	return nil
}

// copyOf makes the cluster a copy of another one that runs, which follows it from an address.
func (c *cluster) copyOf(ctx context.Context, from *cluster, follow string) error {
	source := from.conninfo(operatorRole, from.address, from.port)
	err := c.run(ctx, "pg_basebackup", "-D", c.data, "-d", source, "-X", "stream", "-c", "fast",
		"--no-sync")
	if err != nil {
		return err
	}
	settings := filepath.Join(c.data, "postgresql.auto.conf")
	text := "primary_conninfo = '" + strings.ReplaceAll(follow, "'", "''") + "'\n"
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write whom a copy follows: %w", err)
	}
	return nil
}

// local connects as the owner, over the server's socket.
func (c *cluster) local(ctx context.Context) (*pgx.Conn, error) {
	ctx, end := context.WithTimeout(ctx, 3*time.Second)
	defer end()
	conn, err := pgx.Connect(ctx, fmt.Sprintf("host=%s port=%d user=%s dbname=postgres", c.dir, c.port,
		ownerRole))
	if err != nil {
		return nil, fmt.Errorf("connect to the database at %s: %w", c.address, err)
	}
	return conn, nil
}

// hangUp closes a connection, also when its context is over.
func hangUp(conn *pgx.Conn) {
	ctx, end := context.WithTimeout(context.Background(), time.Second)
	defer end()
	_ = conn.Close(ctx) // What was asked was answered, or its error says more.
}
