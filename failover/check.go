package failover

import (
	"fmt"

	"redoubt/model"
)

// transition is one step of the log, as Check looks at it.
type transition struct {
	p             *Policy
	before, after *State
	e             *Event
	did           *Actions
}

// safetyRule is one thing that must hold for every transition of the state.
type safetyRule struct {
	name string
	// broken says what is wrong, or is empty. It derives everything anew, in the plainest way, so
	// that it shares no mistake with the code it judges.
	broken func(t *transition) string
}

// safetyRules are what Check holds a transition against.
var safetyRules = [...]safetyRule{
	{"time and epoch never go back", monotonic},
	{"only an observer changes what it said", reportsOwn},
	{"only a guard's record fences", fencesOwn},
	{"a lease moves only from a region that cannot write", leaseMoves},
	{"a lease is never shortened, nor renewed against a plan", leaseGrows},
	{"a plan begins only on held evidence or an order", planBegins},
	{"a person is asked and approves where the policy says so", approvals},
	{"a transition keeps its distance from the last ones", tooSoon},
	{"a plan gives way for a reason, and only for one", givesWay},
	{"a step is claimed before it is done, stays done, and is not spared lightly", stepsForward},
	{"the primary is who was promoted", primaryPromoted},
	{"the writes to a store go to who was promoted", writersPromoted},
	{"some region always serves", someoneServes},
	{"no action is of a stale epoch", actionsFresh},
	{"the brake stays on until a person lifts it", brakeSticks},
	{"nothing moves by itself while the brake is on", brakeHolds},
	{"no plan goes against what people declared, or to where data may not be", forbidden},
	{"what a person forced is on record, and no more than that", forceOnRecord},
	{"a change of policy keeps what the old one promised", policyChanges},
	{"what a copy holds alone is neither overlooked nor forgotten", copiesKept},
	{"nothing is archived or rewound that may still be written to", leftOpen},
	{"only a replica is promoted, and planned work owes nothing", replicasOnly},
	{"no promotion is claimed that loses more than is accepted", claimsLose},
	{"what may have been done is looked at first, by who claims it", looksFirst},
	{"every return of a region is counted, and nothing else", returnsCounted},
	{"only its own event changes what is on record", ownEventOnly},
	{"people hear once of a closed store, and of an outage that is not answered", lapsesHeard},
	{"planned work shifts traffic stage by stage, and nothing else does", stagesHeld},
	{"what people are to hear stands until it is over", standingKept},
	{"people hear once of what they ordered or approved and is given up", givenUpHeard},
}

// SafetyRules returns the names of the rules that Check applies, in their order.
func SafetyRules() []string {
	names := make([]string, len(safetyRules))
	for i, rule := range safetyRules {
		names[i] = rule.name
	}
	return names
}

// Check holds a transition against the safety rules and returns the first that it breaks. It runs
// after every step of the tests; an agent that sees it fail stops acting.
func (p Policy) Check(before State, e Event, after State, did Actions) error {
	return p.CheckStep(&before, &e, &after, &did)
}

// CheckStep is Check without a copy of the states.
func (p *Policy) CheckStep(before *State, e *Event, after *State, did *Actions) error {
	t := transition{p: p, before: before, after: after, e: e, did: did}
	switch {
	case mayBeCopy(before, after.Now, e), meansAnother(before, e):
		t.e = &Event{Kind: Tick, At: e.At} // All that it brings about is the time.
	case namesPart(e):
		t.e = &Event{Kind: Ordered, At: e.At, Said: e.Said, Sequence: e.Sequence}
	}
	for _, rule := range safetyRules {
		if broken := rule.broken(&t); broken != "" {
			return fmt.Errorf("safety rule broken: %s: %s", rule.name, broken)
		}
	}
	return nil
}

func monotonic(t *transition) string {
	if t.after.Now < t.before.Now || t.after.Epoch < t.before.Epoch {
		return fmt.Sprintf("from %d, epoch %d to %d, epoch %d", t.before.Now, t.before.Epoch,
			t.after.Now, t.after.Epoch)
	}
	if t.after.Now != max(t.before.Now, min(t.e.At, InstantMax-1)) {
		return fmt.Sprintf("an event of %d moved the time from %d to %d", t.e.At, t.before.Now,
			t.after.Now)
	}
	return ""
}

