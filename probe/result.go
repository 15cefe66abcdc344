package probe

import (
	"context"
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

// late is a probe that began at a time and got no answer in its own.
func late(ctx context.Context, began time.Time) Result {
	took := time.Since(began)
	if end, limited := ctx.Deadline(); limited {
		took = min(took, end.Sub(began))
	}
	return silent("no answer within %s", took.Round(time.Millisecond))
}
