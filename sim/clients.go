package sim

import (
	"math"
	"sort"
	"time"

	"redoubt/model"
)

// The tail that Flavel, Mani and Maltz measured (LANMAN 2014, DOI 10.1109/LANMAN.2014.7028641):
// with a TTL of 20 s, 90 % of requests had moved after 60 s and 2 % were still on the old answer
// after 15 min. Two published points fix the two constants of an exponential tail beside the
// clients that keep to the TTL:
//
//	tailShare * exp(-60/tailSeconds) = 0.10    tailShare * exp(-900/tailSeconds) = 0.02
const (
	movedAfter, movedStale   = 60.0, 0.10
	lingerAfter, lingerStale = 900.0, 0.02
)

// clients is how the share of clients on an old DNS answer decays after a change, in seconds.
type clients struct {
	model.ClientModel
	// announced is how fast the network moves clients, if it does: no DNS answer has to run out then.
	announced              float64
	ttl, cache             float64
	tailShare, tailSeconds float64
}

func newClients(routing *model.Routing) clients {
	tailSeconds := (lingerAfter - movedAfter) / math.Log(movedStale/lingerStale)
	return clients{
		ClientModel: routing.Clients, announced: routing.AnnouncedSeconds(),
		ttl: routing.TTL.Seconds(), cache: routing.ClientCache.Seconds(),
		tailSeconds: tailSeconds, tailShare: movedStale * math.Exp(movedAfter/tailSeconds),
	}
}

// stale returns the share of clients that still use the old answer this many seconds after the
// change.
func (c *clients) stale(seconds float64) float64 {
	if seconds <= 0 {
		return 1
	}
	if c.announced > 0 {
		return math.Exp(-seconds / c.announced)
	}
	if c.ClientModel == model.Idealised {
		return 1 - sumOfUniforms(seconds, c.ttl, c.cache)
	}
	tail := c.tailShare * math.Exp(-seconds/c.tailSeconds)
	if seconds >= c.ttl {
		return tail
	}
	return (1-c.tailShare)*(1-seconds/c.ttl) + tail
}

// settled is when no more than a millionth of the clients is left on the old answer.
func (c *clients) settled() time.Duration {
	seconds := c.ttl + c.cache
	if c.announced > 0 {
		seconds = c.announced * math.Log(1e6)
	} else if c.ClientModel == model.Measured {
		seconds = math.Max(c.ttl, c.tailSeconds*math.Log(c.tailShare*1e6))
	}
	return time.Duration(seconds * 1e9)
}

// follow is how long it takes until no more than a share of the clients is left on the old answer,
// to a millisecond.
func (c *clients) follow(share float64) time.Duration {
	most := int(c.settled() / time.Millisecond)
	return time.Duration(sort.Search(most, func(after int) bool {
		return c.stale(float64(after)/1e3) <= share
	})) * time.Millisecond
}

// bends appends the seconds at which stale has a kink or changes its pace, in ascending order, for
// integration piece by piece.
func (c *clients) bends(buffer []float64) []float64 {
	if c.announced > 0 {
		return append(buffer, c.announced, 3*c.announced, 7*c.announced)
	}
	if c.ClientModel == model.Idealised {
		short, long := math.Min(c.ttl, c.cache), math.Max(c.ttl, c.cache)
		return append(buffer, short, long, short+long)
	}
	return append(buffer, c.ttl, c.ttl+c.tailSeconds, c.ttl+3*c.tailSeconds)
}

// sumOfUniforms is the probability that the sum of a uniform on [0, a] and one on [0, b] is at most
// x: what is left of a TTL, and after that of a client's own cache.
func sumOfUniforms(x, a, b float64) float64 {
	short, long := min(a, b), max(a, b)
	switch {
	case x >= short+long:
		return 1
	case short <= 0:
		return x / long
	case x < short:
		return x * x / (2 * short * long)
	case x <= long:
		return (x - short/2) / long
	}
	rest := short + long - x
	return 1 - rest*rest/(2*short*long)
}
