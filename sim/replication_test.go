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

func TestWritesThatNeverMeetDoNotConflict(t *testing.T) {
	s := estate()
	if got := ConflictRate(s); got != 0 {
		t.Errorf("without contended keys: got %g a second, want 0", got)
	}
}

// A lost region takes with it what was on its way: the write rate times the lag on average, also
// where that is a fraction of one write.
func TestLostWritesAreTheRateTimesTheLag(t *testing.T) {
	cases := []struct {
		name      string
		kind      model.StrategyKind
		perSecond float64
	}{
		{"a third of a write", model.HotStandby, 1.57},
		{"many writes", model.HotStandby, 1000},
		{"everywhere a writer", model.ActiveActive, 1.57},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			s.Traffic.RequestsPerSecond = c.perSecond
			share := 1.0 // Where one region writes it writes for all, elsewhere for its own users.
			if c.kind == model.ActiveActive {
				share = 0.75
				s.Populations = []model.Population{
					{Name: "near", Share: share, Nearest: home},
					{Name: "far", Share: 1 - share, Nearest: standby},
				}
			}
			for r := range s.Stores[0].Lag {
				s.Stores[0].Lag[r] = model.Distribution{Family: model.Exponential, A: 1}
			}
			lose(s, home, time.Minute, 0)
			const trials = 4000
			lost, stretch := make(sample, trials), make(sample, trials)
			w := newTestWorld(t, s, strategyOf(t, s, c.kind), time.Hour)
			for trial := range lost {
				result := w.play(s, seedOf(t), trial)
				lost[trial] = float64(result.trial.LostWrites)
				stretch[trial] = result.rpos[0].Seconds()
			}
			near(t, "stretch", stretch.mean(), 1+oneWay.Seconds(), stretch.standardError())
			want := share * c.perSecond * s.Traffic.WriteShare * (1 + oneWay.Seconds())
			near(t, "writes", lost.mean(), want, lost.standardError())
		})
	}
}

// Of the stores that one plan promotes the one that lost most counts: one write touches all of
// them.
func TestTwoStoresLoseAWriteOnce(t *testing.T) {
	s := estate()
	second := s.Stores[0]
	second.Name = "carts"
	for r := range second.Lag {
		second.Lag[r] = model.Fixed(3 * time.Second)
	}
	s.Stores = append(s.Stores, second)
	lose(s, home, time.Minute, 0)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, time.Hour))
	if got, want := w.rpos[0], 3*time.Second+oneWay; got != want {
		t.Errorf("lost %s, want %s", got, want)
	}
	if got := w.trial.LostWrites; got != 608 && got != 609 { // 200/s x 3.04 s.
		t.Errorf("lost %d writes, want 608", got)
	}
}

// A restore loses what came after the last backup: half an interval on average.
func TestARestoreLosesWhatCameAfterTheBackup(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	const trials = 2000
	stretch := make(sample, trials)
	w := newTestWorld(t, s, strategyOf(t, s, model.BackupRestore), 24*time.Hour)
	for trial := range stretch {
		stretch[trial] = w.play(s, seedOf(t), trial).rpos[0].Hours()
	}
	near(t, "hours", stretch.mean(), 12, 24/math.Sqrt(12*trials))
}
