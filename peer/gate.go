package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"redoubt/model"
)

// gate bounds the handshakes at once, in all and from one address. Where there are too many in all,
// the oldest makes way: who holds a handshake open on purpose is the oldest sooner or later.
type gate struct {
	limits *Limits
	mu     sync.Mutex
	in     []net.Conn
	thrown []net.Conn
	from   map[string]int
	closed bool
}

// enter says whether a handshake may begin.
func (g *gate) enter(conn net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	source := sourceOf(conn.RemoteAddr())
	if g.closed || g.from[source] >= g.limits.PerAddress {
		return false
	}
	if len(g.in) >= g.limits.Handshakes {
		oldest := g.in[0]
		g.in = slices.Delete(g.in, 0, 1)
		g.thrown = append(g.thrown, oldest)
		_ = oldest.Close()
	}
	g.from[source]++
	g.in = append(g.in, conn)
	return true
}

// leave says that a handshake is over, and hears whether it had to make way.
func (g *gate) leave(conn net.Conn) (thrown bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	source := sourceOf(conn.RemoteAddr())
	if g.from[source]--; g.from[source] <= 0 {
		delete(g.from, source)
	}
	is := func(other net.Conn) bool { return other == conn }
	g.in = slices.DeleteFunc(g.in, is)
	thrown = slices.Contains(g.thrown, conn)
	g.thrown = slices.DeleteFunc(g.thrown, is)
	return thrown
}

// close ends all handshakes, and has none begin any more.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for _, conn := range g.in {
		_ = conn.Close()
	}
}

// sourceOf is what counts as one address: nobody has less than a /64 of IPv6.
func sourceOf(from net.Addr) string {
	at, err := netip.ParseAddrPort(from.String())
	if err != nil {
		return from.String()
	}
	address, bits := at.Addr().Unmap(), 64
	if address.Is4() {
		bits = 32
	}
	prefix, _ := address.WithZone("").Prefix(bits)
	return prefix.String()
}

// link is a connection to a region that was let in, or that has let this agent in.
type link struct {
	*tls.Conn
	register *register
	region   model.RegionID
	accepted bool
}

// Close ends it.
func (l *link) Close() error {
	l.register.remove(l)
	return l.Conn.Close()
}

// register has all links that are open, the oldest first.
type register struct {
	max    int
	mu     sync.Mutex
	links  []*link
	closed bool
}

// add takes a link in, and gives the oldest one of the region that has to make way for it. After
// close it is closed at once.
func (r *register) add(l *link) (older *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		_ = l.Conn.NetConn().Close()
		return nil
	}
	count := 0
	for _, other := range r.links {
		if l.accepted && other.accepted && other.region == l.region {
			if count++; older == nil {
				older = other
			}
		}
	}
	r.links = append(r.links, l)
	if count < r.max {
		return nil
	}
	return older
}

func (r *register) remove(l *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.links = slices.DeleteFunc(r.links, func(other *link) bool { return other == l })
}

func (r *register) all() []*link {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.links)
}

// close ends all links, and those that come.
func (r *register) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	for _, l := range r.all() {
		_ = l.Conn.NetConn().Close() // A farewell could take seconds.
	}
}

// complaints bounds what a log says of the same thing, since who is refused can come again a
// thousand times a second.
type complaints struct {
	log    *slog.Logger
	counts [reasonCount]atomic.Uint64
	mu     sync.Mutex
	said   map[string]said
}

// said is when something was said last, and how often it was not since.
type said struct {
	at     time.Time
	unsaid int
}

// quietFor is how long nothing is said of the same reason.
const quietFor = 10 * time.Second

// once logs, unless the same was logged not long ago.
func (c *complaints) once(
	what string, quiet time.Duration, level slog.Level, message string, arguments ...any,
) {
	now := time.Now()
	c.mu.Lock()
	if c.said == nil {
		c.said = map[string]said{}
	}
	last, known := c.said[what]
	if known && now.Sub(last.at) < quiet {
		c.said[what] = said{last.at, last.unsaid + 1}
		c.mu.Unlock()
		return
	}
	c.said[what] = said{at: now}
	c.mu.Unlock()
	if last.unsaid > 0 {
		arguments = append(arguments, "unsaid", last.unsaid)
	}
	c.log.Log(context.Background(), level, message, arguments...)
}

// refused counts and logs that somebody was refused.
func (n *Node) refused(conn net.Conn, err error) {
	n.complain("a peer was refused", conn.RemoteAddr().String(), err)
}

func (n *Node) complain(message, address string, err error) {
	reason := BadHandshake
	var known *refused
	if errors.As(err, &known) {
		reason = known.reason
	}
	n.log.counts[reason].Add(1)
	level := slog.LevelWarn
	if reason == HungUp { // Whoever looks whether a port is open.
		level = slog.LevelDebug
	}
	n.log.once(message+reason.String(), quietFor, level, message, "reason", reason.String(),
		"address", address, "error", err)
}

// Counts are what has come to pass since a node was made: connections that were Accepted and
// Dialled, questions of others that were Answered, how many of these were Denied what they ask, and
// how many connections are Open now.
type Counts struct{ Accepted, Dialled, Answered, Denied, Open uint64 }

// Counts says what has come to pass so far.
func (n *Node) Counts() Counts {
	return Counts{
		Accepted: n.accepted.Load(), Dialled: n.dialled.Load(), Answered: n.answered.Load(),
		Denied: n.denied.Load(), Open: uint64(len(n.open.all())),
	}
}

// Refused counts who was refused for a reason, here and where this node has dialled.
func (n *Node) Refused(reason Reason) uint64 {
	if reason >= reasonCount {
		return 0
	}
	return n.log.counts[reason].Load()
}
