package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/metrics"
	"redoubt/model"
	"redoubt/scenarios"
)

// noStore is a store that is never started.
type noStore struct{}

func (noStore) Process() (guard.Process, error) { return guard.Process{}, errors.New("it is none") }

func (noStore) Booted(context.Context) error                           { return nil }
func (noStore) Open(context.Context, func(syscall.Signal) error) error { return nil }
func (noStore) Writes(context.Context) (bool, error)                   { return false, nil }

// guardAt has a guard listen in a folder, and returns its socket and what ends it.
func guardAt(t *testing.T) (socket string, end func()) {
	t.Helper()
	dir := t.TempDir()
	g, err := guard.New(guard.Config{
		Dir: dir, Terms: guard.Terms{Lease: time.Minute, Stop: time.Second}, Store: noStore{},
		First: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	socket = filepath.Join(dir, "guard.sock")
	listener, err := guard.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- g.Serve(ctx, listener) }()
	return socket, func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}

// stands is an agent that shows the policy, and how its guards were found.
type stands struct {
	api.Agent
	d *daemon
}

func (s stands) View() api.View {
	view := api.View{Policy: s.d.policy, State: s.d.policy.Start(), Guards: s.d.guards.foundNow()}
	view.State.Under.Rules = failover.RulesVersion
	return view
}

// What a region's guard refuses, and whether it answers, stands in the agent's metrics, also where
// the region does not hold the lease; and it is said when a guard ceases to answer.
func TestGuardsAreMetered(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	socket, end := guardAt(t)
	var log strings.Builder
	d := &daemon{Config: Config{
		Scenario: s, Agent: &scenarios.Agent{Strategy: model.HotStandby}, Region: 1,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	}}
	d.Agent.Stores[0].Guard = socket
	if d.policy, err = PolicyOf(s, d.Agent); err != nil {
		t.Fatal(err)
	}
	d.guards = newGuards(d)
	handler, err := metrics.Handler(metrics.Config{
		Agent: stands{d: d}, Scenario: s, Counters: d.guardCounters(),
	})
	if err != nil {
		t.Fatal(err)
	}
	told := func(wants ...string) {
		t.Helper()
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		for _, want := range wants {
			if !strings.Contains(answer.Body.String(), "\nredoubt_guard_"+want+"\n") {
				t.Errorf("got no %s in\n%s", want, answer.Body)
			}
		}
	}
	const refused, answers = `refused_total{store="orders"} `, `answers{store="orders"} `
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.guards.run(running) }()
	for begin := time.Now(); !d.guards.foundNow()[0].Answers; time.Sleep(time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Fatal("the guard is not asked, or does not answer")
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	told(refused+"0", answers+"1")
	for range 3 {
		stranger(t, socket)
	}
	for again := true; again; again = !d.guards.foundNow()[0].Answers { // A machine may be slow.
		d.guards.ask(t.Context(), 0)
	}
	told(refused+"3", answers+"1")
	log.Reset()
	end()
	for range 2 {
		d.guards.ask(t.Context(), 0)
	}
	told(refused+"3", answers+"0")
	if got := strings.Count(log.String(), "does not answer"); got != 1 {
		t.Errorf("it is said %d times that the guard does not answer:\n%s", got, log.String())
	}
}

// What an agent counts, its guards' refusals too, has names as Prometheus wants them.
func TestCountersAreLintClean(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{Config: Config{Scenario: s, Agent: &scenarios.Agent{Strategy: model.HotStandby}}}
	d.Agent.Stores[0].Guard = "/run/guard.sock"
	if d.policy, err = PolicyOf(s, d.Agent); err != nil {
		t.Fatal(err)
	}
	d.guards = newGuards(d)
	counters := d.counters(nil)
	for i := range counters { // Nobody is to ask the parts that this agent lacks.
		counters[i].Count = func() uint64 { return 1 }
	}
	problems, err := testutil.CollectAndLint(metrics.New(metrics.Config{
		Agent: stands{d: d}, Scenario: s, Counters: counters,
	}))
	if err != nil || len(problems) > 0 {
		t.Errorf("got %v, %v, want all that an agent counts to have a name of Prometheus", problems, err)
	}
}

// stranger asks a guard what none is asked.
func stranger(t *testing.T, socket string) {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || !strings.Contains(string(answer), "404") {
		t.Fatalf("a stranger hears %q, %v", answer, err)
	}
}

// A shadow asks no guard.
func TestAShadowAsksNoGuard(t *testing.T) {
	d := &daemon{Config: Config{Agent: &scenarios.Agent{Shadow: true}}}
	d.Agent.Stores[0].Guard = "/run/guard.sock"
	if g := newGuards(d); g.clients[0] != nil {
		t.Error("a shadow asks the guard of another")
	}
}
