package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// What parts of the simulator come to together that are tested apart elsewhere.

// Where every region writes, work is handled in any of them that has its store: nothing waits for
// the region that is lost, and all of it while no region has one.
func TestABacklogIsHandledWhereverItCanBeWritten(t *testing.T) {
	s := threefold(model.Choice{})
	lose(s, home, time.Hour, 2*time.Hour)
	if _, got := lineUp(t, s, model.ActiveActive, 2); got.Largest != 0 {
		t.Errorf("of three regions that write one is lost: %+v, want nothing that waits", got)
	}
	s = threefold(model.Choice{})
	for r := range s.Regions {
		during(s, model.StoreLoss, model.RegionID(r), 5*time.Hour, 6*time.Hour)
	}
	_, got := lineUp(t, s, model.ActiveActive, 2)
	backedUp(t, got, 50*3600, 6*time.Hour, 7*time.Hour)
}

// Work waits too for a store that runs where it is written, and has no majority.
func TestABacklogWaitsForAMajority(t *testing.T) {
	for _, kind := range []model.StrategyKind{model.ReadLocal, model.ActiveActive} {
		s := allWrite()
		during(s, model.StoreLoss, standby, time.Hour, 5*time.Hour)
		during(s, model.StoreLoss, witness, 3*time.Hour, 4*time.Hour)
		_, got := lineUp(t, s, kind, 2)
		backedUp(t, got, 50*3600, 4*time.Hour, 5*time.Hour)
	}
}

// Who gets no answer fails by the hours of the day, also when nobody is late any more: three tenths
// of the load.
func TestWhoGetsNoAnswerFailsByTheHour(t *testing.T) {
	lostBy := func(horizon time.Duration) (float64, *world) {
		s := threefold(model.Choice{Policy: model.GeolocationRouting, Default: model.NoRegion})
		s.Curves = []model.Curve{{Name: "day", Weekday: []model.LoadPoint{
			{At: 0, Load: 1}, {At: 12 * time.Hour, Load: 1.5},
		}}}
		for i := range s.Populations {
			s.Populations[i].Curve = 1
		}
		lose(s, standby, time.Hour, 20*time.Hour)
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), third, horizon))
		return w.lost / 1e9, w
	}
	early, _ := lostBy(3 * time.Hour)
	late, w := lostBy(9 * time.Hour)
	want := 0.3 * w.week.of[0].Area(int64(3*time.Hour), int64(9*time.Hour)) / 1e9
	if len(w.decisions) == 0 || math.Abs(late-early-want) > 1e-6*want {
		t.Errorf("after %d decisions %g s of the load fail in six hours, want %g s", len(w.decisions),
			late-early, want)
	}
}

// ramping is the estate of autoscaling whose standby needs an hour to grow, after home is lost.
func ramping() *model.Scenario {
	s := crowded()
	s.Scaling = model.Scaling{Reaction: 5 * time.Minute, Growth: 3 * time.Hour, Shrink: time.Hour}
	return s
}

// An alert's periods miss nothing of what is shed while capacity comes by degrees, but for the
// quadrature of the run, whose pieces are longer.
func TestPeriodsFollowARamp(t *testing.T) {
	s := ramping()
	lose(s, home, time.Hour, 8*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), witness, 24*time.Hour)
	failed := failedByPieces(w)
	if math.Abs(failed/w.lost-1) > 2e-4 || w.trial.Failovers != 1 {
		t.Errorf("%d failovers; the periods count %.9g, the run %.9g", w.trial.Failovers, failed, w.lost)
	}
}

// What two sides of a cut accept while one of them grows is what they do not shed.
func TestACutCountsWhatARampAccepts(t *testing.T) {
	s := ramping()
	s.Stores[0].ContendedKeys = 1e6
	cut(s, home, standby, 0, 0)
	w := steppedUp(t, s, 2*time.Hour)
	for w.step() {
	}
	w.finale()
	accepted := 0.0
	for r := range w.regions {
		accepted += sum(&w.partings.accepted[r])
	}
	want := (2 * time.Hour).Seconds() - w.lost/1e9
	if math.Abs(accepted-want) > 1e-3 || w.lost == 0 {
		t.Errorf("%.6f s of the writes are accepted, want %.6f s: all but what is shed", accepted, want)
	}
}

