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

// TestWithoutGuards plays, with GUARD=none, the rounds of TestRounds on databases whose guards stop
// nothing at a deadline. The writers have to see two of them take writes in one round at least:
// what never fails shows nothing. Many rounds break nothing that a deadline is for.
func TestWithoutGuards(t *testing.T) {
	wanted(t, "ROUNDS")
	if os.Getenv("GUARD") != "none" {
		t.Skip("it is played with GUARD=none")
	}
	first, rounds, seed := roundsAsked(t)
	seen := 0
	for round := first; round <= rounds; round++ {
		t.Run(fmt.Sprintf("round %d", round), func(t *testing.T) {
			// New ones each time: what was written to twice is not mended by itself.
			e := newEstate(t, true)
			how := e.round(drawnBy(seed, round))
			e.recover()
			found := e.overlapsWithin(lenientLook)
			t.Logf("%s: %s", how, strings.Join(found, "; "))
			if len(found) > 0 {
				seen++
			}
		})
	}
	t.Logf("%d of %d rounds of seed %d had two writers at one instant", seen, rounds-first+1, seed)
	if seen == 0 {
		t.Error("nobody stopped the writes at a deadline, and no second writer was seen")
	}
}

// lenientLook is for how long somebody looks for a second writer once all is healed. The writers'
// last samples come in, and a failover that is under way goes on.
const lenientLook = 5 * time.Second

// overlapsWithin looks for two databases that take writes at one instant, for a time.
func (e *estate) overlapsWithin(limit time.Duration) (found []string) {
	for began := time.Now(); len(found) == 0 && time.Since(began) < limit; {
		time.Sleep(time.Second)
		e.writers.mu.Lock()
		found = overlaps(e.writers.samples)
		e.writers.mu.Unlock()
	}
	return found
}

// drawnBy is what a round of a seed is drawn by.
func drawnBy(seed, round int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(round)))
}

// roundsAsked are the first and the last round that somebody asks for, and their seed.
func roundsAsked(t testing.TB) (first, last, seed int) {
	t.Helper()
	first, last, seed = setting(t, "ROUND", 1), setting(t, "ROUNDS", 1), setting(t, "SEED", 1)
	if os.Getenv("ROUND") != "" {
		last = first
	}
	return first, last, seed
}
