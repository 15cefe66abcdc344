package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// A cut between two regions that go on writing, against a simulation of the writes: keys that both
// sides drew while they were apart. Few keys are written again and again, of many most never.
func TestKeysWrittenOnBothSidesOfACut(t *testing.T) {
	const rate, seconds, runs = 200.0, 30.0, 400
	for _, keys := range []int{300, 5_000, 400_000} {
		rng, met := generator(seedOf(t)+uint64(keys)), make(sample, runs)
		for run := range met {
			near, far := map[int]bool{}, map[int]bool{}
			for range poisson(rng, rate*0.7, seconds) {
				near[rng.IntN(keys)] = true
			}
			for range poisson(rng, rate*0.3, seconds) {
				far[rng.IntN(keys)] = true
			}
			for key := range far {
				if near[key] {
					met[run]++
				}
			}
		}
		got := both(float64(keys), rate*0.7*seconds, rate*0.3*seconds)
		near(t, "keys", met.mean(), got, met.standardError())
	}
}

// parted is what a cut between the two regions that write comes to, beyond what meets within the
// lag.
func parted(t *testing.T, s *model.Scenario, lasts time.Duration) float64 {
	t.Helper()
	cut(s, home, standby, time.Minute, lasts)
	w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), witness, 5*time.Hour))
	met := 0.0
	for _, keys := range w.partings.met {
		met += keys
	}
	return met
}

// Both regions go on, since the witness sees both: 140 and 60 writes a second meet on the keys. A
// second cut counts anew, and one that lasts beyond the horizon up to there.
func TestACutHasBothSidesWriteTheSameKeys(t *testing.T) {
	const keys = 1e6
	of := func(seconds float64) float64 { return both(keys, 140*seconds, 60*seconds) }
	cases := []struct {
		name  string
		lasts time.Duration
		again bool
		want  float64
	}{
		{"ten minutes", 10 * time.Minute, false, of(600)},
		{"twice", 10 * time.Minute, true, of(600) + of(1200)},
		{"to the end", 0, false, of(5*3600 - 60)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := twoWriters(keys, model.ByHand)
			if c.again {
				cut(s, home, standby, 2*time.Hour, 20*time.Minute)
			}
			if got := parted(t, s, c.lasts); math.Abs(got-c.want) > 1e-6*c.want {
				t.Errorf("got %g keys, want %g", got, c.want)
			}
		})
	}
}

// A fraction of a conflict is one in some of the trials.
func TestRareConflictsOfACutAreCountedInTheMean(t *testing.T) {
	const trials = 4000
	s := twoWriters(1e9, model.ByHand)
	cut(s, home, standby, time.Minute, time.Minute)
	w := newTestWorld(t, s, strategyOf(t, s, model.ActiveActive), 5*time.Minute)
	count := make(sample, trials)
	for trial := range count {
		count[trial] = float64(w.play(s, seedOf(t), trial).trial.Conflicts)
	}
	near(t, "conflicts", count.mean(), both(1e9, 140*60, 60*60)+math.Round(ConflictRate(s)*300),
		count.standardError())
}

// Where load varies, against a fine sum of what each side accepts; with capacity for a part of it.
func TestWritesApartOfAVaryingLoadAgreeWithAFineSum(t *testing.T) {
	s := daily(twoWriters(1e6, model.ByHand))
	s.Traffic.Retried = 0.5
	w := stage(t, s, model.ActiveActive, seedOf(t), home, model.Year)
	w.partings.any, w.capacity[home] = true, 0.8
	from, to := warmup, warmup+int64(30*time.Hour)
	w.acceptParted(from, to)
	got := w.partings.accepted
	w.partings.accepted = [model.MaxRegions]cells{}
	const short = int64(10 * time.Second)
	for at := from; at < to; at += short {
		w.acceptAt(at+short/2, float64(short))
	}
	for r, region := range w.partings.accepted {
		for i, fine := range region {
			if math.Abs(got[r][i]-fine) > 1e-4*fine {
				t.Errorf("region %d, population %d: got %g s, want %g s", r, i, got[r][i], fine)
			}
		}
	}
	if near, far := got[home][0], got[standby][1]; near < 1e4 || far < 1e4 {
		t.Errorf("got %g and %g s, want many", near, far)
	}
}

// Who owns a cell is certain while each side keeps to its own: a cut alone has no conflict.
func TestOwnershipIsCertainWhileNobodyTakesOver(t *testing.T) {
	s := twoWriters(1e6, model.RegionalOwnership)
	if got := parted(t, s, 10*time.Minute); got != 0 {
		t.Errorf("got %g keys in doubt, want none", got)
	}
}

// Where the isolated region is left another one takes its cell over, and it never hears. In doubt
// are the keys that the cell's users wrote there since the cut, those who were late too, and at the
// other; nobody else's.
func TestTheKeysOfACellThatWasTakenOver(t *testing.T) {
	s := twoWriters(1e6, model.RegionalOwnership)
	s.Regions[home].Utilisation, s.Regions[standby].Utilisation = 0.1, 0.1 // Room for all.
	cut(s, home, witness, time.Minute, 30*time.Minute)
	cut(s, home, standby, time.Minute, 30*time.Minute)
	w := stage(t, s, model.ActiveActive, seedOf(t), witness, 5*time.Hour)
	w.load()
	moved := int64(0)
	for w.step() {
		if moved == 0 && w.flows[0].target == standby {
			moved = w.now
		}
	}
	w.finale()
	// Clients whose TTL of 60 s is at a uniform age follow over a minute: half of them in the mean.
	before := time.Duration(moved-warmup).Seconds() - 60
	after := 1800 - before
	want := both(0.7e6, 140*(before+30), 140*(after-30))
	if got := w.partings.met[model.Reconciled]; moved == 0 || math.Abs(got-want) > 1e-3*want {
		t.Errorf("moved at %s: got %g keys in doubt, want %g", time.Duration(moved-warmup), got, want)
	}
}
