package main

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
)

// estate is a small scenario with a bill, two objectives and a name.
func estate() *model.Scenario {
	s := &model.Scenario{
		Name: "shop", Title: "A shop in two regions",
		Regions: []model.Region{{Name: "north"}, {Name: "south"}, {Name: "vote", Witness: true}},
		Traffic: model.Traffic{RequestsPerSecond: 100, WriteShare: 0.1, DownBelow: 0.9},
		Populations: []model.Population{
			{Name: "n", Share: 0.5, Nearest: 0}, {Name: "s", Share: 0.5, Nearest: 1},
		},
		Routing: model.Routing{Clients: model.Measured},
		Bill: []model.BillLine{
			{Region: 0, Category: model.Compute, What: "nodes", PerYear: 10_000 * model.Dollar},
			{Region: 1, Category: model.Compute, What: "nodes", PerYear: 8_000 * model.Dollar},
			{Region: model.Global, Category: model.Edge, What: "DNS", PerYear: 1_234_560_000,
				Unverified: true},
		},
		Reference: []model.ReferenceBill{{Name: "before", Lines: []model.BillLine{
			{Region: model.Global, PerYear: 50_000 * model.Dollar},
		}}},
		Objectives: []model.Objective{
			{Metric: model.MetricRTO, Seconds: 300, Required: true},
			{Metric: model.MetricRPO, Seconds: 60},
			{Metric: model.MetricAvailability, Share: 0.9999},
		},
	}
	for _, kind := range []model.StrategyKind{
		model.SingleRegion, model.WarmStandby, model.ActiveActive,
	} {
		s.Strategies = append(s.Strategies, model.DefaultStrategy(kind))
	}
	return s
}

// comparison is made up; its numbers only have to be told apart.
func comparison() *redoubt.Comparison {
	s := estate()
	single := redoubt.StrategyResult{
		Kind:         model.SingleRegion,
		Availability: model.Estimate{Mean: 0.99927, Low: 0.99924, High: 0.9993},
		DownHours:    model.Estimate{Mean: 6.4, Low: 6.13, High: 6.66},
		Outcome: model.Outcome{RTO: model.Quantiles{
			P50: 5 * time.Hour, P95: 26 * time.Hour, P99: 40 * time.Hour, Max: 80 * time.Hour, Count: 12,
		}},
		Case: cost.Case{
			CostPerYear: 21_234 * model.Dollar,
			LossPerYear: model.Estimate{Mean: 58_800, Low: 57_000, High: 60_900},
			ROI:         math.NaN(), CostBenefit: math.NaN(), Reasons: []string{"the baseline"},
		},
		Objectives: []redoubt.ObjectiveResult{
			{Objective: s.Objectives[0], Probability: 0, Low: 0, High: 0.24},
			{Objective: s.Objectives[1], Probability: 1, Low: 0, High: 1, Met: true},
			{Objective: s.Objectives[2], Probability: 0.4, Low: 0.37, High: 0.43},
		},
	}
	warm := redoubt.StrategyResult{
		Kind:         model.WarmStandby,
		Availability: model.Estimate{Mean: 0.99998, Low: 0.99997, High: 0.99999},
		DownHours:    model.Estimate{Mean: 0.2, Low: 0.19, High: 0.21},
		LostWrites:   1234.5, Failovers: 0.8, SplitBrain: 1500 * time.Millisecond,
		Outcome: model.Outcome{
			ReachRTT: 32 * time.Millisecond,
			RTO: model.Quantiles{
				P50: 250 * time.Second, P95: 290 * time.Second, P99: 301 * time.Second,
				Max: 400 * time.Second, Count: 12,
			},
			RPO: model.Quantiles{
				P50: time.Second, P95: 1500 * time.Millisecond, P99: 2 * time.Second,
				Max: 3 * time.Second, Count: 11,
			},
			PhaseMean: [model.PhaseCount]time.Duration{30 * time.Second, 44 * time.Millisecond},
		},
		Case: cost.Case{
			CostPerYear: 26_234 * model.Dollar, Extra: 5000 * model.Dollar,
			LossPerYear:    model.Estimate{Mean: 5800, Low: 5667, High: 5932},
			AvoidedPerYear: model.Estimate{Mean: 53_000, Low: 51_000, High: 55_000},
			NetPerYear:     model.Estimate{Mean: 48_000, Low: 46_000, High: 50_000},
			ROI:            9.6, CostBenefit: 0.094, BreakevenHours: math.Inf(1),
			PaybackMonths: math.Inf(1), ProbabilityPaysBack: 0.61, NPV: 123_456.789,
			Verdict: cost.Proceed, Reasons: []string{"it avoids more than it costs", "by far"},
		},
		Objectives: []redoubt.ObjectiveResult{
			{Objective: s.Objectives[0], Probability: 0.97, Low: 0.955, High: 0.982, Met: true},
			{Objective: s.Objectives[1], Probability: 0.99, Low: 0.98, High: 0.995, Met: true},
			{Objective: s.Objectives[2], Probability: 0.9, Low: 0.88, High: 0.92},
		},
	}
	return &redoubt.Comparison{
		Scenario: s, Seed: 7, Trials: 100, Years: 10,
		Strategies: []redoubt.StrategyResult{single, warm,
			{Kind: model.ActiveActive, Excuse: "store orders takes writes in one region at a time"}},
		Recommended: model.WarmStandby, Why: "it has the highest net benefit: $48,000 a year",
		Inversions: []string{"a richer strategy is down more"},
		Findings:   []string{"capacity: the others are full"},
	}
}

