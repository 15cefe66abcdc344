package model

import "time"

// The least and the longest time between two adjustments of the weights. A load balancer reports
// its metrics once a minute (AWS, Elastic Load Balancing, "CloudWatch metrics for your Application
// Load Balancer").
const (
	MinWeighEvery = time.Minute
	MaxWeighEvery = 24 * time.Hour
)

// Performance is what is measured of a region, by which its weight is adjusted.
type Performance struct {
	// Capacity is what it can carry, as a share of all traffic, at least 0.
	Capacity float64
	// Succeeds is the share of the requests it takes that succeed, in [0, 1].
	Succeeds float64
	// Seconds is how long it takes to answer one, above 0.
	Seconds float64
}

// Weigh returns the weights of some regions by performance and cost, from 1 to MaxWeight, which the
// greatest has:
//
//	weight = capacity x share that succeeds / (seconds x cost)
//
// The inputs are those of budget-active-active (Dynamic Load Balancing Based on Performance: a
// score of response time, error rate and instances, times a factor for the cost of a request). It
// leaves open how they make a score: that a region counts for twice as much where it does twice as
// many requests, in half the time or for half the money, is an assumption. None is 0: of a region
// that is sent nothing nobody could measure that it is well again.
func (c *Choice) Weigh(
	regions RegionSet, of *[MaxRegions]Performance,
) (weights [MaxRegions]float64) {
	most := 0.0
	for r := range RegionID(MaxRegions) {
		if m := &of[r]; regions.Has(r) {
			weights[r] = m.Capacity * m.Succeeds / (m.Seconds * c.cost(r))
			most = max(most, weights[r])
		}
	}
	for r := range RegionID(MaxRegions) {
		switch {
		case regions.Has(r) && most > 0:
			weights[r] = max(1, weights[r]*(MaxWeight/most))
		case regions.Has(r): // Nothing succeeds anywhere.
			weights[r] = 1
		}
	}
	return weights
}

// cost of a request in a region, in any unit: 1 where none is given.
func (c *Choice) cost(r RegionID) float64 {
	if c.Cost[r] == 0 {
		return 1
	}
	return c.Cost[r]
}

// The least and the greatest cost of a request, whose unit is anybody's.
const (
	MinCost = 1e-6
	MaxCost = 1e6
)

// weighing demands what the adjustment of the weights reads.
func (v *validator) weighing(c *Choice) {
	if c.Every == 0 {
		return
	}
	v.duration("routing.weight_every", c.Every, MinWeighEvery, MaxWeighEvery)
	idle := false
	for r := range min(len(v.s.Regions), MaxRegions) {
		region := &v.s.Regions[r]
		path := "routing.weight_cost." + region.Name
		if c.Cost[r] != 0 {
			v.number(path, c.Cost[r], MinCost, MaxCost)
		}
		if region.Witness && c.Cost[r] != 0 {
			v.add(path, "", "%s is a witness, which runs no workload", region.Name)
		}
		idle = idle || !region.Witness && c.Weights[r] == 0
	}
	if idle {
		v.add("routing.weights", "a region is built for its weight, and adjusted from there",
			"with weight_every every region needs a weight above 0")
		v.relate("routing.weight_every")
	}
	if v.s.Scaling.Reaction > 0 {
		v.add("routing.weight_every", "leave out scaling.reaction, or weight_every",
			"weights that follow capacity, which follows the load by itself, have nowhere to come to rest")
		v.relate("scaling.reaction")
	}
}

// mostParts is the largest number of parts that clients who draw among regions come in, whatever
// the weights: each set of n of them divides the line at n - 1 places.
func mostParts(regions RegionSet) int {
	parts := 1
	for set := range regions + 1 {
		if set&regions == set && set != 0 {
			parts += set.Count() - 1
		}
	}
	return parts
}
