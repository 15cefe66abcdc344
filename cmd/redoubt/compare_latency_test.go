package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/model"
)

// A queue that never settles has no quantiles, and says what is shed.
func TestLatencyOfAQueueThatNeverSettles(t *testing.T) {
	r := redoubt.StrategyResult{Kind: model.ReadLocal}
	r.Outcome.Latency = []model.PopulationLatency{{
		Population: "users",
		Well:       model.Delay{P50: time.Second / 4, P95: time.Second / 2, P99: time.Second},
		Moved:      model.Delay{Shed: 0.25},
	}}
	encoded, err := json.Marshal(strategyOf(&r).Latency)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"population":"users",` +
		`"all_well_seconds":{"p50":0.25,"p95":0.5,"p99":1,"shed_share":0},` +
		`"after_failover_seconds":{"p50":null,"p95":null,"p99":null,"shed_share":0.25}}]`
	if string(encoded) != want {
		t.Errorf("got %s, want %s", encoded, want)
	}
}

// The table is there where the scenario says how long a request keeps a server busy, and only
// there.
func TestLatencyIsSaidWhereItIsKnown(t *testing.T) {
	c := comparison()
	d := &document{}
	comparisonView{Comparison: c}.latency(d)
	if got := len(d.blocks); got != 0 {
		t.Errorf("got %d blocks without a service time, want none", got)
	}
	c.Scenario.Traffic.ServiceTime = 20 * time.Millisecond
	c.Strategies[1].Outcome.Latency = []model.PopulationLatency{{Population: "far away"}}
	d = &document{}
	comparisonView{Comparison: c}.latency(d)
	if got := len(d.blocks); got != 3 {
		t.Errorf("got %d blocks, want a heading, a table and what it means", got)
	}
	var said strings.Builder
	if d.writeText(&said); !strings.Contains(said.String(), "far away") {
		t.Errorf("got %q, want the population", said.String())
	}
}
