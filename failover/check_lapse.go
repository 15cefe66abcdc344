package failover

import (
	"fmt"

	"redoubt/model"
)

// This is the safety rule on what people hear of a store to which nobody may write.

func lapsesHeard(t *transition) string {
	for i, is := range t.after.Lapses {
		want, due := lapseAfter(t, model.StoreID(i))
		heard := 0
		for _, action := range t.did.All() {
			if !overStore(&action) || int(action.Store) != i {
				continue
			}
			if heard++; action.Subject != t.after.Writers[i] {
				return fmt.Sprintf("people hear of store %d in region %d", i, action.Subject)
			}
		}
		if due && heard != 1 || !due && heard != 0 {
			return fmt.Sprintf("people hear of store %d %d times, and that is due: %t", i, heard, due)
		}
		if is != want {
			return fmt.Sprintf("store %d: got %+v on record, want %+v", i, is, want)
		}
	}
	return ""
}

// overStore reports whether an action is an alarm over a store to which nobody may write, and not
// one over a step or the brake.
func overStore(a *Action) bool { return a.Kind == Alarm && a.Step == 0 && a.Part == OneStore }

// lapseAfter is what has to be on record of a store's lapse after the step, and whether people have
// to hear of it now.
func lapseAfter(t *transition, i model.StoreID) (want Lapse, due bool) {
	want = t.before.Lapses[i]
	kept := int(i) < int(t.p.Stores) && t.p.Guarded>>i&1 == 1 && t.p.Candidates.Count() > 1
	over := func(s *State) bool { return t.after.Now >= s.Leases[i].End+Instant(t.p.Drift) }
	switch {
	case !kept || !over(t.after):
		return Lapse{}, false
	case want.Told:
		return want, false
	case attended(t.p, t.after, i):
		return Lapse{Minded: true}, false
	}
	until := *t.before // What was done until the event came.
	until.Now = t.after.Now
	if want.Minded || attended(t.p, &until, i) {
		want = Lapse{Since: t.after.Now}
	}
	long := t.p.HoldDown
	ended := t.after.Now.Sub(t.after.Leases[i].End) - t.p.Drift
	if ended >= long && t.after.Now.Sub(want.Since) >= long {
		return Lapse{Told: true}, true
	}
	return want, false
}

// attended reports, in the plainest way, whether a plan has yet to promote a store, people were
// asked about the region where its writes belong, or a majority sees down that region or, while
// that is seen up, the store, without having done so for a hold-down.
func attended(p *Policy, s *State, i model.StoreID) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		over := step.Status == Done || step.Status == Spared
		if step.Kind == Promote && step.Store == i && !over {
			return true
		}
	}
	if int(s.Asked.Scope.Region) < model.MaxRegions && s.Asked.Scope.Region == s.Writers[i] {
		return true
	}
	whole := RegionScope(s.Writers[i])
	part := Scope{Region: s.Writers[i], Part: OneStore, Store: i}
	return fresh(p, s, whole) || fresh(p, s, part) && up(p, s, whole)
}

// fresh reports whether a majority sees a scope down, and has not for a hold-down.
func fresh(p *Policy, s *State, scope Scope) bool {
	return down(p, s, scope, 0) && !down(p, s, scope, p.HoldDown)
}
