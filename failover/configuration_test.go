package failover_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

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
	// orders are what operators say, and whatever else may come at any time.
	orders []failover.Event
	// refused are those of the orders that nobody may ever take, one bit each.
	refused uint
	// sees are what observers say of region 0 beside that it is all up or all down.
	sees []verdict
	// steady are the regions that nobody ever says are down.
	steady model.RegionSet
	// fails says that steps can fail, unsure that agents can be at a loss over one, surplus that an
	// archive can have found writes.
	fails, unsure, surplus bool
	// mortal are the regions whose agents are lost and seen again.
	mortal model.RegionSet
	// regress has replicas be found to have hardly anything, and to have caught up.
	regress bool
	// prelude brings the log to where the walk begins; without one, all is well.
	prelude func(*log)
	// unison has all observers say the same of a region at once: one event makes a quorum.
	unison bool
	// other is a policy that the log may come under at any moment, and back if its margin for
	// drift is the same: with a smaller one each change moves the end of a lease on, without a
	// bound. No time of it is longer than the same one of the policy that the walk begins under.
	other *failover.Policy
	// rests has every state come to rest in a normal run too, not in make soak alone.
	rests bool
	// closes says when the walk is to come to closure.
	closes closing
}

// closing is how far a walk has to go.
type closing uint8

// A walk comes to closure in make soak, or in every run of the tests too, or has never been seen
// to: it is cut off, sooner in a normal run.
const (
	inSoak closing = iota
	always
	cutOff
)

// verdict is what a report says of the checks, one bit each.
type verdict struct{ known, down uint8 }

// regions is how many there are, all with a vote; the first of them are the workloads.
func (c *configuration) regions() model.RegionID {
	return model.RegionID(c.policy.Voters.Count())
}

// workloads is how many regions run the service.
func (c *configuration) workloads() model.RegionID {
	return model.RegionID(c.policy.Workload.Count())
}

// walkPolicy has every duration as short as it can be and still be told from the others.
func walkPolicy() failover.Policy {
	p := oneStore()
	p.HoldDown, p.StaleAfter, p.Cooldown = unit, never, unit
	p.Lease, p.Drift, p.StepTimeout = unit, 0, never
	p.DataAtRiskMax, p.StepTries = wide, untiring
	return p
}

// farBehind is the lag of a replica that has hardly anything, within where a walk has a bound on
// lost data that only such a lag reaches, and beyond what who forces accepts: no walk lasts as long
// as what lies between them.
const (
	farBehind = 5000 * unit
	within    = 2000 * unit
	beyond    = 3500 * unit
)

// behindOthers is the lag of a replica that is no target where another one is fresh.
const behindOthers = 3 * unit

// never is a time that no walk is long enough for.
const never = 1000 * time.Hour

// origin is the time of every canonical state: far enough from 0 for every age.
const origin = failover.Instant(1000 * unit)

// start is the first state, with every replica fresh.
func (c *configuration) start(t testing.TB) failover.State {
	l := newLog(t, c.policy)
	l.lags()
	for r := range c.workloads() {
		if c.policy.ServesReads { // Without any capacity nobody's readers would be diverted.
			l.apply(failover.Event{Kind: failover.CapacityChanged, Region: r, Share: 1})
		}
	}
	if c.prelude != nil {
		c.prelude(l)
	}
	c.canonical(&l.state)
	return l.state
}

// events are all that can happen in a state.
func (c *configuration) events(s *failover.State) (events []failover.Event) {
	c.next(s, func(e failover.Event) { events = append(events, e) })
	return events
}

// next yields every event that can happen in a canonical state. Which ones these are must not
// depend on anything that canonical changes.
func (c *configuration) next(s *failover.State, yield func(failover.Event)) {
	yield(failover.Event{Kind: failover.Tick, At: s.Now.Add(unit)})
	yield(failover.Event{Kind: failover.Tick, At: s.Now.Add(-unit)}) // From a leader that lags.
	c.nextReports(s, yield)
	for i := range model.StoreID(c.policy.Stores) {
		for r := range c.workloads() {
			e := failover.Event{At: s.Now, Region: r, Store: i, Epoch: s.Leases[i].Epoch}
			e.Kind = failover.LeaseRenewed
			yield(e)
			e.Kind = failover.Fenced
			yield(e)
			if c.regress {
				e.Kind, e.Lag = failover.LagMeasured, unit
				yield(e)
				e.Lag = farBehind
				yield(e)
			}
		}
	}
	for i := range s.Plan.Count {
		c.nextOfStep(s, i, yield)
	}
	for r := range c.regions() {
		if c.mortal.Has(r) {
			e := failover.Event{Kind: failover.AgentLost, At: s.Now, Region: r}
			if s.Silent.Has(r) {
				e.Kind = failover.AgentSeen
			}
			yield(e)
		}
	}
	for _, e := range c.orders {
		if e.At = s.Now; e.Said == 0 {
			e.Said = s.Now
		}
		e.Sequence = max(1, e.Sequence) // No state of a walk remembers another.
		yield(e)
	}
	if c.other != nil {
		c.nextPolicy(s, yield)
	}
}

