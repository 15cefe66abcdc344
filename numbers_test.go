package redoubt_test

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// TestEveryNumberChangesAResult changes each number of some scenarios in turn, and demands that a
// comparison, a simulation, a business case or a bill comes out differently: a key of the format
// exists when something reads it, and does something with it.
func TestEveryNumberChangesAResult(t *testing.T) {
	changed := map[string]bool{}
	quick, dear := busyScenarios(t)
	for _, all := range [][]*model.Scenario{quick, dear} {
		for _, likely := range []bool{true, false} { // What works for most comes first.
			for _, s := range all {
				changeEach(s, likely, changed)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(changed)) {
		if !changed[path] {
			t.Errorf("no change of %s changes anything", path)
		}
	}
}

// changeEach notes which of those numbers of a scenario change a result that are not known to.
func changeEach(s *model.Scenario, likely bool, changed map[string]bool) {
	var before []string
	for _, leaf := range leaves(reflect.ValueOf(s).Elem(), "") {
		if _, excused := without[leaf.path]; changed[leaf.path] || excused {
			continue
		}
		if before == nil {
			before = fingerprint(s)
		}
		changed[leaf.path] = leaf.matters(s, before, likely)
	}
}

// TestSomeNumbersChangeAResultTogether changes those that no single change can.
func TestSomeNumbersChangeAResultTogether(t *testing.T) {
	s := scenario(t, "ecommerce-three-region")
	s.Run = model.Run{Years: 1, Trials: 5, Seed: 7}
	addWitnesses(s)
	before := fingerprint(s)
	shares := slices.Clone(s.Populations)
	s.Populations = slices.Clone(shares)
	s.Populations[0].Share, s.Populations[1].Share = shares[1].Share, shares[0].Share
	if !differs(s, before) {
		t.Error("the shares of two populations change nothing")
	}
	s.Populations = shares
	checked := partly(t)
	checked.Run = model.Run{Years: 1, Trials: 1, Seed: 7}
	both := fingerprint(checked)
	checked.Checks[0].Scope = model.OfRouting
	if !differs(checked, both) {
		t.Error("that a check is about the routing only changes nothing")
	}
	s.Regions[3].Witness, s.Regions[3].Utilisation, s.Regions[3].BurstCeiling = false, 0.6, 3
	if !differs(s, before) {
		t.Error("a workload in place of a witness changes nothing")
	}
}

// busyScenarios are scenarios in which as much happens as can be: one with every key of the format,
// a shop in three regions, and five regions between which links are cut all the time. To find out
// all that comes of a dear one takes the longest.
func busyScenarios(t *testing.T) (quick, dear []*model.Scenario) {
	t.Helper()
	full := scenario(t, "scenarios/testdata/good/full.toml")
	shop := scenario(t, "ecommerce-three-region")
	for s, perYear := range map[*model.Scenario]float64{full: 5, shop: 20} {
		for i := range s.Hazards {
			s.Hazards[i].PerYear = perYear
		}
	}
	tight := scenario(t, "quota-known") // Where the capacity gate has something to deny.
	only(tight, model.SingleRegion, model.WarmStandby)
	lossy := scenario(t, "packets-lost") // Where it counts how large a write is.
	only(lossy, model.SingleRegion, model.HotStandby)
	// The quickest first: most numbers change a figure in the first scenario that has them.
	quick = append(routed(t),
		twice(t), bursts(t), chilled(t), released(t), waited(t), tight, scenario(t, "recorded"),
		scenario(t, "catching-up"), lossy, partly(t), shop, both(t),
	)
	dear = []*model.Scenario{inStages(t), offDuty(t), parted(t), full}
	all := slices.Concat(quick, dear)
	for _, s := range all {
		s.Run = model.Run{Years: 1, Trials: 1, Seed: 7}
		s.Expected = slices.DeleteFunc(s.Expected, func(e model.Expectation) bool {
			_, runs := s.Strategy(e.Strategy)
			return !runs
		})
	}
	for _, s := range all {
		if problems := s.Validate(); len(problems) > 0 {
			t.Fatalf("%s is not valid: %+v", s.Name, problems)
		}
	}
	return quick, dear
}

// partly has faults that break a part of a region, and strike while another one is answered: an
// observer goes blind when its word is needed, and a control plane is down when capacity is.
func partly(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "ecommerce-three-region")
	only(s, model.SingleRegion, model.HotStandby)
	s.Stores = append(s.Stores, s.Stores[0])
	s.Stores[1].Name = "carts"
	s.Checks = []model.Check{
		{Name: "api", Interval: 10 * time.Second, Timeout: 2 * time.Second, Failures: 3, Successes: 3,
			Aligned: true},
		{Name: "orders", Interval: 10 * time.Second, Timeout: 2 * time.Second, Failures: 3,
			Successes: 3, Scope: model.OfStore},
	}
	s.Routing.Clients, s.Routing.ClientCache = model.Idealised, 30*time.Second
	s.Settings.HoldDown, s.Settings.ChecksDown = time.Minute, 1
	s.Settings.ReportEvery, s.Settings.StaleAfter = 5*time.Second, 10*time.Second
	s.Settings.StepTimeout, s.Settings.Cooldown = time.Minute, time.Minute
	for i := range s.Stores {
		s.Stores[i].Promotion = model.Fixed(20 * time.Second)
	}
	grey := model.Hazard{
		Kind: model.GreyFailure, Region: 0, Peer: model.NoRegion, Share: 0.5, PerYear: 20,
		Duration: model.Fixed(time.Hour), Source: "test",
	}
	s.Hazards = []model.Hazard{grey}
	strike := func(kind model.FaultKind, r model.RegionID, at, lasts time.Duration) {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: kind, Region: r, Peer: model.NoRegion, At: at, Duration: lasts, Share: 0.3,
		})
	}
	strike(model.GreyFailure, 0, time.Hour, time.Hour)
	strike(model.StoreLoss, 0, 10*time.Hour, 2*time.Hour)
	strike(model.RegionLoss, 0, 20*time.Hour, 2*time.Hour)
	strike(model.BlindAgent, 2, 20*time.Hour+80*time.Second, time.Hour)
	strike(model.RegionLoss, 0, 40*time.Hour, 5*time.Hour)
	strike(model.ControlPlaneLoss, 1, 39*time.Hour, 2*time.Hour)
	return s
}

