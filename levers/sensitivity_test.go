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

// weighedOf is what a scenario of the library hangs on, and the comparison that this is of.
func weighedOf(
	t *testing.T, name string, edits ...scenarios.Edit,
) (*Sensitivity, *redoubt.Comparison, error) {
	t.Helper()
	edits = append(slices.Clone(quick), edits...)
	change := func(more ...scenarios.Edit) (*model.Scenario, error) {
		return scenarios.Load(name, slices.Concat(edits, more)...)
	}
	c := comparedOf(t, name, edits...)
	text, err := scenarios.Text(name)
	if err != nil {
		t.Fatal(err)
	}
	has := func(path string) bool { return scenarios.Has(text, path) }
	s, err := Weigh(t.Context(), c, Of(c.Scenario, pair, has), pair, change,
		redoubt.CompareOptions{})
	return s, c, err
}

// comparedOf is the comparison of a scenario of the library.
func comparedOf(t *testing.T, name string, edits ...scenarios.Edit) *redoubt.Comparison {
	t.Helper()
	s, err := scenarios.Load(name, edits...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := redoubt.Compare(t.Context(), s, redoubt.CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// netOf is the net benefit of a strategy in a comparison.
func netOf(t *testing.T, c *redoubt.Comparison, kind model.StrategyKind) model.Estimate {
	t.Helper()
	for i := range c.Strategies {
		if c.Strategies[i].Kind == kind {
			return c.Strategies[i].Case.NetPerYear
		}
	}
	t.Fatalf("%s is not compared", kind)
	return model.Estimate{}
}

// near reports whether two estimates are the same but for rounding.
func near(a, b model.Estimate) bool {
	return math.Abs(a.Mean-b.Mean) < 1e-6 && math.Abs(a.Low-b.Low) < 1e-6 &&
		math.Abs(a.High-b.High) < 1e-6
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
// that value, as it is against the comparison itself, and that the greatest comes first.
func TestWhatAnAnswerHangsOn(t *testing.T) {
	s, c, err := weighedOf(t, "ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		edit string
		of   func(*Swing) *Variant
	}{
		{"$37.5M", func(s *Swing) *Variant { return &s.Half }},
		{"$150M", func(s *Swing) *Variant { return &s.Double }},
	} {
		changed := comparedOf(t, "ecommerce-three-region", append(slices.Clone(quick),
			scenarios.Edit{Path: "business.revenue_per_year", Value: test.edit})...)
		for side, kind := range pair {
			got := test.of(swingOf(t, s, "revenue")).Worth.Net[side]
			if want := netOf(t, changed, kind); !near(got, want) {
				t.Errorf("revenue %s: the net of %s is %v, want %v", test.edit, kind, got, want)
			}
		}
	}
	for side, kind := range pair {
		if want := netOf(t, c, kind); !near(s.AsIs.Net[side], want) {
			t.Errorf("as it is the net of %s is %v, want %v", kind, s.AsIs.Net[side], want)
		}
	}
	for i := range s.Swings[1:] {
		if s.Moves(&s.Swings[i]) < s.Moves(&s.Swings[i+1]) {
			t.Errorf("%s comes before %s, which moves more", s.Swings[i].Lever.Label,
				s.Swings[i+1].Lever.Label)
		}
	}
	if s.Trials != 20 || s.Tried != 20 || s.Years != 3 {
		t.Errorf("%d trials of %d years, %d tried, want 20 of 3", s.Trials, s.Years, s.Tried)
	}
}

// TestFewTrialsSayWhatManyWould tries changes in fewer trials than the comparison has: as it is the
// figures are those of the comparison, what a change does not touch stays, and what it moves is
// known as well as by a comparison with all trials.
func TestFewTrialsSayWhatManyWould(t *testing.T) {
	trials := scenarios.Edit{Path: "run.trials", Value: "400"}
	revenue := scenarios.Edit{Path: "business.revenue_per_year", Value: "$52M"}
	s, c, err := weighedOf(t, "ecommerce-three-region", trials, revenue)
	if err != nil {
		t.Fatal(err)
	}
	if s.Trials != 400 || s.Tried != MostTrials {
		t.Fatalf("%d trials, %d tried", s.Trials, s.Tried)
	}
	idle := swingOf(t, s, "standby share").Double.Worth.Net[1]
	for side, kind := range pair {
		if want := netOf(t, c, kind); !near(s.AsIs.Net[side], want) {
			t.Errorf("as it is the net of %s is %v, want %v", kind, s.AsIs.Net[side], want)
		}
	}
	if !near(idle, s.AsIs.Net[1]) {
		t.Errorf("the idle standby of another moves active-active to %v from %v", idle, s.AsIs.Net[1])
	}
	doubled := comparedOf(t, "ecommerce-three-region", append(slices.Clone(quick), trials,
		scenarios.Edit{Path: revenue.Path, Value: "$104M"})...)
	for side, kind := range pair {
		got, want := swingOf(t, s, "revenue").Double.Worth.Net[side], netOf(t, doubled, kind)
		width := want.High - want.Low
		if math.Abs(got.Mean-want.Mean) > width/10 || got.High-got.Low > 1.5*width {
			t.Errorf("double the revenue: the net of %s is %v, want about %v", kind, got, want)
		}
	}
}

// sure is an estimate that is known well, vague one that is not told apart from 0.
func sure(mean float64) model.Estimate {
	return model.Estimate{Mean: mean, Low: mean - 0.5, High: mean + 0.5}
}

func vague(mean float64) model.Estimate {
	return model.Estimate{Mean: mean, Low: mean - 99, High: mean + 99}
}

// worthOf are two net benefits that are known well, and their difference.
func worthOf(one, other float64) Worth {
	return Worth{Net: [2]model.Estimate{sure(one), sure(other)}, Apart: sure(other - one)}
}

// TestWhatTurns makes up what levers come to: near zero nothing is told apart.
func TestWhatTurns(t *testing.T) {
	s := &Sensitivity{Pair: pair, AsIs: worthOf(-5, 10)}
	blurred := func(w Worth) Worth {
		return Worth{Net: [2]model.Estimate{w.Net[0], vague(w.Net[1].Mean)}, Apart: w.Apart}
	}
	for _, test := range []struct {
		as             Worth
		variant        Variant
		turned, untold []string
	}{
		{s.AsIs, Variant{Worth: worthOf(-5, 10)}, nil, nil},
		{s.AsIs, Variant{Worth: worthOf(1, 10)}, []string{"warm-standby pays"}, nil},
		{s.AsIs, Variant{Worth: worthOf(-9, -6)}, []string{"active-active does not pay"}, nil},
		{s.AsIs, Variant{Worth: worthOf(-1, -6)}, []string{
			"warm-standby is ahead", "active-active does not pay",
		}, nil},
		{s.AsIs, Variant{Worth: worthOf(-1, -6), Refused: "no"}, nil, nil},
		{s.AsIs, Variant{Worth: blurred(worthOf(-9, -6))}, nil, []string{
			"whether active-active pays",
		}},
		{s.AsIs, Variant{Worth: blurred(worthOf(-9, 6))}, nil, []string{"whether active-active pays"}},
		{s.AsIs, Variant{Worth: Worth{
			Net: worthOf(-5, 10).Net, Apart: vague(-15),
		}}, nil, []string{"which is ahead"}},
		// What is not told as it is has nothing to say where the mean stays on its side.
		{blurred(s.AsIs), Variant{Worth: blurred(worthOf(-9, 6))}, nil, nil},
		{blurred(s.AsIs), Variant{Worth: blurred(worthOf(-9, -6))}, nil, []string{
			"whether active-active pays",
		}},
		{blurred(s.AsIs), Variant{Worth: worthOf(-9, -6)}, []string{"active-active does not pay"}, nil},
	} {
		s.AsIs = test.as
		turned, untold := s.Turns(&test.variant)
		if !slices.Equal(turned, test.turned) || !slices.Equal(untold, test.untold) {
			t.Errorf("%+v: got %v and %v not told, want %v and %v", test.variant, turned, untold,
				test.turned, test.untold)
		}
	}
	if s.AsIs = blurred(worthOf(-5, 10)); !slices.Equal(s.Open(), []string{
		"whether active-active pays",
	}) {
		t.Errorf("as it is %v is not told", s.Open())
	}
	s.Pair[0] = model.SingleRegion
	if turned, _ := s.Turns(&Variant{Worth: worthOf(1, 10)}); turned != nil {
		t.Errorf("the single region, which is the measure, has turned: %v", turned)
	}
}

// TestHowFarALeverMoves makes up what levers come to.
func TestHowFarALeverMoves(t *testing.T) {
	s := &Sensitivity{Pair: pair, AsIs: worthOf(-5, 10)}
	swing := Swing{Half: Variant{Worth: worthOf(-25, 12)}, Double: Variant{Worth: worthOf(-4, 11)}}
	if got := s.Moves(&swing); got != 37-15 { // The difference is 15 as it is, and 37 at half.
		t.Errorf("it moves %v, want the difference from 15 to 37", got)
	}
	if swing.Half.Refused = "no"; s.Moves(&swing) != 1 {
		t.Errorf("it moves %v without what was refused, want 1", s.Moves(&swing))
	}
}

// TestWhatCannotBeWeighed meets the end of a slider, a value that the scenario refuses, a strategy
// without a price, and somebody who does not wait.
func TestWhatCannotBeWeighed(t *testing.T) {
	s, _, err := weighedOf(t, "ecommerce-three-region",
		scenarios.Edit{Path: "strategy.warm-standby.standby.compute", Value: "100%"})
	if err != nil {
		t.Fatal(err)
	}
	share := swingOf(t, s, "standby share")
	if share.Double.Refused == "" || share.Half.Refused != "" || share.Half.Value != 0.5 {
		t.Errorf("all of the capacity: got %+v, want that it cannot be double", share)
	}
	held := swingOf(t, s, "hold-down") // Half a minute is too short for it.
	if held.Half.Limit != "hold-down goes no further than "+held.Lever.Show(held.Half.Value) ||
		held.Half.Value <= held.Lever.Value/2 || held.Half.Refused != "" || held.Double.Limit != "" {
		t.Errorf("the hold-down: got %+v, want what it has in place of half", held)
	}
	refuse := func(...scenarios.Edit) (*model.Scenario, error) { return nil, errors.New("not that") }
	base := comparedOf(t, "ecommerce-three-region", quick...)
	some := Of(base.Scenario, pair, func(string) bool { return true })[:1]
	s, err = Weigh(t.Context(), base, some, pair, refuse, redoubt.CompareOptions{})
	if err != nil || s.Swings[0].Half.Refused != "not that" || s.Moves(&s.Swings[0]) != 0 {
		t.Errorf("got %+v, %v; want that it was refused", s, err)
	}
	if _, _, err := weighedOf(t, "warm-standby-two-region"); err == nil {
		t.Error("active-active is weighed where it cannot be built")
	}
	unpriced := comparedOf(t, "case-management", quick...)
	if _, err := Weigh(t.Context(), unpriced, nil, pair, refuse,
		redoubt.CompareOptions{}); !errors.Is(err, ErrUnpriced) {
		t.Errorf("without a bill: got %v, want that there is no price", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	leave := func(...scenarios.Edit) (*model.Scenario, error) { return base.Scenario, nil }
	if _, err := Weigh(ctx, base, some, pair, leave, redoubt.CompareOptions{}); err == nil {
		t.Error("who does not wait gets an answer")
	}
}
