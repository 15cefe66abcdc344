package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
)

// voteless is the key of a mark in the stable store: 1 while the agent may have lost a disk.
const voteless = "redoubt-voteless"

// votes is raft's transport, of an agent that may have lost its disk. Such an agent has
// acknowledged entries that it has no more, so its vote could bring one to lead who lacks them too:
// it grants none and asks for none until it has again all that was committed before, or a new group
// begins.
type votes struct {
	raft.Transport
	lost atomic.Bool
	// silent says that the agent cannot hand the lead over, as its raft hangs: what it sends to those
	// that follow would keep others from leading.
	silent atomic.Bool
	calls  chan raft.RPC
	over   chan struct{}
	once   sync.Once
	// beat is raft's heartbeat.
	beat time.Duration

	mu sync.Mutex
	// known is the last entry that is known to be committed, and pipelines lead to those who are to
	// hear of that.
	known     place
	pipelines map[*pipeline]bool
	// taken is what comes after the last that a follower has taken without a pipeline.
	taken map[raft.ServerID]raft.AppendEntriesRequest
}

func newVotes(t raft.Transport, lost bool, beat time.Duration) *votes {
	v := &votes{
		Transport: t, calls: make(chan raft.RPC), over: make(chan struct{}), beat: beat,
		pipelines: map[*pipeline]bool{}, taken: map[raft.ServerID]raft.AppendEntriesRequest{},
	}
	v.lost.Store(lost)
	go v.pass()
	return v
}

// pass hands on what others ask of raft, but for votes while there are none.
func (v *votes) pass() {
	for {
		var call raft.RPC
		select {
		case <-v.over:
			return
		case call = <-v.Transport.Consumer():
		}
		if v.lost.Load() {
			switch asked := call.Command.(type) {
			case *raft.RequestVoteRequest:
				call.Respond(&raft.RequestVoteResponse{Term: asked.Term}, nil)
				continue
			case *raft.RequestPreVoteRequest:
				call.Respond(&raft.RequestPreVoteResponse{Term: asked.Term}, nil)
				continue
			}
		}
		select {
		case <-v.over:
			return
		case v.calls <- call:
		}
	}
}

// Consumer has what others ask of raft.
func (v *votes) Consumer() <-chan raft.RPC { return v.calls }

var errVoteless = errors.New("the agent has lost its disk, and asks for no vote until it has " +
	"caught up with a leader")

// RequestVote asks for a vote.
func (v *votes) RequestVote(
	id raft.ServerID, at raft.ServerAddress, asked *raft.RequestVoteRequest,
	answer *raft.RequestVoteResponse,
) error {
	if v.lost.Load() {
		return errVoteless
	}
	return v.Transport.RequestVote(id, at, asked, answer)
}

// RequestPreVote asks whether there would be a vote.
func (v *votes) RequestPreVote(
	id raft.ServerID, at raft.ServerAddress, asked *raft.RequestPreVoteRequest,
	answer *raft.RequestPreVoteResponse,
) error {
	if v.lost.Load() {
		return errVoteless
	}
	t, ok := v.Transport.(raft.WithPreVote)
	if !ok {
		return errors.New("the transport has no pre-vote")
	}
	return t.RequestPreVote(id, at, asked, answer)
}

var errSilent = errors.New("the agent is silent, as it cannot hand the lead over")

// AppendEntries carries entries, or a heartbeat.
func (v *votes) AppendEntries(
	id raft.ServerID, at raft.ServerAddress, asked *raft.AppendEntriesRequest,
	answer *raft.AppendEntriesResponse,
) error {
	if v.silent.Load() {
		return errSilent
	}
	err := v.Transport.AppendEntries(id, at, asked, answer)
	if next := after(asked); err == nil && answer.Success && next.PrevLogEntry > 0 {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.taken[id] = next
	}
	return err
}

// Close closes the transport.
func (v *votes) Close() error {
	v.once.Do(func() { close(v.over) })
	if t, ok := v.Transport.(raft.WithClose); ok {
		return t.Close()
	}
	return nil
}

// openVotes finds whether the agent may have lost its disk: it has nothing of a log, or had nothing
// when it was last begun and has not caught up since.
func openVotes(c *Config) (*votes, error) {
	last, err := c.Logs.LastIndex()
	if err != nil {
		return nil, fmt.Errorf("read raft's log: %w", err)
	}
	snapshots, err := c.Snapshots.List()
	if err != nil {
		return nil, fmt.Errorf("list raft's snapshots: %w", err)
	}
	if last == 0 && len(snapshots) == 0 {
		if err := c.Stable.SetUint64([]byte(voteless), 1); err != nil {
			return nil, fmt.Errorf("mark that the agent has no log: %w", err)
		}
		return newVotes(c.Transport, true, c.Times.Heartbeat), nil
	}
	mark, err := c.Stable.GetUint64([]byte(voteless))
	if err != nil && err.Error() != "not found" { // As raft tells it, which gives it no name.
		return nil, fmt.Errorf("read whether the agent has caught up: %w", err)
	}
	return newVotes(c.Transport, mark != 0, c.Times.Heartbeat), nil
}

// regain has the agent vote from now on.
func (n *Node) regain() {
	if err := n.config.Stable.SetUint64([]byte(voteless), 0); err != nil {
		n.config.Log.Error("that the agent has caught up could not be kept", "error", err)
		return
	}
	n.votes.lost.Store(false)
}

// regainVote has an agent that begins with nothing begin the group, once, when every voter's agent
// is there, none of them has more than that beginning, and all are under the same policy. Where the
// group goes on without it, the agent votes once it has applied all that its leader has.
func (n *Node) regainVote(ctx context.Context) {
	for n.votes.lost.Load() && ctx.Err() == nil {
		switch {
		case n.raft.LastIndex() <= 1 && n.blank(ctx):
			n.bootstrap(ctx)
		case n.raft.LastIndex() > 0:
			n.often(slog.LevelWarn, "this agent began with nothing of a log that goes on: it has no vote "+
				"until it has caught up")
			asking, cancel := context.WithTimeout(ctx, n.config.Times.ApplyMax)
			if n.catchUpOnce(asking) == nil && n.compareOnce(asking) == nil {
				n.regain()
			}
			cancel()
		}
		if n.votes.lost.Load() && !sleep(ctx, n.config.Times.Heartbeat) {
			return
		}
	}
}

// catchUpOnce returns once the agent has applied all that was committed when it began to.
func (n *Node) catchUpOnce(ctx context.Context) error {
	index, err := n.askLeader(ctx, askBarrier, nil)
	if err != nil {
		return err
	}
	return n.applied(ctx, index)
}
