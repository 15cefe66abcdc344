package cost

import (
	"math"

	"redoubt/model"
)

// Annuity returns the present value of 1 at the end of each of `years` years, at a yearly discount
// rate: (1 - (1 + rate)^-years) / rate. It is 0 for no years; the rate must be above -1.
func Annuity(rate float64, years int) float64 {
	if years <= 0 {
		return 0
	}
	if math.Abs(rate) < 1e-9 {
		return float64(years) // The limit, where the quotient would be all rounding.
	}
	return -math.Expm1(-float64(years)*math.Log1p(rate)) / rate
}

// NetPresentValue returns what an investment is worth today, in USD: the net of each year, received
// at its end and discounted, less the one-time cost paid now.
func NetPresentValue(oneTime, netPerYear, rate float64, years int) float64 {
	return netPerYear*Annuity(rate, years) - oneTime
}

// WorthToday returns the NetPresentValue of an estimated net over the horizon of a business, in
// USD. It grows with the net, so that what covers the one covers the other.
func WorthToday(business model.Business, oneTime float64, net model.Estimate) model.Estimate {
	today := func(perYear float64) float64 {
		return NetPresentValue(oneTime, perYear, business.DiscountRate, business.HorizonYears)
	}
	return model.Estimate{Mean: today(net.Mean), Low: today(net.Low), High: today(net.High)}
}

// PaybackMonths returns after how many months, undiscounted, the net has earned back the one-time
// cost: +Inf when the net is not positive, 0 when it is and there is nothing to earn back.
func PaybackMonths(oneTime, netPerYear float64) float64 {
	if netPerYear <= 0 {
		return math.Inf(1)
	}
	return math.Max(0, oneTime/netPerYear*12)
}

// InternalRate returns the yearly rate at which NetPresentValue is zero, in (-1, +Inf). It is NaN
// without a one-time cost, a positive net and at least one year: there is then no rate, or every
// rate.
func InternalRate(oneTime, netPerYear float64, years int) float64 {
	if oneTime <= 0 || netPerYear <= 0 || years <= 0 {
		return math.NaN()
	}
	// Annuity falls with the rate. The first year alone bounds the rate from above: Annuity(r) <
	// 1/r. Just above -1 it exceeds every multiple that can be asked for, or the answer is -1 to 9
	// digits.
	low, high := -1+1e-9, math.Max(1, netPerYear/oneTime)
	for range 200 {
		middle := low + (high-low)/2
		if netPerYear*Annuity(middle, years) > oneTime {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
