package sim

import (
	"math"
	"time"

	"redoubt/model"
)

// ConflictRate is how many writes a second meet another region's write to the same key within the
// lag, when all is well: the sum of ConflictRates.
func ConflictRate(s *model.Scenario) float64 {
	total := 0.0
	for _, rate := range ConflictRates(s) {
		total += rate
	}
	return total
}

// ConflictRates is how many of them come to each settlement: for each pair of regions the product
// of their rates times twice the lag between them, over the effective number of keys. A write on
// one side meets those of the other side that came within the lag before or after it. Where load
// varies the product is that of the same hours, in the mean of a week. Who owns a key is certain as
// long as all is well, so that nothing meets under regional ownership.
func ConflictRates(s *model.Scenario) (rates [model.SettlementCount]float64) {
	writes, weeks := s.Traffic.RequestsPerSecond*s.Traffic.WriteShare, s.Weeks()
	for store := range s.Stores {
		spec := &s.Stores[store]
		avoided := spec.Conflicts == model.OneWriterOnly || spec.Conflicts == model.RegionalOwnership
		if spec.ContendedKeys <= 0 || avoided {
			continue
		}
		rate := &rates[spec.Conflicts.Settles()]
		for a := range s.Regions {
			for b := range a {
				ra, rb := model.RegionID(a), model.RegionID(b)
				lag := s.MeanWay(ra, rb).Seconds() + (spec.Lag[a].Mean()+spec.Lag[b].Mean())/2
				pairs := writes * s.TrafficShare(ra) * writes * s.TrafficShare(rb)
				if s.Varies() {
					pairs = writes * writes * s.Meeting(weeks, ra, rb)
				}
				*rate += pairs * 2 * lag / spec.ContendedKeys
			}
		}
	}
	return rates
}

// countConflicts ends the trial's count: what met within the lag, and the keys that both sides of a
// cut wrote. An expected 0.4 of the latter is one in 40 % of the trials.
func (w *world) countConflicts() {
	rates := ConflictRates(weighedWhenWell(w.scenario, w.strategy))
	seconds := time.Duration(w.horizon).Seconds()
	count := w.metInCuts()
	for i := range count {
		count[i] += int64(math.Round(rates[i] * seconds))
		w.trial.Conflicts += count[i]
	}
	w.trial.Overwritten, w.trial.Rejected = count[model.Overwritten], count[model.Rejected]
	w.trial.Merged, w.trial.Compensated = count[model.Merged], count[model.Compensated]
	w.trial.LostWrites += w.trial.Overwritten
	w.lost += w.unmade(w.trial.Rejected)
}

// metInCuts is how many keys both sides of a cut wrote so far, by what becomes of them.
func (w *world) metInCuts() (count [model.SettlementCount]int64) {
	if w.partings == nil {
		return count
	}
	for i, keys := range w.partings.met {
		if keys > 0 {
			count[i] = int64(math.Floor(keys + w.src.uniform(meeting, i, 0)))
		}
	}
	return count
}

// unmade is what the writes that are rejected and that nobody makes again add to what is lost.
func (w *world) unmade(writes int64) float64 {
	gone := float64(writes) * (1 - w.retries)
	return gone / w.scenario.Traffic.RequestsPerSecond * float64(time.Second)
}
