package sim

import (
	"math"
	"slices"
	"testing"
	"time"

	"redoubt/model"
)

// How often a lease of 15 s would lapse over a lossy link, as docs/fidelity.md says, were renewals
// late by the rule of the leader's exchanges: one is sent each 5 s, question and answer are sent
// again until they arrive, and the writer stops 2.3 s early, that long after it sent the last one
// that was answered.
func TestHowOftenLateRenewalsWouldLapse(t *testing.T) {
	const every, lasts, hours = 5 * time.Second, 15*time.Second - 2300*time.Millisecond, 1000
	w := stage(t, estate(), model.HotStandby, seedOf(t), witness, time.Hour)
	rng := generator(seedOf(t))
	type renewal struct{ sent, answered int64 }
	for _, c := range []struct{ lost, want, slack float64 }{
		{0.2, 0.01, 0.01}, {0.3, 0.15, 0.06}, {0.4, 1.5, 0.2}, {0.5, 8.8, 0.5},
	} {
		again := func(more time.Duration) int64 {
			return w.sentAgain(home, standby, timesLost(rng.Float64(), c.lost), more)
		}
		var renewals []renewal
		for sent := int64(0); sent < int64(hours*time.Hour); sent += int64(every) {
			took := int64(roundTrip) + again(0) + again(200*time.Millisecond)
			renewals = append(renewals, renewal{sent, sent + took})
		}
		slices.SortFunc(renewals, func(a, b renewal) int { return int(a.answered - b.answered) })
		lapses, newest := 0, int64(0)
		for _, r := range renewals {
			if r.answered > newest+int64(lasts) {
				lapses++
			}
			newest = max(newest, r.sent)
		}
		if got := float64(lapses) / hours; math.Abs(got-c.want) > c.slack {
			t.Errorf("of %g lost each way: %g lapses an hour, want %g", c.lost, got, c.want)
		}
	}
}
