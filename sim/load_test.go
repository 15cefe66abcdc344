package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// dayTime is a curve of which everything can be computed by hand: every day 0.5 at night and 1.5
// from eight to sixteen, with ramps of four hours before and after. Its mean is 1: (0.5 x 8 + 1.5 x
// 8 + 1 x 8) / 24.
func dayTime() model.Curve {
	return model.Curve{Name: "day", Source: "test", Weekday: []model.LoadPoint{
		{At: 4 * time.Hour, Load: 0.5}, {At: 8 * time.Hour, Load: 1.5},
		{At: 16 * time.Hour, Load: 1.5}, {At: 20 * time.Hour, Load: 0.5},
	}}
}

// daily has the people of the estate of the tests follow a curve.
func daily(s *model.Scenario) *model.Scenario {
	s.Curves = []model.Curve{dayTime()}
	for i := range s.Populations {
		s.Populations[i].Curve = 1
	}
	return s
}

// randomLoad has the people of a random system follow curves of their own, and try again, with room
// for peaks: with points from 0.5 to 1 none is above twice the mean, and no region is more than 45
// % full.
func randomLoad(rng *rand.Rand, s *model.Scenario) {
	s.Traffic.Starts = between(rng, 0, model.WeekLength-1)
	if rng.IntN(2) == 0 {
		s.Traffic.Retried = 0.95 * rng.Float64()
	}
	for i := range s.Populations {
		var c model.Curve
		for at := between(rng, 0, 12*time.Hour); at < 24*time.Hour; {
			c.Weekday = append(c.Weekday, model.LoadPoint{At: at, Load: 0.5 + rng.Float64()/2})
			at += between(rng, time.Minute, 8*time.Hour)
		}
		if rng.IntN(2) == 0 {
			c.Weekend = []model.LoadPoint{{At: between(rng, 0, 23*time.Hour), Load: 0.5 + rng.Float64()/2}}
		}
		c.Name = s.Populations[i].Name
		s.Curves = append(s.Curves, c)
		s.Populations[i].Curve = i + 1
		s.Populations[i].UTCOffset = between(rng, -12*time.Hour, 14*time.Hour)
	}
	for r := range s.Regions {
		s.Regions[r].Utilisation /= 2
	}
}

// An outage in a single region fails all the requests of its hours: what is lost of them by the
// hour of the day.
func TestAnOutageFailsTheRequestsOfItsHours(t *testing.T) {
	for _, c := range []struct {
		name     string
		at, lost time.Duration
	}{
		{"at night", 21 * time.Hour, time.Hour},
		{"at noon", 10 * time.Hour, 3 * time.Hour},
		{"in the morning, from 0.75 to 1.25", 5 * time.Hour, 2 * time.Hour},
		{"until the peak, 1.375 and 1.5", 7 * time.Hour, 2*time.Hour + 52*time.Minute + 30*time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := daily(estate())
			lose(s, home, c.at, 2*time.Hour)
			w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), home, 48*time.Hour))
			if off := w.trial.Lost - c.lost; off < -time.Microsecond || off > time.Microsecond {
				t.Errorf("lost %s of the mean load, want %s", w.trial.Lost, c.lost)
			}
			if w.trial.Down != 2*time.Hour || w.trial.Incidents != 1 {
				t.Errorf("down %s in %d incidents, want the two hours", w.trial.Down, w.trial.Incidents)
			}
		})
	}
}

// Outages at any time of the week fail their length of the mean load, in the mean.
func TestAnOutageAtAnyTimeFailsItsLengthInTheMean(t *testing.T) {
	s := daily(estate())
	s.Curves[0].Weekend = []model.LoadPoint{{At: 12 * time.Hour, Load: 0.25}}
	lose(s, home, time.Hour, 5*time.Hour)
	rng := generator(seedOf(t))
	var lost sample
	for range 2000 {
		s.Traffic.Starts = between(rng, 0, model.WeekLength-1)
		w := finished(t, stage(t, s, model.SingleRegion, 1, home, 8*time.Hour))
		lost = append(lost, w.trial.Lost.Hours())
	}
	near(t, "hours of mean load", lost.mean(), 5, lost.standardError())
	if lost.variance() < 1 {
		t.Errorf("the variance is %g: it does not matter when", lost.variance())
	}
}

