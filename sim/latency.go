package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// queueing is a region as a queue with many servers, of which each request takes one for a time
// that is exponential (M/M/c; Erlang, 1917).
type queueing struct {
	// arrive and serve are requests a second: of all together, and what one server does. capacity is
	// above how many of them the region sheds the rest.
	arrive, serve, capacity float64
	servers                 int
	// waits is how likely a request finds every server busy, by Erlang's formula C.
	waits float64
}

// newQueueing is a region with a load and a capacity, in requests a second, of which each keeps a
// server busy for a time on average. Servers are whole, but for the rounding of the figures: there
// are as many as the capacity needs.
func newQueueing(load, capacity float64, service time.Duration) queueing {
	servers := max(1, int(math.Ceil(capacity*service.Seconds()-lineTolerance)))
	q := queueing{
		arrive: load, serve: 1 / service.Seconds(), capacity: capacity, servers: servers,
	}
	busy := load / q.serve
	blocked := 1.0 // Erlang's formula B, server by server: what is lost where nobody can wait.
	for n := 1; n <= servers && blocked > 0; n++ {
		blocked = busy * blocked / (float64(n) + busy*blocked)
	}
	q.waits = blocked / (1 - busy/float64(servers)*(1-blocked))
	return q
}

// shed is the share of the load that there is no capacity for. What is admitted then waits ever
// longer, until somebody gives up: the queue has no distribution.
func (q *queueing) shed() float64 { return max(0, 1-q.capacity/q.arrive) }

// longer is the probability that a request takes longer than some seconds, wait and service
// together: the service is exponential, and so is a wait, if there is one, at the rate at which all
// servers together gain on the load.
func (q *queueing) longer(seconds float64) float64 {
	if seconds < 0 {
		return 1
	}
	gains := float64(q.servers) - q.arrive/q.serve - 1 // In servers, beside the one in use.
	x := q.serve * seconds
	more := x
	if math.Abs(gains) > 1e-9 {
		more = -math.Expm1(-x*gains) / gains
	}
	return math.Exp(-x) * (1 + q.waits*more)
}

// longerWith is the probability that a request takes longer than some seconds, the way included.
func (q *queueing) longerWith(way spread, seconds float64) (share float64) {
	for _, t := range way {
		share += t.share * q.longer(seconds-t.nanoseconds/1e9)
	}
	return share
}

// answered is where the requests of the populations go in some state of the world, and what is
// there for them.
type answered struct {
	strategy model.Strategy
	// there are the regions that are not lost.
	there, serving model.RegionSet
	writer         model.RegionID
	capacity       [model.MaxRegions]float64
	// slow is by how much the answers of regions are late, where some are.
	slow [model.MaxRegions]spread
	// over is the scenario with the links over which a region asks another one.
	over *model.Scenario
}

// latencies are how long requests take when all is well, and after a failover from the primary. A
// scenario without a service time says nothing about that.
func latencies(s *model.Scenario, strategy model.Strategy) (all []model.PopulationLatency) {
	if s.Traffic.ServiceTime == 0 {
		return nil
	}
	well, moved := whenWell(s, strategy), whenMoved(s, strategy)
	before, after := well.weighed(s), moved.weighed(s)
	slow, some := whenSlow(s, strategy)
	over, lossy := overLosses(s)
	slow.over = over
	for _, p := range s.Populations {
		l := model.PopulationLatency{
			Population: p.Name, Well: well.delay(before, &p), Moved: moved.delay(after, &p),
		}
		if some || lossy {
			l.Slow = slow.delay(before, &p)
		}
		all = append(all, l)
	}
	return all
}

// whenWell is the state in which nothing was ever lost.
func whenWell(s *model.Scenario, strategy model.Strategy) answered {
	a := answered{
		strategy: strategy, there: 1<<len(s.Regions) - 1, writer: s.Primary(), over: s,
		serving: model.RegionSet(0).With(s.Primary()),
	}
	if strategy.Kind.ServesReads() {
		a.serving = s.Servers(strategy.Kind)
	}
	for r := range s.Regions {
		a.capacity[r] = s.Capacity(strategy, model.RegionID(r))
	}
	return a
}

