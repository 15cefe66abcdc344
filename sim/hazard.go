package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"redoubt/model"
)

// warmup is how much virtual time passes before a run begins, so that the leases, samples and
// probes of before the first fault exist. It is longer than any interval a scenario may set for
// them.
const warmup = int64(48 * time.Hour)

// outage is a fault with absolute times in nanoseconds.
type outage struct {
	kind         model.FaultKind
	region, peer model.RegionID
	from, to     int64
}

// touches reports whether an outage takes a region away, or cuts a link of it.
func (o *outage) touches(r model.RegionID) bool {
	return r.Valid() && (o.region == r || o.peer == r)
}

// drawOutages appends the outages of one trial to buffer: Poisson arrivals for each hazard by
// exponential gaps, each with a duration of its own. They depend on the seed and the trial, never
// on the strategy.
func drawOutages(buffer []outage, hazards []model.Hazard, src source, horizon int64) []outage {
	for h := range hazards {
		hazard := &hazards[h]
		if hazard.PerYear <= 0 {
			continue
		}
		meanGap := float64(model.Year) / hazard.PerYear
		at := float64(warmup)
		for k := 0; ; k++ {
			at -= meanGap * math.Log1p(-src.uniform(arrivals, h, k))
			if at >= float64(warmup+horizon) {
				break
			}
			from := int64(at)
			lasts := src.draw(durations, &hazard.Duration, h, k)
			buffer = append(buffer, newOutage(hazard.Kind, hazard.Region, hazard.Peer, from, lasts))
		}
	}
	sortOutages(buffer)
	return buffer
}

// timelineOutages turns a scenario's explicit faults into outages.
func timelineOutages(buffer []outage, faults []model.Fault) []outage {
	for _, fault := range faults {
		lasts := fault.Duration
		if lasts == 0 {
			lasts = math.MaxInt64
		}
		from := warmup + int64(fault.At)
		buffer = append(buffer, newOutage(fault.Kind, fault.Region, fault.Peer, from, lasts))
	}
	sortOutages(buffer)
	return buffer
}

func newOutage(
	kind model.FaultKind, region, peer model.RegionID, from int64, lasts time.Duration,
) outage {
	to := int64(math.MaxInt64)
	if int64(lasts) < math.MaxInt64-from {
		to = from + int64(lasts)
	}
	return outage{kind: kind, region: region, peer: peer, from: from, to: to}
}

func sortOutages(outages []outage) {
	slices.SortStableFunc(outages, func(x, y outage) int { return cmp.Compare(x.from, y.from) })
}
