package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// writeEvery is the time between two rows: a hundred a second, as the estate's traffic says.
const writeEvery = 10 * time.Millisecond

// row is one that was acknowledged.
type row struct {
	id   int64
	what string
	// sent and known are when it was sent, and when its acknowledgement came.
	sent, known time.Time
	// at is the address of the server that acknowledged it.
	at string
}

// writer inserts numbered rows, one after the other, wherever the service's name leads. Each row
// that is acknowledged is noted in a file before the next one is sent: the file is written to with
// each of them, so that only the loss of this machine would lose a note.
type writer struct {
	db      *databases
	names   resolver
	journal *os.File

	mu    sync.Mutex
	rows  []row
	tried int64
	// failed counts attempts that were not acknowledged: whether they were done nobody has said.
	failed int
	// trouble is what the last one that failed said, to connect or to write.
	trouble error
}

// newWriter makes a writer that asks some name servers.
func newWriter(db *databases, path string, servers []string) (*writer, error) {
	journal, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the journal of the writer: %w", err)
	}
	return &writer{db: db, names: resolver{servers: servers}, journal: journal}, nil
}

// attemptTimeout bounds one insertion, and connectTimeout one connection.
const (
	attemptTimeout = time.Second
	connectTimeout = time.Second
	retryEvery     = 20 * time.Millisecond
)

// run writes until the context is over.
func (w *writer) run(ctx context.Context) {
	var conn *pgx.Conn
	var at string
	next := time.Now()
	for ctx.Err() == nil {
		if conn == nil {
			var err error
			if conn, at, err = w.connect(ctx); err != nil {
				w.fails(err, 0)
				sleep(ctx, retryEvery)
				continue
			}
		}
		if err := w.write(ctx, conn, at); err != nil {
			w.fails(err, 1)
			hangUp(conn)
			conn = nil
			sleep(ctx, retryEvery)
			continue
		}
		next = later(next.Add(writeEvery), time.Now().Add(-writeEvery))
		sleep(ctx, time.Until(next))
	}
	if conn != nil {
		hangUp(conn)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(max(d, 0)):
	}
}

// connect goes where the name leads.
func (w *writer) connect(ctx context.Context) (*pgx.Conn, string, error) {
	address, err := w.names.lookup(ctx)
	if err != nil {
		return nil, "", err
	}
	ctx, end := context.WithTimeout(ctx, connectTimeout)
	defer end()
	conn, err := pgx.Connect(ctx, w.db.conninfo(writerRole, address, w.db.port))
	return conn, address, err
}

// write inserts one row. A number is never used again: of a row that was not acknowledged nobody
// knows whether it is there.
func (w *writer) write(ctx context.Context, conn *pgx.Conn, at string) error {
	w.mu.Lock()
	w.tried++
	r := row{id: w.tried, at: at}
	w.mu.Unlock()
	limited, end := context.WithTimeout(ctx, attemptTimeout)
	defer end()
	r.what = fmt.Sprintf("order %d by way of %s", r.id, at)
	r.sent = time.Now()
	_, err := conn.Exec(limited, "insert into orders (id, what) values ($1, $2)", r.id, r.what)
	r.known = time.Now()
	if err == nil {
		_, err = fmt.Fprintf(w.journal, "%d\t%s\t%s\n", r.id, r.known.Format(time.RFC3339Nano), at)
	}
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows = append(w.rows, r)
	return nil
}

// fails notes why something failed, and how many rows that were sent are in doubt for it.
func (w *writer) fails(err error, rows int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed, w.trouble = w.failed+rows, err
}

// doubts are how many rows were sent and not acknowledged, and what was said last.
func (w *writer) doubts() (rows int, last error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed, w.trouble
}

// noted are the rows that were acknowledged so far.
func (w *writer) noted() []row {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]row(nil), w.rows...)
}
