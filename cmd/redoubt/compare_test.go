package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
)

// warmOutcome is what the warm standby of comparison did.
func warmOutcome() model.Outcome {
	return model.Outcome{
		ReachRTT: 32 * time.Millisecond,
		RTO: model.Quantiles{
			P50: 250 * time.Second, P95: 290 * time.Second, P99: 301 * time.Second,
			Max: 400 * time.Second, Count: 12,
			P50Within: model.Interval{Low: 240 * time.Second, High: 280 * time.Second},
			P95Within: model.Interval{Low: 270 * time.Second, High: model.Unbounded},
			P99Within: model.Interval{Low: 280 * time.Second, High: model.Unbounded},
		},
		RPO: model.Quantiles{
			P50: time.Second, P95: 1500 * time.Millisecond, P99: 2 * time.Second,
			Max: 3 * time.Second, Count: 11,
			P50Within: model.Interval{Low: time.Second / 2, High: 1400 * time.Millisecond},
			P95Within: model.Interval{Low: 1200 * time.Millisecond, High: model.Unbounded},
			P99Within: model.Interval{Low: 1500 * time.Millisecond, High: model.Unbounded},
		},
		PhaseMean: [model.PhaseCount]time.Duration{
			model.Detect: 30 * time.Second, model.Agree: 44 * time.Millisecond,
		},
	}
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
			P50Within: model.Interval{Low: 2 * time.Hour, High: 20 * time.Hour},
			P95Within: model.Interval{Low: 20 * time.Hour, High: model.Unbounded},
			P99Within: model.Interval{Low: 26 * time.Hour, High: model.Unbounded},
		}},
		Case: cost.Case{
			Priced: true, CostPerYear: 21_234 * model.Dollar,
			LossPerYear: model.Estimate{Mean: 58_800, Low: 57_000, High: 60_900},
			ROI:         math.NaN(), CostBenefit: math.NaN(), Reasons: []string{"the baseline"},
		},
		Objectives: []redoubt.ObjectiveResult{
			{Objective: s.Objectives[0], Count: 12, Probability: 0, Low: 0, High: 0.24},
			{Objective: s.Objectives[1], Probability: math.NaN(), Low: 0, High: 1, Met: true},
			{Objective: s.Objectives[2], Count: 100, Probability: 0.4, Low: 0.37, High: 0.43},
		},
	}
	single.VersusRecommended = &redoubt.Difference{
		DownHours: model.Estimate{Mean: 6.2, Low: 5.94, High: 6.45}, Priced: true,
		Net: model.Estimate{Mean: -48_000, Low: -50_000, High: -46_000},
	}
	warm := redoubt.StrategyResult{
		Kind:         model.WarmStandby,
		Availability: model.Estimate{Mean: 0.99998, Low: 0.99997, High: 0.99999},
		DownHours:    model.Estimate{Mean: 0.2, Low: 0.19, High: 0.21},
		VersusBaseline: &redoubt.Difference{
			DownHours: model.Estimate{Mean: -6.2, Low: -6.45, High: -5.94},
		},
		LostWrites: 1234.5, Failovers: 0.8, SplitBrain: 1500 * time.Millisecond,
		Outcome: warmOutcome(),
		Case: cost.Case{
			Priced: true, CostPerYear: 26_234 * model.Dollar, Extra: 5000 * model.Dollar,
			LossPerYear:    model.Estimate{Mean: 5800, Low: 5667, High: 5932},
			AvoidedPerYear: model.Estimate{Mean: 53_000, Low: 51_000, High: 55_000},
			NetPerYear:     model.Estimate{Mean: 48_000, Low: 46_000, High: 50_000},
			ROI:            9.6, CostBenefit: 0.094, BreakevenHours: math.Inf(1),
			PaybackMonths: math.Inf(1), ProbabilityPaysBack: 0.61, NPV: 123_456.789,
			Verdict: cost.Proceed, Reasons: []string{"it avoids more than it costs", "by far"},
		},
		Objectives: []redoubt.ObjectiveResult{
			{Objective: s.Objectives[0], Count: 12, Probability: 0.97, Low: 0.955, High: 0.982, Met: true},
			{Objective: s.Objectives[1], Count: 11, Probability: 0.99, Low: 0.98, High: 0.995, Met: true},
			{Objective: s.Objectives[2], Count: 100, Probability: 0.9, Low: 0.88, High: 0.92},
		},
	}
	costIncidents(&single, &warm)
	return &redoubt.Comparison{
		Scenario: s, Seed: 7, Trials: 100, Years: 10,
		Strategies: []redoubt.StrategyResult{single, warm,
			{Kind: model.ActiveActive, Excuse: "store orders takes writes in one region at a time"}},
		Recommended: model.WarmStandby, Why: "it has the highest net benefit: $48,000 a year",
		Inversions: []string{"a richer strategy is down more"},
		Findings:   []string{"capacity: the others are full"},
	}
}

