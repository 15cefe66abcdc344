package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// third is the witness of the estate where it serves too.
const third = witness

// threefold is the estate with a store that is written everywhere and three regions that serve, of
// which none can grow, and with users near each of them.
func threefold(choice model.Choice) *model.Scenario {
	s := estate()
	s.Regions[third] = model.Region{Name: "third", FailureDomain: "third"}
	for r := range s.Regions {
		s.Regions[r].Utilisation, s.Regions[r].BurstCeiling = 0.5, 1
	}
	s.Populations = []model.Population{
		{Name: "here", Share: 0.6, Nearest: home, Answers: []model.RegionID{home},
			Distance: [model.MaxRegions]float64{100, 900, 900}},
		{Name: "there", Share: 0.3, Nearest: standby, Answers: []model.RegionID{standby},
			Distance: [model.MaxRegions]float64{900, 100, 900}},
		{Name: "elsewhere", Share: 0.1, Nearest: third, Answers: []model.RegionID{third},
			Distance: [model.MaxRegions]float64{900, 900, 100}},
	}
	s.Stores[0].Kind = model.MultiActive
	s.Settings.CapacityMin = 0
	s.Routing.Choice = choice
	return s
}

func byWeight(a, b, c float64) model.Choice {
	return model.Choice{
		Policy: model.WeightedRouting, Weights: [model.MaxRegions]float64{a, b, c},
	}
}

// Of two who draw anew each time their answer runs out, none knows what the other drew: while they
// follow a change of 50, 30 and 20 to the 60 and 40 that are left, each region has its old share of
// those who have not looked up yet and its new one of those who have.
func TestWeightsThatAreLeftShareTheLostOnesClients(t *testing.T) {
	w := stage(t, threefold(byWeight(50, 30, 20)), model.ActiveActive, seedOf(t), home, time.Hour)
	before := [...]float64{0.5, 0.3, 0.2}
	after := [...]float64{0, 0.6, 0.4}
	left := model.RegionSet(0).With(standby).With(third)
	w.route(failover.Split{From: left, To: left, Share: everybody})
	for _, since := range []time.Duration{0, 15 * time.Second, 45 * time.Second, time.Minute} {
		stale := 1 - since.Seconds()/60 // The TTL is a minute, and nobody keeps an answer longer.
		load := w.loads(w.now + int64(since))
		for r := range before {
			want := stale*before[r] + (1-stale)*after[r]
			if math.Abs(load[r]-want) > 1e-12 {
				t.Errorf("after %s region %d has %g of the load, want %g", since, r, load[r], want)
			}
		}
	}
}

// servedWhile plays the loss of a region for nine hours and gives the share that succeeds once
// nobody comes to it any more. The hold-down lets nothing else happen meanwhile.
func servedWhile(t *testing.T, s *model.Scenario, lost model.RegionID) (share float64) {
	t.Helper()
	lose(s, lost, time.Hour, 9*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), third, 8*time.Hour)
	w.load()
	for w.step() {
		share = w.served(w.now)
	}
	if len(w.decisions) == 0 || w.state.Serving.Has(lost) {
		t.Fatalf("region %d still serves after %d decisions", lost, len(w.decisions))
	}
	return share
}

// Every region is sized for twice its share. Home is lost, with 60 of 100: by weight the others get
// 75 and 25 where they have room for 60 and 20, and shed a fifth; by the way the nearest of them
// gets 90, and a third of that has no room.
func TestWeightsSpreadWhatALossLeavesOver(t *testing.T) {
	s := threefold(byWeight(60, 30, 10))
	if got := servedWhile(t, s, home); math.Abs(got-0.8) > 1e-9 {
		t.Errorf("by weight %g of the requests succeed, want 0.6 + 0.2", got)
	}
	s = threefold(model.Choice{})
	s.Latency[home][third], s.Latency[third][home] = 90*time.Millisecond, 90*time.Millisecond
	if got := servedWhile(t, s, home); math.Abs(got-0.7) > 1e-9 {
		t.Errorf("by the way %g of the requests succeed, want 0.6 + 0.1", got)
	}
	// Weights that are not those of the sizes overload the small one: it gets half, and has a fifth.
	s = threefold(byWeight(60, 30, 10))
	s.Regions[standby].Utilisation, s.Regions[third].Utilisation = 0.25, 0.8
	if got := servedWhile(t, s, home); math.Abs(got-0.875) > 1e-9 {
		t.Errorf("%g of the requests succeed, want 0.75 + 0.125", got)
	}
}

// Who has no record but that of a region gets no answer while it does not serve, however much room
// the others have, and with a default record is served elsewhere.
func TestAPlaceWithoutADefaultGoesWithoutAnAnswer(t *testing.T) {
	pinned := model.Choice{Policy: model.GeolocationRouting, Default: model.NoRegion}
	if got := servedWhile(t, threefold(pinned), standby); math.Abs(got-0.7) > 1e-9 {
		t.Errorf("%g of the requests succeed, want 0.7: 0.3 get no answer", got)
	}
	pinned.Default = home
	if got := servedWhile(t, threefold(pinned), standby); math.Abs(got-1) > 1e-9 {
		t.Errorf("with a default %g of the requests succeed, want all", got)
	}
}

