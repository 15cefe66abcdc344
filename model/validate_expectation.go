package model

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxExpectedRuns bounds how many runs one expectation plays.
const MaxExpectedRuns = 1000

// mostExpected bounds a bound: more than any run can have of anything, in seconds or as a count.
const mostExpected = 1e15

// expected demands that each expectation asks for something that a run can show, and that the
// timeline leaves nothing to a draw: without a fault in it, a run would make one up.
func (v *validator) expected() {
	for i := range v.s.Expected {
		e, path := &v.s.Expected[i], fmt.Sprintf("expect[%d]", i)
		v.count(path+".runs", e.Runs, 1, MaxExpectedRuns)
		v.expectedStrategy(path+".strategy", e.Strategy)
		v.bounds(path, e)
		v.duration(path+".at", e.At, 0, 100*Year)
		if e.Primary != NoRegion && (int(e.Primary) >= len(v.s.Regions) ||
			v.s.Regions[e.Primary].Witness) {
			v.add(path+".primary", "", "%s.primary has no workload", path)
		}
		if e.WithheldBy != "" && !slices.Contains(Gates[:], e.WithheldBy) {
			v.add(path+".withheld_by", "one of "+strings.Join(Gates[:], ", "),
				"%q is no gate", e.WithheldBy)
		}
		if e.Claim != "" && e.Contradicts != "" {
			v.add(path+".contradicts", "", "%s cannot bear out one claim and refute another", path)
		}
	}
	// An estate loses its primary region; a drill that says nothing of what happens forgot it.
	if len(v.s.Expected) > 0 && !v.s.Plays() && v.s.Base != "" {
		v.add("expect", "add a [[fault]]", "nothing happens in the timeline that this expects of")
	}
	v.most("expect", len(v.s.Expected), MaxExpected)
}

func (v *validator) expectedStrategy(path string, kind StrategyKind) {
	if _, runs := v.s.Strategy(kind); !runs {
		v.add(path, "", "%s is not among the strategies of the scenario", kind)
		return
	}
	if excuse := v.s.Excuse(kind); excuse != "" {
		v.add(path, "", "%s cannot be built: %s", kind, excuse)
	}
}

func (v *validator) bounds(path string, e *Expectation) {
	if len(e.Bounds) == 0 && e.Primary == NoRegion && e.WithheldBy == "" {
		v.add(path, `for instance failovers = 1, or rto = { at_most = "5m" }`,
			"%s expects nothing", path)
	}
	last := Measure(0)
	for _, b := range e.Bounds {
		inner := path + "." + b.Measure.String()
		switch {
		case b.Measure <= last || b.Measure >= measureCount:
			v.add(inner, "", "%s is bounded twice or is no measure", inner)
		case !(b.Least >= 0 && b.Least <= mostExpected):
			v.add(inner, "", "%s is from 0 on", inner)
		case !(b.Most >= b.Least) || b.Most > mostExpected && !math.IsInf(b.Most, 1):
			v.add(inner, "", "%s: at_least is more than at_most", inner)
		}
		last = max(last, b.Measure)
		v.measurable(inner, b.Measure)
	}
}

// measurable demands that a run can have a measure of which no run has 0.
func (v *validator) measurable(path string, m Measure) {
	switch {
	case m == MeasureAlerted && len(v.s.Alerts) == 0:
		v.add(path, "add an [[alert]]", "%s never comes true: there is no alert", path)
	case (m == MeasureBacklog || m == MeasureDrained) && len(v.s.Backlogs) == 0:
		v.add(path, "add a [[backlog]]", "%s never comes true: there is no work that waits", path)
	case m.IsLatency() && v.s.Traffic.ServiceTime == 0:
		v.add(path, "add traffic.service_time", "%s never comes true: how long a request keeps a "+
			"server busy is not said", path)
		v.relate("traffic.service_time")
	}
}
