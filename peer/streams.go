package peer

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"redoubt/model"
)

// Streams are the connections for Raft: with three lines around Dial they are a raft.StreamLayer.
// Their addresses are names of regions, so that a region can move and Raft need not know.
type Streams struct {
	node    *Node
	arrived chan net.Conn
	closed  chan struct{}
	closing sync.Once
}

func newStreams(n *Node) *Streams {
	return &Streams{node: n, arrived: make(chan net.Conn), closed: make(chan struct{})}
}

// Streams gives the node's connections for Raft.
func (n *Node) Streams() *Streams { return n.streams }

// name is the address of a region.
type name string

func (name) Network() string  { return "redoubt" }
func (n name) String() string { return string(n) }

// stream is a connection for Raft.
type stream struct {
	*link
	from, to name
}

func (s *stream) LocalAddr() net.Addr  { return s.from }
func (s *stream) RemoteAddr() net.Addr { return s.to }

func (s *Streams) stream(l *link) *stream {
	names := s.node.config.Regions
	return &stream{l, name(names[s.node.config.Region]), name(names[l.region])}
}

// offer hands a connection to Raft, or closes it when nobody takes it.
func (s *Streams) offer(l *link) {
	timer := time.NewTimer(s.node.limits.Handshake)
	defer timer.Stop()
	select {
	case s.arrived <- s.stream(l):
	case <-s.node.closed:
		_ = l.Close()
	case <-s.closed:
		_ = l.Close()
	case <-timer.C:
		_ = l.Close()
		s.node.refused(l, refuse(Slow, "nobody takes connections for Raft"))
	}
}

// Accept waits for a connection of another region.
func (s *Streams) Accept() (net.Conn, error) {
	select {
	case conn := <-s.arrived:
		return conn, nil
	case <-s.node.closed:
		return nil, net.ErrClosed
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

// Addr is the name of the node's own region.
func (s *Streams) Addr() net.Addr { return name(s.node.config.Regions[s.node.config.Region]) }

// Close has no more of them accepted. Those that are open stay so.
func (s *Streams) Close() error {
	s.closing.Do(func() { close(s.closed) })
	return nil
}

// Dial connects to a region, by its name.
func (s *Streams) Dial(region string, timeout time.Duration) (net.Conn, error) {
	at := slices.Index(s.node.config.Regions, region)
	if at < 0 {
		return nil, fmt.Errorf("%w: no region %q", ErrUnsent, region)
	}
	ctx := context.Background()
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	l, err := s.node.dial(ctx, model.RegionID(at), raftProtocol)
	if err != nil {
		return nil, err
	}
	return s.stream(l), nil
}
