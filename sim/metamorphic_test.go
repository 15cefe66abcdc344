package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// trialsOf plays the same outages against a changed scenario.
func trialsOf(
	t *testing.T, s *model.Scenario, strategy model.Strategy, trials int, alter func(*model.Scenario),
) []result {
	t.Helper()
	changed := *s
	changed.Stores = append([]model.Store(nil), s.Stores...)
	changed.Regions = append([]model.Region(nil), s.Regions...)
	changed.Hazards = append([]model.Hazard(nil), s.Hazards...)
	alter(&changed)
	w := newTestWorld(t, &changed, strategy, 10*model.Year)
	results := make([]result, trials)
	for trial := range results {
		if results[trial] = w.play(&changed, seedOf(t), trial); results[trial].err != nil {
			t.Fatal(results[trial].err)
		}
	}
	return results
}

const pairedTrials = 40

func asItIs(*model.Scenario) {}

// estates are the systems that the relations below are held in.
var estates = []string{
	"ecommerce-three-region", "budget-three-region", "warm-standby-two-region", "business-case-50m",
}

// inEveryEstate runs a test for every strategy that can be built in each of the estates, with
// hazards that strike each part: where an estate has none of its own, those of the first.
func inEveryEstate(t *testing.T, test func(*testing.T, *model.Scenario, model.Strategy)) {
	t.Helper()
	for _, name := range estates {
		s := *load(t, name)
		if s.Timeline = nil; len(s.Hazards) == 0 {
			s.Hazards = []model.Hazard{{
				Kind: model.RegionLoss, Region: s.Primary(), Peer: model.NoRegion, PerYear: 2,
				Duration: model.LognormalHours(1.680, 0.896),
			}}
		}
		for _, strategy := range s.Strategies {
			if s.Excuse(strategy.Kind) == "" {
				t.Run(name+"/"+strategy.Kind.String(), func(t *testing.T) { test(t, &s, strategy) })
			}
		}
	}
}

func TestMoreLagNeverLosesFewerWrites(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		before := trialsOf(t, s, strategy, pairedTrials, asItIs)
		after := trialsOf(t, s, strategy, pairedTrials, func(s *model.Scenario) {
			for i := range s.Stores {
				for r := range s.Regions {
					s.Stores[i].Lag[r] = model.LognormalMedian(3*time.Second, 9*time.Second, 0.99)
				}
			}
		})
		more := int64(0)
		for i := range before {
			was, is := before[i].trial.LostWrites, after[i].trial.LostWrites
			if is < was {
				t.Errorf("trial %d: %d writes lost with more lag, %d with less", i, is, was)
			}
			more += is - was
		}
		replicates := strategy.Kind != model.SingleRegion && !strategy.FromBackup
		if (more > 0) != replicates {
			t.Errorf("more lag lost %d more writes", more)
		}
	})
}

// furtherBehind has every copy be further behind.
func furtherBehind(s *model.Scenario) *model.Scenario {
	other := *s
	other.Stores = slices.Clone(s.Stores)
	for i := range other.Stores {
		for r := range other.Stores[i].Lag {
			d := &other.Stores[i].Lag[r]
			*d = model.LognormalMedian(3*d.Duration(0.5)+time.Second, 9*d.Duration(0.99)+3*time.Second,
				0.99)
		}
	}
	return &other
}

// The same of every scenario that comes with the program, with no bound on what may be at risk: the
// lag gate leaves fewer regions the further behind their copies are, and less is lost then.
func TestMoreLagLosesNoFewerWritesInAnyTimeline(t *testing.T) {
	more, gated := int64(0), 0
	inEveryScenario(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		ungated := *s
		ungated.Settings.DataAtRiskMax = model.Year
		was := storyOf(t, &ungated, strategy, seedOf(t)).Trial
		is := storyOf(t, furtherBehind(&ungated), strategy, seedOf(t)).Trial
		if is.LostWrites < was.LostWrites {
			t.Errorf("%d writes lost with more lag, %d with less", is.LostWrites, was.LostWrites)
		}
		more += is.LostWrites - was.LostWrites
		was = storyOf(t, s, strategy, seedOf(t)).Trial
		is = storyOf(t, furtherBehind(s), strategy, seedOf(t)).Trial
		if is.LostWrites < was.LostWrites {
			gated++
			if is.Withheld <= was.Withheld {
				t.Errorf("%d writes lost with more lag, %d with less, and the gate withheld nothing more",
					is.LostWrites, was.LostWrites)
			}
		}
	})
	if more == 0 || gated == 0 {
		t.Errorf("more lag lost %d more writes, and fewer behind the gate %d times", more, gated)
	}
}

