package failover

import (
	"slices"
	"time"

	"redoubt/model"
)

// This is the safety rule on what the code keeps and reads again later. The other rules take that
// from the state, as the code does: what is forgotten, or made up, would mislead both.

// kept is one group of what is on record, and whether a transition changes it only as it may.
type kept struct {
	about string
	fine  func(t *transition) bool
}

// onRecord are all the groups. Where another rule says when one of them has to change, this one
// says only that nothing else changes it.
var onRecord = [...]kept{
	{"what people declared or forbade", marksKept},
	{"whose agent is not heard of", silentKept},
	{"what a region carries", readyKept},
	{"what a region has ready", readinessKept},
	{"how far a replica is behind", lagsKept},
	{"what an observer saw", reportsKept},
	{"the brake or the pause", brakeKept},
	{"the drill that waits", drillKept},
	{"which orders were heard", ordersKept},
	{"when people had another state before them", turnedKept},
	{"the last transitions", recentKept},
	{"who approved", consentKept},
	{"what people are asked", askedKept},
	{"what was left halfway", unsettledKept},
	{"what has to be undone", undoneKept},
	{"how often a region returned", flapsKept},
	{"the terms of a lease", grantsKept},
	{"what the plan is to do", planKept},
}

func ownEventOnly(t *transition) string {
	for i := range onRecord {
		if !onRecord[i].fine(t) {
			return onRecord[i].about + " changed, and no event of its own said so"
		}
	}
	return ""
}

// orders reports whether the event is an operator's word of a kind.
func (t *transition) orders(verb Verb) bool { return t.e.Kind == Ordered && t.e.Verb == verb }

// ended reports whether the plan of before is not the one of after; starts, whether a plan is laid
// out that is a transition.
func (t *transition) ended() bool {
	return t.before.Plan.Kind != NoPlan && t.before.Plan.Epoch != t.after.Plan.Epoch
}

func (t *transition) starts() bool {
	return t.after.Plan.Epoch != t.before.Plan.Epoch && t.after.Plan.Kind.transits()
}

// saysDone reports whether the event says that a step of the plan of before is done.
func (t *transition) saysDone(i int) bool {
	return t.e.Kind == StepDone && t.e.Epoch == t.before.Plan.Epoch && int(t.e.Step) == i
}

// seenAt is when what the event reports was observed.
func (t *transition) seenAt() Instant {
	return t.after.Now - Instant(min(max(t.e.Age, 0), time.Duration(t.after.Now)))
}

func marksKept(t *transition) bool {
	want := t.before.Marks
	if t.e.Kind == Ordered && t.p.Workload.Has(t.e.Region) {
		mark, causes := &want[t.e.Region], want[t.e.Region].Causes
		switch named := Cause(t.e.Share) & (causeEnd - 1); t.e.Verb {
		case Declare:
			causes |= named
		case Withdraw:
			causes &^= named
		case Veto:
			if !mark.Vetoed {
				mark.Vetoed, mark.VetoedAt = true, t.after.Now
			}
		case LiftVeto:
			mark.Vetoed, mark.VetoedAt = false, 0
		case Approve, GoBack, OrderSwitchover, OrderForce, Pause, Resume, PullBrake, LiftBrake, Abort,
			Reconcile, SkipValidation, OrderReprotection, OrderDryDrill, OrderDrill, ApproveDrill,
			verbCount:
		}
		if mark.Causes == 0 && causes != 0 {
			mark.CausesAt = t.after.Now
		}
		if mark.Causes = causes; causes == 0 {
			mark.CausesAt = 0
		}
	}
	return t.after.Marks == want
}

func silentKept(t *transition) bool {
	want := t.before.Silent
	switch voter := t.p.Voters.Has(t.e.Region); {
	case t.repoliced():
		want &= t.p.Voters
	case voter && t.e.Kind == AgentLost:
		want |= 1 << t.e.Region
	case voter && t.e.Kind == AgentSeen:
		want &^= 1 << t.e.Region
	}
	return t.after.Silent == want
}

func readyKept(t *transition) bool {
	want := t.before.Ready
	if t.e.Kind == CapacityChanged && t.p.Workload.Has(t.e.Region) {
		want[t.e.Region] = t.e.Share
	}
	return t.after.Ready == want
}

func readinessKept(t *transition) bool {
	if t.before.Readiness == t.after.Readiness || t.repoliced() {
		return true // What a change of policy does to it, policyChanges says.
	}
	want := t.before.Readiness
	if t.e.Kind != ReadinessChanged || !t.p.Workload.Has(t.e.Region) {
		return false
	}
	known, at := t.e.Known&t.p.Items, t.seenAt()
	later := want[t.e.Region].Known == 0 || at >= want[t.e.Region].At
	want[t.e.Region] = Readiness{At: at, Known: known, Down: t.e.Down & known}
	return later && t.after.Readiness == want
}

