package sim

import (
	"reflect"
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

func TestAnUnusedRegionChangesNothingForASingleOne(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	strategy := strategyOf(t, s, model.SingleRegion)
	before := trialsOf(t, s, strategy, pairedTrials, asItIs)
	after := trialsOf(t, s, strategy, pairedTrials, func(s *model.Scenario) {
		s.Regions = append(s.Regions, model.Region{Name: "w", FailureDomain: "w", Witness: true})
		for r := range 3 {
			s.Latency[3][r], s.Latency[r][3] = 50*time.Millisecond, 50*time.Millisecond
		}
		for _, r := range []model.RegionID{1, 2, 3} {
			s.Hazards = append(s.Hazards, model.Hazard{
				Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, PerYear: 5,
				Duration: model.Fixed(20 * time.Hour),
			})
		}
	})
	for i := range before {
		before[i].trial.Faulted, after[i].trial.Faulted = 0, 0
		if !reflect.DeepEqual(before[i], after[i]) {
			t.Fatalf("trial %d: got %+v, want %+v", i, after[i].trial, before[i].trial)
		}
	}
}

// Two halves of a population behave as the whole.
func TestSplittingAPopulationChangesNothing(t *testing.T) {
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		before := trialsOf(t, s, strategy, 30, asItIs)
		after := trialsOf(t, s, strategy, 30, func(s *model.Scenario) {
			var halves []model.Population
			for _, p := range s.Populations {
				p.Share /= 2
				halves = append(halves, p, p)
			}
			s.Populations = halves
		})
		for i := range before {
			was, is := before[i].trial, after[i].trial
			if off := is.Down - was.Down; off < -time.Microsecond || off > time.Microsecond ||
				is.Failovers != was.Failovers || is.LostWrites != was.LostWrites {
				t.Errorf("trial %d: got %+v, want %+v", i, is, was)
			}
		}
	})
}
