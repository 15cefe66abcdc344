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
	return []configuration{
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

// canonical moves a state to the origin, and makes equal whatever no later event can tell apart:
// ages beyond every threshold, sequences, epochs that are only compared with one another.
func (c *configuration) canonical(s failover.State) failover.State {
	p, now := &c.policy, s.Now
	// aged moves an instant, and lets its age count up to a limit.
	aged := func(at failover.Instant, limit time.Duration) failover.Instant {
		return origin.Add(-min(now.Sub(at), limit))
	}
	s.Now = origin
	for o := range s.Reports {
		for i := range s.Reports[o] {
			s.Reports[o][i] = c.canonicalReport(s.Reports[o][i], now, aged)
		}
	}
	for i := range p.Stores {
		for r := range s.Lags[i] {
			s.Lags[i][r].At = 0 // The bound on lost data is out of reach, whatever a sample's age.
		}
		lease := &s.Leases[i]
		lease.End, lease.FencedAt, lease.Ticket = aged(lease.End, p.Drift), 0, 0
		epoch := failover.Epoch(5)
		if lease.Epoch == s.Epoch {
			epoch = 10
		}
		if lease.Fenced == lease.Epoch {
			lease.Fenced = epoch
		} else {
			lease.Fenced = 0
		}
		lease.Epoch = epoch
	}
	s.Epoch = 10
	c.canonicalPlan(&s.Plan, aged)
	c.canonicalRecent(&s, now, aged)
	if s.Approved.Valid() && now < s.ApprovedAt.Add(failover.ApprovalLasts) {
		s.ApprovedAt = origin // An hour is longer than any walk: approvals last.
	} else {
		s.Approved, s.ApprovedAt = model.NoRegion, 0
	}
	return s
}

func (c *configuration) canonicalReport(
	r failover.Report, now failover.Instant,
	aged func(failover.Instant, time.Duration) failover.Instant,
) failover.Report {
	late := time.Duration(c.lateness) * unit
	if r.Sequence == 0 || now.Sub(r.At) > c.policy.StaleAfter+late {
		return failover.Report{}
	}
	r.Sequence = 1
	r.At = aged(r.At, c.policy.StaleAfter+late)
	if c.policy.StaleAfter == never {
		r.At = origin // No report grows stale in this walk.
	}
	if r.Down == 0 {
		r.Since = 0
	} else {
		r.Since = aged(r.Since, max(c.policy.HoldDown, origin.Sub(r.At)))
	}
	return r
}

func (c *configuration) canonicalPlan(
	plan *failover.Plan, aged func(failover.Instant, time.Duration) failover.Instant,
) {
	if plan.Kind == failover.NoPlan {
		return
	}
	plan.Epoch, plan.Began = 10, origin
	for i := range plan.Count {
		step := &plan.Steps[i]
		step.Tries = min(step.Tries, c.policy.StepTries)
		switch step.Status {
		case failover.Pending, failover.Claimed, failover.Unknown:
			step.Since = aged(step.Since, c.policy.StepTimeout)
			if !c.fails {
				step.Since = origin // No step times out in this walk.
			}
		case failover.Waiting, failover.Done, failover.Failed:
			step.Since, step.Tries = 0, 0
		}
	}
}

// canonicalRecent forgets transitions that no cooldown reads, but for the one of the running plan.
func (c *configuration) canonicalRecent(
	s *failover.State, now failover.Instant,
	aged func(failover.Instant, time.Duration) failover.Instant,
) {
	var kept [failover.MaxRecent]failover.Transition
	count := 0
	for i, t := range s.Recent {
		own := i == 0 && s.Plan.Kind != failover.NoPlan && s.Plan.Kind != failover.Return &&
			s.Plan.Kind != failover.Reopen
		if !t.Valid || !own && now >= t.At.Add(c.policy.Cooldown) {
			continue
		}
		t.At = aged(t.At, c.policy.Cooldown)
		kept[count] = t
		count++
	}
	s.Recent = kept
}

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
