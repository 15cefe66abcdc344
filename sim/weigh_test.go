package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// adjusted is the estate in which three regions serve, built for 50, 30 and 20 of 100 with twice
// the room, and adjusted every ten minutes.
func adjusted() *model.Scenario {
	s := threefold(byWeight(50, 30, 20))
	s.Routing.Choice.Every = 10 * time.Minute
	return s
}

// shares are the parts of all requests that are sent to each region.
func (w *world) shares() (all [3]float64) {
	for r := range all {
		all[r] = w.routedShare(model.RegionID(r))
	}
	return all
}

// sameShares compares them with what they should be.
func sameShares(t *testing.T, when string, got, want [3]float64) {
	t.Helper()
	for r := range got {
		if math.Abs(got[r]-want[r]) > 1e-9 {
			t.Errorf("%s: the regions are sent %.6f, want %.6f", when, got, want)
			return
		}
	}
}

// playTo plays a world up to a time after its start, when an event comes that changes nothing.
func playTo(w *world, until time.Duration) {
	w.push(warmup+int64(until), evBend, 0, 0, 0)
	for w.now < warmup+int64(until) && w.step() {
	}
}

// How long a region takes over noisy links is worked out once for each place of the writes, and not
// at each look at the weights.
func TestTheWaysAreWorkedOutOnce(t *testing.T) {
	s := adjusted()
	s.Traffic.ServiceTime = 10 * time.Millisecond
	jitter := model.Distribution{Family: model.Exponential, A: 0.02}
	for _, far := range []model.RegionID{standby, witness} {
		s.Links = append(s.Links, model.Link{From: home, To: far, Jitter: jitter, Loss: 0.01})
	}
	w := stage(t, s, model.ReadLocal, seedOf(t), home, time.Hour)
	first, _, known := w.performance()
	if !known || first[standby].Seconds <= first[home].Seconds {
		t.Fatalf("standby takes %g s, home %g s", first[standby].Seconds, first[home].Seconds)
	}
	if count := testing.AllocsPerRun(10, func() { w.performance() }); count > 0 {
		t.Errorf("each look allocates %g times", count)
	}
	fresh := answered{strategy: w.strategy, there: 1<<w.regions - 1, writer: home, over: s}
	if got, want := first[standby].Seconds, fresh.answersIn(s, standby); got != want {
		t.Errorf("standby takes %g s, want %g s", got, want)
	}
}

// The fixed points are worked out by hand. Capacities of 1, 0.6 and 0.4 are what the weights are
// when all is well; home loses three quarters of its own, or fails half of its requests.
func TestWeightsComeToRestWhereTheyShould(t *testing.T) {
	for _, c := range []struct {
		name         string
		change       func(*model.Scenario)
		well, struck [3]float64
	}{
		{"capacity", func(*model.Scenario) {}, [3]float64{0.5, 0.3, 0.2},
			[3]float64{0.2, 0.48, 0.32}}, // 0.25, 0.6, 0.4 of 1.25
		{"cost", func(s *model.Scenario) {
			s.Routing.Choice.Cost = [model.MaxRegions]float64{1, 2, 1}
		}, [3]float64{10. / 17, 3. / 17, 4. / 17}, [3]float64{5. / 19, 6. / 19, 8. / 19}},
		{"an upper bound", func(s *model.Scenario) {
			s.Routing.Choice.High[standby] = 0.4
		}, [3]float64{0.5, 0.3, 0.2}, [3]float64{0.6 * 5 / 13, 0.4, 0.6 * 8 / 13}},
		{"a lower bound", func(s *model.Scenario) {
			s.Routing.Choice.Low[home] = 0.35
		}, [3]float64{0.5, 0.3, 0.2}, [3]float64{0.35, 0.39, 0.26}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := adjusted()
			c.change(s)
			partial(s, model.SpotReclaim, home, 0.75, time.Hour, 3*time.Hour)
			w := stage(t, s, model.ActiveActive, seedOf(t), home, 10*time.Hour)
			w.load()
			playTo(w, time.Hour)
			sameShares(t, "before", w.shares(), c.well)
			playTo(w, 70*time.Minute)
			sameShares(t, "meanwhile", w.shares(), c.struck)
			playTo(w, 190*time.Minute)
			sameShares(t, "afterwards", w.shares(), c.well)
		})
	}
}

