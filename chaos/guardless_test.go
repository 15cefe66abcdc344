package chaos

import (
	"math/rand/v2"
	"os"
	"testing"
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
	e := newEstate(t, true)
	seen := 0
	for round := range rounds {
		d := rand.New(rand.NewPCG(uint64(seed), uint64(round+1)))
		f := *named(t, deadlines[d.IntN(len(deadlines))])
		f.least, f.most = overdue, overdue+noticed
		how := e.suffers(&f, d)
		e.recover()
		e.writers.mu.Lock()
		found := overlaps(e.writers.samples)
		e.writers.mu.Unlock()
		for _, what := range found {
			t.Logf("round %d: %s: %s", round+1, how, what)
		}
		if len(found) > 0 {
			seen++
		}
		if round+1 < rounds {
			e.mustBeWell("a round", how)
			e.writers.forgetAll()
		}
	}
	t.Logf("%d of %d rounds of seed %d had two writers at one instant", seen, rounds, seed)
	if seen == 0 {
		t.Error("nobody stopped the writes at a deadline, and no second writer was seen")
	}
}

// forgetAll forgets all that was written, when it is known to be wrong.
func (w *writers) forgetAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.samples = map[tenure][]taken{}
}
