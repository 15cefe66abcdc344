package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/api"
)

// A page of somebody else's, which a browser shows to an operator, cannot give an order.
func TestOrdersComeFromNoForeignPage(t *testing.T) {
	_, policy := estate(t)
	a := newAgent(policy)
	url, _, operator := served(t, a)
	for _, c := range []struct {
		kind, origin string
		want         int
	}{
		{"application/json", "", http.StatusOK},
		{"application/json; charset=utf-8", "", http.StatusOK},
		{"application/json", "https://elsewhere.example", http.StatusForbidden},
		{"text/plain", "", http.StatusUnsupportedMediaType},
		{"", "", http.StatusUnsupportedMediaType},
	} {
		body := strings.NewReader(`{"verb": "pause", "why": "a test", "name": "` + api.NewName() + `"}`)
		request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/v1/orders", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+operator)
		if c.kind != "" {
			request.Header.Set("Content-Type", c.kind)
		}
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%q from %q: got %d, want %d", c.kind, c.origin, answer.StatusCode, c.want)
		}
	}
}

// lines is a log that is read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), what)
}

// serving has a server answer on a port of its own, and returns its address and its log.
func serving(t testing.TB) (address string, log *lines) {
	t.Helper()
	_, address, log = servingOver(t, nil)
	return address, log
}

// servingOver is serving, over TLS if there are settings for it.
func servingOver(t testing.TB, settings *tls.Config) (s *api.Server, address string, log *lines) {
	t.Helper()
	file, policy := estate(t)
	log = &lines{}
	s = api.New(api.Config{
		Agent: newAgent(policy), Scenario: file, Log: slog.New(slog.NewTextHandler(log, nil)),
		TLS: settings,
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		end()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, listener.Addr().String(), log
}

// askEach opens connections, one after the other, and has each say something.
func askEach(t *testing.T, address string, count int, says string) (open []net.Conn) {
	t.Helper()
	for range count {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = connection.Close() })
		if _, err := connection.Write([]byte(says)); err != nil {
			t.Fatal(err)
		}
		open = append(open, connection)
	}
	return open
}

const livez = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"

// answers reports whether something comes over a connection in time.
func answers(c net.Conn, within time.Duration) bool {
	_ = c.SetReadDeadline(time.Now().Add(within))
	n, _ := c.Read(make([]byte, 16))
	return n > 0
}

// Who opens one connection after the other, and brings half a request, is let in up to a bound, and
// the rest wait.
func TestConnectionsHaveABound(t *testing.T) {
	address, _ := serving(t)
	askEach(t, address, 256, "GET /livez HTTP/1.1\r\n")
	last := askEach(t, address, 1, livez)[0]
	if answers(last, 500*time.Millisecond) {
		t.Error("somebody was answered beyond the bound")
	}
	if !answers(last, 20*time.Second) {
		t.Error("half a request keeps its place for ever")
	}
}

// A check of health does not wait for clients that keep their connections, and ask nothing.
func TestIdleConnectionsGiveWay(t *testing.T) {
	address, log := serving(t)
	open := askEach(t, address, 300, livez)
	for i, connection := range open {
		if !answers(connection, 10*time.Second) {
			t.Fatalf("connection %d was not answered", i)
		}
	}
	if !answers(askEach(t, address, 1, livez)[0], 10*time.Second) {
		t.Error("a check of health waits")
	}
	if n := log.count("brought no request"); n > 0 {
		t.Errorf("%d clients are said to have brought nothing", n)
	}
}

// Whoever is refused again and again does not fill the agent's log.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	address, log := serving(t)
	begin := time.Now()
	for range 100 {
		if got, _ := send(t, "GET", "http://"+address+"/v1/status", "wrong", ""); got != 401 {
			t.Fatalf("got %d, want it refused", got)
		}
	}
	most := int(time.Since(begin)/time.Second) + 1
	if got := log.count("was refused"); got < 1 || got > most {
		t.Errorf("got %d lines for 100 refusals, want 1 to %d", got, most)
	}
}
