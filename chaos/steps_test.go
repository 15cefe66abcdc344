//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
)

// The moments of a step at which somebody hears of it.
const (
	before = "before"
	after  = "after"
)

// planned is a plan in which somebody crashes at each step.
type planned struct {
	name, strategy string
	// ready has all be as it is when the plan begins, and begin has it begin; that returns where the
	// writes, or the traffic, are to go.
	ready func(e *estate)
	begin func(e *estate) (to int)
	// steps are some that it has; what else it has is found out.
	steps []string
	// whom are who crashes, each at every step.
	whom []string
}

// Those who crash: whose agent is at the step, or has done it and not said so yet; and the guards.
const (
	agentAt   = "agent"
	agentDone = "agent that has done it"
	guardLeft = "guard left"
	guardTo   = "guard taking over"
)

// plansTried are the plans that move the writes or the traffic, and come back.
var plansTried = []planned{
	{
		name: "switchover", strategy: "hot-standby", begin: (*estate).switches,
		steps: []string{"freeze", "drain", "fence", "promote", "shift"},
		whom:  []string{agentAt, agentDone, guardLeft, guardTo},
	},
	{
		name: "failback", strategy: "hot-standby",
		ready: func(e *estate) {
			for e.writer() == 0 {
				e.switches()
				e.mustBeWell("a switchover", "for the failback")
			}
		},
		begin: func(e *estate) int { return e.mustOrder("failback", home) },
		steps: []string{"drain", "fence", "promote", "shift"},
		whom:  []string{agentAt, guardLeft, guardTo},
	},
	{
		name: "forced failover", strategy: "hot-standby",
		begin: func(e *estate) int { return e.mustOrder("failover", e.other) },
		steps: []string{"fence", "promote", "shift"}, whom: []string{agentAt, guardLeft, guardTo},
	},
	{
		name: "failover", strategy: "hot-standby",
		begin: func(e *estate) int {
			from := e.writer()
			loseRegion(e, from)
			return 1 - from
		},
		steps: []string{"promote", "shift"}, whom: []string{agentAt, agentDone, guardTo},
	},
	{
		name: "evacuation", strategy: "read-local", ready: (*estate).servesAll,
		begin: func(e *estate) int { return 1 - e.mustOrder("evacuate", e.other) },
		steps: []string{"scale", "shift"}, whom: []string{agentAt, agentDone, guardTo},
	},
	{
		name: "return", strategy: "read-local",
		ready: func(e *estate) {
			e.servesAll()
			e.mustOrder("evacuate", e.other)
			e.mustBeWell("an evacuation", "for the return")
		},
		begin: func(e *estate) int { return e.mustOrder("failback", e.other) },
		steps: []string{"shift"}, whom: []string{agentAt, agentDone, guardTo},
	},
}

// switches orders a switchover to the other database.
func (e *estate) switches() (to int) { return e.mustOrder("switchover", e.other) }

// other is the database that does not take the writes, and home the one that is meant to.
func (e *estate) other() int { return 1 - e.writer() }
func home() int              { return 0 }

// servesAll has traffic go to both databases.
func (e *estate) servesAll() {
	for r := range databases {
		if s := e.any(); s != nil && !slices.Contains(s.Serving, names[r]) {
			e.mustOrder("failback", func() int { return r })
			e.mustBeWell("a return", "for the evacuation")
		}
	}
}

// mustOrder gives an order until it is taken, and returns of which region. That is asked anew each
// time: where a disk stood still for longer than a lease, the agents have moved the writes by
// themselves meanwhile.
func (e *estate) mustOrder(verb string, which func() int) (region int) {
	e.t.Helper()
	for deadline := time.Now().Add(wellLimit); ; time.Sleep(500 * time.Millisecond) {
		region = which()
		last := e.order(verb, names[region])
		if last == nil {
			return region
		}
		if time.Now().After(deadline) {
			e.t.Fatal(last)
		}
	}
}

// TestCrashAtEachStep has plans of each kind run, one after the other, and in each of them somebody
// crash at another step: the agent that is at it, or has done it; the guard of the region that is
// left; that of the region that takes over. Whoever was killed is started anew at once. Each step
// that the plan takes when nobody crashes is hit, or the test fails.
func TestCrashAtEachStep(t *testing.T) {
	wanted(t, "FAULTS")
	for i := range plansTried {
		plan := &plansTried[i]
		t.Run(strings.ReplaceAll(plan.name, " ", "-"), func(t *testing.T) {
			e := foundEstate(t, estate{strategy: plan.strategy, watched: true})
			steps := e.undisturbed(plan)
			hit := 0
			for _, whom := range plan.whom {
				for _, step := range steps {
					if whom == agentDone && step.step == fence {
						continue // Nobody claims it: what counts is the guard's record.
					}
					e.crashAt(plan, step, whom)
					if hit++; t.Failed() {
						return
					}
				}
			}
			for _, wrong := range e.judge(true) {
				t.Error(wrong)
			}
			t.Logf("%d crashes at %d steps of a %s: %s", hit, len(steps), plan.name, e.summary())
		})
	}
}

