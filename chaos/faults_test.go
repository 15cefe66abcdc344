//go:build linux

package chaos

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"time"
)

// fault is something that breaks, for a while.
type fault struct {
	name string
	// least and most are for how long it lasts.
	least, most time.Duration
	// lacks says what is missing here, if the fault cannot be had.
	lacks func() error
	// strike breaks it. What it returns says how, and heals it.
	strike func(e *estate, d *rand.Rand) (how string, heal func())
}

// Durations of faults: some end before anybody has noticed, others after a lease and a hold-down.
const (
	blink   = 500 * time.Millisecond
	noticed = 4 * time.Second
	overdue = 20 * time.Second
)

// writer is the region that may write, and leader the one whose agent leads; the first one while
// nobody knows.
func (e *estate) writer() int {
	if s := e.any(); s != nil && len(s.Stores) == 1 {
		return max(0, regionOf(s.Stores[0].Writer))
	}
	return 0
}

func (e *estate) leader() int {
	if s := e.any(); s != nil {
		return max(0, regionOf(s.Leader))
	}
	return 0
}

// killed kills processes, and starts them again when it heals.
func killed(all ...*process) (heal func()) {
	for _, p := range all {
		p.kill()
	}
	return func() {
		for _, p := range all {
			p.start()
		}
	}
}

// stopped stops processes, as a debugger does, and has them go on when it heals.
func stopped(pids ...int) (heal func()) {
	for _, pid := range pids {
		if pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGSTOP) // It may have just ended.
		}
	}
	return func() {
		for _, pid := range pids {
			if line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); pid > 1 &&
				strings.Contains(string(line), "redoubt") {
				_ = syscall.Kill(pid, syscall.SIGCONT)
			}
		}
	}
}

// of is a fault of an agent or a guard, by who has which role when it strikes.
func of(
	name, role string, least, most time.Duration,
	strike func(e *estate, region int) (heal func()),
) fault {
	return fault{name: name + " " + role, least: least, most: most, strike: func(
		e *estate, d *rand.Rand,
	) (string, func()) {
		region := e.writer()
		switch role {
		case "leader":
			region = e.leader()
		case "standby":
			region = 1 - region
		case "witness":
			region = witness
		case "any":
			region = d.IntN(regions)
		}
		return names[region], strike(e, region)
	}}
}

func killAgent(e *estate, r int) func() { return killed(e.agents[r]) }

func crashAgent(e *estate, r int) func() { e.agents[r].crash(); return func() {} }

func stopAgent(e *estate, r int) func() { return stopped(int(e.agents[r].pid.Load())) }

func killGuard(e *estate, r int) func() { return killed(e.guards[r]) }

func stopGuard(e *estate, r int) func() { return stopped(int(e.guards[r].pid.Load())) }

func stopCage(e *estate, r int) func() {
	return stopped(children(int(e.guards[r].pid.Load()))...)
}

func killCage(e *estate, r int) func() {
	for _, pid := range children(int(e.guards[r].pid.Load())) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	return func() {}
}

// loseRegion loses all that runs in a region.
func loseRegion(e *estate, r int) func() { return killed(e.agents[r], e.guards[r]) }

// loseMachines does, and nobody hears of it: no connection ends.
func loseMachines(e *estate, r int) func() {
	e.links.isolate(r, true, true, true)
	heal := loseRegion(e, r)
	return func() { e.links.isolate(r, true, true, false); heal() }
}

// cutOff cuts a region off in the directions that are said.
func cutOff(out, in bool) func(e *estate, r int) func() {
	return func(e *estate, r int) func() {
		e.links.isolate(r, out, in, true)
		return func() { e.links.isolate(r, out, in, false) }
	}
}

// flapping cuts a region off and heals it again and again, after times that are drawn.
func flapping(e *estate, r int, d *rand.Rand) func() {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for cut := true; ; cut = !cut {
			e.links.isolate(r, true, true, cut)
			select {
			case <-stop:
				e.links.isolate(r, true, true, false)
				return
			case <-time.After(time.Duration(200+d.IntN(1500)) * time.Millisecond):
			}
		}
	}()
	return func() { close(stop); <-done }
}

