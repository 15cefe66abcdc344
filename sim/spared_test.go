package sim

import (
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// A longer hold-down may shorten an outage in two ways. Plans that a shorter one would have
// carried out are cancelled, and nobody takes away what they had grown: after an outage that was
// longer for it, the next recovery waits for nothing. And what ends by itself is over at once where
// no plan had begun: nothing has to be opened again. In no other way.
func TestALongerHoldDownShortensAnOutageInTwoWays(t *testing.T) {
	const trials = 200
	after, alone := 0, 0
	inEveryEstate(t, func(t *testing.T, s *model.Scenario, strategy model.Strategy) {
		if !strategy.FromBackup { // Elsewhere no plan takes so long that many are cancelled.
			return
		}
		before := outagesOf(t, s, strategy, trials, asItIs)
		longer := outagesOf(t, s, strategy, trials, func(s *model.Scenario) {
			s.Settings.HoldDown += 10 * time.Minute
		})
		for i := range before {
			grown := false
			for _, was := range before[i] {
				at := slices.IndexFunc(longer[i], func(o model.Incident) bool { return o.At == was.At })
				switch {
				case at < 0 || longer[i][at].RTO > was.RTO:
					grown = true
				case longer[i][at].RTO == was.RTO:
				case grown:
					after++
				case was.Failover || longer[i][at].Failover:
					t.Errorf("trial %d: the outage at %s takes %s, and %s without the change", i, was.At,
						longer[i][at].RTO, was.RTO)
				default:
					alone++
				}
			}
		}
	})
	if after == 0 || alone == 0 {
		t.Errorf("%d outages are shorter after a longer one, %d alone: want some of each", after, alone)
	}
}

// outagesOf plays the same faults against a changed scenario, and returns each trial's outages.
func outagesOf(
	t *testing.T, s *model.Scenario, strategy model.Strategy, trials int,
	alter func(*model.Scenario),
) (all [][]model.Incident) {
	t.Helper()
	changed := *s
	alter(&changed)
	w := newTestWorld(t, &changed, strategy, 10*model.Year)
	for trial := range trials {
		if played := w.play(&changed, seedOf(t), trial); played.err != nil {
			t.Fatal(played.err)
		}
		all = append(all, slices.Clone(w.incidents))
	}
	return all
}
