package model

import (
	"math"
	"strconv"
	"strings"
)

// Money is an amount of US dollars in micro-dollars (1 USD = 1,000,000). Sums of lines are exact.
type Money int64

// Dollar is one US dollar.
const Dollar Money = 1_000_000

// Dollars converts a statistic to Money, rounded to the nearest micro-dollar and clamped to the
// range.
func Dollars(usd float64) Money {
	micro := math.Round(usd * float64(Dollar))
	switch {
	case math.IsNaN(micro):
		return 0
	case micro >= math.MaxInt64:
		return math.MaxInt64
	case micro <= math.MinInt64:
		return math.MinInt64
	}
	return Money(micro)
}

// USD returns the amount in dollars, for statistics.
func (m Money) USD() float64 { return float64(m) / float64(Dollar) }

// Scale returns the amount times a share, rounded to the nearest micro-dollar.
func (m Money) Scale(share float64) Money { return Dollars(m.USD() * share) }

// String gives whole dollars with thousands separated ("$23,900"), and cents where there are any
// below $1,000.
func (m Money) String() string {
	sign, usd := "", m.USD()
	if m < 0 {
		sign, usd = "-", -usd
	}
	decimals := 0
	if usd < 1000 && math.Abs(usd-math.Round(usd)) >= 0.005 {
		decimals = 2
	}
	return sign + "$" + groupThousands(strconv.FormatFloat(usd, 'f', decimals, 64))
}

// groupThousands puts a comma between each three digits of the integer part.
func groupThousands(number string) string {
	whole, fraction, found := strings.Cut(number, ".")
	var b strings.Builder
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if found {
		b.WriteByte('.')
		b.WriteString(fraction)
	}
	return b.String()
}
