package model

import (
	"math"
	"slices"
)

// drawn is the part of all clients that draw each region of a set: its weight over the sum of
// theirs, within Choice.Low and Choice.High. Where the upper bounds of those that serve leave no
// room for all, they give way, each by the same factor.
func (c *Choice) drawn(serving RegionSet) (parts [MaxRegions]float64) {
	var weights, low, high [MaxRegions]float64
	sum, room := 0.0, 0.0
	for r := range RegionID(MaxRegions) {
		if serving.Has(r) {
			weights[r], low[r], high[r] = c.Weights[r], c.Low[r], c.highest(r)
			sum, room = sum+weights[r], room+high[r]
		}
	}
	switch {
	case serving == 0:
		return parts
	case sum == 0: // None of those that serve is drawn while another does.
		for r := range parts {
			if serving.Has(RegionID(r)) {
				parts[r] = 1 / float64(serving.Count())
			}
		}
		return parts
	case room < 1:
		for r := range high {
			high[r] /= room
		}
		return high
	}
	within, _ := Within(weights[:], low[:], high[:])
	copy(parts[:], within)
	return parts
}

// highest is the upper bound of a region: 1 where there is none.
func (c *Choice) highest(r RegionID) float64 {
	if c.High[r] == 0 {
		return 1
	}
	return c.High[r]
}

// Within returns shares that sum to 1, none below its lower bound and none above its upper one, and
// all others in proportion to their weights; and whether there are any. Weights and bounds are at
// least 0. Bounding first and dividing by the sum afterwards, as is often done, leaves shares
// outside of their bounds.
//
// Each share is its weight times a common factor, or the bound that this would pass. Their sum
// grows with the factor, in straight lines between the factors at which a share meets a bound.
func Within(weights, low, high []float64) (shares []float64, ok bool) {
	shares = make([]float64, len(weights))
	fill := func(factor float64) (sum float64) {
		for i, weight := range weights {
			shares[i] = math.Min(math.Max(weight*factor, low[i]), high[i])
			sum += shares[i]
		}
		return sum
	}
	var meets []float64
	for i, weight := range weights {
		if low[i] > high[i] {
			return nil, false
		}
		if weight > 0 {
			meets = append(meets, low[i]/weight, high[i]/weight)
		}
	}
	slices.Sort(meets)
	before, sum := 0.0, fill(0)
	if sum > 1+shareTolerance {
		return nil, false
	}
	for _, factor := range meets {
		last := sum
		if sum = fill(factor); sum >= 1 {
			if sum > last {
				factor = before + (factor-before)*(1-last)/(sum-last)
			}
			fill(factor)
			return shares, true
		}
		before = factor
	}
	return shares, sum >= 1-shareTolerance
}
