package api

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"redoubt/model"
)

// Config is what a Server is made of.
type Config struct {
	Agent    Agent
	Scenario *model.Scenario
	// Tokens are those at the beginning.
	Tokens Tokens
	// TLS may be nil, on loopback. A client's certificate counts if it asks for and verifies one.
	TLS *tls.Config
	// Metrics answers /metrics; nil is none.
	Metrics http.Handler
	Log     *slog.Logger
}

// Counts are how many requests there were since a server began, and how many connections that
// brought something else.
type Counts struct{ Answered, Refused, Orders, Malformed uint64 }

// Server answers people and programs. Its methods may be called at the same time.
type Server struct {
	config  Config
	tokens  atomic.Pointer[Tokens]
	streams chan struct{}
	// refusals bounds what the agent's log says of refused requests.
	refusals occasion
	// strangers is the same for connections that bring no request.
	strangers occasion
	counts    struct{ answered, refused, orders, malformed atomic.Uint64 }
}

// The bounds of what a server lets others do.
const (
	requestMax  = 1 << 14
	headerMax   = 1 << 13
	streamsMost = 64
	headerWait  = 5 * time.Second
	requestWait = 10 * time.Second
	idleWait    = 60 * time.Second
	orderWait   = 30 * time.Second
	// confirmWait is how long a view may take to be confirmed: who asks in an outage wants to see it.
	confirmWait = 3 * time.Second
	// connectionsMost bounds the connections at one time. Who comes beyond that waits.
	connectionsMost = 256
	// refusalsEvery is the time in which one refused request is put into the agent's log.
	refusalsEvery  = time.Second
	historyDefault = 200
	historyMost    = 10_000
)

// New makes a server.
func New(c Config) *Server {
	s := &Server{config: c, streams: make(chan struct{}, streamsMost)}
	s.SetTokens(c.Tokens)
	return s
}

// SetTokens puts other tokens in the place of those in use. A request that is being answered goes
// on.
func (s *Server) SetTokens(tokens Tokens) { s.tokens.Store(&tokens) }

// Counts says what was asked so far.
func (s *Server) Counts() Counts {
	return Counts{
		Answered: s.counts.answered.Load(), Refused: s.counts.refused.Load(),
		Orders: s.counts.orders.Load(), Malformed: s.counts.malformed.Load(),
	}
}

// Serve answers on a listener until the context is over.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	web := http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerWait, ReadTimeout: requestWait,
		IdleTimeout: idleWait, MaxHeaderBytes: headerMax,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	(&visits{server: s, owes: map[net.Conn]bool{}}).watch(&web)
	listener = netutil.LimitListener(listener, connectionsMost)
	if s.config.TLS != nil {
		listener = tls.NewListener(listener, s.config.TLS)
	}
	stop := context.AfterFunc(ctx, func() { _ = web.Close() })
	defer stop()
	if err := web.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the API: %w", err)
	}
	return nil
}

// Handler answers requests.
func (s *Server) Handler() http.Handler {
	routes := http.NewServeMux()
	file := s.config.Scenario
	show := func(path string, answer func(*View) any) {
		shown := func(w http.ResponseWriter, r *http.Request, _ Person) {
			view := s.view(r)
			reply(w, http.StatusOK, answer(&view))
		}
		routes.HandleFunc("GET "+path, s.allow(Viewer, shown))
	}
	show("/v1/status", func(v *View) any { return StatusOf(v, file) })
	show("/v1/explain", func(v *View) any { return AccountOf(v, file) })
	show("/v1/members", func(v *View) any { return MembersOf(v, file) })
	routes.HandleFunc("GET /v1/history", s.allow(Viewer, s.history))
	routes.HandleFunc("GET /v1/archive", s.allow(Viewer, s.archive))
	routes.HandleFunc("GET /v1/archive/{name}", s.allow(Viewer, s.segment))
	routes.HandleFunc("GET /v1/events", s.allow(Viewer, s.events))
	routes.HandleFunc("POST /v1/orders", s.allow(Operator, s.order))
	routes.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]bool{"alive": true})
	})
	routes.HandleFunc("GET /readyz", s.ready)
	if s.config.Metrics != nil {
		routes.Handle("GET /metrics", s.config.Metrics)
	}
	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refused(r, Person{}, http.StatusNotFound)
		refuse(w, http.StatusNotFound, "there is no "+r.Method+" "+clip(r.URL.Path))
	})
	own := http.NewCrossOriginProtection()
	own.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refused(r, Person{}, http.StatusForbidden)
		refuse(w, http.StatusForbidden, "a page of another site gives no order")
	}))
	return own.Handler(bounded(routes))
}

