package failover

import (
	"fmt"

	"redoubt/model"
)

// These are the parts of the safety rules that speak of what a plan has left that was given up, and
// of plans that repair what nothing is wrong with.

// reopensOpen says which store a reopening that begins would close although it is open where it
// belongs: it fences before it promotes.
func reopensOpen(t *transition) string {
	plan := &t.after.Plan
	for i := range t.p.Stores {
		lease := t.after.Leases[i]
		claimed := (t.before.Left.Unopened|t.after.Left.Unopened)>>i&1 == 1 // And nothing more.
		open := lease.Holder == plan.Target && lease.Fenced < lease.Epoch && !claimed
		if plan.Stores>>i&1 == 1 && open {
			return fmt.Sprintf("store %d is reopened in region %d, which holds it", i, plan.Target)
		}
	}
	return ""
}

// repairsWhole says which copy a reprotection that begins would rewind although it is not one that
// was left: who writes to a store, or holds it, has nobody to follow.
func repairsWhole(t *transition) string {
	plan := &t.after.Plan
	if !plan.Target.Valid() {
		return "a reprotection of no region"
	}
	for i := range t.p.Stores {
		if plan.Stores>>i&1 == 0 {
			continue
		}
		status := t.after.Diverged[i][plan.Target].Status
		writes := t.after.Writers[i] == plan.Target || t.after.Leases[i].Holder == plan.Target
		if writes || status == InStep || status == Unreconciled {
			return fmt.Sprintf("store %d in region %d is rewound, which is %s, and writes: %t", i,
				plan.Target, status, writes)
		}
	}
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind != Rewind {
			continue
		}
		if wrong := overwrites(t, step.Store, plan.Target); wrong != "" {
			return fmt.Sprintf("the copy of store %d in region %d: %s", step.Store, plan.Target, wrong)
		}
	}
	return ""
}

// leftLoose says which copy that may be open nobody is asked to fence, although its region is up
// and heard of, and no plan runs.
func leftLoose(t *transition) string {
	s := t.after
	if s.Plan.Kind != NoPlan || s.Paused || t.p.Mode == model.Advise {
		return ""
	}
	for r := range model.RegionID(model.MaxRegions) {
		if s.Silent.Has(r) || !t.p.Workload.Has(r) || !up(t.p, s, RegionScope(r)) || busy(t, r) {
			continue
		}
		for i := range t.p.Stores {
			if s.Diverged[i][r].Open != 0 {
				return fmt.Sprintf("store %d in region %d may be open, and nobody fences it", i, r)
			}
		}
	}
	return ""
}

// busy reports whether something speaks against repairing a region's copies now: one of them is
// down, or it holds a store itself, or that was tried in vain less than a cooldown ago.
func busy(t *transition, r model.RegionID) bool {
	for i := range t.p.Stores {
		copied, lease := &t.after.Diverged[i][r], &t.after.Leases[i]
		if copied.Status == InStep || copied.Status == Unreconciled {
			continue
		}
		dead := down(t.p, t.after, Scope{Region: r, Part: OneStore, Store: model.StoreID(i)}, 0)
		lately := copied.Tried != 0 && t.after.Now < copied.Tried+Instant(t.p.Cooldown)
		if dead || lately || lease.Holder == r || t.after.Writers[i] == r {
			return true
		}
	}
	return false
}

// undoesNothing says what is wrong with a retraction that begins: there has to be something for it
// to undo, and its steps are about nothing else.
func undoesNothing(t *transition) string {
	s, divided := t.after, t.after.Split.Share > 0 || t.after.Left.Strayed
	if s.Left.Drained == 0 && (!divided || s.Left.Unsettled) {
		return "traffic is sent back that no plan has left on its way, or whose writes have moved"
	}
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		switch {
		case step.Kind == Shift && (!divided || s.Left.Unsettled):
			return "traffic is sent back, and none has left"
		case step.Kind == Undrain && !s.Left.Drained.Has(step.Region):
			return "a region takes writes again that nobody has drained"
		}
	}
	return ""
}

// takenBackInVain says that a retraction takes traffic back to where nobody serves it, or, if it
// may have gone to where it is served, to where some of it would be lost.
func takenBackInVain(t *transition) string {
	s, plan := t.after, &t.after.Plan
	if plan.Kind != Retract {
		return ""
	}
	to, vain := s.Serving, false
	if s.Split.Share > 0 {
		to, vain = s.Split.From, lostToAll(t, s.Split.From)
	} else {
		vain = lostToSome(t)
	}
	if !vain {
		return ""
	}
	for _, step := range plan.Steps[:plan.Count] {
		if step.Kind == Shift && step.Status.open() {
			return fmt.Sprintf("traffic is taken back to %08b, where it is lost", to)
		}
	}
	return ""
}

