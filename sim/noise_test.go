package sim

import (
	"math"

	"testing"
	"time"

	"redoubt/model"
)

// addNoise has some links of a random system lose packets and delay answers, so that probes fail
// often enough for runs of them.
func addNoise(seed uint64, s *model.Scenario) {
	rng := generator(seed ^ 0x1055)
	for a := range model.RegionID(len(s.Regions)) {
		for b := range a {
			link := model.Link{From: a, To: b}
			if rng.IntN(2) == 0 {
				link.Loss, link.LossBack = 0.5*rng.Float64(), 0.5*rng.Float64()
			}
			if rng.IntN(2) == 0 {
				link.Jitter = model.Distribution{
					Family: model.Exponential, A: s.Checks[0].Timeout.Seconds() * rng.Float64() / 2,
				}
			}
			s.Links = append(s.Links, link)
		}
	}
}

// Over links that lose and delay every probe may fail, and all but the runs that matter are slept
// through: with faults of every kind that begin in the middle of such a run, or of a probe.
func TestLazyEqualsEagerOverNoisyLinks(t *testing.T) {
	decided, slept := 0, 0
	for seed := uint64(1); seed <= max(seeds(t)/10, 30); seed++ {
		s := unaligned(randomSystem(seed))
		addFaults(seed, s)
		for i := range s.Timeline {
			s.Timeline[i].At %= int64Hour
		}
		addNoise(seed, s)
		if broken := s.Validate(); len(broken) > 0 {
			t.Fatalf("seed %d: the generator made an invalid system: %+v", seed, broken[0])
		}
		strategy := s.Strategies[seed%uint64(len(s.Strategies))]
		lazy, eager, events := playBoth(t, s, strategy, seed, timelineOutages(nil, s), 2*time.Hour)
		if different := difference(&lazy, &eager); different != "" {
			t.Errorf("seed %d, %s: %s", seed, strategy.Kind, different)
		}
		decided += len(lazy.Decisions)
		slept += events[1] - events[0]
	}
	if decided == 0 || slept < 10_000 {
		t.Errorf("%d decisions, %d events slept through", decided, slept)
	}
}

const int64Hour = time.Hour

// overLinks is the estate with one link between its regions that loses and delays.
func overLinks(link model.Link) *model.Scenario {
	s := estate()
	link.From, link.To = home, standby
	s.Links = []model.Link{link}
	return s
}

// A healthy link that loses packets, or whose answers are late now and then, has an observer say
// down of a region that is well, with the probability of a run of k such probes. Whether the way
// there loses them or the way back is all the same to it, and jitter counts where it is above what
// the timeout leaves beside the round trip.
func TestOracleFalseAlarmsOverHealthyLinks(t *testing.T) {
	const k, probes, trials = 3, 60, 1500
	jitter := model.Distribution{Family: model.Exponential, A: 1}
	late := math.Exp(-1.92) // Of a timeout of 2 s, at a round trip of 80 ms.
	for _, c := range []struct {
		name  string
		link  model.Link
		fails float64
	}{
		{"loss both ways", model.Link{Loss: 0.4, LossBack: 0.3}, lostProbe(0.58)},
		{"loss on the way there", model.Link{Loss: 0.4}, lostProbe(0.4)},
		{"loss on the way back", model.Link{LossBack: 0.4}, lostProbe(0.4)},
		{"jitter", model.Link{Jitter: jitter}, late},
		{"both", model.Link{Jitter: jitter, Loss: 0.3}, 1 - (1-lostProbe(0.3))*(1-late)},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := runOf(k, probes, c.fails)
			s := overLinks(c.link)
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 10*probes*time.Second)
			alarmsAre(t, w, nil, trials, want)
		})
	}
}

// falselyDown is for how long an observer says down of a region that is well, in some days.
func falselyDown(t *testing.T, link model.Link, trial int) (sum time.Duration) {
	t.Helper()
	s := overLinks(link)
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 48*time.Hour)
	w.begin(newSource(seedOf(t), trial), nil)
	w.load()
	for since, down := w.now, false; w.step(); since = w.now {
		if down {
			sum += time.Duration(w.now - since)
		}
		down = w.probers[standby][home][0].detector.Down()
	}
	return sum
}