// A write takes 80 ms on to where it is written, and a fifth are writes: 16 ms more than the 16 ms
// of service, so that the regions that do not write weigh half as much for their size. When another
// one writes it is their turn.
func TestWeightsFollowTheWayOfTheWrites(t *testing.T) {
	s := adjusted()
	s.Stores[0].Kind = model.SingleWriter
	s.Traffic.ServiceTime = 16 * time.Millisecond
	lose(s, home, time.Hour, time.Hour)
	w := stage(t, s, model.ReadLocal, seedOf(t), third, 30*time.Hour)
	w.load()
	sameShares(t, "at home", w.shares(), [3]float64{10. / 15, 3. / 15, 2. / 15})
	playTo(w, 90*time.Minute)
	if w.primary != standby {
		t.Fatalf("the primary is region %d, want the standby", w.primary)
	}
	sameShares(t, "moved", w.shares(), [3]float64{0, 3. / 4, 1. / 4})
	finished(t, w)
	sameShares(t, "come home", w.shares(), [3]float64{10. / 15, 3. / 15, 2. / 15})
}

// A region that loses three quarters of its room for twice its load of 0.5 sheds a quarter of all
// requests until the next adjustment, which comes after half the time between two on average. It
// is sent 0.2 from then on, and clients who follow evenly within a minute have it shed a triangle
// of 0.25 and 50 s. When it has its room again nobody is shed.
func TestOracleWeightsThatFollowCapacity(t *testing.T) {
	const trials, every, sheds, triangle = 2000, 600.0, 0.25, 0.25 * 50 / 2
	s := adjusted()
	partial(s, model.SpotReclaim, home, 0.75, time.Hour, 3*time.Hour)
	w := newTestWorld(t, s, strategyOf(t, s, model.ActiveActive), 5*time.Hour)
	lost := make(sample, trials)
	for trial := range lost {
		w.begin(newSource(seedOf(t), trial), timelineOutages(nil, s))
		lost[trial] = finished(t, w).trial.Lost.Seconds()
		if lost[trial] < triangle-0.001 || lost[trial] > triangle+sheds*every+0.001 {
			t.Fatalf("trial %d: %g s of all requests are lost", trial, lost[trial])
		}
	}
	near(t, "mean", lost.mean(), triangle+sheds*every/2, sheds*every/math.Sqrt(12*trials))
	variance := sheds * every * sheds * every / 12
	near(t, "variance", lost.variance(), variance, variance*math.Sqrt(0.8/trials))
}

// How far requests go when all is well is worked out with the weights that are in force then: of
// 50, 30 and 20, 10, 3 and 4 of 17 where the second is twice as dear. Users are 80 ms from all
// regions but their own, and write where they are sent.
func TestAdjustedWeightsAreThoseOfTheFiguresToo(t *testing.T) {
	s := adjusted()
	s.Routing.Choice.Cost = [model.MaxRegions]float64{1, 2, 1}
	outcome := merge(s, strategyOf(t, s, model.ActiveActive), time.Hour, nil)
	far := 1 - (0.6*10+0.3*3+0.1*4)/17
	if want := time.Duration(far * 80e6); (outcome.ReachRTT - want).Abs() > time.Microsecond {
		t.Errorf("requests go %s on average, want %s", outcome.ReachRTT, want)
	}
}

// Nothing is adjusted while the routing cannot be changed, or while a region that is sent requests
// says nothing; and a year in which nothing happens has no event.
func TestWeightsStandWhereNobodyCanAdjustThem(t *testing.T) {
	well := [3]float64{0.5, 0.3, 0.2}
	for _, kind := range []model.FaultKind{model.RoutingControlLoss, model.PathLoss} {
		s := adjusted()
		s.Settings.HoldDown = 9 * time.Hour
		during(s, kind, third, time.Hour, 5*time.Hour)
		partial(s, model.SpotReclaim, home, 0.75, 2*time.Hour, 9*time.Hour)
		w := stage(t, s, model.ActiveActive, seedOf(t), home, 10*time.Hour)
		w.load()
		playTo(w, 4*time.Hour)
		sameShares(t, kind.String(), w.shares(), well)
		playTo(w, 6*time.Hour)
		sameShares(t, "after "+kind.String(), w.shares(), [3]float64{0.2, 0.48, 0.32})
	}
	w := finished(t, stage(t, adjusted(), model.ActiveActive, seedOf(t), home, 8760*time.Hour))
	if w.events > 0 || w.trial.Lost > time.Microsecond { // Of 50, 30 and 20 the sum is rounded.
		t.Errorf("%d events, and %s lost, in a quiet year", w.events, w.trial.Lost)
	}
}

