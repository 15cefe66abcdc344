package agent

import (
	"context"
	"fmt"
	"slices"
	"testing"
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
	st.bringBack(&v)
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

// slow is a pairing in which people take twenty minutes over each of two losses: that of a region
// which serves readers, and that of the primary's, later.
func slow(t *testing.T) *pairing {
	t.Helper()
	p := pair(t, "nobody-on-duty")
	s := p.scenario
	s.People.Duty, s.Stores = [model.MaxRegions]model.Duty{}, slices.Clone(s.Stores)
	s.People.Approve = model.Fixed(20 * time.Minute)
	s.Stores[0].Promotion = model.Fixed(2 * time.Minute)
	s.Timeline = []model.Fault{
		{Kind: model.ServiceLoss, Region: 2, At: 10 * time.Minute},
		{Kind: model.ServiceLoss, Region: 0, At: 20 * time.Minute},
	}
	var found bool
	var err error
	if p.strategy, found = s.Strategy(model.ReadLocal); !found {
		t.Fatal("nobody has to approve anything")
	}
	if p.policy, err = failover.NewPolicy(s, p.strategy); err != nil {
		t.Fatal(err)
	}
	return p
}

// People who are at a question answer it also when another one has become the most urgent: the
// readers' region is left as they approve that, before the primary's.
func TestPeopleAnswerAllQuestions(t *testing.T) {
	p := slow(t)
	const end = 50 * time.Minute
	simulated, played := p.simulated(t, 1).within(end), p.play(t, 1, end)
	if len(simulated.decisions) != 2 || played.key() != simulated.key() {
		t.Fatalf("the agents decide %v, and the simulator %v", played.decisions, simulated.decisions)
	}
	apart := p.scenario.Checks[0].Interval + 10*time.Second // They look at their own moments.
	for i, d := range played.decisions {
		if at := simulated.decisions[i].at; (d.at - at).Abs() > apart {
			t.Errorf("%s: the agents decide after %v, and the simulator after %v", d.kind, d.at, at)
		}
	}
}

// A scenario ends also while people are at a question.
func TestPeopleAreNotWaitedFor(t *testing.T) {
	if run := slow(t).play(t, 1, 15*time.Minute); len(run.decisions) > 0 {
		t.Errorf("got %v, want nothing that nobody has approved yet", run.decisions)
	}
}
