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
		st.later("brake", &st.pair.scenario.People.Approve, func(v *View) (failover.Event, bool) {
			lifts := v.State.Brake.Cause != failover.BrakeOff
			return failover.Event{Verb: failover.LiftBrake, Region: model.NoRegion}, lifts
		})
	}
	st.bringBack(&v)
}

// answer has as many people as it takes approve what is asked, each after a time of their own.
func (st *stage) answer(v *View) {
	asked := v.State.Asked
	st.mu.Lock()
	news := asked != st.asked
	st.asked = asked
	st.mu.Unlock()
	if !news || asked == (failover.Question{}) || !asked.Target.Valid() {
		return
	}
	for who := range uint64(v.Policy.Approvals) {
		name := fmt.Sprint("approve", asked.Scope.Region, who)
		st.later(name, &st.pair.scenario.People.Approve, func(v *View) (failover.Event, bool) {
			return failover.Event{
				Verb: failover.Approve, Region: asked.Scope.Region, Subject: asked.Target,
				Part: asked.Scope.Part, Store: asked.Scope.Store, Who: 1 + who,
			}, v.State.Asked == asked
		})
	}
}

// later has something ordered once people have had their time, unless they are at it, and again
// after a minute for as long as it is wanted.
func (st *stage) later(
	name string, takes *model.Distribution, order func(*View) (failover.Event, bool),
) {
	st.mu.Lock()
	busy := st.draws["busy "+name] > 0
	st.draws["busy "+name] = 1
	took := st.drawn(name, takes)
	st.mu.Unlock()
	if busy {
		return
	}
	go func() {
		for time.Sleep(took); ; time.Sleep(time.Minute) {
			v := st.view()
			e, wanted := order(&v)
			select {
			case <-st.g.done:
				wanted = false
			default:
			}
			if !wanted {
				break
			}
			st.order(e)
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

// bringBack brings home what was moved away from a region that is whole, once it has been so for as
// long as people wait, and since the plan that left it has ended.
func (st *stage) bringBack(v *View) {
	s, home := st.pair.scenario, v.Policy.Home
	away := v.State.Primary != home || !v.State.Serving.Has(home)
	diverged := false
	for store := range int(v.Policy.Stores) {
		away = away || v.State.Writers[store] != home
		status := v.State.Diverged[store][home].Status
		diverged = diverged || status == failover.Suspected || status == failover.Archived
	}
	st.mu.Lock()
	whole := st.ills.healthy(home, int(v.Policy.Stores))
	if !whole || !away || v.State.Plan.Kind != failover.NoPlan {
		st.leftAt = time.Now()
	}
	wait := s.People.StableFor
	if !diverged {
		wait = max(wait, st.drawn(fmt.Sprint("resync", home), &s.People.Resync))
	}
	due := time.Since(st.leftAt) >= wait
	works := !(st.ills.fixed | st.ills.capped).Has(home) && !st.ills.unrouted
	if due {
		st.leftAt = time.Now()
	}
	st.mu.Unlock()
	if !due || !works || v.State.Plan.Kind != failover.NoPlan {
		return
	}
	go func() {
		if diverged {
			st.order(failover.Event{Verb: failover.OrderReprotection, Region: home})
			return
		}
		st.order(failover.Event{Verb: failover.Reconcile, Region: home})
		st.order(failover.Event{Verb: failover.GoBack, Region: home})
	}()
}
