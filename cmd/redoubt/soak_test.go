package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"strconv"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// seedsShare is one in how many of the SEEDS of `make soak` is tried here: with one the whole
// library is compared and played, which takes some 1.2 s of CPU, as two hundred random systems of
// sim's TestSoak do.
const seedsShare = 200

// seedsToTry is how many seeds a test draws: a few, or the share of what `make soak` asks for.
func seedsToTry(t *testing.T) uint64 {
	t.Helper()
	const few = 3
	text := os.Getenv("SEEDS")
	if text == "" {
		return few
	}
	count, err := strconv.ParseUint(text, 10, 32)
	if err != nil || count == 0 {
		t.Fatalf("SEEDS must be a number above 0, is %q", text)
	}
	return max(few, count/seedsShare)
}

// TestPromisesHoldForManySeeds compares and plays every embedded scenario with one seed after the
// other, and holds what came out to what the format promises. A failure names the command that
// repeats it.
func TestPromisesHoldForManySeeds(t *testing.T) {
	seeds := seedsToTry(t)
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			scenario, err := scenarios.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			for seed := uint64(1); seed <= seeds; seed++ {
				if scenario.Base == "" { // A drill has the hazards of its estate.
					checkComparison(t, scenario, seed)
				}
				for _, strategy := range scenario.Strategies {
					if scenario.Excuse(strategy.Kind) == "" {
						checkRun(t, scenario, strategy.Kind, seed)
					}
				}
			}
		})
	}
}

// checkComparison compares with one worker and with three: the bytes must be the same, intervals
// must hold their means, and no two regions may ever have written to one single-writer store.
func checkComparison(t *testing.T, s *model.Scenario, seed uint64) {
	t.Helper()
	const trials, years = 10, 2
	repeat := fmt.Sprintf("redoubt compare %s --trials %d --years %d --seed %d",
		s.Name, trials, years, seed)
	var written [2]string
	for i, workers := range []int{1, 3} {
		c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{
			Trials: trials, Years: years, Seed: seed, Workers: workers,
		})
		if err != nil {
			t.Fatalf("%s: %v", repeat, err)
		}
		var b bytes.Buffer
		if err := writeResult(&b, asJSON, comparisonView{Comparison: c}); err != nil {
			t.Fatalf("%s: %v", repeat, err)
		}
		written[i] = b.String()
		for j := range c.Strategies {
			checkStrategy(t, &c.Strategies[j], repeat)
		}
	}
	if written[0] != written[1] {
		t.Errorf("%s: one worker and three give different results", repeat)
	}
}

func checkStrategy(t *testing.T, r *redoubt.StrategyResult, repeat string) {
	t.Helper()
	if r.Excuse != "" {
		return
	}
	estimates := map[string]model.Estimate{
		"availability": r.Availability, "down hours": r.DownHours, "loss": r.Case.LossPerYear,
	}
	if r.Case.Priced || r.Kind == model.SingleRegion { // Else nobody knows.
		estimates["net benefit"] = r.Case.NetPerYear
	} else if !math.IsNaN(r.Case.NetPerYear.Mean) {
		t.Errorf("%s: the net benefit of %s, without a price: got %v", repeat, r.Kind, r.Case.NetPerYear)
	}
	for name, e := range estimates {
		slack := 1e-9 * math.Max(1, math.Abs(e.Mean))
		if !(e.Low <= e.Mean+slack && e.Mean <= e.High+slack) {
			t.Errorf("%s: %s of %s: got %v, want low <= mean <= high", repeat, name, r.Kind, e)
		}
	}
	if r.Availability.Low < 0 || r.Availability.High > 1 {
		t.Errorf("%s: availability of %s: got %v, want a share", repeat, r.Kind, r.Availability)
	}
	if r.SplitBrain != 0 {
		t.Errorf("%s: %s had %v of split brain, want none", repeat, r.Kind, r.SplitBrain)
	}
}

// checkRun plays a run twice, with a trace and without: the same bytes, time that goes forward,
// phases that sum to the RTO.
func checkRun(t *testing.T, s *model.Scenario, kind model.StrategyKind, seed uint64) {
	t.Helper()
	repeat := fmt.Sprintf("redoubt simulate %s --strategy %s --seed %d", s.Name, kind, seed)
	var written [2]string
	for i := range written {
		run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
			Strategy: kind, Seed: seed, Untraced: i > 0,
		})
		if err != nil {
			t.Fatalf("%s: %v", repeat, err)
		}
		var b bytes.Buffer
		if err := writeResult(&b, asTable, simulationView{Simulation: run}); err != nil {
			t.Fatalf("%s: %v", repeat, err)
		}
		if i > 0 && len(run.Spans)+len(run.Samples) > 0 {
			t.Errorf("%s: %d spans of a run without a trace", repeat, len(run.Spans))
		}
		written[i] = b.String()
		checkStory(t, run, repeat)
	}
	if written[0] != written[1] {
		t.Errorf("%s: two runs differ", repeat)
	}
}

func checkStory(t *testing.T, run *redoubt.Simulation, repeat string) {
	t.Helper()
	before := time.Duration(math.MinInt64)
	for _, entry := range run.Timeline {
		if entry.At < before {
			t.Errorf("%s: %q at %v comes after %v", repeat, entry.Text, entry.At, before)
		}
		before = entry.At
	}
	for _, incident := range run.Incidents {
		sum := time.Duration(0)
		for _, phase := range incident.Phases {
			sum += phase
		}
		if sum != incident.RTO {
			t.Errorf("%s: phases sum to %v, RTO is %v", repeat, sum, incident.RTO)
		}
	}
	shown := 0
	for _, m := range (simulationView{Simulation: run}).timeline().list.moments {
		if len(m.details) > 0 {
			shown++
		}
	}
	judged := 0
	for i := range run.Decisions {
		if len(run.Decisions[i].Gates) > 0 {
			judged++
		}
	}
	if shown != judged {
		t.Errorf("%s: gates of %d decisions are shown, of %d were judged", repeat, shown, judged)
	}
}
