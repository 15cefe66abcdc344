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

// answered is where the requests of the populations go in some state of the world, and what is
// there for them.
type answered struct {
	serving  model.RegionSet
	writer   model.RegionID
	capacity [model.MaxRegions]float64
}

// latencies are how long requests take when all is well, and after a failover from the primary. A
// scenario without a service time says nothing about that.
func latencies(s *model.Scenario, strategy model.Strategy) (all []model.PopulationLatency) {
	if s.Traffic.ServiceTime == 0 {
		return nil
	}
	well, moved := whenWell(s, strategy), whenMoved(s, strategy)
	for _, p := range s.Populations {
		all = append(all, model.PopulationLatency{
			Population: p.Name, Well: well.delay(s, strategy, p), Moved: moved.delay(s, strategy, p),
		})
	}
	return all
}

// whenWell is the state in which nothing was ever lost.
func whenWell(s *model.Scenario, strategy model.Strategy) answered {
	a := answered{writer: s.Primary(), serving: model.RegionSet(0).With(s.Primary())}
	if strategy.Kind.ServesReads() {
		a.serving = s.Workload()
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
	a.serving = a.serving.Without(s.Primary())
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

// loads splits the mean load over the regions that serve.
func (a *answered) loads(s *model.Scenario) (load [model.MaxRegions]float64) {
	for _, p := range s.Populations {
		if r := s.NearestAmong(p.Nearest, a.serving); r.Valid() {
			load[r] += p.Share
		}
	}
	return load
}

// delay is how long the requests of a population take: the way to the region that answers, the wait
// and the service there, and of a write the way on to where it is written.
func (a *answered) delay(
	s *model.Scenario, strategy model.Strategy, p model.Population,
) (d model.Delay) {
	r := s.NearestAmong(p.Nearest, a.serving)
	if !r.Valid() {
		return model.Delay{Shed: 1}
	}
	rate := s.Traffic.RequestsPerSecond
	q := newQueueing(a.loads(s)[r]*rate, a.capacity[r]*rate, s.Traffic.ServiceTime)
	if d.Shed = q.shed(); d.Shed > 0 || q.waits >= 1 {
		return d
	}
	way, on := s.Latency[p.Nearest][r].Seconds(), 0.0
	if !strategy.Kind.MultiWriter() {
		on = s.Latency[r][a.writer].Seconds()
	}
	writes := s.Traffic.WriteShare
	longer := func(seconds float64) float64 {
		return (1-writes)*q.longer(seconds-way) + writes*q.longer(seconds-way-on)
	}
	d.P50, d.P95, d.P99 = exceeded(longer, 0.50), exceeded(longer, 0.05), exceeded(longer, 0.01)
	return d
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
