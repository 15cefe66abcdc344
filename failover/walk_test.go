package failover_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A configuration names a small policy and the events that can happen to it. From it every
// reachable state is walked, to closure: until no event leads to a state that was not seen before.
type configuration struct {
	name   string
	policy failover.Policy
	// lateness is the largest age of a report, in units.
	lateness int
	// orders are what operators say.
	orders []failover.Event
	// fails says that steps can fail.
	fails bool
	// deep says that observers also see the shallow check fail while the deep one succeeds.
	deep bool
	// soak says that a walk to closure takes minutes: in a normal run it is cut off.
	soak bool
}

// configurations are the ones that are walked. All have three voters: a primary, a standby, a
// witness.
func configurations() []configuration {
	home := failover.Event{Kind: failover.Ordered, Verb: failover.GoBack, Region: 0}
	other := failover.Event{Kind: failover.Ordered, Verb: failover.GoBack, Region: 1}
	yes := failover.Event{Kind: failover.Ordered, Verb: failover.Approve, Region: 0}
	plain := walkPolicy()
	manual, failing, ageing, unguarded, readLocal := plain, plain, plain, plain, plain
	manual.Mode = model.Manual
	failing.StepTimeout, failing.StepTries = 2*unit, 2
	ageing.StaleAfter = unit
	unguarded.Guarded = 0
	readLocal.ServesReads = true
	slow := plain
	slow.Cooldown = 2 * unit
	return append([]configuration{
		{name: "three-regions-one-store", policy: plain},
		{name: "three-regions-manual", policy: manual, orders: []failover.Event{yes, home}},
		{name: "three-regions-failback", policy: slow, orders: []failover.Event{home}, soak: true},
		{name: "three-regions-failing-steps", policy: failing, fails: true, soak: true},
		{name: "three-regions-ageing-reports", policy: ageing, soak: true},
		{name: "three-regions-late-reports", policy: ageing, lateness: 1, soak: true},
		{name: "three-regions-unguarded", policy: unguarded, orders: []failover.Event{home}, soak: true},
		{
			name: "three-regions-read-local", policy: readLocal,
			orders: []failover.Event{home, other}, soak: true,
		},
	}, orderConfigurations()...)
}

// ordered is an operator's word on a region.
func ordered(verb failover.Verb, region model.RegionID) failover.Event {
	return failover.Event{Kind: failover.Ordered, Verb: verb, Region: region}
}

// orderConfigurations are small ones of their own for what people order and forbid, so that the
// others need not be walked once for each of these.
func orderConfigurations() []configuration {
	brake, together, deep, ready := walkPolicy(), walkPolicy(), walkPolicy(), walkPolicy()
	brake.BrakeAfter, brake.BrakeWindow = 1, 2*unit
	together.BrakeRegions = 2
	deep.Checks, deep.Deep = 2, 2
	ready.Items, ready.ReadinessStaleAfter = 1, never
	unguarded := walkPolicy()
	unguarded.Guarded = 0
	lift := ordered(failover.LiftBrake, 0)
	zone := ordered(failover.Declare, 0)
	zone.Share = uint16(failover.ZoneFailure)
	mended := ordered(failover.Withdraw, 0)
	mended.Share = zone.Share
	has := failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 1}
	lacks := has
	lacks.Down = 1
	force := ordered(failover.OrderForce, 1)
	force.Lag = failover.AnyLoss
	swap := []failover.Event{
		ordered(failover.OrderSwitchover, 0), ordered(failover.OrderSwitchover, 1),
	}
	return []configuration{
		{name: "brake-after-one", policy: brake, orders: []failover.Event{lift}, soak: true},
		{name: "brake-two-at-once", policy: together, orders: []failover.Event{lift}, soak: true},
		{name: "deep-checks", policy: deep, deep: true, soak: true},
		{name: "readiness", policy: ready, orders: []failover.Event{has, lacks}, soak: true},
		{
			name: "declared-cause", policy: walkPolicy(), orders: []failover.Event{zone, mended},
			soak: true,
		},
		{
			name: "veto-and-pause", policy: walkPolicy(), soak: true,
			orders: []failover.Event{
				ordered(failover.Veto, 0), ordered(failover.LiftVeto, 0), ordered(failover.Pause, 0),
				ordered(failover.Resume, 0),
			},
		},
		{name: "forced", policy: walkPolicy(), orders: []failover.Event{force}, soak: true},
		{name: "forced-unguarded", policy: unguarded, orders: []failover.Event{force}, soak: true},
		{name: "switchover", policy: walkPolicy(), orders: swap, soak: true},
	}
}

