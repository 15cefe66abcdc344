package peer_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/model"
	"redoubt/peer"
)

const cluster = "orders"

var regions = []string{"east", "west", "north"}

// journal is a log that a test reads.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// authority makes the authority of a cluster.
func authority(t testing.TB, cluster string) *peer.Authority {
	t.Helper()
	a, err := peer.NewAuthority(cluster, time.Hour)
	must(t, err)
	return a
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func issue(t testing.TB, a *peer.Authority, region string) peer.Pair {
	t.Helper()
	pair, err := a.Issue(region, time.Hour)
	must(t, err)
	return pair
}

// node is one that runs in a test.
type node struct {
	*peer.Node
	keys    *peer.Keys
	address string
	journal *journal
}

// echo answers with who has asked what.
func echo(from model.RegionID, request []byte) ([]byte, error) {
	if strings.HasPrefix(string(request), "refuse ") {
		return nil, fmt.Errorf("not that: %s", request)
	}
	return fmt.Appendf(nil, "%s: %s", regions[from], request), nil
}

// start runs a node of a region until the test ends.
func start(
	t testing.TB, keys *peer.Keys, region model.RegionID, change func(*peer.Config),
) *node {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return startAt(t, listener, keys, region, change)
}

// startAt is start on a listener.
func startAt(
	t testing.TB, listener net.Listener, keys *peer.Keys, region model.RegionID,
	change func(*peer.Config),
) *node {
	t.Helper()
	var err error
	n := &node{keys: keys, address: listener.Addr().String(), journal: new(journal)}
	config := peer.Config{
		Cluster: cluster, Region: region, Regions: regions, Keys: keys, Handler: echo,
		Log: n.journal.log(),
	}
	if change != nil {
		change(&config)
	}
	n.Node, err = peer.New(config)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return n
}

// startAll runs a node in each region, and tells each where the others are.
func startAll(t testing.TB, a *peer.Authority, change func(*peer.Config)) []*node {
	t.Helper()
	var nodes []*node
	for r, region := range regions {
		keys, err := peer.NewKeys(a.Pair().Certificate, issue(t, a, region))
		must(t, err)
		nodes = append(nodes, start(t, keys, model.RegionID(r), change))
	}
	for _, n := range nodes {
		for r, other := range nodes {
			n.Move(model.RegionID(r), other.address)
		}
	}
	return nodes
}

// ask asks within some seconds.
func (n *node) ask(to model.RegionID, what string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got, err := n.Ask(ctx, to, []byte(what))
	return string(got), err
}

// works checks that a region still answers another.
func works(t testing.TB, from *node, to model.RegionID) {
	t.Helper()
	if got, err := from.ask(to, "still there?"); err != nil ||
		!strings.HasSuffix(got, ": still there?") {
		t.Errorf("%s says %q, %v", regions[to], got, err)
	}
}

// until waits until something is so.
func until(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 20 s: %s", what)
		}
	}
}

// refuses checks that a node has refused somebody for a reason.
func refuses(t testing.TB, n *node, reason peer.Reason, times uint64) {
	t.Helper()
	until(t, fmt.Sprintf("%d refused for %s", times, reason),
		func() bool { return n.Refused(reason) >= times })
	if got := n.Refused(reason); got != times {
		t.Errorf("%d refused for %s, want %d", got, reason, times)
	}
}

// client is TLS as somebody would speak it who is no node.
func client(pair *peer.Pair, protocols ...string) *tls.Config {
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: protocols}
	if pair != nil {
		certificate, err := tls.X509KeyPair(pair.Certificate, pair.Key)
		if err != nil {
			panic(err)
		}
		// Shown whatever authorities the other names.
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &certificate, nil
		}
	}
	return config
}

// questions opens a connection for questions as a node would, and leaves the rest to the caller.
func questions(t testing.TB, to *node, pair peer.Pair) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", to.address, client(&pair, "redoubt-ask/1"))
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Fatalf("not welcome: %v", err)
	}
	return conn
}

// noLeaks fails a test after which more runs than before.
func noLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 400 {
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, now\n%s", before, stacks[:runtime.Stack(stacks, true)])
	})
}
