package model_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/model"
)

// triangle is three regions 80, 100 and 120 ms apart, a witness, and two populations.
func triangle(choice model.Choice) *model.Scenario {
	s := &model.Scenario{
		Regions: []model.Region{
			{Name: "a"}, {Name: "b"}, {Name: "witness", Witness: true}, {Name: "c"},
		},
		Populations: []model.Population{
			{Name: "near a", Share: 0.6, Nearest: 0},
			{Name: "near b", Share: 0.4, Nearest: 1},
		},
		Routing: model.Routing{Choice: choice},
	}
	for _, way := range []struct{ a, b, rtt int }{
		{0, 1, 80}, {0, 3, 100}, {1, 3, 120}, {0, 2, 10}, {1, 2, 10}, {3, 2, 10},
	} {
		rtt := time.Duration(way.rtt) * time.Millisecond
		s.Latency[way.a][way.b], s.Latency[way.b][way.a] = rtt, rtt
	}
	return s
}

func set(regions ...model.RegionID) (all model.RegionSet) {
	for _, r := range regions {
		all = all.With(r)
	}
	return all
}

// Each row is computed by hand from the rules of the policy.
func TestAPolicySendsAPopulationWhereItsRuleSays(t *testing.T) {
	const a, b, c = 0, 1, 3
	failover := model.Choice{Policy: model.FailoverRouting}
	weighted := model.Choice{Policy: model.WeightedRouting, Weights: [model.MaxRegions]float64{
		a: 50, b: 35, c: 15,
	}}
	idle := model.Choice{Policy: model.WeightedRouting, Weights: [model.MaxRegions]float64{a: 1}}
	places := model.Choice{Policy: model.GeolocationRouting, Default: c}
	pinned := model.Choice{Policy: model.GeolocationRouting, Default: model.NoRegion}
	biased := func(bias float64) model.Choice {
		return model.Choice{
			Policy: model.GeoproximityRouting, Bias: [model.MaxRegions]float64{c: bias},
		}
	}
	cases := []struct {
		name    string
		choice  model.Choice
		serving model.RegionSet
		want    [model.MaxRegions]float64
	}{
		{"latency: the nearest", model.Choice{}, set(a, b, c), at(a, 1)},
		{"latency: the next", model.Choice{}, set(b, c), at(b, 1)},
		{"anycast: the next", model.Choice{Policy: model.AnycastRouting}, set(b, c), at(b, 1)},
		{"failover: the first of the file", failover, set(b, c), at(b, 1)},
		{"weighted: all", weighted, set(a, b, c), at(a, 0.5, b, 0.35, c, 0.15)},
		{"weighted: a lost", weighted, set(b, c), at(b, 0.7, c, 0.3)},
		{"weighted: b lost", weighted, set(a, c), at(a, 50.0/65, c, 15.0/65)},
		{"weighted: one left", weighted, set(c), at(c, 1)},
		{"weight 0: not drawn", idle, set(a, b, c), at(a, 1)},
		{"weight 0: no other is left", idle, set(b, c), at(b, 0.5, c, 0.5)},
		{"geolocation: the smallest place", places, set(a, b, c), at(b, 1)},
		{"geolocation: a larger one", places, set(a, c), at(a, 1)},
		{"geolocation: the default", places, set(c), at(c, 1)},
		{"geolocation: no answer", pinned, set(c), at()},
		{"geoproximity: the nearest", biased(0), set(a, b, c), at(a, 1)},
		{"geoproximity: 3000 x 0.35 = 1050 km", biased(65), set(a, b, c), at(a, 1)},
		{"geoproximity: 3000 x 0.33 = 990 km", biased(67), set(a, b, c), at(c, 1)},
		{"geoproximity: 3000 / 0.7 = 4286 km", biased(-30), set(b, c), at(c, 1)},
		{"geoproximity: 3000 / 0.5 = 6000 km", biased(-50), set(b, c), at(b, 1)},
	}
	for _, row := range cases {
		t.Run(row.name, func(t *testing.T) {
			s := triangle(row.choice)
			p := &s.Populations[0]
			p.Answers = []model.RegionID{b, a}
			p.Distance = [model.MaxRegions]float64{a: 1000, b: 5000, c: 3000}
			got := s.Sent(p, row.serving)
			for r := range got {
				if math.Abs(got[r]-row.want[r]) > 1e-12 {
					t.Fatalf("got %v, want %v", got, row.want)
				}
			}
		})
	}
}

