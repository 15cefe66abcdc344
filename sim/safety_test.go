package sim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// seeds is how many random systems TestSoak plays: SEEDS of the environment, or a few.
func seeds(t *testing.T) uint64 {
	text := os.Getenv("SEEDS")
	if text == "" {
		return 150
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("SEEDS is %q, want a number", text)
	}
	return n
}

// mostEvents is how many events a system may take in its twenty days: far more than any that ends.
const mostEvents = 1_000_000

// TestSoak plays random systems through random faults. Safety is checked at every step. When the
// faults are over and people had time, everything has to be as it was at first.
func TestSoak(t *testing.T) {
	first, n := uint64(1), seeds(t)
	if text := os.Getenv("SEED"); text != "" {
		var err error
		if first, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SEED is %q, want a number", text)
		}
		n = 1
	}
	decided, moved := 0, int64(0)
	for seed := first; seed < first+n; seed++ {
		for _, kind := range model.StrategyKinds() {
			s := wholeSystem(seed)
			w, err := soak(t, s, kind, seed)
			if err != nil {
				t.Fatalf("%s: %v\nrepeat it: SEED=%d go test ./sim -run '^TestSoak$'\n%s",
					kind, err, seed, leastThatFails(t, s, kind, seed))
			}
			decided += w.decider.(*checkedDecider).steps
			moved += w.trial.Failovers
		}
	}
	if n > 1 && (moved == 0 || decided == 0) {
		t.Errorf("got %d failovers in %d decisions, want some of each", moved, decided)
	}
}

// leastThatFails shrinks a failing system's faults, and tells them and the end of their story.
func leastThatFails(
	t *testing.T, s *model.Scenario, kind model.StrategyKind, seed uint64,
) string {
	t.Helper()
	least := shrink(s, func(s *model.Scenario) (int, error) {
		w, err := soak(t, s, kind, seed)
		return w.events, err
	})
	return fmt.Sprintf("%d of its %d faults are enough:\n%s\n%s", len(least.Timeline),
		len(s.Timeline), faultBlocks(least), told(least, kind, seed))
}

func soak(
	t *testing.T, s *model.Scenario, kind model.StrategyKind, seed uint64,
) (*world, error) {
	t.Helper()
	return soakSpoilt(t, s, kind, seed, nil)
}

// soakSpoilt plays a system, under decisions that are broken on purpose where spoil does so.
func soakSpoilt(
	t *testing.T, s *model.Scenario, kind model.StrategyKind, seed uint64,
	spoil func(*failover.State, *failover.Event),
) (*world, error) {
	t.Helper()
	w := newTestWorld(t, s, strategyOf(t, s, kind), 20*24*time.Hour)
	if broken := s.Validate(); len(broken) > 0 {
		return w, fmt.Errorf("the generator made an invalid system: %+v", broken[0])
	}
	checked := &checkedDecider{policy: w.policy, spoil: spoil}
	w.decider = checked
	w.begin(newSource(seed, 0), timelineOutages(nil, s))
	w.load()
	for last := w.now; w.step(); last = w.now {
		if w.now < last {
			return w, fmt.Errorf("from %s it goes back to %s", time.Duration(last-warmup),
				time.Duration(w.now-warmup))
		}
		if err := unsafeWorld(w); err != nil {
			return w, fmt.Errorf("at %s: %w", time.Duration(w.now-warmup), err)
		}
		if checked.broken != nil {
			return w, fmt.Errorf("at %s: %w", time.Duration(w.now-warmup), checked.broken)
		}
		if w.events > mostEvents && staysBroken(w) {
			return w, nil // What fails now and then for ever is seen now and then for ever.
		}
		if w.events > mostEvents {
			return w, fmt.Errorf("%d events by %s", w.events, time.Duration(w.now-warmup))
		}
	}
	w.finale() // Which has the log hear of what changed while nobody looked.
	if staysBroken(w) {
		return w, nil // People bring nothing back to where it is broken.
	}
	return w, atHome(w)
}

// unsafeWorld looks at the guards themselves: no store is open in two regions, none where the log
// has given the lease to another, and none that can no longer renew is open beyond its lease's end.
func unsafeWorld(w *world) error {
	if w.splitBrain || w.split() {
		return fmt.Errorf("two regions write to one store")
	}
	if w.alone() {
		return nil
	}
	for store := range int(w.policy.Stores) {
		lease := &w.state.Leases[store]
		for r := range model.RegionID(w.regions) {
			g := &w.guards[r][store]
			if !g.open || !w.net.up(r) {
				continue
			}
			if r != lease.Holder {
				return fmt.Errorf("region %d writes to store %d, which %d holds", r, store, lease.Holder)
			}
			if w.guarded(store) && !w.renews(store) && w.logTime(w.now) >= int64(lease.End) {
				return fmt.Errorf("region %d writes to store %d beyond its lease", r, store)
			}
		}
	}
	return nil
}

