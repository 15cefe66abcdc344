package agent

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/wan"
)

// movement is an entry with which the log moved on, and when some agent was the first to apply it,
// as people count.
type movement struct {
	index uint64
	when  int64
	in    asking
	at    failover.Instant
}

// follow keeps what an entry moves on, when the first agent applies it. That somebody has ordered
// it is not in there: whoever holds orders against it has to find out. And it keeps when an order
// was judged first.
func (w *people) follow(a *Applied) {
	before, after, e := doingsOf(a.Before), doingsOf(a.After), &a.Entry.Event
	ordered, by := e.Kind == failover.Ordered, failover.Verb(0)
	if ordered {
		by = e.Verb
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.Index <= w.first {
		return
	}
	w.first = a.Index
	if before != after || a.Before.Turned != a.After.Turned {
		w.moves = append(w.moves, movement{index: a.Index, when: w.steps.Add(1), in: asking{
			moves: true, goes: after, seen: standingOf(a.After), turned: a.After.Turned, by: by,
		}, at: a.After.Now})
	}
	if _, known := w.judged[e.Sequence]; ordered && !known {
		w.judged[e.Sequence] = w.steps.Add(1)
	}
}

// went has what the log did after an entry be a part of the history. An order of which nobody heard
// was judged when the log has it, or never: said more than once, it counts from the first time on.
func (w *people) went(after uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := map[uint64]bool{}
	w.history = slices.DeleteFunc(w.history, func(o porcupine.Operation) bool {
		in := o.Input.(asking)
		if in.looks || o.Output.(told).ruling != unheard {
			return false
		}
		_, judged := w.judged[in.order.Sequence]
		again := said[in.order.Sequence]
		said[in.order.Sequence] = true
		return again || !judged
	})
	for i := range w.history {
		in := w.history[i].Input.(asking)
		if !in.looks && w.history[i].Output.(told).ruling == unheard {
			w.history[i].Return = w.judged[in.order.Sequence]
		}
	}
	for _, m := range w.moves {
		if m.index > after {
			w.history = append(w.history, porcupine.Operation{
				ClientId: 5, Input: m.in, Output: told{at: m.at}, Call: m.when, Return: m.when,
			})
		}
	}
}

// plansPolicy is one under which people order plans. They are asked before any that mends a loss,
// or in every other round they are not.
func plansPolicy(seed uint64) failover.Policy {
	p := fivePolicy()
	p.Mode, p.ServesReads, p.Optional = model.Manual, true, failover.Steps(failover.Validate)
	p.Cooldown = 20 * time.Second
	if seed%2 == 0 {
		p.Mode = model.Automatic
	}
	return p
}

// thinks is an order that somebody comes up with: one that fits how things seem to be, or any.
func (w *people) thinks(who int, random *rand.Rand) failover.Event {
	e := failover.Event{Who: uint64(who + 1)}
	verbs := []failover.Verb{
		failover.Pause, failover.Resume, failover.Resume, failover.PullBrake, failover.LiftBrake,
		failover.LiftBrake, failover.Veto, failover.LiftVeto, failover.LiftVeto,
	}
	if w.plan {
		verbs = append(verbs, failover.Declare, failover.Withdraw, failover.OrderSwitchover,
			failover.GoBack, failover.OrderForce, failover.OrderEvacuation, failover.Abort,
			failover.Approve, failover.OrderDrill, failover.ApproveDrill, failover.OrderDryDrill,
			failover.SkipValidation, failover.Reconcile, failover.OrderReprotection)
		v := w.nodes[random.IntN(len(w.g.members))].Load().View()
		if all := fitting(&v.State); len(all) > 0 && random.IntN(3) > 0 {
			e = all[random.IntN(len(all))]
			e.Who, e.Sequence = uint64(who+1), w.order.Add(1)
			return e
		}
	}
	e.Verb, e.Sequence = verbs[random.IntN(len(verbs))], w.order.Add(1)
	switch e.Verb {
	case failover.Pause, failover.Resume, failover.PullBrake, failover.LiftBrake, failover.Abort,
		failover.SkipValidation:
		return e
	case failover.Declare, failover.Withdraw:
		e.Share = uint16(failover.Corruption)
	case failover.OrderForce:
		e.Lag, e.Ticket = failover.AnyLoss, uint64(random.IntN(4))
	}
	e.Region = model.RegionID(random.IntN(2))
	e.Subject = 1 - e.Region
	return e
}

// fitting are orders that fit a state.
func fitting(s *failover.State) (all []failover.Event) {
	add := func(is bool, v failover.Verb, r model.RegionID) {
		if is {
			all = append(all, failover.Event{Verb: v, Region: r})
		}
	}
	now, is := doingsOf(s), standingOf(s)
	for q := range s.Questions() {
		e := failover.Event{
			Verb: failover.Approve, Region: q.Scope.Region, Part: q.Scope.Part, Store: q.Scope.Store,
			Subject: q.Target,
		}
		all = append(all, e, e, e)
	}
	add(now.validates, failover.SkipValidation, 0)
	add(now.kind != failover.NoPlan, failover.Abort, 0)
	add(is.paused, failover.Resume, 0)
	add(is.brake, failover.LiftBrake, 0)
	add(is.drill.asked, failover.ApproveDrill, is.drill.target)
	idle := now.kind == failover.NoPlan
	for r := range model.RegionID(2) {
		add(is.vetoed.Has(r), failover.LiftVeto, r)
		add((now.apart | now.again).Has(r), failover.Reconcile, r)
		other := idle && r != s.Primary
		for _, v := range []failover.Verb{failover.OrderSwitchover, failover.OrderDrill} {
			add(other, v, r)
		}
		add(other && s.Serving.Has(r), failover.OrderEvacuation, r)
		add(idle && !s.Serving.Has(r), failover.GoBack, r)
		add(s.Diverged[0][r].Status.Apart(), failover.OrderReprotection, r)
		if is.causes[r] != 0 {
			all = append(all, failover.Event{
				Verb: failover.Withdraw, Region: r, Share: uint16(is.causes[r]),
			})
		}
	}
	return all
}

// outage has the region that writes be cut off until people are asked, and for a while after that.
func (w *people) outage() {
	primary := w.g.leader().node.View().State.Primary
	w.g.network.Isolate(primary)
	time.Sleep(w.g.policy.HoldDown + 40*time.Second)
	w.g.network.ChangeAll(func(l *wan.Link) { l.Cut = false })
}

// byVerb is how often an order of each verb was taken, and how often not.
type byVerb map[failover.Verb][2]int

func (c byVerb) add(history []porcupine.Operation) {
	for _, o := range history {
		in, out := o.Input.(asking), o.Output.(told)
		if in.looks || in.moves {
			continue
		}
		of := c[in.order.Verb]
		if out.ruling == taken {
			of[0]++
		} else {
			of[1]++
		}
		c[in.order.Verb] = of
	}
}

// Whatever people order while plans run, that they have ordered or approved or that repair what was
// left, and while leaders die, links fail and answers get lost: each order is judged once, in one
// sequence with what the log does by itself, and nothing begins that nobody has ordered.
func TestOrdersOfPlansAreJudgedInOneSequence(t *testing.T) {
	count, rounds, all := byVerb{}, (*chaosRounds+1)/2, 0
	for i := range rounds {
		seed := *chaosSeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			begins, w := playPeople(t, seed, false, true)
			count.add(w.history)
			if got := judged(begins, w.history); got != porcupine.Ok {
				t.Errorf("no sequence explains what people were told: %s", got)
			}
			t.Logf("%d operations, of which the log did %d by itself or by order", len(w.history),
				len(w.moves))
		})
	}
	for v := failover.Verb(1); v.String() != "unknown"; v++ {
		t.Logf("%v: %d taken, %d not", v, count[v][0], count[v][1])
		all += count[v][0]
		if count[v][0]+count[v][1] == 0 {
			t.Errorf("nobody has ordered to %v", v)
		}
	}
	if all < 50*rounds {
		t.Error("too little has happened")
	}
}
