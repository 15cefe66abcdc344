package levers

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

var pair = [2]model.StrategyKind{model.WarmStandby, model.ActiveActive}

// quick have a comparison end soon.
var quick = []scenarios.Edit{{Path: "run.trials", Value: "20"}, {Path: "run.horizon", Value: "3y"}}

// weighedOf is what a scenario of the library hangs on.
func weighedOf(t *testing.T, name string, edits ...scenarios.Edit) (*Sensitivity, error) {
	t.Helper()
	edits = append(slices.Clone(quick), edits...)
	change := func(more ...scenarios.Edit) (*model.Scenario, error) {
		return scenarios.Load(name, slices.Concat(edits, more)...)
	}
	s, err := change()
	if err != nil {
		t.Fatal(err)
	}
	text, err := scenarios.Text(name)
	if err != nil {
		t.Fatal(err)
	}
	has := func(path string) bool { return scenarios.Has(text, path) }
	return Weigh(t.Context(), s, Of(s, pair, has), pair, change, redoubt.CompareOptions{})
}

// swingOf is that of a lever.
func swingOf(t *testing.T, s *Sensitivity, label string) *Swing {
	t.Helper()
	for i := range s.Swings {
		if s.Swings[i].Lever.Label == label {
			return &s.Swings[i]
		}
	}
	t.Fatalf("no swing is of %s", label)
	return nil
}

// TestWhatAnAnswerHangsOn holds what a lever comes to against a comparison of the scenario with
// that value, and that the greatest comes first.
func TestWhatAnAnswerHangsOn(t *testing.T) {
	s, err := weighedOf(t, "ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		label, edit string
		of          func(*Swing) *Variant
	}{
		{"revenue", "$37.5M", func(s *Swing) *Variant { return &s.Half }},
		{"revenue", "$150M", func(s *Swing) *Variant { return &s.Double }},
	} {
		changed, err := scenarios.Load("ecommerce-three-region", append(slices.Clone(quick),
			scenarios.Edit{Path: "business.revenue_per_year", Value: test.edit})...)
		if err != nil {
			t.Fatal(err)
		}
		c, err := redoubt.Compare(t.Context(), changed, redoubt.CompareOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for side, kind := range pair {
			i := slices.IndexFunc(c.Strategies, func(r redoubt.StrategyResult) bool {
				return r.Kind == kind
			})
			got := test.of(swingOf(t, s, test.label)).Net[side]
			if want := c.Strategies[i].Case.NetPerYear.Mean; math.Abs(got-want) > 1e-6 {
				t.Errorf("%s %s: the net of %s is %v, want %v", test.label, test.edit, kind, got, want)
			}
		}
	}
	for i := range s.Swings[1:] {
		if s.Moves(&s.Swings[i]) < s.Moves(&s.Swings[i+1]) {
			t.Errorf("%s comes before %s, which moves more", s.Swings[i].Lever.Label,
				s.Swings[i+1].Lever.Label)
		}
	}
	if s.Trials != 20 || s.Years != 3 {
		t.Errorf("%d trials of %d years, want 20 of 3", s.Trials, s.Years)
	}
}

// TestWhatTurns makes up what levers come to.
func TestWhatTurns(t *testing.T) {
	s := &Sensitivity{Pair: pair, Net: [2]float64{-5, 10}}
	for _, test := range []struct {
		variant Variant
		want    []string
	}{
		{Variant{Net: [2]float64{-5, 10}}, nil},
		{Variant{Net: [2]float64{1, 10}}, []string{"warm-standby pays"}},
		{Variant{Net: [2]float64{-9, -6}}, []string{"active-active does not pay"}},
		{Variant{Net: [2]float64{-1, -6}}, []string{
			"warm-standby is ahead", "active-active does not pay",
		}},
		{Variant{Net: [2]float64{-1, -6}, Refused: "no"}, nil},
	} {
		if got := s.Turned(&test.variant); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v, want %v", test.variant, got, test.want)
		}
	}
	swing := Swing{Half: Variant{Net: [2]float64{-25, 12}}, Double: Variant{Net: [2]float64{-4, 11}}}
	if got := s.Moves(&swing); got != 37-15 { // The difference is 15 as it is, and 37 at half.
		t.Errorf("it moves %v, want the difference from 15 to 37", got)
	}
	if swing.Half.Refused = "no"; s.Moves(&swing) != 1 {
		t.Errorf("it moves %v without what was refused, want 1", s.Moves(&swing))
	}
	s.Pair[0] = model.SingleRegion
	if got := s.Turned(&Variant{Net: [2]float64{1, 10}}); got != nil {
		t.Errorf("the single region, which is the measure, has turned: %v", got)
	}
}

// TestWhatCannotBeWeighed meets the end of a slider, a value that the scenario refuses, a strategy
// without a price, and somebody who does not wait.
func TestWhatCannotBeWeighed(t *testing.T) {
	s, err := weighedOf(t, "ecommerce-three-region",
		scenarios.Edit{Path: "strategy.warm-standby.standby.compute", Value: "100%"})
	if err != nil {
		t.Fatal(err)
	}
	share := swingOf(t, s, "standby share")
	if share.Double.Refused == "" || share.Half.Refused != "" || share.Half.Value != 0.5 {
		t.Errorf("all of the capacity: got %+v, want that it cannot be double", share)
	}
	refuse := func(...scenarios.Edit) (*model.Scenario, error) { return nil, errors.New("not that") }
	base, err := scenarios.Load("ecommerce-three-region", quick...)
	if err != nil {
		t.Fatal(err)
	}
	some := Of(base, pair, func(string) bool { return true })[:1]
	s, err = Weigh(t.Context(), base, some, pair, refuse, redoubt.CompareOptions{})
	if err != nil || s.Swings[0].Half.Refused != "not that" || s.Moves(&s.Swings[0]) != 0 {
		t.Errorf("got %+v, %v; want that it was refused", s, err)
	}
	if _, err := weighedOf(t, "warm-standby-two-region"); err == nil {
		t.Error("active-active is weighed where it cannot be built")
	}
	unpriced := *base
	unpriced.Bill = nil
	if _, err := Weigh(t.Context(), &unpriced, nil, pair, refuse,
		redoubt.CompareOptions{}); !errors.Is(err, ErrUnpriced) {
		t.Errorf("without a bill: got %v, want that there is no price", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Weigh(ctx, base, some, pair, refuse, redoubt.CompareOptions{}); err == nil {
		t.Error("who does not wait gets an answer")
	}
}
