package sim

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"redoubt/model"
)

// quantiles sorts a sample and takes the nearest-rank quantiles, with what covers each.
func quantiles(samples []time.Duration) model.Quantiles {
	n := len(samples)
	if n == 0 {
		return model.Quantiles{}
	}
	slices.SortFunc(samples, cmp.Compare)
	at := func(q float64) time.Duration { return samples[max(int(math.Ceil(q*float64(n))), 1)-1] }
	return model.Quantiles{
		P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: samples[n-1], Count: int64(n),
		P50Within: within95(samples, 0.50), P95Within: within95(samples, 0.95),
		P99Within: within95(samples, 0.99),
	}
}

// within95 covers a quantile of what a sorted sample is drawn from with 95 % confidence, whatever
// its distribution: how many values lie below the quantile is binomial, so that two of them do, by
// their ranks (H. A. David, H. N. Nagaraja, "Order Statistics", 3rd ed., 2003, section 7.1). It
// takes the values for independent: incidents of one trial that bring each other about make it too
// narrow. A low end that no value gives is 0, which no time is below.
func within95(sorted []time.Duration, q float64) model.Interval {
	low, high := ranks(len(sorted), q)
	within := model.Interval{High: model.Unbounded}
	if low > 0 {
		within.Low = sorted[low-1]
	}
	if high <= len(sorted) {
		within.High = sorted[high-1]
	}
	return within
}

// ranks are those, from 1 on, of the values between which a quantile of a sample of n lies: it is
// below the first, and above the second, in at most 2.5 % of all samples. The first is 0, and the
// second n + 1, where there is none.
func ranks(n int, q float64) (low, high int) {
	const beside = 0.025
	below := distuv.Binomial{N: float64(n), P: q}
	atMost := func(k int) float64 { return below.CDF(float64(k)) }
	low = sort.Search(n, func(k int) bool { return atMost(k) > beside })
	high = sort.Search(n, func(k int) bool { return atMost(k) >= 1-beside }) + 1
	return low, high
}
