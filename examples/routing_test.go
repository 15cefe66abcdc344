package examples_test

import (
	"math"
	"path/filepath"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestRoutingAloneKeepsTheTimeline holds the example to the three figures that its README compares:
// the third failed check at T+30, most clients by T+90, all of them by T+120.
func TestRoutingAloneKeepsTheTimeline(t *testing.T) {
	s, err := scenarios.Load(filepath.Join("routing-alone", "timeline.toml"))
	if err != nil {
		t.Fatal(err)
	}
	// What the document leaves out is agreement between regions: a few round trips of 70 ms.
	const agreement = 300 * time.Millisecond
	for seed := range uint64(20) {
		run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
			Strategy: model.HotStandby, Seed: seed + 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		at := run.Decisions[0].At
		if at < 30*time.Second || at > 30*time.Second+agreement {
			t.Errorf("seed %d: decided at %s, want T+30s", seed, at)
		}
		shifted := at
		for _, entry := range run.Timeline {
			if entry.Text == "shift is done" && shifted == at {
				shifted = entry.At
			}
		}
		if shifted == at || shifted > at+agreement {
			t.Errorf("seed %d: shifted %s after the decision, want some messages", seed, shifted-at)
		}
		// Of a TTL of 60 s and a cache of 30 s: 1 - (60 - 30/2) / 60 after 60 s, nobody after 90 s.
		for after, want := range map[time.Duration]float64{time.Minute: 0.25, 90 * time.Second: 0} {
			if got := staleAt(run, after); math.Abs(got-want) > 1e-9 {
				t.Errorf("seed %d: %g of the clients are stale after %s, want %g", seed, got, after, want)
			}
		}
	}
}

// staleAt returns the share of clients that have not followed, or NaN.
func staleAt(run *redoubt.Simulation, after time.Duration) float64 {
	for _, stale := range run.Stale {
		if stale.After == after {
			return stale.Share
		}
	}
	return math.NaN()
}

// TestDetectionIsWiderWhereProbesAreNotAligned holds the README to T+20 to T+30 s for an observer
// whose probes fail at once, and T+26 to T+36 s for one that gives them 6 s.
func TestDetectionIsWiderWhereProbesAreNotAligned(t *testing.T) {
	s, err := scenarios.Load(filepath.Join("routing-alone", "timeline.toml"))
	if err != nil {
		t.Fatal(err)
	}
	s.Checks[0].Aligned = false
	for _, timeout := range []time.Duration{time.Millisecond, 6 * time.Second} {
		s.Checks[0].Timeout = timeout
		low, high := time.Hour, time.Duration(0)
		for seed := range uint64(300) {
			run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
				Strategy: model.HotStandby, Seed: seed + 1,
			})
			if err != nil {
				t.Fatal(err)
			}
			seen := run.Incidents[0].Phases[model.Detect]
			low, high = min(low, seen), max(high, seen)
		}
		least, most := 20*time.Second+timeout, 30*time.Second+timeout
		if low < least || high > most || high-low < 8*time.Second {
			t.Errorf("timeout %s: seen from %s to %s, want nearly all of %s to %s", timeout, low, high,
				least, most)
		}
	}
}