// A region that cannot carry the day goes down by itself as people wake up and comes back as they
// go to sleep: all of it by hand.
func TestALoadAloneTakesAServiceDown(t *testing.T) {
	s := daily(estate())
	s.Regions[home].Utilisation = 1 // It carries the mean load, and 1 / 1.5 of the peak.
	s.Traffic.DownBelow = 0.8       // Reached at a load of 1.25: an hour before the peak.
	w := finished(t, stage(t, s, model.SingleRegion, seedOf(t), home, 7*24*time.Hour))
	// The line is crossed where it is by a billionth, which takes some 20 microseconds.
	// Above 1 the load is a trapezoid of 0.5 over eight hours with ramps of two: 5 hours a day.
	if off := w.trial.Lost - 7*5*time.Hour; off < -time.Millisecond || off > time.Millisecond {
		t.Errorf("lost %s of the mean load in a week, want 35h", w.trial.Lost)
	}
	if off := w.trial.Down - 7*10*time.Hour; off < -time.Millisecond || off > time.Millisecond {
		t.Errorf("down %s in a week, want 70h", w.trial.Down)
	}
	if len(w.incidents) != 7 {
		t.Fatalf("got %d incidents, want one a day", len(w.incidents))
	}
	for day, incident := range w.incidents {
		want := time.Duration(day)*24*time.Hour + 7*time.Hour
		if off := incident.At - want; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("down at %s, want %s", incident.At, want)
		}
	}
}

// What is shed is the integral of the load above the capacity, and what a lost region fails that of
// its load: against a sum of very many short pieces, for people of several time zones.
func TestShedLoadIsTheIntegralAboveTheCapacity(t *testing.T) {
	for _, zones := range [][3]time.Duration{{}, {-5, 1, 9}, {12, -12, 0}} {
		s := daily(crowded())
		for i := range zones {
			s.Populations[i].UTCOffset = zones[i] * time.Hour
		}
		w := stage(t, s, model.ActiveActive, seedOf(t), standby, model.Year)
		w.route(failover.Split{
			To: model.RegionSet(0).With(standby).With(witness), Share: everybody,
		})
		for i := range w.flows {
			w.flows[i].old = model.NoRegion
		}
		w.reviewAnswers()
		from, to := warmup+int64(3*time.Hour), warmup+int64(75*time.Hour)
		w.lost, w.incident = 0, incident{}
		w.integrate(from, to)
		capacity := [model.MaxRegions]float64{standby: 0.35 / 0.87, witness: 0.15 / 0.87}
		weeks, fine := s.Weeks(), 0.0
		const short = int64(time.Second)
		for at := from; at < to; at += short {
			var load [model.MaxRegions]float64
			for i, target := range []model.RegionID{standby, standby, witness} {
				load[target] += s.Populations[i].Share * weeks[i].At(at-warmup+short/2)
			}
			for r := range load {
				fine += math.Max(0, load[r]-capacity[r]) * float64(short)
			}
		}
		if math.Abs(w.lost-fine) > 1e-6*fine || fine < float64(24*time.Hour) {
			t.Errorf("zones %v: got %.3f s shed, want %.3f s", zones, w.lost/1e9, fine/1e9)
		}
	}
}

// While clients follow a change of routing, the load and the share of the late both bend.
func TestALoadThatMovesAgreesWithAFineSum(t *testing.T) {
	for _, kind := range []model.ClientModel{model.Idealised, model.Measured} {
		s := daily(estate())
		s.Routing.Clients, s.Routing.TTL = kind, 30*time.Minute
		s.Traffic.Starts = 7 * time.Hour
		w := stage(t, s, model.HotStandby, 1, witness, model.Year)
		w.flows = []flow{{share: 1, target: standby, old: home, changed: warmup}}
		w.answers = [model.MaxRegions]float64{home: 0, standby: 1}
		w.capacity = [model.MaxRegions]float64{home: 2, standby: 1.3}
		from, to := warmup, warmup+int64(6*time.Hour)
		w.lost, w.incident = 0, incident{}
		w.integrate(from, to)
		fine, short := 0.0, int64(100*time.Millisecond)
		for at := from; at < to; at += short {
			fine += w.failed(at+short/2) * float64(short)
		}
		if math.Abs(w.lost-fine) > 0.005*fine {
			t.Errorf("%s: got %.3f s lost, want %.3f s", kind, w.lost/1e9, fine/1e9)
		}
	}
}

