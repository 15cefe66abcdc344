package failover

import (
	"iter"
	"time"

	"redoubt/model"
)

// ActionKind says what an Action asks for.
type ActionKind uint8

// The kinds of actions.
const (
	// Do asks for a step of the plan.
	Do ActionKind = iota + 1
	// Ask asks people to approve the failover of Subject to Target.
	Ask
	// Tell says that Subject would be failed over now, were the policy not in advise mode.
	Tell
	// Alarm says that a person has to look: at a Step of the plan, such as a Fence that nobody may
	// ever record, where only a person's force of Target ends the wait; or where that is none and Part
	// is OneStore, at the region Subject, in which nobody may write to Store, since its lease is over
	// and nothing is done about that, or since the region stays drained; or where GivenUp is a plan's
	// kind, that people had ordered or approved this plan of Epoch, which has ended before it was
	// done; or where Gate is one, that Subject, or the Part of it, has been seen down for long, and
	// that gate keeps it from being left; or else because the brake has tripped, over Subject if that
	// is a region, and has to be lifted. With a Gate, Part says nothing of a lease.
	Alarm
)

var actionNames = [...]string{"none", "do", "ask", "tell", "alarm"}

// String gives the kind's name.
func (k ActionKind) String() string {
	if int(k) < len(actionNames) {
		return actionNames[k]
	}
	return "unknown"
}

// Action is something to be done outside. Carrying one out twice must be harmless, and one of an
// epoch other than the plan's is stale: it must not be carried out. A fence ends every epoch of the
// store below the action's own.
type Action struct {
	Kind  ActionKind
	Epoch Epoch
	// At is since when people are to hear of it; 0 of what is to be done.
	At Instant
	// Index is the step's place in the plan.
	Index uint8
	Step  StepKind
	Store model.StoreID
	// Region is whose agent does it, or NoRegion for the leader's.
	Region model.RegionID
	// Subject is left and Target takes over, as in the plan; Part says how much of the subject.
	Subject, Target model.RegionID
	Part            Part
	// Tries is how often the step was tried before; a claim that was lost counts.
	Tries uint8
	// Round is the step's when it was asked for: Policy.Current tells an executor that wakes
	// whether it was asked for anew since, and what its agent says of the step has it too.
	Round uint8
	// Look says that the step may have been done: whoever does it looks first, and only looks when
	// it is one that must not be done twice.
	Look bool
	// Risk is the most data, in seconds of writes, that the policy lets be lost by what an Ask asks
	// for or a Tell tells of; 0 where no write role moves.
	Risk time.Duration
	// GivenUp is the kind of the plan that an Alarm says was given up, and NoPlan in all else.
	GivenUp PlanKind
	// Gate is the one that an Alarm says keeps what is lost from being left, and 0 in all else: that
	// of the evidence keeps nothing that is lost.
	Gate Gate
	// Drill says that what is asked for is a drill.
	Drill bool
	// Share is how much of the traffic goes where a Shift has it once that is done, in percent: less
	// than 100 in a stage, whose rest stays where it was before the first. It is 0 of other steps.
	Share uint8
}

// Actions is a bounded list without a pointer.
type Actions struct {
	Count uint8
	List  [MaxSteps + 5 + model.MaxStores + maxUnanswered]Action
}

// add appends a; the bound holds because an event opens each step of one plan at most once, and
// what an ended plan asked for is dropped. Beside them there is one question or advice at most, and
// the alarms over the brake, a plan that is given up, a validation, a verification, each store and
// each outage that nothing is done about.
func (a *Actions) add(action Action) {
	if int(a.Count) < len(a.List) {
		a.List[a.Count] = action
		a.Count++
	}
}

// dropSteps removes what a plan asked for that has ended since.
func (a *Actions) dropSteps() {
	kept := uint8(0)
	for i := range a.Count {
		if a.List[i].Kind != Do {
			a.List[kept] = a.List[i]
			kept++
		}
	}
	a.Count = kept
}

// All yields the actions in order. The slice is valid until the Actions change.
func (a *Actions) All() []Action { return a.List[:a.Count] }

// Outstanding yields what still has to be done: every step that is pending, claimed or unknown. An
// agent that restarts acts on these, never on what a replayed entry returned.
func (p Policy) Outstanding(s State) iter.Seq[Action] {
	return func(yield func(Action) bool) {
		for i := range s.Plan.Count {
			if s.Plan.Steps[i].Status.open() && !yield(p.action(&s, i)) {
				return
			}
		}
	}
}

func (p *Policy) action(s *State, i uint8) Action {
	plan := &s.Plan
	step := &plan.Steps[i]
	store := step.Store
	if plan.Part == OneStore {
		store = plan.Scope().Store // Every step is about it, and not only those that name a store.
	}
	return Action{
		Kind: Do, Epoch: plan.Epoch, Index: i, Step: step.Kind, Store: store,
		Region: step.Region, Subject: plan.Subject, Target: plan.Target, Part: plan.Part,
		Tries: step.Tries, Round: step.Round, Look: step.Look, Share: p.share(plan, i),
	}
}