func lagsKept(t *transition) bool {
	want := t.before.Lags
	if store, overtaken := overtook(t); overtaken {
		want[store] = [model.MaxRegions]LagSample{} // One may be ahead of who was promoted.
		return t.after.Lags == want
	}
	for i := range t.p.Stores {
		for r, sample := range want[i] {
			want[i][r] = carriedLag(t, model.StoreID(i), sample)
		}
	}
	if t.after.Lags == want {
		return true
	}
	if t.e.Kind != LagMeasured || t.e.Store >= model.StoreID(t.p.Stores) || !t.e.Region.Valid() {
		return false
	}
	was, at := &want[t.e.Store][t.e.Region], t.seenAt()
	later := was.Epoch == 0 || at >= was.At
	last := *was
	*was = LagSample{Lag: min(t.e.Lag, lagMax), At: at, Epoch: t.e.Epoch}
	was.CaughtUp = caughtUpBy(t, &last, was)
	return later && t.after.Lags == want
}

// overtook reports whether the event is the last word on a promotion whose target had not caught up
// with who was left, and of which store.
func overtook(t *transition) (store model.StoreID, overtaken bool) {
	if t.before.Plan.Kind != Failover || t.p.Restores || !promotes(t) {
		return 0, false
	}
	step := &t.before.Plan.Steps[t.e.Step]
	return step.Store, step.begun() && step.By == t.e.Region
}

// reportsKept holds what a report says; whose it is, and since when it has said so, are another
// rule's.
func reportsKept(t *transition) bool {
	if t.e.Kind != Reported || !t.e.Region.Valid() || !t.e.Subject.Valid() {
		return t.repoliced() || t.before.Reports == t.after.Reports
	}
	was := &t.before.Reports[t.e.Region][t.e.Subject]
	is := &t.after.Reports[t.e.Region][t.e.Subject]
	known := t.e.Known & (1<<t.p.Checks - 1)
	said := is.Sequence == t.e.Sequence && is.Known == known && is.Down == t.e.Down&known
	return *was == *is || said && is.At == max(was.At, t.seenAt())
}

// brakeKept lets the brake be lifted by a person, and count the end of a plan that nobody ordered.
// When it may come on, other rules say.
func brakeKept(t *transition) bool {
	was, is, plan := t.before.Brake, t.after.Brake, &t.before.Plan
	if t.orders(LiftBrake) && was.Cause != BrakeOff {
		was = Brake{Lifted: t.after.Now}
	}
	if was.Cause == BrakeOff && is.Cause != BrakeOff {
		was.Cause, was.At = is.Cause, t.after.Now
		for _, action := range t.did.All() {
			if overBrake(&action) {
				was.Subject = action.Subject
			}
		}
	}
	paused := t.before.Paused
	if t.orders(Pause) || t.orders(Resume) {
		paused = t.e.Verb == Pause
	} else if t.orders(Abort) && t.before.Plan.Kind == Retract {
		paused = true
	}
	since := t.before.PausedAt
	switch {
	case !paused:
		since = 0
	case !t.before.Paused:
		since = t.after.Now
	}
	if t.after.Paused != paused || t.after.PausedAt != since {
		return false
	}
	counted := was
	for i := range counted.Times[1:] {
		counted.Times[1+i] = was.Times[i]
	}
	counted.Times[0], counted.Count = t.after.Now, min(was.Count+1, uint8(len(was.Times)))
	moves := plan.Kind == Failover || plan.Kind == Evacuation || plan.Kind == Reroute
	counts := t.ended() && moves && !wasForced(t.before) && plan.Began >= was.Lifted
	return is == was || counts && is == counted
}

func drillKept(t *transition) bool {
	was, is := t.before.Drill, t.after.Drill
	asked := PendingDrill{Target: t.e.Region, Asked: true, At: t.after.Now, Who: t.e.Who}
	begins := t.starts() && t.after.Plan.Kind == Drill && is == PendingDrill{}
	moved := t.after.Primary != t.before.Primary || t.after.Writers != t.before.Writers
	switch {
	case t.repoliced(), moved:
		return is == PendingDrill{}
	case t.orders(OrderDrill):
		return is == was || is == asked
	}
	return is == was || t.orders(ApproveDrill) && begins
}

