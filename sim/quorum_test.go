package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// quorate is the estate with a store that a majority of its three regions has to agree on.
func quorate() *model.Scenario {
	s := estate()
	s.Stores[0].Kind = model.Quorum
	for r := range s.Stores[0].Lag {
		s.Stores[0].Lag[r] = model.Distribution{}
	}
	return s
}

// The loss of a primary costs a copy that follows its lag, and a majority nothing. All else is the
// same: who decides, and how long it takes.
func TestAMajorityLosesNoWrite(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *model.Scenario
		want int64
	}{{"one writer", estate(), writesIn(always)}, {"a majority", quorate(), 0}} {
		lose(c.s, home, time.Hour, 4*time.Hour)
		w := recounted(t, c.s, model.HotStandby)
		if w.trial.Failovers != 1 || w.trial.LostWrites != c.want {
			t.Errorf("%s: %d failovers and %d writes lost, want 1 and %d", c.name, w.trial.Failovers,
				w.trial.LostWrites, c.want)
		}
	}
}

// What a cache loses is read anew: it is no write that counts.
func TestACacheLosesNothingThatCounts(t *testing.T) {
	s := estate()
	s.Stores[0].Kind = model.ElastiCacheGlobal
	lose(s, home, time.Hour, 4*time.Hour)
	w := recounted(t, s, model.HotStandby)
	if w.trial.Failovers != 1 || w.trial.LostWrites != 0 || w.rpos[0] != 0 {
		t.Errorf("%d failovers, %d writes lost and RPOs %v, want 1, none and 0s", w.trial.Failovers,
			w.trial.LostWrites, w.rpos)
	}
}

// A copy of a cache that stalls keeps nobody at a primary that is lost: what it lacks is read anew.
// Of a store whose writes count it does.
func TestAStalledCacheKeepsNobodyAtALostPrimary(t *testing.T) {
	for kind, want := range map[model.StoreKind]int64{
		model.ElastiCacheGlobal: 1, model.SingleWriter: 0,
	} {
		s := estate()
		s.Stores = append(s.Stores, s.Stores[0])
		s.Stores[1].Name, s.Stores[1].Kind = "second", kind
		s.Timeline = append(s.Timeline, model.Fault{
			Kind: model.ReplicationStall, Region: standby, Peer: model.NoRegion, Store: 1,
			At: time.Minute, Duration: 6 * time.Hour,
		})
		lose(s, home, time.Hour, 4*time.Hour)
		w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 4*time.Hour))
		if w.trial.Failovers != want {
			t.Errorf("the copy of a %s stalls: %d failovers, want %d", kind, w.trial.Failovers, want)
		}
	}
}

// A backup is no majority: a strategy that keeps no copy loses what came after the last one.
func TestABackupOfAMajorityLosesWrites(t *testing.T) {
	s := quorate()
	lose(s, home, time.Hour, 24*time.Hour)
	if w := recounted(t, s, model.BackupRestore); w.trial.LostWrites == 0 {
		t.Error("lost no write, want those since the last backup")
	}
}

// allWrite is a system of three regions that all write, and whose users all come to the first.
// Nobody is sent elsewhere.
func allWrite() *model.Scenario {
	s := quorate()
	s.Regions[witness] = model.Region{
		Name: "third", FailureDomain: "third", Utilisation: 0.5, BurstCeiling: 2,
	}
	s.Populations = append(s.Populations, model.Population{Name: "nobody", Nearest: standby})
	s.Traffic.WriteShare = 1
	for i := range s.Strategies {
		s.Strategies[i].Mode = model.Advise
	}
	return s
}

