package sim

import (
	"math"
	"testing"

	"redoubt/model"
)

// TestAnExpectationOfRestraintCanFail takes away the gate that a drill of restraint is
// about: that nothing moves must not come true by itself.
func TestAnExpectationOfRestraintCanFail(t *testing.T) {
	s := load(t, "flapping-link")
	s.Settings.HoldDown = 0
	missed := 0
	for i := range s.Expected {
		f, err := Expect(s, s.Expected[i])
		if err != nil {
			t.Fatal(err)
		}
		if !f.Met() {
			missed++
		}
	}
	if missed == 0 {
		t.Error("a link that comes and goes moves nothing without a hold-down either")
	}
}

// A measure that a run does not have is never as expected.
func TestWhatNeverHappenedIsMissed(t *testing.T) {
	v := FoundValue{Bound: model.Bound{Measure: model.MeasureDecided, Most: math.Inf(1)}}
	v.add(math.NaN(), 7)
	if v.Missed != 1 || v.First != 7 || !math.IsInf(v.Off, 1) || v.Having != 0 {
		t.Errorf("got %+v, want a run that misses", v)
	}
	v.add(5, 8)
	if v.Missed != 1 || v.Low != 5 || v.High != 5 || v.Having != 1 {
		t.Errorf("got %+v, want one run that misses and one with 5 s", v)
	}
}
