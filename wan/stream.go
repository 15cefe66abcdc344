package wan

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"redoubt/model"
)

// resendMax is for how long a stream tries to get something through before it breaks. Linux takes
// some 15 minutes; this is what a test can wait for.
const resendMax = 2 * time.Minute

// connection is a TCP connection: its bytes arrive in order, after a one-way delay, and late when
// something was lost.
type connection struct {
	network *Network
	ends    [2]stream
	// boots are how often both regions had booted when it was made: nobody knows it any more after
	// another one.
	boots [2]int
	mu    sync.Mutex
}

// stream is one end of a connection.
type stream struct {
	of        *connection
	region    model.RegionID
	address   net.Addr
	far       *stream
	queue     [][]byte // What was not sent yet: only while something is sent again.
	resending bool
	inbox     []parcel
	rest      []byte
	deadline  time.Time
	closed    bool
	broken    bool
	wake      chan struct{} // Has a place: somebody reads, and something has changed.
}

// parcel is what one Write sends; one without bytes is the end.
type parcel struct {
	bytes []byte
	at    time.Time
}

// newStreams connects two machines.
func newStreams(a, b *MemberPort) (*stream, *stream) {
	c := &connection{network: a.network}
	for i, port := range []*MemberPort{a, b} {
		c.boots[i] = a.network.boot(port.region)
		c.ends[i] = stream{
			of: c, region: port.region, address: port.address, far: &c.ends[1-i],
			wake: make(chan struct{}, 1),
		}
	}
	return &c.ends[0], &c.ends[1]
}

// changed tells whoever reads to look again.
func (s *stream) changed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *stream) Read(buffer []byte) (int, error) {
	for {
		n, wait, err := s.look(buffer)
		if n > 0 || err != nil {
			return n, err
		}
		var timer <-chan time.Time
		if wait > 0 {
			timer = time.After(wait)
		}
		select {
		case <-s.wake:
		case <-timer:
		}
	}
}

// look reads what is there, or says for how long to wait: 0 is until something changes.
func (s *stream) look(buffer []byte) (int, time.Duration, error) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	now := time.Now()
	if s.closed {
		return 0, 0, net.ErrClosed
	}
	if len(s.rest) == 0 && len(s.inbox) > 0 && !s.inbox[0].at.After(now) {
		if len(s.inbox[0].bytes) == 0 {
			return 0, 0, io.EOF
		}
		s.rest, s.inbox = s.inbox[0].bytes, s.inbox[1:]
	}
	if len(s.rest) > 0 {
		n := copy(buffer, s.rest)
		s.rest = s.rest[n:]
		return n, 0, nil
	}
	if s.broken {
		return 0, 0, syscall.ECONNRESET
	}
	var wait time.Duration
	if len(s.inbox) > 0 {
		wait = s.inbox[0].at.Sub(now)
	}
	if !s.deadline.IsZero() {
		left := s.deadline.Sub(now)
		if left <= 0 {
			return 0, 0, os.ErrDeadlineExceeded
		}
		if wait == 0 || left < wait {
			wait = left
		}
	}
	return 0, wait, nil
}

func (s *stream) Write(bytes []byte) (int, error) {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	switch {
	case s.closed:
		return 0, net.ErrClosed
	case s.broken:
		return 0, syscall.ECONNRESET
	case len(bytes) > 0:
		s.post(append([]byte(nil), bytes...))
	}
	return len(bytes), nil
}

// post sends something, or has it sent again and again.
func (s *stream) post(bytes []byte) {
	s.queue = append(s.queue, bytes)
	if !s.resending && !s.flush() {
		s.resending = true
		go s.resend()
	}
}

// flush sends what waits, and says whether nothing does any more.
func (s *stream) flush() bool {
	c := s.of
	for len(s.queue) > 0 && !s.broken {
		delay, ok := c.network.send(s.region, s.far.region)
		if !ok {
			return false
		}
		if c.boots != [2]int{
			c.network.boot(c.ends[0].region), c.network.boot(c.ends[1].region),
		} || s.far.closed {
			s.snap() // Whoever is there now knows nothing of it, or wants no more.
			break
		}
		at := time.Now().Add(delay)
		if waiting := len(s.far.inbox); waiting > 0 && s.far.inbox[waiting-1].at.After(at) {
			at = s.far.inbox[waiting-1].at
		}
		s.far.inbox = append(s.far.inbox, parcel{s.queue[0], at})
		s.queue = s.queue[1:]
		s.far.changed()
	}
	return true
}

// snap breaks an end.
func (s *stream) snap() {
	s.broken, s.queue = true, nil
	s.changed()
}

// resend sends again what was lost.
func (s *stream) resend() {
	c, end := s.of, time.Now().Add(resendMax)
	first := c.network.patience(s.region, s.far.region)
	for wait := first; ; wait *= 2 {
		time.Sleep(wait)
		c.mu.Lock()
		waiting := len(s.queue)
		done := s.flush()
		if len(s.queue) < waiting { // Something was acknowledged.
			wait, end = first/2, time.Now().Add(resendMax)
		}
		if !done && time.Now().After(end) {
			s.snap()
			done = true
		}
		s.resending = !done
		c.mu.Unlock()
		if done {
			return
		}
	}
}

func (s *stream) Close() error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	if !s.closed {
		if !s.broken {
			s.post(nil)
		}
		s.closed = true
		s.changed()
	}
	return nil
}

func (s *stream) LocalAddr() net.Addr  { return s.address }
func (s *stream) RemoteAddr() net.Addr { return s.far.address }

func (s *stream) SetReadDeadline(at time.Time) error {
	s.of.mu.Lock()
	defer s.of.mu.Unlock()
	s.deadline = at
	s.changed()
	return nil
}

func (s *stream) SetDeadline(at time.Time) error { return s.SetReadDeadline(at) }

// SetWriteDeadline does nothing: no Write waits.
func (s *stream) SetWriteDeadline(time.Time) error { return nil }