// recentKept holds the last transitions: the running plan's own is there from its begin, and is
// dated, or forgotten, at its end. All others stay, but for the oldest, which makes room.
func recentKept(t *transition) bool {
	if t.before.Recent == t.after.Recent {
		return true
	}
	plan, old, now := &t.after.Plan, &t.before.Recent, &t.after.Recent
	if !t.ended() && !t.starts() {
		return false
	}
	own := old[0]
	own.At = t.after.Now
	begun := Transition{
		At: t.after.Now, From: plan.Scope(), To: plan.Target, Valid: true,
		Staged: plan.plans() && shifts(plan) > 1, Ordered: plan.Ordered,
	}
	for _, is := range now {
		dated := own
		dated.Took = is.Took
		mine := t.ended() && t.before.Plan.Kind.transits() && is == dated
		if is.Valid && !mine && !slices.Contains(old[:], is) && !(t.starts() && is == begun) {
			return false
		}
	}
	for i, was := range old {
		mine := i == 0 && t.before.Plan.Kind.transits()
		if was.Valid && !mine && i != makesRoom(t) && !slices.Contains(now[:], was) {
			return false
		}
	}
	return true
}

// makesRoom is which of the transitions before may be forgotten for one that begins: the oldest
// that people ordered, or whose cooldown is over, and the oldest of all if there is none.
func makesRoom(t *transition) int {
	for i, was := range slices.Backward(t.before.Recent[:]) {
		if was.Ordered || !was.Valid || t.after.Now >= was.At+Instant(t.p.Cooldown) {
			return i
		}
	}
	return MaxRecent - 1
}

// consentKept holds who approved: a person's word is added, in the place of the oldest if there is
// no room or in that of all if it is about something else, and what begins ends them all.
func consentKept(t *transition) bool {
	was, is := &t.before.Approved, &t.after.Approved
	switch {
	case *was == *is || t.repoliced():
		return true
	case t.starts():
		return *is == Consent{Question: nothing}
	case !t.orders(Approve):
		return false
	case was.Question != is.Question:
		return saysYes(t, is.Question) && displaced(t)
	}
	given, lost := 0, 0
	for _, yes := range was.People {
		if yes.Given {
			given++
		}
		if yes.Given && yes.Who != t.e.Who && !slices.Contains(is.People[:], yes) {
			lost++
		}
	}
	return lost == 0 || lost == 1 && given == len(was.People)
}

// displaced holds that words on a question which is open still give way to those on a more urgent
// one alone, and that people are asked anew what they were on: none is lost in silence.
func displaced(t *transition) bool {
	was, stood := t.before.Approved, false
	since, open := sinceOf(t.before, was.Question)
	for _, yes := range was.People {
		lapsed := yes.At < since || t.after.Now-yes.At >= Instant(ApprovalLasts)
		stood = stood || yes.Given && !lapsed
	}
	if !open || !stood {
		return true
	}
	rank := func(scope Scope) int { // By what would be lost of the writes, and then of the traffic.
		whole, writes := scope.Part == Whole, slices.Contains(t.before.Writers[:], scope.Region)
		ranks := []bool{
			whole && scope.Region == t.before.Primary, whole && writes, scope.Part == OneStore, whole,
		}
		return slices.Index(append(ranks, true), true)
	}
	anew := slices.ContainsFunc(t.did.All(), func(a Action) bool {
		return a.Kind == Ask && Question{Scope: a.scope(), Target: a.Target} == was.Question
	})
	return anew && rank(t.after.Approved.Question.Scope) < rank(was.Question.Scope)
}

// askedKept holds what people are asked, or told: of a scope that has been seen down for the
// hold-down, and they hear of it.
func askedKept(t *transition) bool {
	open := askedOf(t.after)
	about := false // Of the same scope it may be another question.
	for _, q := range open {
		about = about || q.Scope == t.before.Asked.Scope
	}
	if !about && askedInVain(t) {
		return false
	}
	if len(open) == 0 {
		return true
	}
	if t.p.Mode == model.Automatic || t.after.Asked == nothing {
		return false
	}
	for _, is := range open {
		heard := false
		for _, action := range t.did.All() {
			q := Question{Scope: action.scope(), Target: action.Target}
			heard = heard || (action.Kind == Ask || action.Kind == Tell) && q == is.Question
		}
		_, stood := sinceOf(t.before, is.Question)
		if !stood && !heard || !down(t.p, t.after, is.Scope, t.p.HoldDown) {
			return false
		}
	}
	return true
}

