package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// mesh is a world of n voters; onNetwork says how far they are apart.
func mesh(t *testing.T, n int, heartbeat time.Duration, seed uint64) *world {
	t.Helper()
	s := estate()
	for len(s.Regions) < n {
		name := string(rune('a' + len(s.Regions)))
		s.Regions = append(s.Regions, model.Region{Name: name, FailureDomain: name, Witness: true})
	}
	s.Consensus.Heartbeat = heartbeat
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), model.Year)
	w.begin(newSource(seed, 0), nil)
	return w
}

// onNetwork begins a trial on one of the networks that were measured.
func (w *world) onNetwork(trips model.Latency, seed uint64) {
	w.scenario.Latency = trips
	w.begin(newSource(seed, 0), nil)
}

// A commit waits for the k-th of the other voters, k being half of all voters. The slow way tries
// every set of followers for the one that answers soonest and makes a majority.
func TestCommitWaitsForTheNearestMajority(t *testing.T) {
	networks := measuredNetworks(t)
	for seed := range uint64(300) {
		n := max(3, 1+int(seed%model.MaxRegions))
		w := mesh(t, n, time.Second, seed)
		w.onNetwork(networks[int(seed)%len(networks)], seed)
		for r := range n {
			if generator(seed+uint64(r)*1000).IntN(4) == 0 {
				w.net.lost = w.net.lost.With(model.RegionID(r))
			}
		}
		for leader := range model.RegionID(n) {
			if !w.net.up(leader) || w.net.component(leader, w.policy.Voters).Count() <= n/2 {
				continue
			}
			best := time.Duration(1 << 62)
			for all := range 1 << n {
				set := model.RegionSet(all)
				slowest, alive := time.Duration(0), set.Has(leader) && set.Count() > n/2
				for r := range model.RegionID(n) {
					if set.Has(r) {
						alive = alive && w.net.up(r)
						slowest = max(slowest, w.scenario.Latency[leader][r])
					}
				}
				if alive {
					best = min(best, slowest)
				}
			}
			got := time.Duration(w.commitDelay(leader))
			if want := best + 3500*time.Microsecond; got != want {
				t.Fatalf("seed %d, leader %d of %d: got %s, want %s", seed, leader, n, got, want)
			}
		}
	}
}

// electionTrials plays each of the measured networks 40 times.
const electionTrials = 4000

// leaderless is the distribution of the time until a new leader is elected after the leader's
// region is lost, and until that one has committed what is applied first, in seconds.
func leaderless(
	t *testing.T, networks []model.Latency, n int, heartbeat time.Duration,
) (elected, applied []float64) {
	w := mesh(t, n, heartbeat, seedOf(t))
	for i := range electionTrials {
		w.onNetwork(networks[i%len(networks)], seedOf(t)+uint64(i))
		w.raft.leader = model.RegionID(i / len(networks) % n)
		w.net.lost = model.RegionSet(0).With(w.raft.leader)
		w.trigger = 1
		w.silence()
		leader, after, won := w.elects(w.policy.Voters.Without(w.raft.leader))
		if !won {
			t.Fatalf("trial %d: nobody was elected", i)
		}
		elected = append(elected, float64(after)/1e9)
		applied = append(applied, float64(after+2*w.commitDelay(leader))/1e9)
	}
	return elected, applied
}

// nearNetwork is the network of three regions that package calibrate measures too.
func nearNetwork() (trips model.Latency) {
	for _, c := range []struct{ a, b, milliseconds int }{{0, 1, 80}, {0, 2, 150}, {1, 2, 230}} {
		trip := time.Duration(c.milliseconds) * time.Millisecond
		trips[c.a][c.b], trips[c.b][c.a] = trip, trip
	}
	return trips
}

// comparedElections compares the model with real hashicorp/raft, on the same networks.
func comparedElections(t *testing.T) (all []comparison) {
	t.Helper()
	networks := measuredNetworks(t)
	for _, regions := range []int{3, 5} {
		for _, heartbeat := range []time.Duration{1, 2, 3, 5} {
			elected, applied := leaderless(t, networks, regions, heartbeat*time.Second)
			for _, fault := range []string{"lost", "isolated"} {
				setting := (heartbeat * time.Second).String()
				all = append(all, against(t, "elected "+fault, regions, setting, elected),
					against(t, "applied "+fault, regions, setting, applied))
			}
		}
	}
	near := []model.Latency{nearNetwork()}
	elected, applied := leaderless(t, near, 3, time.Second)
	return append(all, against(t, "elected lost", 3, "1s near", elected),
		against(t, "applied lost", 3, "1s near", applied))
}

func TestALeaderIsElectedOnlyByAMajority(t *testing.T) {
	s := estate()
	lose(s, home, 0, time.Hour)
	lose(s, witness, 0, 2*time.Hour)
	w := stage(t, s, model.HotStandby, 1, home, 3*time.Hour)
	w.load()
	led, clock := true, failover.Instant(0)
	for w.step() {
		// The log's clock stands still while nobody leads.
		if w.leads() && !led && failover.Instant(w.logTime(w.now)) != clock {
			t.Errorf("the clock went from %d to %d without a leader", clock, w.logTime(w.now))
		}
		led, clock = w.leads(), w.state.Now
		up := 0
		for r := range model.RegionID(w.regions) {
			if w.net.up(r) {
				up++
			}
		}
		if w.leads() && up < 2 {
			t.Fatalf("region %d leads alone at %s", w.raft.leader, time.Duration(w.now-warmup))
		}
	}
	if !w.leads() {
		t.Error("no leader at the end, want one")
	}
}

// A leader that reaches no quorum steps down after half a heartbeat timeout, here of 2 s, and not
// before: who is in touch again by then was missed by nobody.
func TestALeaderStepsDownAfterHalfAHeartbeatTimeout(t *testing.T) {
	for _, c := range []struct {
		lasts time.Duration
		want  []time.Duration
		term  int32
	}{
		{800 * time.Millisecond, nil, 1},
		{1400 * time.Millisecond, []time.Duration{time.Hour + time.Second}, 3},
	} {
		s := estate()
		isolate(s, home, time.Hour, c.lasts)
		w := stage(t, s, model.HotStandby, seedOf(t), home, 2*time.Hour)
		w.story = &Story{}
		finished(t, w)
		if got := toldAt(w, "no longer leads"); !slices.Equal(got, c.want) || w.raft.term != c.term {
			t.Errorf("cut off for %s: steps down at %v, want %v; term %d, want %d", c.lasts, got, c.want,
				w.raft.term, c.term)
		}
	}
}
