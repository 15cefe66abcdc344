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
	model.Fault
	from, to int64
	// key is what the draws that belong to it are keyed by.
	key uint64
	// item is the bit of what is missing.
	item uint16
	// rollout is the one that it belongs to, from 1 on, or 0; turn the place of its region there. It
	// begins and ends as the rollout does.
	rollout, turn uint8
}

// touches reports whether an outage takes a region away, or cuts a link of it.
func (o *outage) touches(r model.RegionID) bool {
	return o.Strikes().Has(r)
}

// drawOutages appends the outages of one trial to buffer: Poisson arrivals for each hazard by
// exponential gaps, each with a duration of its own. They depend on the seed and the trial, never
// on the strategy.
func drawOutages(buffer []outage, s *model.Scenario, src source, horizon int64) []outage {
	for h := range s.Hazards {
		hazard := &s.Hazards[h]
		if hazard.PerYear <= 0 {
			continue
		}
		own := hazardIdentity(s, h)
		meanGap := float64(model.Year) / hazard.PerYear
		at := float64(warmup)
		for k := 0; ; k++ {
			at -= meanGap * math.Log1p(-src.keyed(arrivals, own, k))
			if at >= float64(warmup+horizon) {
				break
			}
			lasts := src.draw(durations, &hazard.Duration, own, k)
			o := newOutage(s, hazard.Fault(), int64(at), lasts)
			o.key = ordinalKey(own, k)
			buffer = append(buffer, o)
		}
	}
	sortOutages(buffer)
	return buffer
}

// timelineOutages turns a scenario's explicit faults into outages.
func timelineOutages(buffer []outage, s *model.Scenario) []outage {
	for i, fault := range s.Timeline {
		lasts := fault.Duration
		if lasts == 0 {
			lasts = math.MaxInt64
		}
		own, ordinal := identity(s, &fault), 0
		for _, other := range s.Timeline[:i] {
			if identity(s, &other) == own {
				ordinal++
			}
		}
		o := newOutage(s, fault, warmup+int64(fault.At), lasts)
		o.key = ordinalKey(own, ordinal)
		buffer = append(buffer, o)
	}
	buffer = rolloutOutages(buffer, s)
	sortOutages(buffer)
	return buffer
}

func newOutage(s *model.Scenario, what model.Fault, from int64, lasts time.Duration) outage {
	to := int64(math.MaxInt64)
	if int64(lasts) < math.MaxInt64-from {
		to = from + int64(lasts)
	}
	return outage{Fault: what, from: from, to: to, item: itemBit(s, &what)}
}

func sortOutages(outages []outage) {
	slices.SortStableFunc(outages, func(x, y outage) int { return cmp.Compare(x.from, y.from) })
}
