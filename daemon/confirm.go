package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"redoubt/agent"
	"redoubt/api"
)

// confirmer finds out whether this agent lacks anything that was committed, for all who want to
// know at one time: each question is an entry of Raft's, which every agent writes to its disk.
type confirmer struct {
	ask func(context.Context) error

	mu sync.Mutex
	// asking says that a question is under way. What it is answered with is true of when it was asked,
	// so that whoever comes meanwhile waits for the next, which is nil while nobody does.
	asking bool
	next   *question
}

// question is one that is answered once.
type question struct {
	answered chan struct{}
	err      error
}

// questionMost is how long a question may take: nobody waits longer for what the API tells.
const questionMost = 3 * time.Second

// confirm returns what a question is answered with that was asked after it was called.
func (c *confirmer) confirm(ctx context.Context) error {
	c.mu.Lock()
	if c.next == nil {
		c.next = &question{answered: make(chan struct{})}
	}
	q := c.next
	if !c.asking {
		c.asking = true
		go c.run()
	}
	c.mu.Unlock()
	select {
	case <-q.answered:
		return q.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run asks for as long as anybody waits.
func (c *confirmer) run() {
	for {
		c.mu.Lock()
		q := c.next
		c.next, c.asking = nil, q != nil
		c.mu.Unlock()
		if q == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), questionMost)
		q.err = c.ask(ctx)
		cancel()
		close(q.answered)
	}
}

// confirmAgain is how long a leader is left alone who was just elected, and does not lead yet.
const confirmAgain = 50 * time.Millisecond

// Confirm returns once the node has applied all that was committed before.
func (b *bridge) Confirm(ctx context.Context) error { return b.confirming.confirm(ctx) }

// confirmNow asks the node once, and again while a new leader is not ready.
func (b *bridge) confirmNow(ctx context.Context) error {
	var refused *agent.RefusedError
	err := b.node.Confirm(ctx)
	for errors.Is(err, agent.ErrNoLeader) && b.node.Leader().Valid() && ctx.Err() == nil {
		select {
		case <-time.After(confirmAgain):
			err = b.node.Confirm(ctx)
		case <-ctx.Done():
		}
	}
	switch {
	case err == nil, ctx.Err() != nil:
		return errors.Join(err, ctx.Err())
	case errors.As(err, &refused):
		return errors.New(refused.Why)
	case errors.Is(err, agent.ErrNoLeader):
		return api.ErrNoLeader
	}
	return err
}