// inStages has the service come home in stages to a region that fails some of its requests.
func inStages(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "warm-standby-two-region")
	addWitnesses(s)
	only(s, model.SingleRegion, model.HotStandby)
	s.People.StableFor, s.People.Resync = time.Minute, model.Fixed(time.Minute)
	s.Settings.Stages, s.Settings.StageHold = []int{10, 50, 100}, time.Hour
	s.Hazards, s.Timeline = nil, []model.Fault{
		{Kind: model.RegionLoss, Peer: model.NoRegion, At: time.Hour, Duration: time.Hour},
		{
			Kind: model.GreyFailure, Peer: model.NoRegion, At: 150 * time.Minute,
			Duration: 6 * time.Hour, Share: 0.01,
		},
	}
	return s
}

// waited has the region that takes over be cut off from most of the others, one of which leads and
// never hears that a step is done, while one still does, so that nobody takes its agent for lost.
func waited(t *testing.T) *model.Scenario {
	t.Helper()
	s := partly(t)
	addWitnesses(s)
	s.Hazards, s.Timeline = nil, nil
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.RegionLoss, Peer: model.NoRegion, At: time.Hour, Duration: 10 * time.Hour,
	})
	for _, other := range []model.RegionID{2, 3} {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.LinkCut, Region: 1, Peer: other, At: time.Hour + 93*time.Second,
			Duration: 5 * time.Hour,
		})
	}
	return s
}

// both loses two of the three regions that serve at once, which is rare enough to look like a lie.
func both(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "ecommerce-three-region")
	addWitnesses(s)
	s.Hazards = nil
	for r := range model.RegionID(2) {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, At: time.Duration(r) * time.Minute,
			Duration: 5 * time.Hour,
		})
	}
	return s
}

// twice loses a region again before another has given back what it took to carry the first loss.
func twice(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "ecommerce-three-region")
	only(s, model.SingleRegion, model.ReadLocal)
	s.Scaling = model.Scaling{
		Reaction: 5 * time.Minute, Growth: 20 * time.Minute, Shrink: 10 * time.Hour,
	}
	s.Scaling.Hours[1] = model.Hours{Size: 1.2, When: model.Duty{
		From: 2 * time.Hour, To: 8 * time.Hour, UTCOffset: time.Hour / 2,
	}}
	s.Hazards = nil
	for i := range 2 {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.ServiceLoss, Region: 2, Peer: model.NoRegion, Duration: 2 * time.Hour,
			At: time.Hour + time.Duration(i)*6*time.Hour,
		})
	}
	return s
}

