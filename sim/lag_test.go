package sim

import (
	"fmt"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// overhearing is the policy, which notes how much its lag gate lets be at risk by each failover
// that begins.
type overhearing struct {
	failover.Policy
	said []time.Duration
}

func (o *overhearing) Apply(s *failover.State, e *failover.Event, did *failover.Actions) {
	before := s.Plan.Epoch
	o.Policy.Apply(s, e, did)
	if s.Plan.Kind == failover.Failover && s.Plan.Epoch != before {
		finding := o.Explain(*s, s.Plan.Scope()).Gates[failover.LagGate]
		o.said = append(o.said, time.Duration(finding.Have))
	}
}

// widely are lags of every kind, some of which pass the gate and some do not.
var widely = []struct {
	name string
	lag  model.Distribution
}{
	{"uniform", model.Distribution{Family: model.Uniform, B: 90}},
	{"triangular", model.Distribution{Family: model.Triangular, B: 10, C: 120}},
	{"exponential", model.Distribution{Family: model.Exponential, A: 40}},
	{"lognormal", model.LognormalMedian(30*time.Second, 15*time.Minute, 0.99)},
	{"weibull", model.Distribution{Family: model.Weibull, A: 0.5, B: 30}},
}

// harms are ways to lose what a copy has not received, the last of them for good.
var harms = []struct {
	name   string
	happen func(s *model.Scenario, at time.Duration)
}{
	{"lost", func(s *model.Scenario, at time.Duration) { lose(s, home, at, 0) }},
	{"cut off", func(s *model.Scenario, at time.Duration) { isolate(s, home, at, 0) }},
	{"stalled before", func(s *model.Scenario, at time.Duration) {
		stall(s, standby, at-20*time.Second, at+time.Hour)
		lose(s, home, at, 0)
	}},
	{"stalled long before", func(s *model.Scenario, at time.Duration) {
		s.Stores[0].CatchUp = 10_000
		stall(s, standby, at-30*time.Hour, at-15*time.Second)
		lose(s, home, at, 0)
	}},
	{"lost again", func(s *model.Scenario, at time.Duration) {
		isolate(s, standby, at-30*time.Hour, 30*time.Hour-time.Minute)
		lose(s, home, at, 0)
	}},
}

// What the lag gate lets be at risk is what comes to be lost, no more and, but for the age of the
// sample and the time until the writes have ended for certain, no less: whatever the lag's shape,
// and however the copy came to lack it.
func TestNoMoreIsLostThanTheLagGateWasTold(t *testing.T) {
	const seeds, slack = 60, 30 * time.Second // A sample each 10 s, a lease of 15 s, 2 s to stop.
	for _, lag := range widely {
		for _, harm := range harms {
			t.Run(lag.name+"/"+harm.name, func(t *testing.T) {
				s, failovers := estate(), 0
				for r := range s.Stores[0].Lag {
					s.Stores[0].Lag[r] = lag.lag
				}
				harm.happen(s, 40*time.Hour)
				for seed := range uint64(seeds) {
					w := stage(t, s, model.HotStandby, mix(seed^seedOf(t)), witness, 44*time.Hour)
					heard := &overhearing{Policy: w.policy}
					w.decider = heard
					finished(t, w)
					for i, lost := range w.rpos {
						said := heard.said[i]
						if lost > said || lost < said-slack || lost > s.Settings.DataAtRiskMax {
							t.Errorf("seed %d: %s were lost, and %s said to be at risk", seed, lost, said)
						}
						failovers++
					}
				}
				if failovers == 0 || failovers == seeds {
					t.Errorf("of %d runs %d had a failover", seeds, failovers)
				}
			})
		}
	}
}

// A region that returns is left by no lag that leaps: what was at risk when it was lost still is,
// until it has come.
func TestNothingIsLeftWhenItReturns(t *testing.T) {
	withheld := int64(0)
	for _, lag := range append(widely[:len(widely):len(widely)], struct {
		name string
		lag  model.Distribution
	}{"fixed", model.Fixed(55 * time.Second)}) {
		s := estate()
		for r := range s.Stores[0].Lag {
			s.Stores[0].Lag[r] = lag.lag
		}
		s.Stores[0].Promotion = model.Fixed(0)
		lose(s, home, time.Hour, 9*time.Hour)
		for seed := range uint64(150) {
			w := finished(t, stage(t, s, model.HotStandby, mix(seed^seedOf(t)), witness, 48*time.Hour))
			withheld += w.trial.Withheld
			if w.trial.FalseFailovers+w.trial.Cancelled != 0 {
				t.Errorf("%s, seed %d: home is left as it returns: %+v", lag.name, seed, w.decisions)
			}
		}
	}
	if withheld < 150 {
		t.Errorf("%d of the losses were waited out, which are too few to tell", withheld)
	}
}

// TestOracleFreshestOfTwoCopies has the primary lost whose two copies lag exponentially. The policy
// takes the one that was measured to lack less, which loses the lesser of the two: exponential at
// the sum of the rates, a mean of 60 s / 2 beyond the way.
func TestOracleFreshestOfTwoCopies(t *testing.T) {
	const mean, trials = 60, 2000
	s := estate()
	s.Regions[witness] = model.Region{
		Name: "third", FailureDomain: "third", Utilisation: 0.5, BurstCeiling: 2,
	}
	s.Populations = []model.Population{
		{Name: "near", Share: 0.4, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
		{Name: "farther", Share: 0.3, Nearest: witness},
	}
	s.Stores[0].LagSampleEvery = 100 * time.Millisecond
	s.Settings.DataAtRiskMax = 24 * time.Hour
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Distribution{Family: model.Exponential, A: mean}
	}
	lose(s, home, time.Hour, 0)
	w := newTestWorld(t, s, strategyOf(t, s, model.ReadLocal), 2*time.Hour)
	var lost sample
	taken := [model.MaxRegions]int{}
	for trial := range trials {
		result := w.play(s, seedOf(t), trial)
		if result.err != nil || len(result.rpos) != 1 {
			t.Fatalf("trial %d: %v, %d failovers", trial, result.err, len(result.rpos))
		}
		taken[w.state.Primary]++
		lost = append(lost, result.rpos[0].Seconds())
	}
	near(t, "lost", lost.mean(), mean/2+oneWay.Seconds(), lost.standardError())
	if taken[standby] < trials/3 || taken[witness] < trials/3 {
		t.Errorf("each should be taken half the time, got %v", taken)
	}
}

// The lag at a moment is as it was drawn: its mean over many worlds is the distribution's, and so
// is the share of the moments at which it is above the median.
func TestOracleLagOfAMoment(t *testing.T) {
	const trials = 4000
	s := estate()
	for _, lag := range widely {
		s.Stores[0].Lag[standby] = lag.lag
		w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), model.Year)
		var above, seconds sample
		median := lag.lag.Quantile(0.5)
		for trial := range trials {
			w.begin(newSource(seedOf(t), trial), nil)
			at := warmup + int64(trial)*int64(37*time.Minute)
			got := (w.usualLag(0, home, standby, at) - oneWay).Seconds()
			higher := 0.0
			if got > median {
				higher = 1
			}
			above, seconds = append(above, higher), append(seconds, got)
		}
		near(t, lag.name+": above the median", above.mean(), 0.5, above.standardError())
		near(t, lag.name+": the mean", seconds.mean(), lag.lag.Mean(), seconds.standardError())
	}
}

