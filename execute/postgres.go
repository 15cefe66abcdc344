package execute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
)

// Guard is the guard of the store in this region, as guard.Client is one.
type Guard interface {
	// Fence returns when no epoch up to one is opened again and nothing runs that it ends.
	Fence(ctx context.Context, epoch failover.Epoch) (guard.Word, error)
	// Standing says how things are.
	Standing(ctx context.Context) (guard.Word, error)
	// Rest has the store end and stay down until Boot, and returns when nothing of it runs.
	Rest(ctx context.Context) (guard.Word, error)
	// Boot has it boot again, fenced.
	Boot(ctx context.Context) (guard.Word, error)
}

// Server is how the database of one region is reached.
type Server struct {
	// Control is the connection string that executors use, of a role that is a superuser, or may do
	// what docs/execute.md lists. Empty means that the region has no copy, or none to be reached.
	Control string
	// Follow is what primary_conninfo says in those who follow this server. Its password belongs into
	// a passfile: the servers keep it in a file, and may log it.
	Follow string
}

// PostgreSQL does the steps of one store that is a PostgreSQL cluster in each region.
type PostgreSQL struct {
	Names Names
	Store model.StoreID
	// Here is the region of this agent, and Servers are those of all regions.
	Here    model.RegionID
	Servers [model.MaxRegions]Server
	// Copy is the cluster on this machine, or nil where its files are out of reach: then nothing here
	// is fenced without a guard, archived or rewound.
	Copy *Copy
	// Guard runs the server of Copy, or is nil.
	Guard Guard
	// Memory keeps which epochs were fenced and promoted here.
	Memory *Memory
	// Writer is the region to which the store belongs in the agent's applied state; nil leaves that to
	// what the servers say.
	Writer func() model.RegionID
}

// Validate finds what is wrong, and says nothing that is in a connection string.
func (p *PostgreSQL) Validate() error {
	var wrong []error
	for r, server := range p.Servers {
		name := p.Names.Region(model.RegionID(r))
		for what, text := range map[string]string{"control": server.Control, "follow": server.Follow} {
			if text == "" {
				continue
			}
			if config, err := pgx.ParseConfig(text); err != nil || len(config.Fallbacks) > 1 {
				wrong = append(wrong, fmt.Errorf("the connection string (%s) of %s in %s is none, or "+
					"names several servers", what, p.Names.Store(p.Store), name))
			}
		}
	}
	if p.Memory == nil {
		wrong = append(wrong, errors.New("an executor of PostgreSQL needs a memory"))
	}
	if p.Copy != nil {
		wrong = append(wrong, p.Copy.validate())
	}
	return errors.Join(wrong...)
}

// Do does the steps that are about a database.
func (p *PostgreSQL) Do(ctx context.Context, a failover.Action) Result {
	switch a.Step {
	case failover.Promote:
		return p.promote(ctx, a)
	case failover.Fence:
		return p.fence(ctx, a)
	case failover.CatchUp:
		return p.catchUp(ctx, a)
	case failover.Drain:
		return p.drain(ctx)
	case failover.Undrain:
		return p.undrain(ctx)
	case failover.Repoint:
		return p.repoint(ctx, a)
	case failover.Validate, failover.Verify:
		return p.validate(ctx, a)
	case failover.Rehearse:
		return p.rehearse(ctx)
	case failover.Archive:
		return p.archive(ctx, a)
	case failover.Rewind:
		return p.rewind(ctx, a)
	case failover.Scale, failover.Shift, failover.Freeze, failover.Notify, failover.Divert:
	}
	return failed("a database does not do the step %s", StepName(a.Step))
}

// connectTimeout bounds how long one server may take to answer.
const connectTimeout = 5 * time.Second

// connect opens a connection to the server of a region.
func (p *PostgreSQL) connect(ctx context.Context, r model.RegionID) (*pgx.Conn, error) {
	return p.dial(ctx, r, "")
}

// dial opens a connection, of the replication protocol where that says "true".
func (p *PostgreSQL) dial(
	ctx context.Context, r model.RegionID, replication string,
) (*pgx.Conn, error) {
	name := p.Names.Region(r)
	if !r.Valid() || p.Servers[r].Control == "" {
		return nil, fmt.Errorf("no connection to %q is configured", name)
	}
	config, err := pgx.ParseConfig(p.Servers[r].Control)
	if err != nil {
		return nil, fmt.Errorf("the connection string of %s is none", name)
	}
	config.RuntimeParams["application_name"] = "redoubt"
	if replication != "" {
		config.RuntimeParams["replication"] = replication
		config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	}
	config.ConnectTimeout = connectTimeout
	limited, end := context.WithTimeout(ctx, connectTimeout)
	defer end()
	conn, err := pgx.ConnectConfig(limited, config)
	if err != nil {
		refused := &connectError{text: name + ": " + without(err.Error(), config.Password)}
		var answered *pgconn.PgError
		if errors.As(err, &answered) {
			refused.code = answered.Code
		}
		return nil, refused
	}
	return conn, nil
}

// connectError says why a server could not be connected to, without a password that may stand in
// what was said. The code is the server's own, or empty where none has answered.
type connectError struct{ text, code string }

func (e *connectError) Error() string { return e.text }

// without is a text in which a secret does not stand.
func without(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, "[hidden]")
}

// hangUp closes a connection, also when its context is over.
func hangUp(conn *pgx.Conn) {
	ctx, end := context.WithTimeout(context.Background(), time.Second)
	defer end()
	_ = conn.Close(ctx) // What was asked was answered, or its error says more.
}

