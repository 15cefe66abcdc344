package sim

import (
	"math"
	"testing"
	"time"

	"redoubt/model"
)

// runOf is the probability of k failures in a row somewhere among n probes, of which each fails
// with a probability for itself: by where the first success is, among as many as make a run.
func runOf(k, n int, fails float64) float64 {
	without := make([]float64, k, n+1) // Of no such run among so many.
	for i := range without {
		without[i] = 1
	}
	for m := k; m <= n; m++ {
		sum := 0.0
		for before := range k {
			sum += math.Pow(fails, float64(before)) * (1 - fails) * without[m-before-1]
		}
		without = append(without, sum)
	}
	return 1 - without[n]
}

// lostProbe is how likely a probe of the estate is lost, of whose packets a share is.
func lostProbe(lost float64) float64 {
	return 1 - (1-lost)*(1-math.Pow(lost, 3)) - lost*(1-lost)*(1-math.Pow(lost, 2))
}

// A link that loses packets has an observer say down of a region that is well, with the probability
// of a run of k lost probes. Of its timeout of 2 s each has 1.84 s beside its two round trips. It
// connects at once or after a second, and asks three times then (after 0, 0.28 and 0.84 s) or two.
// Whether the way there loses them or the way back is all the same to it.
func TestOracleFalseAlarmsByPacketLoss(t *testing.T) {
	const k, probes, trials = 3, 60, 1500
	for _, c := range []struct {
		name   string
		from   model.RegionID
		to     model.RegionID
		oneWay bool
	}{
		{"both ways", home, standby, false}, {"the way there", standby, home, true},
		{"the way back", home, standby, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			const share = 0.4
			s := estate()
			s.Timeline = []model.Fault{{
				Kind: model.PacketLoss, Region: c.from, Peer: c.to, OneWay: c.oneWay, Share: share,
				At: time.Minute, Duration: 10*probes*time.Second + 5*time.Second,
			}}
			lost := share
			if !c.oneWay {
				lost = 1 - (1-share)*(1-share)
			}
			want := runOf(k, probes, lostProbe(lost))
			w := newTestWorld(t, s, strategyOf(t, s, model.HotStandby), time.Hour)
			alarmsAre(t, w, timelineOutages(nil, s), trials, want)
		})
	}
}

// alarmsAre plays a world again and again, and holds the share of runs in which the standby says
// down of the home region, on which alone nothing may move.
func alarmsAre(t *testing.T, w *world, outages []outage, trials int, want float64) {
	t.Helper()
	said, moved := make(sample, trials), int64(0)
	for trial := range said {
		w.begin(newSource(seedOf(t), trial), outages)
		w.raft.leader = witness
		w.load()
		for w.step() {
			if w.probers[standby][home][0].detector.Down() {
				said[trial] = 1
			}
		}
		moved += w.trial.Failovers
	}
	near(t, "share of runs with a false alarm", said.mean(), want,
		math.Sqrt(want*(1-want)/float64(trials)))
	if moved != 0 {
		t.Errorf("%d failovers on the word of one observer, want none", moved)
	}
}
