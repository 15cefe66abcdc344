package gossip

import (
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/memberlist"
)

// What others can take of an agent before anybody knows who they are: memberlist itself would read
// 20 MiB of each of any number of streams. The state of eight members has some 5 KiB.
const (
	streamsMax     = 24
	streamBytesMax = 128 << 10
)

// port is a transport whose streams are bounded.
type port struct {
	memberlist.Transport
	streams chan net.Conn
	over    chan struct{}
	once    sync.Once
	err     error
	group   sync.WaitGroup
	open    atomic.Int64
	crowded atomic.Uint64
}

func newPort(inner memberlist.Transport) *port {
	p := &port{Transport: inner, streams: make(chan net.Conn), over: make(chan struct{})}
	p.group.Go(p.pass)
	return p
}

// pass hands streams on.
func (p *port) pass() {
	for {
		select {
		case <-p.over:
			return
		case conn := <-p.Transport.StreamCh():
			if p.open.Add(1) > streamsMax {
				p.open.Add(-1)
				p.crowded.Add(1)
				_ = conn.Close()
				continue
			}
			select {
			case p.streams <- &stream{Conn: conn, port: p, left: streamBytesMax}:
			case <-p.over:
				_ = conn.Close()
				return
			}
		}
	}
}

// StreamCh gives the streams that others have begun.
func (p *port) StreamCh() <-chan net.Conn { return p.streams }

// Shutdown ends the transport.
func (p *port) Shutdown() error {
	p.once.Do(func() {
		p.err = p.Transport.Shutdown()
		close(p.over)
		p.group.Wait()
	})
	return p.err
}

// stream is one of which so much is read and no more.
type stream struct {
	net.Conn
	port *port
	left int
	once sync.Once
}

// Read reads, and ends where there is too much.
func (s *stream) Read(buffer []byte) (int, error) {
	if s.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := s.Conn.Read(buffer[:min(len(buffer), s.left)])
	s.left -= n
	return n, err
}

// Close ends it.
func (s *stream) Close() error {
	s.once.Do(func() { s.port.open.Add(-1) })
	return s.Conn.Close()
}
