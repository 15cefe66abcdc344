package execute

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// Two copies that were promoted at the same place, each on its own, both take the next number for
// their timeline, and their histories do not differ. What tells them apart is what they have
// written: the first record after a promotion has the time in it.

// walReader reads a part of a file of a log, nil where there is no such file.
type walReader func(ctx context.Context, name string, offset, length uint64) ([]byte, error)

// logOf reads the log of a server.
func logOf(conn *pgx.Conn) walReader {
	return func(ctx context.Context, name string, offset, length uint64) ([]byte, error) {
		return ask[[]byte](ctx, conn, "select pg_read_binary_file('pg_wal/' || $1, $2, $3, true)", name,
			int64(offset), int64(length))
	}
}

// log reads the log of a copy whose server need not run.
func (c *Copy) log(_ context.Context, name string, offset, length uint64) ([]byte, error) {
	file, err := os.Open(filepath.Join(c.Data, "pg_wal", name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data := make([]byte, length)
	n, err := file.ReadAt(data, int64(offset))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return data[:n], nil
}

// probeBytes is how much of two logs is compared: more than the first record of a timeline has.
const probeBytes = 64

// copied is one of two copies: its past, and its log.
type copied struct {
	past
	log walReader
}

// apart finds where ours leaves theirs, by their histories, and where those are the same by what
// both have written. What can no longer be compared is an error: it is not taken to be the same.
func apart(ctx context.Context, ours, theirs copied, size uint64) (split, bool, error) {
	s, parts, err := parted(ours.history, theirs.history)
	if err != nil || s.shared.begins == 0 {
		return s, parts, err
	}
	// Both have this much of the timeline that they may share.
	end := s.shared.begins + probeBytes
	switch {
	case parts:
		end = s.at
	case ours.at != 0 && ours.timeline == s.shared.timeline:
		end = ours.at
		if theirs.timeline == s.shared.timeline {
			end = min(end, theirs.at)
		}
	}
	if end <= s.shared.begins {
		return s, parts, nil
	}
	last := end - 1
	from := max(s.shared.begins, end-min(end, probeBytes), last-last%lsn(size))
	mine, err := readLog(ctx, ours, s.shared.timeline, from, end, size)
	if err != nil {
		return s, parts, err
	}
	other, err := readLog(ctx, theirs, s.shared.timeline, from, end, size)
	if err != nil {
		return s, parts, err
	}
	if bytes.Equal(mine, other) {
		return s, parts, nil
	}
	return split{
		timeline: s.shared.timeline, at: s.shared.begins, shared: s.shared, rest: s.rest, own: s.rest,
		clash: true,
	}, true, nil
}

// readLog reads a part of a timeline's log within a segment. A later timeline begins its first
// segment with what it has of the one before.
func readLog(
	ctx context.Context, c copied, timeline uint32, from, end lsn, size uint64,
) ([]byte, error) {
	for _, part := range c.history {
		if part.timeline < timeline {
			continue
		}
		name := segmentName(part.timeline, from, size)
		data, err := c.log(ctx, name, uint64(from)%size, uint64(end-from))
		if err != nil || data != nil {
			return data, err
		}
	}
	return nil, fmt.Errorf("the log of timeline %d at %s is no longer there: whether both copies are "+
		"on the same one cannot be told", timeline, from)
}
