package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A standby of a quarter that carries half of the traffic asks for three quarters more, and gets a
// share of them, however often it asks: 0.5 + 1.5 times the share. Where that is less than the
// traffic the rest is shed until there are machines again, which people then ask for.
func TestAScarceRegionGetsAShareOfWhatItAsksFor(t *testing.T) {
	const lost, scarce = time.Hour, 4 * time.Hour
	follows := model.Scaling{Reaction: time.Minute, Growth: 10 * time.Minute}
	for _, c := range []struct {
		name             string
		scaling          model.Scaling
		share, had, then float64
	}{
		{"a tenth", model.Scaling{}, 0.1, 0.65, 1},
		{"enough", model.Scaling{}, 0.4, 1, 1},
		{"a tenth by degrees", model.Scaling{Growth: 10 * time.Minute}, 0.1, 0.65, 1},
		{"a tenth, of its load", follows, 0.1, 0.65, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Scaling = c.scaling
			lose(s, home, lost, 8*time.Hour)
			partial(s, model.CapacityScarce, standby, c.share, 0, scarce)
			w := stage(t, s, model.WarmStandby, seedOf(t), witness, 24*time.Hour)
			w.load()
			for _, is := range []struct {
				at   time.Duration
				want float64
			}{{scarce - time.Minute, c.had}, {scarce + time.Hour, c.then}} {
				w.push(warmup+int64(is.at), evSettle, 0, 0, 0)
				if got := servedAt(t, w, is.at); math.Abs(got-is.want) > 1e-6 {
					t.Errorf("at %s %.4f of the requests succeed, want %.4f", is.at, got, is.want)
				}
			}
			if w.trial.Failovers != 1 {
				t.Errorf("%d failovers, want 1", w.trial.Failovers)
			}
		})
	}
}

// Of two scarcities at once the lesser share counts, and what is reclaimed meanwhile has to be
// asked for too: of the 2 that all the traffic takes half are reclaimed, and a quarter comes back.
func TestScarcitiesOverlap(t *testing.T) {
	s := estate()
	s.Scaling.Reaction = time.Minute
	s.Regions[home].BurstCeiling = 1
	partial(s, model.CapacityScarce, home, 0.5, 0, 6*time.Hour)
	partial(s, model.CapacityScarce, home, 0.25, 0, 4*time.Hour)
	partial(s, model.SpotReclaim, home, 0.5, time.Hour, 5*time.Hour)
	w := stage(t, s, model.SingleRegion, seedOf(t), home, 24*time.Hour)
	w.load()
	for _, c := range []struct {
		at   time.Duration
		want float64
	}{
		{30 * time.Minute, 2}, {2 * time.Hour, 1.25}, {4*time.Hour + time.Minute, 1.5},
		{7 * time.Hour, 2},
	} {
		w.push(warmup+int64(c.at), evSettle, 0, 0, 0)
		servedAt(t, w, c.at)
		if got := w.has(home); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("at %s it has %g, want %g", c.at, got, c.want)
		}
	}
}

// The answer to a step of the load where half of what is asked for comes: nothing for the time of
// the reaction, and a ramp to half of the way. What is shed in the hour is
// (L - c) D + (L - g)(1 h - D) + (g - c)^2 / 2 rate, g being what it gets.
func TestTargetTrackingWhereCapacityIsScarce(t *testing.T) {
	const reaction, growth, full, load = 4 * time.Minute, 20 * time.Minute, 0.87, 0.85
	const had = 0.35 / full
	gets, rate := had+(load/full-had)/4, 1/full/growth.Seconds()
	s := crowded()
	s.Scaling = model.Scaling{Reaction: reaction, Growth: growth}
	partial(s, model.CapacityScarce, standby, 0.25, 0, 2*time.Hour)
	w := stage(t, s, model.ActiveActive, seedOf(t), standby, time.Hour+time.Second)
	w.load()
	w.step() // Capacity is scarce from the start.
	w.route(failover.Split{To: model.RegionSet(0).With(standby).With(witness), Share: everybody})
	for i := range w.flows {
		w.flows[i].old = model.NoRegion
	}
	w.refresh()
	for w.step() {
	}
	w.finale()
	want := (load-had)*240 + (load-gets)*(3601-240) + (gets-had)*(gets-had)/2/rate
	if got := w.trial.Lost.Seconds(); math.Abs(got-want) > 1e-3 {
		t.Errorf("shed %.6f s of the mean load, want %.6f s", got, want)
	}
}

// Of what a region asks for beyond what it had when capacity became scarce it gets a share, and
// what it asked for is known by what it gets.
func TestWhatIsAskedForIsKnownByWhatIsGot(t *testing.T) {
	w := stage(t, estate(), model.HotStandby, seedOf(t), witness, time.Hour)
	const had = 0.25
	w.limits[home].ceiling, w.unasked[home], w.net.had[home] = 3, 0.4, had
	for asks, gets := range map[float64]float64{0.2: 0.2, 0.4: 0.4, 0.8: 0.4 + 0.4*had, 2.4: 0.9} {
		if got := w.gets(home, asks); got != asks {
			t.Errorf("while there is enough it asks for %g, and gets %g", asks, got)
		}
		w.net.scarce = w.net.scarce.With(home)
		if got := w.gets(home, asks); math.Abs(got-gets) > 1e-12 {
			t.Errorf("it asks for %g and gets %g, want %g", asks, got, gets)
		}
		if got := w.asked(home, gets); math.Abs(got-asks) > 1e-12 {
			t.Errorf("it gets %g and asked for %g, want %g", gets, got, asks)
		}
		w.net.scarce = 0
	}
	if got := w.gets(home, 4); got != 3 {
		t.Errorf("it gets %g of 4, want 3, which is all that it may have", got)
	}
}

// What a region had is that of when capacity became scarce, whatever it gets from then on: until it
// is reclaimed, and then less.
func TestWhatARegionHadBeforeIsNotAskedFor(t *testing.T) {
	w := stage(t, estate(), model.HotStandby, seedOf(t), witness, time.Hour)
	w.load()
	had := w.has(home)
	var never, once damage
	once.scarce = once.scarce.With(home)
	for _, c := range []struct {
		name   string
		kind   model.FaultKind
		begins bool
		before *damage
		noted  float64
		want   float64
	}{
		{"the first", model.CapacityScarce, true, &never, had / 2, had},
		{"the first, after an old one", model.CapacityScarce, true, &never, 2 * had, had},
		{"the second", model.CapacityScarce, true, &once, had / 2, had / 2},
		{"what is reclaimed", model.SpotReclaim, true, &once, 2 * had, had},
		{"what was not", model.SpotReclaim, true, &once, had / 2, had / 2},
		{"the end", model.CapacityScarce, false, &once, 2 * had, 2 * had},
		{"another fault", model.StoreLoss, true, &never, 2 * had, 2 * had},
	} {
		w.unasked[home] = c.noted
		w.ration(&outage{Fault: model.Fault{Kind: c.kind, Region: home}}, c.begins, c.before)
		if got := w.unasked[home]; got != c.want {
			t.Errorf("%s: got %g, want %g", c.name, got, c.want)
		}
	}
	for _, shares := range [][2]float64{{0.5, 0.25}, {0.25, 0.5}} {
		var d damage
		for _, share := range shares {
			d.ration(&outage{Fault: model.Fault{Region: home, Share: share}})
		}
		if d.had[home] != 0.25 || !d.scarce.Has(home) {
			t.Errorf("of %v the share is %g", shares, d.had[home])
		}
	}
}
