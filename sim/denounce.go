package sim

import (
	"redoubt/failover"
	"redoubt/model"
)

// Where a pipeline that rolls a release back says so to those who decide on failovers, no region is
// left for it: a failover would take longer than the rollback, or move to a region that has it too.

// denounce has it declared that a release is bad, where that is to be.
func (w *world) denounce(rollout int) {
	if w.scenario.Rollouts[rollout].Declares {
		w.releases[rollout].named = w.releases[rollout].has
		w.tellReleases(rollout)
	}
}

// tellReleases tells the log in which regions a bad release runs, and in which none does any more,
// until it has heard of it.
func (w *world) tellReleases(rollout int) {
	pending := w.tellCause(&announced{
		failover.BadRelease, "release", "is declared bad", "is no longer declared bad",
	}, func(r model.RegionID) bool {
		for i := range w.releases {
			if w.releases[i].named.Has(r) {
				return true
			}
		}
		return false
	}, false)
	if pending {
		w.push(w.now+int64(again), evRelease, uint8(rollout), releaseTold, 0)
	}
}
