package levers

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// repeats is how often a comparison is drawn.
const repeats = 1000

// covers are how often an interval of 95 % may cover the truth in so many draws: what lies outside
// comes in one of ten thousand tests of an interval that does so in exactly 95 %, by the binomial
// distribution.
func covers(repeats int) (least, most int) {
	const share, alarm = 0.95, 0.5e-4 // On either side.
	log := func(n int) float64 { l, _ := math.Lgamma(float64(n + 1)); return l }
	chance := func(k int) float64 {
		return math.Exp(log(repeats) - log(k) - log(repeats-k) +
			float64(k)*math.Log(share) + float64(repeats-k)*math.Log(1-share))
	}
	sum := 0.0
	for least = 0; ; least++ {
		if sum += chance(least); sum > alarm {
			break
		}
	}
	sum = 0
	for most = repeats; ; most-- {
		if sum += chance(most); sum > alarm {
			return least, most
		}
	}
}

// TestIntervalsCoverWhatTheyAreOf draws comparisons out of one of many trials, whose means are then
// the truth, and counts how often the interval of a change covers it: of both net benefits and of
// their difference, where a change moves what happens, what it costs, and next to nothing.
func TestIntervalsCoverWhatTheyAreOf(t *testing.T) {
	asIs := population(t)
	least, most := covers(repeats)
	for _, change := range []scenarios.Edit{
		{Path: "hazard[0].rate", Value: "1.6/year"}, {Path: "business.revenue_per_year", Value: "$150M"},
		{Path: "policy.hold_down", Value: "2m"},
	} {
		with := population(t, change)
		truth := [3]float64{mean(with[0]), mean(with[1]), mean(with.apart())}
		seed := fnv.New64a()
		_, _ = seed.Write([]byte(t.Name() + change.Path)) // A hash takes everything.
		random := rand.New(rand.NewPCG(seed.Sum64(), 0))
		var covered [3]int
		for range repeats {
			w := sample(random, asIs, with)
			for i, e := range []model.Estimate{w.Net[0], w.Net[1], w.Apart} {
				if e.Low <= truth[i] && truth[i] <= e.High {
					covered[i]++
				}
			}
		}
		for i, count := range covered {
			if count < least || count > most {
				t.Errorf("%s: an interval of %d has the truth in it %d times of %d, want %d to %d",
					change.Path, i, count, repeats, least, most)
			}
		}
	}
}

// sample is what a change is worth by some trials of a population, in the first of which alone the
// change was tried.
func sample(random *rand.Rand, asIs, with drawn) Worth {
	const trials = 3 * MostTrials
	var before, after drawn
	for i := range trials {
		at := random.IntN(len(asIs[0]))
		for side := range before {
			before[side] = append(before[side], asIs[side][at])
			if i < MostTrials {
				after[side] = append(after[side], with[side][at])
			}
		}
	}
	return before.worth(after)
}

// population are the net benefits of many trials.
func population(t *testing.T, edits ...scenarios.Edit) drawn {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region", edits...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := redoubt.Compare(t.Context(), s, redoubt.CompareOptions{
		Strategies: pair[:], Trials: 600, Years: 5, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := drawnOf(c, pair)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
