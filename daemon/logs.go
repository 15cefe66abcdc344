package daemon

import (
	"log/slog"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"

	"redoubt/agent"
)

// raftNet has Raft's network say to the agent's log what is wrong, and counts the commands that are
// none: they come from a peer that was let in.
type raftNet struct {
	hclog.Logger
	broken atomic.Uint64
}

// to has it say that to a log.
func (r *raftNet) to(log *slog.Logger) hclog.Logger {
	r.Logger = hclog.New(&hclog.LoggerOptions{
		Name: "raft-net", Level: hclog.Warn, Output: agent.RaftLog(log),
	})
	return r
}

// brokenCommand is what Raft's network says of one.
const brokenCommand = "failed to decode incoming command"

// Error takes what Raft's network says.
func (r *raftNet) Error(said string, values ...any) {
	r.Logger.Error(said, values...)
	if said == brokenCommand {
		r.broken.Add(1)
	}
}
