package sim

import (
	"testing"
	"time"

	"redoubt/model"
)

// profiles are those that package calibrate measures.
func profiles() map[string]gossipProfile {
	lan, tuned := wanProfile(), wanProfile()
	lan.probeInterval, lan.probeTimeout = int64(time.Second), int64(500*time.Millisecond)
	lan.gossipInterval, lan.gossipNodes = int64(200*time.Millisecond), 3
	lan.suspicionMult = 4
	tuned.probeInterval = int64(1500 * time.Millisecond)
	tuned.probeTimeout = int64(700 * time.Millisecond)
	tuned.gossipInterval, tuned.suspicionMult = int64(250*time.Millisecond), 4
	return map[string]gossipProfile{"lan": lan, "wan": wanProfile(), "tuned": tuned}
}

// comparedDetections compares the model with real memberlist, on the same networks.
func comparedDetections(t *testing.T) (all []comparison) {
	t.Helper()
	networks := measuredNetworks(t)
	for _, name := range []string{"lan", "wan", "tuned"} {
		for _, regions := range []int{3, 5, 7} {
			samples := detected(t, networks, regions, profiles()[name])
			for i, what := range []string{"first suspected", "first dead", "dead at leader"} {
				all = append(all, against(t, what, regions, name, samples[i]))
			}
		}
	}
	return all
}

// detected plays the loss of a member: when it was suspected first, when it was dead for the first
// of the others and when for the next one by number, in seconds.
func detected(
	t *testing.T, networks []model.Latency, regions int, profile gossipProfile,
) (samples [3][]float64) {
	t.Helper()
	w := mesh(t, regions, time.Second, seedOf(t))
	for i := range electionTrials {
		w.onNetwork(networks[i%len(networks)], seedOf(t)+uint64(i))
		lost := model.RegionID(i / len(networks) % regions)
		w.net.lost, w.trigger = w.net.lost.With(lost), 1
		first, dead := never, [model.MaxRegions]int64{}
		gone := model.RegionSet(0).With(lost)
		suspected := w.suspects(w.policy.Voters&^gone, gone, lost, &profile,
			func(member model.RegionID, after int64) {
				dead[member], first = after, min(first, after)
			})
		for j, at := range []int64{suspected, first, dead[(int(lost)+1)%regions]} {
			samples[j] = append(samples[j], float64(at)/1e9)
		}
	}
	return samples
}

// The other measurement's figures for three members: the median until the first suspicion, and the
// median until the first member is dead.
func TestDetectionAgreesWithTheSmallerSample(t *testing.T) {
	cases := []struct {
		profile, what string
		p50           float64
	}{
		{"lan", "first suspected", 1.4}, {"lan", "first dead", 5.4},
		{"wan", "first suspected", 7.8}, {"wan", "first dead", 37.8},
		{"tuned", "first suspected", 2.3}, {"tuned", "first dead", 8.3},
	}
	compared := comparedDetections(t)
	for _, c := range cases {
		for _, got := range compared {
			if got.regions == 3 && got.setting == c.profile && got.what == c.what {
				got.within(t, 50, got.simulated[0], c.p50)
			}
		}
	}
}
