package model_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"redoubt/model"
)

// The bounds that budget-active-active gives its weights (calculate_optimal_weights), and weights
// with which it would break them: bounding 10, 50 and 40 and dividing by their sum of 110 leaves
// us-east-1 27.3 of the 30 that it is to have at least.
func TestBoundsHoldAfterNormalising(t *testing.T) {
	low, high := []float64{0.3, 0.2, 0.1}, []float64{0.7, 0.5, 0.3}
	cases := []struct {
		name          string
		weights, want []float64
	}{
		{"within them", []float64{50, 35, 15}, []float64{0.5, 0.35, 0.15}},
		{"one at its most", []float64{80, 15, 5}, []float64{0.7, 0.2, 0.1}},
		{"one at its least", []float64{10, 50, 40}, []float64{0.3, 0.4, 0.3}},
		{"what is free, by weight", []float64{60, 6, 34}, []float64{0.5106, 0.2, 0.2894}},
		{"only one wanted", []float64{1, 0, 0}, []float64{0.7, 0.2, 0.1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := model.Within(c.weights, low, high)
			for i := range got {
				if !ok || math.Abs(got[i]-c.want[i]) > 1e-4 {
					t.Fatalf("got %.4f (%t), want %v", got, ok, c.want)
				}
			}
		})
	}
}

// For any weights and bounds: shares that sum to 1 within their bounds, and all that are strictly
// between theirs in proportion to their weights; or none, just where the bounds leave no room.
func TestWithinFindsSharesWhereverThereAreAny(t *testing.T) {
	const close = 1e-9
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, model.MaxRegions).Draw(t, "regions")
		weights, low, high := make([]float64, n), make([]float64, n), make([]float64, n)
		least, most := 0.0, 0.0
		for i := range n {
			weights[i] = rapid.Float64Range(0.001, 255).Draw(t, "weight")
			low[i] = rapid.Float64Range(0, 0.4).Draw(t, "low")
			high[i] = low[i] + rapid.Float64Range(0, 0.6).Draw(t, "room")
			least, most = least+low[i], most+high[i]
		}
		shares, ok := model.Within(weights, low, high)
		if slack := 1e-3; least > 1+slack || most < 1-slack {
			if ok {
				t.Fatalf("bounds that sum to %g and %g are said to hold for %g", least, most, shares)
			}
			return
		} else if least > 1-slack || most < 1+slack {
			return // At the border what is rounding decides.
		}
		sum, factor := 0.0, 0.0
		for i, share := range shares {
			sum += share
			if share < low[i]-close || share > high[i]+close {
				t.Fatalf("%g is outside of %g to %g", share, low[i], high[i])
			}
			if share < low[i]+close || share > high[i]-close {
				continue
			}
			if ratio := share / weights[i]; factor == 0 {
				factor = ratio
			} else if math.Abs(ratio-factor) > close*factor {
				t.Fatalf("of %g one has %g times its weight, and one %g", shares, ratio, factor)
			}
		}
		if !ok || math.Abs(sum-1) > close {
			t.Fatalf("%g (%t) sum to %g", shares, ok, sum)
		}
	})
}

// When the largest region is lost, the upper bounds of the two that are left sum to 80 %: no
// weights keep to them, and each takes its bound over 0.8.
func TestUpperBoundsGiveWayToALoss(t *testing.T) {
	s := triangle(model.Choice{
		Policy: model.WeightedRouting, Weights: at(0, 50, 1, 35, 3, 15),
		Low: at(0, 0.3, 1, 0.2, 3, 0.1), High: at(0, 0.7, 1, 0.5, 3, 0.3),
	})
	got, want := s.Sent(&s.Populations[0], set(1, 3)), at(1, 0.625, 3, 0.375)
	for r := range got {
		if math.Abs(got[r]-want[r]) > 1e-12 {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}
