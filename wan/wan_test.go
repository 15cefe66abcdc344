package wan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/hashicorp/raft"

	"redoubt/model"
	"redoubt/peer"
	"redoubt/wan"
)

var (
	_ memberlist.Transport = (*wan.MemberPort)(nil)
	_ raft.Transport       = (*wan.RaftPort)(nil)
	_ raft.WithPreVote     = (*wan.RaftPort)(nil)
	_ raft.WithClose       = (*wan.RaftPort)(nil)
)

const oneWay = 50 * time.Millisecond

// play has a network between regions 100 ms apart in a bubble of virtual time.
func play(t *testing.T, body func(t *testing.T, n *wan.Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var trips model.Latency
		for a := range trips {
			for b := range trips {
				if a != b {
					trips[a][b] = 2 * oneWay
				}
			}
		}
		body(t, wan.New(&trips))
		time.Sleep(5 * time.Minute) // What is still on its way ends.
	})
}

// took runs something and says how long that was.
func took(what func()) time.Duration {
	began := time.Now()
	what()
	return time.Since(began)
}

func TestAPacketTakesItsWay(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		a, b := n.MemberPort(0, 0), n.MemberPort(1, 0)
		send := func(from, to *wan.MemberPort, region model.RegionID) bool {
			if _, err := from.WriteTo([]byte("x"), wan.Address(region, 0).String()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			select {
			case got := <-to.PacketCh():
				if late := time.Since(got.Timestamp); late != time.Second-oneWay {
					t.Errorf("arrived %s before, want after %s", late, oneWay)
				}
				return true
			default:
				return false
			}
		}
		if !send(a, b, 1) || !send(b, a, 0) {
			t.Error("a packet was lost although all is well")
		}
		n.Cut(0, 1)
		if send(a, b, 1) || !send(b, a, 0) {
			t.Error("a cut of one way holds up both or none")
		}
		n.Mend(0, 1)
		n.Part(model.RegionSet(0).With(1).With(2))
		if send(a, b, 1) || send(b, a, 0) || !n.Reachable(1, 2) || !n.Reachable(0, 3) {
			t.Error("a partition is not between both sides alone")
		}
		n.Heal()
		n.Lose(1)
		if send(a, b, 1) || send(b, a, 0) || n.Up(1) {
			t.Error("a lost region sends or receives")
		}
	})
}

func TestDelaysAndLossesAreThoseOfTheLink(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		a, b := n.MemberPort(0, 0), n.MemberPort(1, 0)
		n.Change(0, 1, func(l *wan.Link) { l.Delay, l.Jitter, l.Loss = time.Second, 0.3, 0.2 })
		const sent = 2000
		arrived, least, most := 0, time.Hour, time.Duration(0)
		for range sent {
			began := time.Now()
			if _, err := a.WriteTo([]byte("x"), wan.Address(1, 0).String()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			select {
			case got := <-b.PacketCh():
				way := got.Timestamp.Sub(began)
				arrived, least, most = arrived+1, min(least, way), max(most, way)
			default:
			}
		}
		// Of 2000 packets 1600 arrive, with a standard deviation of 18: 90 is five of them.
		if arrived < 1510 || arrived > 1690 {
			t.Errorf("%d of %d arrived, want 1600", arrived, sent)
		}
		if least < 700*time.Millisecond || least > 710*time.Millisecond ||
			most < 1290*time.Millisecond || most > 1300*time.Millisecond {
			t.Errorf("took %s to %s, want 700 ms to 1300 ms", least, most)
		}
	})
}

// connect makes a stream from region 0 to region 1.
func connect(t *testing.T, n *wan.Network) (near, far net.Conn) {
	t.Helper()
	a, b := n.MemberPort(0, 0), n.MemberPort(1, 0)
	near, err := a.DialTimeout(wan.Address(1, 0).String(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return near, <-b.StreamCh()
}

func TestAStreamIsInOrderAndWholeInSpiteOfLoss(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		n.ChangeAll(func(l *wan.Link) { l.Jitter, l.Loss = 0.5, 0.2 })
		near, far := connect(t, n)
		var want strings.Builder
		go func() {
			for i := range 500 {
				fmt.Fprintf(near, "%d,", i)
				time.Sleep(time.Millisecond)
			}
			near.Close()
		}()
		for i := range 500 {
			fmt.Fprintf(&want, "%d,", i)
		}
		got, err := io.ReadAll(far)
		if err != nil || string(got) != want.String() {
			t.Errorf("got %q and %v", got, err)
		}
		far.Close()
	})
}