// faults are all that can break.
var faults = []fault{
	of("kill agent of", "leader", noticed, overdue, killAgent),
	of("kill agent of", "primary", noticed, overdue, killAgent),
	of("kill agent of", "any", blink, overdue, killAgent),
	of("crash agent of", "primary", blink, blink, crashAgent),
	of("crash agent of", "leader", blink, blink, crashAgent),
	of("kill guard of", "primary", blink, overdue, killGuard),
	of("kill guard of", "standby", blink, noticed, killGuard),
	of("kill cage of", "primary", blink, blink, killCage),
	of("lose region of", "primary", noticed, overdue, loseRegion),
	of("lose machines of", "primary", noticed, overdue, loseMachines),
	{name: "kill everything", least: blink, most: noticed, strike: func(
		e *estate, _ *rand.Rand,
	) (string, func()) {
		return "all at once", killed(e.all()...)
	}},
	of("stop agent of", "primary", overdue, overdue+noticed, stopAgent),
	of("stop agent of", "leader", blink, overdue, stopAgent),
	of("stop guard of", "primary", noticed, overdue, stopGuard),
	of("stop cage of", "primary", noticed, overdue, stopCage),
	of("isolate", "primary", noticed, overdue, cutOff(true, true)),
	of("isolate", "leader", noticed, overdue, cutOff(true, true)),
	of("isolate", "standby", noticed, overdue, cutOff(true, true)),
	of("nothing comes out of", "primary", noticed, overdue, cutOff(true, false)),
	of("nothing comes in to", "primary", noticed, overdue, cutOff(false, true)),
	{name: "cut between the databases", least: noticed, most: overdue, strike: func(
		e *estate, d *rand.Rand,
	) (string, func()) {
		ways := 1 + d.IntN(3)
		e.links.set(0, 1, ways&1 != 0)
		e.links.set(1, 0, ways&2 != 0)
		return [...]string{1: "there", 2: "back", 3: "both ways"}[ways], e.links.heal
	}},
	{name: "cut from the witness", least: noticed, most: overdue, strike: func(
		e *estate, d *rand.Rand,
	) (string, func()) {
		r := d.IntN(databases)
		e.links.set(witness, r, true)
		e.links.set(r, witness, d.IntN(2) == 0)
		return names[r], e.links.heal
	}},
	{name: "flap primary", least: noticed, most: overdue, strike: func(
		e *estate, d *rand.Rand,
	) (string, func()) {
		r, own := e.writer(), rand.New(rand.NewPCG(d.Uint64(), 2)) // Others draw while it lasts.
		return names[r], flapping(e, r, own)
	}},
	{name: "an executor hangs while the primary is lost", least: noticed, most: overdue,
		strike: moody("hang")},
	{name: "an executor's answers are lost while the primary is", least: noticed, most: overdue,
		strike: moody("lose")},
	{name: "switchover, and an agent crashes", least: blink, most: noticed, strike: crashInPlan},
	{name: "full disk", least: noticed, most: overdue, lacks: lacksAny, strike: disksThat(full)},
	{name: "stalled disk", least: blink, most: overdue, lacks: lacksAny, strike: disksThat(still)},
	{name: "slow disk", least: noticed, most: overdue, lacks: lacksHold, strike: disksThat(slow)},
}

// moody has the hand be in a mood while the primary's region is lost.
func moody(mood string) func(e *estate, d *rand.Rand) (string, func()) {
	return func(e *estate, d *rand.Rand) (string, func()) {
		e.setMood(mood)
		writer := e.writer()
		heal := loseRegion(e, writer)
		return names[writer], func() { heal(); e.setMood("") }
	}
}

// setMood has the hand hang, or have its answers lost, or do its work.
func (e *estate) setMood(mood string) {
	if err := os.WriteFile(e.path("hand", "mood"), []byte(mood), 0o600); err != nil {
		e.t.Error(err)
	}
}

// crashInPlan orders planned work, and kills an agent some time after it has begun.
func crashInPlan(e *estate, d *rand.Rand) (string, func()) {
	to := 1 - e.writer()
	err := e.order("switchover", names[to])
	time.Sleep(time.Duration(d.IntN(4000)) * time.Millisecond)
	who := d.IntN(regions)
	p := e.agents[who]
	if who < databases && d.IntN(3) == 0 {
		p = e.guards[who]
	}
	p.crash()
	if err != nil {
		return fmt.Sprintf("to %s: %v; the %s", names[to], err, p.name), func() {}
	}
	return fmt.Sprintf("to %s; the %s", names[to], p.name), func() {}
}
