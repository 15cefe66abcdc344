package model_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redoubt/model"
)

// Each row is worked out by hand from the rule: capacity times what succeeds, over the time it
// takes and what it costs; in the largest weight that there is.
func TestARegionWeighsWhatItDoesForTheMoney(t *testing.T) {
	plain := model.Performance{Capacity: 1, Succeeds: 1, Seconds: 0.02}
	with := func(change func(*model.Performance)) model.Performance {
		changed := plain
		change(&changed)
		return changed
	}
	cases := []struct {
		name  string
		other model.Performance
		cost  float64
		want  float64
	}{
		{"alike", plain, 0, 255},
		{"a third of the size", with(func(p *model.Performance) { p.Capacity /= 3 }), 0, 85},
		{"fails two thirds", with(func(p *model.Performance) { p.Succeeds /= 3 }), 0, 85},
		{"three times as slow", with(func(p *model.Performance) { p.Seconds *= 3 }), 0, 85},
		{"three times as dear", plain, 3, 85},
		{"fails all", with(func(p *model.Performance) { p.Succeeds = 0 }), 0, 1},
		{"dear beyond all", plain, 1000, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var choice model.Choice
			choice.Cost[3] = c.cost
			got := choice.Weigh(set(0, 3), &[model.MaxRegions]model.Performance{0: plain, 3: c.other})
			for r, want := range at(0, 255, 3, c.want) {
				if math.Abs(got[r]-want) > 1e-9 {
					t.Errorf("region %d weighs %g, want %g", r, got[r], want)
				}
			}
		})
	}
	nothing := [model.MaxRegions]model.Performance{0: {Seconds: 1}, 3: {Seconds: 1}}
	if got := (&model.Choice{}).Weigh(set(0, 3), &nothing); got != at(0, 1, 3, 1) {
		t.Errorf("where nothing succeeds they weigh %v, want 1 each", got)
	}
}

// measured draws what is measured of a region, at its limits too.
func measured(t *rapid.T) (p model.Performance) {
	p.Capacity = rapid.Float64Range(0, 4).Draw(t, "capacity")
	p.Succeeds = rapid.SampledFrom([]float64{0, 1e-9, 0.3, 1}).Draw(t, "succeeds")
	p.Seconds = rapid.Float64Range(1e-6, 60).Draw(t, "seconds")
	return p
}

// Whatever is measured and whatever it costs, the parts that the clients are divided into sum to 1
// for every set of regions that serves, and are within their bounds, but for upper ones that leave
// no room for all. There are never more parts than a scenario was judged by.
func TestAdjustedWeightsAreWithinTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := triangle(model.Choice{Policy: model.WeightedRouting, Every: time.Minute})
		choice, of := &s.Routing.Choice, [model.MaxRegions]model.Performance{}
		for _, r := range []int{0, 1, 3} {
			choice.Low[r] = float64(rapid.IntRange(0, 33).Draw(t, "low")) / 100
			choice.High[r] = float64(rapid.IntRange(34, 100).Draw(t, "high")) / 100
			choice.Cost[r] = rapid.Float64Range(model.MinCost, model.MaxCost).Draw(t, "cost")
			of[r] = measured(t)
		}
		choice.Weights = choice.Weigh(s.Workload(), &of)
		for serving := range s.Workload() + 1 {
			serving &= s.Workload()
			sum, room := 0.0, 0.0
			sent := s.Sent(&s.Populations[0], serving)
			for r, part := range sent {
				if serving.Has(model.RegionID(r)) {
					sum, room = sum+part, room+choice.High[r]
				}
			}
			if serving != 0 && math.Abs(sum-1) > 1e-9 {
				t.Fatalf("of %b: %v sum to %g", serving, sent, sum)
			}
			for r, part := range sent {
				low, high := choice.Low[r], choice.High[r]/min(room, 1)
				if serving.Has(model.RegionID(r)) && (part < low-1e-9 || part > high+1e-9) {
					t.Fatalf("of %b: %v, where region %d has from %g to %g", serving, sent, r, low, high)
				}
			}
		}
		if got := len(s.Parts(&s.Populations[0])); got > 6 { // 1 + 1 + 1 + 1 + 2.
			t.Fatalf("they come in %d parts", got)
		}
	})
}

// The published rule bounds first, and divides by the sum of what is left: of scores of 10, 10 and
// 80 % its bounds make 30, 20 and 30, and the sum of 80 takes the last to 37.5 %, beyond its 30.
// Within all bounds are 35, 35 and 30.
func TestThePublishedRuleBreaksItsOwnBounds(t *testing.T) {
	low, high := at(0, 0.3, 1, 0.2, 3, 0.1), at(0, 0.7, 1, 0.5, 3, 0.3)
	scores, sum := at(0, 0.1, 1, 0.1, 3, 0.8), 0.0
	published := scores
	for r := range published {
		published[r] = max(low[r], min(high[r], scores[r]))
		sum += published[r]
	}
	if got := published[3] / sum; math.Abs(got-0.375) > 1e-12 {
		t.Errorf("the published rule sends region 3 %g, want 0.375", got)
	}
	s := triangle(model.Choice{
		Policy: model.WeightedRouting, Weights: scores, Low: low, High: high, Every: time.Minute,
	})
	got := s.Sent(&s.Populations[0], s.Workload())
	for r, want := range at(0, 0.35, 1, 0.35, 3, 0.3) {
		if math.Abs(got[r]-want) > 1e-9 {
			t.Errorf("region %d is sent %g, want %g", r, got[r], want)
		}
	}
}
