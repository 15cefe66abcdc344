package execute

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"redoubt/model"
)

// lsn is a place in a write-ahead log.
type lsn uint64

// endless is the end of a timeline that goes on.
const endless lsn = math.MaxUint64

// String writes a place as PostgreSQL does.
func (l lsn) String() string { return fmt.Sprintf("%X/%X", uint32(l>>32), uint32(l)) }

func parseLSN(text string) (lsn, error) {
	high, low, found := strings.Cut(strings.TrimSpace(text), "/")
	h, err1 := strconv.ParseUint(high, 16, 32)
	l, err2 := strconv.ParseUint(low, 16, 32)
	if !found || err1 != nil || err2 != nil {
		return 0, fmt.Errorf("%q is no place in a log", text)
	}
	return lsn(h<<32 | l), nil
}

// branch is a part of a cluster's history: one timeline, from where it begins to where the next one
// does.
type branch struct {
	timeline     uint32
	begins, ends lsn
}

// parseHistory reads a timeline's history file: a line for each timeline that it came from, with
// the place where that was left.
func parseHistory(text string, timeline uint32) ([]branch, error) {
	var all []branch
	begins := lsn(0)
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		number, err := strconv.ParseUint(fields[0], 10, 32)
		if err != nil || len(fields) < 2 {
			return nil, fmt.Errorf("%q is no line of a timeline's history", strings.TrimSpace(line))
		}
		ends, err := parseLSN(fields[1])
		if err != nil {
			return nil, err
		}
		all = append(all, branch{uint32(number), begins, ends})
		begins = ends
	}
	return append(all, branch{timeline, begins, endless}), nil
}

// split is where one history leaves another one: at which place in which timeline of its own.
type split struct {
	timeline uint32
	at       lsn
	// own are the parts of the one that the other has not.
	own []branch
	// shared is the last part that both histories have, and rest that part and what comes after.
	shared branch
	rest   []branch
	// clash says that both have timelines of one number that are not the same.
	clash bool
}

// parted finds where ours leaves theirs. It leaves it nowhere, false, when theirs goes on where
// ours is now; how far ours has come has to be seen then. Two timelines of one number are not the
// same when they began at different places; see apart for those that began at one.
func parted(ours, theirs []branch) (split, bool, error) {
	common := 0
	for common < min(len(ours), len(theirs)) &&
		ours[common].timeline == theirs[common].timeline &&
		ours[common].begins == theirs[common].begins {
		common++
	}
	if common == 0 {
		return split{}, false, errors.New("the two histories have nothing in common")
	}
	last := common - 1
	at := min(ours[last].ends, theirs[last].ends)
	s := split{timeline: ours[last].timeline, at: at, shared: ours[last], rest: ours[last:]}
	if at == endless {
		return s, false, nil
	}
	for i, part := range ours[last:] {
		s.clash = s.clash || i > 0 && slices.ContainsFunc(theirs, func(other branch) bool {
			return other.timeline == part.timeline
		})
		if part.begins = max(part.begins, at); part.begins < part.ends {
			s.own = append(s.own, part)
		}
	}
	return s, true, nil
}

// past is what a server says of its own past.
type past struct {
	system   string
	timeline uint32
	at       lsn
	history  []branch
}

// pastOf asks a server for its past, over the replication protocol.
func (p *PostgreSQL) pastOf(ctx context.Context, r model.RegionID) (past, error) {
	conn, err := p.dial(ctx, r, "true")
	if err != nil {
		return past{}, err
	}
	defer hangUp(conn)
	rows, err := conn.PgConn().Exec(ctx, "IDENTIFY_SYSTEM").ReadAll()
	if err != nil || len(rows) != 1 || len(rows[0].Rows) != 1 || len(rows[0].Rows[0]) < 3 {
		return past{}, fmt.Errorf("%s does not say which system it is: %w", p.Names.Region(r), err)
	}
	row := rows[0].Rows[0]
	number, err := strconv.ParseUint(string(row[1]), 10, 32)
	if err != nil {
		return past{}, err
	}
	at, err := parseLSN(string(row[2]))
	if err != nil {
		return past{}, err
	}
	found := past{system: string(row[0]), timeline: uint32(number), at: at}
	text := ""
	if found.timeline > 1 {
		rows, err := conn.PgConn().Exec(ctx, fmt.Sprintf("TIMELINE_HISTORY %d", number)).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0].Rows) != 1 || len(rows[0].Rows[0]) < 2 {
			return past{}, fmt.Errorf("%s does not have its history: %w", p.Names.Region(r), err)
		}
		text = string(rows[0].Rows[0][1])
	}
	found.history, err = parseHistory(text, found.timeline)
	return found, err
}

// follows reports whether a standby receives from whoever is on a timeline, and what it does
// instead.
func follows(ctx context.Context, conn *pgx.Conn, timeline uint32) (bool, string) {
	if standby, err := inRecovery(ctx, conn); err != nil || !standby {
		return false, errorOr(err, "it takes writes").Error()
	}
	var status string
	var received int
	err := conn.QueryRow(ctx, `select coalesce(max(status), 'nothing'), coalesce(max(received_tli), 0)
from pg_stat_wal_receiver`).Scan(&status, &received)
	if err != nil {
		return false, err.Error()
	}
	return status == "streaming" && uint32(received) == timeline,
		fmt.Sprintf("it is %s on timeline %d of %d", status, received, timeline)
}
