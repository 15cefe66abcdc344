package scenarios

import (
	"strconv"
	"strings"
	"time"

	"redoubt/model"
)

// The leaves of what varies over a week.
type (
	weekTime  time.Duration // Since Monday 00:00.
	utcOffset time.Duration
	loadPoint model.LoadPoint
)

// The patterns of times of the week and the day.
const (
	clockPattern  = `([01][0-9]|2[0-3]):[0-5][0-9]`
	weekPattern   = `^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ` + clockPattern + `$`
	offsetPattern = `^[+-]` + clockPattern + `$`
	pointPattern  = `^` + clockPattern + ` ` + numberPattern + `x$`
)

// weekdays are the days of a week, from its first.
var weekdays = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

func (v *weekTime) read(d *decoder, n *node, path string) {
	*v = weekTime(withUnit(d, n, path, "a time of the week", "Mon 09:00", parseWeekTime))
}

func (v *utcOffset) read(d *decoder, n *node, path string) {
	*v = utcOffset(withUnit(d, n, path, "an offset from UTC", "-05:00", parseOffset))
}

func (v *loadPoint) read(d *decoder, n *node, path string) {
	*v = loadPoint(withUnit(d, n, path, "a time of day and a load", "09:00 1.5x", parsePoint))
}

func (*weekTime) schema() object  { return patternSchema(weekPattern, "Mon 09:00") }
func (*utcOffset) schema() object { return patternSchema(offsetPattern, "-05:00") }
func (*loadPoint) schema() object { return patternSchema(pointPattern, "09:00 1.5x") }

// parseWeekTime reads "Wed 14:30" as the time since Monday 00:00.
func parseWeekTime(text string) (time.Duration, *unitError) {
	if !matches(weekPattern, text) {
		return 0, malformed(text, "a time of the week", "Mon 09:00")
	}
	day, clock, _ := strings.Cut(text, " ")
	return time.Duration(indexOf(weekdays, day))*24*time.Hour + clockTime(clock), nil
}

// parseOffset reads "-05:00" or "+05:30".
func parseOffset(text string) (time.Duration, *unitError) {
	if !matches(offsetPattern, text) {
		return 0, &unitError{clip(text) + " is not an offset from UTC", "write for instance \"-05:00\""}
	}
	if text[0] == '-' {
		return -clockTime(text[1:]), nil
	}
	return clockTime(text[1:]), nil
}

// parsePoint reads "09:00 1.5x".
func parsePoint(text string) (model.LoadPoint, *unitError) {
	if !matches(pointPattern, text) {
		return model.LoadPoint{}, malformed(text, "a time of day and a load", "09:00 1.5x")
	}
	clock, factor, _ := strings.Cut(text, " ")
	load, problem := parseRatio(factor)
	return model.LoadPoint{At: clockTime(clock), Load: load}, problem
}

// clockTime is the time of day that "14:30" says. The text has matched a pattern before.
func clockTime(text string) time.Duration {
	hours, _ := strconv.Atoi(text[:2])
	minutes, _ := strconv.Atoi(text[3:])
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
}
