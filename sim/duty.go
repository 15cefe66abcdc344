package sim

import (
	"math"

	"redoubt/model"
)

// offDuty is how long it is until somebody is at work who looks after a region; with
// model.NoRegion, after any. Where nobody's hours are given somebody always is.
func (w *world) offDuty(r model.RegionID) int64 { return w.offDutyAt(w.now, r) }

// offDutyAt is the same from another time on.
func (w *world) offDutyAt(from int64, r model.RegionID) int64 {
	at := w.calendar(from)
	if r.Valid() {
		return int64(w.scenario.People.Duty[r].Wait(at))
	}
	least := int64(math.MaxInt64)
	for region := range model.RegionID(w.regions) {
		if w.policy.Workload.Has(region) {
			least = min(least, int64(w.scenario.People.Duty[region].Wait(at)))
		}
	}
	return least
}
