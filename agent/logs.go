package agent

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
)

// logWriter hands what raft logs on to the agent's logger.
type logWriter struct{ log *slog.Logger }

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
	w.log.Log(context.Background(), level, "raft", "said", text)
	return len(line), nil
}
