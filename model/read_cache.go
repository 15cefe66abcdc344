package model

import (
	"math"
	"time"
)

// ReadCache is what answers most reads of every region in place of the stores behind it. It is a
// region's own: one that is lost, or that nobody reads, is empty when it is used again, and fills
// with time. The zero value is a system without one.
type ReadCache struct {
	// HitRatio is the share of the reads that it answers once it is warm, from 0, without a cache, to
	// below 1. A time t after it began to fill it answers 1 - exp(-t / WarmUp) of that.
	HitRatio float64
	WarmUp   time.Duration
	// Behind is how many reads the stores behind it answer in a region at most, as a multiple of those
	// that a warm cache lets through of all the traffic, from 1.
	Behind float64
	// Copied says that every region which runs a cache has a copy of what is in the others, as in a
	// Global Datastore of ElastiCache: it is warm when users come to it.
	Copied bool
}

// Exists reports whether there is one.
func (c *ReadCache) Exists() bool { return c.HitRatio > 0 }

// Misses is the share of the reads that go on to the stores behind it, a time after it began to
// fill, from 0 on.
func (c *ReadCache) Misses(filling time.Duration) float64 {
	return 1 + c.HitRatio*math.Expm1(-float64(filling)/float64(c.WarmUp))
}

// Carries is the most that a region can carry then, as a share of all the traffic, with the stores
// that are behind the cache: what it sheds, it sheds of reads and writes alike.
func (c *ReadCache) Carries(filling time.Duration) float64 {
	return c.Behind * (1 - c.HitRatio) / c.Misses(filling)
}

// FollowsIn reports whether a region that takes over under a strategy has a copy of what the cache
// of another one holds: it is copied, and something of it runs there.
func (c *ReadCache) FollowsIn(strategy Strategy) bool {
	runs := strategy.Kind.ServesReads() || strategy.Kind.HasStandby() && strategy.Standby[Cache] > 0
	return c.Copied && runs
}
