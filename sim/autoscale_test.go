package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// randomScaling has the regions of a random system grow at a rate, and by themselves.
func randomScaling(rng *rand.Rand, s *model.Scenario) {
	if rng.IntN(2) == 0 {
		s.Scaling.Growth = between(rng, time.Second, time.Hour)
	}
	if rng.IntN(2) == 0 {
		s.Scaling.Reaction = between(rng, time.Second, 20*time.Minute)
		s.Scaling.Shrink = between(rng, time.Second, 12*time.Hour)
	}
	if rng.IntN(2) == 0 {
		s.Scaling.Hours[rng.IntN(s.Workload().Count())] = randomHours(rng)
	}
	for r := range s.Workload().Count() { // The workloads are the first.
		least := s.Regions[r].Utilisation
		if s.Varies() {
			least = min(1, 2*least) // Which is the most of a random load.
		}
		if !s.Scaling.Moves() {
			s.Regions[r].Baseline = least + (1-least)*rng.Float64()
		}
	}
}

// randomHours are some hours of a day, or all of it.
func randomHours(rng *rand.Rand) model.Hours {
	from := between(rng, 0, 23*time.Hour)
	return model.Hours{Size: 1 + 3*rng.Float64(), When: model.Duty{
		From: from, To: between(rng, from+time.Minute, 24*time.Hour),
		UTCOffset: between(rng, -12*time.Hour, 14*time.Hour),
	}}
}

// steppedUp sends the half of home at once to the standby, whose load steps from 0.35 to 0.85, and
// plays on. Nobody is late.
func steppedUp(t *testing.T, s *model.Scenario, horizon time.Duration) *world {
	t.Helper()
	w := stage(t, s, model.ActiveActive, seedOf(t), standby, horizon)
	w.route(failover.Split{
		To: model.RegionSet(0).With(standby).With(witness), Share: everybody,
	})
	for i := range w.flows {
		w.flows[i].old = model.NoRegion
	}
	w.refresh()
	w.load()
	return w
}

// The answer of target tracking to a step: nothing for the time of the reaction, then a ramp up to
// the load over the utilisation. What is shed is a rectangle and a triangle, (L - c) D +
// (L - c)^2 / 2g, or never ends where the ceiling is below the load.
func TestTargetTrackingAnswersAStep(t *testing.T) {
	const reaction, growth, full, load = 4 * time.Minute, 20 * time.Minute, 0.87, 0.85
	const had = 0.35 / full
	rate := 1 / full / growth.Seconds()
	for _, c := range []struct {
		name    string
		growth  time.Duration
		ceiling float64
		want    float64 // Seconds of the mean load that are shed in an hour.
		ends    float64
	}{
		{"by degrees", growth, 3, (load-had)*240 + (load-had)*(load-had)/2/rate, load / full},
		{"at once", 0, 3, (load - had) * 240, load / full},
		{
			"up to the ceiling", growth, 1.5,
			(load-had)*240 + (load-1.5*had)*(3600-240) + had*had/8/rate, 1.5 * had,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := crowded()
			s.Regions[standby].BurstCeiling = c.ceiling
			s.Scaling = model.Scaling{Reaction: reaction, Growth: c.growth}
			w := finished(t, steppedUp(t, s, time.Hour))
			if off := w.trial.Lost.Seconds() - c.want; math.Abs(off) > 1e-3 {
				t.Errorf("shed %.6f s of the mean load, want %.6f s", w.trial.Lost.Seconds(), c.want)
			}
			if got := w.has(standby); math.Abs(got-c.ends) > 1e-6 {
				t.Errorf("grown to %g, want %g", got, c.ends)
			}
		})
	}
}

// A region whose load has gone gives its capacity back slowly, and no more than it had at first.
func TestARegionShrinksSlowly(t *testing.T) {
	const full, back = 0.87, time.Hour
	s := crowded()
	s.Scaling = model.Scaling{Reaction: 5 * time.Minute, Shrink: 10 * time.Hour}
	w := steppedUp(t, s, 24*time.Hour)
	w.push(warmup+int64(back), evSettle, 0, 0, 0)
	for w.now < warmup+int64(back) && w.step() {
	}
	w.route(failover.Split{To: w.policy.Workload, Share: everybody})
	w.refresh()
	for _, c := range []struct {
		after time.Duration
		want  float64
	}{
		{4 * time.Minute, 0.85 / full},
		{5*time.Minute + 2*time.Hour, 0.85/full - 0.2/full},
		{10 * time.Hour, 0.35 / full},
	} {
		for at := warmup + int64(back+c.after); w.now < at; {
			w.push(at, evSettle, 0, 0, 0)
			w.step()
		}
		if got := w.has(standby); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s after its load has gone it has %g, want %g", c.after, got, c.want)
		}
	}
}

