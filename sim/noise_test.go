package sim

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// addNoise has some links of a random system lose packets and delay answers, so that probes fail
// often enough for runs of them.
func addNoise(seed uint64, s *model.Scenario) {
	rng := generator(seed ^ 0x1055)
	for a := range model.RegionID(len(s.Regions)) {
		for b := range a {
			link := model.Link{From: a, To: b}
			if rng.IntN(2) == 0 {
				link.Loss, link.LossBack = 0.5*rng.Float64(), 0.5*rng.Float64()
			}
			if rng.IntN(2) == 0 {
				link.Jitter = model.Distribution{
					Family: model.Exponential, A: s.Checks[0].Timeout.Seconds() * rng.Float64() / 2,
				}
			}
			s.Links = append(s.Links, link)
		}
	}
}

// Over links that lose and delay every probe may fail, and all but the runs that matter are slept
// through: with faults of every kind that begin in the middle of such a run, or of a probe.
func TestLazyEqualsEagerOverNoisyLinks(t *testing.T) {
	decided := 0
	for seed := uint64(1); seed <= max(seeds(t)/50, 6); seed++ {
		s := unaligned(randomSystem(seed))
		addFaults(seed, s)
		addWatchers(seed, s)
		addNoise(seed, s)
		if broken := s.Validate(); len(broken) > 0 {
			t.Fatalf("seed %d: the generator made an invalid system: %+v", seed, broken[0])
		}
		outages := timelineOutages(nil, s)
		for _, strategy := range s.Strategies {
			lazy, eager, _ := playBoth(t, s, strategy, seed, outages, 14*time.Hour)
			if different := difference(&lazy, &eager); different != "" {
				t.Errorf("seed %d, %s: %s", seed, strategy.Kind, different)
			}
			decided += len(lazy.Decisions)
		}
	}
	if decided == 0 {
		t.Error("nothing was decided")
	}
}

var _ = fmt.Sprint
var _ = math.Abs
var _ = slices.Clone[[]int]
