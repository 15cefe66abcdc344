package tui

import (
	"math"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

// TestLeversGiveWhatTheySay moves every lever of every estate, by its slider, and reads the
// scenario: it has the value, and nothing else of what levers move.
func TestLeversGiveWhatTheySay(t *testing.T) {
	for _, name := range scenarios.Estates() {
		s, err := open(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		pair := pairOf(s.scenario, 0, 0)
		before := leversOf(s.scenario, pair, s.has)
		if len(before) < 5 {
			t.Errorf("%s has %d levers", name, len(before))
		}
		for i := range before {
			l := &before[i]
			want := l.moved(0.11)
			if l.moved(0) < l.low*0.99 || l.at() >= 0.89 {
				want = l.moved(-0.11)
			}
			if err := s.change(l.to(want)...); err != nil {
				t.Logf("%s: %s: %v", name, l.label, err) // A rule of the scenario forbids it, in words.
				continue
			}
			for j, now := range leversOf(s.scenario, pair, s.has) {
				old := before[j].value
				if j == i {
					old = want
				}
				if math.Abs(now.value-old) > 0.01*math.Abs(old) {
					t.Errorf("%s: as %s becomes %v, %s is %v, want %v", name, l.label, want, now.label,
						now.value, old)
				}
			}
			if err := s.without(l.paths()...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestLengthsKeepTheirFamily scales a distribution of each family.
func TestLengthsKeepTheirFamily(t *testing.T) {
	for _, d := range []model.Distribution{
		{Family: model.Constant, A: 90}, {Family: model.Uniform, A: 60, B: 120},
		{Family: model.Triangular, A: 30, B: 60, C: 180}, {Family: model.Exponential, A: 600},
		{Family: model.Lognormal, A: 8, B: 0.9}, {Family: model.Weibull, A: 0.7, B: 3600},
	} {
		median := 3 * d.Quantile(0.5)
		source, _ := scenarios.Source("ecommerce-three-region")
		edit := scenarios.Edit{Path: "hazard[0].duration", Value: writeLength(d, median)}
		data, err := scenarios.Apply(source, edit)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenarios.Read("a.toml", data)
		if err != nil {
			t.Fatalf("%s: %v", edit.Value, err)
		}
		got := s.Hazards[0].Duration
		for _, u := range []float64{0.1, 0.5, 0.95} {
			want := 3 * d.Quantile(u)
			if math.Abs(got.Quantile(u)-want) > 0.02*want || got.Family != d.Family {
				t.Errorf("%s: the quantile at %v is %v of %s, want %v", edit.Value, u, got.Quantile(u),
					got.Family, want)
			}
		}
	}
}
