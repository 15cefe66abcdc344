package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// binomial is the chance of each number of hits in n tries, by the recurrence of Pascal's triangle.
func binomial(n int, q float64) []float64 {
	chances := []float64{1}
	for range n {
		next := make([]float64, len(chances)+1)
		for k, chance := range chances {
			next[k] += chance * (1 - q)
			next[k+1] += chance * q
		}
		chances = next
	}
	return chances
}

// TestRanksCoverTheirQuantile holds the ranks against sums of all chances: 2.5 % at most lie on
// each side, and no rank nearer does.
func TestRanksCoverTheirQuantile(t *testing.T) {
	for _, n := range []int{1, 2, 5, 6, 20, 59, 72, 73, 200, 799} {
		for _, q := range []float64{0.5, 0.95, 0.99} {
			chances := binomial(n, q)
			sum := func(from, to int) (total float64) {
				for k := max(from, 0); k <= min(to, n); k++ {
					total += chances[k]
				}
				return total
			}
			low, high := ranks(n, q)
			// The quantile is below the value of rank r where fewer than r values are, and above it where
			// r or more are.
			if sum(0, low-1) > 0.025+1e-9 || sum(0, low) < 0.025-1e-9 {
				t.Errorf("n %d, q %v: low %d leaves %v below", n, q, low, sum(0, low-1))
			}
			if high <= n && sum(high, n) > 0.025+1e-9 || sum(high-1, n) < 0.025-1e-9 {
				t.Errorf("n %d, q %v: high %d leaves %v above", n, q, high, sum(high, n))
			}
		}
	}
}

// TestQuantilesAreCovered draws samples from a known distribution and counts how often its
// quantiles are covered.
func TestQuantilesAreCovered(t *testing.T) {
	const samples, n = 2000, 150
	random := generator(1)
	covered := map[string]int{}
	for range samples {
		sample := make([]time.Duration, n)
		for i := range sample {
			sample[i] = time.Duration(random.ExpFloat64() * float64(time.Hour))
		}
		got := quantiles(sample)
		for name, held := range map[string]struct {
			within model.Interval
			q      float64
		}{
			"p50": {got.P50Within, 0.5}, "p95": {got.P95Within, 0.95}, "p99": {got.P99Within, 0.99},
		} {
			truth := time.Duration(-math.Log(1-held.q) * float64(time.Hour))
			if held.within.Low <= truth && truth <= held.within.High {
				covered[name]++
			}
		}
	}
	for name, count := range covered {
		if share := float64(count) / samples; share < 0.94 {
			t.Errorf("%s is covered in %.1f %% of the samples, want 95 %% at least", name, 100*share)
		}
	}
	if got := quantiles([]time.Duration{time.Second, time.Minute}); got.P50Within.Low != 0 ||
		got.P50Within.High != model.Unbounded {
		t.Errorf("two values bound their median: %+v", got.P50Within)
	}
}
