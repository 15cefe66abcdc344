package redoubt

import (
	"math"
	"time"

	"redoubt/model"
)

// What GitHub held back: from 23:19 to 16:45 UTC of the next day 5 million webhooks came to wait,
// which were delivered by 23:03. The rate at which they came, and at which they could be delivered,
// follow from that, and are played (scenarios/incidents/github-2018-10-21.toml).
const (
	hooksWaited  = 5_000_000
	hooksDrained = 378 * time.Minute
)

// mostWaiting is the largest backlog of a run.
func mostWaiting() measure {
	return measure{
		"backlog", "pieces of work that wait at most", Count,
		func(_ *model.Scenario, told *Simulation) float64 {
			most := math.NaN()
			for i := range told.Backlogs {
				if n := math.Round(told.Backlogs[i].Largest); !(most >= n) {
					most = n
				}
			}
			return most
		},
	}
}

// drainedAfter is how long after the first fault the last piece that had waited is done.
func drainedAfter() measure {
	return measure{
		"drained_seconds", "the last of them is done after", Seconds,
		func(s *model.Scenario, told *Simulation) float64 {
			last := math.NaN()
			for i := range told.Backlogs {
				b := &told.Backlogs[i]
				if at := (b.DrainedAt - onset(s)).Seconds(); b.Drained && !(last >= at) {
					last = at
				}
			}
			return last
		},
	}
}
