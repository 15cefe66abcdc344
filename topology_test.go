package redoubt_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
	"redoubt/scenarios"
)

// TestTopology looks at a scenario when all is well, at the loss of its primary region, and after a
// failover, and adds up who is sent where.
func TestTopology(t *testing.T) {
	s, err := scenarios.Load("warm-standby-two-region")
	if err != nil {
		t.Fatal(err)
	}
	first, err := redoubt.Simulate(s, redoubt.SimulateOptions{
		Strategy: model.WarmStandby, Seed: 1, Untraced: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var moved time.Duration
	for _, entry := range first.Timeline {
		if entry.Text == "verify is done" && moved == 0 {
			moved = entry.At
		}
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
		Strategy: model.WarmStandby, Seed: 1,
		Explain: redoubt.Explain{At: []time.Duration{time.Second, moved}},
	})
	if err != nil || moved == 0 {
		t.Fatalf("traffic moved at %s, %v", moved, err)
	}
	primary, secondary := s.Primary(), s.Secondary()
	for _, test := range []struct {
		name            string
		is              *redoubt.Topology
		first, second   string
		sent            model.RegionID
		impaired, leads bool
	}{
		{"well", redoubt.TopologyOf(s, model.WarmStandby), "primary", "standby", primary, false, false},
		{"lost", run.TopologyAt(time.Second), "primary", "standby", primary, true, true},
		{"moved", run.TopologyAt(moved), "standby", "primary", secondary, true, true},
	} {
		users, leaders := 0.0, 0
		for _, r := range test.is.Regions {
			users += r.Users
			if r.Leads {
				leaders++
			}
		}
		one, other := test.is.Regions[primary], test.is.Regions[secondary]
		if one.Role != test.first || other.Role != test.second ||
			test.is.Regions[test.sent].Users != users || math.Abs(users-1) > 1e-9 ||
			len(one.Impaired) > 0 != test.impaired || leaders > 0 != test.leads {
			t.Errorf("%s: got %+v", test.name, test.is.Regions)
		}
		if last := test.is.Regions[len(s.Regions)-1]; last.Role != "witness" || last.Users != 0 {
			t.Errorf("%s: the witness is %+v", test.name, last)
		}
		if want := len(s.Regions) * (len(s.Regions) - 1); len(test.is.Ways) != want {
			t.Errorf("%s: %d ways, want %d", test.name, len(test.is.Ways), want)
		}
	}
}

// TestTopologyHasCutWays cuts the way between two regions, and says so of both directions and of
// nothing else.
func TestTopologyHasCutWays(t *testing.T) {
	s, err := scenarios.Load("github-2018-10-21")
	if err != nil {
		t.Fatal(err)
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{Strategy: model.HotStandby, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	cut := func(at time.Duration) (ways []string) {
		for _, way := range run.TopologyAt(at).Ways {
			if way.Cut {
				ways = append(ways, way.From+" to "+way.To)
			}
		}
		return ways
	}
	held, over := 0, time.Duration(0)
	for _, span := range run.Spans {
		if span.Part.String() != "link" {
			continue
		}
		over = max(over, span.To)
		one, other := s.Regions[span.Region].Name, span.Lane
		for _, way := range []string{one + " to " + other, other + " to " + one} {
			if held++; !slices.Contains(cut(span.From), way) {
				t.Errorf("at %s the way from %s is not cut", span.From, way)
			}
		}
	}
	if still := cut(over); held == 0 || len(still) > 0 {
		t.Errorf("of %d ways at %s these are still cut: %v", held, over, still)
	}
	for _, way := range redoubt.TopologyOf(s, model.HotStandby).Ways {
		if way.Cut || way.RTT <= 0 {
			t.Errorf("when all is well the way is %+v", way)
		}
	}
}
