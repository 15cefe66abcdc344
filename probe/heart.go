package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"redoubt/failover"
)

// The heartbeat of a store is one row, in a table of the store itself. Each beat has a number, the
// epoch of the lease under which the store was open, and when it began to be written, by the clock
// of the server: whoever has it has all that was acknowledged before then.
const (
	makeTable = `create schema if not exists redoubt; ` +
		`create table if not exists redoubt.heartbeat (store text primary key, ` +
		`epoch bigint not null, beat bigint not null, at timestamptz not null)`
	writeBeat = `insert into redoubt.heartbeat as kept (store, epoch, beat, at) ` +
		`values ($1, $2::bigint, 1, clock_timestamp()) on conflict (store) do update ` +
		`set epoch = excluded.epoch, beat = kept.beat + 1, at = excluded.at ` +
		`where kept.epoch <= excluded.epoch returning beat`
)

// ErrSuperseded is of a beat in an epoch after which another one has written.
var ErrSuperseded = errors.New("a later epoch has written its heartbeat")

// Heart writes the heartbeat of a store, as the agent of the region does that holds its lease. The
// role that it connects as has to be allowed to make a schema, or be given the table.
type Heart struct {
	server *database
	store  string
}

// NewHeart makes the heart of a store, by its name in the scenario and a connection string.
func NewHeart(store, connection string, roots *x509.CertPool) (*Heart, error) {
	server, err := newDatabase(connection, roots)
	if err != nil {
		return nil, fmt.Errorf("probe: the address of %s %w", store, err)
	}
	return &Heart{server, store}, nil
}

// Beat writes one beat. It waits for no replica, so that what waits for one shows it.
func (h *Heart) Beat(ctx context.Context, epoch failover.Epoch) error {
	err := h.server.with(ctx, func(conn *pgconn.PgConn) error {
		if err := run(ctx, conn, "set synchronous_commit = local"); err != nil {
			return err
		}
		written, err := h.write(ctx, conn, epoch)
		var answered *pgconn.PgError
		const noTable, noSchema = "42P01", "3F000"
		if errors.As(err, &answered) && (answered.Code == noTable || answered.Code == noSchema) {
			if err := run(ctx, conn, makeTable); err != nil {
				return err
			}
			written, err = h.write(ctx, conn, epoch)
		}
		if err == nil && !written {
			return ErrSuperseded
		}
		return err
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrSuperseded):
		return fmt.Errorf("probe: write the heartbeat of %s in epoch %d: %w", h.store, epoch,
			ErrSuperseded)
	}
	return fmt.Errorf("probe: write the heartbeat of %s: %s", h.store, plain(ctx, err))
}

func (h *Heart) write(ctx context.Context, conn *pgconn.PgConn, epoch failover.Epoch) (
	written bool, err error,
) {
	found, err := row(ctx, conn, writeBeat, h.store, strconv.FormatUint(uint64(epoch), 10))
	return len(found) > 0, err
}

// run runs statements that answer nothing.
func run(ctx context.Context, conn *pgconn.PgConn, statements string) error {
	return conn.Exec(ctx, statements).Close()
}

// plain says what is wrong without a word of the connection string.
func plain(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return ctx.Err().Error()
	}
	return cause(err)
}
