package execute

import (
	"context"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"redoubt/failover"
)

// fence ends every epoch of the store below the action's own. A guard does that by itself. Without
// one the server is made a standby on disk before it is stopped, and that it was fenced is
// remembered before it is answered: it takes writes again only once somebody promotes it, or takes
// the file away, and asks nobody. A setting that only has transactions read is no fence, since each
// session may undo it.
func (p *PostgreSQL) fence(ctx context.Context, a failover.Action) Result {
	ends := max(a.Epoch, 1) - 1
	switch {
	case p.Guard != nil:
		word, err := p.Guard.Fence(ctx, ends)
		if err != nil || word.Fenced < ends {
			return unknown("the guard has fenced it up to %d, and %d was asked for: %v", word.Fenced, ends,
				err)
		}
		return done("the guard has fenced it up to %d", word.Fenced)
	case p.Copy == nil:
		return failed("neither its guard nor its files are within reach: nothing can fence it")
	}
	if fenced := p.Memory.Highest(p.fencedHere()); fenced < ends {
		if err := p.Memory.Raise(p.fencedHere(), ends); err != nil {
			return failed("%v", err)
		}
	}
	if p.isStandby(ctx) {
		return done("it is a standby")
	}
	if err := p.Copy.put(standbySignal, nil); err != nil {
		return failed("make it a standby: %v", err)
	}
	if err := p.Copy.stop(ctx); err != nil {
		return unknown("it is to be a standby, and did not stop: %v", err)
	}
	if p.Copy.runs() {
		return unknown("it was stopped, and its lock file is there")
	}
	if err := p.Copy.start(ctx); err != nil {
		return done("it was stopped, is to be a standby, and did not start: %v", err)
	}
	if so, seen := await(ctx, func() (bool, string) {
		return p.isStandby(ctx), "it does not answer as a standby"
	}); !so {
		return unknown("%s", seen)
	}
	return done("it is a standby")
}

// isStandby reports whether the server of this region is one, now and when it starts again.
func (p *PostgreSQL) isStandby(ctx context.Context) bool {
	if _, err := os.Stat(filepath.Join(p.Copy.Data, standbySignal)); err != nil {
		return false
	}
	result := p.here(ctx, func(conn *pgx.Conn) Result {
		if standby, err := inRecovery(ctx, conn); err != nil || !standby {
			return failed("%v", err)
		}
		return Result{Outcome: Done}
	})
	return result.Outcome == Done
}
