package failover

import "redoubt/model"

// Plan is a transition in progress.
type Plan struct {
	Kind  PlanKind
	Epoch Epoch
	// Subject is the region that is left; Target the one that takes over, or NoRegion in an
	// evacuation.
	Subject, Target model.RegionID
	// Part says how much of the subject is left, Stores which stores move, one bit each, and Leads
	// that the target becomes the primary.
	Part   Part
	Stores uint8
	Leads  bool
	// Ordered says that a person ordered the traffic to leave, in an evacuation or a reroute.
	Ordered bool
	// Whole says that the traffic does not shift in stages, or no longer.
	Whole bool
	// Carry is what each region is to carry after an evacuation, and Shed what none of them can, in
	// thousandths of all traffic.
	Carry [model.MaxRegions]uint16
	Shed  uint16
	Began Instant
	Count uint8
	Steps [MaxSteps]Step
}

// MaxSteps bounds the steps of a plan: those of a switchover, two for each store, one for each
// stage and eight others.
const MaxSteps = 2*model.MaxStores + model.MaxStages + 8

// Step is one step of a plan.
type Step struct {
	Kind StepKind
	// Store is what a fence or promotion concerns.
	Store model.StoreID
	// Region is whose agent does it, or NoRegion for the leader's.
	Region model.RegionID
	// By is whose agent claimed it last, or NoRegion: only that one's word on it counts.
	By     model.RegionID
	Status Status
	Tries  uint8
	// Round counts how often the step was asked for again, and begins anew after 255. Who was asked in
	// an earlier round does nothing any more, and has no say in it but that it is done.
	Round uint8
	// Look says that it may have been done: somebody who claimed it never said how that went, or could
	// not tell, or has failed at what must not be done twice. Whoever claims it next looks first.
	Look bool
	// Since is when Status changed.
	Since Instant
}

// PlanKind says what a plan is for.
type PlanKind uint8

// The kinds of plans.
const (
	// NoPlan means that nothing is being done.
	NoPlan PlanKind = iota
	// Failover moves the write role, and the traffic, away from a failed primary.
	Failover
	// Evacuation moves traffic away from a failed region that serves but is not the one writer.
	Evacuation
	// Failback returns the write role and the traffic to the home region, as planned work.
	Failback
	// Return sends traffic to a recovered region again.
	Return
	// Reopen opens the stores of a primary that lost a lease: a plan against it was cancelled after a
	// store was fenced or claimed, or its guard fenced one of its own accord. It also settles what an
	// earlier plan that made it the primary has left undone.
	Reopen
	// Switchover moves the write role and the traffic to a region of an operator's choice, as planned
	// work that loses nothing.
	Switchover
	// Reroute moves the traffic of a region that alone serves, or of which no other one that serves is
	// reached, to one that does not serve, which reaches the stores where they are.
	Reroute
	// Reprotect makes a region that was left a replica again: what it alone holds is archived and
	// counted, then its copy is rewound.
	Reprotect
	// DryDrill has every agent rehearse its part of a failover, and changes nothing.
	DryDrill
	// Drill is a switchover for the sake of practice, approved by a second person.
	Drill
	// Retract undoes what a plan has left that was given up: it sends traffic back that was shifting,
	// and has a region take writes again that was drained.
	Retract
	planKindCount
)

var planNames = [planKindCount]string{
	"none", "failover", "evacuation", "failback", "return", "reopen", "switchover", "reroute",
	"reprotection", "dry drill", "drill", "retraction",
}

// String gives the kind's name.
func (k PlanKind) String() string {
	if k < planKindCount {
		return planNames[k]
	}
	return "unknown"
}

// Planned reports whether people ordered the plan, or it undoes one: nothing had failed that it
// mends.
func (k PlanKind) Planned() bool {
	return k == Return || k == Reopen || k == Reprotect || k == DryDrill || k == Retract || k.swaps()
}

// light reports whether a plan only repairs, rehearses, or takes back: it gives way to what does
// more.
func (k PlanKind) light() bool { return k == Reprotect || k == DryDrill || k == Retract }

// swaps reports whether a plan moves the write role between two regions that are both up.
func (k PlanKind) swaps() bool { return k == Failback || k == Switchover || k == Drill }

// StepKind says what a step does.
type StepKind uint8

