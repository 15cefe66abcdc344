package failover_test

import (
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// heard are the names of what Apply said that people are to hear.
func heard(did *failover.Actions) (ids []uint64) {
	for _, action := range did.All() {
		if action.Kind != failover.Do {
			ids = append(ids, action.ID())
		}
	}
	return ids
}

// standing are the names of what people should know.
func standing(p *failover.Policy, s *failover.State) (ids []uint64) {
	for action := range p.Standing(*s) {
		ids = append(ids, action.ID())
	}
	return ids
}

// closedAndAsked is a manual policy's log in which people hear of three things: a question, which
// is withdrawn and comes again, and a store to which nobody may write.
func closedAndAsked(l *log, see func()) {
	for n := range 40 {
		l.tick(10 * unit)
		see()
		for _, o := range []model.RegionID{1, 2} {
			l.report(0, n < 10 || n > 20 && n < 30, o)
			see()
		}
		l.report(1, false, 0, 2)
		l.lags()
		see()
	}
}

// Whoever delivers what stands, and drops what was delivered, tells people each thing once, and
// misses nothing that Apply said: not when nobody looks at what Apply returned.
func TestWhatStandsIsDeliveredOnce(t *testing.T) {
	p := oneStore()
	p.Mode = model.Manual
	l := newLog(t, p)
	var said, told []uint64
	closedAndAsked(l, func() {
		said = append(said, heard(&l.did)...)
		for _, id := range standing(&l.policy, &l.state) {
			if !slices.Contains(told, id) {
				told = append(told, id)
			}
		}
	})
	if !slices.Equal(said, told) || len(said) != 3 {
		t.Errorf("got %x told, want the three that were said: %x", told, said)
	}
	if slices.Sort(said); len(slices.Compact(said)) != 3 {
		t.Errorf("two of %x have one name", said)
	}
}

// A replay of the log, as after a restart, ends with the same names.
func TestWhatStandsIsTheSameAfterAReplay(t *testing.T) {
	var first []uint64
	for range 2 {
		p := oneStore()
		p.Mode = model.Manual
		l := newLog(t, p)
		closedAndAsked(l, func() {})
		ids := standing(&l.policy, &l.state)
		if first != nil && !slices.Equal(first, ids) || len(ids) == 0 {
			t.Errorf("got %x, want %x", ids, first)
		}
		first = ids
	}
}

// An alarm over a step outlives its plan for an hour, and one of a plan that runs stands for as
// long as that does.
func TestAnAlarmOutlivesItsPlan(t *testing.T) {
	p := oneStore()
	p.StepTries, p.Guarded = 1, 0
	l := newLog(t, p)
	l.lags()
	l.apply(ordered(failover.OrderSwitchover, 1))
	if l.state.Plan.Kind != failover.NoPlan {
		t.Fatal("a switchover began to where nobody knows who is up")
	}
	l.report(1, false, 0, 2)
	l.report(0, false, 1, 2)
	l.apply(ordered(failover.OrderSwitchover, 1))
	l.tick(p.StepTimeout) // Nobody scales, and the one try was that.
	if l.state.Plan.Kind != failover.NoPlan || len(standing(&p, &l.state)) != 2 {
		t.Fatalf("got %x, want an alarm over the step, one over what was ordered, and no plan:\n%s",
			standing(&p, &l.state), portrait(&p, &l.state))
	}
	l.tick(failover.ApprovalLasts - time.Nanosecond)
	if ids := standing(&p, &l.state); len(ids) != 2 {
		t.Errorf("got %x within the hour, want both", ids)
	}
	l.tick(time.Nanosecond)
	if ids := standing(&p, &l.state); len(ids) != 0 {
		t.Errorf("got %x after an hour, want none", ids)
	}
}

// Nobody is there to do any step of a forced failover of four stores that no guard keeps: people
// hear of each of them at once, and of the failover, and all of that stands.
func TestAllThatOneEventRaisesStands(t *testing.T) {
	p := oneStore()
	p.Stores, p.Guarded, p.StepTries = model.MaxStores, 0, 1
	l := newLog(t, p)
	force := signed(failover.OrderForce, 1, 1)
	force.Lag, force.Ticket = failover.AnyLoss, 1
	l.apply(force)
	l.tick(p.StepTimeout) // With Check, which holds that what people hear stands.
	told, stands := heard(&l.did), standing(&l.policy, &l.state)
	if len(told) != failover.MaxNotices || len(stands) != failover.MaxNotices {
		t.Errorf("people hear %d things, and %d stand, want %d", len(told), len(stands),
			failover.MaxNotices)
	}
}

// The approval gate holds since people were asked.
func TestApprovalHoldsSinceTheQuestion(t *testing.T) {
	p := oneStore()
	p.Mode = model.Manual
	l := newLog(t, p)
	l.tick(10 * unit)
	l.lags()
	l.report(0, true, 1, 2)
	l.tick(30 * unit)
	l.report(0, true, 1, 2)
	l.tick(30 * unit)
	l.report(0, true, 1, 2)
	l.tick(5 * unit)
	v := p.Explain(l.state, failover.RegionScope(0))
	since, began := v.Since(failover.ApprovalGate, l.state.Now)
	if want := failover.Instant(70 * unit); !began || since != want {
		t.Errorf("got %v, %v, want since %v", since, began, want)
	}
	v = p.Explain(l.state, failover.RegionScope(1)) // Nobody was asked about that one.
	if since, began := v.Since(failover.ApprovalGate, l.state.Now); began {
		t.Errorf("got since %v of what nobody was asked", since)
	}
}
