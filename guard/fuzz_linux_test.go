package guard

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"redoubt/failover"
)

// idle is a store of which nothing runs.
type idle struct{}

func (idle) Process() (Process, error)                              { return Process{}, nil }
func (idle) Booted(context.Context) error                           { return nil }
func (idle) Open(context.Context, func(syscall.Signal) error) error { return nil }
func (idle) Writes(context.Context) (bool, error)                   { return false, nil }

// hollow is a guard whose store lives in no process: it opens, stops and boots at once.
func hollow(t testing.TB, dir string, terms Terms, log *slog.Logger) (g *Guard, end func()) {
	t.Helper()
	g, err := New(Config{Dir: dir, Terms: terms, Store: idle{}, First: true, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	heard, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	var tasks sync.WaitGroup
	tasks.Go(func() { _, _ = io.Copy(io.Discard, heard) })
	tasks.Go(func() {
		for {
			for ; !g.mayLive(); time.Sleep(time.Millisecond) {
				select {
				case <-over:
					return
				default:
				}
			}
			g.begins(&cage{tell: tell})
			g.answers()
			for stopped := false; !stopped; {
				select {
				case <-over:
					return
				case <-g.open:
					g.isOpen()
				case <-g.stop:
					stopped = true
				case <-g.rest:
					stopped = true
				case <-time.After(5 * time.Millisecond):
					stopped = g.expires()
				}
			}
			g.ends()
		}
	})
	return g, func() {
		close(over)
		_ = tell.Close()
		tasks.Wait()
		_ = heard.Close()
		_ = g.lock.Close()
	}
}

// httpOf is a request as it goes over the socket.
func httpOf(method, path, body string) string {
	var b bytes.Buffer
	r := httptest.NewRequest(method, "http://guard"+path, strings.NewReader(body))
	_ = r.Write(&b) // A buffer takes all.
	return b.String()
}

// strangers are what might come over a guard's socket, and who is not an agent might send.
var strangers = []string{
	"", "\x00", "GARBAGE\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("A", 9000),
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", // TLS.
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	httpOf("GET", "/v1/show", ""), httpOf("DELETE", "/v1/standing", ""),
	httpOf("POST", "/v2/fence", ""),
	httpOf("POST", "/v1/show", ""), httpOf("POST", "/v1/show", "{}"), httpOf("POST", "/v1/show", "[]"),
	httpOf("POST", "/v1/show", `{"epoch": -1}`), httpOf("POST", "/v1/show", `{"epoch": 4294967296}`),
	httpOf("POST", "/v1/show", `{"epoch": 1, "ticket": 1, "lease_ns": 3600000000000}`),
	httpOf("POST", "/v1/show", `{"epoch": 1, "ticket": 18446744073709551615, "lease_ns": 9}`),
	httpOf("POST", "/v1/show", `{"epoch": 1, "ticket": 1, "lease_ns": 9223372036854775807}`),
	httpOf("POST", "/v1/show", `{"epoch": 1}{"epoch": 2}`), httpOf("POST", "/v1/fence", `{"epoh": 1}`),
	httpOf("POST", "/v1/fence", `{"epoch": 1} trailing`),
	httpOf("POST", "/v1/fence", strings.Repeat(" ", 9000)+`{"epoch": 1}`),
	httpOf("POST", "/v1/fence", `{"epoch":`+strings.Repeat("[", 4000)),
	"POST /v1/fence HTTP/1.1\r\nHost: g\r\nContent-Length: 99999999999\r\n\r\n{}",
	"POST /v1/fence HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n{}",
	"POST /v1/fence HTTP/1.1\r\nHost: g\r\nX: " + strings.Repeat("x", 20000) + "\r\n\r\n{}",
}

// sent sends bytes to a socket, and returns what comes back until it is closed.
func sent(t testing.TB, socket string, what []byte) string {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write(what) // It may have been shown the door before the end.
	_ = conn.(*net.UnixConn).CloseWrite()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// hollowServed is a hollow guard on a socket.
func hollowServed(t testing.TB, log *slog.Logger) (*Guard, string) {
	t.Helper()
	dir := t.TempDir()
	g, end := hollow(t, dir, Terms{Lease: time.Hour, Stop: time.Second}, log)
	socket := filepath.Join(dir, "guard.sock")
	listener, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- g.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		end()
	})
	return g, socket
}

// Strangers on the socket are refused, counted, and logged at most once a second; nothing is opened
// or fenced, and an agent is answered as before.
func TestStrangersOnTheSocketAreRefused(t *testing.T) {
	var log strings.Builder
	var writing sync.Mutex
	g, socket := hollowServed(t, slog.New(slog.NewTextHandler(lockedWriter{&writing, &log}, nil)))
	began := time.Now()
	for i, what := range strangers {
		before := g.Refused()
		answer := sent(t, socket, []byte(what))
		if strings.Contains(answer, "200 OK") {
			t.Errorf("%.60q is answered %.80q", what, answer)
		}
		until := time.Now().Add(5 * time.Second)
		for g.Refused() == before && what != "" && time.Now().Before(until) {
			time.Sleep(time.Millisecond)
		}
		if counted := g.Refused() - before; counted != 1 && what != "" {
			t.Errorf("stranger %d, %.60q, counts %d times", i, what, counted)
		}
	}
	took := time.Since(began)
	client := NewClient(socket)
	word, err := client.Standing(t.Context())
	if err != nil || word.Phase != "fenced" || word.Fenced != 0 ||
		word.Refused != uint64(len(strangers)-1) {
		t.Errorf("after the strangers: got %+v and %v", word, err)
	}
	ticket, err := client.Ticket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	grant := Grant{Epoch: 1, Ticket: ticket, Lease: time.Hour}
	if _, err := client.Show(t.Context(), grant); err != nil {
		t.Errorf("an agent is refused after the strangers: %v", err)
	}
	writing.Lock()
	defer writing.Unlock()
	lines := strings.Count(log.String(), "refuses what it was asked")
	if most := int(took/refusalsEvery) + 1; lines < 1 || lines > most {
		t.Errorf("%d lines in %v, want 1 to %d:\n%s", lines, took, most, log.String())
	}
}

// lockedWriter is written to by one at a time.
type lockedWriter struct {
	mu *sync.Mutex
	to io.Writer
}

func (w lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(b)
}

// Whatever bytes come over the socket, nothing crashes, nothing is opened without a ticket, no
// fence falls, and an agent is answered.
func FuzzSocket(f *testing.F) {
	for _, what := range strangers {
		f.Add([]byte(what))
	}
	f.Add([]byte(httpOf("POST", "/v1/fence", `{"epoch": 7}`) + httpOf("POST", "/v1/boot", "")))
	f.Add([]byte(httpOf("POST", "/v1/rest", "") + httpOf("GET", "/v1/standing", "")))
	_, socket := hollowServed(f, silent())
	client, fenced := NewClient(socket), failover.Epoch(0)
	f.Fuzz(func(t *testing.T, what []byte) {
		sent(t, socket, what)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		word, err := client.Standing(ctx)
		if err != nil || word.Fenced < fenced || word.Phase != "fenced" {
			t.Fatalf("got %+v and %v, and epoch %d was fenced", word, err, fenced)
		}
		fenced = word.Fenced
	})
}

// grants plays what agents show and fence, in any order, against a guard, and holds what it says
// against the rules of the protocol in the plainest form.
type grants struct {
	t       *testing.T
	dir     string
	g       *Guard
	end     func()
	tickets []Ticket
	// live counts the tickets of this boot; epoch is the last one that was opened in it.
	live   int
	epoch  failover.Epoch
	fenced failover.Epoch
}

// ask asks the guard, again while it boots.
func (p *grants) ask(path string, what asked) (int, said) {
	p.t.Helper()
	body, err := json.Marshal(what)
	if err != nil {
		p.t.Fatal(err)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		w := httptest.NewRecorder()
		p.g.Handler().ServeHTTP(w, httptest.NewRequest("POST", path, bytes.NewReader(body)))
		var answer said
		if err := json.NewDecoder(w.Body).Decode(&answer); err != nil {
			p.t.Fatal(err)
		}
		if w.Code != http.StatusServiceUnavailable {
			return w.Code, answer
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s: the store boots for a minute", path)
		}
	}
}

// boot has the guard be started anew.
func (p *grants) boot() {
	if p.end != nil {
		p.end()
	}
	p.g, p.end = hollow(p.t, p.dir, Terms{Lease: time.Hour, Stop: time.Second}, silent())
	p.live, p.epoch = 0, 0
}

// leases are what a grant may say of its lease, of which the first alone opens anything.
var leases = [...]time.Duration{time.Hour, time.Second, 0, -time.Hour}

// show shows a grant, and judges the answer.
func (p *grants) show(epoch failover.Epoch, which, how byte) {
	p.t.Helper()
	ticket, mine := Ticket(how), false
	if n := len(p.tickets); n > 0 && how&0x40 == 0 {
		i := int(which) % n
		ticket, mine = p.tickets[i], i >= n-min(p.live, ticketsKept)
	}
	lease := leases[how%byte(len(leases))]
	status, answer := p.ask(showPath, asked{Epoch: epoch, Ticket: ticket, Lease: lease})
	want := http.StatusConflict
	if mine && lease == time.Hour && epoch > p.fenced && epoch >= p.epoch {
		want, p.epoch = http.StatusOK, epoch
	}
	if status != want {
		p.t.Fatalf("epoch %d, ticket %d, lease %v: got %d, %+v, want %d with %+v", epoch, ticket, lease,
			status, answer, want, *p)
	}
}

// A stale epoch, a ticket that was replayed after a boot, forged or is too old, and a lease that is
// none open nothing, in whatever order they come, and what was fenced stays so.
func FuzzGrants(f *testing.F) {
	const ticket, show, fence, boot = 0, 1, 2, 3 // Then an epoch, which ticket, and which lease.
	f.Add([]byte{
		ticket, 0, 0, 0, show, 3, 0, 0, fence, 3, 0, 0, show, 3, 0, 0, ticket, 0, 0, 0, show, 4, 1, 0,
		boot, 0, 0, 0, show, 5, 1, 0, ticket, 0, 0, 0, show, 5, 1, 0, show, 3, 2, 0, show, 5, 2, 0,
	})
	f.Add([]byte{
		ticket, 0, 0, 0, show, 3, 0, 0, show, 2, 0, 0, show, 4, 0, 0, show, 5, 0, 1, show, 5, 0, 2,
		show, 5, 0, 3, show, 5, 0, 0x44, fence, 9, 0, 0, ticket, 0, 0, 0, show, 9, 1, 0, show, 10, 1, 0,
	})
	f.Add(append(bytes.Repeat([]byte{ticket, 0, 0, 0}, ticketsKept+1),
		show, 3, 0, 0, show, 3, 1, 0, show, 3, ticketsKept, 0))
	f.Fuzz(func(t *testing.T, what []byte) {
		p := &grants{t: t, dir: t.TempDir()}
		p.boot()
		defer func() { p.end() }()
		for ; len(what) >= 4 && len(p.tickets) < 200; what = what[4:] {
			switch epoch := failover.Epoch(what[1] % 16); what[0] % 4 {
			case 0:
				_, answer := p.ask(ticketPath, asked{})
				p.tickets, p.live = append(p.tickets, answer.Ticket), p.live+1
			case 1:
				p.show(epoch, what[2], what[3])
			case 2:
				p.fenced = max(p.fenced, epoch)
				if status, answer := p.ask(fencePath, asked{Epoch: epoch}); status != http.StatusOK ||
					answer.Fenced < epoch {
					t.Fatalf("epoch %d is not fenced: %d, %+v", epoch, status, answer)
				}
			case 3:
				if what[1] < 16 { // A boot waits for the disk.
					p.boot()
				}
			}
		}
	})
}

// Who begins to say something and does not go on is given up, and refused.
func TestWhoDoesNotFinishIsGivenUp(t *testing.T) {
	t.Parallel()
	g, socket := hollowServed(t, silent())
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(12 * readMax)); err != nil {
		t.Fatal(err)
	}
	begun := "POST /v1/fence HTTP/1.1\r\nHost: g\r\nContent-Length: 99\r\n\r\n{\"epoch\":"
	if _, err := conn.Write([]byte(begun)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	answer, err := io.ReadAll(conn)
	took := time.Since(began)
	if err != nil || !strings.Contains(string(answer), "400 Bad Request") || took < readMax {
		t.Errorf("after %v: %q, %v", took, answer, err)
	}
	if g.Refused() != 1 {
		t.Errorf("it counts %d times", g.Refused())
	}
}
