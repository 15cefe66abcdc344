package scenarios

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/model"
)

// unitError says what is wrong with a value that has a unit.
type unitError struct{ text, hint string }

// The patterns of values with units. The JSON Schema shows them to editors.
const (
	numberPattern   = `[0-9]+(\.[0-9]+)?`
	durationPattern = `^(` + numberPattern + `(us|ms|s|m|h|d))+$`
	sharePattern    = `^` + numberPattern + `(%|ppm)$`
	ratioPattern    = `^` + numberPattern + `x$`
	moneyForm       = `\$([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?(k|M|B)?`
	moneyPattern    = `^` + moneyForm + `$`
	yearlyPattern   = `^` + moneyForm + `(/yr|/year)?$`
	ratePattern     = `^` + numberPattern + `/(year|month|day|h|min|s)$`
	yearsPattern    = `^[0-9]+y$`
	outagePattern   = `^(` + numberPattern + `(us|ms|s|m|h|d))+/year$`
)

// maxValueBytes bounds the text of a value with a unit.
const maxValueBytes = 64

// maxDuration bounds every duration of a file.
const maxDuration = 100 * model.Year

// forms are the patterns as they were compiled when a text was first held against them: to do that
// for each value took half of the time that a file takes to read.
var forms sync.Map

// matches reports whether text has the form of a pattern; a text that is too long has no form.
func matches(pattern, text string) bool {
	if len(text) > maxValueBytes {
		return false
	}
	form, known := forms.Load(pattern)
	if !known {
		form, _ = forms.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return form.(*regexp.Regexp).MatchString(text)
}

// malformed is the error of a text that does not match; it recognises negative values.
func malformed(text, what, example string) *unitError {
	if positive, ok := strings.CutPrefix(strings.TrimPrefix(text, "$"), "-"); ok && positive != "" {
		return &unitError{what + " must not be negative, is " + clip(text), ""}
	}
	return &unitError{clip(text) + " is not " + what, "write for instance " + quote(example)}
}

// clip quotes a text for a message, shortened to what fits in a line.
func clip(text string) string {
	const most = 40
	runes := []rune(text)
	if len(runes) > most {
		runes = append(runes[:most], '…')
	}
	return strconv.Quote(string(runes))
}

// splitUnit divides "12.5ms" into 12.5 and "ms". The text has matched a pattern before.
func splitUnit(text string) (number float64, unit string) {
	i := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if i < 0 {
		i = len(text)
	}
	number, err := strconv.ParseFloat(text[:i], 64)
	if err != nil {
		return math.Inf(1), text[i:]
	}
	return number, text[i:]
}

// parseDuration reads "1h30m", "250ms" or "2d".
func parseDuration(text string) (time.Duration, *unitError) {
	if !matches(durationPattern, text) {
		return 0, malformed(text, "a duration", "90s")
	}
	nanoseconds := 0.0
	for rest := text; rest != ""; {
		number, tail := splitUnit(rest)
		i := strings.IndexFunc(tail, func(r rune) bool { return r >= '0' && r <= '9' })
		if i < 0 {
			i = len(tail)
		}
		nanoseconds += number * float64(durationUnit(tail[:i]))
		rest = tail[i:]
	}
	if nanoseconds > float64(maxDuration) {
		return 0, &unitError{"a duration is at most 100 years, is " + clip(text), ""}
	}
	return time.Duration(math.Round(nanoseconds)), nil
}

func durationUnit(unit string) time.Duration {
	switch unit {
	case "us":
		return time.Microsecond
	case "ms":
		return time.Millisecond
	case "s":
		return time.Second
	case "m":
		return time.Minute
	case "h":
		return time.Hour
	}
	return 24 * time.Hour
}

// parseShare reads "25%" or "200ppm" as a part of one, from 0 to 100 %.
func parseShare(text string) (float64, *unitError) {
	if !matches(sharePattern, text) {
		return 0, malformed(text, "a share", "25%")
	}
	// The exponent shifts the point before rounding, so that 99.99% is the double nearest to 0.9999.
	decimal := strings.NewReplacer("%", "e-2", "ppm", "e-6").Replace(text)
	part, err := strconv.ParseFloat(decimal, 64)
	if err != nil || part > 1 {
		return 0, &unitError{"a share is from 0% to 100%, is " + clip(text), ""}
	}
	return part, nil
}

// parseRatio reads "2.5x", a factor from 0 to 1000.
func parseRatio(text string) (float64, *unitError) {
	const most = 1000
	if !matches(ratioPattern, text) {
		return 0, malformed(text, "a factor", "2.5x")
	}
	number, _ := splitUnit(text)
	if number > most {
		return 0, &unitError{fmt.Sprintf("a factor is at most %dx, is %s", most, clip(text)), ""}
	}
	return number, nil
}

// mostMoney is the most that an amount may be, in micro-dollars: a trillion dollars, which no
// company earns in a year.
const mostMoney = 1e12 * int64(model.Dollar)

// parseMoney reads "$1.20", "$23,900", "$5k" or "$75M" exactly, to the micro-dollar.
func parseMoney(text string) (model.Money, *unitError) {
	if !matches(moneyPattern, text) {
		return 0, malformed(text, "an amount of money", "$1,200.50")
	}
	digits := strings.ReplaceAll(strings.TrimPrefix(text, "$"), ",", "")
	factor := int64(model.Dollar)
	switch digits[len(digits)-1] {
	case 'k':
		factor *= 1e3
	case 'M':
		factor *= 1e6
	case 'B':
		factor *= 1e9
	}
	amount, ok := new(big.Rat).SetString(strings.TrimRight(digits, "kMB"))
	if !ok {
		return 0, malformed(text, "an amount of money", "$1,200.50")
	}
	amount.Mul(amount, new(big.Rat).SetInt64(factor))
	switch {
	case amount.Cmp(new(big.Rat).SetInt64(mostMoney)) > 0:
		return 0, &unitError{"an amount is at most $1,000,000,000,000, is " + clip(text), ""}
	case !amount.IsInt():
		return 0, &unitError{clip(text) + " is finer than a micro-dollar", ""}
	}
	return model.Money(amount.Num().Int64()), nil
}

// parseYearly reads an amount of a year, which may say so: "$75M", "$75M/yr" or "$75M/year".
func parseYearly(text string) (model.Money, *unitError) {
	amount, problem := parseMoney(withoutYear(text))
	if problem != nil && problem.hint != "" {
		return 0, malformed(text, "an amount of money in a year", "$75M/year")
	}
	return amount, problem
}

func withoutYear(text string) string {
	if rest, found := strings.CutSuffix(text, "/yr"); found {
		return rest
	}
	return strings.TrimSuffix(text, "/year")
}

// Amount reads an amount as people type it and screens show it, of a year or not: "$75.0M/yr",
// "75 m", "1,200" or "1e9". It returns how a file has it, to the last digit, and how many dollars
// it is, above 0; false where it is none, or none that a file may have.
func Amount(text string) (written string, usd float64, ok bool) {
	number := withoutYear(strings.ToLower(strings.TrimSpace(text)))
	number = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(number), "$"))
	unit := ""
	for _, one := range []string{"k", "M", "B"} {
		if rest, found := strings.CutSuffix(number, strings.ToLower(one)); found {
			number, unit = strings.TrimSpace(rest), one
		}
	}
	if strings.Contains(number, "e") {
		value, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return "", 0, false
		}
		number = strconv.FormatFloat(value, 'f', -1, 64)
	}
	written = "$" + number + unit
	amount, problem := parseMoney(written)
	return written, amount.USD(), problem == nil && amount > 0
}

