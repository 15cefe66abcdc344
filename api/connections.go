package api

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
)

// visits are the connections that are open, and whether each owes a request: it has brought
// something, and nothing that could be answered since. Those that only wait for their client's next
// request stand in idle, who waits longest first.
type visits struct {
	server *Server
	mu     sync.Mutex
	owes   map[net.Conn]bool
	idle   []net.Conn
}

// visitKey is what a request's context has its connection under.
type visitKey struct{}

// watch has a web server tell of its connections.
func (v *visits) watch(web *http.Server) {
	web.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, visitKey{}, c)
	}
	web.ConnState = v.become
	web.ErrorLog = log.New(v, "", 0)
	next := web.Handler
	web.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(visitKey{}).(net.Conn); ok {
			v.note(c, false)
		}
		next.ServeHTTP(w, r)
	})
}

func (v *visits) note(c net.Conn, owes bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.owes[c] = owes
}

// become hears of what becomes of a connection.
func (v *visits) become(c net.Conn, state http.ConnState) {
	owed := v.keep(c, state)
	if ended := state == http.StateClosed || state == http.StateHijacked; ended && owed {
		v.server.noRequest("from", c.RemoteAddr().String())
	}
}

// keep notes what has become of a connection, and reports whether it owed a request. Where as many
// are open as may be, the one that has been idle for longest is closed, which its client finds in
// order: a check of health that had to wait for it would take the agent for dead.
func (v *visits) keep(c net.Conn, state http.ConnState) (owed bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	owed = v.owes[c]
	v.idle = slices.DeleteFunc(v.idle, func(other net.Conn) bool { return other == c })
	switch state {
	case http.StateNew:
		v.owes[c] = false
	case http.StateActive: // It has brought the first bytes of a request.
		v.owes[c] = true
	case http.StateIdle:
		v.idle = append(v.idle, c)
	case http.StateClosed, http.StateHijacked:
		delete(v.owes, c)
	}
	if len(v.owes) >= connectionsMost && len(v.idle) > 0 {
		go v.idle[0].Close() // A farewell over TLS may take a while.
		v.idle = v.idle[1:]
	}
	return owed
}

// handshake is how a line of net/http begins about somebody with whom there is no TLS, and gone how
// it ends about who has only looked whether the port is there.
var handshake, gone = []byte("http: TLS handshake error"), []byte(": EOF")

// Write takes a line that net/http logs.
func (v *visits) Write(line []byte) (int, error) {
	text := bytes.TrimSpace(line)
	if bytes.HasPrefix(text, handshake) && !bytes.HasSuffix(text, gone) {
		v.server.noRequest("said", string(text))
	} else {
		v.server.config.Log.Log(context.Background(), slog.LevelDebug, "the API", "said", string(text))
	}
	return len(line), nil
}

// noRequest counts a connection that brought something else than a request, and says so.
func (s *Server) noRequest(values ...any) {
	s.counts.malformed.Add(1)
	if missed, may := s.strangers.take(refusalsEvery); may {
		s.config.Log.Warn("a connection to the API brought no request",
			append(values, "others_before", missed)...)
	}
}
