package failover_test

import (
	"fmt"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// history is a second view of what the copies of a walk hold, from what happened alone: from whose
// agent claimed what, whose guard recorded what, and which steps were done. It takes no word of the
// state's on a copy, as the code does, and Check with it: it judges that word.
type history [model.MaxStores][model.MaxRegions]copied

// copied is what happened to one region's copy of one store.
type copied struct {
	// over is until when its guard may have it open, as far as that can be known without asking it:
	// 0 once it cannot any more, always when nothing but a fence closes it.
	over failover.Instant
	// alone says that it may hold writes that no other copy does, counted that they were archived,
	// owed that the archive has some that nobody has reconciled.
	alone, counted, owed bool
	// disowned says that a person forced its promotion elsewhere while it was open, and so answers
	// for what is written to it.
	disowned bool
	// ahead says that its replica may have more than who was promoted beside it, which had not caught
	// up with who was left, and that nobody knows it to follow since.
	ahead bool
}

// forever is when a store closes that nothing but a fence can close.
const forever = origin + failover.Instant(127*unit)

// flags are the marks of a copy in one byte.
func (c *copied) flags() (flags uint8) {
	for i, is := range [...]bool{c.alone, c.counted, c.owed, c.disowned, c.ahead} {
		if is {
			flags |= 1 << i
		}
	}
	return flags
}

func (c *copied) setFlags(flags uint8) {
	for i, is := range [...]*bool{&c.alone, &c.counted, &c.owed, &c.disowned, &c.ahead} {
		*is = flags>>i&1 == 1
	}
}

// historyOf is the history of a state that a walk begins with, which it is asked for.
func historyOf(p *failover.Policy, s *failover.State) (h history) {
	for i := range p.Stores {
		for r := range h[i] {
			is := s.Diverged[i][r]
			h[i][r].counted = is.Status == failover.Archived
			h[i][r].alone = is.Status.Apart()
			h[i][r].owed = is.Writes > 0
		}
		if lease := s.Leases[i]; lease.Fenced < lease.Epoch {
			h.opens(p, s, model.StoreID(i), lease.End.Add(p.Drift))
		}
	}
	h.canonical(s.Now)
	return h
}

// opens notes until when the holder of a lease may write.
func (h *history) opens(
	p *failover.Policy, s *failover.State, store model.StoreID, over failover.Instant,
) {
	c := &h[store][s.Leases[store].Holder]
	if c.over = max(c.over, over); p.Guarded>>store&1 == 0 {
		c.over = forever
	}
	c.disowned = false
}

// canonical moves a history to the origin with its state.
func (h *history) canonical(now failover.Instant) {
	for i := range h {
		for r := range h[i] {
			switch c := &h[i][r]; {
			case c.over == forever || c.over == 0:
			case c.over <= now:
				c.over = 0
			default:
				c.over = origin.Add(c.over.Sub(now))
			}
		}
	}
}

// follow keeps the history, and says what the step did to a copy that it must not, or what the
// state has forgotten of one.
func (h *history) follow(
	p *failover.Policy, before *failover.State, e *failover.Event, after *failover.State,
) error {
	for i := range model.StoreID(p.Stores) {
		if e.Kind == failover.Fenced && e.Store == i && int(e.Region) < len(h[i]) {
			h[i][e.Region].over, h[i][e.Region].disowned = 0, false
		}
		if e.Kind == failover.LagMeasured && after.Lags[i] != before.Lags[i] {
			h[i][e.Region].ahead = false
		}
		wrong := h.leased(p, before, after, i)
		if wrong == "" {
			wrong = h.worked(p, before, e, i, after.Now)
		}
		if wrong == "" {
			wrong = h.known(after, i)
		}
		if wrong != "" {
			return fmt.Errorf("history: store %d: %s", i, wrong)
		}
	}
	return nil
}

// leased notes who may write, and what a lease that moves leaves behind.
func (h *history) leased(
	p *failover.Policy, before, after *failover.State, i model.StoreID,
) string {
	was, is := before.Leases[i], after.Leases[i]
	over := after.Now.Add(p.Lease).Add(p.Drift)
	moved := was.Epoch != is.Epoch || was.Holder != is.Holder
	switch {
	case moved:
		if wrong := h.moved(p, before, after, i); wrong != "" {
			return wrong
		}
		h.opens(p, after, i, over)
	case is.End != was.End && before.Under == after.Under, is.Ticket != was.Ticket,
		p.Lease > before.Under.Lease && is.Fenced < is.Epoch:
		h.opens(p, after, i, over)
	}
	open := 0
	for r := range h[i] {
		if c := &h[i][r]; c.over > after.Now && !c.disowned {
			open++
		}
	}
	if open > 1 {
		return fmt.Sprintf("%d regions may write to it", open)
	}
	return ""
}

// moved notes what the move of a lease makes of two copies.
func (h *history) moved(
	p *failover.Policy, before, after *failover.State, i model.StoreID,
) string {
	plan, was, is := &before.Plan, before.Leases[i], after.Leases[i]
	if was.Holder == is.Holder {
		return ""
	}
	from, to := &h[i][was.Holder], &h[i][is.Holder]
	role := plan.Kind == failover.Failover || plan.Kind == failover.Reopen
	forced := role && before.Force.Epoch == plan.Epoch
	caught := was.Holder == plan.Subject && caughtUp(plan)
	// What the region alone holds that a store belongs in is the truth: nobody else was promoted.
	stays := before.Writers[i] == is.Holder
	any := p.Restores || forced && before.Force.Lag == failover.AnyLoss
	switch {
	case to.alone && !stays && !any:
		return fmt.Sprintf("region %d is promoted, and holds writes of its own", is.Holder)
	case to.ahead && !stays && !any:
		return fmt.Sprintf("region %d is promoted, and may have been ahead of region %d", is.Holder,
			was.Holder)
	case to.owed && caught:
		return fmt.Sprintf("planned work goes to region %d, which owes writes", is.Holder)
	}
	if !caught {
		from.alone, from.counted = true, false
	}
	from.disowned = from.over > after.Now && forced && p.Guarded>>i&1 == 0
	to.alone, to.counted, to.ahead = false, false, false
	return ""
}

// caughtUp reports whether a plan had its target catch up with what it leaves.
func caughtUp(plan *failover.Plan) bool {
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == failover.CatchUp {
			return step.Status == failover.Done
		}
	}
	return false
}

