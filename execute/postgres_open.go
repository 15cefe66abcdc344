package execute

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redoubt/failover"
	"redoubt/model"
)

// fencedHere and promotedHere are what a memory keeps the epochs of a store under.
func (p *PostgreSQL) fencedHere() string { return "fenced " + p.Names.Store(p.Store) }

func (p *PostgreSQL) promotedHere() string { return "promoted " + p.Names.Store(p.Store) }

// promote has the server of this region take the writes. Where a guard runs it, the guard does,
// against the grant that the agent shows: then this waits for it. What was promoted is written to,
// in the name of the epoch, before it is called done.
func (p *PostgreSQL) promote(ctx context.Context, a failover.Action) Result {
	if fenced := p.Memory.Highest(p.fencedHere()); a.Epoch <= fenced {
		return failed("stale: epoch %d was fenced here, up to %d", a.Epoch, fenced)
	}
	if p.Guard != nil {
		if result := p.awaitGuard(ctx, a); result.Outcome != Done {
			return result
		}
	}
	return p.here(ctx, func(conn *pgx.Conn) Result {
		if result := p.openServer(ctx, conn, a); result.Outcome != Done {
			return result
		}
		if _, err := p.endDrain(ctx, conn); err != nil {
			return unknown("it takes writes, and what was left of a drain does not end: %v", err)
		}
		stands, err := p.recordEpoch(ctx, conn, a.Epoch)
		switch {
		case err != nil:
			return unknown("it takes writes, and was not written to: %v", err)
		case stands > a.Epoch:
			return failed("stale: epoch %d is over, it was promoted in epoch %d", a.Epoch, stands)
		}
		if err := p.Memory.Raise(p.promotedHere(), a.Epoch); err != nil {
			return unknown("%v", err)
		}
		return done("%s takes writes in epoch %d", p.Names.Region(p.Here), a.Epoch)
	})
}

// awaitGuard waits until the guard has opened the store in the action's epoch.
func (p *PostgreSQL) awaitGuard(ctx context.Context, a failover.Action) Result {
	stale := false
	so, seen := await(ctx, func() (bool, string) {
		word, err := p.Guard.Standing(ctx)
		if err != nil {
			return false, err.Error()
		}
		stale = word.Fenced >= a.Epoch || word.Epoch > a.Epoch
		open := word.Phase == guardOpen && word.Epoch == a.Epoch
		return open || stale, fmt.Sprintf("the guard has it %s in epoch %d, fenced up to %d", word.Phase,
			word.Epoch, word.Fenced)
	})
	switch {
	case stale:
		return failed("stale: epoch %d is over, %s", a.Epoch, seen)
	case !so: // It may yet be opened, by whoever shows the grant.
		return unknown("the guard has not opened it: %s", seen)
	}
	return Result{Outcome: Done}
}

// guardOpen is a guard's word for a store that takes writes.
const guardOpen = "open"

// openServer promotes a standby that no guard runs. One that a guard runs was opened before.
func (p *PostgreSQL) openServer(ctx context.Context, conn *pgx.Conn, a failover.Action) Result {
	standby, err := inRecovery(ctx, conn)
	if err != nil {
		return failed("%v", err)
	}
	stands, err := p.recordedEpoch(ctx, conn)
	switch {
	case err != nil:
		return failed("%v", err)
	case stands > a.Epoch:
		return failed("stale: epoch %d is over, what it has was promoted in epoch %d", a.Epoch, stands)
	case !standby:
		return Result{Outcome: Done}
	case p.Guard != nil:
		return unknown("the guard has opened it, and it is a standby")
	}
	// Its context ends this before the hour. It goes over in one piece: asked for, or not.
	promoted, err := ask[bool](ctx, conn, "select pg_promote(true, 3600)", pgx.QueryExecModeExec)
	switch {
	case err != nil:
		return unknown("it was to be promoted: %v", err)
	case !promoted:
		return unknown("it was to be promoted, and is not yet")
	}
	return Result{Outcome: Done}
}