// The kinds of steps.
const (
	// Fence ends the old primary's right to write.
	Fence StepKind = iota + 1
	// Scale grows the capacity of the regions that take over.
	Scale
	// Promote makes the target's replica of one store writable, and ends what the target still keeps
	// of a drain of that store, as in a proxy: no other step does once the plan that drained is done.
	Promote
	// Repoint makes the remaining replicas of every store follow whoever writes it now, those of
	// another plan too that was superseded before it came to them.
	Repoint
	// Shift sends the traffic to the regions that serve from now on.
	Shift
	// Freeze stops deployments, which would meet a system in two states, for as long as its plan runs:
	// whoever stops them lets them go on when the state shows that the plan is over, done or given up.
	Freeze
	// Drain has the region that is left take no new writes and finish those it has; where one store
	// moves on its own, only writes to that. It lasts until the store is promoted there again, or
	// until an Undrain where the plan does not move the writes.
	Drain
	// CatchUp waits until the target has all that the fenced primary had.
	CatchUp
	// Validate tries the target before traffic comes: its writer, its secrets, a request.
	Validate
	// Verify tries the service after the traffic has moved, from outside.
	Verify
	// Notify tells people and systems what was done.
	Notify
	// Archive keeps what one store of a region holds and no other does, and counts it.
	Archive
	// Rewind makes one store of a region a replica again, from where the two parted.
	Rewind
	// Rehearse has an agent try, without an effect, what a failover would ask of it.
	Rehearse
	// Divert sends the traffic of the region that is left to the others that serve already, which need
	// not wait until the writes have moved. It is taken back should the plan move nothing.
	Divert
	// Undrain has a region that a plan was to leave, and that was given up, take new writes again.
	Undrain
	stepKindCount
)

var stepNames = [stepKindCount]string{
	"none", "fence", "scale", "promote", "repoint", "shift", "freeze", "drain", "catch up",
	"validate", "verify", "notify", "archive", "rewind", "rehearse", "divert", "undrain",
}

// String gives the kind's name.
func (k StepKind) String() string {
	if k < stepKindCount {
		return stepNames[k]
	}
	return "unknown"
}

// ofStore reports whether a plan has a step of this kind for each store that it moves.
func (k StepKind) ofStore() bool {
	return k == Fence || k == Promote || k == Archive || k == Rewind
}

// Once reports whether doing a step twice could do harm. Whoever claims one that may have been done
// only looks, and says what it found: done, failed when it was not done, or unknown.
func (k StepKind) Once() bool { return k == Notify || k == Rewind }

// spares reports whether any plan goes on without a step of this kind when it fails: what it is for
// matters less than what comes after.
func (k StepKind) spares() bool {
	return k == Divert || k == Freeze || k == Drain || k == Verify || k == Notify
}

// alarms reports whether people have to look at a step of this kind that fails as often as it may
// be tried: all but those that only make the others easier.
func (k StepKind) alarms() bool {
	return k != Divert && k != Freeze && k != Drain && k != Notify && k != Rehearse
}

// StepSet is a set of step kinds.
type StepSet uint32

// allSteps is the set of every kind.
const allSteps StepSet = 1<<stepKindCount - 1

// Steps is the set of some kinds.
func Steps(kinds ...StepKind) StepSet {
	var set StepSet
	for _, kind := range kinds {
		set |= 1 << kind
	}
	return set
}

// Has reports whether the set has a kind.
func (s StepSet) Has(kind StepKind) bool { return kind < 64 && uint64(s)>>(kind&63)&1 != 0 }

// Status is how far a step is.
type Status uint8

// The states of a step.
const (
	// Waiting steps need others first, or are held. One that somebody had claimed is Unknown again
	// when it is asked for.
	Waiting Status = iota
	// Pending steps wait for an agent to claim them.
	Pending
	// Claimed steps are being done, or were when their agent was last heard of.
	Claimed
	// Done steps are done.
	Done
	// Unknown steps were claimed and not heard of in time: whoever repeats one must look first.
	Unknown
	// Failed steps were tried as often as the policy allows, and their plan ends.
	Failed
	// Spared steps failed too, and their plan goes on without them.
	Spared
)

var statusNames = [...]string{
	"waiting", "pending", "claimed", "done", "unknown", "failed", "spared",
}

// String gives the status's name.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}
