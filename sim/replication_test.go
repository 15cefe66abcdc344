package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

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

// TestRepointIsOfEveryStore has one store promoted in region 1 by a plan that was superseded before
// it had come to its replicas, and the other in region 2 by the next one. The third region's copies
// follow both from then on.
func TestRepointIsOfEveryStore(t *testing.T) {
	w := world{regions: 3, policy: failover.Policy{Stores: 2, Home: 0}, scenario: &model.Scenario{}}
	w.firstFollowing()
	w.state.Writers = [model.MaxStores]model.RegionID{1, 2, model.NoRegion, model.NoRegion}
	w.now = 7
	w.repoint()
	for store, writer := range []model.RegionID{1, 2} {
		if got, want := w.follows[2][store], (following{region: writer, since: 7}); got != want {
			t.Errorf("store %d: got %+v, want %+v", store, got, want)
		}
	}
}

// What did not arrive is told as what it was: a stretch may have had no write in it.
func TestNoWriteIsNotSomeOfThem(t *testing.T) {
	for writes, want := range map[int64]string{
		0:  "the last 338ms did not arrive, and no write was acknowledged in that time",
		1:  "one acknowledged write, of the last 338ms, did not arrive",
		19: "the last 338ms of acknowledged writes, 19 of them, did not arrive",
	} {
		w := &world{story: &Story{}}
		w.noteUnarrived(home, 338*time.Millisecond+time.Microsecond, writes)
		told := w.story.Entries
		if len(told) != 1 || told[0].Text != want || told[0].Region != home {
			t.Errorf("%d writes: got %+v, want %q", writes, told, want)
		}
	}
}
