package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/model"
)

// Handler answers what another region asks. It may be called many times at once, and its error
// becomes a Refusal where the question came from.
type Handler func(from model.RegionID, request []byte) ([]byte, error)

// Config is what a node is made of.
type Config struct {
	// Cluster and Region are who the node is, as its certificate has to say. Regions are the names of
	// all regions by their place, and Addresses where they listen, host and port; an empty one is not
	// known.
	Cluster   string
	Region    model.RegionID
	Regions   []string
	Addresses []string
	Keys      *Keys
	Handler   Handler
	Log       *slog.Logger
	// Limits are the usual ones where they are 0.
	Limits Limits
}

// Limits bound what others can take of a node.
type Limits struct {
	// Handshake is how long one may take, Dial how long it takes to connect, and Frame how long to
	// read or write one. Idle is how long a connection for questions may say nothing.
	Handshake, Dial, Frame, Idle time.Duration
	// Handshakes is how many there may be at once, and PerAddress how many from one address.
	// Connections is how many a region may have, and Questions how many that are not answered yet.
	Handshakes, PerAddress, Connections, Questions int
	// Recheck is how often the keys are read again and the certificates of connections are verified
	// again.
	Recheck time.Duration
}

var usual = Limits{
	Handshake: 10 * time.Second, Dial: 10 * time.Second, Frame: 20 * time.Second,
	Idle: 2 * time.Minute, Handshakes: 64, PerAddress: 16, Connections: 32, Questions: 32,
	Recheck: 30 * time.Second,
}

// or fills what is not set.
func (l Limits) or(usual Limits) Limits {
	for _, d := range []struct{ own, usual *time.Duration }{
		{&l.Handshake, &usual.Handshake}, {&l.Dial, &usual.Dial}, {&l.Frame, &usual.Frame},
		{&l.Idle, &usual.Idle}, {&l.Recheck, &usual.Recheck},
	} {
		if *d.own <= 0 {
			*d.own = *d.usual
		}
	}
	for _, n := range []struct{ own, usual *int }{
		{&l.Handshakes, &usual.Handshakes}, {&l.PerAddress, &usual.PerAddress},
		{&l.Connections, &usual.Connections}, {&l.Questions, &usual.Questions},
	} {
		if *n.own <= 0 {
			*n.own = *n.usual
		}
	}
	return l
}

// The protocols, as TLS negotiates them.
const (
	raftProtocol = "redoubt-raft/1"
	askProtocol  = "redoubt-ask/1"
)

// Node is an agent's end of the network between agents. Its methods may be called at the same time.
type Node struct {
	config  Config
	limits  Limits
	log     *complaints
	streams *Streams
	askers  [model.MaxRegions]asker
	busy    [model.MaxRegions]chan struct{}
	gate    gate
	open    register
	group   sync.WaitGroup
	closed  chan struct{}
	closing sync.Once

	mu        sync.Mutex
	over      bool
	addresses [model.MaxRegions]string

	accepted, dialled, answered, denied atomic.Uint64
}

// New makes a node. It asks from then on, and answers while Serve runs.
func New(c Config) (*Node, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	n := &Node{
		config: c, limits: c.Limits.or(usual), log: &complaints{log: c.Log},
		closed: make(chan struct{}),
	}
	n.gate = gate{limits: &n.limits, from: map[string]int{}}
	n.open.max = n.limits.Connections
	n.streams = newStreams(n)
	for r := range n.busy {
		n.busy[r] = make(chan struct{}, n.limits.Questions)
		n.askers[r].node, n.askers[r].to = n, model.RegionID(r)
	}
	copy(n.addresses[:], c.Addresses)
	return n, nil
}

func (c *Config) validate() error {
	errs := []error{checkCluster(c.Cluster)}
	if c.Keys == nil || c.Handler == nil || c.Log == nil {
		errs = append(errs, errors.New("a node needs keys, a handler and a log"))
	}
	if len(c.Regions) > model.MaxRegions || len(c.Addresses) > len(c.Regions) {
		errs = append(errs, fmt.Errorf("%d regions with %d addresses, %d regions at most",
			len(c.Regions), len(c.Addresses), model.MaxRegions))
	}
	if int(c.Region) >= len(c.Regions) {
		errs = append(errs, fmt.Errorf("region %d of %d", c.Region, len(c.Regions)))
	} else if c.Keys != nil {
		want := identity{c.Cluster, c.Regions[c.Region]}
		if got := c.Keys.in.Load().who; got != want {
			errs = append(errs, fmt.Errorf("the certificate is for %s, and not for %s", got, want))
		}
	}
	return errors.Join(errs...)
}

// Move tells where a region listens from now on. Questions go there from then on; those that wait
// for an answer go on waiting where they were asked.
func (n *Node) Move(region model.RegionID, address string) {
	if !region.Valid() {
		return
	}
	n.mu.Lock()
	moved := n.addresses[region] != address
	n.addresses[region] = address
	n.mu.Unlock()
	if moved {
		n.askers[region].retire()
	}
}

