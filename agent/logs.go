package agent

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// logWriter hands what raft logs on to the agent's logger. What raft repeats for as long as another
// agent is away, several times a second, is said once in a while, and as detail in between.
type logWriter struct {
	log  *slog.Logger
	said seldom
}

// RaftLog hands the lines that raft, or a part of it, logs on to a logger.
func RaftLog(log *slog.Logger) io.Writer {
	return &logWriter{log: log}
}

const (
	// repeatAfter is when a line is said again that is like one before.
	repeatAfter = time.Minute
	// saidMost bounds how many lines are remembered.
	saidMost = 256
)

// differing are what begins the part of a line that differs each time.
var differing = []string{" backoff", " error=", " time="}

// Write takes one line: the time, the level in brackets, and what is said.
func (w *logWriter) Write(line []byte) (int, error) {
	text := string(bytes.TrimSpace(line))
	level := slog.LevelDebug
	for _, known := range [...]struct {
		word  string
		level slog.Level
	}{
		{"[ERROR]", slog.LevelError}, {"[WARN]", slog.LevelWarn}, {"[INFO]", slog.LevelInfo},
		{"[DEBUG]", slog.LevelDebug},
	} {
		if _, said, found := strings.Cut(text, known.word); found {
			text, level = strings.TrimSpace(said), known.level
			break
		}
	}
	if level >= slog.LevelWarn && w.said.repeats(keyOf(text)) {
		level = slog.LevelDebug
	}
	w.log.Log(context.Background(), level, "raft", "said", text)
	return len(line), nil
}

// keyOf is the part of a line that is the same each time.
func keyOf(text string) string {
	for _, part := range differing {
		text, _, _ = strings.Cut(text, part)
	}
	return text
}

// seldom remembers what was said of late.
type seldom struct {
	mu sync.Mutex
	at map[string]time.Time
}

// repeats reports whether something was said of late, and notes that it is said now if not.
func (s *seldom) repeats(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if at, known := s.at[key]; known && now.Sub(at) < repeatAfter {
		return true
	}
	if len(s.at) >= saidMost || s.at == nil {
		s.at = map[string]time.Time{}
	}
	s.at[key] = now
	return false
}

// often logs what may be so many times a second, as long as something else is away: when it is
// news, then once in a while, and as detail in between. Other numbers in an error are no news.
func (n *Node) often(level slog.Level, said string, values ...any) {
	key := said
	for _, value := range values {
		text := fmt.Sprint(value)
		if _, is := value.(error); is {
			text = strings.Map(withoutDigits, text)
		}
		key += "\n" + text
	}
	if n.said.repeats(key) {
		level = slog.LevelDebug
	}
	n.config.Log.Log(context.Background(), level, said, values...)
}

func withoutDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return -1
	}
	return r
}