func TestComparisonInEveryForm(t *testing.T) {
	allForms(t, "compare", comparisonView{Comparison: comparison(), asked: "shop.toml"})
}

func TestInterruptedComparisonSaysSo(t *testing.T) {
	c := comparison()
	c.Recommended, c.Why = 0, "no strategy meets every required objective"
	allForms(t, "compare-interrupted", comparisonView{Comparison: c, asked: "shop", partial: true})
}

// The keys that DESIGN promises of `compare --output json`.
func TestComparisonKeepsItsKeys(t *testing.T) {
	encoded, err := json.Marshal(comparisonView{Comparison: comparison()}.structure())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	warm := got["strategies"].([]any)[1].(map[string]any)
	versus := warm["versus_baseline"].(map[string]any)
	objective := warm["objectives"].([]any)[0].(map[string]any)
	interval := []string{"mean", "low", "high"}
	sample := []string{"p50", "p95", "p99", "max", "count"}
	cases := []struct {
		name string
		in   any
		keys []string
	}{
		{"top", got, []string{"schema_version", "scenario", "seed", "trials", "recommended"}},
		{"strategy", warm, []string{
			"name", "kind", "lost_writes_per_year", "split_brain_seconds", "cost_per_year_usd",
			"verdict", "reasons",
		}},
		{"availability", warm["availability"], interval},
		{"downtime", warm["downtime_hours_per_year"], interval},
		{"loss", warm["loss_per_year_usd"], interval},
		{"rto", warm["rto_seconds"], sample},
		{"rpo", warm["rpo_seconds"], sample},
		{"versus", versus, []string{
			"extra_cost_per_year_usd", "net_benefit_per_year_usd", "roi",
			"breakeven_outage_hours_per_year", "probability_pays_back", "npv_usd", "payback_months",
		}},
		{"avoided", versus["avoided_loss_per_year_usd"], interval},
		{"objective", objective, []string{"name", "target", "met", "probability"}},
	}
	for _, c := range cases {
		for _, key := range c.keys {
			if _, has := c.in.(map[string]any)[key]; !has {
				t.Errorf("%s: got no key %s", c.name, key)
			}
		}
	}
	if versus["breakeven_outage_hours_per_year"] != nil {
		t.Errorf("got %v for a breakeven that never comes, want null",
			versus["breakeven_outage_hours_per_year"])
	}
}

// Every row of a CSV has a field for every column, whatever the strategy.
func TestRecordsAreRectangular(t *testing.T) {
	views := map[string]result{
		"compare":  comparisonView{Comparison: comparison()},
		"simulate": simulationView{simulation()},
		"cost":     billView{scenario: estate(), bill: cost.AsBilled(estate())},
		"roi":      businessView{businessCase(t)},
		"version":  readVersion(),
	}
	for name, view := range views {
		records := view.records()
		for i, record := range records {
			if len(record) != len(records[0]) {
				t.Errorf("%s: row %d has %d fields, want %d", name, i, len(record), len(records[0]))
			}
		}
	}
}

func TestGates(t *testing.T) {
	kind := func(k model.StrategyKind) *choice { return &choice{value: k.String()} }
	every := []string{failOnObjective, failOnAbort}
	missed := comparison()
	missed.Strategies[1].Objectives[2].Met = true
	aborted := comparison()
	aborted.Strategies[1].Case.Verdict = cost.Abort
	nobody := comparison()
	nobody.Recommended = 0
	cases := []struct {
		name    string
		c       *redoubt.Comparison
		failOn  []string
		enforce *choice
		want    int
	}{
		{"none asked for", comparison(), nil, &choice{}, exitDone},
		{"recommended misses one", comparison(), []string{failOnObjective}, &choice{}, exitMissed},
		{"recommended meets all", missed, []string{failOnObjective}, &choice{}, exitDone},
		{"recommended is no abort", comparison(), []string{failOnAbort}, &choice{}, exitDone},
		{"recommended is an abort", aborted, []string{failOnAbort}, &choice{}, exitMissed},
		{"enforced alone judges by all", missed, nil, kind(model.SingleRegion), exitMissed},
		{"enforced with one", missed, []string{failOnAbort}, kind(model.SingleRegion), exitDone},
		{"enforced cannot be built", missed, nil, kind(model.ActiveActive), exitMissed},
		{"nothing is recommended", nobody, []string{failOnAbort}, &choice{}, exitMissed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			gate := gateFlags{failOn: &choices{values: c.failOn, words: every}, enforce: c.enforce}
			if got := exitCode(gate.judge(c.c)); got != c.want {
				t.Errorf("got exit code %d, want %d", got, c.want)
			}
		})
	}
}

