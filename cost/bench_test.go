package cost_test

import (
	"fmt"
	"testing"
	"time"

	"redoubt/cost"
	"redoubt/model"
)

// trialsOf makes an outcome of n trials whose losses differ, without any randomness.
func trialsOf(kind model.StrategyKind, n int, step time.Duration) model.Outcome {
	o := model.Outcome{Strategy: kind, Horizon: 10 * model.Year, Trials: make([]model.Trial, n)}
	for i := range o.Trials {
		lost := time.Duration(i*i%97) * step
		o.Trials[i] = model.Trial{Down: lost, Lost: lost, Incidents: int64(i % 9)}
	}
	return o
}

func BenchmarkAssess(b *testing.B) {
	s := ecommerce()
	for _, n := range []int{100, 1_000, 10_000} {
		baseline := trialsOf(model.SingleRegion, n, time.Hour)
		strategy := trialsOf(model.WarmStandby, n, time.Minute)
		b.Run(fmt.Sprintf("trials-%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				assess(b, s, model.WarmStandby, baseline, strategy)
			}
		})
	}
}

func BenchmarkItemise(b *testing.B) {
	s := ecommerce()
	b.ReportAllocs()
	for b.Loop() {
		cost.Itemise(s, model.ActiveActive)
	}
}

func BenchmarkEstimateOf(b *testing.B) {
	values := make([]float64, 1000)
	for i := range values {
		values[i] = float64(i * i % 97)
	}
	b.ReportAllocs()
	for b.Loop() {
		cost.EstimateOf(values)
	}
}