// A copy keeps what it has: its lag grows by no more than a second each second while it receives,
// and not at all while it does not. What was on its way when it stopped takes as long as it would
// have.
func TestACopyKeepsWhatItHas(t *testing.T) {
	const step = 10 * time.Second
	for seed := range uint64(20) {
		s := estate()
		s.Stores[0].Lag[standby] = model.LognormalMedian(30*time.Second, 15*time.Minute, 0.99)
		lose(s, home, 20*time.Hour, time.Hour)
		isolate(s, standby, 30*time.Hour, 40*time.Hour)
		stall(s, standby, 80*time.Hour, 109*time.Hour)
		w := finished(t, stage(t, s, model.PilotLight, mix(seed^seedOf(t)), witness, 130*time.Hour))
		lagAt := func(at time.Duration) time.Duration {
			return w.usualLag(0, home, standby, warmup+int64(at))
		}
		for at := step; at < 130*time.Hour; at += step {
			if now, before := lagAt(at), lagAt(at-step); now > before+step {
				t.Fatalf("seed %d: at %s the lag is %s, and %s before was %s", seed, at, now, step, before)
			}
		}
		const hour = time.Hour
		for _, stop := range [][2]time.Duration{
			{20 * hour, 21 * hour}, {30 * hour, 70 * hour}, {80 * hour, 109 * hour},
		} {
			was := lagAt(stop[0])
			for _, at := range []time.Duration{1, stop[1] - stop[0] - 1, stop[1] - stop[0]} {
				if got := lagAt(stop[0] + at); got != was {
					t.Errorf("seed %d: %s after it stopped with a lag of %s it is %s", seed, at, was, got)
				}
			}
			whole := stop[1] + was
			if got := lagAt(whole - 1); got < was {
				t.Errorf("seed %d: what was on its way for %s is all there after %s", seed, was, got)
			}
			silent := stop[1] - stop[0] // Only where the primary was lost was nothing written.
			for at, want := range map[time.Duration]time.Duration{
				stop[1]: silent, whole - 1: silent, whole: 0,
			} {
				if stop[0] != 20*hour {
					want = 0
				}
				if got := w.gap(0, home, standby, warmup+int64(at)); got != want {
					t.Errorf("seed %d: at %s nothing was written for %s, want %s", seed, at, got, want)
				}
			}
		}
	}
}

// Whoever asks is told the same: what a sample says at the moment of a loss is what is lost.
func TestASampleSaysWhatIsLost(t *testing.T) {
	for _, lag := range widely {
		s := estate()
		s.Settings.DataAtRiskMax = 100 * time.Hour
		s.Stores[0].Lag[standby] = lag.lag
		const lostAt = 3 * time.Hour
		lose(s, home, lostAt, 0)
		for seed := range uint64(10) {
			w := stage(t, s, model.HotStandby, mix(seed^seedOf(t)), witness, 6*time.Hour)
			want := w.lagAt(0, standby, warmup+int64(lostAt)-1)
			finished(t, w)
			got := fmt.Sprint(w.rpos)
			if want := fmt.Sprint([]time.Duration{want}); got != want {
				t.Errorf("%s, seed %d: lost %s, measured %s", lag.name, seed, got, want)
			}
		}
	}
}
