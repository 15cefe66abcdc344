package model

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// RoutingPolicy says which of the regions that serve a client is sent to. All but Anycast are
// policies of DNS servers, by the rules that are documented for Route 53 (AWS, Route 53 Developer
// Guide, "Choosing a routing policy" and "How Amazon Route 53 chooses records when health checking
// is configured"; a region that does not serve is a record that is not healthy).
type RoutingPolicy uint8

// The routing policies.
const (
	// LatencyRouting sends a population to the region with the shortest way from its nearest one.
	LatencyRouting RoutingPolicy = iota
	// FailoverRouting sends everybody to the first region of the scenario that serves.
	FailoverRouting
	// WeightedRouting draws a region at each look-up, by Choice.Weights.
	WeightedRouting
	// GeolocationRouting answers by where a population is, with Population.Answers.
	GeolocationRouting
	// GeoproximityRouting answers with the nearest region by Population.Distance and Choice.Bias.
	GeoproximityRouting
	// AnycastRouting has one address everywhere. The network takes a client to the region with the
	// shortest way, and anew when a region stops announcing the address; no DNS answer has to run out.
	AnycastRouting
)

var routingPolicies = [...]string{
	"latency", "failover", "weighted", "geolocation", "geoproximity", "anycast",
}

// RoutingPolicies returns all policies.
func RoutingPolicies() (all []RoutingPolicy) {
	for p := range routingPolicies {
		all = append(all, RoutingPolicy(p))
	}
	return all
}

// String gives the policy's name as scenario files write it.
func (p RoutingPolicy) String() string {
	if int(p) < len(routingPolicies) {
		return routingPolicies[p]
	}
	return "unknown"
}

// The limits of what a Choice and a Population may say about routing. The first two are Route 53's.
// The longest way on Earth is half its circumference, 40,008 km.
const (
	MaxWeight    = 255
	MaxBias      = 99
	MaxDistance  = 20_004
	MaxReconnect = time.Minute
	// MaxFlows bounds the parts of all populations times the stages of planned work.
	MaxFlows = 512
)

// Choice is how clients are divided among the regions that serve, in a strategy in which several
// do. Where one serves at a time everybody is sent there.
type Choice struct {
	Policy RoutingPolicy
	// Weights of the regions, from 0 to MaxWeight, for WeightedRouting. One of weight 0 is drawn only
	// where no other serves, and then each such one equally often.
	Weights [MaxRegions]float64
	// Low and High bound the part of all clients that draw a region, from 0 to 1; 0 for High is no
	// bound. Where the upper bounds of the regions that serve sum to less than 1 they give way.
	Low, High [MaxRegions]float64
	// Every is how often the weights are adjusted to performance and cost, from MinWeighEvery to
	// MaxWeighEvery; with 0 they stay as they are. Weights are then what the regions are built for,
	// and a run starts with those that the adjustment comes to when all is well. Cost is what a
	// request costs in each region, in any unit, from MinCost to MaxCost; 0 is 1.
	Every time.Duration
	Cost  [MaxRegions]float64
	// Default answers whom no other record does, for GeolocationRouting; or it is NoRegion.
	Default RegionID
	// Bias expands a region, from which users come, where it is above 0, and shrinks it where it is
	// below, for GeoproximityRouting: from -MaxBias to MaxBias.
	Bias [MaxRegions]float64
	// Reconnect is for how long a client fails whose connection is reset because the network moves it
	// from a region that answers, for AnycastRouting: from 0 to MaxReconnect.
	Reconnect time.Duration
}

// Clients of anycast follow as the network does: "80% of the Internet converges within
// approximately 10 seconds" (An Empirical Characterization of Anycast Convergence Time, ANRW 2024).
// One published point fixes the one constant of an exponential:
//
//	exp(-10/seconds) = 0.20
const convergedAfter, convergedStale = 10.0, 0.20

// AnnouncedSeconds is that constant, the mean time until a client has followed a change, where the
// routing is anycast; and 0 where clients follow DNS.
func (r *Routing) AnnouncedSeconds() float64 {
	if r.Choice.Policy != AnycastRouting {
		return 0
	}
	return -convergedAfter / math.Log(convergedStale)
}

// Part is a part of a population that is sent to one region at a time.
type Part struct {
	// Share of the population, in (0, 1].
	Share float64
	to    [1 << MaxRegions]RegionID
}

// To returns the region that the part is sent to while a set of regions serves, or NoRegion where
// it gets no answer.
func (p *Part) To(serving RegionSet) RegionID { return p.to[serving] }

// partTolerance is the least share that is a part: less is nothing but rounding.
const partTolerance = 1e-12