// With its copies in the other regions lost a region accepts no write, and its reads go on.
func TestNoWriteWithoutAMajority(t *testing.T) {
	s := allWrite()
	s.Traffic.WriteShare = 0.2
	during(s, model.StoreLoss, standby, time.Hour, 5*time.Hour)
	during(s, model.StoreLoss, witness, 3*time.Hour, 4*time.Hour)
	w := finished(t, stage(t, s, model.ActiveActive, seedOf(t), home, 24*time.Hour))
	if w.trial.Down != time.Hour || w.trial.DownBy[model.DownQuorum] != time.Hour {
		t.Errorf("down for %s, for want of a quorum %s, want 1h of both", w.trial.Down,
			w.trial.DownBy[model.DownQuorum])
	}
	if got, want := w.trial.Lost.Seconds(), 0.2*3600; !about(got, want) {
		t.Errorf("%g s of requests lost, want the writes of an hour, %g s", got, want)
	}
}

// Copies are lost by Poisson arrivals and for a fixed time, so that each is there with probability
// exp(-rate x time), apart from the others. A write in the first region is accepted while its own
// copy is there, and not both of the others are gone: p - p (1 - p)^2.
func TestAvailabilityOfAMajority(t *testing.T) {
	const rate, lasts, trials = 40.0, 60 * time.Hour, 200
	s := allWrite()
	for _, r := range []model.RegionID{home, standby, witness} {
		s.Hazards = append(s.Hazards, model.Hazard{
			Kind: model.StoreLoss, Region: r, Peer: model.NoRegion, PerYear: rate,
			Duration: model.Fixed(lasts), Source: "test",
		})
	}
	w := newTestWorld(t, s, strategyOf(t, s, model.ActiveActive), model.Year)
	var down sample
	for trial := range trials {
		played := w.play(s, seedOf(t), trial)
		if played.err != nil {
			t.Fatal(played.err)
		}
		down = append(down, played.trial.Lost.Hours()/model.HoursPerYear)
	}
	p := math.Exp(-rate * lasts.Hours() / model.HoursPerYear)
	near(t, "unavailability", down.mean(), 1-p*(1-(1-p)*(1-p)), down.standardError())
}

// Of round trips drawn evenly from 80 to 330 ms a write in three regions waits for the shorter of
// two, and in five for the second of four: the k-th of n lies k / (n + 1) of the way.
func TestAWriteWaitsForTheNearestMajority(t *testing.T) {
	const low, high = 0.080, 0.330
	random := generator(seedOf(t))
	for _, c := range []struct{ regions, kth int }{{3, 1}, {5, 2}, {7, 3}} {
		s := quorate()
		for len(s.Regions) < c.regions {
			s.Regions = append(s.Regions, s.Regions[witness])
		}
		strategy, waits := strategyOf(t, s, model.HotStandby), sample{}
		for range 4000 {
			for r := 1; r < c.regions; r++ {
				trip := low + (high-low)*random.Float64()
				s.Latency[home][r] = time.Duration(trip * 1e9)
			}
			waits = append(waits, majorityRTT(s, strategy, home, s.Voters()).Seconds())
		}
		want := low + (high-low)*float64(c.kth)/float64(c.regions)
		near(t, "wait for a majority", waits.mean(), want, waits.standardError())
	}
}

// Nobody waits for a majority where one region stands alone, or a store asks for none; where it
// does, the writes do, wherever they come from.
func TestWhoWaitsForAMajority(t *testing.T) {
	s, plain := quorate(), estate()
	for _, kind := range []model.StrategyKind{model.SingleRegion, model.HotStandby} {
		got := reachRTT(s, strategyOf(t, s, kind)) - reachRTT(plain, strategyOf(t, plain, kind))
		want := time.Duration(0)
		if kind == model.HotStandby {
			want = 16 * time.Millisecond // A fifth of the requests, 80 ms each.
		}
		if got != want {
			t.Errorf("%s: the mean request waits %s longer, want %s", kind, got, want)
		}
	}
	if slices.ContainsFunc(model.StoreKinds(), func(k model.StoreKind) bool {
		return k.Behaviour() == 0 || k.What() == "" || k.String() == "unknown"
	}) {
		t.Error("a kind of store has no behaviour, name or description")
	}
}
