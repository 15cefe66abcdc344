package gossip

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// lines turns memberlist's log into records, and bounds it: who sends packets without a key can
// send a thousand a second.
type lines struct {
	log     *slog.Logger
	refused atomic.Uint64

	mu     sync.Mutex
	left   float64
	at     time.Time
	unsaid int
}

// So many records may come at once, and so many in a second.
const (
	linesBurst     = 30
	linesPerSecond = 1
)

func newLines(to *slog.Logger) *lines { return &lines{log: to, left: linesBurst} }

// logger gives the form of it that memberlist takes.
func (l *lines) logger() *log.Logger { return log.New(l, "", 0) }

// levels are those of memberlist's log.
var levels = []struct {
	mark  []byte
	level slog.Level
}{
	{[]byte("[DEBUG] "), slog.LevelDebug}, {[]byte("[INFO] "), slog.LevelDebug},
	{[]byte("[WARN] "), slog.LevelWarn}, {[]byte("[ERR] "), slog.LevelError},
}

// refusals are what memberlist v0.6.0 says of packets and streams that it refuses.
var refusals = [][]byte{
	[]byte("Decrypt packet failed"), []byte("unacceptable label"), []byte("failed to receive"),
	[]byte("remote state is not encrypted"), []byte("unexpected double"),
	[]byte("missing message type"),
	[]byte("label header"), []byte("label size"), []byte("label must not"), []byte("truncated"),
}

// Write takes one line of memberlist's log.
func (l *lines) Write(line []byte) (int, error) {
	level, text := slog.LevelInfo, bytes.TrimSpace(line)
	for _, known := range levels {
		if rest, ok := bytes.CutPrefix(text, known.mark); ok {
			level, text = known.level, rest
		}
	}
	for _, refusal := range refusals {
		if bytes.Contains(text, refusal) {
			l.refused.Add(1)
			level = slog.LevelWarn // Whoever is refused is nobody's fault here.
			break
		}
	}
	text = bytes.TrimPrefix(text, []byte("memberlist: "))
	l.say(level, "memberlist", "says", string(text[:min(len(text), 512)]))
	return len(line), nil
}

// say logs, unless too much was logged of late.
func (l *lines) say(level slog.Level, message string, arguments ...any) {
	if !l.log.Enabled(context.Background(), level) {
		return
	}
	l.mu.Lock()
	now := time.Now()
	if !l.at.IsZero() {
		l.left = min(linesBurst, l.left+now.Sub(l.at).Seconds()*linesPerSecond)
	}
	l.at = now
	if l.left < 1 {
		l.unsaid++
		l.mu.Unlock()
		return
	}
	l.left--
	unsaid := l.unsaid
	l.unsaid = 0
	l.mu.Unlock()
	if unsaid > 0 {
		arguments = append(arguments, "unsaid", unsaid)
	}
	l.log.Log(context.Background(), level, message, arguments...)
}
