package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// strikes adds a fault of a region to a scenario's timeline, from the first hour on.
func strikes(s *model.Scenario, kind model.FaultKind, r model.RegionID, lasts time.Duration) {
	s.Timeline = append(s.Timeline, model.Fault{
		Kind: kind, Region: r, Peer: model.NoRegion, At: time.Hour, Duration: lasts,
	})
}

// lasts is how long each fault of lonely does.
const lasts = 2 * time.Hour

// lonely are faults of each kind alone, and what can be computed of them by hand.
var lonely = []struct {
	name  string
	build func(s *model.Scenario)
	// fails says that a failover is to take effect; down is how long the service is down, where it
	// does not hang on a failover, lost what is lost of the requests then.
	fails      bool
	down, lost time.Duration
}{
	{
		"the application stops, and another region takes over",
		func(s *model.Scenario) { strikes(s, model.ServiceLoss, home, lasts) }, true, 0, 0,
	},
	{
		"the application of the standby stops, and nobody notices",
		func(s *model.Scenario) { strikes(s, model.ServiceLoss, standby, lasts) }, false, 0, 0,
	},
	{
		"users cannot reach the primary, and no check looks from where they are",
		func(s *model.Scenario) { strikes(s, model.PathLoss, home, lasts) }, false, lasts, lasts,
	},
	{
		"the store stops, and no check goes down to it", // One request in five writes.
		func(s *model.Scenario) { strikes(s, model.StoreLoss, home, lasts) }, false, lasts, lasts,
	},
	{
		"the store stops, and a check goes down to it",
		func(s *model.Scenario) {
			s.Checks[0].Deep = true
			strikes(s, model.StoreLoss, home, lasts)
		}, true, 0, 0,
	},
	{
		"one request in ten fails, which is too few for three checks in a row",
		func(s *model.Scenario) {
			strikes(s, model.GreyFailure, home, lasts)
			s.Timeline[0].Share = 0.1
			s.Checks[0].Failures = 9 // All nine fail in one of a billion tries.
		}, false, 0, lasts / 10,
	},
	{
		"every request fails",
		func(s *model.Scenario) {
			strikes(s, model.GreyFailure, home, lasts)
			s.Timeline[0].Share = 1
		}, true, 0, 0,
	},
	{
		"one agent sees nothing, and all is well",
		func(s *model.Scenario) { strikes(s, model.BlindAgent, witness, lasts) }, false, 0, 0,
	},
	{
		"nothing can be changed, and nothing has to be",
		func(s *model.Scenario) {
			for r := range model.RegionID(2) {
				strikes(s, model.ControlPlaneLoss, r, lasts)
				strikes(s, model.CapacityRefused, r, lasts)
				strikes(s, model.CapacityScarce, r, lasts)
			}
			strikes(s, model.RoutingControlLoss, model.NoRegion, lasts)
		}, false, 0, 0,
	},
	{
		"every agent sees nothing, and all is well",
		func(s *model.Scenario) {
			for r := range model.RegionID(3) {
				strikes(s, model.BlindAgent, r, lasts)
			}
		}, false, 0, 0,
	},
	{
		"a quorum sees nothing, takes that for a failure, and leaves a region that works",
		func(s *model.Scenario) {
			s.Checks[0].MissingFails = true
			strikes(s, model.BlindAgent, standby, lasts)
			strikes(s, model.BlindAgent, witness, lasts)
		}, true, 0, 0,
	},
	{
		"one agent sees nothing and takes that for a failure, and is outvoted",
		func(s *model.Scenario) {
			s.Checks[0].MissingFails = true
			strikes(s, model.BlindAgent, witness, lasts)
		}, false, 0, 0,
	},
	{
		"a quorum is blind when the primary is lost", // One of three cannot see it alone.
		func(s *model.Scenario) {
			strikes(s, model.BlindAgent, witness, 2*lasts)
			strikes(s, model.RegionLoss, home, lasts)
		}, false, lasts, lasts,
	},
}

