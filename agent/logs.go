package agent

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// logWriter hands what raft logs on to the agent's logger. What raft repeats for as long as another
// agent is away, several times a second, is said once in a while, and as detail in between.
type logWriter struct {
	log *slog.Logger

	mu   sync.Mutex
	said map[string]time.Time
}

// RaftLog hands the lines that raft, or a part of it, logs on to a logger.
func RaftLog(log *slog.Logger) io.Writer {
	return &logWriter{log: log, said: map[string]time.Time{}}
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
	if level >= slog.LevelWarn && w.repeats(text) {
		level = slog.LevelDebug
	}
	w.log.Log(context.Background(), level, "raft", "said", text)
	return len(line), nil
}

// repeats reports whether a line like this one was said of late.
func (w *logWriter) repeats(text string) bool {
	key := text
	for _, part := range differing {
		key, _, _ = strings.Cut(key, part)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if at, known := w.said[key]; known && now.Sub(at) < repeatAfter {
		return true
	}
	if len(w.said) >= saidMost {
		clear(w.said)
	}
	w.said[key] = now
	return false
}