// view is what the agent knows, confirmed if that is asked for and can be had.
func (s *Server) view(r *http.Request) View {
	if !r.URL.Query().Has("confirm") {
		return s.config.Agent.View()
	}
	ctx, cancel := context.WithTimeout(r.Context(), confirmWait)
	defer cancel()
	err := s.config.Agent.Confirm(ctx)
	v := s.config.Agent.View()
	switch {
	case err == nil:
		v.Confirmed = true
	case errors.Is(err, context.DeadlineExceeded):
		v.Unconfirmed = fmt.Sprintf("no leader has answered within %s", confirmWait)
	default:
		v.Unconfirmed = err.Error()
	}
	return v
}

// bounded has every answer be taken within a time by whoever has asked: one that lets it lie holds
// a connection. The stream of events and a file of the archive set it anew with each part.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// An order is answered up to orderWait later. A recorder of tests has no deadline.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(orderWait + writeWait))
		next.ServeHTTP(w, r)
	})
}

// occasion tells when something may be said that must not be said all the time.
type occasion struct {
	mu     sync.Mutex
	last   time.Time
	missed int
}

// take reports whether it may be said now, and how often it was not since it was said last.
func (o *occasion) take(every time.Duration) (missed int, may bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if now := time.Now(); now.Sub(o.last) >= every {
		missed, o.missed, o.last = o.missed, 0, now
		return missed, true
	}
	o.missed++
	return 0, false
}

// allow lets those through who have a role.
func (s *Server) allow(
	role Role, handle func(http.ResponseWriter, *http.Request, Person),
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		person := s.tokens.Load().asks(r)
		if person.Role >= role {
			answer := &verdict{ResponseWriter: w, server: s, asked: r, by: person}
			handle(answer, r, person)
			answer.give(http.StatusOK) // If nothing was sent, which is an answer too.
			return
		}
		if person.Role == Nobody {
			s.refused(r, person, http.StatusUnauthorized)
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "this needs a token, or a certificate, that the agent knows")
			return
		}
		s.refused(r, person, http.StatusForbidden)
		refuse(w, http.StatusForbidden, person.Name+" may look, and this is for operators")
	}
}

// ready says whether the agent takes part: it acts, knows a leader, and applies what is said.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	v := s.config.Agent.View()
	why := ""
	switch {
	case v.Halted != "":
		why = "the agent does not act: " + v.Halted
	case v.State.Under.Rules == 0:
		why = "the log has not begun"
	case !v.Leader.Valid():
		why = ErrNoLeader.Error()
	default:
		why = v.stale()
	}
	if why != "" {
		reply(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "why": why})
		return
	}
	reply(w, http.StatusOK, map[string]any{"ready": true})
}

// number reads a number of a query.
func number(r *http.Request, key string, fallback uint64) (uint64, error) {
	text := r.URL.Query().Get(key)
	if text == "" {
		return fallback, nil
	}
	value, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is a whole number from 0, and %q is none", key, clip(text))
	}
	return value, nil
}

// history tells entries of the log.
func (s *Server) history(w http.ResponseWriter, r *http.Request, _ Person) {
	after, err := number(r, "after", 0)
	most, problem := number(r, "most", historyDefault)
	if err = errors.Join(err, problem); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	entries, err := s.config.Agent.History(after, int(min(most, historyMost)))
	if err != nil {
		s.config.Log.Error("the history cannot be read", "error", err)
		refuse(w, http.StatusInternalServerError, "the history cannot be read: "+err.Error())
		return
	}
	reply(w, http.StatusOK, map[string]any{"schema_version": SchemaVersion, "entries": entries})
}

