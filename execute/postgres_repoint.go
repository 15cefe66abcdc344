package execute

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"redoubt/failover"
	"redoubt/model"
)

// repoint has every other copy follow whoever writes. The one that is left may be out of reach, or
// hold what nobody else has: a reprotection sees to that.
func (p *PostgreSQL) repoint(ctx context.Context, a failover.Action) Result {
	writer, conn, err := p.writer(ctx)
	if err != nil {
		return failed("whom to follow is not known: %v", err)
	}
	defer hangUp(conn)
	found, err := p.pastOf(ctx, writer)
	if err != nil {
		return failed("whom to follow is not known: %v", err)
	}
	truth := copied{found, logOf(conn)}
	if p.Servers[writer].Follow == "" {
		return failed("how %s is followed is not configured", p.Names.Region(writer))
	}
	var missing, fine []string
	for _, r := range p.regions(writer) {
		name := p.Names.Region(r)
		left, err := p.follow(ctx, r, writer, truth)
		switch {
		case err == nil:
			fine = append(fine, name+" follows")
		case left && r == a.Subject:
			fine = append(fine, fmt.Sprintf("%s is left to its reprotection (%v)", name, err))
		default:
			missing = append(missing, fmt.Sprintf("%s does not follow: %v", name, err))
		}
	}
	if len(missing) > 0 {
		return failed("%s", strings.Join(append(missing, fine...), "; "))
	}
	return done("%s takes the writes; %s", p.Names.Region(writer), strings.Join(fine, "; "))
}

// follow has one copy follow the writer. With left it cannot, as it is: it is out of reach, or has
// gone its own way.
func (p *PostgreSQL) follow(
	ctx context.Context, r, writer model.RegionID, truth copied,
) (left bool, err error) {
	conn, err := p.connect(ctx, r)
	if err != nil {
		return true, err
	}
	defer hangUp(conn)
	if standby, err := inRecovery(ctx, conn); err != nil || !standby {
		return false, errorOr(err, "it takes writes")
	}
	own, err := p.pastOf(ctx, r)
	if err != nil {
		return true, err
	}
	if own.system != truth.system {
		return false, fmt.Errorf("it is no copy: its system is %s and not %s", own.system, truth.system)
	}
	size, err := ask[int64](ctx, conn, segmentQuery)
	if err != nil {
		return false, err
	}
	where, parts, err := apart(ctx, copied{own, logOf(conn)}, truth, uint64(size))
	switch {
	case err != nil:
		return false, err
	case parts && (where.clash || len(where.own) > 1 || own.at > where.at):
		return true, fmt.Errorf("it has come to %s, and parted at %s on timeline %d", own.at, where.at,
			where.timeline)
	}
	if err := pointAt(ctx, conn, p.Servers[writer].follows()); err != nil {
		return false, err
	}
	if so, seen := awaitOn(ctx, conn, func() (bool, string) {
		return follows(ctx, conn, truth.timeline)
	}); !so {
		return conn.IsClosed(), fmt.Errorf("%s", seen)
	}
	return false, nil
}

// segmentQuery asks how long a segment of the log is, in bytes.
const segmentQuery = "select setting::bigint from pg_settings where name = 'wal_segment_size'"

// pointAt has a standby follow another server. Slots are not known to a new primary before
// PostgreSQL 17, so that none is asked for.
func pointAt(ctx context.Context, conn *pgx.Conn, conninfo string) error {
	now, err := ask[string](ctx, conn, "select current_setting('primary_conninfo')")
	if err != nil {
		return fmt.Errorf("read what it follows: %w", err)
	}
	slot, err := ask[string](ctx, conn, "select current_setting('primary_slot_name')")
	if err != nil || now == conninfo && slot == "" {
		return err
	}
	return alter(ctx, conn, "alter system set primary_conninfo = "+literal(conninfo),
		"alter system set primary_slot_name = ''")
}

// literal is a text as SQL has it.
func literal(text string) string {
	quoted := strings.ReplaceAll(text, "'", "''")
	if strings.Contains(text, `\`) {
		return " E'" + strings.ReplaceAll(quoted, `\`, `\\`) + "'"
	}
	return "'" + quoted + "'"
}
