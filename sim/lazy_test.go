package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// What is not an event costs nothing. These count events, not time, so that they hold on any
// machine.

// In a quiet week nothing happens that changes anything; its probes, repetitions, renewals, samples
// and heartbeats, which the eager mode plays, are a thousand times as many events or more.
func TestAQuietWeekIsAThousandTimesFewerEvents(t *testing.T) {
	s := *load(t, "ecommerce-three-region")
	s.Hazards, s.Timeline = nil, nil
	strategy := strategyOf(t, &s, model.WarmStandby)
	lazy, eager, events := playBoth(t, &s, strategy, seedOf(t), nil, 7*24*time.Hour)
	if different := difference(&lazy, &eager); different != "" {
		t.Error(different)
	}
	if got := events[1] / max(events[0], 1); got < 1000 {
		t.Errorf("%d eager events for %d lazy ones, want 1000 for each", events[1], events[0])
	}
}

// Ten times the horizon with the same incidents is as many events, give or take a tenth.
func TestALongerHorizonIsNoMoreEvents(t *testing.T) {
	s := load(t, "ecommerce-three-region")
	for _, strategy := range s.Strategies {
		var events [2]int
		for i, years := range []int{1, 10} {
			w := sameIncidents(t, s, strategy, years)
			w.begin(newSource(seedOf(t), 0), timelineOutages(nil, w.scenario))
			events[i] = finished(t, w).events
			if w.trial.Incidents == 0 {
				t.Fatalf("%s: no incident", strategy.Kind)
			}
		}
		if got, most := events[1], events[0]*11/10; got > most {
			t.Errorf("%s: %d events in 10 years, want at most %d, as there are %d in one",
				strategy.Kind, got, most, events[0])
		}
	}
}

// sameIncidents is a world of some years in whose first there are four incidents.
func sameIncidents(
	t testing.TB, s *model.Scenario, strategy model.Strategy, years int,
) *world {
	t.Helper()
	quiet := *s
	quiet.Hazards, quiet.Timeline = nil, nil
	for month := range 4 {
		lose(&quiet, home, time.Duration(1+3*month)*30*24*time.Hour, 6*time.Hour)
	}
	return newTestWorld(t, &quiet, strategy, time.Duration(years)*model.Year)
}

// BenchmarkHorizon is what a trial with four incidents costs in one year, and in ten.
func BenchmarkHorizon(b *testing.B) {
	s := load(b, "ecommerce-three-region")
	for _, c := range []struct {
		name  string
		years int
	}{{"1 year", 1}, {"10 years", 10}} {
		b.Run(c.name, func(b *testing.B) {
			w := sameIncidents(b, s, strategyOf(b, s, model.WarmStandby), c.years)
			b.ReportAllocs()
			for i := range b.N {
				w.play(w.scenario, 1, i)
			}
		})
	}
}
