package calibrate

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// stream is one end of a connection whose bytes arrive after a one-way delay.
type stream struct {
	wan      *WAN
	from, to int
	out, in  chan parcel
	rest     []byte
	closed   chan struct{}
	closing  sync.Once

	mu       sync.Mutex
	deadline time.Time
}

// parcel is what one Write sends; one without bytes is the end.
type parcel struct {
	bytes []byte
	at    time.Time
}

// newStreams connects two regions.
func newStreams(wan *WAN, a, b int) (*stream, *stream) {
	there, back := make(chan parcel, 1024), make(chan parcel, 1024)
	return &stream{wan: wan, from: a, to: b, out: there, in: back, closed: make(chan struct{})},
		&stream{wan: wan, from: b, to: a, out: back, in: there, closed: make(chan struct{})}
}

func (s *stream) Read(buffer []byte) (int, error) {
	if len(s.rest) == 0 {
		got, err := s.next()
		if err != nil {
			return 0, err
		}
		s.rest = got
	}
	n := copy(buffer, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// next waits for a parcel until the deadline.
func (s *stream) next() ([]byte, error) {
	s.mu.Lock()
	deadline := s.deadline
	s.mu.Unlock()
	var late <-chan time.Time
	if !deadline.IsZero() {
		late = time.After(time.Until(deadline))
	}
	select {
	case got := <-s.in:
		time.Sleep(time.Until(got.at))
		if len(got.bytes) == 0 {
			return nil, io.EOF
		}
		return got.bytes, nil
	case <-late:
		return nil, os.ErrDeadlineExceeded
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *stream) Write(bytes []byte) (int, error) {
	if len(bytes) > 0 {
		s.send(append([]byte(nil), bytes...))
	}
	return len(bytes), nil
}

// send posts a parcel. What cannot arrive is lost without a word.
func (s *stream) send(bytes []byte) {
	if s.wan.Reachable(s.from, s.to) {
		select {
		case s.out <- parcel{bytes, time.Now().Add(s.wan.OneWay(s.from, s.to))}:
		default:
		}
	}
}

func (s *stream) Close() error {
	s.closing.Do(func() {
		s.send(nil)
		close(s.closed)
	})
	return nil
}

func (s *stream) LocalAddr() net.Addr  { return address(s.from) }
func (s *stream) RemoteAddr() net.Addr { return address(s.to) }

func (s *stream) SetDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = at
	return nil
}

func (s *stream) SetReadDeadline(at time.Time) error  { return s.SetDeadline(at) }
func (s *stream) SetWriteDeadline(at time.Time) error { return nil }
