package model

import (
	"cmp"
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
	// MaxWeighted bounds the regions that are drawn by weight: five of them stand in 120 orders.
	MaxWeighted = 5
	// MaxFlows bounds the populations times the orders of each times the stages of planned work.
	MaxFlows = 512
)

// Choice is how clients are divided among the regions that serve, in a strategy in which several
// do. Where one serves at a time everybody is sent there.
type Choice struct {
	Policy RoutingPolicy
	// Weights of the regions, from 0 to MaxWeight, for WeightedRouting. One of weight 0 is drawn only
	// where no other serves, and then each such one equally often.
	Weights [MaxRegions]float64
	// Default answers whom no other record does, for GeolocationRouting; or it is NoRegion.
	Default RegionID
	// Bias expands a region, from which users come, where it is above 0, and shrinks it where it is
	// below, for GeoproximityRouting: from -MaxBias to MaxBias.
	Bias [MaxRegions]float64
	// Reconnect is for how long a client fails whose connection is reset because the network moves it
	// from a region that answers, for AnycastRouting: from 0 to MaxReconnect.
	Reconnect time.Duration
}

// Order is the regions that a part of a population is sent to: the first that serves.
type Order struct {
	// Part is the part of the population, in (0, 1].
	Part float64
	// Regions are the most preferred first, and NoRegion after the last.
	Regions [MaxRegions]RegionID
}

// First returns the first region of the order that is in a set, or NoRegion: then there is no
// answer.
func (o *Order) First(set RegionSet) RegionID {
	for _, r := range o.Regions {
		if set.Has(r) {
			return r
		}
	}
	return NoRegion
}

func newOrder(part float64, regions []RegionID) Order {
	order := Order{Part: part}
	for i := range order.Regions {
		order.Regions[i] = NoRegion
	}
	copy(order.Regions[:], regions)
	return order
}

// Orders returns how a population is divided: parts that sum to 1.
//
// Who draws among weights is divided by all orders of the regions, each as large as the probability
// of drawing its regions one after the other without putting any back. The first of a set in them
// is a region with the probability of its weight over the sum of those in the set (Plackett, The
// Analysis of Permutations, 1975), for every set: the same as a draw from the set itself.
func (s *Scenario) Orders(p *Population) []Order {
	if s.Routing.Choice.Policy == WeightedRouting {
		return s.draws(nil, 1, nil, s.Workload())
	}
	return []Order{newOrder(1, s.preferred(p))}
}

// draws appends the orders that begin with the regions drawn and go on with those that are left.
func (s *Scenario) draws(orders []Order, part float64, drawn []RegionID, left RegionSet) []Order {
	if left == 0 {
		return append(orders, newOrder(part, drawn))
	}
	for r := range RegionID(len(s.Regions)) {
		if drawn := append(slices.Clone(drawn), r); s.portion(r, left) > 0 {
			orders = s.draws(orders, part*s.portion(r, left), drawn, left.Without(r))
		}
	}
	return orders
}

// portion is the probability that a region is drawn by weight from a set that serves.
func (s *Scenario) portion(r RegionID, serving RegionSet) float64 {
	if !serving.Has(r) {
		return 0
	}
	sum, weights := 0.0, &s.Routing.Choice.Weights
	for other := range RegionID(MaxRegions) {
		if serving.Has(other) {
			sum += weights[other]
		}
	}
	if sum == 0 {
		return 1 / float64(serving.Count())
	}
	return weights[r] / sum
}

// preferred are the regions that all of a population is sent to, the most preferred first.
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
	case LatencyRouting, AnycastRouting:
		slices.SortStableFunc(all, func(a, b RegionID) int {
			return cmp.Compare(s.Latency[p.Nearest][a], s.Latency[p.Nearest][b])
		})
	case FailoverRouting, WeightedRouting: // The scenario's own order; weights are drawn.
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
		for r := range parts {
			parts[r] = s.portion(RegionID(r), serving)
		}
	case LatencyRouting, AnycastRouting:
		first = s.NearestAmong(p.Nearest, serving)
	case FailoverRouting, GeolocationRouting, GeoproximityRouting:
		order := newOrder(1, s.preferred(p))
		first = order.First(serving)
	}
	if first.Valid() {
		parts[first] = 1
	}
	return parts
}

// TrafficShare returns the part of all requests that are sent to r while every region serves.
func (s *Scenario) TrafficShare(r RegionID) float64 {
	share := 0.0
	for i := range s.Populations {
		share += s.Populations[i].Share * s.served(&s.Populations[i], r)
	}
	return share
}

// served is the part of a population that is sent to a region while every region serves.
func (s *Scenario) served(p *Population, r RegionID) float64 {
	policy := s.Routing.Choice.Policy
	switch {
	case policy != LatencyRouting && policy != AnycastRouting:
		if !r.Valid() {
			return 0
		}
		return s.Sent(p, s.Workload())[r]
	case p.Nearest == r:
		return 1
	}
	return 0
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
