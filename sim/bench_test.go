package sim

import (
	"fmt"
	"testing"
	"time"

	"redoubt/model"
)

// BenchmarkIncident is the CPU time of one loss of the primary, from the fault to the return home.
func BenchmarkIncident(b *testing.B) {
	s := *load(b, "ecommerce-three-region")
	s.Hazards = nil
	lose(&s, 0, time.Hour, 6*time.Hour)
	for _, strategy := range s.Strategies {
		b.Run(strategy.Kind.String(), func(b *testing.B) {
			w := newTestWorld(b, &s, strategy, 3*24*time.Hour)
			b.ReportAllocs()
			events := 0
			for i := range b.N {
				if result := w.play(&s, 1, i); result.trial.Incidents == 0 {
					b.Fatal("no incident")
				}
				events += w.events
			}
			b.ReportMetric(float64(events)/float64(b.N), "events/op")
		})
	}
}

// BenchmarkStrategyYears is how many years of one strategy are played in a second of one core, with
// the outages of the scenario.
func BenchmarkStrategyYears(b *testing.B) {
	s := load(b, "ecommerce-three-region")
	const years = 10
	worlds := make([]*world, len(s.Strategies))
	for i, strategy := range s.Strategies {
		worlds[i] = newTestWorld(b, s, strategy, years*model.Year)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		worlds[i%len(worlds)].play(s, 1, i/len(worlds))
	}
	b.ReportMetric(float64(b.N)*years/b.Elapsed().Seconds(), "strategy-years/s")
}

// BenchmarkQuietYears shows that a year without a fault costs next to nothing, and ten no more.
func BenchmarkQuietYears(b *testing.B) {
	s := *load(b, "ecommerce-three-region")
	s.Hazards, s.Timeline = nil, nil
	for _, c := range []struct {
		name  string
		years int
	}{{"1 year", 1}, {"10 years", 10}} {
		b.Run(c.name, func(b *testing.B) {
			w := newTestWorld(b, &s, s.Strategies[3], time.Duration(c.years)*model.Year)
			for i := range b.N {
				w.play(&s, 1, i)
			}
		})
	}
}

// BenchmarkRun is a whole run of 200 trials of 10 years, with one worker and with two.
func BenchmarkRun(b *testing.B) {
	s := load(b, "ecommerce-three-region")
	strategy := strategyOf(b, s, model.ReadLocal)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for range b.N {
				o := Options{Trials: 200, Years: 10, Seed: 1, Workers: workers}
				if _, err := Run(b.Context(), s, strategy, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
