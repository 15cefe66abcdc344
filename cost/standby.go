package cost

import (
	"math"
	"time"

	"redoubt/model"
)

// Standby waste is what a strategy pays for capacity that serves nothing: the lines of its bill in
// a region, of the categories that grow with traffic, for the time in which no user is sent there
// and nothing is written there. A copy of the data, what watches it and who runs it work all the
// time, and are no waste. Room to spare in a region that serves is none either: its utilisation has
// it for the peaks, under every strategy.

// keeps are the regions in which a strategy has something running.
func keeps(s *model.Scenario, kind model.StrategyKind) model.RegionSet {
	set := s.Servers(kind)
	if secondary := s.Secondary(); kind.HasStandby() && secondary != model.NoRegion {
		set = set.With(secondary)
	}
	return set
}

// StandbyTime returns how long the regions that a strategy keeps stood by, of the time that each
// region did: with several that did at once, the sum.
func StandbyTime(
	s *model.Scenario, kind model.StrategyKind, idle [model.MaxRegions]time.Duration,
) (sum time.Duration) {
	kept := keeps(s, kind)
	for r := range model.RegionID(len(s.Regions)) {
		if kept.Has(r) {
			sum += idle[r]
		}
	}
	return sum
}

// Waste returns what the capacity of a strategy cost in USD while it stood by. The second result is
// false where no bill says what capacity costs.
func Waste(
	s *model.Scenario, kind model.StrategyKind, idle [model.MaxRegions]time.Duration,
) (usd float64, known bool) {
	return wasted(capacityPerYear(s, kind), idle), len(s.Bill) > 0
}

// capacityPerYear is what a strategy pays for capacity in each region.
func capacityPerYear(
	s *model.Scenario, kind model.StrategyKind,
) (perYear [model.MaxRegions]model.Money) {
	for _, line := range Itemise(s, kind).Lines {
		if line.Category.ScalesWithTraffic() && int(line.Region) < len(s.Regions) {
			perYear[line.Region] = plus(perYear[line.Region], line.PerYear)
		}
	}
	return perYear
}

func wasted(
	perYear [model.MaxRegions]model.Money, idle [model.MaxRegions]time.Duration,
) (usd float64) {
	for r := range perYear {
		usd += perYear[r].USD() * yearsOf(idle[r])
	}
	return usd
}

// standbyWaste are the hours and the waste of a mean year.
func standbyWaste(
	s *model.Scenario, kind model.StrategyKind, outcome model.Outcome,
) (hours, waste model.Estimate) {
	perYear, years := capacityPerYear(s, kind), yearsOf(outcome.Horizon)
	idle, usd := make([]float64, len(outcome.Trials)), make([]float64, len(outcome.Trials))
	for i := range outcome.Trials {
		trial := &outcome.Trials[i]
		idle[i] = StandbyTime(s, kind, trial.Idle).Hours() / years
		usd[i] = wasted(perYear, trial.Idle) / years
	}
	most := model.HoursPerYear * float64(keeps(s, kind).Count())
	hours = Within(EstimateOf(idle), 0, most)
	if waste = Within(EstimateOf(usd), 0, math.Inf(1)); len(s.Bill) == 0 {
		waste = model.Estimate{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	return hours, waste
}
