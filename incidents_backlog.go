package redoubt

import (
	"math"
	"time"

	"redoubt/model"
	"redoubt/sim"
)

// What GitHub held back: from 23:19 to 16:45 UTC of the next day 5 million webhooks came to wait,
// which were delivered by 23:03. The rate at which they came, and at which they could be delivered,
// follow from that, and are played (scenarios/incidents/github-2018-10-21.toml): two numbers and
// two rates, so that neither number is evidence of anything. No other figure of them was published.
const (
	hooksWaited  = 5_000_000
	hooksDrained = 378 * time.Minute
)

// mostWaiting is the largest backlog of a run.
func mostWaiting() measure {
	return ofBacklogs("backlog", "pieces of work that wait at most, at the rate that is played", Count,
		func(_ *model.Scenario, b *sim.BacklogFinding) float64 { return math.Round(b.Largest) })
}

// drainedAfter is how long after the first fault the last piece that had waited is done.
func drainedAfter() measure {
	const what = "the last that waits, that of a planned return too, is done after, at that pace"
	return ofBacklogs("drained_seconds", what, Seconds,
		func(s *model.Scenario, b *sim.BacklogFinding) float64 {
			if !b.Drained {
				return math.NaN()
			}
			return (b.DrainedAt - onset(s)).Seconds()
		})
}

// ofBacklogs measures the greatest of what the backlogs of a run have; NaN is nothing.
func ofBacklogs(
	key, what string, unit Unit, of func(s *model.Scenario, b *sim.BacklogFinding) float64,
) measure {
	return measure{key, what, unit, func(s *model.Scenario, told *Simulation) float64 {
		most := math.NaN()
		for i := range told.Backlogs {
			if x := of(s, &told.Backlogs[i]); math.IsNaN(most) || x > most {
				most = x
			}
		}
		return most
	}}
}
