package failover_test

import (
	"testing"

	"pgregory.net/rapid"

	"redoubt/failover"
)

// TestDetectorAgreesWithTheObvious compares the detector with a look at the whole list of probes:
// the verdict turns when the last probes, as many as its threshold and since it last turned, all
// say so.
func TestDetectorAgreesWithTheObvious(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := failover.Limits{
			Failures:  rapid.IntRange(1, 4).Draw(t, "failures"),
			Successes: rapid.IntRange(1, 4).Draw(t, "successes"),
		}
		var detector failover.Detector
		var since []bool // Probes since the verdict last turned.
		down := false
		for _, ok := range rapid.SliceOfN(rapid.Bool(), 0, 60).Draw(t, "probes") {
			since = append(since, ok)
			need := limits.Failures
			if down {
				need = limits.Successes
			}
			turns := len(since) >= need
			for _, probe := range since[max(0, len(since)-need):] {
				turns = turns && probe == down
			}
			if turns {
				down, since = !down, nil
			}
			if changed := detector.Observe(ok, limits); changed != turns || detector.Down() != down {
				t.Fatalf("got changed=%t down=%t, want %t %t", changed, detector.Down(), turns, down)
			}
		}
	})
}