func TestACutDelaysAStreamAndBreaksItInTheEnd(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		near, far := connect(t, n)
		buffer := make([]byte, 10)
		n.Cut(0, 1)
		fmt.Fprint(near, "late")
		time.AfterFunc(5*time.Second, func() { n.Mend(0, 1) })
		var got int
		// Sent again after 0.3, 0.9, 2.1, 4.5 and 9.3 seconds.
		if late := took(func() { got, _ = far.Read(buffer) }); got != 4 ||
			late != 9300*time.Millisecond+oneWay {
			t.Errorf("got %d bytes after %s, want 4 after 9.35 s", got, late)
		}
		n.Isolate(1)
		fmt.Fprint(near, "never")
		var err error
		if late := took(func() { _, err = near.Read(buffer) }); late < 2*time.Minute ||
			late > 5*time.Minute {
			t.Errorf("broke after %s, want some minutes", late)
		}
		mustBe(t, err, syscall.ECONNRESET)
		_, err = near.Write(buffer)
		mustBe(t, err, syscall.ECONNRESET)
		_ = far.SetDeadline(time.Now().Add(time.Second))
		_, err = far.Read(buffer)
		mustBe(t, err, os.ErrDeadlineExceeded)
		near.Close()
		far.Close()
		_, err = far.Read(buffer)
		mustBe(t, err, net.ErrClosed)
	})
}

func mustBe(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestNobodyKnowsAStreamAfterABoot(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		near, _ := connect(t, n)
		n.Lose(1)
		n.Revive(1)
		fmt.Fprint(near, "hello?")
		_, err := near.Read(make([]byte, 1))
		mustBe(t, err, syscall.ECONNRESET)
		near.Close()
		port := n.MemberPort(0, 0)
		if late := took(func() {
			_, err = port.DialTimeout(wan.Address(1, 0).String(), time.Minute)
		}); err == nil || late != 2*oneWay {
			t.Errorf("got %v after %s, want a refusal after a round trip", err, late)
		}
		n.MemberPort(1, 7)
		if _, err := port.DialTimeout(wan.Address(1, 7).String(), time.Minute); err != nil {
			t.Errorf("at the new address: %v", err)
		}
	})
}

func TestQuestionsAreAnsweredOverTheNetwork(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		var asked atomic.Int64
		a := n.Peer(0, nil)
		b := n.Peer(1, func(from model.RegionID, request []byte) ([]byte, error) {
			asked.Add(1)
			if string(request) == "no" {
				return nil, errors.New("not that")
			}
			return fmt.Appendf(nil, "%d asks %s", from, request), nil
		})
		ask := func(to model.RegionID, what string, patience time.Duration) (string, error) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			got, err := a.Ask(ctx, to, []byte(what))
			return string(got), err
		}
		var got string
		var err error
		if late := took(func() { got, err = ask(1, "why", time.Second) }); got != "0 asks why" ||
			err != nil || late != 2*oneWay {
			t.Errorf("got %q, %v after %s", got, err, late)
		}
		var refusal peer.Refusal
		if _, err = ask(1, "no", time.Second); !errors.As(err, &refusal) || refusal != "not that" {
			t.Errorf("got %v, want what the other says", err)
		}
		n.Cut(1, 0)
		before := asked.Load()
		if late := took(func() { _, err = ask(1, "why", 5*time.Second) }); err == nil ||
			late != 5*time.Second || asked.Load() != before+1 {
			t.Errorf("got %v after %s, asked %d times; want it done and nothing heard", err, late,
				asked.Load()-before)
		}
		time.AfterFunc(time.Second, n.Heal)
		if got, err = ask(1, "again", 5*time.Second); got != "0 asks again" || err != nil {
			t.Errorf("got %q and %v, want an answer once the cut heals", got, err)
		}
		b.Close()
		if late := took(func() { _, err = ask(1, "why", time.Second) }); !errors.Is(err,
			peer.ErrUnsent) || late != 2*oneWay {
			t.Errorf("got %v after %s, want a refusal after a round trip", err, late)
		}
	})
}
