package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"redoubt/failover"
)

// The paths on a guard's socket. Each takes and gives one JSON object.
const (
	ticketPath   = "/v1/ticket"
	showPath     = "/v1/show"
	fencePath    = "/v1/fence"
	standingPath = "/v1/standing"
	restPath     = "/v1/rest"
	bootPath     = "/v1/boot"
)

// said is what a guard says over its socket. Left is for how long the store may take writes, in
// nanoseconds; times by a guard's clock mean nothing to others.
type said struct {
	Ticket Ticket         `json:"ticket,omitempty"`
	Phase  string         `json:"phase,omitempty"`
	Epoch  failover.Epoch `json:"epoch,omitempty"`
	Fenced failover.Epoch `json:"fenced"`
	Left   time.Duration  `json:"left_ns,omitempty"`
	Rests  bool           `json:"resting,omitempty"`
	// Refused counts what was refused since the guard was started.
	Refused uint64 `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
}

// asked is what a guard is asked over its socket.
type asked struct {
	Epoch  failover.Epoch `json:"epoch"`
	Ticket Ticket         `json:"ticket"`
	Lease  time.Duration  `json:"lease_ns"`
}

// askedMax bounds what one request may say.
const askedMax = 1 << 12

// Handler answers an agent, and people: whoever may open the socket.
func (g *Guard) Handler() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("POST "+ticketPath, func(w http.ResponseWriter, _ *http.Request) {
		answer := g.tells()
		answer.Ticket = g.Ticket()
		reply(w, http.StatusOK, answer)
	})
	routes.HandleFunc("POST "+showPath, func(w http.ResponseWriter, r *http.Request) {
		var grant asked
		if !g.read(w, r, &grant) {
			return
		}
		_, err := g.Show(Grant{Epoch: grant.Epoch, Ticket: grant.Ticket, Lease: grant.Lease})
		if err != nil && !errors.Is(err, ErrBooting) {
			g.refuse(err.Error(), "path", showPath, "epoch", grant.Epoch)
		}
		g.conclude(w, err)
	})
	routes.HandleFunc("POST "+fencePath, func(w http.ResponseWriter, r *http.Request) {
		var fence asked
		if !g.read(w, r, &fence) {
			return
		}
		_, err := g.Fence(r.Context(), fence.Epoch)
		g.conclude(w, err)
	})
	routes.HandleFunc("POST "+restPath, func(w http.ResponseWriter, r *http.Request) {
		g.conclude(w, g.Rest(r.Context()))
	})
	routes.HandleFunc("POST "+bootPath, func(w http.ResponseWriter, _ *http.Request) {
		g.conclude(w, g.Boot())
	})
	routes.HandleFunc("GET "+standingPath, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, g.tells())
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := routes.Handler(r); pattern == "" {
			g.refuse("a guard is not asked that", "method", r.Method, "path", clip(r.URL.Path))
		}
		routes.ServeHTTP(w, r)
	})
}

// clip cuts what a stranger wrote.
func clip(text string) string { return fmt.Sprintf("%.60q", text) }

// tells is how things are, as others are told.
func (g *Guard) tells() said {
	s := g.Standing()
	answer := said{
		Phase: s.Phase.String(), Epoch: s.Epoch, Fenced: s.Fenced, Rests: g.Resting(),
		Refused: g.Refused(),
	}
	if s.Phase == Opening || s.Phase == Open {
		answer.Left = max(0, s.Deadline.Sub(Now()))
	}
	return answer
}

// conclude says how things are after what was asked, and what it was refused for.
func (g *Guard) conclude(w http.ResponseWriter, err error) {
	answer, status := g.tells(), http.StatusOK
	switch {
	case errors.Is(err, ErrBooting):
		status = http.StatusServiceUnavailable
	case err != nil:
		status = http.StatusConflict
	}
	if err != nil {
		answer.Error = err.Error()
	}
	reply(w, status, answer)
}

// readMax is how long somebody has to say what a request says.
const readMax = 5 * time.Second

// read reads what is asked: one JSON object, and nothing after it.
func (g *Guard) read(w http.ResponseWriter, r *http.Request, into *asked) bool {
	within := http.NewResponseController(w)
	_ = within.SetReadDeadline(time.Now().Add(readMax)) // A writer that cannot has nobody who waits.
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, askedMax))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something comes after it")
		}
	}
	if err != nil {
		g.refuse("it is not what a guard is asked: "+err.Error(), "path", r.URL.Path)
		reply(w, http.StatusBadRequest, said{Error: "not what a guard is asked: " + err.Error()})
		return false
	}
	_ = within.SetReadDeadline(time.Time{}) // Or a fence that waits for its store would be given up.
	return true
}

func reply(w http.ResponseWriter, status int, answer said) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer) // Whoever has asked may be gone.
}

// Listen opens a socket for a guard, which nobody but its owner may open. One that a guard left
// behind is replaced; one on which another guard listens is an error, or the agents of that one
// would ask this one.
func Listen(path string) (net.Listener, error) {
	if about, err := os.Lstat(path); err == nil && about.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("%s is there, and no socket", path)
	}
	if taken, err := net.Dial("unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("another guard listens on %s", path), taken.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// Serve answers on a listener until the context is over.
func (g *Guard) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: g.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: askedMax,
	}
	g.watchStrangers(server)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
