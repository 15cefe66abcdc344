package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// insistentWriters is the estate with 200 writes a second, whose answers take 3 s, and of which
// half are made again where their answer was cut off: 300 of one second's loss.
func insistentWriters(keys model.Idempotency) *model.Scenario {
	s := estate()
	s.Traffic.Answer, s.Traffic.Repeated = 3*time.Second, 0.5
	s.Stores[0].Idempotency = keys
	return s
}

// Rate x answer x repeated, but for what the region that takes over knows: with replicated keys it
// lacks those of the lag, 1.04 s, and none where it was in reach.
func TestWritesAreHadTwiceWhereNobodyKnowsThem(t *testing.T) {
	all, lag := 300.0, 200*1.04*0.5
	gone := func(s *model.Scenario) { lose(s, home, time.Minute, time.Hour) }
	far := func(s *model.Scenario) {
		gone(s)
		s.Stores[0].Lag[standby] = model.Fixed(10 * time.Second)
	}
	forGood := func(s *model.Scenario) { lose(s, home, time.Minute, 0) }
	spread := func(s *model.Scenario) {
		s.Populations = twoWriters(0, model.ByHand).Populations
		gone(s)
	}
	passing := func(s *model.Scenario) {
		s.Populations = twoWriters(0, model.ByHand).Populations
		lose(s, standby, time.Minute, time.Hour)
	}
	served := func(s *model.Scenario) {
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.ServiceLoss, Region: home, Peer: model.NoRegion, At: time.Minute,
			Duration: time.Hour,
		})
	}
	isolated := func(s *model.Scenario) { isolate(s, home, time.Minute, time.Hour) }
	cases := []struct {
		name  string
		kind  model.StrategyKind
		fault func(*model.Scenario)
		// What is had twice without keys, with those of a region, and with replicated ones.
		none, regional, replicated float64
	}{
		{"a lost region", model.HotStandby, gone, all, all, lag},
		{"a lag beyond the answer", model.HotStandby, far, all, all, all},
		{"a restore", model.BackupRestore, forGood, all, all, all},
		{"nobody takes over", model.SingleRegion, gone, all, 0, 0},
		{"an application without its users", model.HotStandby, served, all, all, 0},
		{"a primary that goes on answering", model.HotStandby, isolated, 0, 0, 0},
		{"a region that writes for its own", model.ActiveActive, spread, 0.7 * all, 0.7 * all,
			0.7 * lag},
		{"a region that passes writes on", model.ReadLocal, passing, 0.3 * all, 0, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for i, want := range []float64{c.none, c.regional, c.replicated} {
				s := insistentWriters(model.Idempotencies()[i])
				c.fault(s)
				w := finished(t, stage(t, s, c.kind, seedOf(t), witness, 24*time.Hour))
				got := float64(w.trial.Duplicates)
				if got < math.Floor(want+1e-6) || got > math.Ceil(want-1e-6) {
					t.Errorf("keys %s: got %g had twice, want %g", model.Idempotencies()[i], got, want)
				}
			}
		})
	}
}

// Of a lag that is exponential the mean of what is forgotten is that of the least of it and the
// answer: beyond the one-way delay 1 - exp(-2.96) s.
func TestForgottenKeysInTheMean(t *testing.T) {
	const trials = 4000
	s := insistentWriters(model.ReplicatedKeys)
	s.Traffic.RequestsPerSecond = 7
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Distribution{Family: model.Exponential, A: 1}
	}
	lose(s, home, time.Minute, 0)
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	twice := make(sample, trials)
	for trial := range twice {
		twice[trial] = float64(w.play(s, seedOf(t), trial).trial.Duplicates)
	}
	want := 7 * 0.2 * 0.5 * (oneWay.Seconds() + 1 - math.Exp(-(3 - oneWay.Seconds())))
	near(t, "had twice", twice.mean(), want, twice.standardError())
}

// Consumers begin at an offset of an age even between 0.04 and 60.04 s, in a copy that ends 1.04 s
// before the loss: in the mean 200 x 59^2 / 120 events are handled again. Replicated keys know all
// of them, and a backup has its own offsets.
func TestEventsAreHandledAgainFromTheLastOffset(t *testing.T) {
	cases := []struct {
		name string
		kind model.StrategyKind
		keys model.Idempotency
		want float64
	}{
		{"consumers that know nothing", model.HotStandby, model.NoKeys, 200 * 59 * 59 / 120.0},
		{"keys left behind", model.HotStandby, model.RegionalKeys, 200 * 59 * 59 / 120.0},
		{"idempotent consumers", model.HotStandby, model.ReplicatedKeys, 0},
		{"a restore", model.BackupRestore, model.NoKeys, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			const trials = 2000
			s := estate()
			s.Stores[0].Idempotency, s.Stores[0].OffsetsEvery = c.keys, time.Minute
			lose(s, home, time.Minute, 0)
			w := newTestWorld(t, s, strategyOf(t, s, c.kind), 3*time.Hour)
			again := make(sample, trials)
			for trial := range again {
				again[trial] = float64(w.play(s, seedOf(t), trial).trial.Duplicates)
			}
			near(t, "handled again", again.mean(), c.want, again.standardError()+1e-9)
		})
	}
}

