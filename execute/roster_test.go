package execute

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// rosterOf is a roster with a memory in a file.
func rosterOf(t *testing.T, path string, c Config) *Roster {
	t.Helper()
	memory, err := OpenMemory(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Memory, c.Names, c.Log = memory, shop, silent()
	roster, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return roster
}

var promotes = failover.Steps(failover.Promote)

// TestStaleActionsAreRefused also after a restart, and for one store and not for another.
func TestStaleActionsAreRefused(t *testing.T) {
	path, one := filepath.Join(t.TempDir(), "memory"), &says{result: done("")}
	duties := Config{Duties: []Duty{{Name: "one", Steps: promotes, Executor: one}}}
	r := rosterOf(t, path, duties)
	want(t, r.Do(t.Context(), promotion(7)), Done, "")
	want(t, r.Do(t.Context(), promotion(7)), Done, "") // Twice is once, for whoever looks.
	want(t, r.Do(t.Context(), promotion(6)), Failed, "stale: epoch 6 is over, since store orders")
	r = rosterOf(t, path, duties)
	want(t, r.Do(t.Context(), promotion(6)), Failed, "stale")
	other := promotion(6)
	other.Store = 1
	want(t, r.Do(t.Context(), other), Done, "")
	if len(one.heard) != 3 {
		t.Errorf("got %d actions, want the stale ones to reach nobody", len(one.heard))
	}
}

// TestWhatIsDoneOnceIsRemembered over a restart, where the answer was lost.
func TestWhatIsDoneOnceIsRemembered(t *testing.T) {
	path, one := filepath.Join(t.TempDir(), "memory"), &says{result: done("")}
	duties := Config{Duties: []Duty{
		{Name: "one", Steps: failover.Steps(failover.Notify), Executor: one},
	}}
	want(t, rosterOf(t, path, duties).Do(t.Context(), notice(3, false)), Done, "")
	want(t, rosterOf(t, path, duties).Do(t.Context(), notice(3, true)), Done, "it was done before")
	want(t, rosterOf(t, path, duties).Do(t.Context(), notice(3, false)), Done, "it was done before")
	if len(one.heard) != 1 {
		t.Errorf("got it done %d times, want once", len(one.heard))
	}
}

// TestADamagedMemoryIsRefused names the file.
func TestADamagedMemoryIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory")
	m, err := OpenMemory(path)
	if err != nil || m.Raise("store orders", 9) != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "{}", string(whole[:len(whole)/2]), strings.Replace(string(whole), ":9", ":1", 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenMemory(path); err == nil || !contains(err.Error(), path+" is damaged") {
			t.Errorf("%q: got %v, want it to be refused", text, err)
		}
	}
}

// TestAnActionIsDoneByOneAtATime has a try that hangs.
func TestAnActionIsDoneByOneAtATime(t *testing.T) {
	slow := &says{result: done(""), began: make(chan struct{}), wait: make(chan struct{})}
	r := rosterOf(t, filepath.Join(t.TempDir(), "memory"),
		Config{Duties: []Duty{{Name: "slow", Steps: promotes, Executor: slow}}})
	first := make(chan Result)
	go func() { first <- r.Do(t.Context(), promotion(2)) }()
	<-slow.began
	again := promotion(2)
	again.Round++
	want(t, r.Do(t.Context(), again), Unknown, "an earlier try of 2.3 has not ended")
	close(slow.wait)
	want(t, <-first, Done, "")
}

// TestEverybodyDoesTheirPart in the order in which they were named; what was done in part is not as
// it was.
func TestEverybodyDoesTheirPart(t *testing.T) {
	one, two := &says{result: done("moved")}, &says{result: failed("no")}
	r := rosterOf(t, filepath.Join(t.TempDir(), "memory"), Config{Duties: []Duty{
		{Name: "carts", Steps: promotes, OneStore: true, Store: 1, Executor: &says{}},
		{Name: "one", Steps: promotes, Executor: one},
		{Name: "two", Steps: promotes, OneStore: true, Store: 0, Executor: two},
	}})
	want(t, r.Do(t.Context(), promotion(2)), Unknown, "executor one: moved; executor two: no")
	two.result = done("too")
	want(t, r.Do(t.Context(), promotion(2)), Done, "executor one: moved; executor two: too")
	shift := promotion(2)
	shift.Step = failover.Shift
	want(t, r.Do(t.Context(), shift), Failed, "nobody does the step shift here")
}

