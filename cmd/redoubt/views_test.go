package main

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"redoubt"
	"redoubt/cost"
	"redoubt/model"
	"redoubt/scenarios"
	"redoubt/sim"
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

// Every row of a CSV has a field for every column, whatever the strategy.
func TestRecordsAreRectangular(t *testing.T) {
	views := map[string]result{
		"compare":  comparisonView{Comparison: comparison()},
		"simulate": simulationView{Simulation: simulation()},
		"explain":  explanationView{simulationView: simulationView{Simulation: explained()}},
		"cost":     billView{scenario: estate(), bill: cost.AsBilled(estate())},
		"roi":      businessView{businessCase(t)},
		"version":  readVersion(),
		"topology": topologyView{Topology: redoubt.TopologyOf(estate(), model.WarmStandby)},
		"policies": policiesView{PolicyTest: policyTest(), asked: source{name: "shop"}},
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

// simulation is made up.
func simulation() *redoubt.Simulation {
	s := estate()
	s.Business.RevenuePerYear = 50_000_000 * model.Dollar
	s.Business.LostWrite, s.Business.Incident = 25*model.Dollar, 5000*model.Dollar
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
			Damage: model.Damage{
				Incidents: 1, Down: 421 * time.Second, Lost: 440 * time.Second, LostWrites: 73,
			},
		}},
		RPOs:  []time.Duration{735 * time.Millisecond},
		Stale: []redoubt.StaleShare{{After: 2 * time.Minute, Share: 0.0891}},
		Alerts: []redoubt.Alert{
			{Name: "lag over 5 s", Fires: []time.Duration{26 * time.Second, time.Hour},
				BeforeFailover: new(true), BeforeLoss: new(false)},
			{Name: "errors over 1 %"},
		},
		Backlogs: []sim.BacklogFinding{
			{Name: "order events", Largest: 5040.4, LargestAt: 421 * time.Second,
				DrainedAt: 842 * time.Second, Drained: true},
			{Name: "mails"},
		},
		Outcome: model.Trial{
			Down: 421 * time.Second, Lost: 446 * time.Second, LostWrites: 73, Incidents: 1, Failovers: 1,
			Beside: model.Damage{Lost: 6 * time.Second},
			Idle:   [model.MaxRegions]time.Duration{7000 * time.Second, 98 * time.Minute},
		},
	}
}

func TestSimulationInEveryForm(t *testing.T) {
	allForms(t, "simulate", simulationView{Simulation: simulation()})
}

// explained is a made-up run with two explanations: nobody leads at the first, and little has
// changed at the second.
func explained() *redoubt.Simulation {
	run := simulation()
	gates := []redoubt.GateExplanation{
		{
			Name: "evidence", Verdict: "pass", Reason: "2 of the 2 say that north is down",
			Since: 35600 * time.Millisecond, Began: true,
		},
		{
			Name: "hold-down", Verdict: "hold", Reason: "a quorum has said so for 24s; the hold-down is 1m",
			Since: 35600 * time.Millisecond, Began: true, Until: 95600 * time.Millisecond, Ends: true,
		},
		{Name: "cooldown", Verdict: "hold", Reason: "1 is recent", Until: time.Hour, Ends: true},
		{Name: "veto", Verdict: "deny", Reason: "somebody forbade to leave north"},
	}
	scope := redoubt.ScopeExplanation{
		Scope: "north", Region: "north", Part: "region", Action: "failover", Target: "south",
		New: true, Gates: gates, Conclusion: "nothing is done: hold-down holds until T+1m36s",
		Candidates: []redoubt.Candidate{
			{Region: "south", Chosen: true, Reason: "was chosen"},
			{Region: "west", Reason: "may not hold the data"},
		},
	}
	later := scope
	later.New, later.UnderWay, later.Conclusion = false, true, "the failover is under way"
	later.Gates = slices.Clone(gates)
	later.Gates[1] = redoubt.GateExplanation{
		Name: "hold-down", Verdict: "pass", Reason: "a quorum has said so for 1m", Changed: true,
	}
	store := redoubt.ScopeExplanation{
		Scope: "orders in south", Region: "south", Part: "store", Store: "orders", New: true,
		Action: "failover", Conclusion: "nothing is done: a quorum sees orders in south up",
	}
	run.Explanations = []redoubt.Explanation{
		{
			At: time.Minute, Epoch: 1, Primary: "north", Serving: []string{"north"},
			Facts: []redoubt.Fact{{About: "primary", Text: "north"}, {About: "plan", Text: "none"}},
			Plan:  redoubt.RunningPlan{Kind: "none"}, Scopes: []redoubt.ScopeExplanation{scope},
		},
		{
			At: 2 * time.Minute, Leader: "south", Epoch: 2, Primary: "north", Serving: []string{"north"},
			Facts: []redoubt.Fact{{About: "primary", Text: "north"}, {About: "plan", Text: "a failover"}},
			Plan: redoubt.RunningPlan{
				Kind: "failover", Epoch: 2, Region: "north", Target: "south", Began: 96 * time.Second,
				Steps: []redoubt.PlanStep{
					{Kind: "promote", Store: "orders", Status: "claimed", By: "south", Tries: 1,
						Since: 97 * time.Second},
					{Kind: "shift", Status: "waiting", Since: 96 * time.Second},
				},
			},
			Scopes: []redoubt.ScopeExplanation{later, store},
		},
	}
	return run
}

