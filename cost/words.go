package cost

import (
	"math"
	"strconv"
	"strings"

	"redoubt/model"
)

// usd writes an amount that is a statistic as money.
func usd(amount float64) string { return model.Dollars(amount).String() }

// percent writes a share with at most two decimals: 0.25 is "25 %".
func percent(share float64) string { return number(100*share) + " %" }

// number writes at most two decimals, and none that are zero.
func number(x float64) string { return strconv.FormatFloat(math.Round(100*x)/100, 'f', -1, 64) }

// Figures writes a finite number with three digits that mean something, or all those before the
// point, and without an exponent.
func Figures(x float64) string {
	decimals := 2
	if x != 0 {
		decimals = max(0, 2-int(math.Floor(math.Log10(math.Abs(x)))))
	}
	text := strconv.FormatFloat(x, 'f', decimals, 64)
	if !strings.Contains(text, ".") {
		return text
	}
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}

// Hours writes hours to a tenth, and what is less than that to one digit that is not zero.
func Hours(hours float64) string {
	decimals := 1
	if hours > 0 && hours < 0.095 { // From there on it rounds to a tenth.
		decimals = int(math.Ceil(-math.Log10(hours * 1.05))) // 0.0096 is 0.01, not 0.010.
	}
	return strconv.FormatFloat(hours, 'f', decimals, 64)
}

// multiple writes how many times, to a hundredth where that says something.
func multiple(times float64) string {
	if times < 100 {
		return strconv.FormatFloat(times, 'f', 2, 64)
	}
	return strings.TrimPrefix(model.Dollars(math.Round(times)).String(), "$")
}

// avoidedShare writes a share of the hours, and does not call a little nothing or a lot everything.
func avoidedShare(share float64) string {
	switch text := percent(share); {
	case text == "0 %" && share == 0:
		return "none"
	case text == "0 %":
		return "less than 0.01 %"
	case text == "100 %" && share < 1:
		return "more than 99.99 %"
	default:
		return text
	}
}

// apart writes two numbers of which the first is larger with as many digits, three at least, as it
// takes to tell them apart.
func apart(larger, smaller float64) (string, string) {
	const most = 12 // Beyond that the difference is rounding.
	for digits := 3; ; digits++ {
		a := strconv.FormatFloat(larger, 'g', digits, 64)
		b := strconv.FormatFloat(smaller, 'g', digits, 64)
		if a != b || digits == most {
			return a, b
		}
	}
}
