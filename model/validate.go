package model

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Violation is a rule that a scenario breaks.
type Violation struct {
	// Path is where, in the terms of a scenario file: "region[1].utilisation", "policy.lease".
	Path string
	// Related are the paths of the other values that the rule reads.
	Related []string
	// Text says what is wrong, with the value; Hint what to do about it, or is empty.
	Text, Hint string
}

// Error gives the violation in one line.
func (v Violation) Error() string {
	text := v.Path + ": " + v.Text
	if v.Hint != "" {
		text += " (" + v.Hint + ")"
	}
	return text
}

// The limits of what a scenario may list, beside MaxRegions, MaxStores and MaxChecks.
const (
	MaxPopulations = 64
	MaxHazards     = 64
	MaxFaults      = 256
	MaxExpected    = 64
	MaxBillLines   = 1000
)

// shareTolerance is how far shares may be from summing to one: enough for thirds with two decimals.
const shareTolerance = 1e-4

// Validate returns every rule that the scenario breaks, in the order of the file's sections; nil
// when it is sound. It accepts any value whatever and never panics. What it lets pass, the other
// packages may rely on: indexes in range, numbers finite, distributions with a mean.
func (s *Scenario) Validate() []Violation {
	v := &validator{s: s}
	v.identity()
	v.business()
	v.traffic()
	v.regions()
	v.links()
	v.curves()
	v.populations()
	v.stores()
	v.checks()
	v.anchors()
	v.routing()
	v.scaling()
	v.people()
	v.settings()
	v.hazards()
	v.timeline()
	v.rollouts()
	v.alerts()
	v.backlogs()
	v.executors()
	v.bill("bill", s.Bill)
	v.reference()
	v.objectives()
	v.strategies()
	v.voters()
	v.expected()
	v.run()
	v.peaks()
	v.cache()
	return v.list
}

type validator struct {
	s    *Scenario
	list []Violation
}

func (v *validator) add(path, hint, format string, args ...any) {
	v.list = append(v.list, Violation{Path: path, Hint: hint, Text: fmt.Sprintf(format, args...)})
}

// relate names the other values that the rule added last has read.
func (v *validator) relate(paths ...string) { v.list[len(v.list)-1].Related = paths }

// duration demands low <= d <= high.
func (v *validator) duration(path string, d, low, high time.Duration) {
	if d < low || d > high {
		v.add(path, "", "%s is from %s to %s, is %s", path, short(low), short(high), short(d))
	}
}

// positive demands 0 < d <= high.
func (v *validator) positive(path string, d, high time.Duration) {
	if d <= 0 || d > high {
		v.add(path, "", "%s must be above 0s and at most %s, is %s", path, short(high), short(d))
	}
}

// count demands low <= n <= high.
func (v *validator) count(path string, n, low, high int) {
	if n < low || n > high {
		v.add(path, "", "%s is from %d to %d, is %d", path, low, high, n)
	}
}

// share demands 0 <= x <= 1, and above 0 where zero makes no sense. A NaN fails every comparison.
func (v *validator) share(path string, x float64, zero bool) {
	switch {
	case !(x >= 0 && x <= 1):
		v.add(path, "", "%s is from 0%% to 100%%, is %s", path, percent(x))
	case x == 0 && !zero:
		v.add(path, "", "%s must be above 0%%", path)
	}
}

func (v *validator) number(path string, x, low, high float64) {
	if !(x >= low && x <= high) {
		v.add(path, "", "%s is from %g to %g, is %g", path, low, high, x)
	}
}

func (v *validator) money(path string, m Money) {
	if m < 0 {
		v.add(path, "", "%s must not be negative, is %s", path, m)
	}
}

func (v *validator) most(path string, have, most int) {
	if have > most {
		v.add(fmt.Sprintf("%s[%d]", path, most), "",
			"there are %d [[%s]] tables, at most %d are possible", have, path, most)
	}
}

// names demands that names are there and differ; path is the table's, as in "store".
func (v *validator) names(path string, names []string) {
	first := map[string]int{}
	for i, name := range names {
		full := fmt.Sprintf("%s[%d].name", path, i)
		if strings.TrimSpace(name) == "" {
			v.add(full, "", "%s is empty", full)
			continue
		}
		if before, twice := first[name]; twice {
			v.add(full, "", "the name %q is taken by %s[%d]", name, path, before)
			continue
		}
		first[name] = i
	}
}

// workload demands a region that runs a workload.
func (v *validator) workload(path string, r RegionID) {
	switch {
	case int(r) >= len(v.s.Regions):
		v.add(path, "", "%s names no region", path)
	case v.s.Regions[r].Witness:
		v.add(path, "", "%s is a witness, which runs no workload", v.s.Regions[r].Name)
	}
}

// distribution demands finite parameters in their order and a mean of at most a hundred years. A
// zero duration is possible where zero says so.
func (v *validator) distribution(path string, d Distribution, zero bool) {
	rule, kept := "must not be negative", false
	switch d.Family {
	case Constant, Exponential:
		kept = d.A >= 0
	case Uniform:
		rule, kept = "low must not be above high", 0 <= d.A && d.A <= d.B
	case Triangular:
		rule = "low, most frequent and high must be in this order"
		kept = 0 <= d.A && d.A <= d.B && d.B <= d.C
	case Lognormal:
		rule, kept = "sigma must be above 0", !math.IsNaN(d.A) && d.B > 0
	case Weibull:
		rule, kept = "shape and scale must be above 0", d.A > 0 && d.B > 0
	default:
		v.add(path, "", "%s is of no known family", path)
		return
	}
	mean := d.Mean()
	switch {
	case !kept:
		v.add(path, "", "%s, %s: %s", path, d.Family, rule)
	case !(mean <= 100*Year.Seconds()):
		v.add(path, "", "%s has a mean of more than 100 years", path)
	case mean <= 0 && !zero:
		v.add(path, "", "%s must be above 0s", path)
	}
}

// short prints a duration without its zero parts: 24h rather than 24h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// percent prints a share with no more digits than it has.
func percent(x float64) string { return fmt.Sprintf("%.6g%%", x*100) }
