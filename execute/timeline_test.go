package execute

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHistoriesPart where one leaves the other, and two timelines of one number are not the same.
func TestHistoriesPart(t *testing.T) {
	read := func(text string, timeline uint32) []branch {
		t.Helper()
		all, err := parseHistory(text, timeline)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	const first = "1\t0/3000148\tno recovery target specified\n"
	for name, c := range map[string]struct {
		ours, theirs []branch
		apart        bool
		timeline     uint32
		at           lsn
		own          []branch
	}{
		"the old primary": {read("", 1), read(first, 2), true, 1, 0x3000148,
			[]branch{{1, 0x3000148, endless}}},
		"the same":        {read(first, 2), read(first, 2), false, 0, 0, nil},
		"one that is far": {read("", 1), read(first+"\n2\t1/0\tx\n", 3), true, 1, 0x3000148, nil},
		"who is behind":   {read(first+"2\t1/0\tx\n", 3), read(first, 2), true, 2, 1 << 32, nil},
		"two of one number": {read(first, 2), read("1\t0/3000200\tx\n", 2), true, 1, 0x3000148,
			[]branch{{2, 0x3000148, endless}}},
		"opened again before": {read("1\t0/3000200\tx\n", 2), read(first, 3), true, 1, 0x3000148,
			[]branch{{1, 0x3000148, 0x3000200}, {2, 0x3000200, endless}}},
	} {
		got, apart, err := parted(c.ours, c.theirs)
		if err != nil || apart != c.apart ||
			apart && (got.timeline != c.timeline || got.at != c.at) ||
			c.own != nil && !slices.Equal(got.own, c.own) {
			t.Errorf("%s: got %+v, %v and %v", name, got, apart, err)
		}
	}
	if _, _, err := parted([]branch{{7, 0, endless}}, []branch{{8, 0, endless}}); err == nil {
		t.Error("strangers have something in common")
	}
	for _, text := range []string{"one\t0/1\tx", "1", "1\tzero", "1\t0/0/0"} {
		if _, err := parseHistory(text, 2); err == nil {
			t.Errorf("%q is a history", text)
		}
	}
}

// TestSegmentsAreNamed as PostgreSQL names them, whatever their size.
func TestSegmentsAreNamed(t *testing.T) {
	for want, got := range map[string]string{
		"000000010000000000000003": segmentName(1, 0x3000148, 16<<20),
		"0000000200000001000000FF": segmentName(2, 0x1FF000000, 16<<20),
		"000000030000000200000001": segmentName(3, 0x240000001, 1<<30),
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	at := lsn(0x1FF000000)
	if back, err := parseLSN(at.String()); err != nil || back != at {
		t.Errorf("got %v and %v", back, err)
	}
}

// records are lines of pg_waldump, of PostgreSQL 15 but for the last, which is of 16.
var records = []string{
	`rmgr: Heap        len (rec/tot):     59/    59, tx:        740, lsn: 0/03000148, ` +
		`prev 0/03000110, desc: INSERT off 1 flags 0x08, blkref #0: rel 1663/5/16388 blk 0`,
	`rmgr: Heap        len (rec/tot):     59/    59, tx:        741, lsn: 0/03000188, ` +
		`prev 0/03000148, desc: HOT_UPDATE off 1 xmax 741 flags 0x20 ; new off 2 xmax 0, ` +
		`blkref #0: rel 1663/5/16388 blk 0`,
	`rmgr: Transaction len (rec/tot):     34/    34, tx:        741, lsn: 0/030001C8, ` +
		`prev 0/03000188, desc: ABORT 2026-11-22 08:00:00.000000 UTC`,
	`rmgr: Transaction len (rec/tot):     46/    46, tx:        740, lsn: 0/030001F0, ` +
		`prev 0/030001C8, desc: COMMIT 2026-11-22 08:00:00.000000 UTC`,
	`rmgr: Standby     len (rec/tot):     50/    50, tx:          0, lsn: 0/03000220, ` +
		`prev 0/030001F0, desc: RUNNING_XACTS nextXid 742 latestCompletedXid 741 oldestRunningXid 742`,
	`rmgr: Heap        len (rec/tot):     59/    59, tx:        742, lsn: 0/03000258, ` +
		`prev 0/03000220, desc: INSERT off 9 flags 0x00, blkref #0: rel 1663/5/2619 blk 3`,
	`rmgr: Transaction len (rec/tot):     46/    46, tx:        742, lsn: 0/03000298, ` +
		`prev 0/03000258, desc: COMMIT 2026-11-22 08:00:01.000000 UTC`,
	`rmgr: Heap2       len (rec/tot):     99/    99, tx:        744, lsn: 0/030002C8, ` +
		`prev 0/03000298, desc: MULTI_INSERT+INIT 3 tuples flags 0x02, ` +
		`blkref #0: rel 1663/5/16390 blk 0`,
	`rmgr: Transaction len (rec/tot):     50/    50, tx:        743, lsn: 0/03000330, ` +
		`prev 0/030002C8, desc: COMMIT 2026-11-22 08:00:02.000000 UTC; ` +
		`subxacts: 744 745; inval msgs: catcache 55`,
	`rmgr: Heap2       len (rec/tot):     99/    99, tx:        746, lsn: 0/03000368, ` +
		`prev 0/03000330, desc: MULTI_INSERT ntuples: 4, flags: 0x02, blkref #0: rel 1663/5/16390 blk 0`,
}

// TestALogIsCounted by who has committed: not who gave up, nor the planner's counts, nor who is
// still at it.
func TestALogIsCounted(t *testing.T) {
	counts := &tally{}
	for _, line := range records {
		if err := counts.record(line); err != nil {
			t.Fatal(err)
		}
	}
	if counts.Transactions != 2 || counts.Rows != 4 || counts.last != 0x3000368 {
		t.Errorf("got %+v, want two transactions with four rows", counts.surplus)
	}
	prepared := `rmgr: Transaction len (rec/tot):     46/    46, tx:        746, lsn: 0/030003D0, ` +
		`prev 0/03000368, desc: COMMIT_PREPARED 2026-11-22 08:00:03.000000 UTC`
	if err := counts.record(prepared); err != nil || counts.Transactions != 3 || counts.Rows != 8 {
		t.Errorf("got %+v and %v", counts.surplus, err)
	}
	for _, line := range []string{"rmgr: what", records[0][:60]} {
		if counts.record(line) == nil {
			t.Errorf("%q is a record", line)
		}
	}
}

// TestAControlFileIsRead whose newest timeline has no checkpoint yet.
func TestAControlFileIsRead(t *testing.T) {
	got, err := parseControl("Database system identifier:           7300000000000000001\n" +
		"Database cluster state:               shut down in recovery\n" +
		"Latest checkpoint's TimeLineID:       2\n" +
		"Min recovery ending loc's timeline:   3\n" +
		"wal_log_hints setting:                on\n" +
		"Bytes per WAL segment:                16777216\n")
	want := control{"7300000000000000001", "shut down in recovery", 3, 16 << 20, true}
	if err != nil || got != want {
		t.Errorf("got %+v and %v", got, err)
	}
	if _, err := parseControl("pg_controldata: error"); err == nil {
		t.Error("nothing was read, and nobody says so")
	}
}

// TestSettingsFollow another server, with no slot, and keep the rest.
func TestSettingsFollow(t *testing.T) {
	got := string(following("work_mem = '4MB'\nprimary_conninfo = 'host=old'\n"+
		" primary_slot_name= 'x'\nport = 5433", `host=new passfile='/a\b'`))
	const want = "work_mem = '4MB'\nport = 5433\n" +
		`primary_conninfo = 'host=new passfile=''/a\\b'''` + "\nprimary_slot_name = ''\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := literal(`it's \`); got != ` E'it''s \\'` {
		t.Errorf("got %s", got)
	}
}

// logged is a log of a test: zeroes but for what is told of some timeline from some place on.
func logged(of map[uint32]string, begins lsn, size uint64) walReader {
	return func(_ context.Context, name string, offset, length uint64) ([]byte, error) {
		for timeline, text := range of {
			if name != segmentName(timeline, begins, size) {
				continue
			}
			whole := make([]byte, size)
			copy(whole[uint64(begins)%size:], text)
			return whole[offset : offset+length], nil
		}
		return nil, nil
	}
}

// TestTwinsAreToldApart that were both promoted at one place, and whose histories are the same.
func TestTwinsAreToldApart(t *testing.T) {
	const size, begins = 16 << 20, lsn(0x3000148)
	history := []branch{{1, 0, begins}, {2, begins, endless}}
	long := strings.Repeat("log", 100)
	is := func(at lsn, timeline uint32, text string) copied {
		return copied{past{timeline: 2, at: at, history: history},
			logged(map[uint32]string{timeline: text}, begins, size)}
	}
	for name, c := range map[string]struct {
		ours, theirs copied
		apart, known bool
	}{
		"the same":              {is(begins+200, 2, long), is(begins+300, 2, long), false, true},
		"a twin":                {is(begins+200, 2, "x"+long), is(begins+300, 2, long), true, true},
		"who has written none":  {is(begins, 2, ""), is(begins+300, 2, long), false, true},
		"who does not run":      {is(0, 2, "x"+long), is(begins+300, 2, long), true, true},
		"a log that is gone":    {is(begins+200, 7, long), is(begins+300, 2, long), false, false},
		"their log that is so":  {is(begins+200, 2, long), is(begins+300, 7, long), false, false},
		"who is ahead of a one": {is(begins+400, 2, long), is(begins+100, 2, "x"+long), true, true},
	} {
		got, parts, err := apart(t.Context(), c.ours, c.theirs, size)
		if parts != c.apart || (err == nil) != c.known || parts && !got.clash {
			t.Errorf("%s: got %+v, %v and %v", name, got, parts, err)
		}
	}
}

// TestAnArchiveThatIsNotFinishedLeavesNothing has the second of two files be missing: what was
// copied of the first would hold the room for which the archive has failed.
func TestAnArchiveThatIsNotFinishedLeavesNothing(t *testing.T) {
	work := t.TempDir()
	p := &PostgreSQL{Names: shop, Copy: &Copy{Data: t.TempDir(), Work: work}}
	if err := os.MkdirAll(filepath.Join(p.Copy.Data, "pg_wal"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := os.WriteFile(filepath.Join(p.Copy.Data, "pg_wal", "one"), []byte("text"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	m := manifest{Store: "orders", Region: "paris", Parted: "0/1000", Last: "0/2000"}
	_, err = p.keepArchive(t.Context(), m, []string{"one", "two"})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a file to be missing", err)
	}
	left, _ := filepath.Glob(filepath.Join(work, "archive", "*"))
	if len(left) > 0 {
		t.Errorf("got %q, want nothing to be left", left)
	}
}