func reportsOwn(t *transition) string {
	if t.before.Lags != t.after.Lags {
		for i := range t.p.Stores {
			for r, is := range t.after.Lags[i] {
				own := t.e.Kind == LagMeasured && t.e.Store == model.StoreID(i) && int(t.e.Region) == r
				followed := is.Epoch == t.e.Epoch && is.Epoch == t.before.Leases[i].Epoch
				forgotten := is == LagSample{} // When that may be, ownEventOnly says.
				carried := is == carriedLag(t, model.StoreID(i), t.before.Lags[i][r])
				if is != t.before.Lags[i][r] && !forgotten && !carried &&
					!(own && followed && is.Lag <= t.e.Lag) {
					return fmt.Sprintf("the lag of region %d changed, by its word on another lease", r)
				}
			}
		}
	}
	if t.before.Reports == t.after.Reports || t.repoliced() {
		return "" // What a change of policy may do to them, policyChanges says.
	}
	for o := range t.before.Reports {
		if t.before.Reports[o] == t.after.Reports[o] {
			continue
		}
		for s := range t.before.Reports[o] {
			was, is := t.before.Reports[o][s], t.after.Reports[o][s]
			if was == is {
				continue
			}
			own := t.e.Kind == Reported && int(t.e.Region) == o && int(t.e.Subject) == s && o != s
			if !own || is.Sequence <= was.Sequence || is.At < was.At || is.At > t.after.Now {
				return fmt.Sprintf("the report of region %d on %d changed", o, s)
			}
			if is.Sequence > was.Sequence+1<<32 {
				return fmt.Sprintf("region %d is silenced on %d: its sequence went from %d to %d", o, s,
					was.Sequence, is.Sequence)
			}
			fresh := was.Sequence > 0 && is.At-was.At <= Instant(t.p.StaleAfter)
			for part, since := range is.Since {
				continued := fresh && saidDown(t.p, &was, part) && since == was.Since[part]
				if saidDown(t.p, &is, part) && since < is.At && !continued {
					return fmt.Sprintf("region %d is said to have seen %d down since %d", o, s, since)
				}
			}
		}
	}
	return ""
}

func fencesOwn(t *transition) string {
	for i := range t.p.Stores {
		was, is := t.before.Leases[i], t.after.Leases[i]
		if was.Fenced == is.Fenced && was.FencedAt == is.FencedAt {
			continue
		}
		own := t.e.Kind == Fenced && t.e.Store == model.StoreID(i) && t.e.Region == was.Holder
		if !own || t.e.Epoch < was.Epoch || is.Fenced != was.Epoch || is.FencedAt != t.after.Now {
			return fmt.Sprintf("store %d was fenced up to epoch %d", i, is.Fenced)
		}
	}
	return ""
}

func leaseMoves(t *transition) string {
	for i := range t.p.Stores {
		was, is := t.before.Leases[i], t.after.Leases[i]
		if was.Holder == is.Holder && was.Epoch == is.Epoch {
			continue
		}
		fenced := was.Fenced >= was.Epoch
		guarded := t.p.Guarded>>i&1 == 1
		expired := guarded && t.after.Now >= was.End+Instant(t.p.Drift)
		// Who forces a store that no guard keeps answers for the old primary; that is outside the proof.
		answers := !guarded && wasForced(t.before) && t.before.Force.Stores>>i&1 == 1
		if staysOpen(t.before, model.StoreID(i), is.Holder) && !answers {
			return fmt.Sprintf("store %d went to region %d while a copy that was left may be open", i,
				is.Holder)
		}
		if was.Open && was.Holder == is.Holder && !is.Open {
			return fmt.Sprintf("store %d: that region %d took it from one who could write is forgotten", i,
				is.Holder)
		}
		if !fenced && !expired && !answers {
			return fmt.Sprintf("store %d left region %d, whose lease ends at %d, at %d", i,
				was.Holder, was.End, t.after.Now)
		}
		if !fenced && !expired && !is.Open {
			return fmt.Sprintf("store %d left region %d, which may write, and that is not on record",
				i, was.Holder)
		}
		plan := &t.before.Plan
		claimed := t.e.Kind == StepClaimed && t.e.Region == plan.Target && t.e.Epoch == plan.Epoch
		if !claimed || is.Holder != plan.Target || is.Epoch != plan.Epoch || is.Epoch <= was.Epoch {
			return fmt.Sprintf("store %d went to region %d in epoch %d outside the plan", i,
				is.Holder, is.Epoch)
		}
		if is.Fenced >= is.Epoch || is.End != t.after.Now+Instant(t.p.Lease) {
			return fmt.Sprintf("store %d: the lease of region %d is not a new one", i, is.Holder)
		}
	}
	return ""
}

