package failover

import (
	"fmt"

	"redoubt/model"
)

// repoliced reports whether the state came under another policy, or other rules, in this step.
func (t *transition) repoliced() bool { return t.before.Under != t.after.Under }

// policyChanges holds a change of policy against what it must not touch: it is the one that the
// event names, nothing was being done, and who could write before may go on until the same time.
func policyChanges(t *transition) string {
	if !t.repoliced() {
		return ""
	}
	if lacks := policyNamed(t); lacks != "" {
		return lacks
	}
	if t.before.Plan.Kind != NoPlan || t.before.Left != (Leftover{}) {
		return "something was being done, or was left halfway"
	}
	for i := range t.before.Leases {
		if broken := termsKept(t, model.StoreID(i)); broken != "" {
			return broken
		}
	}
	if broken := handedOver(t); broken != "" {
		return broken
	}
	for o, about := range t.after.Reports {
		for subject, is := range about {
			was := t.before.Reports[o][subject]
			if is.Known != 0 || is.Down != 0 || is.Sequence != was.Sequence || is.At < was.At {
				return fmt.Sprintf("what region %d said of %d still counts", o, subject)
			}
		}
	}
	if recent := lately(t); t.p.BrakeAfter > 0 && recent >= int(t.p.BrakeAfter) &&
		t.after.Brake.Cause == BrakeOff {
		return fmt.Sprintf("%d transitions are too many for the policy, and the brake is off", recent)
	}
	approved := t.after.Approved != Consent{Question: nothing}
	if approved || t.after.Drill.Asked || t.after.Readiness != t.before.Readiness &&
		t.after.Readiness != [model.MaxRegions]Readiness{} {
		return "an approval, or what was ready, still counts"
	}
	return ""
}

// handedOver says what of the copies and the traffic the new policy has no place for: a copy that
// may be open where no fence could be recorded, or traffic to more regions than serve.
func handedOver(t *transition) string {
	for i, copies := range t.before.Diverged {
		for r, copied := range copies {
			gone := copied.Status == Abandoned && t.before.Silent.Has(model.RegionID(r))
			if copied.Open > 0 && !gone && !t.p.Workload.Has(model.RegionID(r)) {
				return fmt.Sprintf("store %d may be open in region %d, which is no more", i, r)
			}
		}
	}
	others := t.after.Serving & (t.after.Serving - 1)
	if one := !t.p.ServesReads && !t.p.MultiWriter; one && others != 0 {
		return fmt.Sprintf("one region serves, and traffic goes to %08b", t.after.Serving)
	}
	return ""
}

// policyNamed says how the policy that the state is under now differs from what the event names, or
// from the one that applied it.
func policyNamed(t *transition) string {
	named, version := t.e.Names()
	is := t.after.Under
	if t.e.Kind != PolicyChanged || named != is.Policy || version != is.Rules {
		return "no event named the policy"
	}
	if is.Policy != t.p.Digest() || is.Rules != RulesVersion {
		return "another policy than the one that was named has applied the event"
	}
	if is.Guarded != keptLeases(t.p) || is.Lease != t.p.Lease || is.Drift != t.p.Drift {
		return "the terms on record are not the policy's"
	}
	return ""
}

// keptLeases are the stores of which a lease is kept: a guard has them, and more than one region
// may write to them.
func keptLeases(p *Policy) (stores uint8) {
	if p.Candidates&(p.Candidates-1) != 0 {
		stores = p.Guarded
	}
	return stores
}

// termsKept says which promise about a store a change of policy broke.
func termsKept(t *transition, i model.StoreID) string {
	was, is, terms := t.before.Leases[i], t.after.Leases[i], t.before.Under
	if t.before.Writers[i].Valid() != (int(i) < int(t.p.Stores)) {
		return fmt.Sprintf("store %d came or went", i)
	}
	changed := is
	if changed.End = was.End; changed != was {
		return fmt.Sprintf("store %d: more than the end of its lease changed", i)
	}
	if int(i) >= int(t.p.Stores) {
		return ""
	}
	held := t.p.Workload.Has(is.Holder) && t.p.Workload.Has(t.before.Writers[i])
	if !held {
		return fmt.Sprintf("store %d is held or written to where there is no workload", i)
	}
	if !t.p.Candidates.Has(is.Holder) || !t.p.Candidates.Has(t.before.Writers[i]) {
		return fmt.Sprintf("store %d is held or written to by no candidate", i)
	}
	bit := uint8(1) << i
	if keptLeases(t.p)&bit != 0 && terms.Guarded&bit == 0 && was.Fenced < was.Epoch {
		return fmt.Sprintf("store %d came under a guard that has not fenced it", i)
	}
	past := InstantMax + Instant(spanMax) // Beyond it nothing is reckoned any more.
	safe := min(was.End+Instant(terms.Drift), past)
	longer := t.p.Lease > terms.Lease && is.End < t.after.Now+Instant(t.p.Lease)
	if is.End < was.End || is.End+Instant(t.p.Drift) < safe || longer {
		return fmt.Sprintf("store %d: the lease that ended at %d, and could be relied on to at %d, "+
			"ends at %d", i, was.End, was.End+Instant(terms.Drift), is.End)
	}
	return ""
}
