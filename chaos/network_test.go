//go:build linux

package chaos

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// regions is how many there are: two with a database, and a witness.
const regions = 3

// network is all that leads from one region to another: relays, each for one service of a region
// and whoever asks it from another one. A direction that is cut holds streams back, as lost packets
// do that are sent again, and loses datagrams.
type network struct {
	cut [regions][regions]atomic.Bool
	// owner finds whose a stream is that comes to where everybody comes.
	owner func(port int) int

	mu     sync.Mutex
	closed bool
	open   []io.Closer
	group  sync.WaitGroup
}

// passes reports whether what one region sends comes to another.
func (n *network) passes(from, to int) bool {
	return from == to || !n.cut[from][to].Load()
}

// set cuts a direction, or heals it.
func (n *network) set(from, to int, cut bool) { n.cut[from][to].Store(cut) }

// isolate cuts a region off, or heals that, in the directions that are said.
func (n *network) isolate(region int, out, in, cut bool) {
	for other := range regions {
		if other == region {
			continue
		}
		if out {
			n.set(region, other, cut)
		}
		if in {
			n.set(other, region, cut)
		}
	}
}

// heal heals everything.
func (n *network) heal() {
	for from := range regions {
		for to := range regions {
			n.set(from, to, false)
		}
	}
}

// pollEvery is how often a stream that is held back looks whether it may go on.
const pollEvery = 5 * time.Millisecond

// keep notes what has to be closed in the end, and closes it at once where that has come.
func (n *network) keep(c io.Closer) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = c.Close()
		return false
	}
	n.open = append(n.open, c)
	return true
}

// close ends all relays.
func (n *network) close() {
	n.mu.Lock()
	n.closed = true
	open := n.open
	n.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	n.group.Wait()
}

// relay is where streams of one region come that go to a place in another. From -1 is anybody, who
// is found out.
func (n *network) relay(from, to int, target string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), n.serve(listener, from, to, target)
}

func (n *network) serve(listener net.Listener, from, to int, target string) error {
	if !n.keep(listener) {
		return net.ErrClosed
	}
	n.group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			from := from
			if from < 0 {
				from = n.owner(conn.RemoteAddr().(*net.TCPAddr).Port)
			}
			if from < 0 || !n.keep(conn) {
				_ = conn.Close()
				continue
			}
			n.group.Go(func() { n.join(conn, from, to, target) })
		}
	})
	return nil
}

// join connects a stream with where it goes, once both directions pass: a connection takes both.
func (n *network) join(near net.Conn, from, to int, target string) {
	defer near.Close()
	_ = near.SetReadDeadline(time.Time{})
	for !n.passes(from, to) || !n.passes(to, from) {
		if n.over() {
			return
		}
		time.Sleep(pollEvery)
	}
	far, err := net.DialTimeout("tcp", target, time.Second)
	if err != nil {
		// Whoever is not there refuses, at once.
		if tcp, ok := near.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return
	}
	defer far.Close()
	if !n.keep(far) {
		return
	}
	over := make(chan struct{}, 2)
	go func() { n.pump(near, far, from, to); over <- struct{}{} }()
	go func() { n.pump(far, near, to, from); over <- struct{}{} }()
	<-over
	_ = near.Close()
	_ = far.Close()
	<-over
}

func (n *network) over() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

// pump passes on what comes, and its end, when the direction passes.
func (n *network) pump(source, sink net.Conn, from, to int) {
	buffer := make([]byte, 32<<10)
	for {
		count, err := source.Read(buffer)
		for !n.passes(from, to) && !n.over() && !errors.Is(err, net.ErrClosed) {
			time.Sleep(pollEvery)
		}
		if count > 0 {
			if _, problem := sink.Write(buffer[:count]); problem != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// gossip relays datagrams and streams to all regions: places are where they listen, and what is
// returned is where the others find them.
func (n *network) gossip(places [regions]string) (found [regions]string, err error) {
	var sockets [regions]net.PacketConn
	for to := range regions {
		listener, socket, err := bothOn()
		if err != nil {
			return found, err
		}
		if !n.keep(socket) {
			return found, net.ErrClosed
		}
		sockets[to], found[to] = socket, listener.Addr().String()
		if err := n.serve(listener, -1, to, places[to]); err != nil {
			return found, err
		}
	}
	for to := range regions {
		target, err := net.ResolveUDPAddr("udp", places[to])
		if err != nil {
			return found, err
		}
		n.group.Go(func() {
			buffer := make([]byte, 64<<10)
			for {
				count, source, err := sockets[to].ReadFrom(buffer)
				if err != nil {
					return
				}
				for from := range regions {
					if places[from] == source.String() && n.passes(from, to) {
						_, _ = sockets[from].WriteTo(buffer[:count], target) // Datagrams may be lost.
					}
				}
			}
		})
	}
	return found, nil
}

// bothOn listens on one port over TCP and UDP.
func bothOn() (net.Listener, net.PacketConn, error) {
	var last error
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		socket, err := net.ListenPacket("udp", listener.Addr().String())
		if err == nil {
			return listener, socket, nil
		}
		_, last = listener.Close(), err
	}
	return nil, nil, last
}

// ownerOf finds which of some processes has a TCP socket on a local port, or -1.
func ownerOf(port int, pids []int) int {
	inode := inodeOf(port)
	if inode == "" {
		return -1
	}
	want := "socket:[" + inode + "]"
	for i, pid := range pids {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, file := range files {
			if link, err := os.Readlink(file); err == nil && link == want {
				return i
			}
		}
	}
	return -1
}

// inodeOf is that of the socket that was connected from a port on loopback.
func inodeOf(port int) string {
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return ""
	}
	defer file.Close()
	want := ":" + strings.ToUpper(fmt.Sprintf("%04x", port))
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		const inodeAt = 9
		if len(fields) > inodeAt && strings.HasSuffix(fields[1], want) && fields[inodeAt] != "0" {
			return fields[inodeAt]
		}
	}
	return ""
}

// TestARelayHoldsBackAndGoesOn cuts one direction of a stream, then heals it.
func TestARelayHoldsBackAndGoesOn(t *testing.T) {
	n := &network{}
	defer n.close()
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		for {
			conn, err := echo.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(conn, conn); _ = conn.Close() }()
		}
	}()
	place, err := n.relay(0, 1, echo.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", place)
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
		n.set(cut[0], cut[1], true)
		if err := asks(100 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("cut %v: got %v, want nothing to come", cut, err)
		}
		n.heal()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Errorf("healed %v: got %v, want what was held back", cut, err)
		}
	}
	port, _ := strconv.Atoi(place[strings.LastIndex(place, ":")+1:])
	if got := ownerOf(conn.LocalAddr().(*net.TCPAddr).Port, []int{1 << 30, os.Getpid()}); got != 1 {
		t.Errorf("a stream from this process to port %d is said to be of %d", port, got)
	}
}