// costIncidents has incidents cost something, and one of the two stand by.
func costIncidents(single, warm *redoubt.StrategyResult) {
	single.Incidents, warm.Incidents = 0.78, 0.83
	single.Case.Incidents = cost.IncidentCost{
		Mean: 74_700, P50: 52_000, P95: 209_000, P99: 801_000, Max: 1_281_800, Count: 780, Beside: 534,
	}
	warm.Case.Incidents = cost.IncidentCost{
		Mean: 6700, P50: 6600, P95: 7800, P99: 9100, Max: 106_100, Count: 830, Beside: 239,
	}
	warm.Case.StandbyHours = model.Estimate{Mean: 8755.4, Low: 8754.9, High: 8756.1}
	warm.Case.WastePerYear = model.Estimate{Mean: 4210, Low: 4209.5, High: 4210.25}
}

func TestComparisonInEveryForm(t *testing.T) {
	allForms(t, "compare", comparisonView{Comparison: comparison(), asked: source{name: "shop.toml"}})
}

// What fails is said as it is: by the hazards, by the timeline, or not at all.
func TestComparisonSaysWhatFails(t *testing.T) {
	const nothing, timeline = "nothing ever fails", "every trial plays the faults of its timeline"
	hazards, faults := []model.Hazard{{PerYear: 1}}, []model.Fault{{Duration: time.Hour}}
	for _, row := range []struct {
		name      string
		hazards   []model.Hazard
		faults    []model.Fault
		want, not string
	}{
		{"neither", nil, nil, nothing, timeline},
		{"a timeline", nil, faults, timeline, nothing},
		{"a hazard", hazards, nil, "is served.", "The scenario states no hazard"},
		{"both", hazards, faults, "is served.", "The scenario states no hazard"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := comparison()
			c.Scenario.Hazards, c.Scenario.Timeline = row.hazards, row.faults
			got := comparisonView{Comparison: c}.happens()
			if !strings.Contains(got, row.want) || strings.Contains(got, row.not) {
				t.Errorf("got %q, want %q in it and no %q", got, row.want, row.not)
			}
		})
	}
}

func TestInterruptedComparisonSaysSo(t *testing.T) {
	c := comparison()
	c.Recommended, c.Why = 0, "not every strategy was simulated: warm-standby could be better"
	c.Strategies[1] = redoubt.StrategyResult{
		Kind: model.WarmStandby, Skipped: true, Excuse: "interrupted before its first trial",
	}
	shop := source{name: "shop"}
	allForms(t, "compare-interrupted", comparisonView{Comparison: c, asked: shop, partial: true})
}

// One trial has no interval: the table says so, JSON has null and CSV nothing.
func TestOneTrialInEveryForm(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	c, err := redoubt.Compare(context.Background(), s, redoubt.CompareOptions{Trials: 1, Years: 2})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		asTable: "n/a (1 trial)", asMarkdown: "n/a (1 trial)", asJSON: `"low": null,`, asCSV: ",,",
	}
	for form, text := range want {
		var b bytes.Buffer
		if err := writeResult(&b, form, comparisonView{Comparison: c}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), text) {
			t.Errorf("%s: got no %q", form, text)
		}
		for _, never := range []string{"Inf", "NaN", "9,223,372", "9223372", "1 trials"} {
			if strings.Contains(b.String(), never) {
				t.Errorf("%s: got %q in it", form, never)
			}
		}
	}
}