// walkPolicy has every duration as short as it can be and still be told from the others.
func walkPolicy() failover.Policy {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.Cooldown = unit, never, unit
	p.Lease, p.Drift, p.StepTimeout = unit, 0, never
	p.DataAtRiskMax = wide
	return p
}

// never is a time that no walk is long enough for.
const never = 1000 * time.Hour

// origin is the time of every canonical state: far enough from 0 for every age.
const origin = failover.Instant(1000 * unit)

// next yields every event that can happen in a canonical state.
func (c *configuration) next(s *failover.State, yield func(failover.Event)) {
	tick := failover.Event{Kind: failover.Tick, At: s.Now.Add(unit)}
	yield(tick)
	for o := range model.RegionID(3) {
		for subject := range model.RegionID(2) {
			if o == subject {
				continue
			}
			for age := range c.lateness + 1 {
				for _, down := range []bool{true, false} {
					e := report(s, o, subject, down)
					e.Age = time.Duration(age) * unit
					yield(e)
				}
				if c.deep {
					e := report(s, o, subject, true)
					e.Known = 3
					yield(e)
				}
			}
		}
	}
	lease := s.Leases[0]
	for r := range model.RegionID(2) {
		yield(failover.Event{Kind: failover.LeaseRenewed, At: s.Now, Region: r, Epoch: lease.Epoch})
		yield(failover.Event{Kind: failover.Fenced, At: s.Now, Region: r, Epoch: lease.Epoch})
	}
	for i := range s.Plan.Count {
		step := s.Plan.Steps[i]
		e := failover.Event{At: s.Now, Region: step.Region, Epoch: s.Plan.Epoch, Step: i}
		if !e.Region.Valid() {
			e.Region = 2
		}
		kinds := []failover.EventKind{failover.StepClaimed, failover.StepDone, failover.StepFailed}
		if !c.fails {
			kinds = kinds[:2]
		}
		for _, e.Kind = range kinds {
			yield(e)
		}
	}
	for _, e := range c.orders {
		e.At = s.Now
		yield(e)
	}
}

// start is the first state, with every replica fresh.
func (c *configuration) start(t testing.TB) failover.State {
	l := newLog(t, c.policy)
	l.lags()
	return c.canonical(l.state)
}

// A walk is every state that was found, how, and in which order.
type walk struct {
	c      *configuration
	first  failover.State
	seen   map[code]int32
	codes  []code
	parent []int32
	// how is the place, among what could happen in the parent, of the event that led here.
	how []uint8
	// step is the code under test: Apply, or a broken version of it.
	step func(*failover.Policy, *failover.State, *failover.Event, *failover.Actions)
	// visit sees each state once.
	visit func(*failover.State)
	edges int
	// now, after and did are kept to spare the collector.
	now, after failover.State
	did        failover.Actions
	buffer     codec
}

func newWalk(t testing.TB, c *configuration) *walk {
	w := &walk{c: c, first: c.start(t), seen: map[code]int32{}, step: (*failover.Policy).Apply}
	w.add(&w.first, -1, 0)
	return w
}

func (w *walk) add(s *failover.State, parent int32, how uint8) {
	w.buffer.bytes = w.buffer.bytes[:0]
	w.buffer.state(s, w.c.policy.Stores)
	if _, known := w.seen[code(w.buffer.bytes)]; known {
		return
	}
	k := code(w.buffer.bytes)
	w.seen[k] = int32(len(w.codes))
	w.codes = append(w.codes, k)
	w.parent, w.how = append(w.parent, parent), append(w.how, how)
}

