package sim

import (
	"math"
	"testing"

	"redoubt/model"
)

func TestDrawsAreUniform(t *testing.T) {
	const bins, draws = 100, 200_000
	src := newSource(seedOf(t), 0)
	cases := []struct {
		name string
		at   func(k int) float64
	}{
		{"along the first counter", func(k int) float64 { return src.uniform(promotion, k, 0) }},
		{"along the second counter", func(k int) float64 { return src.uniform(promotion, 7, k) }},
		{"along the streams", func(k int) float64 { return src.uniform(stream(k), 0, 0) }},
		{"along the trials", func(k int) float64 {
			return newSource(seedOf(t), k).uniform(promotion, 0, 0)
		}},
		{"along the seeds", func(k int) float64 {
			return newSource(uint64(k), 0).uniform(lagDraw, 0, 0)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var count [bins]float64
			for k := range draws {
				u := c.at(k)
				if u < 0 || u >= 1 {
					t.Fatalf("draw %d is %g, outside [0, 1)", k, u)
				}
				count[int(u*bins)]++
			}
			chi := 0.0
			for _, n := range count {
				chi += (n - draws/bins) * (n - draws/bins) / (draws / bins)
			}
			near(t, "chi-square", chi, bins-1, math.Sqrt(2*(bins-1)))
		})
	}
}

func TestDrawsAreIndependent(t *testing.T) {
	const draws = 100_000
	src, other := newSource(seedOf(t), 0), newSource(seedOf(t), 1)
	cases := []struct {
		name string
		pair func(k int) (float64, float64)
	}{
		{"neighbours", func(k int) (float64, float64) {
			return src.uniform(arrivals, 0, k), src.uniform(arrivals, 0, k+1)
		}},
		{"streams", func(k int) (float64, float64) {
			return src.uniform(arrivals, 0, k), src.uniform(durations, 0, k)
		}},
		{"counters swapped", func(k int) (float64, float64) {
			return src.uniform(arrivals, 3, k), src.uniform(arrivals, k, 3)
		}},
		{"trials", func(k int) (float64, float64) {
			return src.uniform(arrivals, 0, k), other.uniform(arrivals, 0, k)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			product := make(sample, draws)
			for k := range product {
				x, y := c.pair(k)
				product[k] = (x - 0.5) * (y - 0.5) * 12
			}
			near(t, "correlation", product.mean(), 0, product.standardError())
		})
	}
}

// What a seed means is a contract: a scenario that names one gives the same outages for ever.
func TestDrawsOfASeedNeverChange(t *testing.T) {
	src := newSource(1, 2)
	got := []float64{
		src.uniform(arrivals, 0, 0), src.uniform(arrivals, 0, 1), src.uniform(arrivals, 1, 0),
		src.uniform(rounding, 5, 9), newSource(0, 0).uniform(leadership, 0, 0),
	}
	want := []float64{
		0.6453193728129549, 0.6068167880347043, 0.7272227668175659,
		0.3806626141939554, 0.9642550719739005,
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("draw %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestConstantsDrawNothing(t *testing.T) {
	fixed := model.Fixed(90e9)
	for trial := range 10 {
		if got := newSource(1, trial).draw(promotion, &fixed, uint64(trial), 0); got != 90e9 {
			t.Errorf("trial %d: got %s, want 1m30s", trial, got)
		}
	}
}
