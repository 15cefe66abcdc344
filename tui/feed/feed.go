package feed

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"redoubt/api"
)

// How often an agent is asked, which is also how long it may say nothing before another one is
// asked too; for how long nothing may be heard before that is said; how long an answer may take,
// and that to an order, which an agent gives up before.
const (
	every     = time.Second
	long      = 2 * time.Second
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
	// Address is that of the agent whose answer it is; before the first one, of the agent that is
	// asked first.
	Address string
	// Status, Account and Members are nil before the first answer. They are that answer's for good:
	// the next one brings others.
	Status  *api.Status
	Account *api.Account
	Members *api.Members
	// Entries are those of the log that decided or changed something, the oldest first.
	Entries []api.Entry
	// After is the entry after which they are all of those, 0 where that is from the beginning on.
	After uint64
	// Err says why the last question was not answered, by whichever agent, and Lost for how long none
	// was. Both are zero where one answers.
	Err  error
	Lost time.Duration
	// Refused says that all who were reached know nobody by what they are asked with.
	Refused bool
}

// Feed asks one agent of several, and others when that does not answer, or is cut off.
type Feed struct {
	sources []Source
	// at is the agent that answered last.
	at   atomic.Uint64
	wake chan struct{}
}

// New makes a feed of some agents, at least one of them, which are asked in their order.
func New(sources ...Source) *Feed {
	return &Feed{sources: sources, wake: make(chan struct{}, 1)}
}

// Wake has an agent be asked at once.
func (f *Feed) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // It is about to be.
	}
}

// Run asks, and hands every reading on, until the context is over.
func (f *Feed) Run(ctx context.Context, see func(Reading)) {
	r := Reading{Address: f.sources[f.at.Load()].Address}
	last, after, begun := time.Now(), uint64(0), false
	for ctx.Err() == nil {
		a, err := f.patiently(ctx, after, begun, func() {
			r.Err, r.Refused, r.Lost = errNothingYet, false, time.Since(last)
			see(r)
		}, last)
		if ctx.Err() != nil {
			return
		}
		r.Err, r.Refused, r.Lost = err, refused(err), 0
		if err == nil {
			if !begun {
				r.After = a.from
			}
			last, after, begun = time.Now(), a.after, true
			r.Address = f.sources[a.source].Address
			r.Status, r.Account, r.Members = a.Status, a.Account, a.Members
			if r.Entries = joined(r.Entries, a.Entries); len(r.Entries) == kept {
				r.After = max(r.After, r.Entries[0].Index-1)
			}
		} else {
			r.Lost = time.Since(last)
		}
		see(r)
		select {
		case <-ctx.Done():
		case <-f.wake:
		case <-time.After(every):
		}
	}
}

// errEmpty is what an agent comes to that cannot say how things are: what others have said before
// says more.
var errEmpty = errors.New("it was just started, and knows nothing of the log until it hears a " +
	"majority")

// errNothingYet says that the agents are being asked, and take long.
var errNothingYet = errors.New("no answer yet")

// patiently asks, and says so once nothing was heard for long, and again and again.
func (f *Feed) patiently(
	ctx context.Context, after uint64, begun bool, waits func(), last time.Time,
) (answer, error) {
	asked := make(chan struct{})
	var a answer
	var err error
	go func() {
		defer close(asked)
		a, err = f.ask(ctx, after, begun)
	}()
	for {
		select {
		case <-asked:
			return a, err
		case <-time.After(max(every, time.Until(last.Add(long)))):
			waits()
		}
	}
}

// An answer is what one agent says.
type answer struct {
	Reading
	source int
	// after is the last entry of the log that was read, and from that after which it was.
	after, from uint64
	err         error
}

// cutOff reports whether others may know more than who answered.
func (a *answer) cutOff() bool {
	return a.Status.Leader == "" || a.Status.Stuck || a.Status.AppliedAgo < 0
}

// ask has the agent answer that answered last, or the next one where that says why it does not, or
// nothing for a while. One that is cut off from the others counts only where no other one answers
// better. The error is a Silence.
func (f *Feed) ask(ctx context.Context, after uint64, begun bool) (answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all, first := len(f.sources), int(f.at.Load())
	answers := make(chan answer, all)
	asked, heard := 0, 0
	next := func() {
		if asked == all {
			return
		}
		i := (first + asked) % all
		asked++
		go func() { answers <- f.sources[i].answer(ctx, i, after, begun) }()
	}
	var fallback *answer
	var silent Silence
	next()
	for heard < all {
		select {
		case a := <-answers:
			heard++
			switch {
			case a.err != nil:
				silent = append(silent, Problem{Address: f.sources[a.source].Address, Err: a.err})
			case !a.cutOff():
				return f.take(a), nil
			case fallback == nil || a.Status.Index > fallback.Status.Index:
				fallback = &a
			}
			for next(); fallback != nil && asked < all; { // Whoever answers better is to be found soon.
				next()
			}
		case <-time.After(every):
			if fallback != nil && asked == all {
				return f.take(*fallback), nil
			}
			next()
		}
	}
	if fallback != nil {
		return f.take(*fallback), nil
	}
	return answer{}, silent
}

// take has an agent that answered be the one that is asked.
func (f *Feed) take(a answer) answer {
	f.at.Store(uint64(a.source))
	return a
}

// answer is all that an agent says.
func (s Source) answer(ctx context.Context, at int, after uint64, begun bool) answer {
	r, err := read(ctx, s.Client)
	if err == nil && r.Status.Empty {
		err = errEmpty
	}
	if err == nil && !begun {
		after = r.Status.Index - min(r.Status.Index, backlog)
	}
	from := after
	if err == nil {
		r.Entries, after, err = follow(ctx, s.Client, after)
	}
	return answer{Reading: r, source: at, after: after, from: from, err: err}
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

// Order gives an order to the agent that answered last, and has what came of it be read at once.
func (f *Feed) Order(ctx context.Context, o api.Order) (api.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, orderWait)
	defer cancel()
	answer, err := f.sources[f.at.Load()].Client.Order(ctx, o)
	f.Wake()
	return answer, err
}
