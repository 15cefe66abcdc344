package probe_test

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/probe"
)

// page is a probe of a page that must have "all well" in it.
func page(path string) model.Probe {
	return model.Probe{
		Kind: model.HTTPProbe, Target: "http://{at}" + path, Status: 200, Body: "all well",
	}
}

// site is a server with pages that go well and wrong in many ways.
func site(over <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }
	mux.HandleFunc("/up", func(w http.ResponseWriter, _ *http.Request) { write(w, "is all well?") })
	mux.HandleFunc("/wrong", func(w http.ResponseWriter, _ *http.Request) { write(w, "secret text") })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(100 * time.Millisecond)
		write(w, "all well")
	})
	mux.HandleFunc("/hang", func(http.ResponseWriter, *http.Request) { <-over })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			write(w, "x")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
	mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 14 {
			write(w, strings.Repeat("x", 1<<10))
		}
		write(w, "all well")
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		var packed bytes.Buffer
		into := gzip.NewWriter(&packed)
		_, _ = into.Write(append([]byte("all well"), make([]byte, 1<<24)...))
		_ = into.Close()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	})
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		write(w, "all well")
	})
	mux.Handle("/moved", http.RedirectHandler("/up", http.StatusFound))
	mux.Handle("/round", http.RedirectHandler("/round", http.StatusFound))
	mux.Handle("/away", http.RedirectHandler("http://127.0.0.1:1/up", http.StatusFound))
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		_, port, _ := net.SplitHostPort(r.Host)
		http.Redirect(w, r, "http://localhost:"+port+"/up", http.StatusFound)
	})
	return mux
}

func TestHTTP(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	server := httptest.NewServer(site(over))
	defer server.CloseClientConnections()
	at := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct {
		name   string
		look   looker
		probe  model.Probe
		answer probe.Answer
		why    string
		silent bool
	}{
		{"up", looker{}, page("/up"), probe.Good, "", false},
		{"slow", looker{}, page("/slow"), probe.Good, "", false},
		{"another status", looker{}, page("/down"), probe.Bad, "status is 503, not 200", false},
		{"another body", looker{}, page("/wrong"), probe.Bad, "lacks what must stand in it", false},
		{"hangs", quick, page("/hang"), probe.Bad, "no answer within 300ms", true},
		{"drips", quick, page("/drip"), probe.Bad, "no answer within 300ms", true},
		{"huge", looker{}, page("/huge"), probe.Bad, "in its first 65536 bytes", false},
		{"packed", looker{}, page("/bomb"), probe.Bad, "lacks what must stand in it", false},
		{"long headers", looker{}, page("/headers"), probe.Bad, "does not answer as it should", false},
		{"redirect", looker{}, page("/moved"), probe.Bad, "status is 302", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.look.look(t, c.probe, at)
			want(t, got, c.answer, c.why)
			if got.Silent != c.silent {
				t.Errorf("silent: %t", got.Silent)
			}
		})
	}
	want(t, looker{}.look(t, page("/up"), nobody(t)), probe.Bad, "connection refused")
	shut := listening(t, func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_ = conn.Close()
	})
	want(t, looker{}.look(t, page("/up"), shut), probe.Bad, "it closed the connection")
}

func TestRedirectsAreFollowedOnOneHostOnly(t *testing.T) {
	server := httptest.NewServer(site(nil))
	defer server.Close()
	at := strings.TrimPrefix(server.URL, "http://")
	for path, why := range map[string]string{
		"/moved": "", "/round": "elsewhere, or too often", "/away": "elsewhere, or too often",
		"/elsewhere": "elsewhere, or too often",
	} {
		p := page(path)
		p.Redirects = true
		answer := probe.Good
		if why != "" {
			answer = probe.Bad
		}
		want(t, looker{}.look(t, p, at), answer, why)
	}
}

// TestEachProbeTriesTheWay has none use a connection that another has opened.
func TestEachProbeTriesTheWay(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(site(nil))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	made, err := probe.Make(page("/up"), probe.Config{
		Scenario: shop(), Addresses: map[model.RegionID]map[string]string{
			0: {"at": strings.TrimPrefix(server.URL, "http://")},
		},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		want(t, made.Probe(t.Context()), probe.Good, "")
	}
	if got := opened.Load(); got != 3 {
		t.Errorf("three probes opened %d connections", got)
	}
}

// TestCertificatesAreVerified looks at a server with an authority that is given, one that is not,
// and under another name.
func TestCertificatesAreVerified(t *testing.T) {
	server := httptest.NewUnstartedServer(site(nil))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	at := strings.TrimPrefix(server.URL, "https://")
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	p := page("/up")
	p.Target = "https://{at}/up"
	want(t, looker{roots: roots}.look(t, p, at), probe.Good, "")
	none := x509.NewCertPool()
	want(t, looker{roots: none}.look(t, p, at), probe.Bad, "authority that nobody trusts")
	_, port, _ := net.SplitHostPort(at)
	want(t, looker{roots: roots}.look(t, p, "localhost:"+port), probe.Bad, "of another name")
	plain := httptest.NewServer(site(nil))
	defer plain.Close()
	other := strings.TrimPrefix(plain.URL, "http://")
	want(t, looker{roots: roots}.look(t, p, other), probe.Bad, "does not answer as it should")
}

// TestAProxyOfTheEnvironmentIsUsedOnlyWhereThatIsSaid has one in the environment that nobody asked
// for.
func TestAProxyOfTheEnvironmentIsUsedOnlyWhereThatIsSaid(t *testing.T) {
	if uses, err := probe.UsesProxy(page("/up")); uses || err != nil {
		t.Errorf("a proxy is used that nobody asked for (%v)", err)
	}
	asked := page("/up")
	asked.Proxy = true
	if uses, err := probe.UsesProxy(asked); !uses || err != nil {
		t.Errorf("no proxy is used where one was asked for (%v)", err)
	}
}
