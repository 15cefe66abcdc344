package scenarios

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"redoubt/model"
)

// The leaves of a file: each reads one value, with its unit, and says in the schema what it takes.
type (
	text        string
	flag        bool
	count       int
	amount      float64 // A bare number from 0: a quantity of things, which has no unit.
	signed      float64 // A bare number of either sign: a parameter of a statistic.
	duration    time.Duration
	share       float64
	ratio       float64
	money       model.Money
	yearlyMoney model.Money
	perSecond   float64
	perYear     float64
	outageHours float64
	years       int
)

// withUnit reads a string through a parser, and says what to write when it is a bare number.
func withUnit[T any](
	d *decoder, n *node, path, what, example string, parse func(string) (T, *unitError),
) (value T) {
	switch n.kind {
	case stringNode:
		parsed, problem := parse(n.text)
		if problem != nil {
			hint := problem.hint
			if hint != "" { // The key's own example is closer than that of its unit.
				hint = "write for instance " + quote(example)
			}
			d.problem(path, n.at, hint, "%s: %s", path, problem.text)
		}
		return parsed
	case integerNode, floatNode:
		d.problem(path, n.at, "write "+what+", for instance "+quote(example),
			"%s: %s has no unit", path, n.text)
	default:
		d.problem(path, n.at, "for instance "+quote(example), "%s must be %s, not %s", path, what, n.kind)
	}
	return value
}

func (v *text) read(d *decoder, n *node, path string) {
	if !d.want(n, stringNode, path) {
		return
	}
	if strings.TrimSpace(n.text) == "" {
		d.problem(path, n.at, "", "%s is empty", path)
	}
	*v = text(n.text)
}

func (v *flag) read(d *decoder, n *node, path string) {
	if d.want(n, boolNode, path) {
		*v = n.text == "true"
	}
}

func (v *count) read(d *decoder, n *node, path string) {
	const most = 1_000_000_000
	if n.kind != integerNode {
		d.problem(path, n.at, "", "%s must be a whole number, not %s", path, describe(n))
		return
	}
	number, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
	if err != nil || number < 0 || number > most {
		d.problem(path, n.at, "", "%s is from 0 to %d, is %s", path, most, clip(n.text))
		return
	}
	*v = count(number)
}

func (v *amount) read(d *decoder, n *node, path string) {
	const most = 1e12
	*v = amount(bareNumber(d, n, path, 0, most))
}

func (v *signed) read(d *decoder, n *node, path string) {
	const most = 100
	*v = signed(bareNumber(d, n, path, -most, most))
}

func bareNumber(d *decoder, n *node, path string, least, most float64) float64 {
	if n.kind != integerNode && n.kind != floatNode {
		d.problem(path, n.at, "", "%s must be a number, not %s", path, describe(n))
		return 0
	}
	number, err := strconv.ParseFloat(strings.ReplaceAll(n.text, "_", ""), 64)
	if err != nil || math.IsNaN(number) || number < least || number > most {
		d.problem(path, n.at, "", "%s is from %.0f to %.0f, is %s", path, least, most, n.text)
		return 0
	}
	return number
}

// describe names a node in a message about its kind.
func describe(n *node) string {
	if n.kind == floatNode || n.kind == integerNode {
		return n.text
	}
	return n.kind.String()
}

func (v *duration) read(d *decoder, n *node, path string) {
	*v = duration(withUnit(d, n, path, "a duration", "90s", parseDuration))
}

func (v *share) read(d *decoder, n *node, path string) {
	*v = share(withUnit(d, n, path, "a share", "25%", parseShare))
}

func (v *ratio) read(d *decoder, n *node, path string) {
	*v = ratio(withUnit(d, n, path, "a factor", "2.5x", parseRatio))
}

func (v *money) read(d *decoder, n *node, path string) {
	*v = money(withUnit(d, n, path, "an amount of money", "$1,200.50", parseMoney))
}

func (v *yearlyMoney) read(d *decoder, n *node, path string) {
	const example = "$75M/year"
	*v = yearlyMoney(withUnit(d, n, path, "an amount of money in a year", example, parseYearly))
}

func (v *perSecond) read(d *decoder, n *node, path string) {
	parse := func(text string) (float64, *unitError) { return parseRate(text, time.Second) }
	*v = perSecond(withUnit(d, n, path, "a rate", "250/s", parse))
}

func (v *perYear) read(d *decoder, n *node, path string) {
	parse := func(text string) (float64, *unitError) { return parseRate(text, model.Year) }
	*v = perYear(withUnit(d, n, path, "a rate", "0.80/year", parse))
}

func (v *years) read(d *decoder, n *node, path string) {
	*v = years(withUnit(d, n, path, "a number of years", "3y", parseYears))
}

func (v *outageHours) read(d *decoder, n *node, path string) {
	*v = outageHours(withUnit(d, n, path, "an outage time in a year", "8h/year", parseOutage))
}

// parseOutage reads "8h/year" as hours, at most the 8,760 of a year.
func parseOutage(text string) (float64, *unitError) {
	if !matches(outagePattern, text) {
		return 0, malformed(text, "an outage time in a year", "8h/year")
	}
	length, problem := parseDuration(strings.TrimSuffix(text, "/year"))
	if problem == nil && length > model.Year {
		problem = &unitError{
			fmt.Sprintf("a year has %d hours, less than %s", model.HoursPerYear, clip(text)), "",
		}
	}
	return length.Hours(), problem
}