func leaseGrows(t *transition) string {
	if t.repoliced() {
		return "" // What a change of policy may do to a lease, policyChanges says.
	}
	for i := range t.p.Stores {
		was, is := t.before.Leases[i], t.after.Leases[i]
		if was.Holder != is.Holder || was.Epoch != is.Epoch {
			continue
		}
		if is.End < was.End {
			return fmt.Sprintf("store %d: the end went from %d to %d", i, was.End, is.End)
		}
		if is.End == was.End && is.Ticket == was.Ticket {
			continue
		}
		mine := t.e.Kind == LeaseRenewed && t.e.Region == was.Holder && t.e.Epoch == was.Epoch
		most := max(was.End, t.after.Now+Instant(t.p.Lease)) // An old policy's lease may be longer.
		if !mine || was.Fenced >= was.Epoch || is.End > most {
			return fmt.Sprintf("store %d was renewed for region %d", i, is.Holder)
		}
		plan := &t.before.Plan
		granted := plan.Kind != NoPlan && was.Epoch == plan.Epoch
		if !granted && (was.Holder != t.before.Writers[i] || fencing(plan, &was, model.StoreID(i))) {
			return fmt.Sprintf("store %d was renewed for region %d against the plan", i, is.Holder)
		}
	}
	return ""
}

// fencing reports whether a plan has begun to fence the holder of a store.
func fencing(plan *Plan, lease *Lease, store model.StoreID) bool {
	for _, step := range plan.Steps[:plan.Count] {
		holder := step.Store == store && step.Region == lease.Holder
		if step.Kind == Fence && holder && step.Status != Waiting {
			return true
		}
	}
	return false
}

func stepsForward(t *transition) string {
	if wrong := sentTooSoon(t); wrong != "" {
		return wrong
	}
	before, after := &t.before.Plan, &t.after.Plan
	if before.Kind == NoPlan || before.Epoch != after.Epoch {
		return ""
	}
	for i, was := range before.Steps[:before.Count] {
		is := after.Steps[i]
		if was.Kind != is.Kind || before.Ordered != after.Ordered || was.Region != is.Region ||
			was.Status == Done && is != was {
			return fmt.Sprintf("step %d changed after it was done, or became another", i)
		}
		stage := is.Kind == Shift && before.plans() // Which may be passed over, stagesHeld says.
		if is.Status == Spared && was.Status != Spared && !stage && !dispensable(t, &is) {
			return fmt.Sprintf("step %d was spared, and the plan cannot do without", i)
		}
		if is.Status != Done || was.Status == Done || is.Kind == Fence {
			continue
		}
		said := t.saysDone(i) && t.e.Region == was.By
		skipped := is.Kind == Validate && t.e.Kind == Ordered && t.e.Verb == SkipValidation
		if !skipped && (!said || !was.begun()) {
			return fmt.Sprintf("step %d was %s and is done", i, was.Status)
		}
	}
	return ""
}

// begun reports whether somebody is at a step, or has been and may have done it.
func (s *Step) begun() bool {
	held := s.Kind == Shift && s.Status == Waiting && s.Look
	return s.By.Valid() && (s.Status == Claimed || s.Status == Unknown || held)
}

func primaryPromoted(t *transition) string {
	is, plan := t.after.Primary, &t.before.Plan
	if is == t.before.Primary {
		return ""
	}
	if t.p.MultiWriter {
		return "a primary where every region writes"
	}
	if plan.Kind != Failover && !plan.Kind.swaps() || is != plan.Target {
		return fmt.Sprintf("region %d was no plan's target", is)
	}
	if !plan.Leads || plan.Part != Whole {
		return fmt.Sprintf("the plan to region %d was not about the lead", is)
	}
	return holdsPart(t, is)
}

// holdsPart says what a region that is to be written to lacks of what the plan was to move there.
func holdsPart(t *transition, r model.RegionID) string {
	plan, holds, wanted, fenced := &t.before.Plan, 0, 0, false
	for i := range t.p.Stores {
		if plan.Stores>>i&1 == 0 {
			continue
		}
		wanted++
		if lease := t.after.Leases[i]; lease.Holder == r && lease.Epoch == plan.Epoch {
			holds++
			fenced = fenced || lease.Fenced >= lease.Epoch
		}
	}
	// A target that holds a part takes over only once that part cannot be given back.
	partly := holds > 0 && (fenced || seenDown(t.p, t.after, r) || abandoned(t))
	if holds < wanted && !partly {
		return fmt.Sprintf("region %d holds %d of %d stores", r, holds, wanted)
	}
	return ""
}