// watched is a step that somebody was at: in which plan and where in it, who and when.
type watched struct{ epoch, index, moment, region, step string }

// watchedIn reads what watch.sh has written.
func (e *estate) watchedIn(name string) (all []watched) {
	text, err := os.ReadFile(e.path("hand", name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.t.Error(err)
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 5 {
			all = append(all, watched{words[0], words[1], words[2], words[3], words[4]})
		}
	}
	return all
}

// forgets has what watch.sh has written, or was told, be as if it had never been.
func (e *estate) forgets(name string) {
	err := os.Remove(e.path("hand", name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		e.t.Error(err)
	}
}

// holds has watch.sh hold a step up from now on.
func (e *estate) holds(step watched) {
	e.forgets("held")
	err := os.WriteFile(e.path("hand", "hold"), []byte(step.index+" "+step.moment), 0o600)
	if err != nil {
		e.t.Error(err)
	}
}

// undisturbed has a plan run, and finds out which steps it takes, in their order.
func (e *estate) undisturbed(plan *planned) (steps []watched) {
	e.t.Helper()
	if plan.ready != nil {
		plan.ready(e)
	}
	e.forgets("watched")
	plan.begin(e)
	e.until("the end of an undisturbed "+plan.name, func() bool {
		s := e.any()
		return s != nil && s.Plan == nil && len(e.watchedIn("watched")) > 0
	})
	e.recover()
	e.mustBeWell("a "+plan.name, "undisturbed")
	all := e.watchedIn("watched")
	for _, w := range all {
		known := slices.ContainsFunc(steps, func(other watched) bool { return other.index == w.index })
		if w.epoch == all[0].epoch && !known { // Another plan may have begun by itself.
			steps = append(steps, w)
		}
	}
	if slices.Contains(plan.steps, fence) {
		steps = append(steps, watched{step: fence})
	}
	for _, step := range plan.steps {
		if !slices.ContainsFunc(steps, func(w watched) bool { return w.step == step }) {
			e.t.Fatalf("a %s took the steps %+v, and not to %s", plan.name, steps, step)
		}
	}
	return steps
}

// until waits until something is so.
func (e *estate) until(what string, so func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(wellLimit); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatalf("%s: not within %v; %+v", what, wellLimit, e.any())
		}
	}
}

// crashAt has a plan run, and somebody crash while another one is at a step of it.
func (e *estate) crashAt(plan *planned, step watched, whom string) {
	e.t.Helper()
	if plan.ready != nil {
		plan.ready(e)
	}
	left, goOn := e.writer(), func() { e.forgets("hold") }
	if step.moment = before; whom == agentDone {
		step.moment = after
	}
	what := fmt.Sprintf("%s, the %s crashes at the step to %s", plan.name, whom, step.step)
	if step.step == fence {
		goOn = stopped(int(e.guards[left].pid.Load())) // Who is to record it.
	} else {
		e.holds(step)
	}
	to := plan.begin(e)
	at := left
	e.until(what, func() bool {
		if step.step == fence {
			return e.fences()
		}
		held := e.watchedIn("held")
		if len(held) == 0 {
			return false
		}
		at = regionOf(held[0].region)
		return true
	})
	p := e.agents[at]
	switch whom {
	case guardLeft:
		p = e.guards[1-to]
	case guardTo:
		p = e.guards[to]
	}
	was := p.starts.Load()
	p.crash()
	goOn()
	e.until(p.name+" is started anew", func() bool { return p.starts.Load() > was })
	e.recover()
	took := e.mustBeWell("a "+plan.name, what)
	for _, wrong := range e.judge(false) {
		e.t.Errorf("%s: %s", what, wrong)
	}
	e.t.Logf("%s (%s); well after %v; %s", what, p.name, took.Round(100*time.Millisecond), e.summary())
	e.writers.forget()
}

// fence is the step that a guard does, and no executor hears of.
const fence = "fence"

// fences reports whether a plan waits for the record of a fence.
func (e *estate) fences() bool {
	s := e.any()
	return s != nil && s.Plan != nil && slices.ContainsFunc(s.Plan.Steps, func(of api.PlanStep) bool {
		return of.Step == fence && of.Status == "pending"
	})
}