// nextPolicy yields the change to the policy that the state is not under.
func (c *configuration) nextPolicy(s *failover.State, yield func(failover.Event)) {
	switch changed := c.under(s) == c.other; {
	case !changed:
		yield(failover.PolicyEvent(s.Now, c.other))
	case c.other.Drift == c.policy.Drift:
		yield(failover.PolicyEvent(s.Now, &c.policy))
	}
}

// under is the policy that a state is under.
func (c *configuration) under(s *failover.State) *failover.Policy {
	if c.other != nil && s.Under.Lease == c.other.Lease {
		return c.other // No two policies of a walk have leases of one length.
	}
	return &c.policy
}

// applies is the policy that applies an event to a state, as a Library would have it.
func (c *configuration) applies(s *failover.State, e *failover.Event) *failover.Policy {
	p := c.under(s)
	if e.Kind != failover.PolicyChanged {
		return p
	}
	next := c.other
	if p == next {
		next = &c.policy
	}
	if next.RefusesChange(s) != "" {
		return p
	}
	return next
}

// everybody stands for all observers at once in a report of a walk.
const everybody = model.NoRegion

// parts yields what an event of a walk stands for, while the state moves on: itself, or what each
// observer says.
func (c *configuration) parts(
	s *failover.State, e *failover.Event, yield func(*failover.Event) bool,
) {
	if e.Kind != failover.Reported || e.Region != everybody {
		c.sampled(s, e, yield)
		return
	}
	for o := range c.regions() {
		if o == e.Subject {
			continue
		}
		one := *e
		one.Region, one.Sequence = o, s.Reports[o][e.Subject].Sequence+1
		if !yield(&one) {
			return
		}
	}
}

// sampled yields an event and, before an order of planned work, samples of the lag of who it names:
// a walk has fresh ones whenever they are wanted. After a step is done it has one of each replica
// that follows since.
func (c *configuration) sampled(
	s *failover.State, e *failover.Event, yield func(*failover.Event) bool,
) {
	switch e.Verb {
	case failover.GoBack, failover.OrderSwitchover, failover.OrderDrill, failover.ApproveDrill:
		for i := range model.StoreID(c.policy.Stores) {
			if !yield(measured(s, i, e.Region)) {
				return
			}
		}
	}
	if !yield(e) || e.Kind != failover.StepDone {
		return
	}
	for i := range model.StoreID(c.policy.Stores) {
		for r := range c.workloads() {
			if follows(s, i, r) && !yield(measured(s, i, r)) {
				return
			}
		}
	}
}

// follows reports whether a replica without a sample follows who holds a store: where the writes
// are, and its copy was not left, once no plan has yet to repoint it.
func follows(s *failover.State, store model.StoreID, r model.RegionID) bool {
	lease, status := &s.Leases[store], s.Diverged[store][r].Status
	if lease.Holder != s.Writers[store] || lease.Holder == r || s.Lags[store][r].Epoch != 0 {
		return false
	}
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		if step.Kind == failover.Repoint && step.Status != failover.Done {
			return false
		}
	}
	return status == failover.InStep || status == failover.Unreconciled
}

// measured is a fresh sample of the lag of a replica.
func measured(s *failover.State, store model.StoreID, r model.RegionID) *failover.Event {
	return &failover.Event{
		Kind: failover.LagMeasured, At: s.Now, Region: r, Store: store, Lag: unit,
		Epoch: s.Leases[store].Epoch,
	}
}

func (c *configuration) nextReports(s *failover.State, yield func(failover.Event)) {
	all, observers := uint8(1<<c.policy.Checks-1), c.regions()
	if c.unison {
		observers = 1
	}
	for o := range observers {
		for subject := range c.workloads() {
			if o == subject && !c.unison {
				continue
			}
			for age := range c.lateness + 1 {
				e := report(s, o, subject, false)
				if c.unison {
					e.Region = everybody
				}
				e.Age, e.Known = time.Duration(age)*unit, all
				yield(e)
				if c.steady.Has(subject) {
					continue
				}
				e.Down = all
				yield(e)
				for _, says := range c.sees {
					if e.Known, e.Down = says.known, says.down; subject == 0 {
						yield(e)
					}
				}
			}
		}
	}
}

