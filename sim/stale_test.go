package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// readers is the estate with 30 % of its users at the second region, who read its own copy: 240
// reads a second. Without unstable phases: the store's lag is 1 s, and 40 ms of the way.
func readers(keys float64) *model.Scenario {
	s := twoWriters(keys, model.ByHand)
	s.Settings.HoldDown = 24 * time.Hour // Nobody is left.
	return s
}

// Reads of a copy against a simulation of what they are: writes come as a Poisson process on keys
// drawn evenly, and a read is stale where its key was written within the lag.
func TestStaleReadsAgainstReadsOfKeys(t *testing.T) {
	const keys, lag, seconds, runs = 40, 0.7, 200.0, 60
	s := readers(keys)
	s.Traffic = model.Traffic{RequestsPerSecond: 100, WriteShare: 0.3}
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Fixed(700*time.Millisecond - oneWay)
	}
	for _, c := range []struct {
		kind   model.StrategyKind
		writes [2]float64 // Those that each region's copy receives from the other.
	}{
		{model.ReadLocal, [2]float64{0, 30}}, {model.ActiveActive, [2]float64{0.3 * 30, 0.7 * 30}},
	} {
		rng, rate := generator(seedOf(t)+uint64(c.kind)), make(sample, runs)
		for run := range rate {
			for r, share := range []float64{0.7, 0.3} {
				last := make([]float64, keys)
				writes, at := poisson(rng, c.writes[r], seconds), 0
				for _, read := range poisson(rng, 70*share, seconds) {
					for ; at < len(writes) && writes[at] < read; at++ {
						last[rng.IntN(keys)] = writes[at]
					}
					if written := last[rng.IntN(keys)]; written > 0 && read-written < lag {
						rate[run] += 1 / seconds
					}
				}
			}
		}
		near(t, c.kind.String(), rate.mean(), StaleReadRate(s, c.kind), rate.standardError())
	}
	if got := StaleReadRate(s, model.HotStandby); got != 0 {
		t.Errorf("got %g a second of a standby that nobody reads, want 0", got)
	}
}

// staleOf is how many reads are stale beyond those of a system in which all is well.
func staleOf(t *testing.T, s *model.Scenario, kind model.StrategyKind) float64 {
	t.Helper()
	return finished(t, stage(t, s, kind, seedOf(t), witness, 5*time.Hour)).staleReads
}

// A copy that is cut off for T lacks more and more of n writes a second: of R reads a second
// R (T - K/n (1 - exp(-n T / K))) are stale. Its own users' writes fail, or are its own.
func TestReadsOfACopyThatIsCutOff(t *testing.T) {
	const seconds, keys = 3600.0, 100_000.0
	of := func(reads, writes float64) float64 {
		return reads * (seconds - keys/writes*(1-math.Exp(-writes*seconds/keys)))
	}
	for _, c := range []struct {
		kind model.StrategyKind
		want float64
	}{
		{model.ReadLocal, of(240, 140)}, {model.ActiveActive, of(240, 140) + of(560, 60)},
		{model.HotStandby, 0},
	} {
		s := readers(keys)
		cut(s, home, standby, time.Minute, time.Hour)
		if got := staleOf(t, s, c.kind); math.Abs(got-c.want) > 1e-6*c.want {
			t.Errorf("%s: got %g, want %g", c.kind, got, c.want)
		}
	}
}

// A copy that is stalled lacks all writes since, its users' too if they are not written there, and
// then catches up with three seconds in a second: as it does so it lacks less and less.
func TestReadsOfACopyThatIsStalled(t *testing.T) {
	const keys = 1e12 // So many that what is lacked is the share of the reads that are stale.
	s := readers(keys)
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: model.ReplicationStall, Region: standby, Peer: model.NoRegion, At: time.Minute,
		Duration: time.Hour,
	})
	cut(s, witness, standby, 150*time.Minute, time.Minute) // Something that takes stock afterwards.
	for _, c := range []struct {
		kind   model.StrategyKind
		writes float64 // Those of a second that the copy lacks.
	}{
		{model.ReadLocal, 200},
		{model.ActiveActive, 140}, // It has its own users' from themselves.
	} {
		// Up for an hour, and down again in half of it: a triangle of 3600 s x the writes.
		want := 240 * c.writes * 3600 * (3600 + 1800) / 2 / keys
		if got := staleOf(t, s, c.kind); math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s: got %g, want %g", c.kind, got, want)
		}
	}
}

// The primary is lost, and what it had not sent is lost with it: nobody reads around that.
func TestALostPrimaryLeavesNothingStale(t *testing.T) {
	s := readers(1000)
	lose(s, home, time.Minute, time.Hour)
	if got := staleOf(t, s, model.ReadLocal); got != 0 {
		t.Errorf("got %g stale reads, want none", got)
	}
}

// Where load varies, against a fine sum.
func TestStaleReadsOfAVaryingLoadAgreeWithAFineSum(t *testing.T) {
	s := daily(readers(1e6))
	w := stage(t, s, model.ActiveActive, seedOf(t), home, model.Year)
	w.net.standing = append(w.net.standing, 0)
	w.net.torn[home], w.net.torn[standby] = w.net.torn[home].With(standby), 1<<home
	from, to, fine := warmup, warmup+int64(30*time.Hour), 0.0
	for r := range w.net.tornAt[0] {
		for other := range w.net.tornAt[0][r] {
			w.net.tornAt[0][r][other] = warmup
		}
	}
	w.readStale(from, to)
	const short = int64(20 * time.Second)
	for at := from; at < to; at += short {
		fine += w.staleOver(at, at+short)
	}
	if got := w.staleReads; math.Abs(got-fine) > 1e-3*fine || fine < 1e6 {
		t.Errorf("got %g stale reads, want %g", got, fine)
	}
}

// What a region has no room for reads nothing, stale or not, however often it is tried again: of
// 300 requests a second of which 240 read, half.
func TestWhatIsShedReadsNothing(t *testing.T) {
	for _, again := range []float64{0, 0.5} {
		s := readers(1000)
		s.Traffic.Retried = again
		w := stage(t, s, model.ActiveActive, seedOf(t), home, model.Year)
		for _, c := range []struct{ capacity, want float64 }{{1, 240}, {0.3, 240}, {0.15, 120}} {
			w.capacity[standby] = c.capacity
			got := w.readsOver(warmup, warmup+int64(time.Minute))[standby]
			if want := c.want * 60; math.Abs(got-want) > 1e-6*want {
				t.Errorf("%g try again, room for %g: got %g reads, want %g", again, c.capacity, got, want)
			}
		}
	}
}

// Between two bends of the load a piece has as many reads as its parts have together.
func TestReadsAddUpWhileTheLoadRises(t *testing.T) {
	w := stage(t, noon(estate()), model.HotStandby, seedOf(t), witness, 24*time.Hour)
	hour := func(h int64) int64 { return warmup + h*int64(time.Hour) }
	first, second := w.readsOver(hour(1), hour(3))[home], w.readsOver(hour(3), hour(11))[home]
	whole := w.readsOver(hour(1), hour(11))[home]
	if mean := 800 * 36000.0; math.Abs(whole-mean) > 1e-6*mean { // At 06:00 the load is its mean.
		t.Errorf("got %g reads, want %g", whole, mean)
	}
	if first >= second/4 || math.Abs(first+second-whole) > 1e-6*whole {
		t.Errorf("got %g and then %g reads, want %g together, and more by the hour", first, second, whole)
	}
}
