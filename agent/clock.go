package agent

import (
	"fmt"
	"sync"
	"time"

	"redoubt/failover"
)

// clock is a leader's: the log's time when its term began, and the time that has passed since by a
// monotonic clock. It is read after every entry of earlier terms was applied, so that stamps never
// fall, and a wall clock that is set changes nothing.
type clock struct {
	base  failover.Instant
	began time.Time
}

// startClock starts a clock at what the log's time is now.
func startClock(base failover.Instant) clock { return clock{base: base, began: time.Now()} }

// now is the log's time.
func (c clock) now() failover.Instant { return c.base.Add(time.Since(c.began)) }

// until is how long it takes until the log's time is at an instant.
func (c clock) until(at failover.Instant) time.Duration { return max(0, at.Sub(c.now())) }

// pace holds the log's time against the agent's own clock: while an agent has watched, the log's
// time cannot have grown by more than its own, but for what was under way, and the clocks' drift. A
// log may be idle for as long as it likes, so nothing within it tells a leap from a pause.
type pace struct {
	mu    sync.Mutex
	drift float64
	// at is the log's time at an instant, and seen when that was at the latest.
	at   failover.Instant
	seen time.Time
}

// paceSlack is how much further the log's time may seem to have come: entries that were stamped
// before the reference may arrive late and at once, and leaders' clocks are read some time after.
const paceSlack = 10 * time.Second

// trust takes the log's time as it is, as an agent has to that has not watched until now.
func (p *pace) trust(at failover.Instant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.seen = at, time.Now()
}

// check judges a stamp. The error says by how much it is ahead.
func (p *pace) check(at failover.Instant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen.IsZero() {
		return nil
	}
	passed := time.Since(p.seen)
	most := passed + time.Duration(2*p.drift*float64(passed)) + paceSlack
	if grown := at.Sub(p.at); grown > most {
		return fmt.Errorf("the log's time would grow by %v in %v", grown, passed)
	}
	return nil
}