// However often the weights change, in whatever stage of a shift, every client is sent somewhere,
// and each region has its old share of those who have not looked up yet and its new one of those
// who have.
func TestRedrawnClientsAreAllOfThem(t *testing.T) {
	rng := generator(seedOf(t))
	s := adjusted()
	s.Settings.Stages, s.Settings.StageHold = []int{20, 60, 100}, time.Minute
	w := stage(t, s, model.ActiveActive, seedOf(t), home, time.Hour)
	for round := range 300 {
		before := w.shares()
		var weights [model.MaxRegions]float64
		for r := range 3 {
			weights[r] = 1 + 254*rng.Float64()
		}
		w.weighing.scenario.Routing.Choice.Weights = weights
		w.now += int64(time.Duration(rng.IntN(3)) * time.Hour) // Nobody is late, or everybody.
		w.settle()
		late := w.moving()
		w.redraw()
		sent := w.weighing.scenario.Sent(&s.Populations[0], s.Workload())
		sameShares(t, "redrawn", w.shares(), [3]float64(sent[:3]))
		total, half := 0.0, w.loads(w.now+int64(30*time.Second))
		for r, load := range half {
			total += load
			if want := (before[min(r, 2)] + sent[r]) / 2; !late && r < 3 && math.Abs(load-want) > 1e-9 {
				t.Fatalf("round %d: region %d has %g after half a TTL, want %g", round, r, load, want)
			}
		}
		if math.Abs(total-1) > 1e-9 || len(w.flows) > maxFlows {
			t.Fatalf("round %d: %d flows carry %g of the load", round, len(w.flows), total)
		}
		if split := rng.IntN(4); split < 3 {
			left := w.policy.Workload.Without(home)
			stage := uint8(s.Settings.Stages[split])
			w.route(failover.Split{From: w.policy.Workload, To: left, Share: stage})
			w.route(failover.Split{From: w.policy.Workload, To: w.policy.Workload, Share: everybody})
		}
	}
}

// randomWeighing has the weights of some random systems adjusted, where capacity does not follow
// the load by itself, and few enough flows are followed that an eager play comes to an end.
func randomWeighing(rng *rand.Rand, s *model.Scenario) {
	parts := []int{0, 1, 2, 6, 18}[s.Workload().Count()]
	fits := parts*len(s.Populations)*max(1, len(s.Settings.Stages)) <= 100
	if choice := &s.Routing.Choice; s.Scaling.Reaction == 0 && fits && rng.IntN(2) == 0 {
		choice.Policy, choice.Every = model.WeightedRouting, between(rng, time.Minute, time.Hour)
		for r := range s.Workload().Count() { // They are the first.
			choice.Weights[r], choice.Cost[r] = 1+9*rng.Float64(), 1+rng.Float64()
		}
		if rng.IntN(2) == 0 {
			s.Traffic.ServiceTime = between(rng, time.Millisecond, time.Second)
		}
	}
}

// What fails counts as what is not there: home, of which 40 % fail, weighs 0.5 x 0.6 beside 0.3 and
// 0.2, of 0.8. A change of half a percent of its capacity is followed as well: 0.4975 of 0.9975.
func TestWeightsFollowWhatFailsAndWhatIsSmall(t *testing.T) {
	for _, c := range []struct {
		kind  model.FaultKind
		share float64
		want  [3]float64
	}{
		{model.GreyFailure, 0.4, [3]float64{3. / 8, 3. / 8, 2. / 8}},
		{model.SpotReclaim, 0.005, [3]float64{0.4975 / 0.9975, 0.3 / 0.9975, 0.2 / 0.9975}},
	} {
		s := adjusted()
		s.Settings.HoldDown = 9 * time.Hour
		partial(s, c.kind, home, c.share, time.Hour, 3*time.Hour)
		w := stage(t, s, model.ActiveActive, seedOf(t), home, 10*time.Hour)
		w.load()
		playTo(w, 80*time.Minute)
		sameShares(t, c.kind.String(), w.shares(), c.want)
		playTo(w, 200*time.Minute)
		sameShares(t, "after "+c.kind.String(), w.shares(), [3]float64{0.5, 0.3, 0.2})
	}
}

