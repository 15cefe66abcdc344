package redoubt_test

import (
	"testing"
	"time"

	"redoubt/model"
)

// routed are a shop for each routing policy that has numbers of its own: it loses a region whose
// users are as far from one of the others as from the next, and gets it back. Beside them are one
// whose weights are adjusted, and one that is told of a bad release.
func routed(t *testing.T) (all []*model.Scenario) {
	t.Helper()
	policies := []model.RoutingPolicy{
		model.WeightedRouting, model.GeoproximityRouting, model.AnycastRouting,
	}
	for _, policy := range policies {
		s := scenario(t, "ecommerce-three-region")
		only(s, model.SingleRegion, model.ReadLocal)
		s.Routing.Choice = model.Choice{
			Policy: policy, Default: model.NoRegion, Reconnect: 5 * time.Second,
			Weights: [model.MaxRegions]float64{5, 3, 2},
			Low:     [model.MaxRegions]float64{0, 0, 0.25},
			High:    [model.MaxRegions]float64{0.9, 0.4, 0.9},
		}
		for i := range s.Populations {
			p := &s.Populations[i]
			p.Distance = [model.MaxRegions]float64{2000, 2000, 2000}
			p.Distance[p.Nearest] = 1999
		}
		s.Hazards, s.Expected, s.Timeline = nil, nil, []model.Fault{{
			Kind: model.RegionLoss, Region: 1, Peer: model.NoRegion, At: time.Hour,
			Duration: 2 * time.Hour,
		}}
		all = append(all, s)
	}
	return append(all, weighed(*all[0]), scenario(t, "rollout-declared"))
}

// weighed is the shop whose weights are adjusted, where a region has less room for a while.
func weighed(s model.Scenario) *model.Scenario {
	choice := &s.Routing.Choice
	choice.Low, choice.High = [model.MaxRegions]float64{}, [model.MaxRegions]float64{}
	choice.Every, choice.Cost = 20*time.Minute, [model.MaxRegions]float64{1, 1.2, 1}
	s.Timeline = []model.Fault{{
		Kind: model.SpotReclaim, Region: 2, Peer: model.NoRegion, Share: 0.8, At: time.Hour,
		Duration: 2 * time.Hour,
	}}
	return &s
}