func (n *Node) address(region model.RegionID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !region.Valid() {
		return ""
	}
	return n.addresses[region]
}

// Close ends all connections, and returns when nothing of the node runs any more. Questions that
// others have asked are waited for.
func (n *Node) Close() error {
	n.mu.Lock()
	n.over = true
	n.mu.Unlock()
	n.closing.Do(func() { close(n.closed) })
	n.gate.close()
	n.open.close()
	n.group.Wait()
	return nil
}

// run runs something that Close waits for, unless the node is closed.
func (n *Node) run(what func()) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.over {
		n.group.Go(what)
	}
	return !n.over
}

func (n *Node) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.over
}

// Serve answers on a listener, and keeps the keys, until the context is over; it closes the node.
func (n *Node) Serve(ctx context.Context, listener net.Listener) error {
	defer n.Close()
	over, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(over, func() { _ = listener.Close() })
	defer stop()
	n.run(func() { n.keep(over) })
	n.run(func() {
		select {
		case <-over.Done():
		case <-n.closed:
		}
		cancel()
	})
	if n.isClosed() {
		return net.ErrClosed
	}
	for pause := time.Duration(0); ; {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			pause = 0
			if !n.run(func() { n.admit(conn) }) {
				_ = conn.Close()
			}
		case over.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		default: // There are no more descriptors, for instance. That passes.
			n.config.Log.Error("a connection was not accepted", "error", err)
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-over.Done():
			}
		}
	}
}

// admit has somebody in who has connected, or not.
func (n *Node) admit(raw net.Conn) {
	if !n.gate.enter(raw) {
		_ = raw.Close()
		n.refused(raw, refuse(TooMany, "too many handshakes at once"))
		return
	}
	conn, region, err := n.greet(raw)
	if thrown := n.gate.leave(raw); thrown && err != nil {
		err = refuse(TooMany, "a handshake that has made way for a newer one: %w", err)
	}
	if err != nil {
		_ = raw.Close()
		if !n.isClosed() {
			n.refused(raw, err)
		}
		return
	}
	n.accepted.Add(1)
	link := &link{Conn: conn, register: &n.open, region: region, accepted: true}
	if older := n.open.add(link); older != nil {
		_ = older.Close()
		n.refused(older, refuse(TooMany, "a connection of a region that has made way for a newer one"))
	}
	if conn.ConnectionState().NegotiatedProtocol == raftProtocol {
		n.streams.offer(link)
		return
	}
	n.serve(link)
}

// greet shakes hands with somebody who has connected, and says who that is.
func (n *Node) greet(raw net.Conn) (*tls.Conn, model.RegionID, error) {
	if err := raw.SetDeadline(time.Now().Add(n.limits.Handshake)); err != nil {
		return nil, 0, whyHandshake(err)
	}
	if tcp, ok := raw.(*net.TCPConn); ok {
		if err := tcp.SetKeepAliveConfig(keepAlive); err != nil {
			return nil, 0, whyHandshake(err)
		}
	}
	conn := tls.Server(raw, n.serverTLS())
	if err := conn.Handshake(); err != nil {
		return nil, 0, whyHandshake(err)
	}
	state := conn.ConnectionState()
	region, err := n.regionOf(state.PeerCertificates)
	if err != nil {
		return nil, 0, err
	}
	if _, err := conn.Write([]byte{welcome}); err != nil {
		return nil, 0, whyHandshake(err)
	}
	return conn, region, conn.SetDeadline(time.Time{})
}

// welcome is what whoever was let in reads first. Without it, it would learn of a refusal with the
// first answer only: the handshake of TLS 1.3 is over for one side before the other has seen its
// certificate.
const welcome = 1

// keep reads the keys again when they change, and ends connections whose certificate would not be
// accepted any more.
func (n *Node) keep(ctx context.Context) {
	n.warn()
	ticker := time.NewTicker(n.limits.Recheck)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			n.Recheck()
		}
	}
}

// Recheck does what Serve does now and then: it reads the keys again, and ends connections whose
// certificate would not be accepted any more.
func (n *Node) Recheck() {
	switch changed, err := n.config.Keys.Reload(); {
	case err != nil:
		n.log.once("keys", time.Hour, slog.LevelError,
			"the keys cannot be read again, and stay as they were", "error", err)
	case changed:
		n.config.Log.Info("keys were read again", "until", n.config.Keys.Until())
	}
	n.warn()
	for _, link := range n.open.all() {
		if err := n.verifyAgain(link); err != nil {
			_ = link.Close()
			n.refused(link, err)
		}
	}
}

// warn tells of keys that are over soon.
func (n *Node) warn() {
	if err := n.config.Keys.Standing(time.Now()); err != nil {
		n.log.once("expiry", time.Hour, slog.LevelWarn, "other agents will refuse this one",
			"error", err)
	}
}
