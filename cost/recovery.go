package cost

import (
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// ExpectedRecovery returns how long a strategy takes, by the means of its steps, from the loss of
// the primary region until a mean client is served again. The steps are those of failover's plan:
// detect and hold, approve where a person decides, then scale beside fence and promote, then shift.
// It is arithmetic, not a simulation: it takes the larger of two means for the mean of the larger,
// and knows neither quorums, nor overload, nor capacity that comes by degrees. The second result is
// false where nothing takes over or no check could see the loss.
func ExpectedRecovery(s *model.Scenario, kind model.StrategyKind) (time.Duration, bool) {
	if kind == model.SingleRegion || s.Excuse(kind) != "" || len(s.Checks) == 0 {
		return 0, false
	}
	strategy := overlay(s, kind)
	decided := decision(s, strategy)
	ready := decided + strategy.Scale.Mean()
	if !kind.MultiWriter() {
		ready = max(ready, fenced(s, decided)+promotion(s, strategy))
	}
	follow := s.Routing.AnnouncedSeconds()
	if follow == 0 {
		follow = s.Routing.TTL.Seconds() / 2
	}
	shift := s.Routing.Flip.Mean() + follow
	return time.Duration((ready + shift) * float64(time.Second)), true
}

// decision is the mean time in seconds until a plan begins.
func decision(s *model.Scenario, strategy model.Strategy) float64 {
	decided := detection(s) + s.Settings.HoldDown.Seconds()
	if strategy.Mode != model.Automatic {
		decided += s.People.Approve.Mean()
	}
	return decided
}

// LostWrites returns how many acknowledged writes a strategy is expected to lose in a year when it
// leaves lost regions, by arithmetic: for each region-loss hazard, failovers a year x writes a
// second in the region x how old the data is that takes over. An outage that ends before another
// region can write, or is evacuated to, loses none. It is 0 where nothing takes over and where no
// check could see the loss.
//
// Left out are regions that are lost together, link cuts, gates that withhold a failover, and
// failovers from a region that is not the primary at the time; of several stores it takes the
// largest of the means for the mean of the largest.
func LostWrites(s *model.Scenario, kind model.StrategyKind) float64 {
	if kind == model.SingleRegion || s.Excuse(kind) != "" || len(s.Checks) == 0 {
		return 0
	}
	strategy := overlay(s, kind)
	left, writes := decision(s, strategy), 0.0
	if !kind.MultiWriter() {
		left = fenced(s, left) + promotion(s, strategy)
	}
	for _, hazard := range s.Hazards {
		share := 1.0
		switch {
		case hazard.Kind != model.RegionLoss || hazard.Also != 0 || !s.Workload().Has(hazard.Region):
			continue
		case kind.MultiWriter():
			share = s.TrafficShare(hazard.Region)
		case hazard.Region != s.Primary():
			continue
		}
		failovers := hazard.PerYear * hazard.Duration.Survival(left)
		writes += failovers * share * dataAge(s, strategy, hazard.Region)
	}
	return writes * s.Traffic.RequestsPerSecond * s.Traffic.WriteShare
}

// dataAge is how many seconds of a lost region's writes the regions that take over do not hold:
// half the time between two backups, or the lag of the replica, or the least of those of several,
// which cannot be less than the one-way delay. They hold all of what a majority holds, and can have
// again what is in a cache.
func dataAge(s *model.Scenario, strategy model.Strategy, lost model.RegionID) float64 {
	oldest := 0.0
	for i := range s.Stores {
		store, heirs := &s.Stores[i], model.RegionSet(0).With(s.Secondary())
		if strategy.Kind.MultiWriter() {
			heirs = s.Holders(model.StoreID(i)).Without(lost)
		}
		switch {
		case s.QuorumOf(model.StoreID(i), strategy) != 0 || store.Kind.Disposable():
		case strategy.FromBackup:
			oldest = max(oldest, store.BackupEvery.Seconds()/2)
		default:
			oldest = max(oldest, leastLag(s, store, lost, heirs))
		}
	}
	return oldest
}

// leastLag is the mean of the least lag of several copies of a store, each at least the way to it:
// the area below the product of the chances that each is longer, in steps of a thousandth of the
// least of their means.
func leastLag(
	s *model.Scenario, store *model.Store, lost model.RegionID, heirs model.RegionSet,
) float64 {
	least := math.Inf(1)
	for r := range model.RegionID(len(s.Regions)) {
		if heirs.Has(r) {
			least = min(least, s.MeanWay(lost, r).Seconds()+store.Lag[r].Mean())
		}
	}
	if math.IsInf(least, 1) || least <= 0 {
		return 0 // Nobody takes over, or one has everything at once.
	}
	if heirs.Count() == 1 {
		return least
	}
	area, step := 0.0, least/1000
	for at := step / 2; ; at += step {
		longer := 1.0
		for r := range model.RegionID(len(s.Regions)) {
			if way := s.MeanWay(lost, r).Seconds(); heirs.Has(r) && at > way {
				longer *= store.Lag[r].Survival(at - way)
			}
		}
		if area += longer * step; longer < 1e-6 {
			return area
		}
	}
}

// detection is the mean time in seconds until enough checks say down. A probe starts anywhere in
// its interval, so the first one after the loss starts half an interval later on average.
func detection(s *model.Scenario) float64 {
	var seconds []float64
	for _, check := range s.Checks {
		first := check.Interval / 2
		if check.Aligned {
			first = check.Interval
		}
		last := first + time.Duration(check.Failures-1)*check.Interval
		seconds = append(seconds, (last + check.Timeout).Seconds())
	}
	slices.Sort(seconds)
	needed := min(max(s.Settings.ChecksDown, 1), len(seconds))
	return seconds[needed-1]
}

// fenced is when, in seconds from the loss, the old primary can no longer write: when the decision
// falls, or when the last lease that it renewed has run out.
func fenced(s *model.Scenario, decided float64) float64 {
	for _, store := range s.Stores {
		if store.Guarded {
			return max(decided, (s.Settings.Lease - s.Settings.RenewEvery/2).Seconds())
		}
	}
	return decided
}

// promotion is the mean time in seconds that the slowest store takes to become writable elsewhere.
func promotion(s *model.Scenario, strategy model.Strategy) float64 {
	slowest := 0.0
	for _, store := range s.Stores {
		way := store.Promotion
		if strategy.FromBackup {
			way = store.Restore
		}
		slowest = max(slowest, way.Mean())
	}
	return slowest
}
