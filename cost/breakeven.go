package cost

import (
	"math"

	"redoubt/model"
)

// BreakevenHours returns the outage hours in a year at which a strategy pays for itself:
//
//	extra / (loss per lost hour x effectiveness)
//
// with extra in USD a year, the loss in USD an hour (LossPerHour) and the share of those hours that
// the strategy really avoids. The folk formula takes effectiveness as 1 (roadmap-90-day, example
// calculation). It is 0 when nothing extra is paid, and +Inf when an hour avoids nothing.
func BreakevenHours(extra, lossPerHour, effectiveness float64) float64 {
	if extra <= 0 {
		return 0
	}
	if lossPerHour <= 0 || effectiveness <= 0 {
		return math.Inf(1)
	}
	return extra / (lossPerHour * effectiveness)
}

// CostBenefit returns the extra cost over the avoided loss, both in USD a year: +Inf where nothing
// is avoided, 0 or below where nothing extra is paid for what is.
func CostBenefit(extra, avoided float64) float64 {
	if avoided <= 0 {
		return math.Inf(1)
	}
	return extra / avoided
}

// RevenueAt returns the yearly revenue in USD at which the extra cost is `ratio` times the avoided
// loss: ratio 1 is breakeven, AbortRatio where an abort ends. Avoided loss = revenue x hours / 8760
// x (1 - deferred) + other, where `hours` are the lost hours avoided in a year and `other` what is
// avoided beside revenue, in USD a year. A strategy that is cheaper by -extra has the cost of what
// it loses more, which is then `ratio` times what is saved. It is 0 when no revenue is needed, +Inf
// when none is enough.
func RevenueAt(ratio, extra, hours, deferred, other float64) float64 {
	if extra < 0 {
		ratio = 1 / ratio
	}
	wanted := extra/ratio - other
	if wanted <= 0 {
		return 0
	}
	perDollar := hours * (1 - deferred) / model.HoursPerYear
	if perDollar <= 0 {
		return math.Inf(1)
	}
	return wanted / perDollar
}