func writersPromoted(t *transition) string {
	plan := &t.before.Plan
	for i, is := range t.after.Writers {
		was := t.before.Writers[i]
		if is == was {
			continue
		}
		if !plan.Kind.role() || is != plan.Target || plan.Stores>>i&1 == 0 {
			return fmt.Sprintf("the writes to store %d went to region %d outside the plan", i, is)
		}
		lease := t.after.Leases[i]
		if lease.Holder == is && lease.Epoch == plan.Epoch {
			continue
		}
		if lacks := holdsPart(t, is); lacks != "" {
			return fmt.Sprintf("the writes to store %d: %s", i, lacks)
		}
	}
	return ""
}

func someoneServes(t *transition) string {
	if t.after.Serving == 0 {
		return "no region serves"
	}
	if t.after.Serving&^t.p.Workload != 0 {
		return "a region without a workload serves"
	}
	if t.after.Serving != t.before.Serving {
		if wrong := trafficMoves(t); wrong != "" {
			return wrong
		}
	}
	if wrong := takenBackInVain(t); wrong != "" {
		return wrong
	}
	// It may stay away from a primary that can write and is only hard to reach.
	away := !t.p.MultiWriter && !t.after.Serving.Has(t.after.Primary) && t.p.RoutingChecks == 0
	settled := t.after.Plan.Kind == NoPlan && !t.after.Paused // A pause leaves half-done what is.
	if away && settled && !down(t.p, t.after, RegionScope(t.after.Primary), 0) {
		return "the traffic does not go where the writes go"
	}
	plan := &t.after.Plan
	moves := plan.Kind == Evacuation || plan.Kind == Failover || plan.Kind == Reroute
	if plan.Epoch == t.before.Plan.Epoch || !moves || plan.Part == OneStore {
		return ""
	}
	among := t.after.Serving
	if plan.Kind != Evacuation {
		among = t.p.Candidates
	}
	left := 0
	for r := range model.RegionID(model.MaxRegions) {
		lost := down(t.p, t.after, RegionScope(r), 0) || plan.Kind != Failover && unreached(t, r)
		if r != plan.Subject && among.Has(r) && !lost {
			left++
		}
	}
	restarted := plan.Subject == t.before.Plan.Subject && plan.Kind == t.before.Plan.Kind
	if left < int(t.p.MinimumServing) && !restarted && !wasForced(t.after) {
		return fmt.Sprintf("leaving region %d would leave %d healthy", plan.Subject, left)
	}
	return ""
}

// trafficMoves holds the traffic that moves against the step that moves it.
func trafficMoves(t *transition) string {
	plan := &t.before.Plan
	said := t.e.Kind == StepDone && t.e.Epoch == plan.Epoch && t.e.Step < plan.Count
	if !said || plan.Kind == NoPlan {
		return "the traffic moved by itself"
	}
	switch kind := plan.Steps[t.e.Step].Kind; {
	case kind != Shift && kind != Divert:
		return fmt.Sprintf("the traffic moved with the step %s", kind)
	case kind == Divert && t.after.Serving != t.before.Serving&^(1<<plan.Subject):
		return fmt.Sprintf("the traffic of region %d was diverted, and more", plan.Subject)
	case plan.Kind == Reroute && t.after.Serving.Has(plan.Subject):
		return fmt.Sprintf("the traffic of region %d was led away, and goes there", plan.Subject)
	}
	return ""
}

func actionsFresh(t *transition) string {
	plan := &t.after.Plan
	for _, action := range t.did.All() {
		if action.Kind == Do && (plan.Kind == NoPlan || action.Epoch != plan.Epoch) {
			return fmt.Sprintf("action of epoch %d while the plan's is %d", action.Epoch, plan.Epoch)
		}
		if action.Kind == Do && plan.Part == OneStore && plan.Stores != 1<<action.Store {
			return fmt.Sprintf("action about store %d in a plan of the stores %04b", action.Store,
				plan.Stores)
		}
		if action.Kind != Do {
			continue
		}
		switch step := &plan.Steps[action.Index]; {
		case step.Status == Waiting:
			return fmt.Sprintf("action for step %d, which waits for others", action.Index)
		case step.Round != action.Round:
			return fmt.Sprintf("action for round %d of step %d, which is in round %d", action.Round,
				action.Index, step.Round)
		}
	}
	return ""
}