func atHome(w *world) error {
	start := w.policy.Start()
	switch {
	case w.state.Plan.Kind != failover.NoPlan:
		return fmt.Errorf("a %s is still running", w.state.Plan.Kind)
	case w.state.Primary != start.Primary || w.state.Serving != start.Serving:
		return fmt.Errorf("primary %d serves with %b, want %d with %b", w.state.Primary,
			w.state.Serving, start.Primary, start.Serving)
	case w.weighing.follows && w.size.until == never && w.outweighed(): // Hours move it for ever.
		return fmt.Errorf("the weights have not come to rest")
	case w.weighing.follows: // By cost they may send a region more than it can carry, always.
	case w.incident.open:
		return fmt.Errorf("the service has been down since %s", time.Duration(w.incident.from-warmup))
	case w.serving < 1-1e-9:
		return fmt.Errorf("%.1f%% of requests are served", 100*w.serving)
	}
	for r := range model.RegionID(w.regions) {
		if got, want := w.state.Ready[r], w.readyShare(r); got != want {
			return fmt.Errorf("the log has %d for the capacity of region %d, want %d", got, r, want)
		}
	}
	for store := range int(w.policy.Stores) {
		if !w.guards[w.policy.Home][store].open {
			return fmt.Errorf("store %d is closed at home", store)
		}
	}
	return nil
}

// told is the last part of a run's story, to see what went wrong.
func told(s *model.Scenario, kind model.StrategyKind, seed uint64) string {
	strategy, _ := s.Strategy(kind)
	w, err := newWorld(s, strategy, 20*24*time.Hour)
	if err != nil {
		return err.Error()
	}
	w.story = &Story{}
	w.begin(newSource(seed, 0), timelineOutages(nil, s))
	w.load()
	for w.events <= mostEvents && w.step() { // What fails may be that it never ends.
	}
	var b strings.Builder
	for _, e := range w.story.Entries[max(0, len(w.story.Entries)-60):] {
		fmt.Fprintf(&b, "%-14s %-8s %-10s %s\n", e.At.Round(time.Millisecond), w.name(e.Region),
			e.Kind, e.Text)
	}
	return b.String()
}

// randomSystem draws a valid scenario with faults in its first day, all of which end.
func randomSystem(seed uint64) *model.Scenario {
	rng := generator(seed)
	s := estate()
	s.Regions = nil
	workload, total := 2+rng.IntN(3), 0
	for i := range max(3, workload+rng.IntN(3)) {
		region := model.Region{Name: fmt.Sprintf("r%d", i), FailureDomain: fmt.Sprintf("d%d", i)}
		if i < workload {
			region.Utilisation, region.BurstCeiling = 0.3+0.6*rng.Float64(), 5
		}
		region.Witness = i >= workload
		s.Regions = append(s.Regions, region)
		total++
	}
	for a := range total {
		for b := range a {
			rtt := between(rng, 5*time.Millisecond, 300*time.Millisecond)
			s.Latency[a][b], s.Latency[b][a] = rtt, rtt
		}
	}
	s.Populations = nil
	for r := range workload {
		s.Populations = append(s.Populations, model.Population{
			Name: s.Regions[r].Name, Share: 1 / float64(workload), Nearest: model.RegionID(r),
		})
	}
	randomParts(rng, s)
	randomStages(generator(seed^0x57a6e5), s)
	randomRouting(generator(seed^0x9007e5), s)
	for range rng.IntN(9) {
		at, lasts := between(rng, 0, 12*time.Hour), between(rng, time.Second, 4*time.Hour)
		if rng.IntN(2) == 0 { // Faults come close together as often as not.
			at, lasts = between(rng, 0, 5*time.Minute), between(rng, time.Second, 3*time.Minute)
		}
		a := model.RegionID(rng.IntN(total))
		switch b := model.RegionID(rng.IntN(total)); {
		case rng.IntN(2) == 0:
			s.Timeline = append(s.Timeline, randomFault(rng, s, at, lasts))
		case a == b:
			lose(s, a, at, lasts)
		case rng.IntN(3) == 0:
			isolate(s, a, at, lasts)
		default:
			cut(s, a, b, at, lasts)
		}
	}
	if rng := generator(seed ^ 0x10ad); rng.IntN(2) == 0 {
		randomLoad(rng, s)
	}
	randomStores(generator(seed^0x5707e5), s)
	randomWrites(generator(seed^0x3e17e), s)
	if rng := generator(seed ^ 0x512e); rng.IntN(2) == 0 {
		randomScaling(rng, s)
	}
	randomWeighing(generator(seed^0x3e1645), s)
	randomTimes(generator(seed^0x71e35), s)
	randomUse(generator(seed^0x05e), s)
	randomPolicy(generator(seed^0x9011c7), s)
	return s
}