// bursts has a standby take over on machines that spend what they saved, and get no others.
func bursts(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "burst-spent")
	only(s, model.SingleRegion, model.WarmStandby)
	s.Hazards, s.Expected = nil, nil
	return s
}

// chilled has a standby take over with an empty cache.
func chilled(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "cold-cache")
	only(s, model.SingleRegion, model.HotStandby)
	s.Hazards, s.Expected = nil, nil
	return s
}

// parted has five regions whose links are cut and which fail all the time, a policy that acts at
// once, leases that outlast its patience, and people who bring everything home at once.
func parted(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "warm-standby-two-region")
	addWitnesses(s)
	s.Hazards, s.Timeline = nil, nil
	minutes := model.Distribution{Family: model.Exponential, A: 300}
	for r := range model.RegionID(len(s.Regions)) {
		s.Hazards = append(s.Hazards, model.Hazard{
			Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, PerYear: 300 / float64(1+r),
			Duration: minutes,
		})
		if s.Workload().Has(r) {
			s.Hazards = append(s.Hazards, model.Hazard{
				Kind: model.ReplicationStall, Region: r, Peer: model.NoRegion, PerYear: 300,
				Duration: minutes,
			})
		}
		for other := range r {
			s.Hazards = append(s.Hazards, model.Hazard{
				Kind: model.LinkCut, Region: r, Peer: other, PerYear: 90, Duration: minutes,
			})
		}
	}
	only(s, model.SingleRegion, model.HotStandby)
	s.Checks[0].Deep = true
	s.Settings.HoldDown, s.Settings.Lease = 6*time.Second, 50*time.Second
	s.Settings.ReportEvery, s.Settings.StaleAfter = time.Second, 2*time.Second
	s.Settings.Cooldown, s.Settings.ClockDrift = time.Minute, 0.01
	s.Settings.BrakeAfter, s.Settings.BrakeWindow = 3, 24*time.Hour
	s.People.StableFor, s.People.Resync = time.Minute, model.Fixed(0)
	// Promotions are long enough for a cut to end them, and given up before their region is back.
	s.Stores[0].Promotion, s.Settings.StepTimeout = model.Fixed(time.Minute), time.Minute
	return s
}

// released has a release come to three regions that serve, which is too bad for one region more and
// not bad enough to be taken back, and two that are; with alerts that nothing makes fire, so that
// one which counts less, or longer, does.
func released(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "ecommerce-three-region")
	only(s, model.SingleRegion, model.ReadLocal)
	s.Hazards = nil
	for i, at := range []time.Duration{60, 660, 672} {
		s.Rollouts = append(s.Rollouts, model.Rollout{
			Regions: []model.RegionID{0, 1, 2}, At: at * time.Minute, Every: 30 * time.Minute,
			Share: [...]float64{0.005, 0.2, 0.2}[i], After: time.Minute, GoBelow: 0.001,
			BackAbove: 0.01, BackAfter: 2 * time.Minute, Rollback: 5 * time.Minute,
		})
	}
	s.Traffic.ServiceTime = 20 * time.Millisecond
	for i, late := range []time.Duration{300, 600} {
		s.Rollouts = append(s.Rollouts, model.Rollout{
			Regions: []model.RegionID{0, 1, 2}, At: time.Duration(12+2*i) * time.Hour,
			Every: 30 * time.Minute, Share: 0.2, Latency: late * time.Millisecond, GoBelow: 0.001,
			BackAbove: 0.01, BackAfter: 2 * time.Minute, Rollback: 5 * time.Minute,
			GoP95: 200 * time.Millisecond, BackP95: 500 * time.Millisecond,
			BackP95After: 5 * time.Minute,
		})
	}
	s.Stores = append(s.Stores, s.Stores[0])
	s.Stores[1].Name, s.Stores[1].Lag[1] = "carts", model.Fixed(5*time.Second)
	s.Alerts = []model.Alert{
		{
			Name: "late", Metric: model.AlertLag, Region: 1, Above: 3, Period: time.Minute, Periods: 1,
			Datapoints: 1,
		},
		{
			Name: "failing", Metric: model.AlertErrors, Above: 0.005, Period: time.Minute, Periods: 10,
			Datapoints: 10,
		},
	}
	s.Backlogs = []model.Backlog{{Name: "events", Store: 0, Arrives: 10, Drains: 1.05}}
	during := model.Fault{
		Kind: model.StoreLoss, Peer: model.NoRegion, At: 20 * time.Hour, Duration: time.Minute,
	}
	s.Timeline = []model.Fault{during}
	s.Expected = []model.Expectation{{
		Strategy: model.ReadLocal, Runs: 1, Primary: model.NoRegion,
		Bounds: []model.Bound{
			{Measure: model.MeasureAlerted, Most: math.Inf(1)},
			{Measure: model.MeasureBacklog, Most: math.Inf(1)},
			{Measure: model.MeasureDrained, Most: math.Inf(1)},
		},
	}}
	return s
}