// at makes parts from regions and parts by turns.
func at(pairs ...float64) (parts [model.MaxRegions]float64) {
	for i := 0; i < len(pairs); i += 2 {
		parts[int(pairs[i])] = pairs[i+1]
	}
	return parts
}

// The parts that a population is divided into are sent, for every set of regions that serves, where
// the rule itself sends it: those of clients who draw among weights too, within bounds or without.
func TestThePartsAreSentAsTheRuleSaysForEverySet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := triangle(model.Choice{
			Policy:  rapid.SampledFrom(model.RoutingPolicies()).Draw(t, "policy"),
			Default: rapid.SampledFrom([]model.RegionID{0, 3, model.NoRegion}).Draw(t, "default"),
		})
		choice, p := &s.Routing.Choice, &s.Populations[0]
		p.Answers = rapid.SampledFrom([][]model.RegionID{nil, {1}, {3, 0}}).Draw(t, "answers")
		for _, r := range []int{0, 1, 3} {
			choice.Weights[r] = float64(rapid.IntRange(1, 9).Draw(t, "weight"))
			choice.Low[r] = float64(rapid.IntRange(0, 30).Draw(t, "low")) / 100
			choice.High[r] = float64(rapid.IntRange(40, 100).Draw(t, "high")) / 100
			choice.Bias[r] = float64(rapid.IntRange(-99, 99).Draw(t, "bias"))
			p.Distance[r] = float64(rapid.IntRange(0, 20_000).Draw(t, "distance"))
		}
		parts := s.Parts(p)
		for serving := range s.Workload() + 1 {
			serving &= s.Workload()
			want, got := s.Sent(p, serving), [model.MaxRegions]float64{}
			for i := range parts {
				if r := parts[i].To(serving); r.Valid() {
					got[r] += parts[i].Share
				}
			}
			for r := range want {
				if math.Abs(got[r]-want[r]) > 1e-9 {
					t.Fatalf("of %b: the parts give %v, the rule %v", serving, got, want)
				}
			}
		}
	})
}

// A region is sized, billed and judged by what is sent to it when all is well.
func TestTheShareOfARegionFollowsThePolicy(t *testing.T) {
	s := triangle(model.Choice{})
	if got := s.TrafficShare(1); got != 0.4 {
		t.Errorf("latency: b has %g of the traffic, want 0.4", got)
	}
	s.Routing.Choice = model.Choice{Policy: model.WeightedRouting, Weights: at(0, 2, 1, 1, 3, 1)}
	if got := s.TrafficShare(1); math.Abs(got-0.25) > 1e-12 {
		t.Errorf("weighted: b has %g of the traffic, want 0.25", got)
	}
	s.Routing.Choice = model.Choice{Policy: model.GeolocationRouting, Default: 3}
	s.Populations[1].Answers = []model.RegionID{1}
	if b, c := s.TrafficShare(1), s.TrafficShare(3); b != 0.4 || c != 0.6 {
		t.Errorf("geolocation: b has %g and c %g of the traffic, want 0.4 and 0.6", b, c)
	}
}

func TestWhereEverybodyIsSentToOneRegionNoOtherServes(t *testing.T) {
	s := triangle(model.Choice{Policy: model.FailoverRouting})
	want := "every user is sent to a, so that no other region would serve any"
	if got := s.Excuse(model.ReadLocal); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Routing.Choice.Policy = model.LatencyRouting
	if got := s.Excuse(model.ReadLocal); got != "" {
		t.Errorf("got %q for latency, want none", got)
	}
}
