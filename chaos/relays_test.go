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
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// relays are a network on loopback, each for one service of a region and whoever asks it from
// another one. A direction that is cut holds streams back, as lost packets do that are sent again,
// and loses datagrams.
type relays struct {
	cut [most][most]atomic.Bool
	// owner finds whose a stream is that comes to where everybody comes.
	owner func(port int) int
	// dial connects with where a stream goes.
	dial func(target string) (net.Conn, error)

	mu     sync.Mutex
	closed bool
	open   []io.Closer
	group  sync.WaitGroup
}

// newRelays makes those of a network. Owner finds which region's agent has a port.
func newRelays(owner func(port int) int) *relays {
	return &relays{owner: owner, dial: func(target string) (net.Conn, error) {
		return net.DialTimeout("tcp", target, time.Second)
	}}
}

// passes reports whether what one region sends comes to another.
func (n *relays) passes(from, to int) bool {
	return from == to || !n.cut[from][to].Load()
}

func (n *relays) become(cuts matrix) error {
	for from := range regions {
		for to := range regions {
			n.cut[from][to].Store(cuts[from][to])
		}
	}
	return nil
}

func (n *relays) address(int, bool) (string, error) { return freeAddress() }

func (n *relays) within(_ int, do func() error) error { return do() }

func (n *relays) String() string { return "relays on loopback" }

// pollEvery is how often a stream that is held back looks whether it may go on.
const pollEvery = 5 * time.Millisecond

// keep notes what has to be closed in the end, and closes it at once where that has come.
func (n *relays) keep(c io.Closer) bool {
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
func (n *relays) close() {
	n.mu.Lock()
	n.closed = true
	open := n.open
	n.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	n.group.Wait()
}

func (n *relays) way(from, to int, target string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), n.serve(listener, from, to, target)
}

// serve relays streams of one region to a place in another. From -1 is anybody, who is found out.
func (n *relays) serve(listener net.Listener, from, to int, target string) error {
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
func (n *relays) join(near net.Conn, from, to int, target string) {
	defer near.Close()
	_ = near.SetReadDeadline(time.Time{})
	for !n.passes(from, to) || !n.passes(to, from) {
		if n.over() {
			return
		}
		time.Sleep(pollEvery)
	}
	far, err := n.dial(target)
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

func (n *relays) over() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

// pump passes on what comes, and its end, when the direction passes.
func (n *relays) pump(source, sink net.Conn, from, to int) {
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

// gossip relays datagrams and streams to all regions.
func (n *relays) gossip(places [most]string) (found [most]string, err error) {
	var sockets [most]net.PacketConn
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
