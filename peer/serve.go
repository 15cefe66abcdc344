package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// serve answers the questions of a region over one connection, until that ends.
func (n *Node) serve(l *link) {
	defer l.Close()
	from := bufio.NewReader(l)
	var writing sync.Mutex
	for {
		f, err := n.next(l, from)
		if err != nil {
			if reason := whyEnded(err); reason != nil {
				n.refused(l, reason)
			}
			return
		}
		select { // Who asks too much at once waits.
		case n.busy[l.region] <- struct{}{}:
		case <-n.closed:
			return
		}
		n.group.Go(func() {
			defer func() { <-n.busy[l.region] }()
			n.answer(l, &writing, f)
		})
	}
}

// next waits for a question, and then has it come as a whole within a frame's time.
func (n *Node) next(l net.Conn, from *bufio.Reader) (frame, error) {
	_ = l.SetReadDeadline(time.Now().Add(n.limits.Idle))
	if _, err := from.Peek(1); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = io.EOF // It has nothing to ask.
		}
		return frame{}, err
	}
	_ = l.SetReadDeadline(time.Now().Add(n.limits.Frame))
	f, err := readFrame(from)
	if err == nil && f.kind != question {
		err = refuse(Malformed, "a frame of kind %d in the place of a question", f.kind)
	}
	return f, err
}

// whyEnded tells why a connection is refused on which a frame did not come, or nothing where it has
// just ended.
func whyEnded(err error) error {
	var known *refused
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(Slow, "a frame took too long: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF), gone(err):
		return refuse(HungUp, "a frame broke off: %w", err)
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return nil
	}
	return refuse(Malformed, "what came is no frame: %w", err)
}

// answer answers one question.
func (n *Node) answer(l *link, writing *sync.Mutex, f frame) {
	reply := frame{number: f.number, kind: answer}
	bytes, err := n.config.Handler(l.region, f.bytes)
	if reply.bytes = bytes; err == nil && len(bytes) > FrameMax {
		err = fmt.Errorf("an answer of %d bytes, %d at most", len(bytes), FrameMax)
	}
	if err != nil {
		words := err.Error()
		n.denied.Add(1)
		n.log.once("denied"+n.config.Regions[l.region], quietFor, slog.LevelInfo,
			"a question of an agent was refused", "region", n.config.Regions[l.region],
			"error", words[:min(len(words), refusalMax)])
		reply.kind, reply.bytes = refusal, []byte(words[:min(len(words), refusalMax)])
	}
	n.answered.Add(1)
	writing.Lock()
	defer writing.Unlock()
	_ = l.SetWriteDeadline(time.Now().Add(n.limits.Frame))
	if _, err := l.Write(reply.append(nil)); err != nil && !errors.Is(err, net.ErrClosed) {
		_ = l.Close() // Whoever asked finds out by that.
	}
}
