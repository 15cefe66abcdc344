package sim

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/model"
)

// This draws what a scenario can say beside its regions, its faults and its parts: the whole of the
// policy, how long things take, what limits them, and what goes on meanwhile. Each part has a
// generator of its own, so that all else is drawn as in a system without.

// wholeSystem is a random system with all that can go on in one.
func wholeSystem(seed uint64) *model.Scenario {
	s := randomSystem(seed)
	addEffects(seed, s)
	addWatchers(seed, s)
	addChanges(generator(seed^0xc4a9e), s)
	for i := range s.Rollouts { // Most are rolled back where there are users.
		r := &s.Rollouts[i]
		r.BackAbove = min(r.BackAbove, r.Share*0.9)
		r.GoBelow = min(r.GoBelow, r.BackAbove)
	}
	return s
}

// staysBroken reports whether something is broken for good: a release that nobody rolls back.
func staysBroken(w *world) bool {
	return slices.ContainsFunc(w.net.standing, func(i int32) bool { return w.outages[i].to == never })
}

// randomPolicy draws what a policy can say beside its hold-down, its lease and its steps, and what
// each strategy does with a decision.
func randomPolicy(rng *rand.Rand, s *model.Scenario) {
	set, workload := &s.Settings, s.Workload().Count()
	set.ReportEvery = between(rng, time.Second, 20*time.Second)
	set.StaleAfter = between(rng, 2*set.ReportEvery, 6*set.ReportEvery)
	if least := set.StaleAfter + set.ReportEvery + 1; set.HoldDown > 0 {
		set.HoldDown = between(rng, least, least+2*time.Minute)
	}
	set.Approvals = 1 + rng.IntN(model.MaxApprovals)
	set.MinimumServing = 1 + rng.IntN(max(1, workload-1))
	if rng.IntN(2) == 0 {
		set.CapacityMin = rng.Float64()
	}
	set.StepTimeout, set.StepTries = between(rng, 10*time.Second, time.Hour), 1+rng.IntN(5)
	if set.StepTries == 1 { // What is tried once has to have its time, or is never done.
		set.StepTimeout += longestStep
	}
	set.BrakeAfter = rng.IntN(model.MaxBrakeAfter + 1)
	set.BrakeWindow = between(rng, time.Hour, 48*time.Hour)
	if rng.IntN(2) == 0 {
		set.BrakeRegions = 2 + rng.IntN(max(1, workload-1))
	}
	set.FlapLimit, set.FlapHalfLife = rng.IntN(9), between(rng, time.Minute, 6*time.Hour)
	for i := range s.Strategies {
		switch rng.IntN(5) {
		case 0:
			s.Strategies[i].Mode = model.Manual
		case 1:
			s.Strategies[i].Mode = model.Advise
		}
	}
	for r := range s.Regions {
		if rng.IntN(3) == 0 { // No witness is where a region is that it judges.
			s.Regions[r].FailureDomain = "shared by workloads"
			if s.Regions[r].Witness {
				s.Regions[r].FailureDomain = "shared by witnesses"
			}
		}
	}
}

// longestStep is longer than any of the durations that randomTimes draws.
const longestStep = 2 * time.Hour

// randomTimes draws how long everything takes, by a distribution of any family.
func randomTimes(rng *rand.Rand, s *model.Scenario) {
	for i := range s.Stores {
		store := &s.Stores[i]
		store.Promotion = randomDuration(rng, 5*time.Minute)
		store.Switchover = randomDuration(rng, 2*time.Minute)
		store.Restore = randomDuration(rng, longestStep)
		store.BackupEvery = between(rng, time.Hour, 48*time.Hour)
		store.LagSampleEvery = between(rng, time.Second, 30*time.Second)
		for r := range s.Workload().Count() { // They are the first.
			if rng.IntN(2) == 0 && !store.Kind.Synchronous() {
				store.Lag[r] = randomDuration(rng, 20*time.Second)
			}
		}
	}
	for i := range s.Strategies {
		s.Strategies[i].Scale = randomDuration(rng, 10*time.Minute)
	}
	s.People.Approve = randomDuration(rng, time.Hour)
	s.People.Resync = randomDuration(rng, longestStep)
	s.Routing.Flip = randomDuration(rng, time.Minute)
	s.Routing.TTL = between(rng, time.Second, 10*time.Minute)
	s.Routing.ClientCache = between(rng, 0, 10*time.Minute)
}

// randomDuration draws a distribution of which all but one of a thousand is below a limit, or some
// more where its tail is heavy.
func randomDuration(rng *rand.Rand, limit time.Duration) model.Distribution {
	top := limit.Seconds() * (0.1 + 0.9*rng.Float64())
	low, mode := top*rng.Float64()/2, top*(0.5+rng.Float64()/2)
	switch family := model.Family(rng.IntN(6)); family {
	case model.Uniform:
		return model.Distribution{Family: family, A: low, B: top}
	case model.Triangular:
		return model.Distribution{Family: family, A: low, B: mode, C: top}
	case model.Exponential:
		return model.Distribution{Family: family, A: top / 8}
	case model.Lognormal:
		return model.LognormalMedian(
			time.Duration(top/4*1e9), time.Duration(top/2*1e9), 0.95)
	case model.Weibull:
		return model.Distribution{Family: family, A: 1 + rng.Float64(), B: top / 8}
	case model.Constant:
	}
	return model.Distribution{A: top / 2}
}