// Capacities that follow a weekly curve agree with a controller that looks every second, in any
// system, and ten quiet years of them have no event.
func TestFollowingTheHoursAgreesWithLookingEverySecond(t *testing.T) {
	rng := generator(seedOf(t))
	for range 6 {
		s := crowded()
		for i := range s.Regions {
			s.Regions[i].BurstCeiling = 1 + rng.Float64()
		}
		randomLoad(rng, s)
		s.Traffic.Retried = 0
		s.Scaling = model.Scaling{
			Reaction: between(rng, time.Second, time.Hour), Growth: between(rng, time.Second, 9*time.Hour),
			Shrink: between(rng, time.Second, 40*time.Hour),
		}
		s.Scaling.Hours[rng.IntN(len(s.Regions))] = randomHours(rng)
		w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, 10*model.Year))
		if w.events != 0 || w.trial.Lost != 0 {
			t.Errorf("%+v: %d events and %s lost in ten quiet years", s.Scaling, w.events, w.trial.Lost)
		}
		for r := range w.regions {
			want := lookedEverySecond(w, r, warmup+w.horizon)
			if got := w.has(model.RegionID(r)); math.Abs(got-want) > 1e-3*want {
				t.Errorf("%+v: region %d has %g, want %g", s.Scaling, r, got, want)
			}
		}
	}
}

// A region that moves more in a nanosecond than what counts as the same reaches its aim all the
// same: a day has as many pieces as its load has bends, and some, not one for each nanosecond.
func TestARegionThatMovesAtOnceReachesItsAim(t *testing.T) {
	s := daily(crowded())
	s.Scaling = model.Scaling{Reaction: time.Minute, Growth: time.Hour, Shrink: time.Hour}
	w := stage(t, s, model.ActiveActive, seedOf(t), home, 48*time.Hour)
	s.Scaling.Growth, s.Scaling.Shrink = time.Second, time.Second
	for i := range s.Regions {
		s.Regions[i].Utilisation = 50e-6
	}
	pieces, end := 0, w.size.until+int64(24*time.Hour)
	for ; w.size.until < end && pieces < 1000; pieces++ {
		w.aim(w.size.until)
	}
	if pieces < 4 || pieces == 1000 {
		t.Errorf("got %d pieces in a day, want those of its load", pieces)
	}
}

// lookedEverySecond is what a region has at a time if it has looked every second for two weeks.
func lookedEverySecond(w *world, r int, until int64) float64 {
	region, s := &w.scenario.Regions[r], &w.scenario.Scaling
	normal := w.scenario.Populations[r].Share / region.Utilisation
	up, down := 1/region.Utilisation/s.Growth.Seconds(), 1/region.Utilisation/s.Shrink.Seconds()
	has, curve := normal, &w.week.of[r]
	for at := until - 2*int64(model.WeekLength); at < until; at += 1e9 {
		load := w.scenario.Populations[r].Share * curve.At(at-warmup-int64(s.Reaction))
		planned := normal * s.Hours[r].At(w.calendar(at))
		aim := min(max(planned, load/region.Utilisation), normal*region.BurstCeiling)
		has = max(has-down, min(has+up, aim))
	}
	return has
}

// What a plan waits for may come by degrees: a ramp from 0.5 to 2 of all traffic at a rate of 2 in
// 8 min takes as long as 6 min more of scaling, and nothing else differs.
func TestAPlanWaitsForARampAsForAStep(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 6*time.Hour)
	stepped := *s
	stepped.Strategies = append([]model.Strategy(nil), s.Strategies...)
	for i := range stepped.Strategies {
		stepped.Strategies[i].Scale = model.Fixed(100*time.Second + 6*time.Minute)
	}
	s.Scaling.Growth = 8 * time.Minute
	was := recounted(t, &stepped, model.WarmStandby)
	is := recounted(t, s, model.WarmStandby)
	if was.trial != is.trial || was.trial.Failovers != 1 {
		t.Errorf("got %+v, want %+v and a failover", is.trial, was.trial)
	}
	if was.incidents[0] != is.incidents[0] {
		t.Errorf("got the incident %+v, want %+v", is.incidents[0], was.incidents[0])
	}
}

