package sim

import (
	"math"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// moves reports whether an expectation cannot be met by a policy that never does anything.
func moves(s *model.Scenario, e *model.Expectation) bool {
	for _, b := range e.Bounds {
		switch b.Measure {
		case model.MeasureFailovers, model.MeasureFailbacks, model.MeasureCancelled:
			if b.Least > 0 {
				return true
			}
		case model.MeasureDecided, model.MeasureShifted:
			return true
		}
	}
	return e.Primary.Valid() && e.Primary != s.Primary()
}

// TestExpectationsFailWithoutTheDecisionCode replaces the decision code by nothing: whatever
// expects a move must not come true then.
func TestExpectationsFailWithoutTheDecisionCode(t *testing.T) {
	moving := 0
	for _, name := range scenarios.Names() {
		s := load(t, name)
		for i := range s.Expected {
			e := &s.Expected[i]
			if !moves(s, e) {
				continue
			}
			moving++
			f, err := expect(s, *e, func(w *world) { w.decider = undecided{} })
			if err != nil {
				t.Fatal(err)
			}
			if f.Met() {
				t.Errorf("%s, expectation %d (%s): met without a decision: %+v %+v", name, i, e.Strategy,
					f.Values, f.Names)
			}
		}
	}
	if moving < 10 {
		t.Errorf("got %d expectations of a move in the library, want at least 10", moving)
	}
}

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
