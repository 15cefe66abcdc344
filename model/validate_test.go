package model_test

import (
	"math"
	"math/rand" //nolint:depguard // testing/quick takes no other source.
	"strings"
	"testing"
	"testing/quick"
	"time"

	"redoubt/model"
)

// sound returns a scenario that breaks no rule.
func sound() *model.Scenario {
	s := &model.Scenario{
		Name: "shop", Title: "A shop",
		Regions: []model.Region{
			{Name: "us-east-1", FailureDomain: "us-east-1", Utilisation: 0.6, BurstCeiling: 3},
			{Name: "eu-west-1", FailureDomain: "eu-west-1", Utilisation: 0.6, BurstCeiling: 3},
			{Name: "eu-central-1", FailureDomain: "eu-central-1", Witness: true},
		},
		Populations: []model.Population{
			{Name: "america", Share: 0.6, Nearest: 0}, {Name: "europe", Share: 0.4, Nearest: 1},
		},
		Traffic: model.Traffic{RequestsPerSecond: 100, WriteShare: 0.1, DownBelow: 0.9},
		Stores: []model.Store{{
			Name: "orders", Kind: model.SingleWriter, LagSampleEvery: time.Minute,
			Promotion: model.Fixed(time.Minute), BackupEvery: time.Hour, Restore: model.Fixed(time.Hour),
		}},
		Checks: []model.Check{
			{Name: "api", Interval: 10 * time.Second, Timeout: 6 * time.Second, Failures: 3, Successes: 3},
		},
		Routing: model.Routing{TTL: time.Minute, Clients: model.Measured},
		Settings: model.Settings{
			HoldDown: time.Minute, Cooldown: time.Hour, ReportEvery: 10 * time.Second,
			StaleAfter: 30 * time.Second, ChecksDown: 1, Approvals: 1, MinimumServing: 1,
			DataAtRiskMax: time.Minute, CapacityMin: 1, Lease: 15 * time.Second,
			RenewEvery: 5 * time.Second,
			StopTime:   2 * time.Second, ClockDrift: 200e-6, StepTimeout: 15 * time.Minute, StepTries: 3,
			BrakeAfter: 3, BrakeWindow: 24 * time.Hour, BrakeRegions: 2,
			Readiness: []string{"secrets"}, ReadinessStaleAfter: 24 * time.Hour,
		},
		Consensus: model.Consensus{Heartbeat: 2 * time.Second},
		Hazards: []model.Hazard{{
			Kind: model.RegionLoss, Peer: model.NoRegion, PerYear: 0.8, Duration: model.Fixed(time.Hour),
		}},
		Timeline:   []model.Fault{{Kind: model.LinkCut, Region: 0, Peer: 1}},
		Business:   model.Business{RevenuePerYear: 1e7 * model.Dollar, HorizonYears: 3},
		Bill:       []model.BillLine{{Region: 0, What: "servers", PerYear: model.Dollar}},
		Reference:  []model.ReferenceBill{{Name: "old", Lines: []model.BillLine{{What: "all"}}}},
		Objectives: []model.Objective{{Metric: model.MetricRTO, Seconds: 300}},
		Run:        model.Run{Years: 10, Trials: 100},
	}
	for i := range s.Regions {
		for j := range s.Regions {
			if i != j {
				s.Latency[i][j] = 70 * time.Millisecond
			}
		}
	}
	for _, kind := range model.StrategyKinds() {
		s.Strategies = append(s.Strategies, model.DefaultStrategy(kind))
	}
	return s
}

func TestASoundScenarioBreaksNoRule(t *testing.T) {
	if got := sound().Validate(); got != nil {
		t.Errorf("Validate found %v", got)
	}
}

