//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
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

// round plays one round: one or two faults, of which the second begins while the first lasts.
func (e *estate) round(d *rand.Rand) (how string) {
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
		return e.suffers(first, d)
	}
	others := make(chan string, 1)
	go func() {
		time.Sleep(after)
		others <- e.suffers(second, own)
	}()
	how = e.suffers(first, d)
	return fmt.Sprintf("%s; %v later %s", how, after, <-others)
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
