package failover

import (
	"testing"
	"time"
)

// TestCheckAgreesOnFlaps holds the penalty of the rules against that of Check, around the time at
// which a region is steady again: a difference of one instant would have correct agents stop.
func TestCheckAgreesOnFlaps(t *testing.T) {
	for _, half := range []time.Duration{1, 1023, time.Second, 15 * time.Minute, 3*time.Hour + 1} {
		for limit := uint8(1); limit <= 8; limit++ {
			p := Policy{FlapLimit: limit, FlapHalfLife: half}
			for score := uint32(p.steadyBelow()) - 2; score < flapMax; score += 61 {
				s := State{Now: 1}
				s.Flaps[0] = Flap{At: 1, Score: score, Unsteady: true}
				ends := p.steadyAgain(&s, 0)
				for _, off := range []time.Duration{
					-half, -half / 1000, -1024, -1, 0, 1, 1023, 1024, half / 1000, half,
				} {
					if s.Now = max(1, ends.Add(off)); p.unsteady(&s, 0) != comesAndGoes(&p, &s, 0) {
						t.Fatalf("limit %d, half-life %s, score %d, %s after its end: the rules say %t",
							limit, half, score, off, p.unsteady(&s, 0))
					}
				}
			}
		}
	}
}
