package feed

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"redoubt/api"
)

// How often an agent is asked, how long its answer may take, and that to an order, which an agent
// gives up before.
const (
	every     = time.Second
	patience  = 3 * time.Second
	orderWait = 40 * time.Second
)

// How much of the log is looked through when the feed begins, how many entries are asked for at
// once, and how many of those that decided or changed something are kept.
const (
	backlog = 20_000
	page    = 4_000
	kept    = 500
)

// Source is an agent that can be asked.
type Source struct {
	Address string
	Client  *api.Client
}

// Reading is what was heard last, and whether it is still so.
type Reading struct {
	// Address is that of the agent that is asked.
	Address string
	// Status, Account and Members are nil before the first answer. They are that answer's for good:
	// the next one brings others.
	Status  *api.Status
	Account *api.Account
	Members *api.Members
	// Entries are those of the log that decided or changed something, the oldest first.
	Entries []api.Entry
	// Err says why the last question was not answered, and Lost for how long none was. Both are zero
	// of an agent that answers.
	Err  error
	Lost time.Duration
}

// Feed asks one agent of several, and the next one when that does not answer.
type Feed struct {
	sources []Source
	// at counts the agents that were turned to.
	at   atomic.Uint64
	wake chan struct{}
}

// New makes a feed of some agents, at least one of them, which are asked in their order.
func New(sources ...Source) *Feed {
	return &Feed{sources: sources, wake: make(chan struct{}, 1)}
}

// source is the agent that is asked now.
func (f *Feed) source() Source { return f.sources[f.at.Load()%uint64(len(f.sources))] }

// Wake has the agent be asked at once.
func (f *Feed) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // It is about to be.
	}
}

// Run asks, and hands every reading on, until the context is over.
func (f *Feed) Run(ctx context.Context, see func(Reading)) {
	var r Reading
	last := time.Now()
	after, begun := uint64(0), false
	for ctx.Err() == nil {
		source := f.source()
		next, err := read(ctx, source.Client)
		if err == nil && !begun {
			after, begun = next.Status.Index-min(next.Status.Index, backlog), true
		}
		var entries []api.Entry
		if err == nil {
			entries, after, err = follow(ctx, source.Client, after)
		}
		r.Address, r.Err = source.Address, err
		if err == nil {
			last = time.Now()
			r.Status, r.Account, r.Members = next.Status, next.Account, next.Members
			r.Entries = joined(r.Entries, entries)
			r.Lost = 0
		} else {
			r.Lost = time.Since(last)
			f.at.Add(1)
		}
		if ctx.Err() != nil {
			return
		}
		see(r)
		select {
		case <-ctx.Done():
		case <-f.wake:
		case <-time.After(every):
		}
	}
}

// read asks an agent all that is shown but for its log.
func read(ctx context.Context, client *api.Client) (r Reading, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	status, err := client.Status(ctx)
	if err != nil {
		return r, late(ctx, err)
	}
	account, err := client.Explain(ctx)
	if err != nil {
		return r, late(ctx, err)
	}
	members, err := client.Members(ctx)
	return Reading{Status: &status, Account: &account, Members: &members}, late(ctx, err)
}

// follow reads the log from an entry on, as far as a page goes, and returns what decided or changed
// something, and the last entry that it has read.
func follow(
	ctx context.Context, client *api.Client, after uint64,
) (told []api.Entry, last uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	entries, err := client.History(ctx, after, page)
	for i := range entries {
		after = entries[i].Index
		if !entries[i].Routine {
			told = append(told, entries[i])
		}
	}
	return told, after, late(ctx, err)
}

// late says in words that an answer took too long.
func late(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", patience)
	}
	return err
}

// joined are the newest of some entries and of those that came after them. What was handed on
// before stays as it is.
func joined(all, more []api.Entry) []api.Entry {
	if len(more) == 0 {
		return all
	}
	both := append(append(make([]api.Entry, 0, len(all)+len(more)), all...), more...)
	return both[max(0, len(both)-kept):]
}

// Order gives an order to the agent that is asked, and has what came of it be read at once.
func (f *Feed) Order(ctx context.Context, o api.Order) (api.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, orderWait)
	defer cancel()
	answer, err := f.source().Client.Order(ctx, o)
	f.Wake()
	return answer, err
}
