package failover

import (
	"fmt"
	"math"
	"math/bits"
	"time"

	"redoubt/model"
)

// These are the safety rules on the copies that were left, on who does a step, and on regions that
// come and go.

// copiesKept holds what is noted of each copy against what happened to it: it is suspected as soon
// as its store is promoted elsewhere unplanned, and only archiving, rewinding and a person's word
// take that back.
func copiesKept(t *transition) string {
	for i := range t.p.Stores {
		for r := range model.RegionID(model.MaxRegions) {
			if wrong := copyKept(t, model.StoreID(i), r); wrong != "" {
				return fmt.Sprintf("store %d in region %d: %s", i, r, wrong)
			}
		}
	}
	return ""
}

func copyKept(t *transition, store model.StoreID, r model.RegionID) string {
	was, is := t.before.Diverged[store][r], t.after.Diverged[store][r]
	was.Open, is.Open = 0, 0 // Another rule is about that.
	from, to := &t.before.Leases[store], &t.after.Leases[store]
	promoted := from.Epoch != to.Epoch
	kind := t.before.Plan.Kind
	planned := kind == Failback || kind == Switchover || kind == Drill
	caughtUp := planned && t.before.Plan.Subject == from.Holder // With nobody else.
	switch {
	case promoted && to.Holder == r:
		owed := Divergence{}
		if was.Writes > 0 {
			owed = Divergence{Status: Unreconciled, Writes: was.Writes}
		}
		if is != owed {
			return "the copy that is written to is said to differ from itself, or its debt is forgotten"
		}
		return ""
	case promoted && from.Holder == r && !caughtUp:
		if is != (Divergence{Status: Suspected, Writes: was.Writes}) {
			return "the copy was left, and nobody suspects it, or its debt is forgotten"
		}
		return ""
	case promoted && !caughtUp && was.Status == Archived && was.Begun &&
		from.Holder.Valid() && from.Holder != to.Holder:
		if is != (Divergence{Status: Suspected, Begun: true, Writes: was.Writes}) {
			return "the copy may have followed the one that was left, and nobody suspects it"
		}
		return ""
	case was.Status == Abandoned && refuted(t, r):
		if was.Status = Suspected; is != was {
			return "its region is not gone for good, and the copy is not suspected"
		}
		return ""
	case was == is:
		return ""
	case t.e.Kind == Ordered && t.e.Verb == OrderReprotection && t.e.Region == r:
		follows := t.before.Lags[store][r].Epoch == from.Epoch || from.Holder == r
		if follows || is != (Divergence{Status: Suspected, Writes: was.Writes}) {
			return "a copy that follows was suspected, or its debt is forgotten"
		}
		return ""
	case t.e.Kind == Ordered && t.e.Verb == Reconcile && t.e.Region == r:
		given := Divergence{Status: Archived, Begun: was.Begun, Writes: owedWith(was.Writes, t.e.Ticket)}
		if t.e.Part != Whole && (t.e.Part != OneStore || t.e.Store != store) {
			return "an order about another store waived what it holds"
		}
		if open := t.before.Diverged[store][r].Open; open != 0 {
			given = Divergence{Status: Abandoned, Begun: was.Begun, Writes: was.Writes}
			if is != given || !gaveUpForGood(t, store, r) {
				return "a copy that may be open was given up, and nobody answers for that"
			}
			return ""
		}
		named := t.e.Lag == AnyLoss && t.e.Ticket > 0 && gaveUp(t, r) == 1
		if was.Status != Archived && was.Status != Unreconciled && !(named && is == given) {
			return "what nobody has counted was waived, and nobody has said how much of it"
		}
		return ""
	case was.Status == Abandoned && t.e.Kind == Fenced && t.e.Region == r && t.e.Store == store:
		if was.Status = Suspected; is != was || t.after.Diverged[store][r].Open != 0 {
			return "a copy that was given up for good was fenced, and is not suspected"
		}
		return ""
	}
	return copyRepaired(t, store, r)
}

// refuted reports whether the event shows that a region is not gone for good: its agent is heard
// of, or a report has it known to be up.
func refuted(t *transition, r model.RegionID) bool {
	seen := t.e.Kind == AgentSeen && t.e.Region == r && t.p.Voters.Has(r)
	said := t.e.Kind == Reported && t.e.Subject == r && t.after.Reports != t.before.Reports
	return seen || said && known(t.p, t.after, r)
}

// gaveUp is of how many stores a region's copy was suspected, and counts as archived by the event.
func gaveUp(t *transition, r model.RegionID) (count int) {
	for i := range t.p.Stores {
		was, is := t.before.Diverged[i][r].Status, t.after.Diverged[i][r].Status
		if was == Suspected && (is == Archived || is == Abandoned) {
			count++
		}
	}
	return count
}

