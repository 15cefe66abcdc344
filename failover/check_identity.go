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

// meansAnother reports whether an order was said before the state was what it is about: it is
// remembered, and no rule takes it for a reason of anything.
func meansAnother(s *State, e *Event) bool {
	stops := e.Verb == Pause || e.Verb == PullBrake || e.Verb == Declare || e.Verb == Veto
	if e.Kind != Ordered || stops {
		return false
	}
	asked := e.Verb == Approve && e.Said < s.AskedAt || e.Verb == ApproveDrill && e.Said < s.Drill.At
	return asked || e.Said < s.Turned
}

// turnedKept holds when the state was last another one to people: a plan began or ended, the brake
// came on, or they stopped something.
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
	if stopped || began || ended || braked {
		want = t.after.Now
	}
	return t.after.Turned == want
}

// ordersKept holds which orders are remembered: the last that were said, each by its name.
func ordersKept(t *transition) bool {
	if t.e.Kind != Ordered { // A copy counts as a mere Tick.
		return t.before.Orders == t.after.Orders
	}
	said := append(slices.Clone(t.before.Orders[:]), Said{At: t.e.Said, ID: t.e.Sequence})
	slices.SortFunc(said, func(a, b Said) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
	return slices.Equal(said[len(said)-MaxOrders:], t.after.Orders[:])
}
