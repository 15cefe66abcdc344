package failover_test

import (
	"testing"
	"unsafe"

	"redoubt/failover"
	"redoubt/model"
)

type regionID = model.RegionID

// stateSizeMax bounds a State in bytes: it is copied by Step, and hashed by whoever compares logs.
// Half of it is since when each observer has seen each scope down.
const stateSizeMax = 8192

func TestStateIsSmallAndComparable(t *testing.T) {
	size := unsafe.Sizeof(failover.State{})
	t.Logf("a State has %d bytes, an Event %d, Actions %d", size, unsafe.Sizeof(failover.Event{}),
		unsafe.Sizeof(failover.Actions{}))
	if size > stateSizeMax {
		t.Errorf("got %d bytes, want %d at most", size, stateSizeMax)
	}
	p := oneStore()
	seen := map[failover.State]bool{p.Start(): true}
	if !seen[p.Start()] {
		t.Error("two equal states are different keys")
	}
}

// common is a state in quiet times, and the report that comes a thousand times a day.
func common() (failover.Policy, failover.State, failover.Event) {
	p := oneStore()
	s := p.Start()
	var did failover.Actions
	for i := range 4 {
		e := report(&s, []regionID{1, 2, 0, 2}[i], []regionID{0, 0, 1, 1}[i], false)
		p.Apply(&s, &e, &did)
	}
	return p, s, report(&s, 1, 0, false)
}

func TestNoStepAllocates(t *testing.T) {
	p, s, e := common()
	var did failover.Actions
	check := func(name string, step func()) {
		if got := testing.AllocsPerRun(100, step); got != 0 {
			t.Errorf("%s: got %.0f allocations, want 0", name, got)
		}
	}
	check("Apply", func() { e.Sequence++; p.Apply(&s, &e, &did) })
	check("Step", func() { e.Sequence++; s, did = p.Step(s, e) })
	check("NextTick", func() { p.NextTick(&s) })
	tick := failover.Event{Kind: failover.Tick}
	check("Apply of a tick", func() { tick.At++; p.Apply(&s, &tick, &did) })
	renewal := failover.Event{Kind: failover.LeaseRenewed, Epoch: 1}
	check("Apply of a renewal", func() { renewal.Ticket++; p.Apply(&s, &renewal, &did) })
	all, full, word := thorough()
	check("Apply of a thorough policy", func() { word.Sequence++; all.Apply(&full, &word, &did) })
	check("Deadline", func() { p.Deadline(s) })
	for _, o := range []regionID{1, 2} {
		down := report(&s, o, 0, true)
		p.Apply(&s, &down, &did)
	}
	check("NextTick while a region is down", func() { p.NextTick(&s) })
	lag := failover.Event{Kind: failover.LagMeasured, At: s.Now, Region: 1, Epoch: 1}
	p.Apply(&s, &lag, &did)
	held := s
	tick = failover.Event{Kind: failover.Tick, At: s.Now.Add(p.StaleAfter)}
	p.HoldDown = 0
	check("Apply that begins a plan", func() {
		s = held
		p.Apply(&s, &tick, &did)
	})
	if s.Plan.Kind != failover.Failover {
		t.Error("no plan began")
	}
}

func BenchmarkStep(b *testing.B) {
	p, s, e := common()
	var did failover.Actions
	for b.Loop() {
		e.Sequence++
		p.Apply(&s, &e, &did)
	}
}

// thorough is common with all that a policy can ask for: checks of a store and of the routing,
// readiness, damping, and a brake.
func thorough() (failover.Policy, failover.State, failover.Event) {
	p, s, _ := common()
	p.Checks, p.Deep = 4, 2
	p.StoreChecks[0], p.RoutingChecks = 4, 8
	p.FlapLimit, p.FlapHalfLife = 3, 15*unit
	p.Items, p.ReadinessStaleAfter = 3, never
	p.BrakeAfter, p.BrakeWindow, p.BrakeRegions = 3, never, 2
	e := report(&s, 1, 0, false)
	e.Known = 15
	return p, s, e
}

func BenchmarkStepOfAThoroughPolicy(b *testing.B) {
	p, s, e := thorough()
	var did failover.Actions
	for b.Loop() {
		e.Sequence++
		p.Apply(&s, &e, &did)
	}
}

func BenchmarkRenewal(b *testing.B) {
	p, s, _ := thorough()
	e := failover.Event{Kind: failover.LeaseRenewed, Epoch: 1}
	var did failover.Actions
	for b.Loop() {
		e.At++
		e.Ticket++
		p.Apply(&s, &e, &did)
	}
	if s.Leases[0].Ticket != e.Ticket {
		b.Fatal("nothing was renewed")
	}
}

func BenchmarkTick(b *testing.B) {
	p, s, _ := thorough()
	e := failover.Event{Kind: failover.Tick}
	var did failover.Actions
	for b.Loop() {
		e.At++
		p.Apply(&s, &e, &did)
	}
}

func BenchmarkStepByValue(b *testing.B) {
	p, s, e := common()
	for b.Loop() {
		e.Sequence++
		s, _ = p.Step(s, e)
	}
}

func BenchmarkNextTick(b *testing.B) {
	p, s, _ := common()
	for b.Loop() {
		p.NextTick(&s)
	}
}

func BenchmarkCheck(b *testing.B) {
	p, s, e := common()
	before := s
	var did failover.Actions
	p.Apply(&s, &e, &did)
	for b.Loop() {
		if err := p.CheckStep(&before, &e, &s, &did); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFailover is a whole conversation: from the first report to the shift of the traffic.
func BenchmarkFailover(b *testing.B) {
	p := oneStore()
	p.HoldDown, p.Lease = 3*unit, unit
	var did failover.Actions
	for b.Loop() {
		s := p.Start()
		apply := func(e failover.Event) { p.Apply(&s, &e, &did) }
		apply(failover.Event{Kind: failover.LagMeasured, Region: 1, Epoch: 1})
		for range 4 {
			apply(failover.Event{Kind: failover.Tick, At: s.Now.Add(unit)})
			apply(report(&s, 1, 0, true))
			apply(report(&s, 2, 0, true))
		}
		for s.Plan.Kind != failover.NoPlan {
			for i := range s.Plan.Count {
				e := failover.Event{At: s.Now, Region: 1, Epoch: s.Plan.Epoch, Step: i}
				e.Kind = failover.StepClaimed
				apply(e)
				e.Kind = failover.StepDone
				apply(e)
			}
		}
		if s.Primary != 1 {
			b.Fatal("nothing moved")
		}
	}
}
