package model

import "fmt"

// choice demands what the routing policy reads.
func (v *validator) choice() {
	c := &v.s.Routing.Choice
	switch c.Policy {
	case WeightedRouting:
		v.weights(c)
	case GeolocationRouting:
		v.answers(c)
	case GeoproximityRouting:
		v.distances(c)
	case AnycastRouting:
		v.duration("routing.reconnect", c.Reconnect, 0, MaxReconnect)
	case LatencyRouting, FailoverRouting: // They read nothing beside.
	default:
		v.add("routing.policy", "", "routing.policy is none that is known")
	}
}

func (v *validator) weights(c *Choice) {
	sum := 0.0
	for r := range min(len(v.s.Regions), MaxRegions) {
		path := "routing.weights." + v.s.Regions[r].Name
		v.number(path, c.Weights[r], 0, MaxWeight)
		if v.s.Regions[r].Witness && c.Weights[r] > 0 {
			v.add(path, "", "%s is a witness, which runs no workload", v.s.Regions[r].Name)
		}
		sum += c.Weights[r]
	}
	if !(sum > 0) {
		v.add("routing.weights", "for instance weights = { us-east-1 = 70, eu-west-1 = 30 }",
			"no region has a weight above 0, by which to be drawn")
	}
	v.weightBounds(c)
	v.weighing(c)
	v.flows()
}

// weightBounds demands that the parts of all clients can be within their bounds while every region
// serves.
func (v *validator) weightBounds(c *Choice) {
	least, most, bounded, idle := 0.0, 0.0, false, false
	for r := range min(len(v.s.Regions), MaxRegions) {
		region := &v.s.Regions[r]
		low, high := "routing.weight_min."+region.Name, "routing.weight_max."+region.Name
		v.share(low, c.Low[r], true)
		v.share(high, c.High[r], true)
		if region.Witness && (c.Low[r] != 0 || c.High[r] != 0) {
			v.add(low, "", "%s is a witness, which runs no workload", region.Name)
		}
		if c.Low[r] > c.highest(RegionID(r)) {
			v.add(low, "", "%s is above the %s of routing.weight_max", percent(c.Low[r]), percent(c.High[r]))
			v.relate(high)
		}
		if !region.Witness {
			least, most = least+c.Low[r], most+c.highest(RegionID(r))
			bounded = bounded || c.Low[r] != 0 || c.High[r] != 0
			idle = idle || c.Weights[r] == 0
		}
	}
	if least > 1+shareTolerance {
		v.add("routing.weight_min", "", "the lower bounds sum to %s, above 100%%", percent(least))
	}
	if most < 1-shareTolerance {
		v.add("routing.weight_max", "", "the upper bounds sum to %s, below 100%%", percent(most))
	}
	if bounded && idle {
		v.add("routing.weights", "a region of weight 0 has no part to bound",
			"with weight_min or weight_max every region needs a weight above 0")
	}
}

// flows bounds what the simulator has to follow apart.
func (v *validator) flows() {
	stages := max(len(v.s.Settings.Stages), 1)
	if len(v.s.Populations) == 0 {
		return
	}
	parts := len(v.s.Parts(&v.s.Populations[0])) // All draw alike.
	if v.s.Routing.Choice.Every > 0 {
		parts = mostParts(v.s.Workload())
	}
	if count := len(v.s.Populations) * stages * parts; count > MaxFlows {
		v.add("routing.policy", "with fewer populations or stages, for instance",
			"%d populations in %d parts that move in %d stages are more than the %d parts that are possible",
			len(v.s.Populations), parts, stages, MaxFlows)
	}
}

// answers demands that everybody gets an answer while every region serves.
func (v *validator) answers(c *Choice) {
	if c.Default != NoRegion {
		v.workload("routing.default_answer", c.Default)
	}
	for i := range v.s.Populations {
		p, path := &v.s.Populations[i], fmt.Sprintf("population[%d]", i)
		if len(p.Answers) == 0 && c.Default == NoRegion {
			v.add(path+".answers", "add a routing.default_answer, or say what they are answered",
				"no record answers %s", p.Name)
			v.relate(path)
		}
		v.most(path+".answers", len(p.Answers), MaxRegions)
		var seen RegionSet
		for j, r := range p.Answers {
			where := fmt.Sprintf("%s.answers[%d]", path, j)
			v.workload(where, r)
			if seen.Has(r) {
				v.add(where, "", "%s names a region for the second time", where)
			}
			seen = seen.With(r)
		}
	}
}

func (v *validator) distances(c *Choice) {
	for r := range min(len(v.s.Regions), MaxRegions) {
		region := &v.s.Regions[r]
		bias := "routing.bias." + region.Name
		v.number(bias, c.Bias[r], -MaxBias, MaxBias)
		if region.Witness && c.Bias[r] != 0 {
			v.add(bias, "", "%s is a witness, which runs no workload", region.Name)
		}
		for i := range v.s.Populations {
			path := fmt.Sprintf("population[%d].distance_km.%s", i, region.Name)
			v.number(path, v.s.Populations[i].Distance[r], 0, MaxDistance)
		}
	}
}