// What people order back loses no answer and no offset.
func TestPlannedWorkHasNothingTwice(t *testing.T) {
	s := insistentWriters(model.NoKeys)
	s.Stores[0].OffsetsEvery = time.Minute
	lose(s, home, time.Minute, time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	away := int64(0)
	for w.step() {
		if away == 0 && w.now > warmup+int64(30*time.Minute) {
			away = w.trial.Duplicates
		}
	}
	w.finale()
	if w.trial.Failbacks != 1 || away == 0 || w.trial.Duplicates != away {
		t.Errorf("%d failbacks, %d had twice before and %d after, want one, some and as many",
			w.trial.Failbacks, away, w.trial.Duplicates)
	}
}

// addEffects has writes of a random system meet, and be made again.
func addEffects(seed uint64, s *model.Scenario) {
	rng := generator(seed ^ 0xeffec7)
	several := model.ConflictStrategies()[model.RegionalOwnership:]
	if s.Routing.Choice.Policy == model.WeightedRouting {
		several = several[1:] // Nobody owns the keys of users who are drawn.
	}
	s.Traffic.Answer, s.Traffic.Repeated = between(rng, 0, time.Minute), rng.Float64()
	for i := range s.Stores {
		st := &s.Stores[i]
		st.ContendedKeys = float64(1 + rng.IntN(1_000_000))
		st.Conflicts = several[rng.IntN(len(several))]
		st.Idempotency = model.Idempotencies()[rng.IntN(len(model.Idempotencies()))]
		st.OffsetsEvery = between(rng, 0, time.Minute)
	}
}

// In random systems with random faults nothing is counted below 0, what becomes of conflicts is no
// more than there are, and what was overwritten is among the lost writes.
func TestEffectsOfRandomSystemsAddUp(t *testing.T) {
	met, twice := int64(0), int64(0)
	for seed := uint64(1); seed <= 60; seed++ {
		s := randomSystem(seed)
		addFaults(seed, s)
		addEffects(seed, s)
		for _, strategy := range s.Strategies {
			w := newTestWorld(t, s, strategy, 14*time.Hour)
			w.begin(newSource(seed, 0), timelineOutages(nil, s))
			trial := finished(t, w).trial
			least := min(trial.Overwritten, trial.Rejected, trial.Merged, trial.Compensated,
				trial.Duplicates, trial.ToRepair(), trial.LostWrites-trial.Overwritten)
			if least < 0 || trial.ToRepair() < trial.Compensated {
				t.Errorf("seed %d, %s: got %+v", seed, strategy.Kind, trial)
			}
			met, twice = met+trial.Conflicts, twice+trial.Duplicates
		}
	}
	if met == 0 || twice == 0 {
		t.Errorf("%d conflicts and %d duplicates in all, want some of each", met, twice)
	}
}

// Whose writes are made again in one region of several is known there by what that region holds: of
// the standby's users, drawn by weight, six of seven come to home and one to the third. One of the
// two lacks 1.04 s, the other all of the 3 s that an answer takes, at 60 writes a second, half of
// which are made again.
func TestWritesAreHadTwiceByWhatTheirNewRegionKnows(t *testing.T) {
	for _, c := range []struct {
		name      string
		near, far model.RegionID
		want      float64
	}{
		{"most come to the one that knows more", home, third, (6*1.04 + 3) / 7},
		{"most come to the one that knows less", third, home, (6*3 + 1.04) / 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := threefold(byWeight(60, 30, 10))
			s.Traffic.Answer, s.Traffic.Repeated = 3*time.Second, 0.5
			s.Stores[0].Idempotency = model.ReplicatedKeys
			lag := &s.Stores[0].Lag
			lag[c.near], lag[c.far] = model.Fixed(time.Second), model.Fixed(time.Minute)
			lose(s, standby, time.Hour, 12*time.Hour)
			w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, 24*time.Hour))
			want, got := 60*0.5*c.want, float64(w.trial.Duplicates)
			if got < math.Floor(want) || got > math.Ceil(want) {
				t.Errorf("got %g had twice, want %.2f", got, want)
			}
		})
	}
}