// owedWith is what a copy owes once more was counted. It is never less than before.
func owedWith(writes, more uint64) uint64 {
	sum, overflows := bits.Add64(writes, more, 0)
	if overflows != 0 {
		return math.MaxUint64
	}
	return sum
}

// leftOpen holds which copies may still be written to against the leases and the fences: one is
// from when its store was promoted elsewhere although nothing had closed it, and only its region's
// own fence, or its promotion, ends that. Nobody archives or rewinds it in between.
func leftOpen(t *transition) string {
	for i := range t.p.Stores {
		from, to := &t.before.Leases[i], &t.after.Leases[i]
		promoted := from.Epoch != to.Epoch
		ended := t.p.Guarded>>i&1 == 1 && t.after.Now >= from.End+Instant(t.p.Drift)
		for r := range model.RegionID(model.MaxRegions) {
			open, is := t.before.Diverged[i][r].Open, &t.after.Diverged[i][r]
			said := t.e.Kind == Fenced && t.e.Region == r && t.e.Store == model.StoreID(i)
			switch {
			case promoted && to.Holder == r, said && t.e.Epoch >= open && t.e.Epoch <= t.before.Epoch:
				open = 0
			case promoted && from.Holder == r && from.Fenced < from.Epoch && !ended:
				open = from.Epoch
			}
			if is.Open != open {
				return fmt.Sprintf("store %d in region %d was left open in epoch %d, not %d", i, r, open,
					is.Open)
			}
			if given := is.Status == Abandoned; given && is.Open == 0 ||
				is.Open != 0 && is.Status != Suspected && !given {
				return fmt.Sprintf("store %d in region %d is %s, and may be open", i, r, is.Status)
			}
		}
	}
	if wrong := leftLoose(t); wrong != "" {
		return wrong
	}
	plan := &t.after.Plan
	for _, step := range plan.Steps[:plan.Count] {
		repairs := step.Kind == Archive || step.Kind == Rewind
		if repairs && step.Status != Waiting && t.after.Diverged[step.Store][plan.Target].Open != 0 {
			return fmt.Sprintf("the %s of store %d is asked for, which may be open", step.Kind, step.Store)
		}
	}
	return ""
}

// gaveUpForGood reports whether the event is a signed order that gives up what a region's copy of a
// store holds, since the region is gone: everybody who could say otherwise is silent, or sees it
// down, and has for the whole hold-down.
func gaveUpForGood(t *transition, store model.StoreID, r model.RegionID) bool {
	e := t.e
	about := e.Region == r && (e.Part == Whole || e.Part == OneStore && e.Store == store)
	said := e.Share == ForGood && e.Lag == AnyLoss && e.Ticket > 0 && e.Who != 0
	return t.orders(Reconcile) && about && said && t.before.Silent.Has(r) &&
		seenDown(t.p, t.after, r) && gaveUp(t, r) == 1
}

// overwrites says what speaks against the rewinding of a region's copy of a store that begins: what
// it would follow is seen down, or people have declared what the copy may be needed for as it is.
func overwrites(t *transition, store model.StoreID, r model.RegionID) string {
	writer, tainted := t.after.Writers[store], t.after.Marks[r].Causes&SecurityIncident != 0
	source := Scope{Region: writer, Part: OneStore, Store: store}
	if down(t.p, t.after, RegionScope(writer), 0) || down(t.p, t.after, source, 0) {
		return fmt.Sprintf("it is overwritten, and region %d, which it is to follow, is down", writer)
	}
	for i := range t.after.Marks {
		tainted = tainted || t.after.Marks[i].Causes&Corruption != 0
	}
	if tainted {
		return "it is overwritten, and may be needed as it is, as people have declared"
	}
	return ""
}

