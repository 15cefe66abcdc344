package main

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// sampleEvery is how often each database is tried, and each name server asked.
const sampleEvery = 50 * time.Millisecond

// opening is one time for which a server took writes: from when the first trial was over to when
// the last one began, with no end in between. A server that has stopped taking them takes some
// again only after a restart, so that it did so for all of that time.
type opening struct {
	region  string
	server  time.Time // when the server was started
	first   time.Time
	last    time.Time
	samples int
}

// watcher tries whether databases take writes.
type watcher struct {
	mu       sync.Mutex
	openings []opening
	// beats are the newest heartbeat that a standby had, by region.
	beats map[string]int64
	// answers are what the name servers have answered, by region.
	answers map[string][]moved
	// tried counts samples.
	tried int
}

func newWatcher() *watcher {
	return &watcher{beats: map[string]int64{}, answers: map[string][]moved{}}
}

// watch tries the database of a region until the context is over. An insertion that is rolled back
// shows that it could have been made, and leaves nothing that would count as a row.
func (w *watcher) watch(ctx context.Context, r *region) {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			hangUp(conn)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if conn == nil {
			var err error
			if conn, err = r.db.local(ctx); err != nil {
				continue
			}
		}
		limited, end := context.WithTimeout(ctx, time.Second)
		err := w.sample(limited, r.name, conn)
		if end(); err != nil {
			hangUp(conn)
			conn = nil
		}
	}
}

// sample tries once. An error is that of the connection.
func (w *watcher) sample(ctx context.Context, region string, conn *pgx.Conn) error {
	w.mu.Lock()
	w.tried++
	w.mu.Unlock()
	var standby bool
	var server time.Time
	var beat int64
	err := conn.QueryRow(ctx, "select pg_is_in_recovery(), pg_postmaster_start_time()").
		Scan(&standby, &server)
	if err != nil {
		return err
	}
	if standby {
		if conn.QueryRow(ctx, "select beat from redoubt.heartbeat").Scan(&beat) == nil {
			w.mu.Lock()
			w.beats[region] = beat
			w.mu.Unlock()
		}
	}
	began := time.Now()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into tried default values")
	over := time.Now()
	if rolled := tx.Rollback(ctx); rolled != nil {
		return rolled
	}
	if err == nil {
		w.took(region, server, began, over)
	}
	return nil
}

// took notes that a server took a write, some time between two.
func (w *watcher) took(region string, server, began, over time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.openings {
		if o := &w.openings[i]; o.region == region && o.server.Equal(server) {
			o.last, o.samples = began, o.samples+1
			return
		}
	}
	w.openings = append(w.openings, opening{
		region: region, server: server, first: over, last: began, samples: 1,
	})
}

// overlaps finds two regions that took writes at one instant, by what was tried and by what the
// writer had acknowledged.
func overlaps(openings []opening, rows []row, regions []*region) (first, second *opening) {
	all := append([]opening(nil), openings...)
	all = append(all, openingsOf(rows, regions)...)
	for i := range all {
		for j := range all[:i] {
			a, b := &all[i], &all[j]
			if a.region != b.region && a.first.Before(b.last) && b.first.Before(a.last) {
				return a, b
			}
		}
	}
	return nil, nil
}

// openingsOf are those that the writer has seen: runs of acknowledged rows at one address, between
// which no other one acknowledged any.
func openingsOf(rows []row, regions []*region) (all []opening) {
	for i := range rows {
		r := &rows[i]
		name := ""
		for _, each := range regions {
			if each.address == r.at {
				name = each.name
			}
		}
		if n := len(all); n > 0 && all[n-1].region == name {
			all[n-1].last, all[n-1].samples = r.sent, all[n-1].samples+1
			continue
		}
		all = append(all, opening{region: name, first: r.known, last: r.sent, samples: 1})
	}
	return all
}

// names asks a name server until the context is over, and keeps when it first answered each
// address.
func (w *watcher) names(ctx context.Context, r *region) {
	ticks := time.NewTicker(sampleEvery)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		asked := time.Now()
		address, _, err := ask(ctx, local(r.dns))
		if err != nil {
			continue
		}
		w.mu.Lock()
		if told := w.answers[r.name]; len(told) == 0 || told[len(told)-1].address != address {
			w.answers[r.name] = append(told, moved{address, asked})
		}
		w.mu.Unlock()
	}
}

// answered is when the first name server answered an address after a moment, and who it was.
func (w *watcher) answered(address string, after time.Time) (at time.Time, who string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, told := range w.answers {
		for _, m := range told {
			if m.address == address && m.at.After(after) && (who == "" || m.at.Before(at)) {
				at, who = m.at, name
			}
		}
	}
	return at, who
}

// beat is the newest heartbeat that a region's server had while it was a standby.
func (w *watcher) beat(region string) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.beats[region]
}

// seen are the openings so far, and how often anybody was tried.
func (w *watcher) seen() ([]opening, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]opening(nil), w.openings...), w.tried
}