// longer plays each strategy with and without a change that can only make recoveries longer, and
// does where it matters. A trial in which one plan more is cancelled may be down for less: nobody
// takes away what that plan had grown, and the next recovery waits for nothing.
func longer(t *testing.T, alter func(*model.Scenario), matters func(model.Strategy) bool) {
	t.Helper()
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		before := trialsOf(t, s, strategy, pairedTrials, asItIs)
		after := trialsOf(t, s, strategy, pairedTrials, alter)
		more := time.Duration(0)
		for i := range before {
			was, is := before[i].trial.Down, after[i].trial.Down
			if after[i].trial.Cancelled != before[i].trial.Cancelled {
				continue
			}
			if is < was {
				t.Errorf("trial %d: down %s, and %s without the change", i, is, was)
			}
			more += is - was
		}
		if (more > 0) != matters(strategy) {
			t.Errorf("the change adds %s", more)
		}
	})
}

// leavesRegions reports whether a strategy ever leaves a region.
func leavesRegions(s model.Strategy) bool { return s.Kind != model.SingleRegion }

func TestALongerTTLNeverShortensAnOutage(t *testing.T) {
	longer(t, func(s *model.Scenario) { s.Routing.TTL = 5 * time.Minute }, leavesRegions)
}

// A longer TTL has clients come later, which is worse unless where they come to gains by it.
const (
	sentAway = "users are sent, away or home, from a region that answers some of them to one that " +
		"has yet to grow or to write: who comes later is answered for longer"
	warmed   = "who comes later finds a cache that others have filled"
	resolved = "no name is answered: who asked last may keep what they heard for longer"
)

func TestALongerTTLShortensNoTimelineButWhereLateIsBetter(t *testing.T) {
	inEveryScenarioBut(t, excused{
		"answers-lost": resolved, "cold-cache": warmed, "cold-cache-copied": warmed,
		"aws-2025-10-20": sentAway, "first-three-of-four": sentAway, "grey-failure": sentAway,
		"heard-one-way": sentAway, "metrics-lost-counted": sentAway, "ownership-in-doubt": sentAway,
		"quota-trap":         sentAway,
		"rollout-everywhere": sentAway, "slow-answers": sentAway, "split-network": sentAway,
	}, func(t *testing.T, s *model.Scenario, strategy model.Strategy) (off []string) {
		longer := *s
		longer.Routing.TTL *= 4
		for seed := range uint64(4) {
			was := storyOf(t, s, strategy, seed).Trial.Down
			if is := storyOf(t, &longer, strategy, seed).Trial.Down; is < was {
				off = append(off, fmt.Sprintf("seed %d: down %s with a longer TTL, else %s", seed, is, was))
			}
		}
		return off
	})
}

func TestALongerHoldDownNeverShortensAnOutage(t *testing.T) {
	longer(t, func(s *model.Scenario) { s.Settings.HoldDown += time.Minute }, leavesRegions)
}

func TestALongerPromotionNeverShortensAnOutage(t *testing.T) {
	longer(t, func(s *model.Scenario) {
		for i := range s.Stores {
			s.Stores[i].Promotion = model.LognormalMedian(20*time.Minute, 40*time.Minute, 0.95)
		}
	}, func(s model.Strategy) bool {
		return leavesRegions(s) && !s.FromBackup && !s.Kind.MultiWriter()
	})
}

// grows reports whether a strategy has less in its standby than a plan needs, of which more or less
// can be had.
func grows(s model.Strategy) bool {
	return s.Kind == model.BackupRestore || s.Kind == model.PilotLight || s.Kind == model.WarmStandby
}

func TestMoreStandbyNeverLengthensAnOutage(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		prompt := *s
		prompt.Stores = append([]model.Store(nil), s.Stores...)
		for i := range prompt.Stores {
			prompt.Stores[i].Promotion = model.Fixed(time.Minute) // So that growing takes longest.
		}
		var before []result
		spared := time.Duration(0)
		for _, share := range []float64{0.1, 0.25, 0.5, 0.8, 1} {
			strategy.Standby[model.Compute] = share
			after := trialsOf(t, &prompt, strategy, pairedTrials, asItIs)
			for i := range before {
				was, is := before[i].trial, after[i].trial
				if is.Down > was.Down && was.Cancelled == is.Cancelled {
					t.Errorf("trial %d: %s down with a standby of %g, less with a smaller one: %s", i, is.Down,
						share, was.Down)
				}
				spared += was.Down - is.Down
			}
			before = after
		}
		if (spared > 0) != grows(strategy) {
			t.Errorf("more standby spares %s", spared)
		}
	})
}

