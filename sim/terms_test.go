package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A region with exactly as much to do as it can has a queue that only grows: nothing is shed, and
// nobody can say how long a request takes.
func TestARegionThatIsFullHasNoLatency(t *testing.T) {
	s := estate()
	s.Regions[home].Utilisation = 1
	s.Traffic.ServiceTime = 10 * time.Millisecond // Ten servers for 1,000 a second.
	got := latencies(s, strategyOf(t, s, model.SingleRegion))[0].Well
	if got != (model.Delay{}) {
		t.Errorf("got %+v, want nothing shed and no percentile", got)
	}
}

// After a loss a write waits for a majority of those that are left: the nearest of all is gone.
func TestAWriteWaitsForAMajorityOfThoseThatAreLeft(t *testing.T) {
	const near, far = 20 * time.Millisecond, 200 * time.Millisecond
	s := quorate()
	s.Traffic.ServiceTime, s.Traffic.WriteShare = time.Millisecond, 1
	s.Regions[standby].Utilisation = 0.01
	for a := range s.Regions {
		for b := range s.Regions {
			if a != b {
				s.Latency[a][b] = far
			}
		}
	}
	s.Latency[home][standby], s.Latency[standby][home] = near, near
	got := latencies(s, strategyOf(t, s, model.HotStandby))[0].Moved.P50
	const service = 693_147 * time.Nanosecond // The median of an exponential millisecond.
	want := near + far + service              // The way, the majority, and that.
	if off := (got - want).Abs(); off > 2 {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A copied cache that is lost where it is used has nobody to have it from: it is as cold as one
// that is not copied.
func TestACopiedCacheThatIsLostIsCold(t *testing.T) {
	var lost [2]time.Duration
	for i, copied := range []bool{false, true} {
		s := cached(0.9, 2, 10*time.Minute)
		s.Cache.Copied = copied
		for j := range s.Strategies {
			s.Strategies[j].Standby[model.Cache] = 1
		}
		during(s, model.CacheLoss, home, time.Hour, time.Hour+time.Minute)
		lost[i] = finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)).trial.Lost
	}
	if lost[0] == 0 || lost[0] != lost[1] {
		t.Errorf("lost %s without a copy and %s with one, want the same", lost[0], lost[1])
	}
}

// Clients whom the network moves are all moved but for a millionth when that counts as over.
func TestClientsOfAnycastSettle(t *testing.T) {
	c := newClients(&model.Routing{
		TTL: time.Hour, Choice: model.Choice{Policy: model.AnycastRouting},
	})
	if got := c.stale(c.settled().Seconds()); math.Abs(got-1e-6) > 1e-9 {
		t.Errorf("%g are stale when settled, want a millionth", got)
	}
	for _, seconds := range c.bends(nil) {
		if seconds <= 0 || seconds > c.settled().Seconds() {
			t.Errorf("a bend at %g s, want it before %s", seconds, c.settled())
		}
	}
}

// People who are called over the brake on a Friday evening lift it on Monday morning, as long after
// they come as an approval takes.
func TestTheBrakeWaitsUntilSomebodyIsAtWork(t *testing.T) {
	s := estate()
	s.Traffic.Starts = 4*24*time.Hour + 22*time.Hour // Friday 17:00 there: everybody leaves.
	for r := range s.Regions {
		s.People.Duty[r] = office
	}
	s.Settings.BrakeAfter, s.Settings.BrakeWindow = 1, 24*time.Hour
	lose(s, home, time.Hour, time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 100*time.Hour)
	w.load()
	on, off := time.Duration(0), time.Duration(0)
	for w.step() && off == 0 {
		switch at := time.Duration(w.now - warmup); {
		case on == 0 && w.state.Brake.Cause != failover.BrakeOff:
			on = at
		case on > 0 && w.state.Brake.Cause == failover.BrakeOff:
			off = at
		}
	}
	monday := 64*time.Hour + s.People.Approve.Duration(0)
	if on == 0 || on > 2*time.Hour || off < monday || off > monday+time.Minute {
		t.Errorf("the brake is on at %s and off at %s, want it off at %s", on, off, monday)
	}
}

// A region whose application is down uses nothing, and saves what it earns: machines of a capacity
// of the load with a baseline of 0.6 of it spend 0.4 of it, and have 0.6 x 24 hours to spend. After
// ten hours 10.4 are left, in four hours without users 2.4 are saved, and 12.8 last for 32 more.
func TestMachinesSaveWhileTheirApplicationIsDown(t *testing.T) {
	s := estate()
	s.Regions[home].Baseline = 0.6
	partial(s, model.SpotReclaim, home, 0.5, time.Hour, 90*time.Hour)
	during(s, model.ServiceLoss, home, 11*time.Hour, 15*time.Hour)
	w := stage(t, s, model.SingleRegion, seedOf(t), home, 80*time.Hour)
	w.story = &Story{}
	finished(t, w)
	want := 47 * time.Hour
	if at := toldAt(w, "has spent what its machines saved"); len(at) != 1 ||
		(at[0]-want).Abs() > time.Second {
		t.Errorf("spent at %v, want at %s", at, want)
	}
}

// A region whose control plane is lost follows its load no more: it keeps the size that it has.
func TestARegionWithoutAControlPlaneKeepsItsSize(t *testing.T) {
	const lost, back = 6 * time.Hour, 18 * time.Hour
	s := noon(estate())
	s.Regions[home].BurstCeiling = 10
	s.Scaling = model.Scaling{
		Reaction: time.Minute, Growth: 10 * time.Minute, Shrink: 10 * time.Minute,
	}
	during(s, model.ControlPlaneLoss, home, lost, back)
	w := stage(t, s, model.SingleRegion, seedOf(t), home, 48*time.Hour)
	w.load()
	size := func(at time.Duration) float64 {
		playTo(w, at)
		w.account()
		return w.has(home)
	}
	before := size(lost)
	if got := size(12 * time.Hour); math.Abs(got-before) > 1e-6 || got > 2.5 {
		t.Errorf("at noon it has %g, want the %g that it had", got, before)
	}
	if got := size(36 * time.Hour); math.Abs(got-3) > 0.1 { // 1.5 of the mean at half of its capacity.
		t.Errorf("at noon of the next day it has %g, want 3", got)
	}
}