// validate tries the server before traffic comes, or after: it answers, exactly one server takes
// the writes, and the target does where it was promoted in this epoch.
func (p *PostgreSQL) validate(ctx context.Context, a failover.Action) Result {
	writer, conn, err := p.writer(ctx)
	if err != nil {
		return failed("%v", err)
	}
	defer hangUp(conn)
	epoch, err := p.recordedEpoch(ctx, conn)
	if err != nil {
		return failed("%v", err)
	}
	promoted := p.Memory.Highest(p.promotedHere()) == a.Epoch
	switch {
	case epoch > a.Epoch:
		return failed("stale: epoch %d is over, %s was promoted in epoch %d", a.Epoch,
			p.Names.Region(writer), epoch)
	case promoted && (writer != p.Here || epoch != a.Epoch):
		return failed("%s takes the writes, in epoch %d", p.Names.Region(writer), epoch)
	}
	if _, err := conn.Exec(ctx, "begin read write"); err != nil {
		return failed("%s takes no write: %v", p.Names.Region(writer), err)
	}
	if _, err := ask[int64](ctx, conn, "select txid_current()"); err != nil {
		return failed("%s takes no write: %v", p.Names.Region(writer), err)
	}
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		return failed("%v", err)
	}
	return p.here(ctx, func(own *pgx.Conn) Result {
		if _, err := inRecovery(ctx, own); err != nil {
			return failed("%v", err)
		}
		return done("%s takes the writes, in epoch %d", p.Names.Region(writer), epoch)
	})
}

// settled are what the first process of a standby waits for when it has applied all that it has:
// names of wait events of PostgreSQL 12 and later.
var settled = []string{"RecoveryWalStream", "RecoveryWalAll", "RecoveryRetrieveRetryInterval"}

// position is how far a standby has come: what it has applied, once that is all that it has.
const positionQuery = `select pg_last_wal_replay_lsn()::text, coalesce((
	select wait_event from pg_stat_activity where backend_type = 'startup'), '')`

// catchUp waits until the server of this region has applied all that the fenced one has, which is a
// standby since.
func (p *PostgreSQL) catchUp(ctx context.Context, a failover.Action) Result {
	if a.Subject == p.Here {
		return done("it is the one that is left itself")
	}
	left, err := p.connectBooting(ctx, a.Subject)
	if err != nil {
		return failed("what it has to catch up with is not known: %v", err)
	}
	defer hangUp(left)
	goal := lsn(0)
	so, seen := awaitOn(ctx, left, func() (bool, string) {
		goal, err = settledAt(ctx, left)
		return err == nil, fmt.Sprintf("%s: %v", p.Names.Region(a.Subject), err)
	})
	if !so {
		return failed("what it has to catch up with is not known: %s", seen)
	}
	return p.here(ctx, func(conn *pgx.Conn) Result {
		so, seen := awaitOn(ctx, conn, func() (bool, string) {
			text, err := ask[string](ctx, conn, "select coalesce(pg_last_wal_replay_lsn(), '0/0')::text")
			if err != nil {
				return false, err.Error()
			}
			has, err := parseLSN(text)
			return err == nil && has >= goal, fmt.Sprintf("it has %s of %s", has, goal)
		})
		if !so {
			return failed("%s", seen)
		}
		return done("%s", seen)
	})
}

// bootPatience is for how long a server that was just fenced may answer nobody at all: it was
// ended, and is started again. One that answers that it recovers is waited for as long as there is
// time.
const bootPatience = 15 * time.Second

// connectBooting connects to a server that may just have been fenced, and boots.
func (p *PostgreSQL) connectBooting(ctx context.Context, r model.RegionID) (*pgx.Conn, error) {
	var conn *pgx.Conn
	var err error
	heard, over := time.Now(), false
	await(ctx, func() (bool, string) {
		if conn, err = p.connect(ctx, r); err == nil {
			return true, ""
		}
		const starting = "57P03" // cannot_connect_now, of PostgreSQL's errcodes.txt
		var refused *connectError
		if errors.As(err, &refused) && refused.code != "" {
			heard, over = time.Now(), refused.code != starting
		}
		return over || time.Since(heard) > bootPatience, ""
	})
	return conn, err
}

// settledAt is how far a standby has come that has applied all that it has. Asked before and after,
// it has to be the same: it may have received something in between.
func settledAt(ctx context.Context, conn *pgx.Conn) (lsn, error) {
	if standby, err := inRecovery(ctx, conn); err != nil || !standby {
		return 0, errorOr(err, "it takes writes, and was to be fenced")
	}
	var first, waits, second, still string
	if err := conn.QueryRow(ctx, positionQuery).Scan(&first, &waits); err != nil {
		return 0, err
	}
	if err := conn.QueryRow(ctx, positionQuery).Scan(&second, &still); err != nil {
		return 0, err
	}
	if first != second || !oneOf(settled, waits) || !oneOf(settled, still) {
		return 0, fmt.Errorf("it has applied %s and goes on (%q); only a role with pg_read_all_stats "+
			"sees when it does not", second, still)
	}
	return parseLSN(second)
}

