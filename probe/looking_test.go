package probe_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"redoubt/model"
	"redoubt/probe"
)

// needed skips a test for what is missing, or fails where all tools have to be there.
func needed(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("REDOUBT_TOOLS") == "required" {
		t.Fatal(missing)
	}
	t.Skip(missing)
}

// looker makes one probe of a scenario, as a runner would.
type looker struct {
	roots       *x509.CertPool
	environment []string
	timeout     time.Duration
}

// look probes once, at an address that the probe's template calls "at".
func (l looker) look(t *testing.T, p model.Probe, at string) probe.Result {
	t.Helper()
	made, err := probe.Make(p, probe.Config{
		Scenario: shop(), Roots: l.roots, Environment: l.environment,
		Addresses: map[model.RegionID]map[string]string{0: {"at": at}},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if l.timeout == 0 {
		l.timeout = 5 * time.Second
	}
	ctx, end := probe.Timed(t.Context(), l.timeout)
	defer end()
	began := time.Now()
	result := made.Probe(ctx)
	if took := time.Since(began); took > l.timeout+2*time.Second {
		t.Errorf("a probe with %s took %s", l.timeout, took)
	}
	return result
}

// want holds what a probe learnt, and that it says why where it is not good.
func want(t *testing.T, got probe.Result, answer probe.Answer, why string) {
	t.Helper()
	if got.Answer != answer || !strings.Contains(got.Why, why) || (why == "") != (got.Why == "") {
		t.Errorf("got %s (%q), want %s (%q)", got.Answer, got.Why, answer, why)
	}
}

// listening is a server on loopback that has each connection handled, and its address.
func listening(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go handle(conn)
		}
	}()
	return listener.Addr().String()
}

// nobody is an address on loopback that nobody listens on.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// quick is for what hangs.
var quick = looker{timeout: 300 * time.Millisecond}

func TestTCP(t *testing.T) {
	p := model.Probe{Kind: model.TCPProbe, Target: "{at}"}
	up := listening(t, func(net.Conn) {})
	want(t, looker{}.look(t, p, up), probe.Good, "")
	got := looker{}.look(t, p, nobody(t))
	want(t, got, probe.Bad, "connection refused")
	if got.Silent {
		t.Error("a refusal is no silence")
	}
}

// TestWhatNeverLeavesTheMachineIsUntold says of errors whose they are.
func TestWhatNeverLeavesTheMachineIsUntold(t *testing.T) {
	p := model.Probe{Kind: model.TCPProbe, Target: "{at}"}
	want(t, looker{}.look(t, p, "255.255.255.255:80"), probe.Untold, "never left")
	call := func(number syscall.Errno) error {
		return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", number)}
	}
	calls := func(one, other syscall.Errno) error { return errors.Join(call(one), call(other)) }
	for _, c := range []struct {
		err    error
		answer probe.Answer
		silent bool
		why    string
	}{
		{call(syscall.EMFILE), probe.Untold, false, "never left"},
		{call(syscall.ENETUNREACH), probe.Untold, false, "never left"},
		{call(syscall.EADDRNOTAVAIL), probe.Untold, false, "never left"},
		{call(syscall.EPERM), probe.Untold, false, "never left"},
		{call(syscall.EHOSTUNREACH), probe.Bad, true, "no route to host"},
		{call(syscall.ETIMEDOUT), probe.Bad, true, "no answer within"},
		{call(syscall.ECONNREFUSED), probe.Bad, false, "refused"},
		{call(syscall.ECONNRESET), probe.Bad, false, "reset"},
		{&net.DNSError{Name: "hunter2", IsNotFound: true}, probe.Bad, false, "does not exist"},
		{&net.DNSError{Name: "hunter2", IsTimeout: true}, probe.Untold, false, "resolver here"},
		{&net.DNSError{Name: "hunter2", IsTemporary: true}, probe.Untold, false, "resolver here"},
		{calls(syscall.ENETUNREACH, syscall.ECONNREFUSED), probe.Bad, false, "refused"},
		{calls(syscall.ETIMEDOUT, syscall.ENETUNREACH), probe.Bad, true, "no answer"},
		{calls(syscall.ETIMEDOUT, syscall.ECONNREFUSED), probe.Bad, false, "refused"},
		{calls(syscall.ENETUNREACH, syscall.EMFILE), probe.Untold, false, "never left"},
		{x509.CertificateInvalidError{Reason: x509.Expired}, probe.Bad, false, "has expired"},
		{x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}, probe.Bad, false, "not valid"},
		{io.ErrUnexpectedEOF, probe.Bad, false, "closed the connection"},
		{&pgconn.PgError{Code: "57P03", Message: "hunter2"}, probe.Bad, false, "SQLSTATE 57P03"},
		{&pgconn.PgError{Code: "hunter2"}, probe.Bad, false, "SQLSTATE none"},
		{errors.New("hunter2"), probe.Bad, false, "does not answer as it should"},
	} {
		got := probe.Judge(t.Context(), fmt.Errorf("looking: %w", c.err))
		want(t, got, c.answer, c.why)
		if got.Silent != c.silent || strings.Contains(got.Why, "hunter2") {
			t.Errorf("%v: got %+v", c.err, got)
		}
	}
}

// TestOneThatIsCalledOffIsUntold ends the context of each kind of probe while it hangs.
func TestOneThatIsCalledOffIsUntold(t *testing.T) {
	hangs := listening(t, func(net.Conn) {})
	for _, p := range []model.Probe{
		{Kind: model.HTTPProbe, Target: "http://{at}/", Status: 200},
		{Kind: model.PostgreSQLProbe, Target: "postgres://tester@{at}/x?sslmode=disable"},
		{Kind: model.CommandProbe, Command: []string{"/bin/sleep", "60"}},
		{Kind: model.DNSProbe, Target: "{at}", Name: "shop.example."},
	} {
		made, err := probe.Make(p, probe.Config{
			Scenario:  shop(),
			Addresses: map[model.RegionID]map[string]string{0: {"at": hangs}},
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if p.Kind == model.DNSProbe { // Nobody refuses it, and nobody answers.
			udp, err := net.ListenPacket("udp", hangs)
			if err != nil {
				t.Fatal(err)
			}
			defer udp.Close()
		}
		ctx, end := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, end)
		want(t, made.Probe(ctx), probe.Untold, "called off")
	}
}

// TestNothingPilesUp looks again and again at what takes connections and then hangs: soon after,
// nothing is left of it.
func TestNothingPilesUp(t *testing.T) {
	var open atomic.Int32
	at := listening(t, func(conn net.Conn) {
		open.Add(1)
		_, _ = io.Copy(io.Discard, conn)
		open.Add(-1)
	})
	before := runtime.NumGoroutine()
	for _, p := range []model.Probe{
		{Kind: model.HTTPProbe, Target: "http://{at}/", Status: 200},
		{Kind: model.HTTPProbe, Target: "https://{at}/", Status: 200},
		{Kind: model.PostgreSQLProbe, Target: "postgres://tester@{at}/x?sslmode=disable"},
		{Kind: model.PostgreSQLProbe, Target: "postgres://tester@{at}/x?sslmode=prefer"},
	} {
		for range 20 {
			want(t, looker{timeout: 30 * time.Millisecond}.look(t, p, at), probe.Bad, "no answer within")
		}
	}
	within(t, "all is closed", func() bool {
		return open.Load() == 0 && runtime.NumGoroutine() <= before+1
	})
}