// An evacuation waits for nothing: what comes by degrees serves as it comes. Beside capacity that
// is there at once it sheds a triangle more.
func TestAnEvacuationServesWhatHasComeYet(t *testing.T) {
	const growth, short = 10 * time.Minute, 0.85 - 0.35/0.87
	lost := func(growth time.Duration) time.Duration {
		s := crowded()
		s.Scaling.Growth = growth
		lose(s, home, time.Minute, 4*time.Hour)
		return recounted(t, s, model.ActiveActive).trial.Lost
	}
	want := short * short / 2 * 0.87 * growth.Seconds()
	if got := (lost(growth) - lost(0)).Seconds(); math.Abs(got-want) > 1e-3 {
		t.Errorf("shed %.6f s more of the mean load, want %.6f s", got, want)
	}
}

// A standby that was refused capacity when it took over grows by itself once it can: it sheds half
// of the traffic until then, and a triangle on top. Beside it nobody comes who would see to it.
func TestAStandbyGrowsOnceItMay(t *testing.T) {
	const lost, granted, growth = time.Hour, 4 * time.Hour, 10 * time.Minute
	run := func(scaling model.Scaling) *world {
		s := estate()
		s.Scaling = scaling
		s.People.Approve = model.Fixed(24 * time.Hour)
		lose(s, home, lost, 8*time.Hour)
		during(s, model.CapacityRefused, standby, 0, granted)
		w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
		w.load()
		for w.now < warmup+int64(lost+7*time.Hour) && w.step() {
		}
		w.account()
		return w
	}
	for _, c := range []struct {
		name    string
		scaling model.Scaling
		gained  time.Duration // Of the mean load, beside a standby that never grows.
	}{
		{"at once", model.Scaling{Reaction: time.Minute}, 2 * time.Hour},
		// From 0.5 to 1 at a rate of 2 in 10 min: 0.5^2 / 2 / 2 of them.
		{"by degrees", model.Scaling{Reaction: time.Minute, Growth: growth}, 2*time.Hour - growth/16},
	} {
		t.Run(c.name, func(t *testing.T) {
			never, grown := run(model.Scaling{}), run(c.scaling)
			end := warmup + int64(lost+7*time.Hour)
			without := never.lost - 0.5*float64(never.now-end)
			got := time.Duration(without - grown.lost)
			if off := got - c.gained; off < -time.Millisecond || off > time.Millisecond {
				t.Errorf("gained %s of the mean load, want %s", got, c.gained)
			}
			if never.trial.Failovers != 1 || grown.trial.Failovers != 1 {
				t.Errorf("%d and %d failovers, want 1", never.trial.Failovers, grown.trial.Failovers)
			}
		})
	}
}

// Capacities that follow the hours come to the same when each of their bends is an event: before,
// while and after a region is lost, and another one loses capacity.
func TestLazyEqualsEagerWhereCapacityFollowsTheHours(t *testing.T) {
	s := unaligned(daily(crowded()))
	for i := range s.Regions {
		s.Regions[i].Utilisation = 0.6
		s.Populations[i].UTCOffset = time.Duration(5*i) * time.Hour
	}
	s.Scaling = model.Scaling{
		Reaction: 7 * time.Minute, Growth: 40 * time.Minute, Shrink: 5 * time.Hour,
	}
	s.Scaling.Hours[standby] = openHours(1.5)
	lose(s, home, 11*time.Hour, 2*time.Hour)
	partial(s, model.SpotReclaim, standby, 0.4, 12*time.Hour, 20*time.Hour)
	partial(s, model.CapacityScarce, standby, 0.5, 0, 15*time.Hour)
	for _, kind := range []model.StrategyKind{model.WarmStandby, model.ReadLocal, model.ActiveActive} {
		outages := timelineOutages(nil, s)
		lazy, eager, _ := playBoth(t, s, strategyOf(t, s, kind), seedOf(t), outages, 24*time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("%s: %s", kind, different)
		}
		if lazy.Trial.Failovers == 0 || lazy.Trial.Lost == 0 {
			t.Errorf("%s: nothing moved, or nothing was lost: %+v", kind, lazy.Trial)
		}
	}
}
