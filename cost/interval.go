package cost

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"redoubt/model"
)

// confidence is that of every interval in the product.
const confidence = 0.95

// EstimateOf returns the mean of a sample and the interval that covers the true mean with 95 %
// confidence.
//
// Yearly losses are a few large outages among many quiet years, so their mean is skewed, and
// Student's interval then lies too low: it misses nearly always below the truth. This one removes
// the skewness with Hall's monotone cubic transformation (P. Hall, "On the removal of skewness by
// transformation", Journal of the Royal Statistical Society B 54, 1992, 221-228), with Student's
// quantile in place of the normal one. A symmetric sample has Student's interval. Measured coverage
// is in docs/cost.md.
//
// A sample of one has the interval from -Inf to +Inf; an empty one is NaN throughout. Values that
// are all the same have an interval of no width, which says nothing about what was never drawn.
func EstimateOf(values []float64) model.Estimate {
	n := float64(len(values))
	if len(values) == 0 {
		return model.Estimate{Mean: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	mean, deviation, skewness := moments(values)
	return estimateOf(mean, deviation, skewness, n, reachOf(n))
}

// reachOf is how far Student's interval of n values reaches, in standard deviations; it has no
// value for one.
func reachOf(n float64) float64 {
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: max(n-1, 1)}
	return student.Quantile((1+confidence)/2) / math.Sqrt(n)
}

// estimateOf is EstimateOf by the moments of a sample of n.
func estimateOf(mean, deviation, skewness, n, reach float64) model.Estimate {
	if n == 1 {
		return model.Estimate{Mean: mean, Low: math.Inf(-1), High: math.Inf(1)}
	}
	return model.Estimate{
		Mean: mean,
		Low:  mean - deviation*unskew(reach, skewness, n),
		High: mean - deviation*unskew(-reach, skewness, n),
	}
}

// HasInterval reports whether an estimate has an interval. That of a single value has none: its
// ends are infinite.
func HasInterval(e model.Estimate) bool {
	return !math.IsInf(e.Low, 0) && !math.IsInf(e.High, 0) && !math.IsNaN(e.High-e.Low)
}

// Within cuts the interval of an estimate to what is possible, from least to most: what of it lies
// outside cannot be the truth, so that it covers as often as before. Where there is no interval it
// makes none.
func Within(e model.Estimate, least, most float64) model.Estimate {
	if HasInterval(e) {
		e.Low, e.High = math.Max(e.Low, least), math.Min(e.High, most)
	}
	return e
}

// unskew is the inverse of Hall's transformation g(T) = T + a T^2/3 + a^2 T^3/27 + a/(6n) of the
// studentised mean T = (mean - truth)/deviation, for skewness a.
func unskew(y, skewness, n float64) float64 {
	if math.Abs(skewness) < 1e-6 {
		return y // The limit; what is left out is of the order of skewness x y^2.
	}
	return 3 / skewness * (math.Cbrt(1+skewness*(y-skewness/(6*n))) - 1)
}

// moments returns the mean, the standard deviation (with n - 1) and the skewness (with n) of a
// sample.
func moments(values []float64) (mean, deviation, skewness float64) {
	n := float64(len(values))
	for _, value := range values {
		mean += value
	}
	mean /= n
	var second float64
	for _, value := range values {
		second += (value - mean) * (value - mean)
	}
	// What rounding leaves of equal values is no spread.
	spread := math.Sqrt(second / n)
	if spread <= 1e-12*math.Abs(mean) || len(values) < 2 {
		return mean, 0, 0
	}
	for _, value := range values {
		off := (value - mean) / spread
		skewness += off * off * off
	}
	return mean, math.Sqrt(second / (n - 1)), skewness / n
}

// Wilson returns the 95 % interval of a proportion of which `hits` of `tries` were seen (E. B.
// Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
// American Statistical Association 22, 1927, 209-212). Nothing tried is the interval from 0 to 1.
func Wilson(hits, tries int64) (low, high float64) {
	if tries <= 0 {
		return 0, 1
	}
	z := distuv.UnitNormal.Quantile((1 + confidence) / 2)
	n, p := float64(tries), float64(hits)/float64(tries)
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	reach := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	// At the ends the formula is exactly 0 or 1; rounding must not step outside.
	return math.Max(0, math.Min(centre-reach, p)), math.Min(1, math.Max(centre+reach, p))
}
