package peer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"redoubt/model"
)

// FuzzFrame reads frames from any bytes: what is read is what would be written, and nothing is
// larger than it may be.
func FuzzFrame(f *testing.F) {
	f.Add((&frame{number: 1, kind: question, bytes: []byte("why")}).append(nil))
	f.Add((&frame{number: 1 << 63, kind: refusal}).append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 1})
	f.Add([]byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 7})
	f.Fuzz(func(t *testing.T, input []byte) {
		from, rest := bufio.NewReader(bytes.NewReader(input)), input
		for {
			got, err := readFrame(from)
			if err != nil {
				var known *refused
				if !errors.As(err, &known) && err != io.EOF && err != io.ErrUnexpectedEOF {
					t.Fatalf("an error of another kind: %v", err)
				}
				return
			}
			written := got.append(nil)
			if len(got.bytes) > FrameMax || !bytes.HasPrefix(rest, written) {
				t.Fatalf("read %d bytes that are not those that came", len(got.bytes))
			}
			rest = rest[len(written):]
		}
	})
}

// TestWhoeverIsGoneIsNoStranger has connections end that a kernel gives up, in a handshake and
// after it: nothing wrong was said on them.
func TestWhoeverIsGoneIsNoStranger(t *testing.T) {
	for _, how := range []syscall.Errno{
		syscall.ECONNRESET, syscall.EPIPE, syscall.ETIMEDOUT, syscall.EHOSTUNREACH, syscall.ENETUNREACH,
	} {
		err := error(&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", how)})
		for where, got := range map[string]error{"shake": whyHandshake(err), "serve": whyEnded(err)} {
			var known *refused
			if !errors.As(got, &known) || known.reason != HungUp {
				t.Errorf("%s, %v: got %v, want that somebody has hung up", where, how, got)
			}
		}
	}
}

// FuzzQuestions has a peer that was let in say anything: it is answered or its connection ends, and
// the node goes on.
func FuzzQuestions(f *testing.F) {
	f.Add((&frame{number: 1, kind: question, bytes: []byte("why")}).append(nil))
	f.Add((&frame{number: 1, kind: answer, bytes: []byte("no")}).append(nil))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 1})
	a, err := NewAuthority("orders", time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	pair, err := a.Issue("east", time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	keys, err := NewKeys(a.Pair().Certificate, pair)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var asked int
		n, err := New(Config{
			Cluster: "orders", Regions: []string{"east", "west"}, Keys: keys,
			Handler: func(_ model.RegionID, request []byte) ([]byte, error) {
				return request, nil
			},
			Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		from := bufio.NewReader(bytes.NewReader(input))
		for {
			f, err := readFrame(from)
			if err != nil || f.kind != question {
				break
			}
			asked++
		}
		near, far := net.Pipe()
		go func() {
			_, _ = near.Write(input)
			_ = near.Close()
		}()
		got := 0
		reader := bufio.NewReader(far)
		for {
			if _, err := n.next(far, reader); err != nil {
				_ = whyEnded(err)
				break
			}
			got++
		}
		_ = far.Close()
		if got != asked {
			t.Fatalf("%d questions were taken, want %d", got, asked)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