// whenMoved is the state after the loss of the primary's region: the others that serve, or the
// standby, have grown to what they need at their utilisation, or to their ceiling.
func whenMoved(s *model.Scenario, strategy model.Strategy) answered {
	a := whenWell(s, strategy)
	a.there, a.serving = a.there.Without(s.Primary()), a.serving.Without(s.Primary())
	if strategy.Kind.HasStandby() {
		a.serving = a.serving.With(s.Secondary())
	}
	a.writer = s.Secondary()
	load := a.loads(s)
	for r := range model.RegionID(len(s.Regions)) {
		if load[r] > 0 {
			need := min(load[r]/s.Regions[r].Utilisation, s.CapacityCeiling(strategy, r))
			a.capacity[r] = max(a.capacity[r], need)
		}
	}
	return a
}

// parts are how much of a population is sent to each region, as the routing policy has it where
// there is a choice. They sum to 0 where it gets no answer.
func (a *answered) parts(
	s *model.Scenario, p *model.Population,
) (parts [model.MaxRegions]float64) {
	if a.strategy.Kind.ServesReads() {
		return s.Sent(p, a.serving)
	}
	if r := s.NearestAmong(p.Nearest, a.serving); r.Valid() {
		parts[r] = 1
	}
	return parts
}

// loads splits the mean load over the regions that serve.
func (a *answered) loads(s *model.Scenario) (load [model.MaxRegions]float64) {
	for i := range s.Populations {
		for r, part := range a.parts(s, &s.Populations[i]) {
			load[r] += s.Populations[i].Share * part
		}
	}
	return load
}

// delay is how long the requests of a population take: the way to the region that answers, the wait
// and the service there, and of a write the way on to where it is written, and to a majority.
func (a *answered) delay(s *model.Scenario, p *model.Population) (d model.Delay) {
	parts, loads := a.parts(s, p), a.loads(s)
	if parts == [model.MaxRegions]float64{} {
		return model.Delay{Shed: 1}
	}
	rate, busy := s.Traffic.RequestsPerSecond, false
	var queues [model.MaxRegions]queueing
	var reads, writing [model.MaxRegions]spread
	for r, part := range parts {
		if part > 0 {
			queues[r] = newQueueing(loads[r]*rate, a.capacity[r]*rate, s.Traffic.ServiceTime)
			d.Shed += part * queues[r].shed()
			busy = busy || queues[r].waits >= 1
			reads[r] = trip(s, p.Nearest, model.RegionID(r))
			if a.slow[r] != nil {
				reads[r] = reads[r].then(a.slow[r])
			}
			writing[r] = reads[r].then(a.writeOn(model.RegionID(r)))
		}
	}
	if d.Shed > 0 || busy {
		return d
	}
	writes := s.Traffic.WriteShare
	longer := func(seconds float64) (share float64) {
		for r, part := range parts {
			if q := &queues[r]; part > 0 {
				share += part * ((1-writes)*q.longerWith(reads[r], seconds) +
					writes*q.longerWith(writing[r], seconds))
			}
		}
		return share
	}
	d.P50, d.P95, d.P99 = exceeded(longer, 0.50), exceeded(longer, 0.05), exceeded(longer, 0.01)
	return d
}

// writeOn is how long a write takes from the region that answers until it is acknowledged: to where
// it is written, and from there to a majority of those that are there.
func (a *answered) writeOn(r model.RegionID) spread {
	writer := a.writer
	if a.strategy.Kind.MultiWriter() {
		writer = r
	}
	return trip(a.over, r, writer).then(majorityTrip(a.over, a.strategy, writer, a.there))
}

// slowest is a percentile of the population that waits longest, in seconds; NaN where one of them
// has none.
func (s *Story) slowest(percentile func(l *model.PopulationLatency) time.Duration) float64 {
	longest := math.NaN()
	for i := range s.waits {
		at := percentile(&s.waits[i]).Seconds()
		if at == 0 {
			return math.NaN()
		}
		if !(longest >= at) {
			longest = at
		}
	}
	return longest
}

// exceeded is the time that a share takes longer than, to the nanosecond.
func exceeded(longer func(seconds float64) float64, share float64) time.Duration {
	low, high := int64(0), int64(time.Second)
	for longer(float64(high)/1e9) > share {
		high *= 2
	}
	for high-low > 1 {
		if middle := low + (high-low)/2; longer(float64(middle)/1e9) > share {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(high)
}
