//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"
)

// deadlines are the faults in which a guard's deadline is all that keeps a second writer away.
var deadlines = []string{"isolate primary", "nothing comes out of primary", "stop agent of primary"}

// TestWithoutGuards plays rounds on databases whose guards stop nothing at a deadline, with
// GUARD=none. The writers have to see two of them take writes: what never fails shows nothing.
func TestWithoutGuards(t *testing.T) {
	wanted(t, "ROUNDS")
	if os.Getenv("GUARD") != "none" {
		t.Skip("it is played with GUARD=none")
	}
	rounds, seed := setting(t, "ROUNDS", 1), setting(t, "SEED", 1)
	seen := 0
	for round := range rounds {
		t.Run(fmt.Sprintf("round %d", round+1), func(t *testing.T) {
			// New ones each time: what was written to twice is not mended by itself.
			e := newEstate(t, true)
			d := rand.New(rand.NewPCG(uint64(seed), uint64(round+1)))
			f := named(t, deadlines[d.IntN(len(deadlines))])
			how, heal := f.strike(e, d)
			defer heal()
			var found []string
			for began := time.Now(); len(found) == 0 && time.Since(began) < wellLimit; {
				time.Sleep(time.Second)
				e.writers.mu.Lock()
				found = overlaps(e.writers.samples)
				e.writers.mu.Unlock()
			}
			t.Logf("%s (%s): %s", f.name, how, strings.Join(found, "; "))
			if len(found) > 0 {
				seen++
			}
		})
	}
	t.Logf("%d of %d rounds of seed %d had two writers at one instant", seen, rounds, seed)
	if seen < rounds {
		t.Error("nobody stopped the writes at a deadline, and no second writer was seen")
	}
}