// load makes the state of a code again.
func (w *walk) load(i int, s *failover.State) {
	*s = w.first
	reader := codec{bytes: []byte(w.codes[i]), reading: true}
	reader.state(s, w.c.policy.Stores)
}

// run walks to closure, or to the first edge that Check objects to, or to a limit (0 is none).
func (w *walk) run(limit int) error {
	for i := 0; i < len(w.codes) && (limit == 0 || i < limit); i++ {
		w.load(i, &w.now)
		if w.visit != nil {
			w.visit(&w.now)
		}
		if err := w.expand(int32(i)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) expand(i int32) (err error) {
	how := uint8(0)
	w.c.next(&w.now, func(e failover.Event) {
		if how++; err != nil {
			return
		}
		w.after = w.now
		w.step(&w.c.policy, &w.after, &e, &w.did)
		w.edges++
		problem := w.c.policy.CheckStep(&w.now, &e, &w.after, &w.did)
		if problem != nil {
			err = fmt.Errorf("%w\n%s", problem, w.path(i, e))
			return
		}
		if w.after != w.now {
			w.after = w.c.canonical(w.after)
			w.add(&w.after, i, how-1)
		}
	})
	return err
}

// path tells the events that lead to a state, and the last one.
func (w *walk) path(i int32, last failover.Event) string {
	events := []failover.Event{last}
	for ; i > 0; i = w.parent[i] {
		var before failover.State
		w.load(int(w.parent[i]), &before)
		how := uint8(0)
		w.c.next(&before, func(e failover.Event) {
			if how == w.how[i] {
				events = append(events, e)
			}
			how++
		})
	}
	slices.Reverse(events)
	var b strings.Builder
	for n, e := range events {
		fmt.Fprintf(&b, "%3d  %s\n", n+1, tell(e))
	}
	return b.String()
}

// tell says an event in a few words.
func tell(e failover.Event) string {
	switch e.Kind {
	case failover.Reported:
		return fmt.Sprintf("report %d->%d down=%d age=%s", e.Region, e.Subject, e.Down, e.Age)
	case failover.LeaseRenewed, failover.Fenced:
		return fmt.Sprintf("%s region %d epoch %d", e.Kind, e.Region, e.Epoch)
	case failover.StepClaimed, failover.StepDone, failover.StepFailed:
		return fmt.Sprintf("%s step %d by region %d", e.Kind, e.Step, e.Region)
	case failover.Tick, failover.LagMeasured, failover.CapacityChanged, failover.Ordered:
	}
	return fmt.Sprintf("%s region %d", e.Kind, e.Region)
}

// Without SEEDS in the environment, as make soak has it, the large walks are cut off; and with it
// where they would fill the memory.
const (
	walkLimit = 10_000
	soakLimit = 4_000_000
)

// sampleEvery is how many states of a walk lie between two that are looked at more closely.
const sampleEvery = 293

// TestWalkEveryState walks each configuration to closure, with Check on every edge. From a sample
// of the states it lets the faults stop, and everything has to come to rest.
func TestWalkEveryState(t *testing.T) {
	for _, c := range configurations() {
		t.Run(c.name, func(t *testing.T) {
			w := newWalk(t, &c)
			visited := 0
			w.visit = func(s *failover.State) {
				if visited%sampleEvery == 0 {
					total(&c.policy, s)
					comesToRest(t, w, s, visited)
				}
				visited++
			}
			limit := soakLimit
			if c.soak && os.Getenv("SEEDS") == "" {
				limit = walkLimit
			}
			if err := w.run(limit); err != nil {
				t.Fatal(err)
			}
			closed := len(w.codes) <= limit
			if !closed && !c.soak {
				t.Errorf("more than %d states", limit)
			}
			t.Logf("%d states, %d edges, to closure: %t", len(w.codes), w.edges, closed)
		})
	}
}