// worked notes what an agent did to a copy, or people decided about it.
func (h *history) worked(
	p *failover.Policy, before *failover.State, e *failover.Event, i model.StoreID,
	now failover.Instant,
) string {
	if e.Kind == failover.Ordered && e.Verb == failover.Reconcile && e.Region.Valid() {
		c := &h[i][e.Region]
		c.owed = c.owed && c.alone && !c.counted
		return ""
	}
	plan := &before.Plan
	said := plan.Kind != failover.NoPlan && e.Epoch == plan.Epoch && e.Step < plan.Count
	if !said || e.Kind != failover.StepDone {
		return ""
	}
	step := plan.Steps[e.Step]
	if step.By != e.Region || step.Status != failover.Claimed && step.Status != failover.Unknown {
		return ""
	}
	if !plan.Target.Valid() {
		return "" // An evacuation touches no copy.
	}
	switch c := &h[i][plan.Target]; {
	case step.Kind == failover.Promote && step.Store == i && plan.Kind == failover.Failover:
		for r := range h[i] {
			h[i][r].ahead = model.RegionID(r) != plan.Target && !p.Restores
		}
	case step.Kind == failover.CatchUp:
		if plan.Stores>>i&1 == 0 || h[i][plan.Subject].over <= now {
			return ""
		}
		return fmt.Sprintf("region %d has caught up with what is written to", plan.Target)
	case step.Store != i:
	case step.Kind != failover.Archive && step.Kind != failover.Rewind:
	case c.over > now:
		return fmt.Sprintf("%s in region %d, whose guard may have it open", step.Kind, plan.Target)
	case step.Kind == failover.Archive && c.alone && !c.counted:
		c.counted, c.owed = true, c.owed || e.Ticket > 0
	case step.Kind == failover.Rewind && c.alone && !c.counted:
		return fmt.Sprintf("region %d is rewound, and nobody has counted what it holds",
			plan.Target)
	case step.Kind == failover.Rewind:
		c.alone, c.counted, c.ahead = false, false, false
	}
	return ""
}

// known holds what the state says of the copies against what happened to them.
func (h *history) known(s *failover.State, i model.StoreID) string {
	for r := range h[i] {
		c, is := &h[i][r], s.Diverged[i][r]
		uncounted := is.Status == failover.Suspected || is.Status == failover.Abandoned
		apart := uncounted || is.Status == failover.Archived && c.counted
		if c.alone && !apart {
			return fmt.Sprintf("region %d holds writes of its own, and is said to be %s", r,
				is.Status)
		}
		if c.owed && is.Writes == 0 {
			return fmt.Sprintf("what region %d once held alone is forgotten", r)
		}
	}
	return ""
}

// TestWhatIsOwedOutlivesAPromotion has a copy be archived and rewound, and its region take over
// again before anybody has brought in what was archived: the debt stays, and stays when it is left
// again.
func TestWhatIsOwedOutlivesAPromotion(t *testing.T) {
	l := newLog(t, walkPolicy())
	l.lags()
	movedAway(l)
	l.report(0, false, 1, 2)
	archive := failover.Event{
		Kind: failover.StepClaimed, At: l.state.Now, Region: 0, Epoch: l.state.Plan.Epoch,
	}
	l.apply(archive)
	archive.Kind, archive.Ticket = failover.StepDone, 7
	l.apply(archive)
	workOff(l, 0)
	owed := failover.Divergence{Status: failover.Unreconciled, Writes: 7}
	if got := l.state.Diverged[0][0]; got != owed {
		t.Fatalf("got %+v before, want %+v", got, owed)
	}
	lose := func(r model.RegionID) {
		l.lags()
		l.report(r, true, (r+1)%2, 2)
		l.tick(2 * unit)
		workOff(l, 0)
	}
	if lose(1); l.state.Primary != 0 || l.state.Diverged[0][0] != owed {
		t.Fatalf("got %+v in the primary, want %+v", l.state.Diverged[0][0], owed)
	}
	l.report(1, false, 0, 2)
	workOff(l, 0)
	owed.Status = failover.Suspected
	if lose(0); l.state.Primary != 1 || l.state.Diverged[0][0] != owed {
		t.Errorf("got %+v in what was left again, want %+v", l.state.Diverged[0][0], owed)
	}
}
