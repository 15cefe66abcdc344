//go:build linux

package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// tenure is a stretch in which one server of one region took writes: a server that was started
// anew, or promoted again, has another one.
type tenure struct {
	region   int
	server   string // when the server was started
	timeline string
}

func (t tenure) String() string {
	return fmt.Sprintf("%s on timeline %s", names[t.region], strings.TrimLeft(t.timeline, "0"))
}

// taken is a write that a database said it had taken: at an instant from begin to end.
type taken struct{ begin, end time.Duration }

// writers write to both databases for as long as the estate runs.
type writers struct {
	began time.Time
	next  atomic.Int64
	stop  chan struct{}
	group sync.WaitGroup

	mu sync.Mutex
	// samples are the writes that wait for nobody else, by who took them.
	samples map[tenure][]taken
	// kept are the rows that were acknowledged once both regions had them.
	kept []int64
	// last is when a row was kept last, by region.
	last [databases]time.Time
}

const (
	// sampleEvery is how often each database is tried.
	sampleEvery = 8 * time.Millisecond
	// sampleLimit is how long one try may take, and ledgerLimit how long the other region may.
	sampleLimit = 300 * time.Millisecond
	ledgerLimit = 2 * time.Second
	dialLimit   = 500 * time.Millisecond
)

func startWriters(e *estate) *writers {
	w := &writers{began: time.Now(), stop: make(chan struct{}), samples: map[tenure][]taken{}}
	for r := range databases {
		w.group.Go(func() { w.repeat(e, r, "sampler", "local", w.sample) })
		w.group.Go(func() { w.repeat(e, r, "ledger", "on", w.write) })
	}
	return w
}

func (w *writers) end() {
	close(w.stop)
	w.group.Wait()
}

// repeat does something on a connection until it fails, and then on another one.
func (w *writers) repeat(
	e *estate, region int, who, commit string,
	do func(conn *pgx.Conn, region int, server string) error,
) {
	for w.waits(sampleEvery) {
		ctx, end := context.WithTimeout(context.Background(), dialLimit)
		conn, err := e.databases[region].connect(ctx, who)
		server := ""
		if err == nil {
			_, err = conn.Exec(ctx, "set synchronous_commit = "+commit)
		}
		if err == nil {
			err = conn.QueryRow(ctx, "select pg_postmaster_start_time()::text").Scan(&server)
		}
		end()
		for err == nil && w.waits(sampleEvery) {
			err = do(conn, region, server)
		}
		if conn != nil {
			closing, end := context.WithTimeout(context.Background(), dialLimit)
			_ = conn.Close(closing) // What it had taken is noted.
			end()
		}
	}
}

func (w *writers) waits(d time.Duration) bool {
	select {
	case <-w.stop:
		return false
	case <-time.After(d):
		return true
	}
}

// timelineOf is on which timeline a statement writes.
const timelineOf = "left(pg_walfile_name(pg_current_wal_lsn()), 8)"

// sample writes a row that nobody else has to have.
func (w *writers) sample(conn *pgx.Conn, region int, server string) error {
	ctx, end := context.WithTimeout(context.Background(), sampleLimit)
	defer end()
	begin, timeline := time.Since(w.began), ""
	err := conn.QueryRow(ctx, "insert into samples values ($1) returning "+timelineOf,
		int64(begin)).Scan(&timeline)
	if err != nil {
		return refused(err)
	}
	at := taken{begin, time.Since(w.began)}
	w.mu.Lock()
	defer w.mu.Unlock()
	by := tenure{region, server, timeline}
	w.samples[by] = append(w.samples[by], at)
	return nil
}

// write writes a row that is acknowledged once both regions have it.
func (w *writers) write(conn *pgx.Conn, region int, _ string) error {
	ctx, end := context.WithTimeout(context.Background(), ledgerLimit)
	defer end()
	id := w.next.Add(1)
	if _, err := conn.Exec(ctx, "insert into ledger values ($1, $2)", id, region); err != nil {
		return refused(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.kept, w.last[region] = append(w.kept, id), time.Now()
	return nil
}

// refused is nil for a standby's refusal, after which a connection can be kept.
func refused(err error) error {
	if strings.Contains(err.Error(), "25006") {
		time.Sleep(2 * sampleEvery)
		return nil
	}
	return err
}

// overlaps finds instants at which two databases took writes. Between its first and its last write
// a tenure lasts without a break; a write lies in another one's when all the instants do at which
// it may have been taken.
func overlaps(samples map[tenure][]taken) (found []string) {
	for one, its := range samples {
		from, to := certain(its)
		for other, others := range samples {
			if one.region == other.region || len(its) < 2 {
				continue
			}
			count, first := 0, time.Duration(0)
			for _, write := range others {
				if write.begin >= from && write.end <= to {
					if count++; count == 1 {
						first = write.begin
					}
				}
			}
			if count > 0 {
				found = append(found, fmt.Sprintf("%v took writes from %v to %v, and %v took %d of them "+
					"meanwhile, the first at %v", one, from, to, other, count, first))
			}
			// Neither has a whole write of the other's: the stretches may meet all the same.
			begin, end := certain(others)
			if count == 0 && len(others) > 1 && max(begin, from) < min(end, to) {
				found = append(found, fmt.Sprintf("%v took writes from %v to %v, and %v from %v to %v", one,
					from, to, other, begin, end))
			}
		}
	}
	slices.Sort(found)
	return found
}

// certain is the stretch in which a tenure surely took writes.
func certain(its []taken) (from, to time.Duration) {
	from, to = its[0].end, its[0].begin
	for _, write := range its {
		from, to = min(from, write.end), max(to, write.begin)
	}
	return from, to
}

func TestOverlapsAreSeen(t *testing.T) {
	a, again, b := tenure{0, "x", "1"}, tenure{0, "x", "3"}, tenure{1, "y", "2"}
	at := func(times ...time.Duration) (all []taken) {
		for _, begin := range times {
			all = append(all, taken{begin, begin + 1})
		}
		return all
	}
	for name, c := range map[string]struct {
		samples map[tenure][]taken
		want    bool
	}{
		"one after the other": {map[tenure][]taken{a: at(0, 5, 9), b: at(10, 15)}, false},
		"and back": {
			map[tenure][]taken{a: at(0, 5), b: at(10, 15), again: at(20, 30)}, false,
		},
		"one write in between":  {map[tenure][]taken{a: at(0, 9), b: at(5)}, true},
		"side by side":          {map[tenure][]taken{a: at(0, 9), b: at(5, 15)}, true},
		"around":                {map[tenure][]taken{a: at(0, 20), b: at(5, 15)}, true},
		"cannot be told":        {map[tenure][]taken{a: at(0, 9), b: {{8, 30}, {31, 32}}}, false},
		"without a whole write": {map[tenure][]taken{a: {{0, 1}, {9, 20}}, b: {{0, 2}, {8, 20}}}, true},
	} {
		if got := overlaps(c.samples); (len(got) > 0) != c.want {
			t.Errorf("%s: got %q, want any: %v", name, got, c.want)
		}
	}
}