// Parts divides a population so that each part is sent to one region, whatever set of them serves,
// and all of them together as Sent says. The population stands in a line from 0 to 1, along which
// each set divides it among its regions in their order; the parts lie between all the ends of that.
func (s *Scenario) Parts(p *Population) []Part {
	var sent [1 << MaxRegions][MaxRegions]float64
	ends := []float64{1}
	for serving := range s.Workload() + 1 {
		if serving&s.Workload() != serving {
			continue
		}
		end := 0.0
		sent[serving] = s.Sent(p, serving)
		for _, share := range sent[serving] {
			end += share
			ends = append(ends, end)
		}
	}
	slices.Sort(ends)
	var parts []Part
	from := 0.0
	for _, to := range ends {
		if to = min(to, 1); to-from > partTolerance {
			parts = append(parts, between(&sent, from, to))
			from = to
		}
	}
	return parts
}

// between is what stands from one place of the line to another.
func between(sent *[1 << MaxRegions][MaxRegions]float64, from, to float64) Part {
	made := Part{Share: to - from}
	for serving := range made.to {
		made.to[serving] = NoRegion
		end := 0.0
		for r, share := range sent[serving] {
			if end += share; (from+to)/2 < end {
				made.to[serving] = RegionID(r)
				break
			}
		}
	}
	return made
}

// preferred are the regions that a population is sent to, the most preferred first, where the
// policy says so without a look at what serves.
func (s *Scenario) preferred(p *Population) []RegionID {
	choice := &s.Routing.Choice
	all := make([]RegionID, min(len(s.Regions), MaxRegions))
	for r := range all {
		all[r] = RegionID(r)
	}
	switch choice.Policy {
	case GeolocationRouting:
		if choice.Default.Valid() && !slices.Contains(p.Answers, choice.Default) {
			return append(slices.Clone(p.Answers), choice.Default)
		}
		return p.Answers
	case GeoproximityRouting:
		slices.SortStableFunc(all, func(a, b RegionID) int {
			return cmp.Compare(choice.biased(p, a), choice.biased(p, b))
		})
	case LatencyRouting, FailoverRouting, WeightedRouting, AnycastRouting: // The scenario's order.
	}
	return all
}

// biased is how far a population is taken to be from a region: with a bias b above 0, 1 - b/100 of
// the distance, and below 0 the distance over 1 + b/100 (AWS, Route 53 Developer Guide,
// "Geoproximity routing").
func (c *Choice) biased(p *Population, r RegionID) float64 {
	if bias := c.Bias[r]; bias < 0 {
		return p.Distance[r] / (1 + bias/100)
	}
	return p.Distance[r] * (1 - c.Bias[r]/100)
}

// Sent returns the part of a population that is sent to each region while a set of them serves.
// The parts sum to 1, or to 0 where it gets no answer.
func (s *Scenario) Sent(p *Population, serving RegionSet) (parts [MaxRegions]float64) {
	first := NoRegion
	switch s.Routing.Choice.Policy {
	case WeightedRouting:
		return s.Routing.Choice.drawn(serving)
	case LatencyRouting, AnycastRouting:
		first = s.NearestAmong(p.Nearest, serving)
	case FailoverRouting, GeolocationRouting, GeoproximityRouting:
		for _, r := range s.preferred(p) {
			if serving.Has(r) {
				first = r
				break
			}
		}
	}
	if first.Valid() {
		parts[first] = 1
	}
	return parts
}

// TrafficShare returns the part of all requests that are sent to r while every region serves that
// may hold the data.
func (s *Scenario) TrafficShare(r RegionID) float64 {
	share := 0.0
	for i := range s.Populations {
		share += s.Populations[i].Share * s.served(&s.Populations[i], r)
	}
	return share
}

// served is the part of a population that is sent to a region while every one serves that may hold
// the data.
func (s *Scenario) served(p *Population, r RegionID) float64 {
	policy := s.Routing.Choice.Policy
	switch {
	case policy != LatencyRouting && policy != AnycastRouting:
		if !r.Valid() {
			return 0
		}
		return s.Sent(p, s.lawful())[r]
	case !p.Nearest.Valid() || r != s.firstFor(p):
		return 0
	}
	return 1
}

// alone returns the one region that every user is sent to while every region serves, or NoRegion.
func (s *Scenario) alone() RegionID {
	only := NoRegion
	for r := range RegionID(len(s.Regions)) {
		for i := range s.Populations {
			if r == only || s.served(&s.Populations[i], r) == 0 {
				continue
			}
			if only != NoRegion {
				return NoRegion
			}
			only = r
		}
	}
	return only
}