// randomFault draws a fault of any kind, and whatever it names.
func randomFault(rng *rand.Rand, s *model.Scenario, at, lasts time.Duration) model.Fault {
	kinds := model.FaultKinds()
	f := model.Fault{
		Kind: kinds[rng.IntN(len(kinds))], Region: model.NoRegion, Peer: model.NoRegion,
		At: at, Duration: lasts,
	}
	if f.Kind.HasRegion() || f.Kind.HasLink() {
		f.Region = model.RegionID(rng.IntN(len(s.Regions)))
	}
	if f.Kind.HasWorkload() {
		f.Region = model.RegionID(rng.IntN(s.Workload().Count())) // They are the first.
	}
	if f.Kind.HasLink() {
		other := 1 + rng.IntN(len(s.Regions)-1)
		f.Peer = model.RegionID((int(f.Region) + other) % len(s.Regions))
		f.OneWay = rng.IntN(2) == 0
	}
	if f.Kind.HasStore() {
		f.Store = model.StoreID(rng.IntN(len(s.Stores)))
	}
	if f.Kind.HasShare() {
		f.Share = 1 - rng.Float64()
	}
	if f.Kind.HasLatency() && rng.IntN(2) == 0 {
		f.Latency = between(rng, time.Millisecond, 30*time.Second)
	}
	if f.Kind.HasItem() {
		f.Item = [...]string{"secrets", "keys", "images"}[rng.IntN(3)]
	}
	if f.Kind.HasRegions() {
		f.Also = model.RegionSet(rng.IntN(1<<len(s.Regions))) &^ model.RegionSet(0).With(f.Region)
	}
	return f
}

// randomParts draws everything but the regions and what happens to them.
func randomParts(rng *rand.Rand, s *model.Scenario) {
	set := &s.Settings
	if set.HoldDown = 0; rng.IntN(4) > 0 {
		set.HoldDown = between(rng, set.StaleAfter+set.ReportEvery+1, 2*time.Minute)
	}
	set.Cooldown = between(rng, 0, 2*time.Hour)
	set.DataAtRiskMax = between(rng, 30*time.Second, 10*time.Minute)
	set.StopTime = between(rng, 100*time.Millisecond, 3*time.Second)
	set.RenewEvery = between(rng, time.Second, 5*time.Second)
	s.Consensus.Heartbeat = between(rng, 500*time.Millisecond, 5*time.Second)
	set.Lease = set.RenewEvery + set.StopTime + model.FirstApplyP99(s.Consensus.Heartbeat) +
		between(rng, 1, 15*time.Second)
	set.ClockDrift = 0.01 * rng.Float64()
	s.Checks[0].Interval = between(rng, 5*time.Second, time.Minute)
	s.Checks[0].Timeout = s.Checks[0].Interval / 3
	s.Checks[0].Failures, s.Checks[0].Successes = 1+rng.IntN(4), 1+rng.IntN(4)
	s.Checks[0].Aligned = rng.IntN(4) == 0
	if rng.IntN(2) == 0 {
		second := s.Checks[0]
		second.Name, second.Failures = "deep", 1+rng.IntN(4)
		second.Deep = rng.IntN(2) == 0
		s.Checks = append(s.Checks, second)
		set.ChecksDown = 1 + rng.IntN(2)
	}
	first := &s.Stores[0]
	first.Guarded = rng.IntN(4) > 0
	first.Promotion = model.Distribution{Family: model.Uniform, A: 0, B: 300}
	for r := range s.Regions {
		if s.Regions[r].Witness {
			first.Lag[r] = model.Distribution{}
		}
	}
	if rng.IntN(2) == 0 {
		second := *first
		second.Name = "carts"
		s.Stores = append(s.Stores, second)
	}
	for r := len(s.Regions); r < model.MaxRegions; r++ {
		for i := range s.Stores {
			s.Stores[i].Lag[r] = model.Distribution{}
		}
	}
	if rng.IntN(2) == 0 {
		set.Readiness, set.ReadinessStaleAfter = []string{"secrets", "keys"}, 24*time.Hour
	}
	if rng.IntN(2) == 0 {
		set.Steps, set.Validation = model.PlanSteps[:], between(rng, 0, time.Minute)
	}
	if part := model.CheckScope(rng.IntN(3)); part != model.OfRegion {
		check := s.Checks[0]
		check.Name, check.Scope, check.Deep = "part", part, false
		if part == model.OfStore {
			check.Store = model.StoreID(rng.IntN(len(s.Stores)))
		}
		s.Checks = append(s.Checks, check)
	}
	if rng.IntN(2) == 0 {
		s.Routing.Clients = model.Measured
	}
	s.People.StableFor = between(rng, 0, time.Hour)
	for i := range s.Strategies {
		if rng.IntN(3) == 0 {
			s.Strategies[i].Mode = model.Automatic
		}
	}
	for i := range s.Checks {
		s.Checks[i].MissingFails = rng.IntN(3) == 0
	}
}

// randomStages has the traffic of planned work shift in stages, in every other system. Its
// generator is its own, so that all else is drawn as in a system without.
func randomStages(rng *rand.Rand, s *model.Scenario) {
	if rng.IntN(2) == 0 {
		return
	}
	for share := 1 + rng.IntN(60); share < 100 && len(s.Settings.Stages) < model.MaxStages-1; {
		s.Settings.Stages = append(s.Settings.Stages, share)
		share += 1 + rng.IntN(60)
	}
	s.Settings.Stages = append(s.Settings.Stages, 100)
	s.Settings.StageHold = between(rng, time.Second, time.Hour)
}

func between(rng *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(rng.Int64N(int64(high-low)+1))
}
