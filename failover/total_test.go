package failover_test

import (
	"fmt"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// odd are regions at the edges of what there is, and beyond them.
var odd = [...]model.RegionID{0, 1, 2, 7, 8, 9, 254, model.NoRegion}

// Every event that can be written down is applied to states in which there is something to get
// wrong, whatever regions, stores and steps it names: none may panic, since it would stop every
// agent, at each restart again.
func TestNoEventPanics(t *testing.T) {
	policies, states := unusual(t)
	for i := range states {
		for kind := failover.EventKind(0); kind < 32; kind++ {
			events(kind, func(e *failover.Event) {
				defer func() {
					if problem := recover(); problem != nil {
						panic(fmt.Sprintf("state %d, %+v: %v", i, *e, problem))
					}
				}()
				s, did := states[i], failover.Actions{}
				e.At = s.Now
				policies[i].Apply(&s, e, &did)
				if e.Kind == failover.Ordered {
					_ = policies[i].Refuses(s, *e)
				}
			})
		}
	}
}

// events are those of a kind with every combination of what is odd in them.
func events(kind failover.EventKind, visit func(*failover.Event)) {
	verbs := 1
	if kind == failover.Ordered {
		verbs = 32
	}
	for verb := range verbs {
		for _, region := range odd {
			for _, subject := range odd {
				for part := range failover.Part(4) {
					for _, store := range []model.StoreID{0, 3, 4, 255} {
						e := failover.Event{
							Kind: kind, Verb: failover.Verb(verb), Region: region, Subject: subject,
							Part: part, Store: store, Ticket: 1, Who: 1, Sequence: 2, Epoch: 1, Known: 1, Down: 1,
							Step: uint8(store), Share: uint16(part),
						}
						visit(&e)
						e.Lag, e.Epoch, e.Share = 1, 2, failover.AtOnce
						visit(&e)
						e.Lag, e.Step = failover.AnyLoss, uint8(part)
						visit(&e)
					}
				}
			}
		}
	}
}

// unusual are states at rest, with much on record, in the middle of a failover, and with a copy
// that a force left, each with its policy.
func unusual(t *testing.T) (policies []failover.Policy, states []failover.State) {
	p, s := rich(t)
	policies, states = append(policies, p), append(states, s)
	plain := oneStore()
	manual, readers, two, staged := plain, plain, plain, plain
	manual.Mode = model.Manual
	readers.ServesReads = true
	two.Stores, two.Guarded = 2, 1
	staged.Stages, staged.StageHold = [len(staged.Stages)]uint8{5, 50, 100}, unit
	for _, policy := range []failover.Policy{plain, manual, readers, two, staged} {
		for _, play := range []func(*log){
			func(*log) {},
			func(l *log) { l.report(0, true, 1, 2); l.tick(l.policy.HoldDown) },
			func(l *log) { l.apply(ordered(failover.OrderSwitchover, 1)); workOff(l, failover.Notify) },
			func(l *log) {
				e := signed(failover.OrderForce, 1, 1)
				e.Lag, e.Ticket = failover.AnyLoss, 1
				l.apply(e)
				workOff(l, 0)
			},
		} {
			l := newLog(t, policy)
			l.lags()
			play(l)
			policies, states = append(policies, l.policy), append(states, l.state)
		}
	}
	return policies, states
}