// With one address everywhere nothing fails from the loss to the change, but for those whom the
// network has not moved yet: an exponential, whose whole area is its mean. Of DNS clients some stay
// for the TTL and for the tail.
func TestNoDNSAnswerKeepsAnycastClients(t *testing.T) {
	lost := func(policy model.RoutingPolicy) (after float64, dns clients) {
		s := estate()
		s.Routing.Choice.Policy, s.Routing.Clients = policy, model.Measured
		lose(s, home, time.Hour, 9*time.Hour)
		w := stage(t, s, model.HotStandby, seedOf(t), witness, 8*time.Hour)
		w.load()
		for w.step() {
		}
		w.finale()
		moved := float64(w.flows[0].changed - warmup - int64(time.Hour))
		return (w.lost - moved) / 1e9, w.dns
	}
	const mean = 6.2133 // 10 s / ln 5: a fifth is left after ten seconds.
	if got, _ := lost(model.AnycastRouting); math.Abs(got-mean) > 1e-4*mean {
		t.Errorf("anycast: %.4f s of all requests fail after the change, want %.4f s", got, mean)
	}
	got, dns := lost(model.LatencyRouting)
	want := dns.tailShare*dns.tailSeconds + (1-dns.tailShare)*dns.ttl/2
	if math.Abs(got-want) > 1e-3*want { // Simpson's rule over the hours of the tail.
		t.Errorf("DNS: %.4f s of all requests fail after the change, want %.4f s", got, want)
	}
}

// Whom the network moves from a region that answers loses a connection: nothing of theirs succeeds
// for the time of a new one. From a region that answers nothing, nothing more is lost.
func TestAnycastResetsTheConnectionsThatItMoves(t *testing.T) {
	s := threefold(model.Choice{Policy: model.AnycastRouting, Reconnect: 3 * time.Second})
	all := model.RegionSet(0).With(home).With(standby).With(third)
	for _, c := range []struct {
		answers, want float64
	}{{1, 0.3 * 3}, {0.5, 0.3 * 1.5}, {0, 0}} {
		w := stage(t, s, model.ActiveActive, seedOf(t), home, time.Hour)
		w.answers[standby] = c.answers
		left := all.Without(standby)
		w.route(failover.Split{From: left, To: left, Share: everybody})
		if got := w.lost / 1e9; math.Abs(got-c.want) > 1e-12 {
			t.Errorf("of a region that answers %g: %g s of all requests are lost, want %g s", c.answers,
				got, c.want)
		}
	}
}

// Users who are counted in two populations are the same users, whatever the policy.
func TestAPolicyDoesNotSeeHowPopulationsAreCut(t *testing.T) {
	for _, policy := range model.RoutingPolicies() {
		choice := byWeight(3, 2, 1)
		choice.Policy, choice.Default = policy, home
		if policy == model.FailoverRouting {
			continue // It leaves nothing to serve for a second region.
		}
		whole, cut := threefold(choice), threefold(choice)
		cut.Populations[0].Share = 0.25
		other := cut.Populations[0]
		other.Name, other.Share = "also here", 0.35
		cut.Populations = append(cut.Populations, other)
		one, two := servedWhile(t, whole, standby), servedWhile(t, cut, standby)
		if math.Abs(one-two) > 1e-12 {
			t.Errorf("%s: %g of the requests succeed, and %g of those of two populations", policy, one, two)
		}
	}
}

// randomRouting has a policy divide the users of every other system. Its generator is its own, so
// that all else is drawn as in a system without. It is never failover, which leaves nothing to
// serve for a second region.
func randomRouting(rng *rand.Rand, s *model.Scenario) {
	policies := slices.DeleteFunc(model.RoutingPolicies(), func(p model.RoutingPolicy) bool {
		return p == model.FailoverRouting
	})
	workload := s.Workload().Count() // They are the first.
	if rng.IntN(2) == 0 {
		return
	}
	choice := model.Choice{
		Policy: policies[rng.IntN(len(policies))], Default: model.NoRegion,
		Reconnect: between(rng, 0, 5*time.Second),
	}
	if rng.IntN(2) == 0 {
		choice.Default = model.RegionID(rng.IntN(workload))
	}
	for r := range workload {
		choice.Weights[r] = 1 + 9*rng.Float64()
		choice.Bias[r] = float64(rng.IntN(41) - 20)
		choice.Low[r], choice.High[r] = 0.2*rng.Float64(), 0.5+0.5*rng.Float64()
		p := &s.Populations[r]
		p.Answers = []model.RegionID{p.Nearest}
		for other := range workload {
			p.Distance[other] = 5000 + 5000*rng.Float64()
		}
		p.Distance[r] = 100
	}
	s.Routing.Choice = choice
	parts := len(s.Parts(&s.Populations[0])) // All draw alike.
	for len(s.Populations)*parts*len(s.Settings.Stages) > model.MaxFlows {
		s.Settings.Stages = s.Settings.Stages[1:] // Nobody may follow so many parts.
	}
}
