package daemon

import (
	"log/slog"

	"github.com/hashicorp/go-hclog"

	"redoubt/agent"
)

// raftLogger has Raft's network say to the agent's log what is wrong.
func raftLogger(log *slog.Logger) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{
		Name: "raft-net", Level: hclog.Warn, Output: agent.RaftLog(log),
	})
}