// A curve that is the same at all hours is no curve.
func TestAnEvenCurveChangesNothing(t *testing.T) {
	s := crowded()
	lose(s, home, time.Hour, 4*time.Hour)
	for _, strategy := range s.Strategies {
		before := finished(t, stage(t, s, strategy.Kind, 1, standby, 48*time.Hour))
		curved := *s
		curved.Populations = append([]model.Population(nil), s.Populations...)
		daily(&curved)
		curved.Curves[0].Weekday = []model.LoadPoint{{Load: 3}, {At: 9 * time.Hour, Load: 3}}
		after := finished(t, stage(t, &curved, strategy.Kind, 1, standby, 48*time.Hour))
		was, is := before.trial, after.trial
		// The kink where a region is full lies within a piece of the one and ends a piece of the other.
		if off := float64(is.Lost - was.Lost); math.Abs(off) > 0.002*float64(was.Lost) {
			t.Errorf("%s: got %s lost, want %s", strategy.Kind, is.Lost, was.Lost)
		}
		if off := is.Down - was.Down; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("%s: got %s down, want %s", strategy.Kind, is.Down, was.Down)
		}
		if is.LostWrites != was.LostWrites || is.Failovers != was.Failovers {
			t.Errorf("%s: got %+v, want %+v", strategy.Kind, is, was)
		}
	}
}

// The tail of writes that a promotion loses is as dense as the hour.
func TestWritesAreLostByTheHour(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Duration
		load float64
	}{{"at night", 22 * time.Hour, 0.5}, {"at noon", 10 * time.Hour, 1.5}} {
		t.Run(c.name, func(t *testing.T) {
			s := daily(estate())
			s.Traffic.RequestsPerSecond = 1e6
			lose(s, home, c.at, 4*time.Hour)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 48*time.Hour))
			want := c.load * 1e6 * s.Traffic.WriteShare * 1.04 // A lag of 1 s and a one-way delay of 40 ms.
			if got := float64(w.trial.LostWrites); math.Abs(got-want) > 1 {
				t.Errorf("lost %g writes, want %g", got, want)
			}
		})
	}
}

// A standby that carries the night and not the day waits until it has grown only by day.
func TestGrowingIsWaitedForWhenTheLoadAsksForIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    time.Duration
		waits bool
	}{
		{"at night", 22 * time.Hour, false},
		{"at noon", 10 * time.Hour, true},
		{"before the load passes what there is", 7 * time.Hour, true}, // 1.25 at seven, 1.5 at eight.
	} {
		t.Run(c.name, func(t *testing.T) {
			s := daily(estate())
			for i := range s.Strategies {
				s.Strategies[i].Scale = model.Fixed(time.Hour)
			}
			strategy := strategyOf(t, s, model.WarmStandby)
			strategy.Standby[model.Compute] = 0.7 // Of twice the mean load: 1.4.
			lose(s, home, c.at, 10*time.Hour)
			w := newTestWorld(t, s, strategy, 24*time.Hour)
			w.begin(newSource(seedOf(t), 0), timelineOutages(nil, s))
			finished(t, w)
			if len(w.incidents) != 1 {
				t.Fatalf("got %d incidents, want 1", len(w.incidents))
			}
			if got := w.incidents[0].Phases[model.Scale] > 30*time.Minute; got != c.waits {
				t.Errorf("scaling took %s", w.incidents[0].Phases[model.Scale])
			}
		})
	}
}

// A standby that can carry the night, and is refused more, takes over at night, and sheds from the
// morning on what it cannot carry: from 0.5 at four the load rises by a quarter an hour to 1.5. The
// promotion is too long for a plan that is short of capacity to come to it.
func TestAStandbyIsJudgedByTheLoadOfTheMoment(t *testing.T) {
	const had = 0.7
	s := daily(estate())
	strategy := strategyOf(t, s, model.WarmStandby)
	strategy.Standby[model.Compute] = had / 2
	s.Stores[0].Promotion, s.Settings.StepTimeout = model.Fixed(20*time.Minute), 30*time.Minute
	during(s, model.CapacityRefused, standby, 0, 48*time.Hour)
	lose(s, home, 22*time.Hour, 20*time.Hour)
	w := newTestWorld(t, s, strategy, 48*time.Hour)
	w.begin(newSource(seedOf(t), 0), timelineOutages(nil, s))
	w.load()
	for _, c := range []struct {
		at   time.Duration
		want float64
	}{{23 * time.Hour, 1}, {28 * time.Hour, 1}, {30 * time.Hour, had}, {34 * time.Hour, had / 1.5}} {
		w.push(warmup+int64(c.at), evSettle, 0, 0, 0)
		if got := servedAt(t, w, c.at); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("at %s %.6f of the requests succeed, want %.6f", c.at, got, c.want)
		}
	}
	if w.trial.Failovers != 1 || w.trial.Cancelled != 0 {
		t.Errorf("%d failovers and %d given up, want 1 and none", w.trial.Failovers, w.trial.Cancelled)
	}
}

