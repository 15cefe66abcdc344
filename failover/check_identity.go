package failover

import (
	"cmp"
	"slices"
)

// mayBeCopy reports, in the plainest way, whether an event is an order that may have been judged
// before, or that nobody can have said: no rule takes one for a reason of anything.
func mayBeCopy(s *State, now Instant, e *Event) bool {
	if e.Kind != Ordered {
		return false
	}
	known, later := e.Sequence == 0, 0
	for _, said := range s.Orders {
		known = known || said.ID == e.Sequence
		if said.At > e.Said || said.At == e.Said && said.ID > e.Sequence {
			later++
		}
	}
	old := e.Said+Instant(ApprovalLasts) < now && e.Said < now
	return known || later == len(s.Orders) || e.Said > now || old
}

// meansAnother reports whether an order was said before the state was what it is about: no rule
// takes it for a reason of anything either.
func meansAnother(s *State, e *Event) bool {
	if e.Kind != Ordered {
		return false
	}
	switch {
	case e.Verb == Pause, e.Verb == PullBrake, e.Verb == Declare, e.Verb == Veto:
		return false
	case e.Verb == Approve:
		q := Question{Scope: Scope{Region: e.Region, Part: e.Part, Store: e.Store}, Target: e.Subject}
		if since, open := sinceOf(s, q); open {
			return e.Said < since
		}
		return e.Said < s.AskedAt
	}
	return e.Said < s.Turned || e.Verb == ApproveDrill && e.Said < s.Drill.At
}

// turnedKept holds when the state was last another one to people: a plan began or ended, the writes
// moved, somebody counted what a copy holds alone, the brake came on, people stopped something, or
// the policy is another one.
func turnedKept(t *transition) bool {
	want := t.before.Turned
	stopped := t.orders(Pause) || t.orders(PullBrake)
	if t.orders(Declare) || t.orders(Veto) {
		stopped = t.p.Workload.Has(t.e.Region)
	}
	began := t.before.Epoch != t.after.Epoch
	ended := t.before.Plan.Kind != NoPlan && t.after.Plan.Kind == NoPlan
	off := t.before.Brake.Cause == BrakeOff || t.orders(LiftBrake)
	braked := off && t.after.Brake.Cause != BrakeOff
	moved := t.before.Primary != t.after.Primary || t.before.Writers != t.after.Writers
	if stopped || began || ended || braked || moved || counts(t) || t.repoliced() {
		want = t.after.Now
	}
	return t.after.Turned == want
}

// counts reports whether somebody counted, or put a number to, what a copy holds alone.
func counts(t *transition) bool {
	for i := range t.after.Diverged {
		for r, is := range t.after.Diverged[i] {
			if is.Status == Archived && t.before.Diverged[i][r].Status == Suspected {
				return true
			}
		}
	}
	return false
}

// ordersKept holds which orders are remembered: the last that were said, each by its name.
func ordersKept(t *transition) bool {
	if t.e.Kind != Ordered { // What is not heard counts as a mere Tick.
		return t.before.Orders == t.after.Orders
	}
	said := append(slices.Clone(t.before.Orders[:]), Said{At: t.e.Said, ID: t.e.Sequence})
	slices.SortFunc(said, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return slices.Equal(said[len(said)-MaxOrders:], t.after.Orders[:])
}
