package probe

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Answer is what a probe learnt.
type Answer uint8

// The answers. The zero value is the one that claims nothing.
const (
	// Untold is of a probe that learnt nothing of what it was to look at.
	Untold Answer = iota
	Good
	Bad
)

// String gives the answer's name.
func (a Answer) String() string {
	switch a {
	case Untold:
		return "untold"
	case Good:
		return "good"
	case Bad:
		return "bad"
	}
	return "unknown"
}

// Result is what a probe learnt, and why.
type Result struct {
	Answer Answer
	// Silent says of a Bad that nothing came back, so that it may as well be the observer's own
	// network that failed.
	Silent bool
	// Why says what was wrong, without secrets and without what the other side wrote; it is empty
	// where nothing was.
	Why string
}

// Prober looks once. It returns soon after its context ends, and never panics. One is not asked
// again before it has returned.
type Prober interface {
	Probe(ctx context.Context) Result
}

func good() Result { return Result{Answer: Good} }

func bad(format string, values ...any) Result {
	return Result{Answer: Bad, Why: fmt.Sprintf(format, values...)}
}

func silent(format string, values ...any) Result {
	return Result{Answer: Bad, Silent: true, Why: fmt.Sprintf(format, values...)}
}

func untold(format string, values ...any) Result {
	return Result{Why: fmt.Sprintf(format, values...)}
}

// unanswered is why a context ended whose probe was given this time and no more.
type unanswered time.Duration

// Error says it to people.
func (u unanswered) Error() string {
	return fmt.Sprintf("no answer within %s", time.Duration(u))
}

// timed is a context for one look that may take this long.
func timed(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, timeout, unanswered(timeout))
}

// late is a probe that began at a time and got no answer: in the time that it was given, or in less
// where the network gave up before.
func late(ctx context.Context, began time.Time) Result {
	now := time.Now()
	if end, limited := ctx.Deadline(); limited && !now.Before(end) {
		// What the deadline ended may return before the context itself says that it has ended.
		<-ctx.Done()
	}
	var given unanswered
	if errors.As(context.Cause(ctx), &given) {
		return silent("%s", given)
	}
	return silent("%s", unanswered(now.Sub(began).Round(time.Millisecond)))
}