// An adjustment that was due already does not come about once the routing cannot be changed, and
// nobody asks for another one until it can.
func TestADueAdjustmentWaitsForTheRouting(t *testing.T) {
	for _, kind := range []model.FaultKind{model.RoutingControlLoss, model.RoutingLoss} {
		s := adjusted()
		partial(s, model.SpotReclaim, home, 0.75, time.Hour, 9*time.Hour)
		during(s, kind, model.NoRegion, time.Hour+time.Millisecond, 5*time.Hour)
		w := stage(t, s, model.ActiveActive, seedOf(t), home, 10*time.Hour)
		w.load()
		inForce := &w.weighing.scenario.Routing.Choice.Weights
		well := *inForce
		playTo(w, 2*time.Hour)
		events := w.events
		playTo(w, 4*time.Hour)
		if *inForce != well {
			t.Errorf("%s: the weights are %v, want %v", kind, *inForce, well)
		}
		if w.events > events+1 { // One of them is how this test looks.
			t.Errorf("%s: %d events while nothing can be adjusted", kind, w.events-events)
		}
		playTo(w, 6*time.Hour)
		sameShares(t, "after "+kind.String(), w.shares(), [3]float64{0.2, 0.48, 0.32})
	}
}

// Of more shifts than there is room for the older are forgotten: every one of these comes before
// anybody has followed the one before.
func TestMoreAdjustmentsThanThereIsRoomFor(t *testing.T) {
	rng := generator(seedOf(t))
	s := adjusted()
	for i := range s.Populations {
		s.Populations[i].Share /= 5
	}
	for range 4 {
		s.Populations = append(s.Populations, s.Populations[:3]...)
	}
	s.Settings.Stages, s.Settings.StageHold = []int{20, 60, 100}, time.Minute
	w := stage(t, s, model.ActiveActive, seedOf(t), home, time.Hour)
	most := 0
	for range maxFlows {
		for r := range 3 {
			w.weighing.scenario.Routing.Choice.Weights[r] = 1 + 254*rng.Float64()
		}
		w.now += int64(time.Millisecond)
		w.redraw()
		if most = max(most, len(w.flows)); most > maxFlows {
			t.Fatalf("%d flows, at most %d are allowed", most, maxFlows)
		}
	}
	if most < maxFlows/2 {
		t.Errorf("there were %d flows at most, which is far from %d", most, maxFlows)
	}
}

// What is less than a piece goes to the last one, so that nobody is forgotten.
func TestAPieceThatIsNoneIsCarriedByTheLast(t *testing.T) {
	w := stage(t, adjusted(), model.ActiveActive, seedOf(t), home, time.Hour)
	pieces := append([]flow(nil), w.flows[0])
	pieces[0].part = 1
	parts := w.weighing.scenario.Parts(&w.scenario.Populations[0])[:2]
	parts[0].Share, parts[1].Share = 1-cutTolerance/2, cutTolerance/2
	w.flows = w.flows[:0]
	w.cut(pieces, parts)
	share := w.scenario.Populations[0].Share
	if len(w.flows) != 1 || w.flows[0].part != 1 || w.flows[0].share != share {
		t.Errorf("got %+v, want one piece of all", w.flows)
	}
}

// Pieces side by side are one unless something tells them apart; since when they moved does so only
// while some of their clients are where they were before.
func TestPiecesAreJoinedThatAreAlike(t *testing.T) {
	w := stage(t, adjusted(), model.ActiveActive, seedOf(t), home, time.Hour)
	for _, old := range []model.RegionID{model.NoRegion, standby} {
		piece := w.flows[0]
		piece.part, piece.share, piece.old, piece.changed = 0.5, 0.5, old, 1
		later := piece
		later.changed = 2
		w.flows = append(w.flows[:0], piece, later)
		w.mend()
		if one := len(w.flows) == 1; one != !old.Valid() {
			t.Errorf("from region %d: got %d pieces", old, len(w.flows))
		}
	}
}

// The greatest load of a region changes with the weights, though there are as many pieces as
// before, and the same regions get them: the one that moves, and those that are joined since they
// have.
func TestTheBusiestHourFollowsTheWeights(t *testing.T) {
	w := stage(t, noon(adjusted()), model.ActiveActive, seedOf(t), home, time.Hour)
	for _, weights := range [][3]float64{{45, 35, 20}, {43, 37, 20}, {42, 38, 20}} {
		copy(w.weighing.scenario.Routing.Choice.Weights[:], weights[:])
		w.redraw()
		w.now += int64(time.Hour)
		w.settle()
		w.reviewBusiest()
		// The load at noon is half as much again.
		if got, want := w.week.busiest[home], 1.5*weights[0]/100; math.Abs(got-want) > 1e-9 {
			t.Errorf("of weights %v home has %g at most, want %g", weights, got, want)
		}
	}
}