// What can be computed by hand of each kind of fault, alone, in the estate without chance: how long
// the service is down, how much of the requests is lost, and whether anybody fails over. Detection
// of an answer that is an error takes three aligned checks, the last of which ends 80 ms after it
// began.
func TestEachFaultBreaksWhatItNames(t *testing.T) {
	for _, c := range lonely {
		t.Run(c.name, func(t *testing.T) {
			s := estate()
			c.build(s)
			w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 12*time.Hour))
			if got := w.trial.Failovers > 0; got != c.fails {
				t.Fatalf("failed over: %t, want %t", got, c.fails)
			}
			slack := time.Second // The guard opens again when its agent hears of the lease.
			if off := w.trial.Down - c.down; !c.fails && (off < 0 || off > slack) {
				t.Errorf("down for %s, want %s", w.trial.Down, c.down)
			}
			if off := w.trial.Lost - c.lost; !c.fails && (off < -slack || off > slack) {
				t.Errorf("lost %s of the requests, want %s", w.trial.Lost, c.lost)
			}
			if w.trial.SplitBrain > 0 {
				t.Errorf("two regions took writes for %s", w.trial.SplitBrain)
			}
		})
	}
}

// A service that stops loses no write: its database is in reach, is fenced, and catches up.
func TestALostApplicationLosesNoWrite(t *testing.T) {
	s := estate()
	strikes(s, model.ServiceLoss, home, 6*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if w.trial.Failovers != 1 || w.trial.LostWrites != 0 {
		t.Errorf("%d failovers lost %d writes, want 1 and none", w.trial.Failovers, w.trial.LostWrites)
	}
	// Three checks of an error: 30 s and a round trip, to the leader and into the log 121.75 ms more.
	first := w.incidents[0].Phases[model.Detect]
	if want := 30*time.Second + 80*time.Millisecond; first != want {
		t.Errorf("detected after %s, want %s", first, want)
	}
}

// A store that stops loses what its replica had not received: a second of lag, and the way there.
func TestALostStoreLosesItsTail(t *testing.T) {
	s := estate()
	s.Checks[0].Deep = true
	strikes(s, model.StoreLoss, home, 6*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	const writes = 208 // 1,040 ms of 200 writes a second.
	if w.trial.Failovers != 1 || w.trial.LostWrites != writes {
		t.Errorf("%d failovers lost %d writes, want 1 and %d", w.trial.Failovers, w.trial.LostWrites,
			writes)
	}
}

// A store with a check of its own is promoted alone: the traffic stays, and the writes go over.
func TestAStoreIsPromotedAlone(t *testing.T) {
	s := estate()
	s.Checks = append(s.Checks, s.Checks[0])
	s.Checks[1].Name, s.Checks[1].Scope = "orders", model.OfStore
	strikes(s, model.StoreLoss, home, 6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	moved := false
	for w.step() {
		if w.state.Writers[0] == standby && w.state.Plan.Kind == failover.NoPlan && !moved {
			moved = true
			if !w.state.Serving.Has(home) || w.state.Primary != home {
				t.Error("the traffic, or the lead, has moved with the store")
			}
			if share := w.served(w.now); share < 1-1e-9 {
				t.Errorf("%.3f of the requests succeed after the promotion, want all", share)
			}
		}
	}
	w.finale()
	if !moved {
		t.Fatal("the store was not promoted")
	}
	if w.state.Writers[0] != home {
		t.Error("the store has not come home")
	}
}

// Users who cannot reach a region are sent to another one where a check goes the way that they do;
// the store stays.
func TestAWayThatIsLostIsLeft(t *testing.T) {
	s := estate()
	s.Checks = append(s.Checks, s.Checks[0])
	s.Checks[1].Name, s.Checks[1].Scope = "edge", model.OfRouting
	strikes(s, model.PathLoss, home, 6*time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour)
	w.load()
	away := false
	for w.step() {
		away = away || w.state.Serving.Has(standby) && w.state.Primary == home
	}
	w.finale()
	if !away {
		t.Error("the traffic has not left, or has taken the lead with it")
	}
	if w.trial.Down == 0 || w.trial.Down > 10*time.Minute || w.trial.LostWrites != 0 {
		t.Errorf("down for %s and %d writes lost, want some minutes and none", w.trial.Down,
			w.trial.LostWrites)
	}
}

// Without its agent a primary cannot renew its lease: the guard stops the writes at its end, a deep
// check finds that, and the other region takes over without losing a write.
func TestALostAgentEndsTheLease(t *testing.T) {
	s := estate()
	s.Checks[0].Deep = true
	strikes(s, model.AgentLoss, home, 6*time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if w.trial.Failovers != 1 || w.trial.LostWrites != 0 || w.trial.SplitBrain != 0 {
		t.Errorf("%d failovers, %d writes lost, two writers for %s; want 1, none and no time",
			w.trial.Failovers, w.trial.LostWrites, w.trial.SplitBrain)
	}
	if w.state.Primary != home {
		t.Error("the write role has not come home")
	}
}

// A lost agent is no evidence. Where no check goes down to a write, nobody leaves the primary whose
// guard stopped the writes, and they stay stopped until the agent is back: from the end of the
// lease on, 13 s after the last ticket, which was up to 5 s and some round trips old.
func TestALostAgentStrandsTheWritesWithoutADeepCheck(t *testing.T) {
	s := estate()
	strikes(s, model.AgentLoss, home, lasts)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 24*time.Hour))
	if w.trial.Failovers != 0 || len(w.decisions) != 0 {
		t.Errorf("%d failovers and decisions %+v, want none", w.trial.Failovers, w.decisions)
	}
	if down := w.trial.Down; down < lasts-13*time.Second || down > lasts-7*time.Second {
		t.Errorf("down for %s, want %s less 7 to 13 s", down, lasts)
	}
}

// A probe connects and asks within one timeout, each answered a round trip of 80 ms later, over a
// way that loses a share of its packets. TCP sends again to connect after 1 s, 3 s, 7 s, and to ask
// after 0.28 s, 0.84 s, 1.96 s, 4.2 s: so often is asked for each time that it may connect at.
func TestAProbePassesALossyLink(t *testing.T) {
	s := estate()
	w := stage(t, s, model.HotStandby, 1, witness, time.Hour)
	for timeout, asked := range map[time.Duration][]float64{
		time.Second: {2}, 2 * time.Second: {3, 2},
		4 * time.Second: {4, 4, 2}, 8 * time.Second: {5, 5, 5, 2},
	} {
		w.net.dropped[home][standby], w.net.dropped[standby][home] = 0.5, 0.2
		s.Checks[0].Timeout = timeout
		lost, want := 1-0.5*0.8, 0.0
		for before, tries := range asked {
			want += math.Pow(lost, float64(before)) * (1 - lost) * (1 - math.Pow(lost, tries))
		}
		for _, way := range [][2]model.RegionID{{home, standby}, {standby, home}} {
			if got := w.chance(way[0], way[1], &s.Checks[0]); math.Abs(got-want) > 1e-12 {
				t.Errorf("timeout %s: got %.6f, want %.6f", timeout, got, want)
			}
		}
	}
	// At 300 ms a connection has measured enough to ask again after three round trips.
	far, want := connects(0.4, 300*time.Millisecond, 3*time.Second), (1-0.4*0.4)*(0.6+0.4*0.6)
	if math.Abs(far-want) > 1e-12 {
		t.Errorf("over a long way %.6f pass, want %.6f", far, want)
	}
}

// The chance that a check of a region in which a share of the requests fails says down by its n-th
// probe is that of a run of k failures among n: counted here by a recurrence, and in many runs.
func TestAGreyFailureIsFoundByARunOfFailures(t *testing.T) {
	const share, k, probes = 0.6, 3, 12
	s := estate()
	s.Settings.HoldDown = 24 * time.Hour
	strikes(s, model.GreyFailure, home, 10*probes*time.Second+5*time.Second)
	s.Timeline[0].Share = share
	want := runOf(k, probes, share)
	found := sample{}
	for trial := range 2000 {
		w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), 2*time.Hour)
		w.begin(newSource(seedOf(t), trial), timelineOutages(nil, s))
		w.raft.leader = witness
		w.load()
		said := 0.0
		for w.step() {
			if w.probers[standby][home][0].detector.Down() {
				said = 1
			}
		}
		found = append(found, said)
	}
	near(t, "share of runs that say down", found.mean(), want, math.Sqrt(want*(1-want)/2000))
}

// A cut in one direction is a cut: whoever asks hears no answer, or is not heard.
func TestACutOfOneWayIsACut(t *testing.T) {
	played := func(alter func(f *model.Fault)) model.Trial {
		s := estate()
		isolate(s, home, time.Hour, time.Hour)
		for i := range s.Timeline {
			alter(&s.Timeline[i])
		}
		return finished(t, stage(t, s, model.HotStandby, 1, witness, 12*time.Hour)).trial
	}
	both := played(func(*model.Fault) {})
	if both.Failovers != 1 {
		t.Fatalf("both ways %+v, want a failover", both)
	}
	there := played(func(f *model.Fault) { f.OneWay = true })
	back := played(func(f *model.Fault) { f.OneWay, f.Region, f.Peer = true, f.Peer, f.Region })
	if there != both || back != both {
		t.Errorf("both ways %+v, there %+v, back %+v", both, there, back)
	}
}
