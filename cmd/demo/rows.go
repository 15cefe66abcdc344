package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
)

// looked is what became of the rows that were acknowledged, each of them looked up.
type looked struct {
	Acknowledged int `json:"acknowledged"`
	Kept         int `json:"kept"`
	Lost         int `json:"lost"`
	// Unasked are rows that are there and were never acknowledged, of those that are in doubt.
	Unasked int `json:"there_and_never_acknowledged"`
	Doubted int `json:"sent_and_never_acknowledged"`
	// firstLost is the first one that is missing.
	firstLost *row
}

// lookUp looks up each row that was acknowledged, and counts the others.
func lookUp(ctx context.Context, conn *pgx.Conn, rows []row) (looked, error) {
	found := looked{Acknowledged: len(rows)}
	highest := int64(0)
	for i := range rows {
		var what string
		err := conn.QueryRow(ctx, "select what from orders where id = $1", rows[i].id).Scan(&what)
		highest = max(highest, rows[i].id)
		switch {
		case err == nil && what == rows[i].what:
			found.Kept++
		case err == nil:
			return found, fmt.Errorf("row %d says %q, and was acknowledged as %q", rows[i].id, what,
				rows[i].what)
		case errors.Is(err, pgx.ErrNoRows):
			if found.Lost++; found.firstLost == nil {
				found.firstLost = &rows[i]
			}
		default:
			return found, fmt.Errorf("look up row %d: %w", rows[i].id, err)
		}
	}
	var there int
	// The writer goes on while rows are looked up: those after the last one are not asked for.
	err := conn.QueryRow(ctx, "select count(*) from orders where id <= $1", highest).Scan(&there)
	found.Unasked = there - found.Kept
	return found, err
}

// left is what the region that was lost holds, from a copy of its files that nobody else touches.
type left struct {
	// ids are the numbers of its rows.
	ids map[int64]bool
	// beat is the newest heartbeat that it has written.
	beat int64
}

// lookAtCopy copies the files of a server that does not run, has the copy recover, and reads it.
func lookAtCopy(ctx context.Context, folder string, from *cluster) (found left, err error) {
	look := &cluster{
		databases: from.databases, name: from.name, dir: folder, data: filepath.Join(folder, "data"),
		address: from.address,
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		return found, fmt.Errorf("make a folder for a copy: %w", err)
	}
	if err := from.owner.owns(folder); err != nil {
		return found, err
	}
	cmd := exec.CommandContext(ctx, "cp", "-a", from.data, look.data)
	if out, err := cmd.CombinedOutput(); err != nil {
		return found, fmt.Errorf("copy the files of %s: %w: %s", from.address, err, out)
	}
	if err := os.Remove(filepath.Join(look.data, "postmaster.pid")); err != nil {
		return found, fmt.Errorf("free the copy: %w", err)
	}
	// Nobody but this looks at it: it listens on its socket alone.
	look.own = append(from.options(), "-c", "listen_addresses=", "-c",
		"unix_socket_directories="+folder, "-c", "synchronous_standby_names=")
	if err := look.start(ctx); err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, look.stop(ctx)) }()
	conn, err := look.local(ctx)
	if err != nil {
		return found, err
	}
	defer hangUp(conn)
	found.ids, err = idsOf(ctx, conn)
	if err != nil {
		return found, err
	}
	err = conn.QueryRow(ctx, "select beat from redoubt.heartbeat").Scan(&found.beat)
	return found, err
}

// idsOf are the numbers of all rows of a server.
func idsOf(ctx context.Context, conn *pgx.Conn) (map[int64]bool, error) {
	rows, err := conn.Query(ctx, "select id from orders")
	if err != nil {
		return nil, fmt.Errorf("read the orders: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	ids := map[int64]bool{}
	for _, id := range all {
		ids[id] = true
	}
	return ids, err
}

// archived is what the archive of a copy that was left says that it holds alone.
type archived struct {
	Transactions int `json:"transactions"`
	Rows         int `json:"rows"`
}

// readArchive reads what the agent of a region has archived. A copy that held nothing alone has
// left no archive.
func (e *estate) readArchive(r *region) (found archived, err error) {
	pattern := filepath.Join(e.folder, r.name+"-agent", "kept", storeName, "archive", "*",
		"manifest.json")
	paths, _ := filepath.Glob(pattern)
	switch len(paths) {
	case 0:
		return found, nil
	case 1:
	default:
		return found, fmt.Errorf("%s has %d archives of one loss", r.name, len(paths))
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		return found, fmt.Errorf("read an archive: %w", err)
	}
	return found, json.Unmarshal(text, &found)
}

// lossOf is for how long what was acknowledged is missing, up to when the region was lost.
func lossOf(found *looked, lost time.Time) time.Duration {
	if found.firstLost == nil {
		return 0
	}
	return lost.Sub(found.firstLost.known)
}
