package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// everywhere are the parts of a population that is sent to its nearest region first: where one
// region serves at a time the routing has nothing to choose.
func everywhere(s *model.Scenario, p *model.Population) []model.Part {
	plain := *s
	plain.Routing.Choice = model.Choice{}
	return plain.Parts(p)
}

// partsOf are the parts of each population of a scenario under a strategy.
func partsOf(s *model.Scenario, strategy model.Strategy) (all [][]model.Part) {
	for i := range s.Populations {
		if p := &s.Populations[i]; strategy.Kind.ServesReads() {
			all = append(all, s.Parts(p))
		} else {
			all = append(all, everywhere(s, p))
		}
	}
	return all
}

// layFlows makes the flows of all stages, populations and their parts, in this order of nesting.
func (w *world) layFlows() {
	before := 0
	for _, stage := range stagesOf(w.scenario) {
		staged := 1.0
		if before > 0 || stage < everybody {
			staged = float64(stage-before) / everybody
		}
		for k, parts := range w.parts {
			for i := range parts {
				w.flows = append(w.flows, flow{
					share: w.scenario.Populations[k].Share * staged * parts[i].Share,
					part:  staged * parts[i].Share, population: k, upTo: uint8(stage), sent: &parts[i],
					target: model.NoRegion, old: model.NoRegion,
				})
			}
		}
		before = stage
	}
}

// countFlows is how many flows there are, for the bound on them.
func (w *world) countFlows() (count int) {
	for _, parts := range w.parts {
		count += len(parts)
	}
	return count * len(stagesOf(w.scenario))
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

// firstRoutes sends every population to where it is served when all is well, with nobody on the
// way.
func (w *world) firstRoutes() {
	w.flows = w.flows[:0]
	w.layFlows()
	w.firstWeights()
	w.routed = failover.Split{From: w.state.Serving, To: w.state.Serving, Share: everybody}
	for i := range w.flows {
		f := &w.flows[i]
		f.target = f.sent.To(w.state.Serving)
		f.session = f.target
	}
}

// stagesOf are the shares in which the traffic of planned work shifts, in percent: all at once
// where the scenario names none.
func stagesOf(s *model.Scenario) []int {
	if len(s.Settings.Stages) == 0 {
		return []int{everybody}
	}
	return s.Settings.Stages
}

// spread picks, for each flow, the region that it is sent to while a set serves.
func (w *world) spread(serving model.RegionSet) (targets [maxFlows]model.RegionID) {
	for i := range w.flows {
		targets[i] = w.flows[i].sent.To(serving)
	}
	return targets
}
