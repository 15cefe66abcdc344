package scenarios

import (
	"fmt"
	"slices"
	"time"

	"redoubt/model"
)

// choice builds how clients are divided among the regions that serve.
func (b *builder) choice() {
	r := &b.file.Routing
	choice := model.Choice{
		Policy: chosen(r.Policy, model.RoutingPolicies()), Default: model.NoRegion,
		Reconnect: time.Duration(r.Reconnect), Every: time.Duration(r.WeightEvery),
	}
	if r.DefaultAnswer != nil {
		choice.Default = b.region(*r.DefaultAnswer, "routing.default_answer")
	}
	perRegion(b, r.Weights, "routing.weights", &choice.Weights)
	perRegion(b, r.WeightMin, "routing.weight_min", &choice.Low)
	perRegion(b, r.WeightMax, "routing.weight_max", &choice.High)
	b.weightCost(&choice)
	perRegion(b, r.Bias, "routing.bias", &choice.Bias)
	for i := range b.file.Population {
		p, path := &b.file.Population[i], fmt.Sprintf("population[%d]", i)
		made := &b.s.Populations[i]
		for j, name := range p.Answers {
			made.Answers = append(made.Answers, b.region(name, fmt.Sprintf("%s.answers[%d]", path, j)))
		}
		perRegion(b, p.Distance, path+".distance_km", &made.Distance)
		if choice.Policy == model.GeoproximityRouting {
			b.wholeTable(path+".distance_km", names(p.Distance), "it could be sent to every one")
		}
	}
	for _, in := range r.WeightMax {
		if path := "routing.weight_max." + in.key; in.value == 0 && !b.d.isBroken(path) {
			b.problem(path, "a weight of 0 keeps a region idle", "%s must be above 0%%", path)
		}
	}
	if choice.Policy == model.WeightedRouting {
		b.wholeTable("routing.weights", names(r.Weights), "0 is drawn only where no other serves")
	}
	b.s.Routing.Choice = choice
}

// weightCost reads what a request costs in each region, by which weights are adjusted.
func (b *builder) weightCost(choice *model.Choice) {
	const path = "routing.weight_cost"
	table := b.file.Routing.WeightCost
	if perRegion(b, table, path, &choice.Cost); len(table) == 0 {
		return
	}
	b.wholeTable(path, names(table), "one that costs nothing would get all the traffic")
	for _, in := range table {
		if at := path + "." + in.key; in.value == 0 && !b.d.isBroken(at) {
			b.problem(at, "its unit is yours", "%s must be above 0", at)
		}
	}
	if choice.Every == 0 && b.own(path) && !b.d.isBroken("routing.weight_every") {
		b.problem(path, "with weight_every weights follow it",
			"%s is never read: the weights stay as they are", path)
	}
}

// perRegion reads a number for each region that a table names.
func perRegion[T amount | signed | share](
	b *builder, table keyed[T], path string, into *[model.MaxRegions]float64,
) {
	for _, in := range table {
		if id := b.region(text(in.key), path+"."+in.key); id.Valid() {
			into[id] = float64(in.value)
		}
	}
}

// names are the keys of a table.
func names[T any](table keyed[T]) (all []string) {
	for _, in := range table {
		all = append(all, in.key)
	}
	return all
}

// wholeTable demands a value for every region with a workload.
func (b *builder) wholeTable(path string, have []string, hint string) {
	for _, r := range b.s.Regions {
		if !r.Witness && !slices.Contains(have, r.Name) && !b.d.isBroken(path) {
			b.problem(path+"."+r.Name, hint, "%s says nothing of %s", path, r.Name)
		}
	}
}

// unreadRouting refuses what the routing policy does not read, where the file itself says it. What
// a base says for another policy is left alone.
func (b *builder) unreadRouting() {
	r, policy := &b.file.Routing, b.s.Routing.Choice.Policy
	type rule struct {
		path string
		said bool
		of   model.RoutingPolicy
	}
	rules := []rule{
		{"routing.weights", r.Weights != nil, model.WeightedRouting},
		{"routing.weight_min", r.WeightMin != nil, model.WeightedRouting},
		{"routing.weight_max", r.WeightMax != nil, model.WeightedRouting},
		{"routing.weight_every", b.stated("routing.weight_every"), model.WeightedRouting},
		{"routing.weight_cost", r.WeightCost != nil, model.WeightedRouting},
		{"routing.bias", r.Bias != nil, model.GeoproximityRouting},
		{"routing.default_answer", r.DefaultAnswer != nil, model.GeolocationRouting},
		{"routing.reconnect", b.stated("routing.reconnect"), model.AnycastRouting},
	}
	for i := range b.file.Population {
		p, path := &b.file.Population[i], fmt.Sprintf("population[%d]", i)
		rules = append(rules, rule{path + ".answers", p.Answers != nil, model.GeolocationRouting},
			rule{path + ".distance_km", p.Distance != nil, model.GeoproximityRouting})
	}
	for _, key := range rules {
		if key.said && key.of != policy && b.own(key.path) && !b.d.isBroken("routing.policy") {
			b.problem(key.path, "", "%s is never read: the routing policy is %s, not %s", key.path, policy,
				key.of)
		}
	}
	for _, path := range []string{"routing.ttl", "routing.clients", "routing.client_cache"} {
		if policy == model.AnycastRouting && b.stated(path) && b.own(path) {
			b.problem(path, "", "%s is never read: with anycast no client waits for a DNS answer", path)
		}
	}
	divides := policy == model.WeightedRouting || policy == model.GeolocationRouting ||
		policy == model.GeoproximityRouting
	if divides && !b.several() && b.own("routing.policy") && !b.d.isBroken("strategies") {
		b.problem("routing.policy", "", "routing.policy is never read: no strategy serves in several "+
			"regions at once")
	}
}

// several reports whether a strategy serves in several regions at once.
func (b *builder) several() bool {
	return slices.ContainsFunc(b.s.Strategies, func(strategy model.Strategy) bool {
		return strategy.Kind.ServesReads()
	})
}

// own reports whether what stands at a path is the file's, and not its base's.
func (b *builder) own(path string) bool {
	base := b.root.find("base")
	return base == nil || b.root.locate(path) != base.value.at
}
