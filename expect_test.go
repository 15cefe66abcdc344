package redoubt_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestTheLibraryKeepsItsExpectations plays every embedded scenario for what it says must come of
// it. Every estate, drill and incident says something.
func TestTheLibraryKeepsItsExpectations(t *testing.T) {
	for _, summary := range scenarios.List() {
		t.Run(summary.Name, func(t *testing.T) {
			s, err := scenarios.Load(summary.Name)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Expected) == 0 {
				t.Error("it expects nothing")
			}
			found, err := redoubt.Expect(context.Background(), s)
			if err != nil {
				t.Fatal(err)
			}
			for i, f := range found {
				if !f.Met() {
					t.Errorf("expectation %d, %s: got values %+v and names %+v; "+
						"'redoubt scenarios check %s' says more", i, f.Expectation.Strategy, f.Values, f.Names,
						summary.Name)
				}
			}
		})
	}
}

func TestExpectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := drilled(t)
	if _, err := redoubt.Expect(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want that of the context", err)
	}
}

func TestExpectRefusesATimeOutsideTheRun(t *testing.T) {
	s := drilled(t)
	s.Expected = slices.Clone(s.Expected[:1])
	s.Expected[0].Primary, s.Expected[0].At = s.Primary(), 1000*time.Hour
	var outside *redoubt.OutsideRun
	if _, err := redoubt.Expect(context.Background(), s); !errors.As(err, &outside) {
		t.Errorf("got the error %v, want one about the time", err)
	}
}

// TestABoundThatIsWrongIsMissed moves each bound of a drill past what came.
func TestABoundThatIsWrongIsMissed(t *testing.T) {
	found, err := redoubt.Expect(context.Background(), drilled(t))
	if err != nil {
		t.Fatal(err)
	}
	wrong := drilled(t)
	wrong.Expected = nil
	for _, f := range found {
		for _, v := range f.Values {
			e := f.Expectation
			e.Primary, e.WithheldBy, e.At = model.NoRegion, "", 0
			e.Bounds = []model.Bound{{Measure: v.Measure, Least: v.High + 1, Most: v.High + 2}}
			wrong.Expected = append(wrong.Expected, e)
		}
	}
	missed, err := redoubt.Expect(context.Background(), wrong)
	if err != nil || len(missed) == 0 {
		t.Fatalf("got %d findings and %v", len(missed), err)
	}
	for _, f := range missed {
		if v := f.Values[0]; f.Met() || v.Missed != f.Expectation.Runs || v.Off < 1 ||
			v.First != f.Seed {
			t.Errorf("%s: got %+v, want every run to miss by 1 and more", v.Measure, v)
		}
	}
}

// drilled is a scenario with expectations.
func drilled(t *testing.T) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load("region-loss")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
