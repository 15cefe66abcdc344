package agent

import (
	"context"
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// people has people do what falls to them: approve what they are asked, lift the brake, and bring
// back a region that has been whole for long enough.
func (st *stage) people() {
	v := st.view()
	if v.Policy == nil {
		return
	}
	st.answer(&v)
	if v.State.Brake.Cause != failover.BrakeOff {
		st.later("brake", "brake", func(v *View) (failover.Event, bool) {
			lifts := v.State.Brake.Cause != failover.BrakeOff
			return failover.Event{Verb: failover.LiftBrake, Region: model.NoRegion}, lifts
		})
	}
	for r := range model.RegionID(len(st.g.names)) {
		st.bringBack(&v, r)
	}
}

// answer has as many people as it takes approve each thing that is asked, each of them after a time
// of their own.
func (st *stage) answer(v *View) {
	if v.Policy.Mode == model.Advise {
		return // They are told, and not asked.
	}
	for asked := range v.State.Questions() {
		since, _ := v.State.AskedOf(asked) // What is withdrawn and asked again is asked anew.
		for who := range uint64(v.Policy.Approvals) {
			takes := fmt.Sprint("approve", asked.Scope.Region, who)
			st.later(fmt.Sprint(asked, since, who), takes, func(v *View) (failover.Event, bool) {
				_, open := v.State.AskedOf(asked)
				if heardYes(&v.State, asked, 1+who) {
					return failover.Event{}, open
				}
				return failover.Event{
					Verb: failover.Approve, Region: asked.Scope.Region, Subject: asked.Target,
					Part: asked.Scope.Part, Store: asked.Scope.Store, Who: 1 + who,
				}, open
			})
		}
	}
}

// heardYes reports whether the log has a person's yes that still holds.
func heardYes(s *failover.State, q failover.Question, who uint64) bool {
	for _, yes := range s.Approved.People {
		holds := yes.Given && s.Now < yes.At.Add(failover.ApprovalLasts)
		if holds && yes.Who == who && s.Approved.Question == q {
			return true
		}
	}
	return false
}

// later has something ordered once people have had their time, which has a name of its own, unless
// they are at it, and again after a minute for as long as it is wanted. An order without a verb is
// wanted, and not due.
func (st *stage) later(name, takes string, order func(*View) (failover.Event, bool)) {
	st.mu.Lock()
	busy := st.draws["busy "+name] > 0
	st.draws["busy "+name] = 1
	took := st.drawn(takes, &st.pair.scenario.People.Approve)
	st.mu.Unlock()
	if busy {
		return
	}
	go func() {
		for wait := took; ; wait = time.Minute {
			select {
			case <-time.After(wait):
			case <-st.g.done:
				return // Whoever would take longer than the scenario is not waited for.
			}
			v := st.view()
			e, wanted := order(&v)
			if !wanted {
				break
			}
			if e.Verb != 0 {
				st.order(e)
			}
		}
		st.mu.Lock()
		st.draws["busy "+name] = 0
		st.mu.Unlock()
	}()
}

// order gives an operator's word to the leader.
func (st *stage) order(e failover.Event) {
	n := st.leader()
	if n == nil {
		return
	}
	st.mu.Lock()
	st.draws["orders"]++
	e.Sequence = uint64(st.draws["orders"])
	st.mu.Unlock()
	if e.Who == 0 {
		e.Who = 9
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, _ = n.Order(ctx, e, "ann", "the scenario") // Whoever was not heard says it again.
}

// comeback is where people are with a region whose traffic or writes are elsewhere.
type comeback struct {
	// whole is since when it is so, and the plan that left it over. What they order they order no
	// sooner than again.
	whole, again time.Time
}

// bringBack brings back what was moved away from a region that is whole, once it has been so for as
// long as people wait, and since the plan that left it has ended; as soon as the policy lets it
// return, and a copy that had to be rewound is.
func (st *stage) bringBack(v *View, r model.RegionID) {
	s, plan := st.pair.scenario, v.State.Plan.Kind
	diverged := false
	for store := range int(v.Policy.Stores) {
		status := v.State.Diverged[store][r].Status
		diverged = diverged || status == failover.Suspected || status == failover.Archived
	}
	st.mu.Lock()
	back := &st.comebacks[r]
	idle := plan == failover.NoPlan || plan == failover.Reprotect
	if !st.ills.healthy(s, r) || !away(v, r) || !idle {
		back.whole = time.Now()
	}
	if plan == failover.Reprotect {
		back.again = time.Time{}
	}
	wait := s.People.StableFor
	if !diverged {
		wait = max(wait, st.drawn(fmt.Sprint("resync", r), &s.People.Resync))
	}
	log := failover.Instant(time.Since(st.logZero))
	due := log >= v.Policy.StableAt(&v.State, r) && time.Since(back.whole) >= wait &&
		!time.Now().Before(back.again) && plan == failover.NoPlan
	if due {
		back.again = time.Now().Add(max(s.People.StableFor, time.Minute))
	}
	works := !(st.ills.fixed | st.ills.capped).Has(r) && !st.ills.unrouted && st.whole(r)
	st.mu.Unlock()
	if !due || !works {
		return
	}
	go func() {
		if diverged {
			st.order(failover.Event{Verb: failover.OrderReprotection, Region: r})
			return
		}
		st.order(failover.Event{Verb: failover.Reconcile, Region: r})
		st.order(failover.Event{Verb: failover.GoBack, Region: r})
	}()
}

// away reports whether something that belongs in a region is elsewhere: its traffic, the lead, or
// the writes to a store.
func away(v *View, r model.RegionID) bool {
	home := r == v.Policy.Home
	if (home || v.Policy.ServesReads && v.Policy.Candidates.Has(r)) && !v.State.Serving.Has(r) {
		return true
	}
	if v.Policy.MultiWriter || !home {
		return false
	}
	for store := range int(v.Policy.Stores) {
		if v.State.Writers[store] != r {
			return true
		}
	}
	return v.State.Primary != r
}

// whole reports whether every copy in a region receives what is written, and lacks nothing. The
// lock is held.
func (st *stage) whole(r model.RegionID) bool {
	for i := range st.pair.scenario.Stores {
		store := model.StoreID(i)
		if st.ills.stalled[store].Has(r) || st.behind(store, r, &st.ills) > 0 {
			return false
		}
	}
	return true
}
