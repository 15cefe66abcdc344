package zone

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"redoubt/failover"
)

// Config is what a server is made of.
type Config struct {
	Zone Zone
	// PerSecond bounds the answers over UDP to one network in a second; 0 is no bound.
	PerSecond int
	Log       *slog.Logger
}

// Server serves a zone. Its methods may be called at the same time.
type Server struct {
	zone    Zone
	log     *slog.Logger
	limit   *limiter
	answers atomic.Pointer[Answers]
	counts  [countKinds]atomic.Uint64
	// brokenSaid and limitedSaid are when such were last told of, in nanoseconds.
	brokenSaid, limitedSaid atomic.Int64
}

// What a server counts.
const (
	countAnswered = iota
	countLimited
	countBroken
	countKinds
)

// Counts are how many queries there were since a server began: Answered with whatever code, Limited
// for their number (connections over TCP too), and Broken ones that are no query and get at most an
// error.
type Counts struct{ Answered, Limited, Broken uint64 }

// tcpIdle is how long a connection may say nothing, and tcpQueries how much it may ask.
const (
	tcpIdle    = 8 * time.Second
	tcpQueries = 128
)

// New makes a server, which knows of no state yet.
func New(c Config) (*Server, error) {
	if err := c.Zone.Validate(); err != nil {
		return nil, err
	}
	s := &Server{zone: c.Zone, log: c.Log, limit: newLimiter(c.PerSecond)}
	s.answers.Store(s.zone.Unknown())
	return s, nil
}

// Publish has all answers from here on be those of a state. A state of an earlier epoch, or time,
// is for the caller to keep back.
func (s *Server) Publish(state *failover.State) { s.answers.Store(s.zone.At(state)) }

// Counts says what was asked so far.
func (s *Server) Counts() Counts {
	return Counts{
		Answered: s.counts[countAnswered].Load(), Limited: s.counts[countLimited].Load(),
		Broken: s.counts[countBroken].Load(),
	}
}

// Serve answers on two listeners, which are of one address, until the context is over.
func (s *Server) Serve(ctx context.Context, udp net.PacketConn, tcp net.Listener) error {
	servers := []*dns.Server{
		{PacketConn: udp, Handler: s, UDPSize: payload},
		{
			Listener: &crowd{Listener: tcp, server: s}, Handler: s, MaxTCPQueries: tcpQueries,
			IdleTimeout:    func() time.Duration { return tcpIdle },
			DecorateReader: func(r dns.Reader) dns.Reader { return reader{r, s} },
		},
	}
	var group sync.WaitGroup
	errs := make([]error, len(servers))
	shut := func() { end(servers, udp, tcp) }
	stop := context.AfterFunc(ctx, shut)
	defer stop()
	for i, server := range servers {
		server.MsgInvalidFunc = func(_ []byte, err error) { s.broken(err) }
		server.MsgAcceptFunc = s.accepts
		server.ReadTimeout, server.WriteTimeout = tcpIdle, tcpIdle
		group.Go(func() {
			if err := server.ActivateAndServe(); ctx.Err() == nil {
				errs[i] = err
				shut() // One alone is half a server.
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// saidEvery is the time in which one thing is told of once.
const saidEvery = 10 * time.Second

// due reports whether something may be told of again, which was told of last at a time.
func due(last *atomic.Int64) bool {
	now, was := time.Now().UnixNano(), last.Load()
	return now-was >= int64(saidEvery) && last.CompareAndSwap(was, now)
}

// broken counts what is no query, and tells of it. Whom it is from the library does not say.
func (s *Server) broken(err error) {
	if count := s.counts[countBroken].Add(1); due(&s.brokenSaid) {
		s.log.Warn("what came is no DNS query", "error", err, "so_far", count)
	}
}

// limited counts what is not answered since there is too much of it, and tells of it.
func (s *Server) limited(what string, from net.Addr) {
	if count := s.counts[countLimited].Add(1); due(&s.limitedSaid) {
		s.log.Warn("too much is asked over DNS", "of", what, "from", from, "so_far", count)
	}
}

// end ends servers, the connections that somebody holds included, and waits for nobody. What has
// not begun yet finds its listener closed.
func end(servers []*dns.Server, udp net.PacketConn, tcp net.Listener) {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	for _, server := range servers {
		_ = server.ShutdownContext(over)
	}
	_ = udp.Close()
	_ = tcp.Close()
}

// ServeDNS answers one query.
func (s *Server) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	reply := s.answers.Load().Reply(query, Draw{Side: rand.Float64(), Region: rand.Float64()})
	if _, packet := w.RemoteAddr().(*net.UDPAddr); packet {
		switch s.limit.rule(addressOf(w.RemoteAddr()), time.Now()) {
		case answer:
			reply.Truncate(sizeOf(query))
		case cutShort:
			s.limited("queries over UDP", w.RemoteAddr())
			reply.Answer, reply.Ns, reply.Truncated = nil, nil, true
		case dropped:
			s.limited("queries over UDP", w.RemoteAddr())
			return
		}
	}
	s.counts[countAnswered].Add(1)
	if err := w.WriteMsg(reply); err != nil {
		s.log.Debug("an answer was not sent", "error", err)
	}
}

// sizeOf is how much whoever asks over UDP can take.
func sizeOf(query *dns.Msg) int {
	size := dns.MinMsgSize
	if edns := query.IsEdns0(); edns != nil {
		size = max(size, min(int(edns.UDPSize()), payload))
	}
	return size
}

func addressOf(from net.Addr) netip.Addr {
	if udp, ok := from.(*net.UDPAddr); ok {
		return udp.AddrPort().Addr()
	}
	return netip.Addr{}
}