// offDuty is inStages, where people come to work half an hour after the region is back.
func offDuty(t *testing.T) *model.Scenario {
	t.Helper()
	s := inStages(t)
	s.People.Duty[0] = model.Duty{From: 3 * time.Hour, To: 5 * time.Hour, UTCOffset: time.Hour / 2}
	return s
}

// addWitnesses adds two voters.
func addWitnesses(s *model.Scenario) {
	for _, name := range []string{"attic", "cellar"} {
		r := model.RegionID(len(s.Regions))
		s.Regions = append(s.Regions, model.Region{Name: name, FailureDomain: name, Witness: true})
		for other := range r {
			s.Latency[r][other], s.Latency[other][r] = 50*time.Millisecond, 50*time.Millisecond
		}
	}
}

// leaf is a number, a switch or a distribution of a scenario. Its path is without the indexes.
type leaf struct {
	path  string
	value reflect.Value
}

var indexed = regexp.MustCompile(`\[\d+\]`)

// leaves lists what can be changed: no names, and nothing that chooses among names.
func leaves(v reflect.Value, path string) []leaf {
	var all []leaf
	switch v.Interface().(type) {
	case model.RegionID, model.RegionSet, model.StoreKind, model.FaultKind, model.Category,
		model.Metric, model.AlertMetric, model.PolicyMode, model.ClientModel, model.StrategyKind,
		model.Place, model.ConflictStrategy, model.Idempotency, model.RoutingPolicy:
		return nil
	case model.Distribution:
		return []leaf{{indexed.ReplaceAllString(path, ""), v}}
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			all = append(all, leaves(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, leaves(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.String:
	default:
		all = append(all, leaf{strings.TrimPrefix(indexed.ReplaceAllString(path, ""), "."), v})
	}
	return all
}

// matters reports whether some other value of the leaf gives another result.
func (l leaf) matters(s *model.Scenario, before []string, likely bool) bool {
	was := reflect.New(l.value.Type()).Elem()
	was.Set(l.value)
	defer l.value.Set(was)
	for _, other := range others(was, likely) {
		if other.Equal(was) {
			continue
		}
		l.value.Set(other)
		if len(s.Validate()) == 0 && differs(s, before) {
			return true
		}
	}
	return false
}

// others are values that a leaf could have instead: likely ones, or the rest.
func others(was reflect.Value, likely bool) []reflect.Value {
	var list []reflect.Value
	if d, ok := was.Interface().(model.Distribution); ok {
		return []reflect.Value{reflect.ValueOf(stretched(d, 5))}
	}
	add := func(x float64) {
		value := reflect.New(was.Type()).Elem()
		switch {
		case value.CanInt():
			value.SetInt(int64(x))
		case value.CanUint():
			value.SetUint(uint64(math.Max(x, 0)))
		default:
			value.SetFloat(x)
		}
		list = append(list, value)
	}
	if was.Kind() == reflect.Bool {
		return []reflect.Value{reflect.ValueOf(!was.Bool())}
	}
	number := 0.0
	switch {
	case was.CanInt():
		number = float64(was.Int())
	case was.CanUint():
		number = float64(was.Uint())
	default:
		number = was.Float()
	}
	if likely {
		add(number / 2)
		add(number + 1)
		return list
	}
	for _, factor := range []float64{0.1, 0.9, 2, 10, 100} {
		add(number * factor)
	}
	for _, x := range []float64{0, 1, 2, float64(time.Minute), float64(time.Hour)} {
		add(x)
	}
	return list
}

// stretched makes a distribution longer by a factor.
func stretched(d model.Distribution, factor float64) model.Distribution {
	switch d.Family {
	case model.Lognormal:
		d.A += math.Log(factor)
	case model.Weibull:
		d.B *= factor
	case model.Constant, model.Uniform, model.Triangular, model.Exponential:
		d.A, d.B, d.C = d.A*factor, d.B*factor, d.C*factor
		if d == (model.Distribution{Family: d.Family}) {
			d.A = factor
		}
	}
	return d
}