// A link that loses or delays more never has shorter false alarms: what failed before fails still.
func TestMoreLossOnAHealthyLinkNeverMeansLessFalseAlarm(t *testing.T) {
	for _, c := range []struct {
		name string
		link func(step float64) model.Link
	}{
		{"loss", func(step float64) model.Link { return model.Link{Loss: 0.04 * step} }},
		{"loss back", func(step float64) model.Link { return model.Link{LossBack: 0.04 * step} }},
		{"jitter", func(step float64) model.Link {
			return model.Link{Jitter: model.Distribution{Family: model.Exponential, A: 0.15 * step}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for trial := range 5 {
				before := time.Duration(0)
				for step := range 9 {
					after := falselyDown(t, c.link(float64(step)), trial)
					if after < before {
						t.Errorf("trial %d, step %d: %s falsely down, %s with less", trial, step, after, before)
					}
					before = after
				}
				if before < time.Minute {
					t.Errorf("trial %d: %s falsely down at most", trial, before)
				}
			}
		})
	}
}

// A year over a link that loses little costs what a quiet year does: what its probes lose is no
// event.
func TestANoisyLinkCostsNoEvents(t *testing.T) {
	s := overLinks(model.Link{Loss: 0.001, Jitter: model.Fixed(time.Millisecond)})
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, model.Year))
	if lost := w.passes(standby, home, &s.Checks[0]); lost == 1 || w.events > 10 {
		t.Errorf("probes succeed with %g, %d events", lost, w.events)
	}
}

// A region that fails over a noisy link is seen as soon as over a quiet one, but for what is lost:
// an error is an answer.
func TestAnErrorComesBackOverANoisyLink(t *testing.T) {
	said := func(link model.Link) time.Duration {
		s := overLinks(link)
		s.Timeline = []model.Fault{{
			Kind: model.ServiceLoss, Region: home, Peer: model.NoRegion, At: time.Minute,
		}}
		w := stage(t, s, model.HotStandby, seedOf(t), witness, time.Hour)
		w.load()
		for !w.probers[standby][home][0].detector.Down() && w.step() {
		}
		return time.Duration(w.now - warmup)
	}
	quiet, noisy := said(model.Link{}), said(model.Link{Loss: 0.001})
	if want := time.Minute + 30*time.Second + 80*time.Millisecond; quiet != want || noisy != want {
		t.Errorf("said down after %s and %s, want %s", quiet, noisy, want)
	}
}

// Whatever noise has observers say, no two regions write to one store, and the policy keeps its
// rules. A link that lost half of its packets for ever would keep people from ever finding a region
// stable, so that here links lose, and delay by, a tenth of that.
func TestSoakOverNoisyLinks(t *testing.T) {
	alarmed, moved := int64(0), int64(0)
	for seed := uint64(1); seed <= max(seeds(t)/20, 10); seed++ {
		for _, kind := range model.StrategyKinds() {
			s := randomSystem(seed)
			addNoise(seed, s)
			for i := range s.Links {
				l := &s.Links[i]
				l.Loss, l.LossBack, l.Jitter.A = l.Loss/10, l.LossBack/10, l.Jitter.A/10
			}
			w, err := soak(t, s, kind, seed)
			if err != nil {
				t.Errorf("seed %d, %s: %v\n%s", seed, kind, err, leastThatFails(t, s, kind, seed))
				continue
			}
			alarmed += w.trial.FalseAlarms
			moved += w.trial.Failovers
		}
	}
	if alarmed == 0 || moved == 0 {
		t.Errorf("%d false alarms and %d failovers, want some of each", alarmed, moved)
	}
}

// Of a timeout the round trip is gone before the jitter counts: of an exponential one of 0.1 s in
// the mean exp(-(2 - 0.08) / 0.1) is late, and with a timeout of 0.2 s exp(-1.2).
func TestAnswersAreLateByWhatTheRoundTripLeaves(t *testing.T) {
	s := estate()
	link := model.Link{
		From: home, To: standby, Jitter: model.Distribution{Family: model.Exponential, A: 0.1},
	}
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	for _, timeout := range []time.Duration{2 * time.Second, 200 * time.Millisecond} {
		got := w.late(&link, &model.Check{Timeout: timeout})
		want := math.Exp(-(timeout - roundTrip).Seconds() / 0.1)
		if math.Abs(got/want-1) > 1e-9 {
			t.Errorf("with %s: %g are late, want %g", timeout, got, want)
		}
	}
}
