package sim

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"redoubt/model"
)

// The conflicts of a quiet run against a simulation of what they count: writes arrive in two
// regions as Poisson processes on keys drawn evenly, and a pair meets when both fall on one key
// within the lag.
func TestOracleBirthdayConflicts(t *testing.T) {
	const keys, writes, lag, seconds, runs = 40, 30.0, 0.7, 400.0, 60
	s := estate()
	s.Traffic = model.Traffic{RequestsPerSecond: writes * 10, WriteShare: 0.1}
	s.Populations = []model.Population{
		{Name: "near", Share: 0.7, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
	}
	s.Stores[0].ContendedKeys = keys
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Fixed(700*time.Millisecond - oneWay)
	}
	rng := generator(seedOf(t))
	met := make(sample, runs)
	for run := range met {
		near, far := poisson(rng, writes*0.7, seconds), poisson(rng, writes*0.3, seconds)
		for _, a := range near {
			for _, b := range far {
				if math.Abs(a-b) < lag && rng.IntN(keys) == 0 {
					met[run] += 1 / seconds
				}
			}
		}
	}
	const horizon = 100 * time.Hour
	w := newTestWorld(t, s, strategyOf(t, s, model.ActiveActive), horizon)
	played := float64(w.play(s, seedOf(t), 0).trial.Conflicts) / horizon.Seconds()
	near(t, "conflicts a second", played, met.mean(), met.standardError())
}

func poisson(rng *rand.Rand, rate, seconds float64) []float64 {
	var times []float64
	for at := rng.ExpFloat64() / rate; at < seconds; at += rng.ExpFloat64() / rate {
		times = append(times, at)
	}
	return times
}

// A write meets those of the other side that it has not got yet, or that have not got it: where the
// copies of two regions lag by different times the window is the sum of both, and of the way there
// and back.
func TestConflictsHangOnTheLagOfBothSides(t *testing.T) {
	const keys = 1e6
	for _, lags := range [][2]time.Duration{
		{time.Second, 3 * time.Second}, {3 * time.Second, time.Second}, {0, 2 * time.Second},
	} {
		s := twoWriters(keys, model.ByHand)
		s.Stores[0].Lag[home], s.Stores[0].Lag[standby] = model.Fixed(lags[0]), model.Fixed(lags[1])
		want := 140 * 60 * (lags[0] + lags[1] + 2*oneWay).Seconds() / keys
		if got := ConflictRate(s); math.Abs(got-want) > 1e-9*want {
			t.Errorf("lags of %s: got %g a second, want %g", lags, got, want)
		}
	}
}

func TestWritesThatNeverMeetDoNotConflict(t *testing.T) {
	s := estate()
	if got := ConflictRate(s); got != 0 {
		t.Errorf("without contended keys: got %g a second, want 0", got)
	}
}

// twoWriters is the estate with users at two regions that both write, on so many keys.
func twoWriters(keys float64, conflicts model.ConflictStrategy) *model.Scenario {
	s := estate()
	s.Populations = []model.Population{
		{Name: "near", Share: 0.7, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
	}
	s.Stores[0].ContendedKeys, s.Stores[0].Conflicts = keys, conflicts
	return s
}

// What meets within the lag comes to what the store's strategy makes of it, and what is
// overwritten, rejected or repaired is paid for where such things are.
func TestConflictsComeToWhatTheirStrategySays(t *testing.T) {
	const keys, seconds = 1e6, 3600
	// 200 writes a second, 70 % and 30 % of them, within 1.04 s before or after.
	pairs := int64(math.Round(140 * 60 * 2 * 1.04 * seconds / keys))
	cases := []struct {
		strategy model.ConflictStrategy
		want     model.Trial
		repair   int64
	}{
		{model.ByHand, model.Trial{Conflicts: pairs}, pairs},
		{model.RegionalOwnership, model.Trial{}, 0},
		{model.LastWriterWins,
			model.Trial{Conflicts: pairs, Overwritten: pairs, LostWrites: pairs}, 0},
		{model.CheckAndSet, model.Trial{Conflicts: pairs, Rejected: pairs}, 0},
		{model.Commutative, model.Trial{Conflicts: pairs, Merged: pairs}, 0},
		{model.Compensation, model.Trial{Conflicts: pairs, Compensated: pairs}, pairs},
	}
	for _, c := range cases {
		t.Run(c.strategy.String(), func(t *testing.T) {
			s := twoWriters(keys, c.strategy)
			s.Traffic.Retried = 0.75
			got := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, seconds*time.Second)).trial
			// A rejected write fails, unless it is made again; 1,000 requests are a second of them.
			lost := time.Duration(math.Round(0.25 * float64(got.Rejected) * float64(time.Millisecond)))
			if got.Lost != lost {
				t.Errorf("lost %s of the requests, want %s", got.Lost, lost)
			}
			if got.Beside != got.Damage() {
				t.Errorf("lost %+v, and %+v of it without an incident", got.Damage(), got.Beside)
			}
			got.StaleReads, got.Beside = 0, model.Damage{} // Whatever becomes of the writes.
			if got.Lost = 0; got != c.want || got.ToRepair() != c.repair {
				t.Errorf("got %+v with %d to repair, want %+v with %d", got, got.ToRepair(), c.want, c.repair)
			}
		})
	}
}

// A single writer avoids conflicts by not being active-active.
func TestASingleWriterExcusesActiveActive(t *testing.T) {
	s := twoWriters(100, model.OneWriterOnly)
	if s.Excuse(model.ActiveActive) == "" || s.Excuse(model.ReadLocal) != "" {
		t.Errorf("got %q for active-active and %q for read-local, want an excuse of the first alone",
			s.Excuse(model.ActiveActive), s.Excuse(model.ReadLocal))
	}
	if got := ConflictRate(s); got != 0 {
		t.Errorf("got %g conflicts a second, want none", got)
	}
}

// Users who are drawn to a region by weight, at each look-up anew, write keys that no region owns.
func TestNobodyOwnsTheKeysOfUsersWhoAreDrawn(t *testing.T) {
	for _, policy := range []model.RoutingPolicy{model.LatencyRouting, model.WeightedRouting} {
		s := threefold(byWeight(3, 2, 1))
		s.Routing.Choice.Policy = policy
		s.Stores[0].ContendedKeys, s.Stores[0].Conflicts = 1e6, model.RegionalOwnership
		want := policy == model.WeightedRouting
		if got := s.Excuse(model.ActiveActive); (got != "") != want {
			t.Errorf("%s: active-active has the excuse %q, want one: %t", policy, got, want)
		}
		if got := s.Excuse(model.ReadLocal); got != "" {
			t.Errorf("%s: read-local has the excuse %q, want none", policy, got)
		}
	}
}
