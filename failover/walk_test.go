package failover_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A configuration names a small policy and the events that can happen to it. From it every reachable
// state is walked, to closure: until no event leads to a state that was not seen before.
type configuration struct {
	name   string
	policy failover.Policy
	// lateness is the largest age of a report, in units.
	lateness int
	// orders are what operators say.
	orders []failover.Event
	// fails says that steps can fail.
	fails bool
	// states is how many there are. It changes with the rules, and then says by how much.
	states int
}

// configurations are the ones that are walked. All have three voters.
func configurations() []configuration {
	witness := walkPolicy()
	timed := walkPolicy()
	timed.StepTimeout, timed.StepTries = 2*unit, 2
	unguarded := walkPolicy()
	unguarded.Guarded = 0
	manual := walkPolicy()
	manual.Mode = model.Manual
	readLocal := walkPolicy()
	readLocal.ServesReads = true
	home := failover.Event{Kind: failover.Ordered, Verb: failover.GoBack, Region: 0}
	other := failover.Event{Kind: failover.Ordered, Verb: failover.GoBack, Region: 1}
	yes := failover.Event{Kind: failover.Ordered, Verb: failover.Approve, Region: 0}
	return []configuration{
		{name: "three-regions-one-store", policy: witness, orders: []failover.Event{home}},
		{name: "three-regions-late-reports", policy: witness, lateness: 1},
		{name: "three-regions-failing-steps", policy: timed, fails: true},
		{name: "three-regions-unguarded", policy: unguarded, orders: []failover.Event{home}},
		{name: "three-regions-manual", policy: manual, orders: []failover.Event{yes}},
		{name: "three-regions-read-local", policy: readLocal, orders: []failover.Event{home, other}},
	}
}

// walkPolicy has every duration as short as it can be and still be told from the others.
func walkPolicy() failover.Policy {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.Cooldown = unit, unit, 2*unit
	p.Lease, p.Drift, p.StepTimeout = unit, 0, 1000*time.Hour
	p.DataAtRiskMax = wide
	return p
}

// origin is the time of every canonical state: far enough from 0 for every age.
const origin = failover.Instant(1000 * unit)

// canonical moves a state to the origin, and makes equal whatever no later event can tell apart: ages
// beyond every threshold, sequences, epochs that are only compared with one another.
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
	if r.Down == 0 {
		r.Since = 0
	} else {
		r.Since = aged(r.Since, max(c.policy.HoldDown, now.Sub(r.At)))
	}
	r.At = aged(r.At, c.policy.StaleAfter+late)
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

// key is a state in as few bytes as tell it from every other of its walk. Instants are counted in
// units from the origin, and an instant that is never read is 0.
func key(s *failover.State) string {
	b := make([]byte, 0, 128)
	at := func(t failover.Instant) byte {
		if t == 0 {
			return 0
		}
		return byte(64 + int64(t-origin)/int64(unit))
	}
	b = append(b, byte(s.Primary), byte(s.Serving), byte(s.Asked), byte(s.Approved))
	if s.Unsettled {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for o := range 3 {
		for i := range 2 {
			if r := &s.Reports[o][i]; o != i {
				b = append(b, byte(r.Sequence)<<1|r.Down, at(r.At), at(r.Since))
			}
		}
	}
	for i := range s.Leases {
		if lease := &s.Leases[i]; lease.Holder.Valid() {
			b = append(b, byte(lease.Holder), byte(lease.Epoch), byte(lease.Fenced), at(lease.End))
		}
	}
	for _, t := range s.Recent {
		if t.Valid {
			b = append(b, byte(t.From), byte(t.To), at(t.At))
		}
	}
	b = append(b, 255, byte(s.Plan.Kind), byte(s.Plan.Subject), byte(s.Plan.Target))
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		b = append(b, byte(step.Kind), byte(step.Region), byte(step.Status), step.Tries, at(step.Since))
	}
	return string(b)
}

// A walk is every state that was found, how, and in which order.
type walk struct {
	c      *configuration
	seen   map[string]int32
	parent []int32
	how    []failover.Event
	states []failover.State
	// step is the code under test: Apply, or a broken version of it.
	step func(*failover.Policy, *failover.State, *failover.Event, *failover.Actions)
	// visit sees each new state.
	visit func(*failover.State)
	edges int
}

func newWalk(t testing.TB, c *configuration) *walk {
	w := &walk{c: c, seen: map[string]int32{}, step: (*failover.Policy).Apply}
	w.add(c.start(t), -1, failover.Event{})
	return w
}

func (w *walk) add(s failover.State, parent int32, e failover.Event) {
	k := key(&s)
	if _, known := w.seen[k]; known {
		return
	}
	w.seen[k] = int32(len(w.parent))
	w.parent, w.how, w.states = append(w.parent, parent), append(w.how, e), append(w.states, s)
}

// run walks to closure, or to the first edge that Check objects to, or to a limit (0 is none).
func (w *walk) run(limit int) error {
	for i := 0; i < len(w.parent); i++ {
		if limit > 0 && i >= limit {
			return nil
		}
		s := w.states[0]
		w.states = w.states[1:]
		if w.visit != nil {
			w.visit(&s)
		}
		if err := w.expand(&s, int32(i)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) expand(s *failover.State, i int32) (err error) {
	var did failover.Actions
	w.c.next(s, func(e failover.Event) {
		if err != nil {
			return
		}
		after := *s
		w.step(&w.c.policy, &after, &e, &did)
		w.edges++
		if problem := w.c.policy.Check(*s, e, after, did); problem != nil {
			err = fmt.Errorf("%w\n%s", problem, w.path(i, e))
			return
		}
		if after != *s {
			w.add(w.c.canonical(after), i, e)
		}
	})
	return err
}

// path tells the events that lead to a state, and the last one.
func (w *walk) path(i int32, last failover.Event) string {
	events := []failover.Event{last}
	for ; i > 0; i = w.parent[i] {
		events = append(events, w.how[i])
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

func TestWalkEveryState(t *testing.T) {
	for _, c := range configurations() {
		t.Run(c.name, func(t *testing.T) {
			visits := 0
			w := newWalk(t, &c)
			w.visit = func(s *failover.State) {
				visits++
				if visits%64 == 0 {
					total(&c.policy, s)
				}
			}
			begun := time.Now()
			if err := w.run(20_000); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d states, %d edges, %s", len(w.parent), w.edges, time.Since(begun))
		})
	}
}