// archive lists the files of the log.
func (s *Server) archive(w http.ResponseWriter, _ *http.Request, _ Person) {
	segments, err := s.config.Agent.Segments()
	if err != nil {
		s.config.Log.Error("the archive cannot be listed", "error", err)
		refuse(w, http.StatusInternalServerError, "the archive cannot be read: the agent's log says why")
		return
	}
	reply(w, http.StatusOK, map[string]any{"schema_version": SchemaVersion, "segments": segments})
}

// segment sends one file of the log.
func (s *Server) segment(w http.ResponseWriter, r *http.Request, _ Person) {
	name := r.PathValue("name")
	out := &begun{ResponseWriter: w}
	err := s.config.Agent.Segment(name, out)
	switch {
	case err == nil:
	case !out.yes && errors.Is(err, fs.ErrNotExist):
		refuse(w, http.StatusNotFound, "the archive has no file "+clip(name))
	case !out.yes:
		s.config.Log.Error("the archive cannot be read", "error", err)
		refuse(w, http.StatusInternalServerError, "the archive cannot be read: the agent's log says why")
	default:
		s.config.Log.Error("a file of the archive was not sent whole", "file", name, "error", err)
		panic(http.ErrAbortHandler) // The only way to tell whoever reads that it ends too early.
	}
}

// begun is an answer of which we know whether anything was sent.
type begun struct {
	http.ResponseWriter
	yes bool
}

// Unwrap is for http.ResponseController.
func (b *begun) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// Write sends a part of the answer.
func (b *begun) Write(data []byte) (int, error) {
	_ = http.NewResponseController(b).SetWriteDeadline(time.Now().Add(orderWait))
	if !b.yes {
		b.Header().Set("Content-Type", "application/octet-stream")
	}
	b.yes = true
	return b.ResponseWriter.Write(data)
}

// readOrder reads one order, and nothing after it.
func readOrder(r io.Reader) (o Order, err error) {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&o); err != nil {
		return Order{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Order{}, errors.New("something follows it")
	}
	return o, nil
}

// order takes an operator's word.
func (s *Server) order(w http.ResponseWriter, r *http.Request, by Person) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "an order has the Content-Type application/json")
		return
	}
	o, err := readOrder(http.MaxBytesReader(w, r.Body, requestMax))
	if err != nil {
		refuse(w, http.StatusBadRequest, "this is no order: "+err.Error())
		return
	}
	view := s.config.Agent.View()
	event, err := EventOf(&o, s.config.Scenario, by.Name, view.State.Now)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), orderWait)
	defer cancel()
	s.counts.orders.Add(1)
	named := fmt.Sprintf("%016x", event.Sequence)
	receipt, err := s.config.Agent.Order(ctx, Proposal{
		Event: event, Change: changeOf(&o), Who: by.Name, Why: o.Why,
	})
	audit := s.config.Log.With("order", o.Verb, "region", o.Region, "target", o.Target,
		"store", o.Store, "by", by.Name, "from", r.RemoteAddr, "why", o.Why, "name", named)
	answer := Answer{
		Name: named, Index: receipt.Index, Refused: receipt.Refused,
		Warnings: apartWords(apartOf(&receipt.Apart, s.config.Scenario)),
	}
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrNoLeader):
		status, answer.Error = http.StatusServiceUnavailable, err.Error()
	case err != nil:
		status, answer.Error = http.StatusGatewayTimeout, ErrUnknown.Error()
	case receipt.Refused != "":
		status = http.StatusConflict
	}
	audit.Info("an order was given", "index", receipt.Index, "refused", receipt.Refused, "error", err)
	reply(w, status, answer)
}

// Answer is what an order is answered with. An Error says that nobody knows, or that it was not
// taken; Refused why it was not carried out.
type Answer struct {
	Name    string `json:"name"`
	Index   uint64 `json:"index,omitempty"`
	Refused string `json:"refused,omitempty"`
	Error   string `json:"error,omitempty"`
	// Warnings are what people should know who have changed the policy.
	Warnings []string `json:"warnings,omitempty"`
}

// refuse answers with an error.
func refuse(w http.ResponseWriter, status int, why string) {
	reply(w, status, Answer{Error: why})
}

func reply(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(answer) // Whoever has asked may be gone.
}
