package sim

import (
	"math"

	"redoubt/model"
)

// A part of a population is sent to the first region of its order that the traffic is divided
// between. Where clients draw among weights there is a part for each order that they could draw the
// regions in, so that any loss divides them by the weights of those that are left.

// everywhere is all of a population, sent to its nearest region first: where one region serves at a
// time the routing has nothing to choose.
func everywhere(s *model.Scenario, p *model.Population) []model.Order {
	plain := *s
	plain.Routing.Choice = model.Choice{}
	return plain.Orders(p)
}

// orders are the parts of each population of a scenario under a strategy.
func orders(s *model.Scenario, strategy model.Strategy) (all [][]model.Order) {
	for i := range s.Populations {
		if p := &s.Populations[i]; strategy.Kind.ServesReads() {
			all = append(all, s.Orders(p))
		} else {
			all = append(all, everywhere(s, p))
		}
	}
	return all
}

// layFlows makes the flows of all stages, populations and orders, in this order of nesting.
func (w *world) layFlows() {
	before := 0
	for _, stage := range stagesOf(w.scenario) {
		part := 1.0
		if before > 0 || stage < everybody {
			part = float64(stage-before) / everybody
		}
		for k, parts := range w.orders {
			for i := range parts {
				w.flows = append(w.flows, flow{
					share: w.scenario.Populations[k].Share * part * parts[i].Part,
					part:  part * parts[i].Part, population: k, upTo: uint8(stage), order: &parts[i],
					target: model.NoRegion, old: model.NoRegion,
				})
			}
		}
		before = stage
	}
}

// flowsOf is how many flows a scenario has under a strategy, for the bound on them.
func flowsOf(s *model.Scenario, all [][]model.Order) (count int) {
	for _, parts := range all {
		count += len(parts)
	}
	return count * len(stagesOf(s))
}

// Clients of anycast follow as the network does: "80% of the Internet converges within
// approximately 10 seconds" (An Empirical Characterization of Anycast Convergence Time, ANRW 2024).
// One published point fixes the one constant of an exponential:
//
//	exp(-10/seconds) = 0.20
const convergedAfter, convergedStale = 10.0, 0.20

// announcedSeconds is that constant where the routing is anycast, and 0 where clients follow DNS.
func announcedSeconds(routing *model.Routing) float64 {
	if routing.Choice.Policy != model.AnycastRouting {
		return 0
	}
	return -convergedAfter / math.Log(convergedStale)
}

// resets takes down what fails because the network moves clients from a region that answers: their
// connections are reset, and nothing of theirs succeeds until they have opened new ones. From a
// region that answers nothing they would have to connect anew anyway.
func (w *world) resets(f *flow) {
	choice := &w.scenario.Routing.Choice
	if choice.Policy != model.AnycastRouting || !f.old.Valid() || !f.target.Valid() {
		return
	}
	share := f.share
	if w.week.varies {
		share *= w.week.of[f.population].At(w.now - warmup)
	}
	w.lost += share * w.answers[f.old] * float64(choice.Reconnect)
}
