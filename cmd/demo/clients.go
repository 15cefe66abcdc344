package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// clientCount is how many clients look where the service's name leads. The service is up again once
// all but a tenth of them are led to where writes are taken: the simulator counts it so.
const clientCount = 20

// clients look up the service's name, each for itself, again whenever its answer has run out.
type clients struct {
	mu sync.Mutex
	// led is where each was led last, and since when.
	led [clientCount]moved
}

// moved is when somebody was first answered an address.
type moved struct {
	address string
	at      time.Time
}

// run has them look until the context is over. When each of them looks is by chance.
func (c *clients) run(ctx context.Context, servers []string) {
	var all sync.WaitGroup
	for i := range clientCount {
		names := resolver{servers: servers, next: i % len(servers)}
		all.Go(func() {
			sleep(ctx, rand.N(serviceTTL))
			for ctx.Err() == nil {
				if address, err := names.lookup(ctx); err == nil {
					c.note(i, address)
				}
				sleep(ctx, max(time.Until(names.until), retryEvery))
			}
		})
	}
	all.Wait()
}

func (c *clients) note(i int, address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.led[i].address != address {
		c.led[i] = moved{address, time.Now()}
	}
}

// followed is when all but a tenth of the clients had been led to an address, if they have been.
func (c *clients) followed(address string) (at time.Time, all bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var when []time.Time
	for _, m := range c.led {
		if m.address == address {
			when = append(when, m.at)
		}
	}
	const most = clientCount - clientCount/10
	if len(when) < most {
		return time.Time{}, false
	}
	slices.SortFunc(when, time.Time.Compare)
	return when[most-1], len(when) == clientCount
}