// lostToAll reports whether none of some regions is known to be up, with no majority that sees the
// way to it down.
func lostToAll(t *transition, regions model.RegionSet) bool {
	for r := range model.RegionID(model.MaxRegions) {
		if regions.Has(r) && known(t.p, t.after, r) && !unreached(t, r) {
			return false
		}
	}
	return true
}

// lostToSome reports whether a majority sees down a region that serves, or the way to it, and
// neither of another region.
func lostToSome(t *transition) bool {
	lost, served := false, false
	for r := range model.RegionID(model.MaxRegions) {
		switch {
		case !t.p.Workload.Has(r):
		case !unreached(t, r):
			served = true
		case t.after.Serving.Has(r):
			lost = true
		}
	}
	return lost && served
}

// undoneKept holds what a plan leaves at its end that somebody may have done, and that it stands
// until a step has undone it.
func undoneKept(t *transition) bool {
	plan := &t.before.Plan
	strayed, drained, stores := t.before.Left.Strayed, t.before.Left.Drained, t.before.Left.Stores
	for i, writer := range t.after.Writers {
		if writer != t.before.Writers[i] {
			stores &^= 1 << i // Where they belong now, nobody has drained anything of them.
		}
	}
	for i, step := range plan.Steps[:plan.Count] {
		done := step.Status == Done
		if t.saysDone(i) {
			done = done || t.after.Plan.Epoch == plan.Epoch && t.after.Plan.Steps[i].Status == Done ||
				t.ended() && step.By == t.e.Region && step.begun()
		}
		if t.e.Kind == StepFailed && t.e.Epoch == plan.Epoch && int(t.e.Step) == i &&
			step.Status == Claimed && step.By == t.e.Region && step.Round == t.e.Round {
			step.By = model.NoRegion // Nothing was done, as the only one who has tried says.
		}
		claimed := step.By.Valid() || step.Look // Or an earlier one never said.
		news := done && step.Status != Done
		switch {
		case news && step.Kind == Divert, done && step.Kind == Shift:
			strayed = false // That of an earlier stage too, which nobody has done before this one.
		case news && step.Kind == Undrain:
			drained = drained.Without(step.Region)
			stores &^= writtenIn(t.after, step.Region)
		case t.ended() && claimed && step.Kind == Shift && !done:
			strayed = true
		case t.ended() && claimed && step.Kind == Drain && !hasMoved(t.after, plan):
			drained = drained.With(step.Region)
			stores |= plan.Stores & writtenIn(t.after, step.Region)
		}
	}
	if t.ended() {
		for r := range model.RegionID(model.MaxRegions) {
			writes := r == t.after.Primary
			for i := range t.p.Stores {
				writes = writes || t.after.Writers[i] == r
			}
			if !writes {
				drained = drained.Without(r)
			}
		}
	}
	is := t.after.Left
	return is.Strayed == strayed && is.Drained == drained && is.Stores == stores &&
		is.Unopened == unopenedAfter(t)
}

// unopenedAfter are the stores, one bit each, that have to be on record as held by a claim alone:
// what a plan claimed that ended before its promotion was done, until another claim, a fence, or
// the store's going elsewhere.
func unopenedAfter(t *transition) (claimed uint8) {
	for i := range t.p.Stores {
		was, is := &t.before.Leases[i], &t.after.Leases[i]
		same := is.Epoch == was.Epoch && is.Fenced < is.Epoch && is.Holder == t.after.Writers[i]
		if same && t.before.Left.Unopened>>i&1 == 1 {
			claimed |= 1 << i
		}
	}
	plan := &t.before.Plan
	for i, step := range plan.Steps[:plan.Count] {
		lease := &t.after.Leases[step.Store]
		mine := lease.Epoch == plan.Epoch && lease.Fenced < lease.Epoch &&
			lease.Holder == t.after.Writers[step.Store]
		open := t.p.Guarded>>step.Store&1 == 1 || step.Status == Done || t.saysDone(i)
		if t.ended() && step.Kind == Promote && !open && mine {
			claimed |= 1 << step.Store
		}
	}
	return claimed
}

// writtenIn are the stores whose writes belong in a region, one bit each.
func writtenIn(s *State, r model.RegionID) (stores uint8) {
	for i, writer := range s.Writers {
		if writer == r {
			stores |= 1 << i
		}
	}
	return stores
}

// hasMoved reports whether a plan that swaps has any of its writes in its target.
func hasMoved(s *State, plan *Plan) bool {
	moved := plan.Leads && s.Primary == plan.Target
	for i, writer := range s.Writers {
		moved = moved || plan.Stores>>i&1 == 1 && writer == plan.Target
	}
	return moved
}
