package guard

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// refusals counts what a guard was asked and refused: what no agent asks, and grants that open
// nothing. The socket is its owner's and root's alone, so that one says that something is wrong.
type refusals struct {
	mu    sync.Mutex
	count uint64
	// untold is how many came since the last that was logged, and told when that was.
	untold uint64
	told   Instant
	// owes has the open connections that have brought something, and no request since.
	owes map[net.Conn]bool
}

// refusalsEvery is the least time between two refusals that are logged.
const refusalsEvery = time.Second

// refuse counts a refusal, and logs it unless one was logged just now.
func (g *Guard) refuse(why string, values ...any) {
	r := &g.refusals
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count++
	now := Now()
	if r.count > 1 && now.Sub(r.told) < refusalsEvery {
		r.untold++
		return
	}
	g.log.Warn("the guard refuses what it was asked",
		append(values, "reason", why, "refused", r.count, "others_before", r.untold)...)
	r.told, r.untold = now, 0
}

// Refused is how often the guard has refused what it was asked, since it was started.
func (g *Guard) Refused() uint64 {
	g.refusals.mu.Lock()
	defer g.refusals.mu.Unlock()
	return g.refusals.count
}

// connKey is what a request's context has its connection under.
type connKey struct{}

// watchStrangers has a server tell of connections that bring something else than requests.
func (g *Guard) watchStrangers(server *http.Server) {
	r := &g.refusals
	server.ErrorLog = slog.NewLogLogger(g.log.Handler(), slog.LevelDebug)
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}
	server.ConnState = func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateActive: // It has brought the first bytes of a request.
			r.note(c, true)
		case http.StateClosed, http.StateHijacked:
			if r.gone(c) {
				g.refuse("it is no request")
			}
		case http.StateNew, http.StateIdle:
		}
	}
	next := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, asked *http.Request) {
		if c, ok := asked.Context().Value(connKey{}).(net.Conn); ok {
			r.note(c, false)
		}
		next.ServeHTTP(w, asked)
	})
}

func (r *refusals) note(c net.Conn, owes bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owes == nil {
		r.owes = map[net.Conn]bool{}
	}
	r.owes[c] = owes
}

// gone forgets a connection, and reports whether it has brought no request.
func (r *refusals) gone(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	owes := r.owes[c]
	delete(r.owes, c)
	return owes
}
