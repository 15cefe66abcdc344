package failover

import (
	"cmp"
	"slices"

	"redoubt/model"
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

// meansAnother reports whether an order was said before what it would now end or allow had begun:
// it is remembered, and no rule takes it for a reason of anything.
func meansAnother(s *State, e *Event) bool {
	if e.Kind != Ordered {
		return false
	}
	var mark Mark
	if e.Region < model.MaxRegions {
		mark = s.Marks[e.Region]
	}
	for _, thing := range []struct {
		of    bool
		began Instant
	}{
		{e.Verb == Abort || e.Verb == SkipValidation, s.Plan.Began},
		{e.Verb == Approve, s.AskedAt},
		{e.Verb == ApproveDrill, s.Drill.At},
		{e.Verb == Resume, s.PausedAt},
		{e.Verb == LiftBrake, s.Brake.At},
		{e.Verb == Withdraw, mark.CausesAt},
		{e.Verb == LiftVeto, mark.VetoedAt},
	} {
		if thing.of && thing.began > e.Said {
			return true
		}
	}
	return false
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
