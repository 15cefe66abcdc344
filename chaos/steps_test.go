//go:build linux

package chaos

import (
	"fmt"
	"testing"
	"time"
)

// TestCrashAtEachStep orders one switchover after the other, and in each of them kills who is at
// work in a later step than in the one before: the agent, the guard of the region that is left, and
// that of the region that takes over. Whoever was killed is started anew at once.
func TestCrashAtEachStep(t *testing.T) {
	wanted(t, "FAULTS")
	e := newEstate(t, false)
	for _, whom := range []string{"agent", "guard left", "guard taking over"} {
		for step, steps := 0, 1; step < steps; step++ {
			to := 1 - e.writer()
			count, what := e.crashAt(t, to, step, whom)
			steps = max(steps, count)
			e.recover()
			took := e.mustBeWell("a switchover", what)
			for _, wrong := range e.judge(false) {
				t.Errorf("%s: %s", what, wrong)
			}
			t.Logf("%s; well after %v; %s", what, took.Round(100*time.Millisecond), e.summary())
			if t.Failed() {
				return
			}
			e.writers.forget()
		}
	}
	for _, wrong := range e.judge(true) {
		t.Error(wrong)
	}
}

// crashAt orders a switchover, and kills somebody as soon as a step of its plan has been begun. It
// returns how many steps the plan has.
func (e *estate) crashAt(t *testing.T, to, step int, whom string) (steps int, what string) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(wellLimit); ; time.Sleep(500 * time.Millisecond) {
		if last = e.order("switchover", names[to]); last == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(last)
		}
	}
	for deadline := time.Now().Add(wellLimit); time.Now().Before(deadline); {
		s := e.any()
		if s == nil || s.Plan == nil {
			if steps > 0 {
				return steps, fmt.Sprintf("switchover to %s: it was over before step %d", names[to], step)
			}
			continue
		}
		steps = len(s.Plan.Steps)
		if step >= steps {
			continue
		}
		at := &s.Plan.Steps[step]
		if at.Status == "pending" || at.Status == "waiting" {
			continue
		}
		region := regionOf(at.Region)
		if region < 0 {
			region = e.leader()
		}
		p := e.agents[region]
		switch whom {
		case "guard left":
			p = e.guards[1-to]
		case "guard taking over":
			p = e.guards[to]
		}
		p.crash()
		return steps, fmt.Sprintf("switchover to %s: the %s crashes while step %d of %d (%s) is %s",
			names[to], p.name, step, steps, at.Step, at.Status)
	}
	t.Fatalf("the switchover to %s had no plan with a step %d", names[to], step)
	return 0, ""
}
