package failover

import (
	"fmt"
	"time"

	"redoubt/model"
)

// This is the safety rule on what people hear of a store to which nobody may write.

func lapsesHeard(t *transition) string {
	if wrong := fencesHeard(t); wrong != "" {
		return wrong
	}
	if wrong := fencedHeard(t); wrong != "" {
		return wrong
	}
	if wrong := unansweredHeard(t); wrong != "" {
		return wrong
	}
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
func overStore(a *Action) bool {
	return a.Kind == Alarm && a.Step == 0 && a.Gate == 0 && a.Part == OneStore
}

// overBrake reports whether an action is an alarm over the brake.
func overBrake(a *Action) bool {
	return a.Kind == Alarm && a.Step == 0 && a.Gate == 0 && a.GivenUp == NoPlan && !overStore(a)
}

// lapseAfter is what has to be on record of a store's lapse after the step, and whether people have
// to hear of it now.
func lapseAfter(t *transition, i model.StoreID) (want Lapse, due bool) {
	want = t.before.Lapses[i]
	over, kept := closedFrom(t.p, t.after, i)
	switch {
	case (!kept || t.after.Now < over) && want.Told && promoting(t.after, i):
		return want, false // Its claims open nothing.
	case !kept || t.after.Now < over:
		return Lapse{}, false
	case want.Told:
		return want, false
	case attended(t.p, t.after, i):
		return Lapse{Minded: true, Opening: true}, false
	}
	until := *t.before // What was done until the event came.
	until.Now = t.after.Now
	now, ended := t.after.Now, t.after.Now.Sub(over)
	from, was := closedFrom(t.p, &until, i)
	began := !was || now < from // Nobody could tell before that.
	if want.Opening || !began && attended(t.p, &until, i) {
		want = Lapse{Minded: true, First: now}
	}
	left, leaves := &t.before.Left, &t.after.Left
	if (leaves.Stores&^left.Stores|leaves.Unopened&^left.Unopened)>>i&1 == 1 {
		want = Lapse{Since: now, First: now} // A plan was under way until then.
	}
	soon, sooner := expected(t.p, t.after, i), !began && expected(t.p, &until, i)
	switch {
	case soon:
		want = Lapse{Minded: true, First: want.First}
	case want.Minded || sooner:
		want = Lapse{Since: now, First: want.First}
	}
	idle := min(ended, now.Sub(want.Since))
	waited := min(ended, now.Sub(want.First)) // Whatever a quorum has begun to see since.
	if !soon && idle >= t.p.HoldDown || waited >= 3*t.p.HoldDown {
		return Lapse{Told: true, Since: now}, true
	}
	return want, false
}

// closedFrom is, in the plainest way, from when on nobody may write to a store; false where that is
// not so, or nobody knows.
func closedFrom(p *Policy, s *State, i model.StoreID) (Instant, bool) {
	lease := &s.Leases[i]
	switch {
	case int(i) >= int(p.Stores):
		return 0, false
	case (s.Left.Stores|s.Left.Unopened)>>i&1 == 1:
		return 0, true
	case p.Candidates.Count() < 2:
		return 0, false
	case p.Guarded>>i&1 == 0:
		return lease.FencedAt, lease.Fenced >= lease.Epoch
	}
	return lease.End + Instant(p.Drift), true
}

// attended reports, in the plainest way, whether a plan has yet to promote a store, and that does
// not hang, or people were asked about all of the region where its writes belong, or about that
// store there.
func attended(p *Policy, s *State, i model.StoreID) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		over := step.Status == Done || step.Status == Spared
		if step.Kind != Promote || step.Store != i || over || hangs(p, s, &step) {
			continue
		}
		if step.Status != Waiting || !catchingUpHangs(p, s) {
			return true
		}
	}
	for _, q := range askedOf(s) {
		here := int(q.Scope.Region) < model.MaxRegions && q.Scope.Region == s.Writers[i]
		if here && (q.Scope.Part == Whole || q.Scope.Part == OneStore && q.Scope.Store == i) {
			return true
		}
	}
	return false
}

// catchingUpHangs reports whether the running plan has a catching up that hangs.
func catchingUpHangs(p *Policy, s *State) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		if step.Kind == CatchUp && hangs(p, s, &step) {
			return true
		}
	}
	return false
}

// promoting reports, in the plainest way, whether the running plan is about to promote a store, or
// has tried to.
func promoting(s *State, i model.StoreID) bool {
	for _, step := range s.Plan.Steps[:s.Plan.Count] {
		switch {
		case step.Kind != Promote || step.Store != i:
		case step.Status == Pending || step.Status == Claimed || step.Status == Unknown:
			return true
		case step.Status == Waiting && step.Tries > 0:
			return true
		}
	}
	return false
}

// patience is for how long people hear nothing of what a plan is to end: three hold-downs, or a
// third of what a step may take.
func patience(p *Policy) time.Duration {
	long := 3 * p.HoldDown
	if long == 0 {
		long = 3 * p.StaleAfter
	}
	return max(long, p.StepTimeout/3)
}

// hangs reports whether somebody was asked for a step that long ago and it is not done, or has
// tried it in vain.
func hangs(p *Policy, s *State, step *Step) bool {
	asked := step.Status == Pending || step.Status == Claimed || step.Status == Unknown
	return asked && (step.Tries > 0 || s.Now.Sub(step.Since) >= patience(p))
}

// expected reports whether a majority sees down the region where a store's writes belong or, while
// that is seen up, the store, without having done so for a hold-down.
func expected(p *Policy, s *State, i model.StoreID) bool {
	whole := RegionScope(s.Writers[i])
	part := Scope{Region: s.Writers[i], Part: OneStore, Store: i}
	return fresh(p, s, whole) || fresh(p, s, part) && up(p, s, whole)
}

// fresh reports whether a majority sees a scope down, and has not for a hold-down.
func fresh(p *Policy, s *State, scope Scope) bool {
	return down(p, s, scope, 0) && !down(p, s, scope, p.HoldDown)
}