// TestHooksForbidAndHear has hooks that refuse, that say nothing, and that are told afterwards.
func TestHooksForbidAndHear(t *testing.T) {
	one, guard, after := &says{result: done("")}, &says{}, &says{result: failed("asleep")}
	r := rosterOf(t, filepath.Join(t.TempDir(), "memory"), Config{
		Duties: []Duty{{Name: "one", Steps: promotes, Executor: one}},
		Hooks: []Hook{
			{Name: "gate", Steps: promotes, When: Before, Told: guard},
			{Name: "news", Steps: promotes, When: After, Told: after},
		},
	})
	for _, result := range []Result{failed("not today"), unknown("")} {
		guard.result = result
		want(t, r.Do(t.Context(), promotion(4)), Failed, "hook gate has not let it go on")
	}
	if len(one.heard)+len(after.told) != 0 {
		t.Error("what a hook forbids was begun")
	}
	guard.result = done("")
	want(t, r.Do(t.Context(), promotion(4)), Done, "hook news was told and has not taken it")
	if len(after.told) != 1 || after.told[0].Moment != After || guard.told[0].Moment != Before {
		t.Errorf("got %+v, want the hook to hear of what was done", after.told)
	}
}

// TestARosterKnowsWhatItLacks by step and store.
func TestARosterKnowsWhatItLacks(t *testing.T) {
	r := rosterOf(t, filepath.Join(t.TempDir(), "memory"), Config{Duties: []Duty{
		{Name: "one", Steps: promotes, OneStore: true, Store: 1, Executor: &says{}},
		{Name: "dns", Steps: failover.Steps(failover.Shift), Executor: &says{}},
	}})
	got := r.Lacks(failover.Steps(failover.Promote, failover.Shift, failover.CatchUp))
	if !slices.Equal(got, []string{"promote orders", "catch-up"}) {
		t.Errorf("got %q", got)
	}
	if _, err := New(Config{Duties: []Duty{{}}, Hooks: []Hook{{}}}); err == nil {
		t.Error("a roster of nobody was made")
	}
}

// TestStepsHaveTheNamesOfFiles both ways.
func TestStepsHaveTheNamesOfFiles(t *testing.T) {
	for step := failover.Fence; step <= failover.Undrain; step++ {
		if got := StepOf(StepName(step)); got != step || strings.Contains(StepName(step), " ") {
			t.Errorf("%v is named %q, which is %v", step, StepName(step), got)
		}
	}
	if StepOf("dance") != 0 {
		t.Error("dance is a step")
	}
}

// TestTimeIsLimited has a duty that ends with its time.
func TestTimeIsLimited(t *testing.T) {
	program := Command{Names: shop, Program: script(t, "sleep 60 & sleep 60")}
	r := rosterOf(t, filepath.Join(t.TempDir(), "memory"), Config{Duties: []Duty{
		{Name: "slow", Steps: promotes, Executor: program, Timeout: 200 * time.Millisecond},
	}})
	began := time.Now()
	want(t, r.Do(t.Context(), promotion(2)), Unknown, "it was killed at its time limit")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestWordsAreHarmless takes out what a terminal or a log could take for something else.
func TestWordsAreHarmless(t *testing.T) {
	if got := printable("a\x1b[31mb\nc\u2028\xff "); got != "a[31mb c?" {
		t.Errorf("got %q", got)
	}
	if got := printable(strings.Repeat("é", whyMax)); len(got) > whyMax+8 {
		t.Errorf("got %d bytes", len(got))
	}
}
