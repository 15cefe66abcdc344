package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

func TestNothingIsDecidedWithoutAQuorum(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	lose(s, witness, time.Minute, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), standby, 5*time.Hour))
	if len(w.decisions) != 1 || w.decisions[0].Action != failover.Failover.String() {
		t.Fatalf("got decisions %+v, want one failover", w.decisions)
	}
	// A leader, a report of each agent, the hold-down.
	at := w.decisions[0].At - time.Hour - time.Minute
	if at < s.Settings.HoldDown || at > s.Settings.HoldDown+time.Minute {
		t.Errorf("decided %s after the quorum was back, want a hold-down and an election", at)
	}
}

// Half of the agents cannot tell whether the other half is gone.
func TestAQuorumThatIsLostClosesAHealthyPrimary(t *testing.T) {
	s := estate()
	lose(s, standby, time.Minute, time.Hour)
	lose(s, witness, time.Minute, time.Hour)
	for _, c := range []struct {
		kind model.StrategyKind
		down bool
	}{{model.HotStandby, true}, {model.SingleRegion, false}} {
		w := finished(t, stage(t, s, c.kind, seedOf(t), home, 5*time.Hour))
		if got := w.trial.Down > 0; got != c.down || w.trial.Failovers != 0 {
			t.Errorf("%s: %s down with %d failovers", c.kind, w.trial.Down, w.trial.Failovers)
		}
		if !c.down {
			continue
		}
		// From the guard's deadline to the first renewal under a new leader.
		low, high := time.Hour-13*time.Second, time.Hour+10*time.Second
		if w.trial.Down < low || w.trial.Down > high {
			t.Errorf("%s: %s down, want %s to %s", c.kind, w.trial.Down, low, high)
		}
	}
}

// cutOff isolates the primary for a while, and lets its users reach it all the time.
func cutOff(t *testing.T, holdDown, lasts time.Duration, seed uint64) *world {
	t.Helper()
	s := estate()
	s.Settings.HoldDown = holdDown
	isolate(s, home, time.Minute, lasts)
	return stage(t, s, model.HotStandby, seed, witness, 12*time.Hour)
}

// An isolated primary writes on until its guard's deadline. What it accepted from the cut on is
// lost, and so is the tail that was on its way.
func TestWhatAnIsolatedPrimaryAcceptsIsLost(t *testing.T) {
	for seed := range uint64(50) {
		w := finished(t, cutOff(t, time.Minute, 2*time.Hour, seed))
		if w.trial.Failovers != 1 || w.trial.FalseFailovers != 1 || w.trial.SplitBrain != 0 {
			t.Fatalf("seed %d: got %+v, want one failover away from a healthy region", seed, w.trial)
		}
		broken := warmup + int64(time.Minute)
		phase := w.src.uniform(renewPhase, 0, int(home))
		ticket := lastTick(broken-int64(oneWay+commit), int64(5*time.Second), phase)
		accepted := time.Duration(ticket-broken) + 13*time.Second
		stretch := accepted + time.Second + oneWay // The lag and its floor.
		if got := w.rpos[0]; got != stretch {
			t.Errorf("seed %d: lost %s of writes, want %s", seed, got, stretch)
		}
		writes := 200 * stretch.Seconds()
		if got := float64(w.trial.LostWrites); math.Abs(got-writes) >= 1 {
			t.Errorf("seed %d: lost %g writes, want %g within one", seed, got, writes)
		}
		// Three good checks show that it is whole; rewinding its copy takes an hour from there, longer
		// than the 30 min for which it has to be stable, and then people return it.
		back := w.decisions[len(w.decisions)-1].At - 2*time.Hour - time.Minute - 60*time.Minute
		if back < 20*time.Second || back > 40*time.Second {
			t.Errorf("seed %d: it went home %s late", seed, back)
		}
		if w.state.Primary != home || w.trial.Failbacks != 1 {
			t.Errorf("seed %d: region %d is primary after %d failbacks, want home", seed,
				w.state.Primary, w.trial.Failbacks)
		}
	}
}

// What it accepted came from the users who were sent to it then, though readers are sent elsewhere
// long before another region is promoted.
func TestWhatAnIsolatedPrimaryAcceptsIsOfItsOwnUsers(t *testing.T) {
	s := estate()
	s.Populations = []model.Population{
		{Name: "near", Share: 0.7, Nearest: home}, {Name: "far", Share: 0.3, Nearest: standby},
	}
	isolate(s, home, time.Minute, 2*time.Hour)
	w := finished(t, stage(t, s, model.ReadLocal, seedOf(t), witness, 12*time.Hour))
	const tail = time.Second + oneWay // The lag and its floor, of everybody's writes.
	want := 200 * (tail.Seconds() + 0.7*(w.rpos[0]-tail).Seconds())
	if got := float64(w.trial.LostWrites); w.trial.Failovers != 1 || math.Abs(got-want) >= 1 {
		t.Errorf("%d failovers lost %g writes, want one that lost %g within one", w.trial.Failovers,
			got, want)
	}
}