// copyRepaired holds a change of a copy against the step that brought it about.
func copyRepaired(t *transition, store model.StoreID, r model.RegionID) string {
	was, is := t.before.Diverged[store][r], t.after.Diverged[store][r]
	was.Open, is.Open = 0, 0
	plan := &t.before.Plan
	said := plan.Kind == Reprotect && t.e.Epoch == plan.Epoch && t.e.Step < plan.Count &&
		plan.Target == r && plan.Steps[t.e.Step].Store == store
	if is.Begun && !was.Begun {
		if !said || t.e.Kind != StepClaimed || plan.Steps[t.e.Step].Kind != Rewind {
			return "its rewinding is said to have begun, and nobody claimed it"
		}
		if wrong := overwrites(t, store, r); wrong != "" {
			return wrong
		}
		was.Begun = true
	}
	if is.Tried != was.Tried && is.Tried != 0 {
		ended := plan.Kind == Reprotect && plan.Target == r && t.after.Plan.Epoch != plan.Epoch
		if !ended || is.Tried != max(t.after.Now, 1) {
			return "its rewinding is said to have failed, and its plan did not end"
		}
		was.Tried = is.Tried
	}
	if was == is {
		return ""
	}
	if !said || t.e.Kind != StepDone {
		return "it changed, and nobody did anything to it"
	}
	was.Tried, is.Tried, was.Begun, is.Begun = 0, 0, false, false
	follows := Divergence{}
	if was.Writes > 0 {
		follows = Divergence{Status: Unreconciled, Writes: was.Writes}
	}
	switch kind := plan.Steps[t.e.Step].Kind; {
	case kind == Archive && was == is:
	case kind == Archive && was.Status == Suspected:
		if is != (Divergence{Status: Archived, Writes: owedWith(was.Writes, t.e.Ticket)}) {
			return "what was archived is not what was counted"
		}
	case kind == Rewind && was.Status == Archived:
		if is != follows {
			return "it was rewound, and what it held alone is forgotten"
		}
	default:
		return fmt.Sprintf("a %s changed it", kind)
	}
	return ""
}

// replicasOnly holds the target of a plan that has begun: its copies are replicas, and in planned
// work nothing is owed of what it once held alone, and it catches up with who holds the stores.
func replicasOnly(t *transition) string {
	plan := &t.after.Plan
	planned := plan.Kind == Failback || plan.Kind == Switchover || plan.Kind == Drill
	if !t.begun() || plan.Kind != Failover && !planned {
		return ""
	}
	for i := range t.p.Stores {
		writer, holder := t.after.Writers[i], t.after.Leases[i].Holder
		if !planned || plan.Stores>>i&1 == 0 {
			continue
		}
		if holder != writer {
			return fmt.Sprintf("store %d is held by region %d, and not by %d that is left", i, holder,
				writer)
		}
		sample := t.after.Lags[i][plan.Target]
		behind := time.Duration(t.after.Now-sample.At) + sample.Lag
		stranger := sample.Epoch == 0 || sample.Epoch != t.after.Leases[i].Epoch
		if !t.p.Restores && (stranger || behind > t.p.DataAtRiskMax) {
			return fmt.Sprintf("the writes to store %d would wait for region %d, last measured in epoch "+
				"%d and %s behind", i, plan.Target, sample.Epoch, behind)
		}
	}
	if wasForced(t.after) && t.after.Force.Lag == AnyLoss || plan.Kind == Failover && t.p.Restores {
		return ""
	}
	for i := range t.p.Stores {
		status := t.after.Diverged[i][plan.Target].Status
		apart := status != InStep && (status != Unreconciled || planned)
		if plan.Stores>>i&1 == 1 && apart {
			return fmt.Sprintf("store %d in region %d is %s", i, plan.Target, status)
		}
	}
	return ""
}

// looksFirst holds who does a step: one that may have been done is looked at before it is done
// again, until its executor says that it was not, and it passes from one agent to another by a
// claim alone.
func looksFirst(t *transition) string {
	before, after := &t.before.Plan, &t.after.Plan
	for _, action := range t.did.All() {
		if action.Kind == Do && action.Index < after.Count &&
			action.Look != after.Steps[action.Index].Look {
			return fmt.Sprintf("the action for step %d has another word on looking", action.Index)
		}
	}
	if after.Kind != NoPlan && before.Epoch != after.Epoch {
		for i, step := range after.Steps[:after.Count] {
			begun := step.Kind == Rewind && t.after.Diverged[step.Store][after.Target].Begun
			if begun && !step.Look {
				return fmt.Sprintf("step %d rewinds what may be rewound already", i)
			}
		}
	}
	if before.Kind == NoPlan || before.Epoch != after.Epoch {
		return ""
	}
	for i := range before.Steps[:before.Count] {
		for _, broken := range [...]func(*transition, int) string{stepLooked, askedAgain} {
			if wrong := broken(t, i); wrong != "" {
				return fmt.Sprintf("step %d %s", i, wrong)
			}
		}
	}
	return ""
}

