package deciders

import (
	"cmp"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// secondsOf is a constant as a number: of seconds where it is a duration, as the count that it is
// where it has no unit. What is neither, like "off", is no part of a sum.
func secondsOf(value string) (number float64, ok bool) {
	if count, err := strconv.ParseFloat(value, 64); err == nil {
		return count, true
	}
	length, err := time.ParseDuration(strings.ReplaceAll(value, " ", ""))
	return length.Seconds(), err == nil
}

// value is one of a decider's constants.
func value(t *testing.T, d *Decider, name string) float64 {
	t.Helper()
	for _, c := range d.Constants {
		if number, ok := secondsOf(c.Value); c.Name == name && ok {
			return number
		}
	}
	t.Fatalf("%s has no constant %q with a number", d.Name, name)
	return 0
}

// evaluate works out a sum of a decider's constants, in seconds.
func evaluate(t *testing.T, d *Decider, text string) float64 {
	t.Helper()
	constants := slices.Clone(d.Constants)
	// The name of one can be part of another's.
	slices.SortFunc(constants, func(a, b Constant) int {
		return cmp.Compare(len(b.Name), len(a.Name))
	})
	worked := text
	for _, c := range constants {
		if number, ok := secondsOf(c.Value); ok {
			worked = strings.ReplaceAll(worked, c.Name, strconv.FormatFloat(number, 'f', -1, 64))
		}
	}
	worked = strings.NewReplacer(" x ", " * ", " s", "").Replace(worked)
	result, err := types.Eval(token.NewFileSet(), nil, token.NoPos, worked)
	if err != nil || result.Value == nil {
		t.Fatalf("%s: %q comes to %q, which is no sum: %v", d.Name, text, worked, err)
	}
	seconds, _ := constant.Float64Val(constant.ToFloat(result.Value))
	return seconds
}

// What the documents give as sums of sourced constants is when each decider acts: at no phase
// before the earliest, at every phase by the latest, and at some phases close to either.
func TestTheSumsAreTheBounds(t *testing.T) {
	for _, d := range All() {
		earliest, latest := evaluate(t, &d, d.EarliestSum), evaluate(t, &d, d.LatestSum)
		after := func(seconds float64) time.Duration {
			return time.Duration(seconds * float64(time.Second))
		}
		gotEarliest, gotLatest := d.Decides()
		if gotEarliest != after(earliest) || gotLatest != after(latest) {
			t.Errorf("%s: decides after %s to %s, and %q to %q are %g s to %g s", d.Name, gotEarliest,
				gotLatest, d.EarliestSum, d.LatestSum, earliest, latest)
		}
		sighted := d
		sighted.Blind = ""
		near := (latest - earliest) / 8
		got := sighted.Facing([]time.Duration{
			after(earliest) - 1, after(earliest + near), after(latest - near), after(latest),
		}, Stakes{})
		bad := got[0].Share != 0 || got[3].Share != 1
		if near > 0 {
			bad = bad || got[1].Share == 0 || got[2].Share == 1
		}
		if bad {
			t.Errorf("%s acts outside of %g s to %g s, or not close to both: %+v", d.Name, earliest,
				latest, got)
		}
	}
}

// The sums above are worked out as a reader would.
func TestASumIsWorkedOut(t *testing.T) {
	d := Decider{Name: "some", Constants: []Constant{
		{Name: "poll", Value: "5 s"}, {Name: "poll of a replica", Value: "2 s"},
		{Name: "tries", Value: "3"}, {Name: "grace", Value: "1 h"}, {Name: "mode", Value: "off"},
	}}
	for text, want := range map[string]float64{
		"0 s": 0, "poll": 5, "poll + poll of a replica": 7, "tries x (poll + poll of a replica)": 21,
		"(tries - 1) x poll": 10, "grace": 3600, "poll + 1 s": 6,
	} {
		if got := evaluate(t, &d, text); got != want {
			t.Errorf("%q is %g s, want %g s", text, got, want)
		}
	}
}