// The command that repeats a comparison has every flag that changes its figures, and is read by a
// shell as it was meant.
func TestRepeatingNamesWhatChangesTheFigures(t *testing.T) {
	c := comparison()
	kinds := []model.StrategyKind{model.WarmStandby, model.ActiveActive}
	interrupted := comparison()
	interrupted.Strategies[2].Skipped = true
	for _, row := range []struct {
		name string
		view comparisonView
		want string
	}{
		{"all of the scenario's", comparisonView{Comparison: c, asked: source{name: "shop"}},
			"redoubt compare shop --trials 100 --years 10 --seed 7"},
		{"chosen ones", comparisonView{Comparison: c, asked: source{name: "a/shop.toml"}, chosen: kinds},
			"redoubt compare a/shop.toml --strategies warm-standby,active-active " +
				"--trials 100 --years 10 --seed 7"},
		{"interrupted", comparisonView{
			Comparison: interrupted, asked: source{name: "shop"}, partial: true,
		},
			"redoubt compare shop --strategies single-region,warm-standby " +
				"--trials 100 --years 10 --seed 7"},
		{"a file with a space", comparisonView{Comparison: c, asked: source{name: "Bob's shop.toml"}},
			`redoubt compare 'Bob'\''s shop.toml' --trials 100 --years 10 --seed 7`},
	} {
		if got := row.view.repeat(); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

// withoutBill is the estate with nothing that says what it costs.
func withoutBill(t *testing.T) *model.Scenario {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	s.Bill = nil
	return s
}

// Without a bill nothing may read $0, pay back or have a verdict on money.
func TestUnpricedComparisonInEveryForm(t *testing.T) {
	c, err := redoubt.Compare(context.Background(), withoutBill(t), redoubt.CompareOptions{
		Trials: 20, Years: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	view := comparisonView{Comparison: c}
	rows := view.worth().rows
	for _, row := range rows {
		last := row[len(row)-1]
		if row[1] != unpriced || row[0] == "single-region" != (last == "baseline") ||
			row[0] != "single-region" && last != unpriced {
			t.Errorf("got %q, want no cost and no verdict on money", row)
		}
	}
	data := view.structure().(comparisonData)
	for _, s := range data.Strategies[1:] {
		encoded, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			`"cost_per_year_usd":null`, `"verdict":null`, `"extra_cost_per_year_usd":null`,
			`"net_benefit_per_year_usd":{"mean":null,"low":null,"high":null}`, `"npv_usd":null`,
			`"probability_pays_back":null`, `"breakeven_outage_hours_per_year":null`,
			`"breakeven_revenue_usd":null`, `"breakeven_revenue_within_usd":null`,
		} {
			if !strings.Contains(string(encoded), want) {
				t.Errorf("%s: got %s, want %s in it", s.Name, encoded, want)
			}
		}
		if s.Versus.Avoided.Mean <= 0 && s.Name != "backup-restore" {
			t.Errorf("%s: got %v avoided, want what was lost less", s.Name, s.Versus.Avoided)
		}
	}
	records := view.records()
	for i, column := range records[0] {
		switch column {
		case "cost_per_year_usd", "verdict", "npv_usd", "probability_pays_back",
			"extra_cost_per_year_usd":
			for _, record := range records[2:] {
				if record[i] != "" {
					t.Errorf("%s: got %q for %s, want nothing", record[4], record[i], column)
				}
			}
		}
	}
}

func TestUnpricedBillInEveryForm(t *testing.T) {
	s := withoutBill(t)
	for name, view := range map[string]billView{
		"as billed": {scenario: s, bill: cost.AsBilled(s)},
		"one strategy": {
			scenario: s, strategy: model.HotStandby, bill: cost.Itemise(s, model.HotStandby),
		},
	} {
		for form, want := range map[string]string{
			asTable: "unpriced", asMarkdown: "Unpriced: ", asJSON: `"total_per_year_usd": null,`,
		} {
			var b bytes.Buffer
			if err := writeResult(&b, form, view); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "$0") {
				t.Errorf("%s, %s: got\n%s\nwant %q in it and no $0", name, form, b.String(), want)
			}
		}
	}
}

func TestObjectivesWithoutAnIncidentAreNotJudged(t *testing.T) {
	judged := redoubt.ObjectiveResult{Count: 3, Met: true, Probability: 1}
	open := redoubt.ObjectiveResult{Met: true, Probability: math.NaN()}
	missed := redoubt.ObjectiveResult{Count: 3}
	for _, row := range []struct {
		name       string
		objectives []redoubt.ObjectiveResult
		want       string
	}{
		{"all met", []redoubt.ObjectiveResult{judged, judged}, "true"},
		{"one open", []redoubt.ObjectiveResult{judged, open}, ""},
		{"one open and one missed", []redoubt.ObjectiveResult{open, missed}, "false"},
		{"none", nil, "true"},
	} {
		if got := meetsAll(&redoubt.StrategyResult{Objectives: row.objectives}); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	if got := reached(open); got[1] != "no incident to judge by" {
		t.Errorf("got %q, want that there was no incident", got)
	}
	if got := objectiveOf(open); got.Met != nil || got.Probability != nil || got.Low != nil {
		t.Errorf("got %+v, want nothing that was not judged", got)
	}
}

// The keys that DESIGN promises of `compare --output json`.
func TestComparisonKeepsItsKeys(t *testing.T) {
	encoded, err := json.Marshal(comparisonView{
		Comparison: comparison(), pair: []model.StrategyKind{model.WarmStandby, model.SingleRegion},
	}.structure())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(encoded, &got); err != nil {
		t.Fatal(err)
	}
	pair := got["pair"].(map[string]any)
	warm := got["strategies"].([]any)[1].(map[string]any)
	versus := warm["versus_baseline"].(map[string]any)
	objective := warm["objectives"].([]any)[0].(map[string]any)
	interval := []string{"mean", "low", "high"}
	sample := []string{
		"p50", "p95", "p99", "max", "count", "p50_within", "p95_within", "p99_within",
	}
	cases := []struct {
		name string
		in   any
		keys []string
	}{
		{"top", got, []string{"schema_version", "scenario", "seed", "trials", "recommended"}},
		{"pair", pair, []string{"sides", "differences", "cheaper"}},
		{"difference", pair["differences"].([]any)[0], []string{"figure", "better", "by", "text"}},
		{"side", pair["sides"].([]any)[0], []string{
			"name", "bill", "trial_losses_per_year_usd", "cost_and_loss_after_years_usd",
		}},
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

// The columns of a CSV and the keys of the JSON say the same.
func TestRecordsSayWhatTheStructureSays(t *testing.T) {
	c := comparison()
	c.Strategies[1].Conflicts = 321.5
	c.Strategies[1].Case.LossLines.People = 77 * model.Dollar
	c.Strategies[1].Case.IRR = 0.25
	c.Strategies[1].Case.BreakevenRevenue = 500
	c.Strategies[1].Case.BreakevenWithin = model.Estimate{Low: 400, High: math.Inf(1)}
	records := comparisonView{Comparison: c}.records()
	got := map[string]string{}
	for i, column := range records[0] {
		if _, twice := got[column]; twice {
			t.Errorf("the column %s comes twice", column)
		}
		got[column] = records[2][i]
	}
	for column, want := range map[string]string{
		"conflicts_per_year": "321.5", "avoided_loss_per_year_usd": "53000",
		"avoided_loss_per_year_usd_low": "51000", "avoided_loss_per_year_usd_high": "55000",
		"irr": "0.25", "loss_by_people_per_year_usd": "77", "net_benefit_per_year_usd": "48000",
		"verdict": "proceed", "recommended": "true", "lost_writes_per_year": "1234.5",
		"breakeven_revenue_usd": "500", "breakeven_revenue_usd_low": "400",
		"breakeven_revenue_usd_high": "",
	} {
		if got[column] != want {
			t.Errorf("%s: got %q, want %q", column, got[column], want)
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

// What a difference shows is said with the words for it, or that it shows nothing.
func TestDifferencesAreWorded(t *testing.T) {
	above := model.Estimate{Mean: 2, Low: 1, High: 3}
	below := model.Estimate{Mean: -2, Low: -3, High: -1}
	covers := model.Estimate{Mean: 1, Low: -1, High: 3}
	rows := []struct {
		name string
		d    redoubt.Difference
		want string
	}{
		{"worse", redoubt.Difference{DownHours: above, Net: below, Priced: true},
			"down longer, worth less"},
		{"better", redoubt.Difference{DownHours: below, Net: above, Priced: true},
			"down shorter, worth more"},
		{"neither", redoubt.Difference{DownHours: covers, Net: covers, Priced: true},
			"cannot be told apart"},
		{"money alone", redoubt.Difference{DownHours: covers, Net: below, Priced: true},
			"worth less; downtime cannot be told apart"},
		{"hours alone", redoubt.Difference{DownHours: below, Net: covers, Priced: true},
			"down shorter; worth cannot be told apart"},
		{"unpriced", redoubt.Difference{DownHours: above}, "down longer"},
		{"one trial", redoubt.Difference{DownHours: cost.EstimateOf([]float64{1})},
			"one trial shows nothing"},
	}
	for _, row := range rows {
		if got := (comparisonView{}).verdictOf(&row.d); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	for number, want := range map[string]string{
		"1.5": "+1.5", "-1.5": "-1.5", "0.000": "0.000", "1,234": "+1,234",
	} {
		if got := signed(number); got != want {
			t.Errorf("%s: got %s, want %s", number, got, want)
		}
	}
}