// askedInVain reports whether what people were asked is forgotten though nothing but time has gone
// by: its scope is still seen down, no plan runs, no report has gone stale, nor what a region has
// ready, nobody's trial is over, which made a transition count for nothing, and no more is at risk
// than may be, nor has its copy just caught up. All other gates only open with time.
func askedInVain(t *transition) bool {
	was, then, now := t.before.Asked, t.before.Now, t.after.Now
	idle := t.before.Plan.Kind == NoPlan && t.after.Plan.Kind == NoPlan
	if was == nothing || t.e.Kind != Tick || !idle || !down(t.p, t.after, was.Scope, t.p.HoldDown) {
		return false
	}
	ages := func(at Instant, limit time.Duration) bool {
		return then <= at+Instant(limit) && now > at+Instant(limit)
	}
	trial := t.p.StageHold + 2*t.p.HoldDown - 1 // It is over at the end, not beyond it.
	for _, last := range t.after.Recent {
		if last.Staged && ages(last.At, trial) {
			return false
		}
	}
	for r := range model.MaxRegions {
		if ages(t.after.Readiness[r].At, t.p.ReadinessStaleAfter) {
			return false
		}
		for o := range t.after.Reports {
			if ages(t.after.Reports[o][r].At, t.p.StaleAfter) {
				return false
			}
		}
	}
	plan := Plan{
		Kind: Failover, Subject: was.Scope.Region, Part: was.Scope.Part, Target: was.Target,
	}
	for i, writer := range t.after.Writers {
		about := was.Scope.Part == Whole || was.Scope.Part == OneStore && int(was.Scope.Store) == i
		if about && writer == was.Scope.Region {
			plan.Stores |= 1 << i
		}
	}
	return !was.Target.Valid() || losesTooMuch(t.p, t.after, &plan, t.p.DataAtRiskMax) == "" &&
		justCaughtUp(t.p, t.after, &plan) == ""
}

// unsettledKept lets a plan that could move the writes leave something halfway at its end, and an
// evacuation for which a region was still to grow, and one that does all of its steps settle it.
func unsettledKept(t *transition) bool {
	plan := &t.before.Plan
	switch {
	case t.before.Left.Unsettled == t.after.Left.Unsettled:
		return true
	case !t.ended():
		return false
	case t.after.Left.Unsettled:
		grows := !forgotten(t.before) && t.after.Serving.Has(t.after.Primary) && !t.orders(Abort)
		return plan.Kind == Failover || plan.Kind.swaps() || plan.Kind == Evacuation && grows
	}
	for i, step := range plan.Steps[:plan.Count] {
		skipped := step.Kind == Validate && t.orders(SkipValidation)
		over := step.Status == Done || step.Status == Spared || step.Kind == Fence
		if !over && !t.saysDone(i) && !skipped && !dispensable(t, &step) {
			return false
		}
	}
	return plan.Kind.role()
}

// flapsKept holds what a change of policy leaves of them; another rule is about all else.
func flapsKept(t *transition) bool {
	flaps := t.before.Flaps
	for r := range flaps {
		flaps[r].Up = 0 // What was seen counts no more.
	}
	return !t.repoliced() || t.after.Flaps == flaps
}

// grantsKept holds the ticket of each lease, which is the one that was last granted, and whether it
// was granted while somebody else could write: that begins with a claim, and ends with one or with
// a fence. All else about a lease, other rules say.
func grantsKept(t *transition) bool {
	for i := range t.before.Leases {
		was, is := &t.before.Leases[i], &t.after.Leases[i]
		renewed := t.e.Kind == LeaseRenewed && t.e.Store == model.StoreID(i)
		claimed := t.e.Kind == StepClaimed && is.Epoch != was.Epoch
		fenced := t.e.Kind == Fenced && t.e.Store == model.StoreID(i)
		switch {
		case i >= int(t.p.Stores) && (*is != *was || t.before.Diverged[i] != t.after.Diverged[i]):
			return false
		case is.Ticket != was.Ticket && !((renewed || claimed) && is.Ticket == t.e.Ticket):
			return false
		case is.Open && !was.Open && !claimed, was.Open && !is.Open && !claimed && !fenced:
			return false
		}
	}
	return true
}

// planKept holds what a plan is to do, which is settled when it begins, and that no epoch is handed
// out but to a plan.
func planKept(t *transition) bool {
	none := Plan{Subject: model.NoRegion, Target: model.NoRegion}
	before, after := t.before.Plan, t.after.Plan
	switch {
	case after.Kind == NoPlan && after != none:
		return false
	case before.Epoch != after.Epoch:
		return after.Kind == NoPlan || after.Epoch == t.after.Epoch
	}
	for i := range before.Steps[:min(before.Count, after.Count)] {
		was, is := &before.Steps[i], &after.Steps[i]
		if was.Kind != is.Kind || was.Store != is.Store || was.Region != is.Region ||
			is.Tries < was.Tries {
			return false
		}
		*was, *is = Step{}, Step{}
	}
	if saidAtOnce(t) {
		before.Whole = after.Whole
	}
	return before == after && t.before.Epoch == t.after.Epoch
}