// addWatchers has users of a random system logged in, alerts look at it and work wait for it.
func addWatchers(seed uint64, s *model.Scenario) {
	rng := generator(seed ^ 0xa1e27)
	if rng.IntN(2) == 0 {
		s.Traffic.Sessions = float64(1 + rng.IntN(100_000))
	}
	for i := range s.Stores {
		s.Alerts = append(s.Alerts, model.Alert{
			Name: s.Stores[i].Name, Metric: model.AlertLag, Store: model.StoreID(i),
			Region: model.RegionID(rng.IntN(s.Workload().Count())), Above: 100 * rng.Float64(),
			Period: between(rng, time.Second, 10*time.Minute), Periods: 1 + rng.IntN(5), Datapoints: 1,
		})
		s.Backlogs = append(s.Backlogs, model.Backlog{
			Name: s.Stores[i].Name, Store: model.StoreID(i), Arrives: 1 + 100*rng.Float64(),
			Drains: 1.1 + rng.Float64(),
		})
	}
	s.Alerts = append(s.Alerts, model.Alert{
		Name: "errors", Metric: model.AlertErrors, Above: rng.Float64(),
		Period: between(rng, time.Second, 10*time.Minute), Periods: 3, Datapoints: 2,
	})
}

// How long requests take follows the routing policy: users who are drawn to three regions wait as a
// mixture of the ways there, and those without an answer are not answered, whatever is near.
func TestLatencyFollowsTheRouting(t *testing.T) {
	s := threefold(byWeight(60, 25, 15))
	s.Traffic.ServiceTime, s.Traffic.WriteShare = time.Microsecond, 0
	s.Latency[home][third], s.Latency[third][home] = 200*time.Millisecond, 200*time.Millisecond
	strategy := strategyOf(t, s, model.ReadLocal)
	got := latencies(s, strategy)[0].Well // Of 100 users 60 go nowhere, 25 80 ms, 15 200 ms.
	for _, c := range []struct{ got, want time.Duration }{
		{got.P50, 0}, {got.P95, 200 * time.Millisecond}, {got.P99, 200 * time.Millisecond},
	} {
		if off := c.got - c.want; off < 0 || off > 20*time.Microsecond {
			t.Errorf("by weight: got %+v, want %s and some service", got, c.want)
		}
	}
	s.Routing.Choice = model.Choice{Policy: model.GeolocationRouting, Default: model.NoRegion}
	for i, p := range latencies(s, strategy) { // Home is lost, and with it the only record of "here".
		if want := given(i == 0); p.Moved.Shed != want || p.Well.Shed != 0 {
			t.Errorf("%s: got %+v, want %g shed after a failover", p.Population, p, want)
		}
	}
}

// A write that a majority has to hold takes the round trip to it as well: to the nearer of two
// others when all is well, and to the one that is left when the primary is lost.
func TestLatencyWaitsForTheMajority(t *testing.T) {
	s := quorate()
	s.Traffic.ServiceTime, s.Traffic.WriteShare = time.Microsecond, 1
	s.Latency[home][witness], s.Latency[witness][home] = 30*time.Millisecond, 30*time.Millisecond
	got := latencies(s, strategyOf(t, s, model.HotStandby))[0]
	const way = 80 * time.Millisecond // To the standby, and from there to the witness.
	for _, c := range []struct{ got, want time.Duration }{
		{got.Well.P50, 30 * time.Millisecond}, {got.Moved.P50, way + way},
	} {
		if off := c.got - c.want; off < 0 || off > 10*time.Microsecond {
			t.Errorf("got %s, want %s and the service", c.got, c.want)
		}
	}
}

// A trace draws the service minute by minute while capacity comes by degrees.
func TestATraceFollowsARamp(t *testing.T) {
	s := ramping()
	lose(s, home, time.Hour, 8*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), witness, 24*time.Hour)
	w.story = &Story{}
	finished(t, w)
	drawn := 0
	for _, sample := range w.story.trace.samples {
		if sample.Counter == Succeed && sample.At > 75*time.Minute && sample.At < 2*time.Hour {
			drawn++
		}
	}
	if drawn < 40 {
		t.Errorf("drawn %d times in 45 minutes of the ramp, want about 45", drawn)
	}
}

// What a majority holds is known wherever it is made again, and what a copy lacks is not.
func TestAMajorityKnowsWhatIsMadeAgain(t *testing.T) {
	for _, kind := range []model.StoreKind{model.MultiActive, model.Quorum} {
		s := threefold(model.Choice{})
		s.Stores[0].Kind, s.Stores[0].Idempotency = kind, model.ReplicatedKeys
		s.Traffic.Answer, s.Traffic.Repeated = time.Second, 1
		want := int64(120) // 60 % of 200 writes, of a second: the lag is longer.
		if kind == model.Quorum {
			s.Stores[0].Lag, want = [model.MaxRegions]model.Distribution{}, 0
		}
		lose(s, home, time.Hour, 8*time.Hour)
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), standby, 24*time.Hour))
		if w.trial.Failovers != 1 || w.trial.Duplicates != want {
			t.Errorf("%s: %d failovers, %d had twice, want 1 and %d", kind, w.trial.Failovers,
				w.trial.Duplicates, want)
		}
	}
}
