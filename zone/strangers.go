package zone

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// errNoQuery is what is said of messages of which the header alone is read.
var errNoQuery = errors.New("its header is that of no query with one question")

// accepts judges a message by its header, as the library does, and counts those that are refused.
func (s *Server) accepts(header dns.Header) dns.MsgAcceptAction {
	action := dns.DefaultMsgAcceptFunc(header)
	if action != dns.MsgAccept {
		s.broken(errNoQuery)
	}
	return action
}

// reader has what comes over TCP, and breaks off, be counted.
type reader struct {
	dns.Reader
	server *Server
}

// ReadTCP reads one message.
func (r reader) ReadTCP(conn net.Conn, timeout time.Duration) ([]byte, error) {
	v, known := conn.(*visitor)
	if !known {
		return r.Reader.ReadTCP(conn, timeout)
	}
	before := v.read
	message, err := r.Reader.ReadTCP(conn, timeout)
	if err != nil && v.read > before {
		r.server.broken(fmt.Errorf("it broke off: %w", err))
	}
	return message, err
}

// tcpMost is how many connections there may be at one time: each holds a file of the agent's, which
// needs some to hear of the others.
const tcpMost = 256

// crowd is a listener that lets no more than tcpMost in. The one that came first makes way: who
// holds connections on purpose has them sooner or later, and a resolver opens another one.
type crowd struct {
	net.Listener
	server *Server
	mu     sync.Mutex
	open   []*visitor
}

// Accept lets the next one in.
func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	came := &visitor{Conn: conn, crowd: c}
	c.mu.Lock()
	c.open = append(c.open, came)
	var first *visitor
	if len(c.open) > tcpMost {
		first, c.open = c.open[0], c.open[1:]
	}
	c.mu.Unlock()
	if first != nil {
		_ = first.Conn.Close()
		c.server.limited("connections over TCP", first.RemoteAddr())
	}
	return came, nil
}

// visitor is one connection.
type visitor struct {
	net.Conn
	crowd *crowd
	// read is how many bytes have come, which the one who reads knows.
	read int
}

// Read reads what comes.
func (v *visitor) Read(data []byte) (int, error) {
	n, err := v.Conn.Read(data)
	v.read += n
	return n, err
}

// Close ends the connection.
func (v *visitor) Close() error {
	v.crowd.mu.Lock()
	is := func(other *visitor) bool { return other == v }
	v.crowd.open = slices.DeleteFunc(v.crowd.open, is)
	v.crowd.mu.Unlock()
	return v.Conn.Close()
}
