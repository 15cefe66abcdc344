package model

import (
	"math"
	"time"
)

// Family names the shape of a Distribution.
type Family uint8

// The families of durations. The zero value is a constant, so that an empty Distribution is 0 s for
// ever.
const (
	Constant Family = iota
	Uniform
	Triangular
	Exponential
	Lognormal
	Weibull
)

// String gives the family's name as scenario files write it.
func (f Family) String() string {
	names := [...]string{"constant", "uniform", "triangular", "exponential", "lognormal", "weibull"}
	if int(f) < len(names) {
		return names[f]
	}
	return "unknown"
}

// Distribution is a random duration in seconds. What A, B and C mean depends on the family:
//
//	constant     A = the value
//	uniform      A = low, B = high
//	triangular   A = low, B = mode, C = high
//	exponential  A = mean
//	lognormal    A = mu, B = sigma of ln(seconds)
//	weibull      A = shape k, B = scale lambda in seconds
//
// It knows no source of randomness: a caller maps a uniform number through Quantile.
type Distribution struct {
	Family  Family
	A, B, C float64
}

// Fixed is the Distribution that is always d.
func Fixed(d time.Duration) Distribution { return Distribution{Family: Constant, A: d.Seconds()} }

// LognormalHours is a lognormal whose logarithm was fitted to hours, as outage statistics are.
func LognormalHours(mu, sigma float64) Distribution {
	return Distribution{Family: Lognormal, A: mu + math.Log(3600), B: sigma}
}

// LognormalMedian is the lognormal with this median and this quantile q (0.5 < q < 1) at the
// duration high.
func LognormalMedian(median, high time.Duration, q float64) Distribution {
	mu := math.Log(median.Seconds())
	sigma := (math.Log(high.Seconds()) - mu) / normalQuantile(q)
	return Distribution{Family: Lognormal, A: mu, B: sigma}
}

// Mean returns the expected seconds.
func (d Distribution) Mean() float64 {
	switch d.Family {
	case Constant, Exponential:
		return d.A
	case Uniform:
		return (d.A + d.B) / 2
	case Triangular:
		return (d.A + d.B + d.C) / 3
	case Lognormal:
		return math.Exp(d.A + d.B*d.B/2)
	case Weibull:
		return d.B * math.Gamma(1+1/d.A)
	}
	return 0
}

// Quantile returns the seconds below which the duration falls with probability u, for u in [0, 1).
// It is never negative. A u outside the interval is moved to its end.
func (d Distribution) Quantile(u float64) float64 {
	u = math.Min(math.Max(u, 0), 1-1e-12)
	seconds := d.A
	switch d.Family {
	case Constant:
	case Uniform:
		seconds = d.A + u*(d.B-d.A)
	case Triangular:
		seconds = triangularQuantile(d.A, d.B, d.C, u)
	case Exponential:
		seconds = -d.A * math.Log1p(-u)
	case Lognormal:
		seconds = math.Exp(d.A + d.B*normalQuantile(math.Max(u, 1e-12)))
	case Weibull:
		seconds = d.B * math.Pow(-math.Log1p(-u), 1/d.A)
	}
	return math.Max(seconds, 0)
}

// Duration returns Quantile(u) as a time.Duration, clamped to about 292 years.
func (d Distribution) Duration(u float64) time.Duration {
	nanoseconds := math.Round(d.Quantile(u) * 1e9)
	if nanoseconds >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(nanoseconds)
}

// Survival returns the probability that the duration exceeds this many seconds.
func (d Distribution) Survival(seconds float64) float64 {
	switch d.Family {
	case Constant:
		if seconds < d.A {
			return 1
		}
		return 0
	case Uniform, Triangular:
		return 1 - boundedCDF(d, seconds)
	case Exponential:
		return math.Exp(-math.Max(seconds, 0) / d.A)
	case Lognormal:
		if seconds <= 0 {
			return 1
		}
		return normalCDF((d.A - math.Log(seconds)) / d.B)
	case Weibull:
		return math.Exp(-math.Pow(math.Max(seconds, 0)/d.B, d.A))
	}
	return 0
}

// AvoidedShare returns the part of all outage time that is left when each outage is cut off after
// `after` seconds: 1 - E[min(X, after)] / E[X]. It is the share of outage hours that a recovery of
// that length avoids. E[min(X, t)] is the integral of Survival from 0 to t; the lognormal has it in
// closed form (limited expected value: Klugman, Panjer, Willmot, Loss Models, appendix A).
func (d Distribution) AvoidedShare(after float64) float64 {
	mean := d.Mean()
	if mean <= 0 || after <= 0 {
		return 1
	}
	if d.Family == Lognormal {
		z := (math.Log(after) - d.A) / d.B
		limited := mean*normalCDF(z-d.B) + after*(1-normalCDF(z))
		return 1 - limited/mean
	}
	const steps = 2000 // Simpson's rule; the survival functions here are smooth or have one kink.
	h := after / steps
	sum := d.Survival(0) + d.Survival(after)
	for i := 1; i < steps; i++ {
		sum += float64(2+2*(i%2)) * d.Survival(float64(i)*h)
	}
	return math.Max(0, 1-sum*h/3/mean)
}

func boundedCDF(d Distribution, x float64) float64 {
	if d.Family == Uniform {
		if x < d.A {
			return 0
		}
		if x >= d.B {
			return 1
		}
		return (x - d.A) / (d.B - d.A)
	}
	low, mode, high := d.A, d.B, d.C
	switch {
	case x <= low:
		return 0
	case x >= high:
		return 1
	case x <= mode:
		return (x - low) * (x - low) / ((high - low) * (mode - low))
	}
	return 1 - (high-x)*(high-x)/((high-low)*(high-mode))
}

func triangularQuantile(low, mode, high, u float64) float64 {
	if high <= low {
		return low
	}
	if u < (mode-low)/(high-low) {
		return low + math.Sqrt(u*(high-low)*(mode-low))
	}
	return high - math.Sqrt((1-u)*(high-low)*(high-mode))
}

func normalQuantile(u float64) float64 { return math.Sqrt2 * math.Erfinv(2*u-1) }

func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