// simulation is made up.
func simulation() *redoubt.Simulation {
	s := estate()
	return &redoubt.Simulation{
		Scenario: s, Strategy: model.WarmStandby, Seed: 7, Hash: "c0ffee",
		Timeline: []redoubt.Entry{
			{At: 0, Region: "north", Kind: "fault", Text: "stops answering"},
			{At: 0, Kind: "traffic", Text: "the service is down"},
			{At: 95600 * time.Millisecond, Region: "south", Kind: "decision", Text: "failover begins"},
			{At: 4 * time.Minute, Region: "south", Kind: "action", Text: "promote is done"},
			{At: 2 * time.Hour, Region: "north", Kind: "fault", Text: "is back"},
		},
		Decisions: []redoubt.Decision{{
			At: 95600 * time.Millisecond, Epoch: 2, Action: "failover", Region: "north",
			Target: "south",
			Gates: []redoubt.Gate{
				{Name: "evidence", Verdict: "pass", Reason: "2 of 2 say that north is down",
					Since: 35600 * time.Millisecond},
				{Name: "last one standing", Verdict: "hold", Since: 95600 * time.Millisecond,
					Reason: "1 healthy region would be left, which is a long sentence to wrap"},
			},
		}},
		Incidents: []model.Incident{{
			RTO: 421 * time.Second, RPO: 735 * time.Millisecond, Failover: true,
			Phases: [model.PhaseCount]time.Duration{
				model.Detect: 36 * time.Second, model.Hold: time.Minute, model.Shift: 325 * time.Second,
			},
		}},
		Stale: []redoubt.StaleShare{{After: 2 * time.Minute, Share: 0.0891}},
		Outcome: model.Trial{
			Down: 421 * time.Second, Lost: 446 * time.Second, LostWrites: 73, Incidents: 1, Failovers: 1,
		},
	}
}

func TestSimulationInEveryForm(t *testing.T) {
	allForms(t, "simulate", simulationView{simulation()})
}

func TestMissedObjectivesOfARun(t *testing.T) {
	run := simulation()
	if got := exitCode(missedObjectives(run)); got != exitMissed {
		t.Errorf("RTO of 7m01s against 5m: got exit code %d, want %d", got, exitMissed)
	}
	run.Incidents[0].RTO = 5 * time.Minute
	if got := exitCode(missedObjectives(run)); got != exitDone {
		t.Errorf("RTO of 5m against 5m: got exit code %d, want %d", got, exitDone)
	}
	run.Incidents[0].RPO = time.Hour
	if got := exitCode(missedObjectives(run)); got != exitMissed {
		t.Errorf("RPO of 1h against 1m: got exit code %d, want %d", got, exitMissed)
	}
}

func TestBillInEveryForm(t *testing.T) {
	s := estate()
	allForms(t, "cost", billView{scenario: s, bill: cost.AsBilled(s)})
}

// Every amount in the itemised table is a line of the bill, and the subtotals lead to the total.
func TestBillLeadsToItsTotal(t *testing.T) {
	s := estate()
	kind := model.WarmStandby
	view := billView{scenario: s, strategy: kind, bill: cost.Itemise(s, kind)}
	rows := view.lines().rows
	if got, want := len(rows), len(view.bill.Lines)+len(view.bill.Regions())+1; got != want {
		t.Errorf("got %d rows, want %d: lines, subtotals and the total", got, want)
	}
	last := rows[len(rows)-1]
	if want := cents(view.bill.Total()); !slices.Contains(last, want) {
		t.Errorf("got %q as the last row, want the total %s", last, want)
	}
}

// businessCase is the arithmetic of the estate with revenue and expected outage hours.
func businessCase(t *testing.T) redoubt.Business {
	t.Helper()
	s := estate()
	s.Business = model.Business{
		RevenuePerYear: 50_000_000 * model.Dollar, OutageHours: 8, HorizonYears: 3,
		Deferred: 0.1, ReputationPerHour: 100 * model.Dollar,
	}
	business, err := redoubt.BusinessCase(s)
	if err != nil {
		t.Fatal(err)
	}
	return business
}

func TestOnlyKeepsOneStrategy(t *testing.T) {
	all := businessCase(t).Strategies
	for i := range all {
		if got := only(all, all[i].Kind); !reflect.DeepEqual(got, all[i:i+1]) {
			t.Errorf("got %v, want %s alone", got, all[i].Kind)
		}
	}
	if got := only(all, model.SingleRegion); got != nil {
		t.Errorf("got %v for the baseline, want nothing", got)
	}
}

func TestAbortsAreCounted(t *testing.T) {
	business := redoubt.Business{Strategies: []redoubt.BusinessStrategy{
		{Kind: model.WarmStandby, Verdict: cost.Proceed},
		{Kind: model.ActiveActive, Verdict: cost.Abort, Excuse: "cannot be built"},
	}}
	if got := exitCode(aborts(business)); got != exitDone {
		t.Errorf("got exit code %d without an abort, want %d", got, exitDone)
	}
	business.Strategies[0].Verdict = cost.Abort
	if got := exitCode(aborts(business)); got != exitMissed {
		t.Errorf("got exit code %d with an abort, want %d", got, exitMissed)
	}
}
