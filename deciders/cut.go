package deciders

import (
	"math"
	"time"

	"redoubt/model"
)

// Stakes are what a cut puts at risk, in the units of a scenario.
type Stakes struct {
	// WritesPerSecond is the rate of all acknowledged writes.
	WritesPerSecond float64
	// Side is the share of them that goes on reaching the cut-off primary, in [0, 1].
	Side float64
	// Lag is how far the replica that would be promoted is behind when the cut begins, on average; 0
	// where there is none.
	Lag time.Duration
	// NoReplica says that the strategy keeps none: nobody else is there, or there are backups.
	NoReplica bool
}

// StakesOf reads the stakes from a scenario under one strategy: its write rate, the mean lag of the
// store that is furthest behind in the secondary region on top of the one-way delay, and the share
// of the users who are served where the cut-off primary is.
func StakesOf(s *model.Scenario, kind model.StrategyKind) Stakes {
	home, target := s.Primary(), s.Secondary()
	stakes := Stakes{WritesPerSecond: s.Traffic.RequestsPerSecond * s.Traffic.WriteShare, Side: 1}
	if kind.ServesReads() {
		stakes.Side = s.TrafficShare(home)
	}
	strategy, found := s.Strategy(kind)
	if !target.Valid() || kind == model.SingleRegion || found && strategy.FromBackup {
		stakes.NoReplica = true
		return stakes
	}
	for i := range s.Stores {
		mean := time.Duration(math.Round(s.Stores[i].Lag[target].Mean() * float64(time.Second)))
		stakes.Lag = max(stakes.Lag, s.MeanWay(home, target)+mean)
	}
	return stakes
}

// Result is what a decider does in a cut of one length.
type Result struct {
	// Cut is how long the cut lasts.
	Cut time.Duration
	// Share is the part of all phases in which it promotes, in [0, 1].
	Share float64
	// Earliest and Latest bound when it does; both are 0 where Share is.
	Earliest, Latest time.Duration
	// AtRisk is the stretch of acknowledged writes that the promoted side lacks, on average over the
	// phases in which it promotes: the lag at the cut, and what the cut-off side accepted until it
	// stopped or the cut ended.
	AtRisk time.Duration
	// Writes is how many writes that is; NaN where nothing is promoted.
	Writes float64
}

// steps is on how many points each phase is sampled, by the number of phases: some 260,000 in all,
// which puts a share within a percent of its integral. Those of one phase alone divide by 30, so
// that a third of an interval of 30 s is a third of them.
var steps = [maxPhases + 1]int64{1, 30_000, 1 << 9, 1 << 6}

// Facing plays cuts of these lengths over all phases. A cut that ends before the decider acts is
// taken to be noticed at once, and prevents the promotion: that flatters the decider, by an
// interval of its polls at most. Whether it has to be switched on first (Switch) is not looked
// at.
func (d *Decider) Facing(cuts []time.Duration, stakes Stakes) []Result {
	results := make([]Result, len(cuts))
	promoted, accepted := make([]int64, len(cuts)), make([]int64, len(cuts))
	total := int64(0)
	if d.Blind == "" {
		total = d.sweep(cuts, promoted, accepted)
	}
	earliest, latest := d.Decides()
	for i, cut := range cuts {
		results[i] = Result{Cut: cut, Writes: math.NaN()}
		if promoted[i] == 0 {
			continue
		}
		r := &results[i]
		r.Share = float64(promoted[i]) / float64(total)
		r.Earliest, r.Latest = earliest, min(latest, cut)
		if d.TrafficOnly {
			continue
		}
		r.Writes = 0
		if d.Synchronous {
			continue
		}
		onSide := time.Duration(accepted[i] / promoted[i])
		r.AtRisk = stakes.Lag + onSide
		r.Writes = stakes.WritesPerSecond * (stakes.Lag.Seconds() + stakes.Side*onSide.Seconds())
	}
	return results
}

// sweep visits the midpoints of a regular grid over the phases. For each cut it counts the points
// at which the decider promotes, and sums for how long the cut-off primary accepted writes at them.
func (d *Decider) sweep(cuts []time.Duration, promoted, accepted []int64) (total int64) {
	dimensions := d.count()
	n := steps[dimensions]
	total = 1
	for range dimensions {
		total *= n
	}
	p := phases{denominator: 2 * n}
	for point := range total {
		rest := point
		for i := range dimensions {
			p.numerator[i] = 2*(rest%n) + 1
			rest /= n
		}
		at, stops := d.decides(&p), d.stops(&p)
		for i, cut := range cuts {
			if at <= cut {
				promoted[i]++
				accepted[i] += int64(min(stops, cut))
			}
		}
	}
	return total
}
