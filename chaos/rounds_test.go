//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// setting is a number from the environment.
func setting(t testing.TB, name string, standard int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return standard
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return number
}

// wanted skips what takes minutes, and whole processors, unless somebody asks for it.
func wanted(t testing.TB, name string) {
	t.Helper()
	if os.Getenv(name) == "" {
		t.Skipf("it breaks real processes for minutes: make chaos does, and sets %s", name)
	}
}

// has reports whether a fault can be had here.
func (f *fault) has() bool { return f.lacks == nil || f.lacks() == nil }

// suffers has an estate suffer a fault for a time, and heals it.
func (e *estate) suffers(f *fault, d *rand.Rand) (how string) {
	lasts := f.least
	if f.most > f.least {
		lasts += time.Duration(d.Int64N(int64(f.most - f.least)))
	}
	how, heal := f.strike(e, d)
	time.Sleep(lasts)
	heal()
	return fmt.Sprintf("%s (%s) for %v", f.name, how, lasts.Round(100*time.Millisecond))
}

// plan is what a round breaks: one fault, or two of which the second begins while the first lasts.
type plan struct {
	first, second *fault // The second is nil where there is one alone.
	after         time.Duration
	own           *rand.Rand // What the second draws from.
}

// draws draws a round.
func draws(d *rand.Rand) plan {
	draw := func() *fault { // Of all: a round is the same wherever its faults can be had.
		f := &faults[d.IntN(len(faults))]
		for !f.has() {
			f = &faults[d.IntN(len(faults))]
		}
		return f
	}
	first, second, later := draw(), draw(), d.IntN(3) == 0
	own := rand.New(rand.NewPCG(d.Uint64(), 1))
	after := time.Duration(d.IntN(5000)) * time.Millisecond
	if !later || second == first {
		second = nil
	}
	return plan{first: first, second: second, after: after, own: own}
}

// undrawn are the faults that can be had here and that none of these rounds of a seed draws.
func undrawn(seed, first, last int) (names []string) {
	seen := map[*fault]bool{}
	for round := first; round <= last; round++ {
		p := draws(drawnBy(seed, round))
		seen[p.first], seen[p.second] = true, true
	}
	for i := range faults {
		if f := &faults[i]; f.has() && !seen[f] {
			names = append(names, f.name)
		}
	}
	return names
}

// A seed draws rounds as it likes: fifty leave out some fault more often than not, and say so.
func TestWhatIsNotDrawnIsSaid(t *testing.T) {
	none, some, many := undrawn(1, 1, 0), undrawn(1, 1, 50), undrawn(1, 1, 1000)
	if len(none) == 0 || len(none) <= len(some) || len(many) > 0 {
		t.Errorf("no round leaves %d faults out, 50 rounds %q, 1000 rounds %q", len(none), some, many)
	}
	p := draws(drawnBy(1, 1))
	if got := undrawn(1, 1, 1); slices.Contains(got, p.first.name) {
		t.Errorf("round 1 breaks %q, and is said to leave it out", p.first.name)
	}
	if p.second != nil && slices.Contains(undrawn(1, 1, 1), p.second.name) {
		t.Errorf("round 1 breaks %q too, and is said to leave it out", p.second.name)
	}
}

// round plays one round.
func (e *estate) round(d *rand.Rand) (how string) {
	p := draws(d)
	if p.second == nil {
		return e.suffers(p.first, d)
	}
	others := make(chan string, 1)
	go func() {
		time.Sleep(p.after)
		others <- e.suffers(p.second, p.own)
	}()
	how = e.suffers(p.first, d)
	return fmt.Sprintf("%s; %v later %s", how, p.after, <-others)
}

// recover has an estate be as whole as it can be made from outside, whatever was healed in which
// order.
func (e *estate) recover() {
	e.links.heal()
	e.setMood("")
	for _, p := range e.all() {
		p.start()
	}
}

// forget forgets what was written before, but for what is still to be found.
func (w *writers) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for by, its := range w.samples { // A tenure may go on: its first write stays.
		w.samples[by] = append(its[:1:1], its[max(1, len(its)-1):]...)
	}
}

// replayEvery is after how many rounds every log is replayed from its beginning.
const replayEvery = 5

// TestRounds plays ROUNDS rounds that SEED draws, or the one that ROUND names.
func TestRounds(t *testing.T) {
	wanted(t, "ROUNDS")
	if os.Getenv("GUARD") == "none" {
		t.Skip("GUARD=none: TestWithoutGuards plays the rounds")
	}
	first, rounds, seed := roundsAsked(t)
	e := newEstate(t, false)
	if wrong := e.judgeRows([]int64{-1}); len(wrong) != databases {
		t.Fatalf("got %q, want a row that nobody has to be missed in both regions", wrong)
	}
	slowest := time.Duration(0)
	for round := first; round <= rounds; round++ {
		t.Logf("round %d (again with: make chaos SEED=%d ROUND=%d)", round, seed, round)
		how := e.round(drawnBy(seed, round))
		e.recover()
		took := e.mustBeWell(fmt.Sprintf("round %d", round), how)
		slowest = max(slowest, took)
		wrong := e.judge(round%replayEvery == 0 || round == rounds)
		t.Logf("  %s; well after %v; %s", how, took.Round(100*time.Millisecond), e.summary())
		if len(wrong) > 0 {
			t.Fatalf("round %d: %s\n%s", round, how, strings.Join(wrong, "\n"))
		}
		e.writers.forget()
	}
	t.Logf("%d rounds of seed %d: never two writers, no row and no decision lost, nothing done "+
		"twice, well again within %v", rounds-first+1, seed, slowest.Round(100*time.Millisecond))
	if left := undrawn(seed, first, rounds); len(left) > 0 && rounds-first >= len(faults) {
		t.Logf("not drawn in these rounds, and each by itself in make chaos-faults: %s",
			strings.Join(left, ", "))
	}
}

// summary is what an estate has come to.
func (e *estate) summary() string {
	e.writers.mu.Lock()
	defer e.writers.mu.Unlock()
	e.poller.mu.Lock()
	defer e.poller.mu.Unlock()
	s := &e.poller.latest[0]
	return fmt.Sprintf("entry %d, epoch %d, primary %s, %d rows kept, %d tenures", s.Index, s.Epoch,
		s.Primary, len(e.writers.kept), len(e.writers.samples))
}

// TestEachFault has one estate suffer one fault after the other.
func TestEachFault(t *testing.T) {
	wanted(t, "FAULTS")
	e := newEstate(t, false)
	d := rand.New(rand.NewPCG(uint64(setting(t, "SEED", 1)), 0))
	for i := range faults {
		f := &faults[i]
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			if !f.has() {
				needed(t, f.lacks())
			}
			how := e.suffers(f, d)
			e.recover()
			took, ailment := e.well(wellLimit)
			if ailment != "" {
				t.Fatalf("%s: not well after %v: %s", how, wellLimit, ailment)
			}
			for _, wrong := range e.judge(false) {
				t.Error(wrong)
			}
			t.Logf("%s; well after %v; %s", how, took.Round(100*time.Millisecond), e.summary())
			e.writers.forget()
		})
		if t.Failed() {
			return // What comes next would suffer from this.
		}
	}
	for _, wrong := range e.judge(true) {
		t.Error(wrong)
	}
}
