package sim

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// standardErrors is how far a statistic may lie from what it estimates: beyond that a correct
// program falls once in 150,000 assertions.
const standardErrors = 4.5

// seedOf derives a test's seed from its name, so that nobody picks one that passes.
func seedOf(t testing.TB) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.Name())) // A hash takes everything.
	return h.Sum64()
}

// near holds an estimate against its true value, given the standard error of their difference.
func near(t *testing.T, what string, got, want, standardError float64) {
	t.Helper()
	if !(math.Abs(got-want) <= standardErrors*standardError) {
		t.Errorf("%s: got %.6g, want %.6g within %.1f standard errors of %.3g",
			what, got, want, standardErrors, standardError)
	}
}

// sample collects numbers for their mean and its standard error.
type sample []float64

func (s sample) mean() float64 {
	sum := 0.0
	for _, x := range s {
		sum += x
	}
	return sum / float64(len(s))
}

func (s sample) variance() float64 {
	mean, sum := s.mean(), 0.0
	for _, x := range s {
		sum += (x - mean) * (x - mean)
	}
	return sum / float64(len(s)-1)
}

func (s sample) standardError() float64 { return math.Sqrt(s.variance() / float64(len(s))) }

// Regions of the estate of the tests.
const (
	home model.RegionID = iota
	standby
	witness
)

// estate is a system of which everything can be computed by hand: a primary and a standby of its
// full size, a witness, round trips of 80 ms, one guarded store, and no duration that is random.
func estate() *model.Scenario {
	s := &model.Scenario{
		Name: "estate", Title: "An estate without chance",
		Regions: []model.Region{
			{Name: "home", FailureDomain: "home", Utilisation: 0.5, BurstCeiling: 2},
			{Name: "standby", FailureDomain: "standby", Utilisation: 0.5, BurstCeiling: 2},
			{Name: "witness", FailureDomain: "witness", Witness: true},
		},
		Populations: []model.Population{{Name: "users", Share: 1, Nearest: home}},
		Traffic:     model.Traffic{RequestsPerSecond: 1000, WriteShare: 0.2, DownBelow: 0.9},
		Stores: []model.Store{{
			Name: "orders", Kind: model.SingleWriter, LagSampleEvery: 10 * time.Second, Guarded: true,
			Promotion: model.Fixed(40 * time.Second), Switchover: model.Fixed(20 * time.Second),
			CatchUp:     3,
			BackupEvery: 24 * time.Hour, Restore: model.Fixed(time.Hour),
		}},
		Checks: []model.Check{{
			Name: "api", Interval: 10 * time.Second, Timeout: 2 * time.Second, Failures: 3,
			Successes: 3, Aligned: true,
		}},
		Routing: model.Routing{
			TTL: 60 * time.Second, Clients: model.Idealised, Flip: model.Fixed(5 * time.Second),
		},
		People: model.People{
			Approve: model.Fixed(10 * time.Minute), StableFor: 30 * time.Minute,
			Resync: model.Fixed(time.Hour),
		},
		Settings: model.Settings{
			HoldDown: 60 * time.Second, Cooldown: time.Hour, ReportEvery: 10 * time.Second,
			StaleAfter: 30 * time.Second, ChecksDown: 1, Approvals: 1, MinimumServing: 1,
			DataAtRiskMax: time.Minute, CapacityMin: 1, Lease: 15 * time.Second,
			RenewEvery: 5 * time.Second, StopTime: 2 * time.Second, ClockDrift: 200e-6,
			StepTimeout: 15 * time.Minute, StepTries: 3,
		},
		Consensus: model.Consensus{Heartbeat: 2 * time.Second},
		Business:  model.Business{HorizonYears: 1},
		Run:       model.Run{Years: 1, Trials: 1, Seed: 1},
	}
	for a := range s.Regions {
		for b := range a {
			s.Latency[a][b], s.Latency[b][a] = 80*time.Millisecond, 80*time.Millisecond
		}
	}
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Fixed(time.Second)
	}
	for _, kind := range model.StrategyKinds() {
		strategy := model.DefaultStrategy(kind)
		strategy.Scale = model.Fixed(100 * time.Second)
		s.Strategies = append(s.Strategies, strategy)
	}
	return s
}

// lose adds the loss of a region to a scenario's timeline; 0 means for good.
func lose(s *model.Scenario, r model.RegionID, at, lasts time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.RegionLoss, Region: r, Peer: model.NoRegion, At: at, Duration: lasts,
	})
}

// cut adds a cut of a link to a scenario's timeline.
func cut(s *model.Scenario, a, b model.RegionID, at, lasts time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.LinkCut, Region: a, Peer: b, At: at, Duration: lasts,
	})
}

// isolate cuts a region off from every other; its users still reach it.
func isolate(s *model.Scenario, r model.RegionID, at, lasts time.Duration) {
	for other := range model.RegionID(len(s.Regions)) {
		if other != r {
			cut(s, r, other, at, lasts)
		}
	}
}

// strategyOf returns a scenario's strategy of a kind.
func strategyOf(t testing.TB, s *model.Scenario, kind model.StrategyKind) model.Strategy {
	t.Helper()
	strategy, ok := s.Strategy(kind)
	if !ok {
		t.Fatalf("%s does not run %s", s.Name, kind)
	}
	return strategy
}

// stage returns a world at the start of a trial of the scenario's timeline, led by a region.
func stage(
	t testing.TB, s *model.Scenario, kind model.StrategyKind, seed uint64, leader model.RegionID,
	horizon time.Duration,
) *world {
	t.Helper()
	w := newTestWorld(t, s, strategyOf(t, s, kind), horizon)
	w.begin(newSource(seed, 0), timelineOutages(nil, s))
	w.raft.leader = leader
	return w
}

// finished plays a world to its end.
func finished(t testing.TB, w *world) *world {
	t.Helper()
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	return w
}

// checkedDecider is the policy with its safety rules applied to every step.
type checkedDecider struct {
	policy failover.Policy
	steps  int
	broken error
	// spoil, if there is one, breaks a decision on purpose after it was checked.
	spoil func(s *failover.State, e *failover.Event)
}

func (c *checkedDecider) Apply(s *failover.State, e *failover.Event, did *failover.Actions) {
	before := *s
	c.policy.Apply(s, e, did)
	c.steps++
	if c.broken == nil {
		c.broken = c.policy.CheckStep(&before, e, s, did)
	}
	if c.spoil != nil {
		c.spoil(s, e)
	}
}

func (c *checkedDecider) NextTick(s *failover.State) (failover.Instant, bool) {
	return c.policy.NextTick(s)
}

func generator(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5eed)) }