// GitHub, 2018-10-21: a partition of 43 s, and a failover that took a day to mend.
func TestAPartitionOf43Seconds(t *testing.T) {
	for seed := range uint64(100) {
		patient := finished(t, cutOff(t, time.Minute, 43*time.Second, seed))
		if patient.trial.Failovers != 0 || patient.trial.LostWrites != 0 {
			t.Errorf("seed %d: a hold-down of a minute let %d failovers pass, %d writes lost", seed,
				patient.trial.Failovers, patient.trial.LostWrites)
		}
		// Its price: no writes from the guard's deadline until the partition heals.
		if down := patient.trial.Down; down < 30*time.Second || down > 40*time.Second {
			t.Errorf("seed %d: %s down, want 43 s less what is left of the lease", seed, down)
		}
		w := cutOff(t, 5*time.Second, 43*time.Second, seed)
		w.scenario.Stores[0].Promotion = model.Fixed(20 * time.Second)
		hasty := finished(t, w)
		if hasty.trial.Failovers != 1 || hasty.trial.LostWrites == 0 {
			t.Errorf("seed %d: a hold-down of 5 s made %d failovers that lost %d writes, want one",
				seed, hasty.trial.Failovers, hasty.trial.LostWrites)
		}
	}
}

// A failover whose promotion takes longer than the partition lasts is given up in time.
func TestAFailoverIsCancelledWhenItsRegionRecovers(t *testing.T) {
	w := finished(t, cutOff(t, 5*time.Second, 43*time.Second, seedOf(t)))
	// The standby's copy was claimed, and may have been opened: it is made a replica again.
	if len(w.decisions) != 3 || w.decisions[1].Action != failover.Reopen.String() ||
		w.decisions[2].Action != failover.Reprotect.String() || w.decisions[2].Target != standby ||
		w.trial.LostWrites != 0 || w.state.Primary != home || len(w.rpos) != 0 ||
		w.trial.Failovers != 0 || w.trial.FalseFailovers != 0 || w.trial.Cancelled != 1 {
		t.Errorf("got decisions %+v and %+v, want a failover, reopened and nothing lost", w.decisions,
			w.trial)
	}
}

// An isolated primary without a guard writes on beside the region that was promoted, under every
// strategy that promotes one.
func TestGuardsPreventSplitBrain(t *testing.T) {
	s := estate()
	s.Populations[0].Share = 0.5
	s.Populations = append(s.Populations, model.Population{Name: "far", Share: 0.5, Nearest: standby})
	isolate(s, home, time.Minute, 2*time.Hour)
	for _, strategy := range s.Strategies {
		promotes := strategy.Kind != model.SingleRegion && !strategy.Kind.MultiWriter()
		for seed := range uint64(10) {
			guarded := finished(t, stage(t, s, strategy.Kind, seed, witness, 12*time.Hour))
			if guarded.trial.SplitBrain != 0 {
				t.Errorf("%s, seed %d: %s of split brain with guards", strategy.Kind, seed,
					guarded.trial.SplitBrain)
			}
			w := stage(t, s, strategy.Kind, seed, witness, 12*time.Hour)
			w.unfenced = true
			if got := finished(t, w).trial.SplitBrain; promotes != (got > 30*time.Minute) {
				t.Errorf("%s, seed %d: %s of split brain without guards, in two hours of a cut",
					strategy.Kind, seed, got)
			}
		}
	}
}

// A target that is cut off while it is promoted does not open what it can no longer hold.
func TestAPromotionEndsWithItsLease(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	isolate(s, standby, 3*time.Minute, time.Hour) // The promotion takes from 2:32 to 3:12.
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour)
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		if at > 3*time.Minute+13*time.Second && at < time.Hour && w.writable(standby) {
			t.Fatalf("the standby writes at %s, cut off since 3m", at)
		}
	}
	if w.state.Primary != standby || !w.writable(standby) {
		t.Errorf("region %d is primary in the end, want the standby, promoted again", w.state.Primary)
	}
}

func TestACutElsewhereMovesNothing(t *testing.T) {
	s := estate()
	cut(s, standby, witness, time.Minute, time.Hour)
	cut(s, home, witness, 3*time.Hour, time.Hour)
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), home, 8*time.Hour))
	if w.trial.Failovers != 0 || w.trial.Down != 0 || w.trial.Lost != 0 {
		t.Errorf("got %+v, want nothing but two faults", w.trial)
	}
	if w.trial.Faulted != 2*time.Hour {
		t.Errorf("faulted for %s, want 2h", w.trial.Faulted)
	}
}