func errorOr(err error, text string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s", text)
}

func oneOf(words []string, word string) bool {
	for _, candidate := range words {
		if candidate == word {
			return true
		}
	}
	return false
}

// drained is the setting with which a server that drains has new transactions only read.
const drained = "default_transaction_read_only"

// drain has new transactions only read, and waits for those that write. A session that says
// otherwise itself goes on writing: only the fence ends that.
func (p *PostgreSQL) drain(ctx context.Context) Result {
	return p.here(ctx, func(conn *pgx.Conn) Result {
		switch standby, err := inRecovery(ctx, conn); {
		case err != nil:
			return failed("%v", err)
		case standby:
			return done("it takes no writes anyway")
		}
		sees, err := ask[bool](ctx, conn, "select pg_has_role('pg_read_all_stats', 'usage')")
		if err != nil || !sees {
			return failed("the role does not see who writes, without pg_read_all_stats: %v", err)
		}
		if err := alter(ctx, conn, "alter system set "+drained+" = on"); err != nil {
			return unknown("it may drain: %v", err)
		}
		so, seen := awaitOn(ctx, conn, func() (bool, string) {
			writers, err := ask[int](ctx, conn, `select count(*) from pg_stat_activity
where backend_xid is not null and backend_type = 'client backend' and pid <> pg_backend_pid()`)
			return err == nil && writers == 0, fmt.Sprintf("%d transactions write (%v)", writers, err)
		})
		if !so {
			return unknown("new transactions only read, and %s", seen)
		}
		return done("new transactions only read, and none writes")
	})
}

// alter changes a setting of a server's own and has it read that.
func alter(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, statement := range append(statements, "select pg_reload_conf()") {
		if _, err := conn.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

// undrain has new transactions write again, where the server takes writes.
func (p *PostgreSQL) undrain(ctx context.Context) Result {
	return p.here(ctx, func(conn *pgx.Conn) Result {
		ended, err := p.endDrain(ctx, conn)
		if err != nil {
			return unknown("it may still drain: %v", err)
		}
		if !ended {
			return done("it did not drain")
		}
		return done("new transactions write again")
	})
}

// endDrain ends what a drain has left, and reports whether there was something.
func (p *PostgreSQL) endDrain(ctx context.Context, conn *pgx.Conn) (bool, error) {
	there, err := ask[bool](ctx, conn, `select exists (select from pg_file_settings
where name = '`+drained+`' and setting = 'on' and sourcefile like '%postgresql.auto.conf')`)
	if err != nil || !there {
		return false, err
	}
	return true, alter(ctx, conn, "alter system reset "+drained)
}

// rehearse looks whether the server could be promoted and written to, and changes nothing.
func (p *PostgreSQL) rehearse(ctx context.Context) Result {
	if p.Servers[p.Here].Control == "" {
		return done("this region has no copy")
	}
	var missing []string
	if p.Guard != nil {
		if _, err := p.Guard.Standing(ctx); err != nil {
			missing = append(missing, err.Error())
		}
	}
	if p.Copy != nil {
		if err := p.Copy.validate(); err != nil {
			missing = append(missing, err.Error())
		}
	}
	result := p.here(ctx, func(conn *pgx.Conn) Result {
		right, err := ask[bool](ctx, conn, `select rolsuper or (
	has_database_privilege(current_database(), 'create') and rolreplication and
	pg_has_role('pg_read_all_stats', 'usage') and
	has_function_privilege('pg_promote(boolean, integer)', 'execute'))
from pg_roles where rolname = current_user`)
		if err != nil || !right {
			missing = append(missing, fmt.Sprintf("the role lacks a right, see docs/execute.md (%v)", err))
		}
		return done("its server answers, and its role may do what is needed")
	})
	if result.Outcome == Done && len(missing) > 0 {
		return failed("%s", strings.Join(missing, "; "))
	}
	return result
}

// regions are those whose servers are known, but for one.
func (p *PostgreSQL) regions(but model.RegionID) (all []model.RegionID) {
	for r := range model.RegionID(model.MaxRegions) {
		if r != but && p.Servers[r].Control != "" {
			all = append(all, r)
		}
	}
	return all
}