// ask asks for one row of one server.
func ask[T any](
	ctx context.Context, conn *pgx.Conn, query string, args ...any,
) (answer T, err error) {
	err = conn.QueryRow(ctx, query, args...).Scan(&answer)
	return answer, err
}

// pause is how long to wait before something is looked at again.
const pause = 100 * time.Millisecond

// await looks until something is so, or the context is over. What was seen last is returned with
// it: in a look that the end of the context cut off, what the one before saw.
func await(ctx context.Context, look func() (bool, string)) (bool, string) {
	so, seen := look()
	for !so {
		select {
		case <-ctx.Done():
			return false, seen
		case <-time.After(pause):
		}
		now := ""
		if so, now = look(); so || !over(ctx) {
			seen = now
		}
	}
	return true, seen
}

// awaitOn is await by what one connection says: where that is lost, nothing will be so any more.
func awaitOn(
	ctx context.Context, conn *pgx.Conn, look func() (bool, string),
) (so bool, seen string) {
	_, seen = await(ctx, func() (bool, string) {
		now := ""
		so, now = look()
		return so || conn.IsClosed(), now
	})
	return so, seen
}

// over reports whether a context is, which may be some microseconds before it says so itself: what
// has its deadline fails at once then.
func over(ctx context.Context) bool {
	deadline, has := ctx.Deadline()
	return ctx.Err() != nil || has && !time.Now().Before(deadline)
}

// here runs something on the server of this region.
func (p *PostgreSQL) here(
	ctx context.Context, do func(conn *pgx.Conn) Result,
) Result {
	conn, err := p.connect(ctx, p.Here)
	if err != nil {
		return failed("nothing was done: %v", err)
	}
	defer hangUp(conn)
	return do(conn)
}

// epochTable is where a primary keeps in which epoch it was promoted. It is replicated, and tells
// two primaries apart.
const epochTable = `create schema if not exists redoubt;
create table if not exists redoubt.epochs (
	store text primary key, epoch bigint not null, region text not null,
	promoted_at timestamptz not null default now())`

// recordEpoch writes that a store was promoted in an epoch, which shows that it takes writes. The
// epoch that stands there then is a later one where this one is stale. It waits for no replica: the
// new primary's may not follow yet.
func (p *PostgreSQL) recordEpoch(
	ctx context.Context, conn *pgx.Conn, epoch failover.Epoch,
) (stands failover.Epoch, err error) {
	for _, statement := range []string{
		"set synchronous_commit = local", "set default_transaction_read_only = off", epochTable,
	} {
		if _, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return 0, err
		}
	}
	_, err = conn.Exec(ctx, `insert into redoubt.epochs as old (store, epoch, region)
values ($1, $2, $3) on conflict (store) do update
set epoch = excluded.epoch, region = excluded.region, promoted_at = now()
where old.epoch <= excluded.epoch`, p.Names.Store(p.Store), int64(epoch), p.Names.Region(p.Here))
	if err != nil {
		return 0, err
	}
	return p.recordedEpoch(ctx, conn)
}

// recordedEpoch is the epoch in which the writes that a server has were promoted last, or 0.
func (p *PostgreSQL) recordedEpoch(ctx context.Context, conn *pgx.Conn) (failover.Epoch, error) {
	there, err := ask[bool](ctx, conn, "select to_regclass('redoubt.epochs') is not null")
	if err != nil || !there {
		return 0, err
	}
	epoch, err := ask[int64](ctx, conn, "select epoch from redoubt.epochs where store = $1",
		p.Names.Store(p.Store))
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return failover.Epoch(epoch), err
}

// inRecovery reports whether a server is a standby.
func inRecovery(ctx context.Context, conn *pgx.Conn) (bool, error) {
	return ask[bool](ctx, conn, "select pg_is_in_recovery()")
}

// writer finds the server that takes the writes: of those that take any the one that was promoted
// last, unless the agent's state says another one.
func (p *PostgreSQL) writer(ctx context.Context) (model.RegionID, *pgx.Conn, error) {
	found, epoch, twice := model.NoRegion, failover.Epoch(0), false
	var kept *pgx.Conn
	said := model.NoRegion
	if p.Writer != nil {
		said = p.Writer()
	}
	var errs []error
	for r := range model.RegionID(model.MaxRegions) {
		if p.Servers[r].Control == "" || said.Valid() && r != said {
			continue
		}
		conn, of, err := p.writes(ctx, r)
		switch {
		case err != nil:
			errs = append(errs, err)
		case conn == nil:
		case found.Valid() && of <= epoch:
			twice = twice || of == epoch
			hangUp(conn)
		default:
			if kept != nil {
				hangUp(kept)
			}
			found, epoch, kept, twice = r, of, conn, false
		}
	}
	switch {
	case !found.Valid():
		return found, nil, errors.Join(append(errs, errors.New("no server takes writes"))...)
	case twice:
		hangUp(kept)
		return model.NoRegion, nil, fmt.Errorf("two servers take writes in epoch %d", epoch)
	}
	return found, kept, nil
}

// writes returns a connection to a server that takes writes, and the epoch it was promoted in.
func (p *PostgreSQL) writes(
	ctx context.Context, r model.RegionID,
) (*pgx.Conn, failover.Epoch, error) {
	conn, err := p.connect(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	standby, err := inRecovery(ctx, conn)
	if err != nil || standby {
		hangUp(conn)
		return nil, 0, err
	}
	epoch, err := p.recordedEpoch(ctx, conn)
	if err != nil {
		hangUp(conn)
		return nil, 0, err
	}
	return conn, epoch, nil
}