// nextOfStep yields what agents can say of a step: the one who is to do it, or who claimed it last,
// and a stranger.
func (c *configuration) nextOfStep(s *failover.State, i uint8, yield func(failover.Event)) {
	step := &s.Plan.Steps[i]
	e := failover.Event{
		Kind: failover.StepClaimed, At: s.Now, Region: step.Region, Epoch: s.Plan.Epoch, Step: i,
		Round: step.Round,
	}
	if !e.Region.Valid() {
		e.Region = 2
	}
	yield(e)
	stranger, early := e, e
	early.Round-- // A copy of what was said before the step was asked for again.
	yield(early)
	if step.Status != failover.Claimed && step.Status != failover.Unknown {
		if stranger.Region = (e.Region + 1) % c.regions(); step.Region.Valid() {
			yield(stranger)
		}
		e.Kind = failover.StepDone
		yield(e)
		return
	}
	stranger.Region = (step.By + 1) % c.regions()
	yield(stranger)
	e.Region = step.By
	for _, kind := range [...]failover.EventKind{
		failover.StepDone, failover.StepFailed, failover.StepUnknown,
	} {
		if kind == failover.StepFailed && !c.fails || kind == failover.StepUnknown && !c.unsure {
			continue
		}
		e.Kind, stranger.Kind = kind, kind
		yield(e)
		yield(stranger)
		if early = e; kind != failover.StepDone {
			early.Round--
			yield(early)
		}
		if c.surplus && kind == failover.StepDone && step.Kind == failover.Archive {
			e.Ticket = 1
			yield(e)
			e.Ticket = 0
		}
	}
}

// TestCanonicalStatesBehaveAlike justifies the walks: a state and its canonical form lead to states
// of one canonical form, and the code of that keeps all of it.
func TestCanonicalStatesBehaveAlike(t *testing.T) {
	for _, c := range configurations() {
		first := c.start(t)
		rapid.Check(t, func(t *rapid.T) {
			real := first
			var did failover.Actions
			for range rapid.IntRange(1, 120).Draw(t, "events") {
				short := real
				c.canonical(&short)
				events, shortEvents := c.events(&real), c.events(&short)
				if len(events) != len(shortEvents) {
					t.Fatalf("%s: %d events, but %d of the canonical state", c.name, len(events),
						len(shortEvents))
				}
				n := rapid.IntRange(0, len(events)-1).Draw(t, "event")
				what := tell(&real, &events[n])
				c.parts(&real, &events[n], func(e *failover.Event) bool {
					order := anew(&real, *e)
					c.applies(&real, e).Apply(&real, &order, &did)
					return true
				})
				c.parts(&short, &shortEvents[n], func(e *failover.Event) bool {
					c.applies(&short, e).Apply(&short, e, &did)
					return true
				})
				want := real
				c.canonical(&short)
				c.canonical(&want)
				if short != want {
					t.Fatalf("%s: after %s: %s", c.name, what, difference(&short, &want))
				}
				codeKeeps(t, &c, &first, &want)
			}
		})
	}
}

// codeKeeps fails unless a state can be made again from its code.
func codeKeeps(t *rapid.T, c *configuration, first, want *failover.State) {
	writer := codec{}
	kept := *want
	writer.moment(c, &kept, &history{})
	got := *first
	reader := codec{bytes: writer.bytes, reading: true}
	reader.moment(c, &got, &history{})
	if got != *want || kept != *want {
		t.Fatalf("%s: the code forgets: %s", c.name, difference(&got, want))
	}
}

// difference tells the fields in which two states differ.
func difference(got, want *failover.State) (text string) {
	g, w := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range g.NumField() {
		if one, other := g.Field(i).Interface(), w.Field(i).Interface(); one != other {
			text += fmt.Sprintf("%s: got %+v, want %+v\n", g.Type().Field(i).Name, one, other)
		}
	}
	return text
}

// configurations are the ones that are walked.
func configurations() []configuration {
	return slices.Concat(plainConfigurations(), orderConfigurations(), partConfigurations(),
		planConfigurations(), choiceConfigurations(), stageConfigurations())
}