// randomUse draws who uses a system, how much, and what bounds what it can do.
func randomUse(rng *rand.Rand, s *model.Scenario) {
	s.Traffic.RequestsPerSecond = 1 + 2000*rng.Float64()
	s.Traffic.WriteShare, s.Traffic.DownBelow = rng.Float64(), 0.5+0.5*rng.Float64()
	if rng.IntN(4) == 0 {
		s.Traffic.WriteShare = 0
	}
	left := 1.0
	for i := range s.Populations[1:] {
		s.Populations[i].Share = left * rng.Float64()
		left -= s.Populations[i].Share
	}
	s.Populations[len(s.Populations)-1].Share = left
	for r := range s.Workload().Count() { // They are the first.
		s.Regions[r].BurstCeiling = 1 + 9*rng.Float64()
		if rng.IntN(4) == 0 {
			s.Regions[r].Quota = 1 - rng.Float64()
		}
	}
	for i := range s.Stores {
		store := &s.Stores[i]
		if s.Routing.Choice.Policy == model.GeolocationRouting {
			break // Who is answered with a region that may not hold the data is not served.
		}
		if s.Workload().Count() > 2 && !store.Kind.Synchronous() && rng.IntN(3) == 0 {
			store.Allowed = s.Workload().Without(model.RegionID(2)) // Not the home, nor its standby.
		}
	}
}

// addChanges adds what changes while a system runs: a cache that has to fill, releases, and the
// hours of people.
func addChanges(rng *rand.Rand, s *model.Scenario) {
	if rng.IntN(2) == 0 {
		s.Cache = model.ReadCache{
			HitRatio: 0.9 * rng.Float64(), WarmUp: between(rng, 1, time.Hour), Copied: rng.IntN(2) == 0,
			Behind: 3 + rng.Float64(),
		}
	}
	if rng.IntN(2) == 0 {
		s.Rollouts = append(s.Rollouts, randomRollout(rng, s))
	}
	if rng.IntN(3) == 0 {
		from := between(rng, 0, 12*time.Hour)
		s.People.Duty[rng.IntN(s.Workload().Count())] = model.Duty{
			From: from, To: from + between(rng, time.Hour, 12*time.Hour),
			UTCOffset: between(rng, -12*time.Hour, 14*time.Hour),
		}
	}
}

// undrawn is what no random system says, and why.
var undrawn = map[string]string{
	"Name": "a name", "Title": "a name", "Description": "a name", "Base": "a name",
	"Timeline.Place": "where a file says so", "Rollouts.Place": "where a file says so",
	"Curves.Source": "where it was read", "Assumed": "what nobody checked",
	"Sources":  "where it was read",
	"Business": "money", "Bill": "money", "Reference": "money", "Strategies.ExtraPerYear": "money",
	"Strategies.OneTime": "money", "Strategies.Serving": "money", "Objectives": "of reports",
	"Expected": "of reports", "Run": "of reports", "Checks.Probe": "of agents", "Anchors": "of agents",
	"Executors": "of agents", "Hooks": "of agents",
	"Hazards": "all that happens is in the timeline",
	"Links":   "TestSoakOverNoisyLinks has them",
}

// drawn collects the values that each field of a scenario has, by its path: elements of lists and
// arrays share one.
type drawn map[string]map[string]bool

func (d drawn) collect(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name := strings.TrimPrefix(path+"."+v.Type().Field(i).Name, ".")
			if undrawn[name] == "" {
				d.collect(name, v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice {
			d.add(path+" (count)", fmt.Sprint(v.Len()))
		}
		for i := range v.Len() {
			d.collect(path, v.Index(i))
		}
	default:
		d.add(path, fmt.Sprint(v))
	}
}

func (d drawn) add(path, value string) {
	if d[path] == nil {
		d[path] = map[string]bool{}
	}
	d[path][value] = true
}

// Every field of a scenario that the simulator can read has several values in random systems, or it
// is listed why not, so that a new one does not go without a soak.
func TestRandomSystemsDrawEveryField(t *testing.T) {
	all := drawn{}
	for seed := range uint64(150) {
		s := wholeSystem(seed)
		if broken := s.Validate(); len(broken) > 0 {
			t.Fatalf("seed %d: the generator made an invalid system: %+v", seed, broken[0])
		}
		all.collect("", reflect.ValueOf(*s))
	}
	delete(all, "Strategies (count)") // All seven, always.
	var same []string
	for path, values := range all {
		if len(values) < 2 {
			same = append(same, fmt.Sprintf("%s: always %v", path, values))
		}
	}
	slices.Sort(same)
	for _, field := range same {
		t.Error(field)
	}
	for path := range undrawn {
		if _, ok := fieldOf(reflect.TypeFor[model.Scenario](), strings.Split(path, ".")); !ok {
			t.Errorf("%s is listed as undrawn, and there is no such field", path)
		}
	}
}

// fieldOf is the type at a path of fields, through lists and arrays.
func fieldOf(of reflect.Type, path []string) (reflect.Type, bool) {
	for of.Kind() == reflect.Slice || of.Kind() == reflect.Array {
		of = of.Elem()
	}
	if len(path) == 0 {
		return of, true
	}
	if of.Kind() != reflect.Struct {
		return nil, false
	}
	field, ok := of.FieldByName(path[0])
	if !ok {
		return nil, false
	}
	return fieldOf(field.Type, path[1:])
}