// A target that was cut off just before its promotion ends opens, and closes at its deadline.
func TestAPromotedStandbyThatIsCutOffCloses(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	isolate(s, standby, 3*time.Minute+8*time.Second, time.Hour)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour)
	w.load()
	opened := false
	for w.step() {
		at := time.Duration(w.now - warmup)
		opened = opened || at < 3*time.Minute+20*time.Second && w.writable(standby)
		if at > 3*time.Minute+21*time.Second && at < time.Hour && w.writable(standby) {
			t.Fatalf("the standby writes at %s, cut off since 3m8s", at)
		}
	}
	if !opened || w.state.Primary != standby || !w.writable(standby) {
		t.Errorf("opened %t, and in the end region %d is primary", opened, w.state.Primary)
	}
}

// Renewals that resume during a promotion open nothing: the promotion does.
func TestOnlyAPromotionOpensAStandby(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	isolate(s, standby, 2*time.Minute+40*time.Second, 5*time.Second)
	w := stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour)
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		if at < 3*time.Minute+12*time.Second && w.writable(standby) {
			t.Fatalf("the standby writes at %s, before it is promoted", at)
		}
	}
	if !w.writable(standby) || w.trial.Failovers != 1 {
		t.Errorf("got %+v, want the standby promoted", w.trial)
	}
}

// A guard closes at its deadline although its agent is back in reach and about to renew.
func TestAGuardWaitsForTheRenewalItself(t *testing.T) {
	closed := 0
	for seed := range uint64(20) {
		s := estate()
		w := stage(t, s, model.HotStandby, seed, witness, time.Hour)
		phase := w.src.uniform(renewPhase, 0, int(home))
		broken := warmup + int64(time.Minute)
		ticket := lastTick(broken-int64(oneWay+commit), int64(5*time.Second), phase)
		deadline := ticket + w.writeTime()
		isolate(s, home, time.Minute, time.Duration(deadline-broken)-50*time.Millisecond)
		w.begin(newSource(seed, 0), timelineOutages(nil, s))
		w.raft.leader = witness
		finished(t, w)
		// It hears of the leader 40 ms after the deadline, and its renewal commits and comes back.
		if w.trial.Down >= 40*time.Millisecond && w.trial.Down < time.Second {
			closed++
		}
	}
	if closed != 20 {
		t.Errorf("writes paused in %d of 20 runs, want all", closed)
	}
}

// fiveVoters is the estate with two witnesses more.
func fiveVoters() *model.Scenario {
	s := estate()
	for _, name := range []string{"second", "third"} {
		s.Regions = append(s.Regions, model.Region{Name: name, FailureDomain: name, Witness: true})
	}
	for a := range s.Regions {
		for b := range a {
			s.Latency[a][b], s.Latency[b][a] = roundTrip, roundTrip
		}
	}
	return s
}

// A replica that its primary still reaches when it is promoted has everything.
func TestAPromotionInReachLosesNothing(t *testing.T) {
	s := fiveVoters()
	for _, r := range []model.RegionID{2, 3, 4} {
		cut(s, r, home, time.Minute, time.Hour) // Three of five see it down; the standby does not.
	}
	w := finished(t, stage(t, s, model.HotStandby, seedOf(t), witness, 5*time.Hour))
	if w.trial.Failovers != 1 || w.trial.LostWrites != 0 || len(w.rpos) != 1 || w.rpos[0] != 0 {
		t.Errorf("got %+v, want one failover that loses nothing", w.trial)
	}
	last := w.decisions[len(w.decisions)-1]
	back := last.At - time.Hour - time.Minute - time.Hour // The hour is what rewinding takes.
	if last.Action != failover.Failback.String() || back < 20*time.Second || back > 40*time.Second {
		t.Errorf("the last decision is a %s at %s, want the failback at 2h1m30s", last.Action, last.At)
	}
}

// A person who finds no leader to tell says yes again.
func TestAnApprovalIsRepeatedUntilItIsHeard(t *testing.T) {
	s := fiveVoters()
	lose(s, home, time.Minute, 0)
	// The person is asked at 2:32 and takes 10 min.
	lose(s, witness, 12*time.Minute+31500*time.Millisecond, 0)
	for seed := range uint64(20) {
		w := stage(t, s, model.PilotLight, seed, witness, 5*time.Hour)
		w.load()
		unheard := false
		for w.step() {
			at := time.Duration(w.now - warmup)
			unheard = unheard || at > 12*time.Minute+32500*time.Millisecond && !w.leads()
		}
		if len(w.decisions) != 1 || w.decisions[0].At > 14*time.Minute {
			t.Errorf("seed %d: got decisions %+v, want a failover by 14m", seed, w.decisions)
		}
		if early := w.decisions[0].At < 13*time.Minute; early && unheard {
			t.Errorf("seed %d: nobody led at 12:32.5, and yet it was approved", seed)
		}
	}
}
