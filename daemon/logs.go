package daemon

import (
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// raftLogger has Raft's network say to the agent's log what is wrong.
func raftLogger(log *slog.Logger) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{
		Name: "raft-net", Level: hclog.Warn, Output: writer{log}, DisableTime: true,
	})
}

// writer takes lines into a log.
type writer struct{ log *slog.Logger }

// Write takes a line.
func (w writer) Write(line []byte) (int, error) {
	w.log.Warn("raft", "says", string(line))
	return len(line), nil
}
