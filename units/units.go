package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt/model"
)

// None stands for what has no value here.
const None = "-"

// Unpriced stands for a cost that the scenario does not state.
const Unpriced = "unpriced"

// Figures writes a number with this many significant digits and without an exponent, "-" where
// it has no value.
func Figures(x float64, digits int) string {
	if math.IsNaN(x) {
		return None
	}
	if math.IsInf(x, 0) {
		return "never"
	}
	if x == 0 {
		return "0"
	}
	// Rounding may add a digit before the point (9.996 is 10.0), so the size is that of the rounded
	// number.
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	if err != nil {
		return None // A finite number always parses.
	}
	decimals := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(rounded)))))
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

// Shortest writes a number as figures does, without zeros at its end that say nothing.
func Shortest(x float64, digits int) string {
	if text := Figures(x, digits); strings.Contains(text, ".") {
		return TrimZeros(text)
	}
	return Figures(x, digits)
}

// USD writes an amount in at most four characters of digits: dollars below ten thousand, then
// thousands and millions.
func USD(x float64) string {
	sign, size := "", math.Abs(x)
	if x < 0 {
		sign = "-"
	}
	switch {
	case math.IsNaN(x):
		return None
	case math.IsInf(x, 0):
		return "never"
	case size < 10_000:
		return sign + strings.TrimPrefix(model.Dollars(math.Round(size)).String(), "-")
	case size < 999_500:
		return fmt.Sprintf("%s$%.0fk", sign, size/1e3)
	case size < 999.5e6:
		return fmt.Sprintf("%s$%sM", sign, Figures(size/1e6, 3))
	}
	return fmt.Sprintf("%s$%sB", sign, Figures(size/1e9, 3))
}

// Percent writes a share with this many decimals.
func Percent(share float64, decimals int) string {
	if math.IsNaN(share) {
		return None
	}
	return strconv.FormatFloat(100*share, 'f', decimals, 64)
}

// Length writes a duration with at most two units, as people say it: 850ms, 45s, 2m05s, 1h02m,
// 3d04h.
func Length(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Length(-d)
	case d == 0:
		return "0s"
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Round(time.Millisecond)/time.Millisecond)
	case d < 10*time.Second:
		return TrimZeros(strconv.FormatFloat(d.Seconds(), 'f', 1, 64)) + "s"
	case d < 60*time.Second-time.Second/2:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d < time.Hour-time.Second/2:
		return twoUnits(d.Round(time.Second), time.Minute, "m", time.Second, "s")
	case d < 24*time.Hour-time.Minute/2:
		return twoUnits(d.Round(time.Minute), time.Hour, "h", time.Minute, "m")
	}
	return twoUnits(d.Round(time.Hour), 24*time.Hour, "d", time.Hour, "h")
}

// RoundTrip writes how long a packet is under way as Length does, and below a millisecond in tenths
// of one: two data centers of one city are no 0 ms apart.
func RoundTrip(d time.Duration) string {
	if d <= 0 || d >= time.Millisecond {
		return Length(d)
	}
	milliseconds := max(float64(d)/float64(time.Millisecond), 0.1)
	return TrimZeros(strconv.FormatFloat(milliseconds, 'f', 1, 64)) + "ms"
}

func twoUnits(
	d, big time.Duration, bigName string, small time.Duration, smallName string,
) string {
	whole, rest := d/big, d%big/small
	if rest == 0 {
		return fmt.Sprintf("%d%s", whole, bigName)
	}
	return fmt.Sprintf("%d%s%02d%s", whole, bigName, rest, smallName)
}

// TrimZeros takes the zeros off the end of a number that has decimals, and the point with them.
func TrimZeros(number string) string {
	return strings.TrimSuffix(strings.TrimRight(number, "0"), ".")
}

// Quantile writes one value of a sample, "-" where the sample is empty.
func Quantile(value time.Duration, q model.Quantiles) string {
	if q.Count == 0 {
		return None
	}
	return Length(value)
}

// Seconds is a number of seconds as a duration, to the nanosecond.
func Seconds(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

// Years writes a number of years above 0, in months where it is less than two of them.
func Years(years float64) string {
	if years < 2 {
		return Shortest(12*years, 2) + " months"
	}
	return Shortest(years, 2) + " years"
}

// ShellWord writes a word as a shell reads it, in quotes where it takes some of it for its own.
func ShellWord(word string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+@%:,="
	if word != "" && strings.Trim(word, plain) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