// Conflicts are as frequent as people of both regions are busy at once.
func TestConflictsNeedBothSidesAwake(t *testing.T) {
	s := crowded()
	s.Stores[0].ContendedKeys = 1000
	even := ConflictRate(s)
	daily(s)
	together := ConflictRate(s)
	for i := range s.Populations {
		s.Populations[i].UTCOffset = time.Duration(8*i) * time.Hour
	}
	apart := ConflictRate(s)
	// The mean square of the curve: 8 h of 2.25, 8 h of 0.25, and ramps of 8 h, 1 + 1/12.
	if want := even * (2.25 + 0.25 + 13.0/12) / 3; math.Abs(together-want) > 1e-9*want {
		t.Errorf("got %g conflicts a second in one zone, want %g", together, want)
	}
	if apart >= even {
		t.Errorf("got %g conflicts a second around the Earth, want less than %g", apart, even)
	}
}

// A run that starts later in the day of people whose clocks are behind by as much is the same run.
func TestOnlyLocalTimeMatters(t *testing.T) {
	s := daily(crowded())
	lose(s, home, 10*time.Hour, 4*time.Hour)
	for _, strategy := range s.Strategies {
		s.Traffic.Starts = 3 * time.Hour
		for i := range s.Populations {
			s.Populations[i].UTCOffset = time.Duration(i) * time.Hour
		}
		here := finished(t, stage(t, s, strategy.Kind, 1, standby, 48*time.Hour)).trial
		s.Traffic.Starts = 8 * time.Hour
		for i := range s.Populations {
			s.Populations[i].UTCOffset -= 5 * time.Hour
		}
		there := finished(t, stage(t, s, strategy.Kind, 1, standby, 48*time.Hour)).trial
		if here != there {
			t.Errorf("%s: got %+v, want %+v", strategy.Kind, there, here)
		}
		s.Traffic.Starts = 13 * time.Hour
		other := finished(t, stage(t, s, strategy.Kind, 1, standby, 48*time.Hour)).trial
		if other.Lost == here.Lost {
			t.Errorf("%s: it does not matter when the run starts", strategy.Kind)
		}
	}
}

// Two halves of a population that follow one curve behave as the whole.
func TestSplittingAPopulationWithACurveChangesNothing(t *testing.T) {
	s := daily(crowded())
	s.Traffic.Retried = 0.5
	lose(s, home, 10*time.Hour, 4*time.Hour)
	halved := *s
	halved.Populations = nil
	for _, p := range s.Populations {
		p.Share /= 2
		halved.Populations = append(halved.Populations, p, p)
	}
	for _, strategy := range s.Strategies {
		was := finished(t, stage(t, s, strategy.Kind, 1, standby, 48*time.Hour)).trial
		is := finished(t, stage(t, &halved, strategy.Kind, 1, standby, 48*time.Hour)).trial
		if off := is.Lost - was.Lost; off < -time.Microsecond || off > time.Microsecond {
			t.Errorf("%s: got %s lost, want %s", strategy.Kind, is.Lost, was.Lost)
		}
		if off := is.Down - was.Down; off < -time.Microsecond || off > time.Microsecond {
			t.Errorf("%s: got %s down, want %s", strategy.Kind, is.Down, was.Down)
		}
	}
}

// A quiet year costs no more when its load varies: there is nothing to integrate.
func TestAQuietYearOfVaryingLoadHasNoEvent(t *testing.T) {
	s := daily(estate())
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 10*model.Year))
	if w.events != 0 || w.trial.Lost != 0 || w.trial.Down != 0 {
		t.Errorf("got %d events, %s lost and %s down in ten quiet years", w.events, w.trial.Lost,
			w.trial.Down)
	}
}
