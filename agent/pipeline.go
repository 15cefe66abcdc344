package agent

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"
)

// place is where an entry stands in raft's log.
type place struct{ index, term uint64 }

// pipeline is raft's way to one follower, on which it sends entries without a wait for each answer.
//
// Raft itself has a follower hear that an entry is committed with whatever it sends next, and where
// there is nothing it sends something empty after a while (Config.CommitEvery). That is late for an
// agent that is to act on the entry, or most of the work of an agent that leads while nothing
// happens. So a follower is told at once here, in the words that raft would use.
type pipeline struct {
	raft.AppendPipeline
	votes *votes
	// news has the follower be told what is committed, until over is closed.
	news kick
	over chan struct{}
	// turn is held by who sends.
	turn chan struct{}
	// sent is what comes after the last that was sent, by the pipeline or before there was one.
	sent raft.AppendEntriesRequest
}

// AppendEntriesPipeline is AppendEntries without a wait for each answer.
func (v *votes) AppendEntriesPipeline(
	id raft.ServerID, at raft.ServerAddress,
) (raft.AppendPipeline, error) {
	if v.silent.Load() {
		return nil, errSilent
	}
	inner, err := v.Transport.AppendEntriesPipeline(id, at)
	if err != nil {
		return nil, err
	}
	p := &pipeline{
		AppendPipeline: inner, votes: v, news: newKick(), over: make(chan struct{}),
		turn: make(chan struct{}, 1),
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	p.sent, v.pipelines[p] = v.taken[id], true
	p.news.now() // What the follower took before there was a pipeline may be committed since.
	go p.tell()
	return p, nil
}

var errBusy = errors.New("the follower does not take in time what it is told")

// AppendEntries carries entries, or none. Only raft calls it, one call after the other; whoever
// tells the news may be at it meanwhile, and hang with the follower. The pipeline is given up after
// a heartbeat then: it is raft alone that closes it.
func (p *pipeline) AppendEntries(
	asked *raft.AppendEntriesRequest, answer *raft.AppendEntriesResponse,
) (raft.AppendFuture, error) {
	if p.votes.silent.Load() {
		return nil, errSilent
	}
	patience := time.NewTimer(p.votes.beat)
	defer patience.Stop()
	select {
	case p.turn <- struct{}{}:
	case <-patience.C:
		return nil, errBusy
	}
	defer func() { <-p.turn }()
	return p.send(asked, answer)
}

// hangBeats is after how many heartbeats a pipeline is closed that takes nothing.
const hangBeats = 5

// send sends something. It is called by who has the turn. Raft's own pipeline never takes what
// follows an answer with which raft has given it up, and whoever sends that hangs in it until it is
// closed; raft does not end for as long as one of its own does.
func (p *pipeline) send(
	asked *raft.AppendEntriesRequest, answer *raft.AppendEntriesResponse,
) (raft.AppendFuture, error) {
	over := time.AfterFunc(hangBeats*p.votes.beat, func() { _ = p.AppendPipeline.Close() })
	future, err := p.AppendPipeline.AppendEntries(asked, answer)
	over.Stop()
	if err != nil {
		return nil, err
	}
	p.sent = after(asked)
	return future, nil
}

// after is what has the entries of what was asked as what comes before it, and none itself.
func after(asked *raft.AppendEntriesRequest) raft.AppendEntriesRequest {
	next := *asked
	next.Entries = nil
	if n := len(asked.Entries); n > 0 {
		next.PrevLogEntry, next.PrevLogTerm = asked.Entries[n-1].Index, asked.Entries[n-1].Term
	}
	return next
}

// tell tells the follower what is committed whenever there is news, until the pipeline is closed.
func (p *pipeline) tell() {
	for {
		select {
		case <-p.over:
			return
		case <-p.news:
		}
		select {
		case <-p.over:
			return
		case p.turn <- struct{}{}:
		}
		if news, is := p.untold(); is && !p.votes.silent.Load() {
			// Where that fails, so does what raft sends next, and raft closes the pipeline.
			_, _ = p.send(news, new(raft.AppendEntriesResponse))
		}
		<-p.turn
	}
}

// untold is what tells the follower what is committed, if it has not heard of that yet. An entry
// says that what came before it in its leader's log is committed, and that log is known here for
// the one term alone in which the pipeline's leader sends: what another leader has committed since,
// this one never speaks of. It speaks of nothing that it has not sent, either.
func (p *pipeline) untold() (*raft.AppendEntriesRequest, bool) {
	p.votes.mu.Lock()
	known := p.votes.known
	p.votes.mu.Unlock()
	news := p.sent
	news.LeaderCommitIndex = min(known.index, p.sent.PrevLogEntry)
	return &news, known.term == p.sent.Term && news.LeaderCommitIndex > p.sent.LeaderCommitIndex
}

// Close closes the pipeline.
func (p *pipeline) Close() error {
	p.votes.mu.Lock()
	if p.votes.pipelines[p] {
		delete(p.votes.pipelines, p)
		close(p.over)
	}
	p.votes.mu.Unlock()
	return p.AppendPipeline.Close()
}

// committed says that an entry is, and has all hear of it to whom this agent sends entries.
func (v *votes) committed(last place) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.known = last
	for p := range v.pipelines {
		p.news.now()
	}
}

// tellCommitted has the followers hear of each entry as soon as it is applied here, for as long as
// this agent leads.
func (n *Node) tellCommitted(ctx context.Context) {
	changed, stop := n.replica.Watch()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			n.votes.committed(n.replica.last())
		}
	}
}
