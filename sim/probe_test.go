package sim

import (
	"fmt"
	"math"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A check that fails F probes in a row at an interval I, each after a timeout T, says down at
// U(0, I) + (F - 1) I + T after a loss. Of n observers with phases of their own the k-th says so at
// k / (n + 1) of the interval on average.
func TestOracleDetectionByKOfN(t *testing.T) {
	for _, regions := range []int{3, 5, 7} {
		t.Run(fmt.Sprintf("%d voters", regions), func(t *testing.T) {
			s := estate()
			for i := len(s.Regions); i < regions; i++ {
				name := fmt.Sprintf("witness-%d", i)
				s.Regions = append(s.Regions, model.Region{
					Name: name, FailureDomain: name, Witness: true,
				})
				for r := range i {
					s.Latency[i][r], s.Latency[r][i] = 80*time.Millisecond, 80*time.Millisecond
				}
			}
			s.Checks[0].Aligned = false
			s.Checks[0].Timeout = 6 * time.Second
			lose(s, home, time.Minute, 0)
			const trials, interval, floor = 3000, 10.0, 2*10.0 + 6.0
			took := make(sample, trials)
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
			for trial := range took {
				result := w.play(s, seedOf(t), trial)
				took[trial] = result.incidents[0].Phases[model.Detect].Seconds()
				if took[trial] < floor || took[trial] > floor+interval {
					t.Fatalf("trial %d: detected after %g s, want %g to %g s",
						trial, took[trial], floor, floor+interval)
				}
			}
			n, k := float64(regions-1), float64(regions/2+1)
			near(t, "mean", took.mean(), floor+interval*k/(n+1), took.standardError())
			variance := interval * interval * k * (n + 1 - k) / ((n + 1) * (n + 1) * (n + 2))
			near(t, "variance", took.variance(), variance, 2*variance/math.Sqrt(trials))
		})
	}
}

func TestOneObserverDetectsUniformly(t *testing.T) {
	s := estate()
	s.Checks[0].Aligned = false
	const trials = 20_000
	took := make(sample, trials)
	w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
	for trial := range took {
		w.begin(newSource(seedOf(t), trial), nil)
		took[trial] = float64(w.nextProbe(standby, home, 0)-w.now) / 1e9
		if took[trial] <= 0 || took[trial] > 10 {
			t.Fatalf("trial %d: the next probe is in %g s, want within 10 s", trial, took[trial])
		}
	}
	near(t, "mean", took.mean(), 5, 10/math.Sqrt(12*trials))
	near(t, "variance", took.variance(), 100.0/12, 100.0/12*math.Sqrt(0.8/trials))
}

func TestTicksAreAnIntervalApart(t *testing.T) {
	const every = int64(10 * time.Second)
	for k := range 1000 {
		phase := newSource(3, k).uniform(probePhase, 0, 0)
		now := warmup + int64(k)*777_777_777
		last, next := lastTick(now, every, phase), nextTick(now, every, phase)
		if last > now || next <= now || next-last != every || nextTick(last, every, phase) != next {
			t.Fatalf("phase %g: ticks at %d and %d around %d", phase, last, next, now)
		}
	}
}

// Reports are refreshed in closed form while agents would repeat them, and no longer than that.
func TestReportsAgeOnlyWhenAnAgentIsCutOff(t *testing.T) {
	s := estate()
	lose(s, home, time.Hour, 0)
	cut(s, standby, witness, 10*time.Hour, time.Hour)
	w := stage(t, s, model.SingleRegion, 1, witness, 12*time.Hour)
	w.load()
	for w.step() {
		at := time.Duration(w.now - warmup)
		w.refreshReports()
		down := w.policy.EvidenceOn(&w.state, home)
		if settled := at > time.Hour+2*time.Minute && at < 10*time.Hour; settled && !down.Failed() {
			t.Fatalf("the evidence went stale at %s", at)
		}
	}
	w.refreshReports()
	if down := w.policy.EvidenceOn(&w.state, home); !down.Failed() {
		t.Errorf("%d say down after the cut has healed, want a quorum", down.Down)
	}
	var own failover.Evidence
	w.begin(newSource(1, 0), nil)
	w.raft.leader = witness
	w.now += int64(time.Hour)
	w.refreshReports()
	w.state.Now = failover.Instant(w.logTime(w.now))
	if own = w.policy.EvidenceOn(&w.state, home); !own.Recovered() {
		t.Errorf("after a quiet hour %d of %d say up, want a quorum", own.Up, own.Quorum)
	}
}

// A verdict that changes from one check down to two has been down without a break.
func TestAVerdictThatWorsensKeepsItsAge(t *testing.T) {
	s := estate()
	s.Checks = append(s.Checks, s.Checks[0])
	s.Checks[1].Name = "deep"
	w := stage(t, s, model.SingleRegion, 1, witness, 24*time.Hour)
	w.load()
	limits := failover.Limits{Failures: 1, Successes: 1}
	w.probers[standby][home][0].detector.Observe(false, limits)
	w.report(standby, home)
	for w.step() {
	}
	since := w.state.Reports[standby][home].Since
	w.now += int64(time.Hour)
	w.probers[standby][home][1].detector.Observe(false, limits)
	w.report(standby, home)
	for w.step() {
	}
	got := w.state.Reports[standby][home]
	if got.Down != 3 || got.Since != since {
		t.Errorf("got checks %b down since %d, want both since %d", got.Down, got.Since, since)
	}
}
