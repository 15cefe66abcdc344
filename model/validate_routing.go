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
	v.flows()
}

// flows bounds what the simulator has to follow apart.
func (v *validator) flows() {
	if count := v.s.Workload().Count(); count > MaxWeighted {
		v.add("routing.policy", "", "%d regions are drawn by weight, at most %d are possible", count,
			MaxWeighted)
		return
	}
	stages := max(len(v.s.Settings.Stages), 1)
	orders := len(v.s.draws(nil, 1, nil, v.s.Workload()))
	if count := len(v.s.Populations) * stages * orders; count > MaxFlows {
		v.add("routing.policy", "with fewer populations or stages, for instance",
			"%d populations in %d stages that draw in %d orders are %d parts, at most %d are possible",
			len(v.s.Populations), stages, orders, count, MaxFlows)
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