func stepLooked(t *transition, i int) string {
	was, is := &t.before.Plan.Steps[i], &t.after.Plan.Steps[i]
	said := t.e.Epoch == t.before.Plan.Epoch && int(t.e.Step) == i && t.e.Round == was.Round
	open := was.Status == Pending || was.Status == Unknown
	claimed := said && t.e.Kind == StepClaimed && open &&
		(was.Region == t.e.Region || !was.Region.Valid())
	gaveUp := said && t.e.Kind == StepFailed && t.e.Region == was.By && !is.By.Valid() &&
		was.Status == Claimed && is.Status != Claimed
	if (is.By != was.By && !gaveUp || is.Status == Claimed && was.Status != Claimed) &&
		!(claimed && is.By == t.e.Region) {
		return fmt.Sprintf("went from region %d to %d without a claim", was.By, is.By)
	}
	// Who has looked says so while it has the step: before, that is word of an earlier try.
	undone := said && t.e.Kind == StepFailed && t.e.Region == was.By && was.Look &&
		was.Status == Claimed && (was.Kind == Notify || was.Kind == Rewind)
	// The plan may go on at once without what a lost agent was at, or without a stage.
	lost := t.e.Kind == AgentLost && t.e.Region == was.By && was.Kind != Fence
	passed := (lost || was.Kind == Shift) && is.Status == Spared
	released := was.Status == Claimed && (is.Status < Claimed || is.Status == Unknown || passed)
	// All is as it was, by their word.
	failed := gaveUp && was.Kind != Notify && was.Kind != Rewind
	switch look := (was.Look || released && !failed) && !undone; {
	case look && !is.Look:
		return "may have been done, and is to be done again without a look"
	case is.Look && !look:
		return "is taken to have been done perhaps, and everybody has said that it was not"
	}
	return ""
}

// returnsCounted holds how often regions come and go: each return of a region that a quorum saw
// down is counted, and nothing else is.
func returnsCounted(t *transition) string {
	if t.repoliced() {
		return "" // What a change of policy may do to them, policyChanges says.
	}
	for r, is := range t.after.Flaps {
		was := t.before.Flaps[r]
		watched := t.p.FlapLimit != 0 || t.p.StableFor != 0
		if !watched || !t.p.Workload.Has(model.RegionID(r)) {
			if was != is {
				return fmt.Sprintf("region %d was counted", r)
			}
			continue
		}
		if wrong := knownSince(t, model.RegionID(r)); wrong != "" {
			return wrong
		}
		scope := RegionScope(model.RegionID(r))
		if seen := down(t.p, t.after, scope, 0); seen && !is.Down || !seen && is.Down && !was.Down {
			return fmt.Sprintf("region %d: down is %t", r, is.Down)
		}
		if back := known(t.p, t.after, scope.Region); was.Down && is.Down == back {
			return fmt.Sprintf("region %d was down and is known to be up: %t, and down is %t", r, back,
				is.Down)
		}
		if returned := was.Down && !is.Down; !returned {
			if is.Score != was.Score || is.At != was.At || is.Unsteady != was.Unsteady {
				return fmt.Sprintf("region %d was counted and has not returned", r)
			}
			continue
		}
		limit := uint32(t.p.FlapLimit-1)*flapPenalty + flapPenalty/2
		light := t.p.FlapLimit != 0 && (is.Score < flapPenalty || is.Score >= limit && !is.Unsteady)
		if is.At != max(t.after.Now, 1) || light {
			return fmt.Sprintf("region %d returned and has a penalty of %d", r, is.Score)
		}
	}
	return ""
}

// knownSince holds since when a region that has returned is known to be up: a silence that the
// event has ended counts, too.
func knownSince(t *transition, r model.RegionID) string {
	was, is := &t.before.Flaps[r], &t.after.Flaps[r]
	want := was.Up
	switch {
	case t.p.StableFor == 0:
	case is.At == 0 || is.Down || !known(t.p, t.after, r):
		want = 0
	default:
		until := *t.before // What was known until the event came.
		until.Now = t.after.Now
		if was.Up == 0 || !known(t.p, &until, r) {
			want = max(t.after.Now, 1)
		}
	}
	if is.Up != want {
		return fmt.Sprintf("region %d: known to be up since %d, want %d", r, is.Up, want)
	}
	return ""
}

// comesAndGoes reports whether a region was found unsteady, and its penalty has not fallen to 0.375
// of what its returns were worth since. The penalty is a whole number, and falls by whole ones, at
// ticks of 1,024 ns: what is left is not to be compared with more digits than the rule has.
func comesAndGoes(p *Policy, s *State, r model.RegionID) bool {
	flap, age := &s.Flaps[r], s.Now.Sub(s.Flaps[r].At)
	if p.FlapLimit == 0 || !flap.Unsteady || p.FlapHalfLife <= 0 {
		return false
	}
	left := int64(flap.Score)
	for ; age >= p.FlapHalfLife && left > 0; age -= p.FlapHalfLife {
		left /= 2
	}
	ticks, all := int64(max(age, 0)/1024), int64(p.FlapHalfLife/1024)+1
	return 1000*(left-left/2*ticks/all) >= 375*flapPenalty*int64(p.FlapLimit)
}