// parseRate reads "0.80/year" or "12/s" as a number in each stretch of time called per.
func parseRate(text string, per time.Duration) (float64, *unitError) {
	const most = 1e9
	if !matches(ratePattern, text) {
		return 0, malformed(text, "a rate", "0.80/year")
	}
	number, unit := splitUnit(text)
	of := rateUnit(unit)
	if number/of.Seconds() > most {
		return 0, &unitError{"a rate is at most 1000000000/s, is " + clip(text), ""}
	}
	if per >= of { // Whole factors, so that a rate in its own unit stays exact.
		return number * (per.Seconds() / of.Seconds()), nil
	}
	return number / (of.Seconds() / per.Seconds()), nil
}

func rateUnit(unit string) time.Duration {
	switch unit {
	case "/year":
		return model.Year
	case "/month":
		return model.Year / 12
	case "/day":
		return 24 * time.Hour
	case "/h":
		return time.Hour
	case "/min":
		return time.Minute
	}
	return time.Second
}

// parseYears reads "3y", from 1 to 100 years.
func parseYears(text string) (int, *unitError) {
	if !matches(yearsPattern, text) {
		return 0, malformed(text, "a number of years", "3y")
	}
	years, err := strconv.Atoi(strings.TrimSuffix(text, "y"))
	if err != nil || years < 1 || years > 100 {
		return 0, &unitError{"a number of years is from 1y to 100y, is " + clip(text), ""}
	}
	return years, nil
}
