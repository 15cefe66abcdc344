package execute

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// surplus is what a copy holds and no other does.
type surplus struct {
	// Transactions are those that were committed, but for those that only count rows for the planner;
	// Rows are how many rows they put in, changed or took out.
	Transactions uint64 `json:"transactions"`
	Rows         uint64 `json:"rows"`
	// last is the place of the last record, 0 where there is none.
	last lsn
}

// tally counts what a log says, record by record.
type tally struct {
	surplus
	// open are the transactions that have not ended yet.
	open map[uint32]*changes
}

// changes are what one transaction has changed.
type changes struct {
	rows uint64
	// other says that it has changed something beside the planner's counts.
	other bool
}

var (
	recordLine = regexp.MustCompile(`^rmgr: (\S+)\s+len .*?, tx:\s+(\d+), ` +
		`lsn: ([0-9A-F]+/[0-9A-F]+), prev [0-9A-F]+/[0-9A-F]+, desc: (.*)$`)
	relationOf = regexp.MustCompile(`\brel \d+/\d+/(\d+)`)
	tuplesOf   = regexp.MustCompile(`\b(\d+) tuples\b|\bntuples: (\d+)`)
	partsOf    = regexp.MustCompile(`\bsubxacts:((?: \d+)+)`)
)

// The relations that a cluster is made with have numbers below firstOfUsers. The planner's counts
// are in those of plannerCounts, which autovacuum writes by itself.
const firstOfUsers = 16384

var plannerCounts = []uint64{2619, 3429}

// record counts one line of pg_waldump.
func (t *tally) record(line string) error {
	match := recordLine.FindStringSubmatch(line)
	if match == nil {
		return fmt.Errorf("pg_waldump says something else than a record: %q", printable(line))
	}
	at, err := parseLSN(match[3])
	if err != nil {
		return err
	}
	t.last = at
	number, err := strconv.ParseUint(match[2], 10, 32)
	if err != nil {
		return err
	}
	xid, what := uint32(number), match[4]
	switch manager := match[1]; {
	case manager == "Transaction":
		t.ends(xid, what)
	case xid == 0:
	case manager == "Heap" || manager == "Heap2":
		t.changes(xid, what)
	}
	return nil
}

// of is what a transaction has changed so far.
func (t *tally) of(xid uint32) *changes {
	if t.open == nil {
		t.open = map[uint32]*changes{}
	}
	if t.open[xid] == nil {
		t.open[xid] = &changes{}
	}
	return t.open[xid]
}

// changes counts rows.
func (t *tally) changes(xid uint32, what string) {
	relation := uint64(0)
	if match := relationOf.FindStringSubmatch(what); match != nil {
		relation, _ = strconv.ParseUint(match[1], 10, 64) // It is digits alone; 0 where too many.
	}
	kind, _, _ := strings.Cut(what, " ")
	kind, _, _ = strings.Cut(kind, "+")
	rows := uint64(0)
	switch kind {
	case "INSERT", "UPDATE", "HOT_UPDATE", "DELETE":
		rows = 1
	case "MULTI_INSERT":
		if match := tuplesOf.FindStringSubmatch(what); match != nil {
			rows, _ = strconv.ParseUint(match[1]+match[2], 10, 64)
		}
	default:
		return
	}
	c := t.of(xid)
	for _, counts := range plannerCounts {
		if relation == counts {
			return
		}
	}
	if c.other = true; relation >= firstOfUsers {
		c.rows += rows
	}
}

// ends counts a transaction that was committed, with its parts, and forgets one that was not.
func (t *tally) ends(xid uint32, what string) {
	kind, _, _ := strings.Cut(what, " ")
	all := []uint32{xid}
	if match := partsOf.FindStringSubmatch(what); match != nil {
		for field := range strings.FieldsSeq(match[1]) {
			if number, err := strconv.ParseUint(field, 10, 32); err == nil {
				all = append(all, uint32(number))
			}
		}
	}
	switch kind {
	case "COMMIT", "COMMIT_PREPARED":
	case "ABORT", "ABORT_PREPARED":
		for _, part := range all {
			delete(t.open, part)
		}
		return
	default:
		return
	}
	// One of which nothing is known has done what is not looked at here, or began before.
	known, other := false, false
	for _, part := range all {
		if c := t.open[part]; c != nil {
			known, other = true, other || c.other
			t.Rows += c.rows
			delete(t.open, part)
		}
	}
	if !known || other {
		t.Transactions++
	}
}

// endOfLog matches what pg_waldump says where a log ends: there is no other way to know.
var endOfLog = regexp.MustCompile(`error in WAL record at|could not find a valid record after|` +
	`could not find file "?[0-9A-F]{24}|could not open file "?[^"]*[0-9A-F]{24}"?: No such file`)

// count counts what a part of the log says. Its first segment has to be there: without it the log
// would seem to end where it begins.
func (c *Copy) count(ctx context.Context, part branch, size uint64, t *tally) error {
	first := segmentName(part.timeline, part.begins, size)
	if _, err := os.Stat(filepath.Join(c.Data, "pg_wal", first)); err != nil {
		return fmt.Errorf("the log from %s on timeline %d is no longer there: %w", part.begins,
			part.timeline, err)
	}
	arguments := []string{
		"-p", filepath.Join(c.Data, "pg_wal"), "-t", fmt.Sprint(part.timeline),
		"-s", part.begins.String(),
	}
	if part.ends != endless {
		arguments = append(arguments, "-e", part.ends.String())
	}
	return c.run(ctx, tool{name: "pg_waldump", arguments: arguments, hears: func(cmd *exec.Cmd) error {
		said := &tail{}
		cmd.Stderr = said
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		wrong := t.read(out)
		if wrong != nil {
			killGroup(cmd)
		}
		err = cmd.Wait()
		switch {
		case wrong != nil:
			return wrong
		case ctx.Err() != nil:
			return errEnded
		case err != nil && !endOfLog.MatchString(said.String()):
			return fmt.Errorf("pg_waldump: %w: %s", err, said)
		}
		return nil
	}})
}

// read counts lines until there are no more.
func (t *tally) read(from io.Reader) error {
	const longest = 1 << 20
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 1<<16), longest)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "rmgr: ") {
			if err := t.record(line); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// segments are the files of the log with the records of a part, in order. Every one has to be
// there.
func (c *Copy) segments(part branch, last lsn, size uint64) (names []string, err error) {
	end := max(last, part.begins)
	if part.ends != endless {
		end = part.ends - 1
	}
	for at := part.begins - part.begins%lsn(size); at <= end; at += lsn(size) {
		name := segmentName(part.timeline, at, size)
		if _, err := os.Stat(filepath.Join(c.Data, "pg_wal", name)); err != nil {
			return nil, errors.Join(fmt.Errorf("the log has a gap at %s", at), err)
		}
		names = append(names, name)
	}
	return names, nil
}
