package levers

import (
	"math"
	"testing"

	"redoubt/model"
	"redoubt/scenarios"
)

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
