package zone

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// serving is a server on loopback until the test is over, and its address.
func serving(t *testing.T) (*Server, string) {
	t.Helper()
	s, address, end, ran := started(t)
	t.Cleanup(func() {
		end()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return s, address
}

// started is a server on loopback, its address, what ends it, and where it says how it has ended.
func started(t *testing.T) (*Server, string, context.CancelFunc, <-chan error) {
	t.Helper()
	return startedWith(t, slog.New(slog.DiscardHandler))
}

// ask asks a server, again until it answers: it may not listen yet.
func ask(t *testing.T, network, address string, query *dns.Msg) *dns.Msg {
	t.Helper()
	client := dns.Client{Net: network, Timeout: time.Second}
	for range 20 {
		if reply, _, err := client.Exchange(query, address); err == nil {
			return reply
		}
	}
	t.Fatalf("no answer over %s", network)
	return nil
}

// TestAFlipIsSeenAtTheNextQuery publishes states, and asks over both transports after each.
func TestAFlipIsSeenAtTheNextQuery(t *testing.T) {
	s, address := serving(t)
	for _, network := range []string{"udp", "tcp"} {
		want := "SERVFAIL"
		for epoch := range 4 {
			if epoch > 0 {
				s.Publish(in(3, 1<<(epoch-1)))
				want = "NOERROR aa 20 A 192.0.2." + string(rune('0'+epoch))
			}
			query := question("shop.eu.example.org.", dns.TypeA)
			if got := told(ask(t, network, address, query)); got != want {
				t.Errorf("%s: got %s, want %s", network, got, want)
			}
		}
		s.answers.Store(s.zone.Unknown())
	}
}

// TestNoPacketStopsAServer sends bytes that are no queries, and half queries, and then asks.
func TestNoPacketStopsAServer(t *testing.T) {
	s, address := serving(t)
	s.Publish(in(3, 1))
	packed, err := question("shop.eu.example.org.", dns.TypeA).Pack()
	if err != nil {
		t.Fatal(err)
	}
	source := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		data := append([]byte(nil), packed...)
		for range source.IntN(6) {
			data[source.IntN(len(data))] = byte(source.Uint32())
		}
		data = data[:source.IntN(len(data)+1)]
		if source.IntN(10) == 0 {
			data = append(data, make([]byte, source.IntN(2000))...)
		}
		conn, err := net.Dial("udp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write(data)
		_ = conn.Close()
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write([]byte{0xff, 0xff, 0})
	_ = conn.Close()
	got := told(ask(t, "udp", address, question("shop.eu.example.org.", dns.TypeA)))
	if got != "NOERROR aa 20 A 192.0.2.1" || s.Counts().Broken == 0 {
		t.Errorf("got %s and %+v, want the answer as ever, and broken queries counted", got, s.Counts())
	}
}

// TestWhatIsNoQueryIsToldOnce has a log be told of many at once.
func TestWhatIsNoQueryIsToldOnce(t *testing.T) {
	var log bytes.Buffer
	s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 100 {
		s.broken(errors.New("bad rdata"))
	}
	if got := strings.Count(log.String(), "no DNS query"); got != 1 || s.Counts().Broken != 100 {
		t.Errorf("it is said %d times, and counted %d times", got, s.Counts().Broken)
	}
}

// TestALimitIsOneNetworks asks more than is answered, and from elsewhere.
func TestALimitIsOneNetworks(t *testing.T) {
	l := newLimiter(5)
	now := time.Unix(1000, 0)
	count := func(from string, n int, later time.Duration) (got [3]int) {
		now = now.Add(later)
		for range n {
			got[l.rule(netip.MustParseAddr(from), now)]++
		}
		return got
	}
	for _, c := range []struct {
		from  string
		n     int
		later time.Duration
		want  [3]int
	}{
		{"192.0.2.1", 20, 0, [3]int{5, 8, 7}},
		{"192.0.2.200", 2, 0, [3]int{0, 1, 1}},
		{"198.51.100.1", 5, 0, [3]int{5, 0, 0}},
		{"::ffff:192.0.2.9", 4, 400 * time.Millisecond, [3]int{2, 1, 1}},
		{"192.0.2.1", 9, time.Hour, [3]int{5, 2, 2}},
		{"2001:db8::1", 6, 0, [3]int{5, 1, 0}},
		{"2001:db8:0:ff::1", 1, 0, [3]int{0, 0, 1}},
		{"127.0.0.1", 50, 0, [3]int{50, 0, 0}},
	} {
		if got := count(c.from, c.n, c.later); got != c.want {
			t.Errorf("%s: got %v answered, cut short and dropped, want %v", c.from, got, c.want)
		}
	}
}

// FuzzReply answers whatever parses as a message.
func FuzzReply(f *testing.F) {
	z := shop()
	answers := z.At(in(3, 0b11))
	for _, name := range []string{"shop.eu.example.org.", ".", "_redoubt.example.org."} {
		packed, err := question(name, dns.TypeA).Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		query := new(dns.Msg)
		if query.Unpack(data) != nil {
			return
		}
		reply := answers.Reply(query, Draw{})
		if reply.Truncate(sizeOf(query)); reply.Id != query.Id || !reply.Response {
			t.Errorf("got %v for %v", reply, query)
		}
		if _, err := reply.Pack(); err != nil {
			t.Errorf("%v: %v", err, reply)
		}
	})
}