// ruleTests each break one rule of a sound scenario, and say where and with which words it is
// reported.
var ruleTests = []struct {
	name string
	edit func(s *model.Scenario)
	path string
	text string
}{
	{"no name", func(s *model.Scenario) { s.Name = "" }, "name", "empty"},
	{"name with a capital", func(s *model.Scenario) { s.Name = "Shop" }, "name", "'S'"},
	{"no title", func(s *model.Scenario) { s.Title = "" }, "title", "empty"},
	{"no regions", func(s *model.Scenario) { s.Regions = nil }, "region", "no region"},
	{"a region without a name", func(s *model.Scenario) { s.Regions[1].Name = "" },
		"region[1].name", "empty"},
	{"two of a name", func(s *model.Scenario) { s.Regions[1].Name = "us-east-1" },
		"region[1].name", "taken by region[0]"},
	{"a region called global", func(s *model.Scenario) { s.Regions[1].Name = "global" },
		"region[1].name", "bill lines"},
	{"utilisation that is no number", func(s *model.Scenario) {
		s.Regions[0].Utilisation = math.NaN()
	},
		"region[0].utilisation", "NaN"},
	{"no utilisation", func(s *model.Scenario) { s.Regions[0].Utilisation = 0 },
		"region[0].utilisation", "above 0%"},
	{"a ceiling below one", func(s *model.Scenario) { s.Regions[0].BurstCeiling = 0.5 },
		"region[0].burst_ceiling", "1x"},
	{"a witness with load", func(s *model.Scenario) { s.Regions[2].Utilisation = 0.1 },
		"region[2].utilisation", "witness"},
	{"a witness that bursts", func(s *model.Scenario) { s.Regions[2].BurstCeiling = 2 },
		"region[2].burst_ceiling", "witness"},
	{"a witness next door", func(s *model.Scenario) { s.Regions[2].FailureDomain = "eu-west-1" },
		"region[2].failure_domain", "shares"},
	{"no failure domain", func(s *model.Scenario) { s.Regions[0].FailureDomain = "" },
		"region[0].failure_domain", "empty"},
	{"two voters", func(s *model.Scenario) { s.Regions = s.Regions[:2] }, "region", "majority"},
	{"no round trip", func(s *model.Scenario) { s.Latency[0][1] = 0 },
		"region[1].name", "0s and 70ms"},
	{"a share above one", func(s *model.Scenario) { s.Populations[0].Share = 1.5 },
		"population[0].share", "150%"},
	{"shares that do not sum", func(s *model.Scenario) { s.Populations[0].Share = 0.5 },
		"population", "90%"},
	{"users of a witness", func(s *model.Scenario) { s.Populations[1].Nearest = 2 },
		"population[1].nearest", "witness"},
	{"users of nothing", func(s *model.Scenario) { s.Populations[1].Nearest = model.NoRegion },
		"population[1].nearest", "no region"},
	{"a curve that nobody knows", func(s *model.Scenario) { s.Populations[0].Curve = 1 },
		"population[0].curve", "none that is known"},
	{"a time zone of another planet", func(s *model.Scenario) {
		s.Populations[0].UTCOffset = 15 * time.Hour
	}, "population[0].utc_offset", "14h"},
	{"answers that never come", func(s *model.Scenario) { s.Traffic.Answer = 2 * time.Hour },
		"traffic.answer", "from 0s to 1h"},
	{"more made again than there were", func(s *model.Scenario) { s.Traffic.Repeated = 1.5 },
		"traffic.repeated", "150%"},
	{"no conflict strategy", func(s *model.Scenario) { s.Stores[0].Conflicts = 99 },
		"store[0].conflicts", "none that is known"},
	{"keys nowhere", func(s *model.Scenario) { s.Stores[0].Idempotency = 99 },
		"store[0].idempotency", "none that is known"},
	{"offsets of another time", func(s *model.Scenario) { s.Stores[0].OffsetsEvery = -1 },
		"store[0].offsets_every", "from 0s to 24h"},
	{"retries for ever", func(s *model.Scenario) { s.Traffic.Retried = 1 },
		"traffic.retried", "0.99"},
	{"a start in no week", func(s *model.Scenario) { s.Traffic.Starts = model.WeekLength },
		"traffic.starts", "168h"},
	{"a curve without a point", func(s *model.Scenario) { s.Curves = []model.Curve{{Name: "c"}} },
		"curve[0].weekday", "no point"},
	{"two points at one time", curved(model.LoadPoint{Load: 1}, model.LoadPoint{Load: 2}),
		"curve[0].weekday[1]", "not after"},
	{"a point at no time", curved(model.LoadPoint{At: 24 * time.Hour, Load: 1}),
		"curve[0].weekday[0]", "no time of a day"},
	{"a point without load", curved(model.LoadPoint{}), "curve[0].weekday[0]", "above 0x"},
	{"a point of no load that is known", curved(model.LoadPoint{Load: math.NaN()}),
		"curve[0].weekday[0]", "above 0x"},
	{"too many points", curved(make([]model.LoadPoint, model.MaxLoadPoints+1)...),
		"curve[0].weekday", "at most 48"},
	{"two curves of a name", func(s *model.Scenario) {
		s.Curves = []model.Curve{office(), office()}
	}, "curve[1].name", "taken by curve[0]"},
	{"no traffic", func(s *model.Scenario) { s.Traffic.RequestsPerSecond = 0 },
		"traffic.requests", "0/s"},
	{"endless traffic", func(s *model.Scenario) { s.Traffic.RequestsPerSecond = math.Inf(1) },
		"traffic.requests", "+Inf"},
	{"down below nothing", func(s *model.Scenario) { s.Traffic.DownBelow = 0 },
		"traffic.down_below", "above 0%"},
	{"no store", func(s *model.Scenario) { s.Stores = nil }, "store", "no store"},
	{"no kind of store", func(s *model.Scenario) { s.Stores[0].Kind = 0 }, "store[0].kind", "none"},
	{"data in a witness", func(s *model.Scenario) { s.Stores[0].Lag[2] = model.Fixed(1) },
		"store[0].lag_in.eu-central-1", "witness"},
	{"negative lag", func(s *model.Scenario) { s.Stores[0].Lag[1].A = -1 },
		"store[0].lag_in.eu-west-1", "negative"},
	{"no family", func(s *model.Scenario) { s.Stores[0].Promotion.Family = 99 },
		"store[0].promotion", "family"},
	{"no spread", func(s *model.Scenario) { s.Stores[0].Promotion.Family = model.Lognormal },
		"store[0].promotion", "sigma"},
	{"no samples of lag", func(s *model.Scenario) { s.Stores[0].LagSampleEvery = 0 },
		"store[0].lag_sample_every", "0s"},
	{"half a key", func(s *model.Scenario) { s.Stores[0].ContendedKeys = 0.5 },
		"store[0].contended_keys", "0.5"},
	{"no check", func(s *model.Scenario) { s.Checks = nil }, "check", "no check"},
	{"a timeout as long as the interval", func(s *model.Scenario) {
		s.Checks[0].Timeout = s.Checks[0].Interval
	}, "check[0].timeout", "below the interval"},
	{"no failures", func(s *model.Scenario) { s.Checks[0].Failures = 0 },
		"check[0].failures", "from 1"},
	{"no successes", func(s *model.Scenario) { s.Checks[0].Successes = 0 },
		"check[0].successes", "from 1"},
	{"no TTL", func(s *model.Scenario) { s.Routing.TTL = 0 }, "routing.ttl", "0s"},
	{"no clients", func(s *model.Scenario) { s.Routing.Clients = 0 }, "routing.clients", "none"},
	{"reports that go stale", func(s *model.Scenario) { s.Settings.StaleAfter = 19 * time.Second },
		"policy.stale_after", "20s, is 19s"},
	{"more checks than there are", func(s *model.Scenario) { s.Settings.ChecksDown = 2 },
		"policy.checks_down", "is 2"},
	{"more regions than remain", func(s *model.Scenario) { s.Settings.MinimumServing = 2 },
		"policy.minimum_serving", "is 2"},
	{"a hold-down that one report outlasts", func(s *model.Scenario) {
		s.Settings.HoldDown = 40 * time.Second
	}, "policy.hold_down", "longer than stale_after + report_every, 40s, is 40s"},
	{"a lease that cannot be kept", func(s *model.Scenario) {
		s.Settings.Lease = 14750 * time.Millisecond
	}, "policy.lease", "5s + 7.75s + 2s = 14.75s, is 14.75s"},
	{"a clock that is no clock", func(s *model.Scenario) { s.Settings.ClockDrift = math.NaN() },
		"policy.clock_drift", "NaN"},
	{"no tries", func(s *model.Scenario) { s.Settings.StepTries = 0 }, "policy.step_tries", "is 0"},
	{"a stage that falls", func(s *model.Scenario) {
		s.Settings.Stages, s.Settings.StageHold = []int{50, 10, 100}, time.Minute
	}, "policy.stages[1]", "51 to 100 percent here, is 10"},
	{"a stage of nothing", func(s *model.Scenario) {
		s.Settings.Stages, s.Settings.StageHold = []int{0, 100}, time.Minute
	}, "policy.stages[0]", "1 to 100 percent here, is 0"},
	{"stages that end early", func(s *model.Scenario) {
		s.Settings.Stages, s.Settings.StageHold = []int{5, 50}, time.Minute
	}, "policy.stages[1]", "must be 100 percent, is 50"},
	{"one stage", func(s *model.Scenario) {
		s.Settings.Stages, s.Settings.StageHold = []int{100}, time.Minute
	}, "policy.stages", "must be 2 to 8, are 1"},
	{"a stage that is not held", func(s *model.Scenario) { s.Settings.Stages = []int{5, 100} },
		"policy.stage_hold", "above 0s"},
	{"a hold without stages", func(s *model.Scenario) { s.Settings.StageHold = time.Minute },
		"policy.stage_hold", "without stages"},
	{"a brake out of memory's reach", func(s *model.Scenario) {
		s.Settings.BrakeAfter = model.MaxBrakeAfter + 1
	}, "policy.brake_after", "is 5"},
	{"a brake without a window", func(s *model.Scenario) { s.Settings.BrakeWindow = 0 },
		"policy.brake_window", "above 0s"},
	{"one region trips the brake", func(s *model.Scenario) { s.Settings.BrakeRegions = 1 },
		"policy.brake_regions", "is 1"},
	{"an item without a name", func(s *model.Scenario) { s.Settings.Readiness[0] = " " },
		"policy.readiness[0]", "empty"},
	{"an item twice", func(s *model.Scenario) {
		s.Settings.Readiness = []string{"keys", "keys"}
	}, "policy.readiness[1]", "twice"},
	{"more items than bits", func(s *model.Scenario) {
		s.Settings.Readiness = strings.Fields("a b c d e f g h i")
	}, "policy.readiness", "9 items"},
	{"readiness that is stale at once", func(s *model.Scenario) {
		s.Settings.ReadinessStaleAfter = 0
	}, "policy.readiness_stale_after", "above 0s"},
	{"data that may not be at home", func(s *model.Scenario) { s.Stores[0].Allowed = 0b010 },
		"store[0].allowed", "us-east-1 may not hold orders"},
	{"data allowed in a witness", func(s *model.Scenario) { s.Stores[0].Allowed = 0b101 },
		"store[0].allowed", "witness"},
	{"data allowed nowhere", func(s *model.Scenario) { s.Stores[0].Allowed = 0b10001 },
		"store[0].allowed", "no region"},
	{"no heartbeat", func(s *model.Scenario) { s.Consensus.Heartbeat = 0 },
		"consensus.heartbeat", "0s"},
	{"a hazard of nothing", func(s *model.Scenario) { s.Hazards[0].Kind = 0 },
		"hazard[0].kind", "none"},
	{"a hazard nowhere", func(s *model.Scenario) { s.Hazards[0].Region = 7 },
		"hazard[0].region", "no region"},
	{"a hazard without length", func(s *model.Scenario) { s.Hazards[0].Duration.A = 0 },
		"hazard[0].duration", "above 0s"},
	{"a rate that is no number", func(s *model.Scenario) { s.Hazards[0].PerYear = math.NaN() },
		"hazard[0].rate", "NaN"},
	{"an expectation of nothing", expect(model.Expectation{}), "expect[0]", "expects nothing"},
	{"an expectation of no strategy", expect(model.Expectation{Strategy: 99}), "expect[0].strategy",
		"not among"},
	{"an expectation of no run", expect(model.Expectation{Runs: -1}), "expect[0].runs", "-1"},
	{"a bound of no measure", expect(model.Expectation{Bounds: []model.Bound{{Measure: 99}}}),
		"expect[0].unknown", "no measure"},
	{"a bound upside down", expect(model.Expectation{
		Bounds: []model.Bound{{Measure: model.MeasureRTO, Least: 2, Most: 1}},
	}), "expect[0].rto", "more than"},
	{"a bound that is no number", expect(model.Expectation{
		Bounds: []model.Bound{{Measure: model.MeasureRTO, Least: math.NaN(), Most: 1}},
	}), "expect[0].rto", "from 0"},
	{"an expectation before time", expect(model.Expectation{At: -1}), "expect[0].at", "-1ns"},
	{"a witness as primary", expect(model.Expectation{Primary: 2}), "expect[0].primary",
		"no workload"},
	{"no such gate", expect(model.Expectation{WithheldBy: "garden"}), "expect[0].withheld_by",
		"no gate"},
	{"two claims", expect(model.Expectation{Claim: "a", Contradicts: "b"}),
		"expect[0].contradicts", "cannot bear out"},
	{"a cut to itself", func(s *model.Scenario) { s.Timeline[0].Peer = 0 },
		"fault[0].between", "itself"},
	{"a loss of all packets", func(s *model.Scenario) {
		s.Timeline[0].Kind, s.Timeline[0].Share = model.PacketLoss, 1
	}, "fault[0].share", "less than 100%"},
	{"a fault before time", func(s *model.Scenario) { s.Timeline[0].At = -1 }, "fault[0].at", "-1ns"},
	{"negative revenue", func(s *model.Scenario) { s.Business.RevenuePerYear = -1 },
		"business.revenue_per_year", "negative"},
	{"no horizon", func(s *model.Scenario) { s.Business.HorizonYears = 0 },
		"business.horizon", "is 0"},
	{"more outage than year", func(s *model.Scenario) { s.Business.OutageHours = 9000 },
		"business.outage_hours", "9000"},
	{"a bill of nowhere", func(s *model.Scenario) { s.Bill[0].Region = 9 },
		"bill[0].region", "names no"},
	{"a bill of nothing", func(s *model.Scenario) { s.Bill[0].What = "" }, "bill[0].what", "empty"},
	{"a bill of no category", func(s *model.Scenario) { s.Bill[0].Category = 99 },
		"bill[0].category", "none"},
	{"a line twice", func(s *model.Scenario) { s.Bill = append(s.Bill, s.Bill[0]) },
		"bill[1].what", "twice"},
	{"an empty reference", func(s *model.Scenario) { s.Reference[0].Lines = nil },
		"reference_bill[0].line", "no line"},
	{"an objective at once", func(s *model.Scenario) { s.Objectives[0].Seconds = 0 },
		"objective[0].target", "above 0s"},
	{"an objective of nothing", func(s *model.Scenario) { s.Objectives[0].Metric = 0 },
		"objective[0].metric", "none"},
	{"always up", func(s *model.Scenario) {
		s.Objectives[0] = model.Objective{Metric: model.MetricAvailability, Share: 1}
	}, "objective[0].target", "below 100%"},
	{"no baseline", func(s *model.Scenario) { s.Strategies = s.Strategies[1:] },
		"strategies", "single-region"},
	{"a strategy twice", func(s *model.Scenario) {
		s.Strategies = append(s.Strategies, s.Strategies[3])
	}, "strategies", "warm-standby is listed twice"},
	{"a strategy without a mode", func(s *model.Scenario) { s.Strategies[3].Mode = 0 },
		"strategy.warm-standby.mode", "none"},
	{"a standby of more than all", func(s *model.Scenario) { s.Strategies[3].Standby[0] = 2 },
		"strategy.warm-standby.standby.compute", "200%"},
	{"no trials", func(s *model.Scenario) { s.Run.Trials = 0 }, "run.trials", "is 0"},
	{"no years", func(s *model.Scenario) { s.Run.Years = 0 }, "run.horizon", "is 0"},
}

