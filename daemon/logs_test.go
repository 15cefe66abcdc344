package daemon

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"
)

// written is a log that is read while it is written.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(data)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// What a peer sends to Raft, and is no command of it, is refused, counted and said.
func TestWhatIsNoCommandOfRaftIsCounted(t *testing.T) {
	var said raftNet
	var log written
	transport, err := raft.NewTCPTransportWithConfig("127.0.0.1:0", nil, &raft.NetworkTransportConfig{
		MaxPool: 1, Timeout: time.Minute, Logger: said.to(slog.New(slog.NewTextHandler(&log, nil))),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer transport.Close()
	for i, text := range []string{
		"GET / HTTP/1.1\r\n\r\n", "\x00\xff\xff\xff", "\x03\x81\xa4Size\xc1",
		"\x01\xdf\xff\xff\xff\xff\xc1\xc1",
		strings.Repeat("\x02", 1<<16),
	} {
		conn, err := net.Dial("tcp", string(transport.LocalAddr()))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(text)) // It may be refused before all is there.
		_ = conn.(*net.TCPConn).CloseWrite()
		for end := time.Now().Add(20 * time.Second); said.broken.Load() == uint64(i); {
			if time.Now().After(end) {
				t.Fatalf("%.20q is not counted", text)
			}
			time.Sleep(time.Millisecond)
		}
		_ = conn.Close()
	}
	if got := said.broken.Load(); got != 5 || !strings.Contains(log.String(), brokenCommand) {
		t.Errorf("%d are counted, want 5, and the log says\n%s", got, log.String())
	}
}
