package zone

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// limiter bounds how many answers over UDP go to one network in a second, since who asks over UDP
// may be made up, and the answers hit whose name was used. Of those that are too many every second
// one is sent cut short: who is there asks again over TCP.
type limiter struct {
	perSecond float64
	mu        sync.Mutex
	seed      maphash.Seed
	// buckets are for networks by hash: their number is fixed, so that nobody can fill the memory.
	// Two networks may share one.
	buckets [4096]bucket
}

// bucket holds what a network may still be answered.
type bucket struct {
	left float64
	at   time.Time
	slip bool
}

// ruling is what comes of a query over UDP.
type ruling uint8

const (
	answer ruling = iota
	cutShort
	dropped
)

func newLimiter(perSecond int) *limiter {
	return &limiter{perSecond: float64(perSecond), seed: maphash.MakeSeed()}
}

// networkOf is what counts as one asker: nobody has less than a /24, or a /56 of IPv6.
func networkOf(from netip.Addr) netip.Prefix {
	bits := 56
	if from = from.Unmap(); from.Is4() {
		bits = 24
	}
	prefix, _ := from.Prefix(bits)
	return prefix
}

// rule judges one query.
func (l *limiter) rule(from netip.Addr, now time.Time) ruling {
	if l.perSecond <= 0 || from.IsLoopback() {
		return answer
	}
	place := maphash.Comparable(l.seed, networkOf(from)) % uint64(len(l.buckets))
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.buckets[place]
	b.left = min(l.perSecond, b.left+now.Sub(b.at).Seconds()*l.perSecond)
	if b.at.IsZero() {
		b.left = l.perSecond
	}
	b.at = now
	if b.left >= 1 {
		b.left--
		return answer
	}
	if b.slip = !b.slip; b.slip {
		return cutShort
	}
	return dropped
}