func TestEachRuleIsKept(t *testing.T) {
	for _, test := range ruleTests {
		t.Run(test.name, func(t *testing.T) {
			s := sound()
			test.edit(s)
			for _, v := range s.Validate() {
				if v.Path == test.path && strings.Contains(v.Text, test.text) {
					return
				}
			}
			t.Errorf("Validate found %v, want %q at %s", s.Validate(), test.text, test.path)
		})
	}
}

func TestTooManyOfAnythingIsRefused(t *testing.T) {
	s := sound()
	for i := range 100 {
		name := strings.Repeat("x", i+1)
		s.Regions = append(s.Regions, model.Region{Name: name, FailureDomain: name, Witness: true})
		s.Stores = append(s.Stores, s.Stores[0])
		s.Checks = append(s.Checks, s.Checks[0])
		s.Populations = append(s.Populations, model.Population{Name: name})
		s.Hazards = append(s.Hazards, s.Hazards[0])
	}
	found := map[string]bool{}
	for _, v := range s.Validate() {
		found[v.Path] = true
	}
	for _, path := range []string{
		"region[8]", "store[4]", "check[8]", "population[64]", "hazard[64]",
	} {
		if !found[path] {
			t.Errorf("%s is not refused", path)
		}
	}
}

// TestTwoVotersMayDecideByHand holds that the rule about majorities is about automatic failover.
func TestTwoVotersMayDecideByHand(t *testing.T) {
	s := sound()
	s.Regions = s.Regions[:2]
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Manual
	}
	if got := s.Validate(); got != nil {
		t.Errorf("Validate found %v", got)
	}
}

// TestValidateIsTotal holds that no value whatever makes it panic, and that what it passes has a
// mean.
func TestValidateIsTotal(t *testing.T) {
	source := rand.New(rand.NewSource(1))
	total := func(s model.Scenario) bool {
		for _, v := range s.Validate() {
			if v.Path == "" || v.Text == "" {
				return false
			}
		}
		return true
	}
	if err := quick.Check(total, &quick.Config{MaxCount: 300, Rand: source}); err != nil {
		t.Error(err)
	}
	var zero model.Scenario
	if len(zero.Validate()) == 0 {
		t.Error("the empty scenario is let pass")
	}
}

// expect returns the change that expects something of a scenario; what it leaves out is sound, and
// expects nothing.
func expect(e model.Expectation) func(*model.Scenario) {
	return func(s *model.Scenario) {
		if e.Strategy == 0 {
			e.Strategy = s.Strategies[0].Kind
		}
		if e.Runs == 0 {
			e.Runs = 1
		}
		if e.Primary == 0 {
			e.Primary = model.NoRegion
		}
		s.Expected = []model.Expectation{e}
	}
}