func TestExplanationsInEveryForm(t *testing.T) {
	allForms(t, "explain", explanationView{simulationView: simulationView{Simulation: explained()}})
}

// Every key of the JSON is in the document that describes it.
func TestKeysOfExplanationsAreDocumented(t *testing.T) {
	document, err := os.ReadFile("../../docs/decisions.md")
	if err != nil {
		t.Fatal(err)
	}
	_, described, found := strings.Cut(string(document), "    explanations[].")
	if !found {
		t.Fatal("docs/decisions.md does not describe the explanations")
	}
	words := strings.FieldsFunc(described, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r)
	})
	var check func(of reflect.Type)
	check = func(of reflect.Type) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct {
			return
		}
		for i := range of.NumField() {
			if key := of.Field(i).Tag.Get("json"); !slices.Contains(words, key) {
				t.Errorf("docs/decisions.md does not say what %q is", key)
			}
			check(of.Field(i).Type)
		}
	}
	check(reflect.TypeFor[explanationData]())
}

// Where only changes are asked for, what says the same as before is left out.
func TestExplanationsOfChanges(t *testing.T) {
	var b bytes.Buffer
	view := explanationView{simulationView: simulationView{Simulation: explained()}, changes: true}
	if err := writeResult(&b, asTable, view); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain-changes.txt", b.String())
}

// A failover that goes on from one outage into the next, since its standby cannot grow, is judged
// once, by what it lost.
func TestAFailoverOfTwoIncidentsIsJudgedOnce(t *testing.T) {
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	s.Settings.DataAtRiskMax = 10 * time.Minute
	s.Stores[0].Promotion = model.Fixed(970 * time.Second)
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Fixed(time.Minute)
	}
	s.Timeline = []model.Fault{
		{
			Kind: model.CapacityRefused, Region: 1, Peer: model.NoRegion, At: 10 * time.Minute,
			Duration: 2 * time.Hour,
		},
		{
			Kind: model.RegionLoss, Region: 0, Peer: model.NoRegion, At: 40 * time.Minute,
			Duration: 1097 * time.Second,
		},
	}
	run, err := redoubt.Simulate(s, redoubt.SimulateOptions{
		Strategy: model.WarmStandby, Seed: 1, Untraced: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for _, incident := range run.Incidents {
		if incident.Failover {
			moved++
		}
	}
	if moved != 2 || run.Outcome.Failovers != 1 {
		t.Fatalf("%d incidents with %d failovers, want 2 with 1", moved, run.Outcome.Failovers)
	}
	for _, c := range []struct {
		seconds float64
		rpos    []time.Duration
		want    string
	}{
		{60, run.RPOs, "met by 0 of 1 failover of this run."},
		{61, run.RPOs, "met by 1 of 1 failover of this run."},
		{61, nil, "what was taken over in this run is not over, so that there is no " +
			"failover to judge by."},
	} {
		run.RPOs = c.rpos
		got := judged(model.Objective{Metric: model.MetricRPO, Seconds: c.seconds}, run)
		if !strings.HasSuffix(got, ": "+c.want) {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
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
	want := "the incident at T+0s lost 1h of writes, not RPO <= 1m"
	if err := missedObjectives(run); err == nil || err.Error() != want {
		t.Errorf("got %v, want %q", err, want)
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

// A strategy without an answer has one word in the table, and its reason below.
func TestExcusesOfTheBusinessCaseAreListed(t *testing.T) {
	business := businessCase(t)
	for i := range business.Strategies {
		business.Strategies[i].Excuse = "every user is nearest to one region"
	}
	var b bytes.Buffer
	businessView{business}.document().writeText(&b)
	for i := range business.Strategies {
		kind := business.Strategies[i].Kind.String()
		want := "- " + kind + " has no verdict: every user is nearest to one region\n"
		if !strings.Contains(b.String(), want) {
			t.Errorf("got\n%s\nwant %q in it", b.String(), want)
		}
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
