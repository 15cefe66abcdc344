package cost

import (
	"math"

	"redoubt/model"
)

// revenueWithin is RevenueWithin of the trials of a strategy and of the baseline.
func (c *Case) revenueWithin(business model.Business, before, after sample) model.Estimate {
	avoided, rest := make([]float64, len(after.lost)), make([]float64, len(after.lost))
	for i := range avoided {
		avoided[i] = (before.lost[i] - after.lost[i]) * (1 - business.Deferred) / model.HoursPerYear
		rest[i] = before.losses[i] - after.losses[i] - c.Extra.USD() -
			avoided[i]*business.RevenuePerYear.USD()
	}
	within := RevenueWithin(avoided, rest)
	within.Mean = c.BreakevenRevenue
	return within
}

// RevenueWithin returns the yearly revenue in USD at which a strategy pays for itself, with its
// 95 % interval. By trial, avoided is the share of a year's revenue that it saves, and rest what
// else it gains in USD a year: other losses that it avoids, less its extra cost. At a revenue R
// trial i has the net
//
//	net_i(R) = avoided_i x R + rest_i
//
// whose mean is 0 at the true breakeven. The interval is the revenues from 0 on, around the one at
// which the mean of the sample is 0, at which the interval of the mean net (EstimateOf) holds 0: a
// test turned over, as E. C. Fieller does for a ratio ("Some problems in interval estimation",
// Journal of the Royal Statistical Society B 16, 1954, 175-185), with Hall's interval in place of
// Student's. It covers the true breakeven as often as that covers the mean at it, and holds the
// revenue of a scenario where the sign of its net is not certain.
//
// It is 0 from end to end where no revenue is needed for sure. High is +Inf where the share that is
// saved may be 0 or below, and also of one trial. All three are NaN where that share is not above 0
// on average: then more revenue is no help.
func RevenueWithin(avoided, rest []float64) model.Estimate {
	nets := lineOf(avoided, rest)
	if !(nets.slope > 0) {
		return model.Estimate{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	e := model.Estimate{Mean: math.Max(0, -nets.level/nets.slope), High: math.Inf(1)}
	if gains := func(r float64) bool { return nets.at(r).High >= 0 }; !gains(0) {
		_, e.Low = turn(0, e.Mean, gains)
	}
	if EstimateOf(avoided).Low <= 0 {
		return e // The net of no revenue is certain, however large that is.
	}
	certain := func(r float64) bool { return nets.at(r).Low > 0 }
	low, high := e.Mean, math.Max(2*e.Mean, 1)
	for ; !certain(high); high *= 2 {
		if low = high; math.IsInf(high, 1) {
			return e
		}
	}
	if e.High, _ = turn(low, high, certain); e.Mean == 0 && certain(0) {
		e.High = 0
	}
	return e
}

// turn halves a range, at whose end something is so that is not at its beginning, until it is as
// narrow as numbers are.
func turn(from, to float64, is func(float64) bool) (not, so float64) {
	for range 64 {
		if middle := from + (to-from)/2; is(middle) {
			to = middle
		} else {
			from = middle
		}
	}
	return from, to
}

// line is a sample of lines net_i(R) = a_i x R + b_i by its moments: from these follow those of the
// nets at any R, without the sample.
type line struct {
	slope, level, n, reach float64
	// Sums of products of a_i and b_i less their means: those of aa are of a_i twice.
	aa, ab, bb, aaa, aab, abb, bbb float64
}

func lineOf(a, b []float64) line {
	l := line{n: float64(len(a)), reach: reachOf(float64(len(a)))}
	for i := range a {
		l.slope += a[i] / l.n
		l.level += b[i] / l.n
	}
	for i := range a {
		x, y := a[i]-l.slope, b[i]-l.level
		l.aa, l.ab, l.bb = l.aa+x*x, l.ab+x*y, l.bb+y*y
		l.aaa, l.aab = l.aaa+x*x*x, l.aab+x*x*y
		l.abb, l.bbb = l.abb+x*y*y, l.bbb+y*y*y
	}
	return l
}

// at is EstimateOf the nets at a revenue.
func (l *line) at(r float64) model.Estimate {
	mean := l.slope*r + l.level
	second := math.Max(0, r*r*l.aa+2*r*l.ab+l.bb)
	third := r*r*r*l.aaa + 3*r*r*l.aab + 3*r*l.abb + l.bbb
	spread := math.Sqrt(second / l.n)
	// What rounding leaves of equal values is no spread.
	if spread <= 1e-12*math.Max(math.Abs(l.slope*r), math.Abs(l.level)) || l.n < 2 {
		return estimateOf(mean, 0, 0, l.n, l.reach)
	}
	return estimateOf(mean, math.Sqrt(second/(l.n-1)), third/l.n/(spread*spread*spread), l.n, l.reach)
}