// Beyond the lag gate a region is not left at all: with more lag than may be at risk nothing is
// lost, and with a quarter of it what the copies lack.
func TestTheLagGateLetsNoMoreBeLost(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		if strategy.Kind == model.SingleRegion || strategy.FromBackup || strategy.Kind.MultiWriter() {
			return
		}
		for _, share := range []float64{0.25, 1.5} {
			lag := time.Duration(share * float64(s.Settings.DataAtRiskMax))
			lost, withheld := int64(0), int64(0)
			for _, played := range trialsOf(t, s, strategy, pairedTrials, func(s *model.Scenario) {
				for i := range s.Stores {
					for r := range s.Regions {
						s.Stores[i].Lag[r] = model.Fixed(lag)
					}
				}
			}) {
				lost, withheld = lost+played.trial.LostWrites, withheld+played.trial.Withheld
			}
			if passes := share < 1; (lost > 0) != passes || !passes && withheld == 0 {
				t.Errorf("a lag of %s: %d writes lost, %d withheld", lag, lost, withheld)
			}
		}
	})
}

// Nobody else has a word in a system that has one region: a witness more, which is lost now and
// then as the others are, changes nothing but for how long something is broken.
func TestAnUnusedRegionChangesNothingForASingleOne(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		if strategy.Kind != model.SingleRegion {
			return
		}
		before := trialsOf(t, s, strategy, pairedTrials, asItIs)
		larger := enlarged(s, 50*time.Millisecond, "unused")
		for r := range model.RegionID(len(larger.Regions)) {
			if r != s.Primary() {
				larger.Hazards = append(larger.Hazards, model.Hazard{
					Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, PerYear: 5,
					Duration: model.Fixed(20 * time.Hour),
				})
			}
		}
		after := trialsOf(t, larger, strategy, pairedTrials, asItIs)
		if off := differences(after, before, 0, "Faulted"); len(off) > 0 {
			t.Error(clipped(off))
		}
		if len(differences(after, before, 0)) < pairedTrials {
			t.Error("nothing more is broken: the losses of the others were not played")
		}
	})
}

// The same of every scenario that comes with the program. Agents watch and agree there too, and who
// of them saw what is told; nothing follows from it.
func TestAnUnusedRegionChangesNoTimelineOfASingleOne(t *testing.T) {
	inEveryScenario(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		if strategy.Kind != model.SingleRegion {
			return
		}
		was := storyOf(t, s, strategy, seedOf(t))
		is := storyOf(t, enlarged(s, 50*time.Millisecond, "unused"), strategy, seedOf(t))
		if off := differences(is, was, 0, "Entries"); len(off) > 0 {
			t.Error(clipped(off))
		}
	})
}

// summedApart is by how much sums of floats in two orders may differ, in nanoseconds of a trial.
const summedApart = 2 * time.Nanosecond

// split has a part of each population be one of its own.
func split(s *model.Scenario, part float64) *model.Scenario {
	other := *s
	other.Populations = nil
	for _, p := range s.Populations {
		rest := p
		p.Share *= part
		rest.Share -= p.Share
		other.Populations = append(other.Populations, p, rest)
	}
	return &other
}

// Two parts of a population behave as the whole, in every figure of every trial: only the order in
// which shares are summed differs.
func TestSplittingAPopulationChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		before := trialsOf(t, s, strategy, pairedTrials, asItIs)
		for _, part := range []float64{0.5, 0.25} {
			after := trialsOf(t, split(s, part), strategy, pairedTrials, asItIs)
			if off := differences(after, before, summedApart); len(off) > 0 {
				t.Errorf("parts of %g and the rest: %s", part, clipped(off))
			}
		}
	})
}

// And every scenario that comes with the program is told in the same words, at the same times.
func TestSplittingAPopulationTellsNothingElse(t *testing.T) {
	inEveryScenario(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		was := storyOf(t, s, strategy, seedOf(t))
		for _, part := range []float64{0.5, 0.25} {
			is := storyOf(t, split(s, part), strategy, seedOf(t))
			if off := differences(is, was, summedApart); len(off) > 0 {
				t.Errorf("parts of %g and the rest: %s", part, clipped(off))
			}
		}
	})
}

// A primary that is cut off from every other region, and that its users reach, writes on where
// nobody stops it: two regions write in every estate, under every strategy that promotes one. With
// guards never.
func TestWithoutFencesTwoRegionsWrite(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		apart := *s
		apart.Hazards, apart.Stores = nil, slices.Clone(s.Stores)
		for i := range apart.Stores {
			apart.Stores[i].Guarded = true
		}
		const lasts = 48 * time.Hour // A restore takes hours.
		isolate(&apart, s.Primary(), time.Minute, lasts)
		leader := model.RegionID(len(s.Regions) - 1)
		promotes := strategy.Kind != model.SingleRegion && !strategy.Kind.MultiWriter()
		for _, unfenced := range []bool{false, true} {
			run := playedOnce(t, &apart, strategy, leader, func(w *world) { w.unfenced = unfenced })
			split := run.result.trial.SplitBrain
			want := "never"
			if unfenced && promotes {
				want = "for most of the cut, and until it is made a replica after that"
			}
			if (want == "never") != (split == 0) || split > 0 && split < lasts/2 {
				t.Errorf("unfenced %t: two regions write for %s, want %s", unfenced, split, want)
			}
		}
	})
}
