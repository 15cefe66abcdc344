package zone

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// journal is a log that is read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(data []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(data)
}

func (j *journal) count(what string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), what)
}

// eventually waits for something that a server notes by itself.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come about", what)
		}
	}
}

// watched is a server with a log that is read.
func watched(t *testing.T) (*Server, string, *journal) {
	t.Helper()
	j := &journal{}
	s, address, end, ran := startedWith(t, slog.New(slog.NewTextHandler(j, nil)))
	t.Cleanup(func() {
		end()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	s.Publish(in(3, 1))
	ask(t, "udp", address, question("shop.eu.example.org.", dns.TypeA)) // It listens.
	return s, address, j
}

// Whatever comes and is no query of one question is counted, and said, whether it is refused by its
// header, is cut short, or too large; and the next query is answered.
func TestWhatIsNoQueryIsCounted(t *testing.T) {
	query := question("shop.eu.example.org.", dns.TypeA)
	packed := func(change func(*dns.Msg)) []byte {
		m := query.Copy()
		change(m)
		data, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	whole := packed(func(*dns.Msg) {})
	framed := func(length int, data []byte) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(length)), data...)
	}
	messages := map[string][]byte{
		"garbage":          []byte("GET / HTTP/1.1\r\n\r\n"),
		"a cut header":     whole[:5],
		"a cut question":   whole[:len(whole)-3],
		"a reply":          packed(func(m *dns.Msg) { m.Response = true }),
		"an update":        packed(func(m *dns.Msg) { m.Opcode = dns.OpcodeUpdate }),
		"no question":      packed(func(m *dns.Msg) { m.Question = nil }),
		"two questions":    packed(func(m *dns.Msg) { m.Question = append(m.Question, m.Question[0]) }),
		"more than fits":   append(whole[:len(whole)-5:len(whole)-5], bytes.Repeat([]byte{63}, 5000)...),
		"a name in a loop": append(whole[:12:12], 0xc0, 12, 0, 1, 0, 1),
	}
	streams := map[string][]byte{
		"half a length": {0}, "half a message": framed(len(whole)+9, whole), "none": framed(0, nil),
		"as long as can be": framed(1<<16-1, whole),
	}
	for name, data := range messages {
		streams[name] = framed(len(data), data)
	}
	for network, all := range map[string]map[string][]byte{"udp": messages, "tcp": streams} {
		for name, data := range all {
			t.Run(network+"/"+name, func(t *testing.T) {
				s, address, log := watched(t)
				conn, err := net.Dial(network, address)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if _, err := conn.Write(data); err != nil {
					t.Fatal(err)
				}
				if tcp, ok := conn.(*net.TCPConn); ok {
					_ = tcp.CloseWrite()
				}
				eventually(t, "that it is counted", func() bool { return s.Counts().Broken == 1 })
				eventually(t, "that it is said", func() bool { return log.count("no DNS query") == 1 })
				answered := s.Counts().Answered
				ask(t, network, address, query)
				if got := s.Counts(); got.Answered != answered+1 || got.Broken != 1 {
					t.Errorf("got %+v, want one answer more than %d", got, answered)
				}
			})
		}
	}
}

// Who holds connections open keeps nobody from asking, and takes no more than its share of files.
func TestConnectionsOverTCPHaveABound(t *testing.T) {
	s, address, log := watched(t)
	const more = 20
	var held []net.Conn
	for range tcpMost + more {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		held = append(held, conn)
	}
	query := question("shop.eu.example.org.", dns.TypeA)
	if got := told(ask(t, "tcp", address, query)); got != "NOERROR aa 20 A 192.0.2.1" {
		t.Errorf("got %s", got)
	}
	for _, conn := range held[:more] {
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("of those that came first one hears %v, want its end", err)
		}
	}
	if got := s.Counts(); got.Limited < more || log.count("too much is asked over DNS") != 1 {
		t.Errorf("got %+v, and the log says\n%s", got, log.text.String())
	}
}

// startedWith is started, with a log.
func startedWith(t *testing.T, log *slog.Logger) (
	*Server, string, context.CancelFunc, <-chan error,
) {
	t.Helper()
	s, err := New(Config{Zone: shop(), PerSecond: 5, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", tcp.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- s.Serve(ctx, udp, tcp) }()
	return s, tcp.Addr().String(), end, ran
}
