//go:build linux

package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// most is how many regions there can be, and regions how many there are: two with a database, and
// one witness, or three with AGENTS=5.
const most = 5

var regions = counted(os.Getenv("AGENTS"))

// counted is how many agents are asked for, 0 where that cannot be.
func counted(text string) int {
	switch text {
	case "", "3":
		return 3
	case "5":
		return most
	}
	return 0
}

// matrix says which directions are cut: from the first region to the second.
type matrix [most][most]bool

// network is what regions run in, and all that leads from one to another. A direction that is cut
// is silent: nobody is told, and what is sent again arrives when the cut is healed.
type network interface {
	fmt.Stringer
	// address is where a service of a region can listen, and its own region finds it; a private one
	// is on loopback.
	address(region int, private bool) (string, error)
	// way is where one region finds what listens at an address in another.
	way(from, to int, address string) (string, error)
	// gossip is where the others find what listens at places, by datagrams and streams.
	gossip(places [most]string) ([most]string, error)
	// become cuts these directions, and heals all others, at once.
	become(cuts matrix) error
	// within has what is connected, listened on or started belong to a region.
	within(region int, do func() error) error
	close()
}

// links are the network of an estate, and what of it is cut.
type links struct {
	network
	failed func(...any)

	mu   sync.Mutex
	cuts matrix
}

// change changes what is cut.
func (l *links) change(do func(cuts *matrix)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	do(&l.cuts)
	if err := l.become(l.cuts); err != nil {
		l.failed(err)
	}
}

// set cuts a direction, or heals it.
func (l *links) set(from, to int, cut bool) {
	l.change(func(cuts *matrix) { cuts[from][to] = cut })
}

// isolate cuts a region off, or heals that, in the directions that are said.
func (l *links) isolate(region int, out, in, cut bool) {
	l.change(func(cuts *matrix) {
		for other := range regions {
			if out && other != region {
				cuts[region][other] = cut
			}
			if in && other != region {
				cuts[other][region] = cut
			}
		}
	})
}

// heal heals everything.
func (l *links) heal() { l.change(func(cuts *matrix) { *cuts = matrix{} }) }

// dialer connects as a region does.
func dialer(n network, region int) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, kind, address string) (conn net.Conn, err error) {
		err = n.within(region, func() (problem error) {
			conn, problem = (&net.Dialer{}).DialContext(ctx, kind, address)
			return problem
		})
		return conn, err
	}
}

// newNetwork makes the one that NET names: namespaces or relays. Where it names none, it is
// namespaces where they can be had.
func newNetwork(t testing.TB, owner func(port int) int) network {
	t.Helper()
	kind := os.Getenv("NET")
	if kind == "relays" {
		return newRelays(owner)
	}
	if kind != "" && kind != "namespaces" {
		t.Fatalf("NET=%s: it is namespaces or relays", kind)
	}
	made, err := newSpaces()
	switch {
	case err == nil:
		return made
	case kind != "":
		needed(t, err)
	}
	t.Logf("no namespaces can be had: %v", err)
	return newRelays(owner)
}

// networks are all kinds that can be had here.
func networks(t *testing.T) (all []network) {
	t.Helper()
	all = append(all, newRelays(nil))
	made, err := newSpaces()
	if err != nil {
		t.Logf("no namespaces can be had: %v", err)
		return all
	}
	return append(all, made)
}

// echo answers in a region what it is told, and is where another one finds it.
func echo(t *testing.T, n network, from, at int, private bool) string {
	t.Helper()
	address, err := n.address(at, private)
	if err != nil {
		t.Fatal(err)
	}
	var listener net.Listener
	err = n.within(at, func() (problem error) {
		listener, problem = net.Listen("tcp", address)
		return problem
	})
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
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
		}
	}()
	found, err := n.way(from, at, address)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestACutIsSilentAndGoesOn cuts each direction of a stream, then heals it.
func TestACutIsSilentAndGoesOn(t *testing.T) {
	for _, n := range networks(t) {
		for _, private := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/private %v", n, private), func(t *testing.T) {
				cutAndHeal(t, n, echo(t, n, 0, 1, private))
			})
		}
		n.close()
	}
}

func cutAndHeal(t *testing.T, n network, place string) {
	t.Helper()
	l := &links{network: n, failed: t.Error}
	ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
	defer end()
	conn, err := dialer(n, 0)(ctx, "tcp", place)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	asks := func(limit time.Duration) error {
		_ = conn.SetDeadline(time.Now().Add(limit))
		if _, err := conn.Write([]byte("x")); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, make([]byte, 1))
		return err
	}
	for _, cut := range [][2]int{{0, 1}, {1, 0}} {
		if err := asks(5 * time.Second); err != nil {
			t.Fatal(err)
		}
		l.set(cut[0], cut[1], true)
		if err := asks(100 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("cut %v: got %v, want nothing to come", cut, err)
		}
		l.heal()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Errorf("healed %v: got %v, want what was held back", cut, err)
		}
	}
	l.isolate(2, true, true, true)
	if err := asks(5 * time.Second); err != nil {
		t.Errorf("others are cut off: %v", err)
	}
	l.heal()
}

// TestAStreamHasAnOwner finds out whose a stream is.
func TestAStreamHasAnOwner(t *testing.T) {
	n := newRelays(nil)
	defer n.close()
	place := echo(t, n, 0, 1, false)
	conn, err := net.Dial("tcp", place)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	port, _ := strconv.Atoi(place[strings.LastIndex(place, ":")+1:])
	if got := ownerOf(conn.LocalAddr().(*net.TCPAddr).Port, []int{1 << 30, os.Getpid()}); got != 1 {
		t.Errorf("a stream from this process to port %d is said to be of %d", port, got)
	}
}

// changes is a network that notes when something of it is cut or healed.
type changes struct {
	network
	at []time.Time
}

func (c *changes) become(matrix) error {
	c.at = append(c.at, time.Now())
	return nil
}

// A link flaps as the seed has it, so that a round can be played again.
func TestFlappingIsOfTheSeed(t *testing.T) {
	flaps := func(seed uint64) (all []time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			network := &changes{}
			e := &estate{links: &links{network: network, failed: t.Error}}
			heal := flapping(e, 0, rand.New(rand.NewPCG(seed, 2)))
			began := time.Now()
			time.Sleep(overdue)
			heal()
			for _, at := range network.at {
				all = append(all, at.Sub(began))
			}
			if e.links.cuts != (matrix{}) {
				t.Errorf("still cut: %v", e.links.cuts)
			}
		})
		return all
	}
	first, again, other := flaps(1), flaps(1), flaps(2)
	if !slices.Equal(first, again) || slices.Equal(first, other) || len(first) < 12 {
		t.Errorf("got %v, then %v, and with another seed %v", first, again, other)
	}
}
