package failover

import "redoubt/model"

// Gate names one of the conditions that stand between evidence and action, in the order they are
// judged.
type Gate uint8

// The gates.
const (
	EvidenceGate Gate = iota
	HoldDownGate
	AliveGate
	CauseGate
	InFlightGate
	CooldownGate
	BrakeGate
	LastStandingGate
	ResidencyGate
	ReadinessGate
	CapacityGate
	LagGate
	FenceGate
	ApprovalGate
	VetoGate
	// GateCount is the number of gates, not one of them.
	GateCount
)

// gateRule is what a gate is called, what it wants, and how it says what it found.
type gateRule struct {
	name, wants string
	reason      func(v *Verdict, now Instant, name Names) string
}

// gateRules are the gates, in the order in which judge asks them.
var gateRules = [GateCount]gateRule{
	{"evidence", "a quorum of observers who say down", (*Verdict).evidenceReason},
	{"hold-down", "that evidence to have lasted", (*Verdict).holdDownReason},
	{
		"primary alive", "nobody to see the region serve, for one more hold-down at most",
		(*Verdict).aliveReason,
	},
	{"cause", "nothing declared that a failover would spread or not mend", (*Verdict).causeReason},
	{"in flight", "no other plan to be running", (*Verdict).inFlightReason},
	{"cooldown", "the last transition to be some time ago", (*Verdict).cooldownReason},
	{"brake", "neither brake nor pause to be on", (*Verdict).brakeReason},
	{"last one standing", "enough healthy regions to be left", (*Verdict).standingReason},
	{"residency", "a target that may hold the data", (*Verdict).residencyReason},
	{"readiness", "a target that has all that it needs", (*Verdict).readinessReason},
	{"capacity", "the load to be carried by what is left", (*Verdict).capacityReason},
	{"lag", "no more data at risk than the policy allows", (*Verdict).lagReason},
	{
		"fence", "the old primary unable to write: it holds the promotion, not the plan, which fences",
		(*Verdict).fenceReason,
	},
	{"approval", "a person's word, in manual mode", (*Verdict).approvalReason},
	{"veto", "nobody to have forbidden it", (*Verdict).vetoReason},
}

// String gives the gate's name.
func (g Gate) String() string {
	if g < GateCount {
		return gateRules[g].name
	}
	return "unknown"
}

// Wants says in half a sentence what the gate passes on.
func (g Gate) Wants() string {
	if g < GateCount {
		return gateRules[g].wants
	}
	return "unknown"
}

// Ruling is what a gate says.
type Ruling uint8

// The rulings.
const (
	// Pass lets the decision go on.
	Pass Ruling = iota
	// Hold stops it for now; time or news can lift it.
	Hold
	// Deny stops it until something other than time changes.
	Deny
)

// String gives the ruling's name.
func (r Ruling) String() string {
	switch r {
	case Pass:
		return "pass"
	case Hold:
		return "hold"
	case Deny:
		return "deny"
	}
	return "unknown"
}

// Finding is one gate's ruling with the numbers behind it.
type Finding struct {
	Ruling Ruling
	// Since is when what it rests on began, 0 when the state does not say; Until when a hold ends by
	// itself (0 when time alone does not end it).
	Since, Until Instant
	// Have and Want are what the gate compared: observers, regions, thousandths of traffic, or a
	// duration in nanoseconds, as the gate has it.
	Have, Want int64
}

// Verdict is every gate's finding on one scope, derived from a state and never stored.
type Verdict struct {
	// Scope is what would be left, Stores are the stores that it would move, one bit each.
	Scope  Scope
	Stores uint8
	// Kind is what would be planned, Target who would take over (NoRegion in an evacuation, or when
	// there is no candidate).
	Kind   PlanKind
	Target model.RegionID
	Gates  [GateCount]Finding
	// Excuses say why each region was not chosen as the target.
	Excuses [model.MaxRegions]Excuse
	// Astray says that the target is not known to follow whoever holds the stores now.
	Astray bool
	// Taken are the stores of which the target holds the lease already, from a plan that was given up,
	// one bit each: what that plan lost of them does not count as at risk any more.
	Taken uint8
	// Shallow says that no check of the scope is deep.
	Shallow bool
	// LeftOpen is a region that may still write to one of the stores, since a person's force left it
	// so; NoRegion when there is none.
	LeftOpen model.RegionID
	// Obstacle is why the readiness gate does not pass, if it does not.
	Obstacle Excuse
	// Brake and Paused are why the brake gate holds, if it does.
	Brake  BrakeCause
	Paused bool
	// Force is what a person accepted for the plan that is running, if it was forced.
	Force Force
}

// Opens reports whether a plan may begin: every gate passes but the fence, which the plan itself
// closes.
func (v *Verdict) Opens() bool {
	for gate, finding := range v.Gates {
		if Gate(gate) != FenceGate && finding.Ruling != Pass {
			return false
		}
	}
	return true
}

// awaitsApproval reports whether approval is all that is missing.
func (v *Verdict) awaitsApproval() bool {
	if v.Gates[ApprovalGate].Ruling == Pass {
		return false
	}
	asked := *v
	asked.Gates[ApprovalGate].Ruling = Pass
	return asked.Opens()
}

// remedy is the kind of plan that leaves a scope: a failover where a store or the lead has to move;
// else the traffic alone, to the others that serve where several do, or to a region of its own
// where one serves at a time, or none of the others is reached.
func (p *Policy) remedy(s *State, scope Scope) PlanKind {
	switch {
	case scope.Part == OneStore || scope.Part == Whole && p.writes(s, scope.Region):
		return Failover
	case p.severalServe() && !p.onlyAside(s, scope.Region):
		return Evacuation
	}
	return Reroute
}

// severalServe reports whether the traffic goes to several regions at a time.
func (p *Policy) severalServe() bool { return p.ServesReads || p.MultiWriter }

// onlyAside reports whether, beside a region, traffic gets to none of those that serve, and to one
// that may take it and does not serve, as it was left before.
func (p *Policy) onlyAside(s *State, r model.RegionID) bool {
	aside := p.Candidates.Without(r) &^ s.Serving
	return aside != 0 && p.reachedAmong(s, s.Serving.Without(r)) == 0 && p.reachedAmong(s, aside) != 0
}

// judge derives the verdict on a scope that matters: of a region that writes, or that serves. It
// calls the gates by name, not through the table, so that nothing escapes to the heap.
func (p *Policy) judge(s *State, scope Scope) Verdict {
	v := Verdict{
		Scope: scope, Kind: p.remedy(s, scope), Target: model.NoRegion, Stores: p.storesOf(s, scope),
		LeftOpen: model.NoRegion,
	}
	evidence := p.EvidenceFor(s, scope)
	if v.Kind != Evacuation {
		p.choose(s, &v)
	}
	if s.forced() {
		v.Force = s.Force
	}
	v.Brake, v.Paused = s.Brake.Cause, s.Paused
	held, failed := evidence.Since.Add(p.HoldDown), p.failed(s, scope, &evidence)
	alone := p.aloneUp(s, scope, &evidence)
	if !failed && alone != 0 {
		held = alone
	}
	v.Gates[EvidenceGate] = Finding{
		Since: evidence.Since, Until: alone, Have: int64(evidence.Down),
		Want: int64(evidence.Quorum), Ruling: rule(failed, Hold),
	}
	v.Gates[HoldDownGate] = Finding{
		Since: evidence.Since, Until: held, Have: int64(s.Now - evidence.Since), Want: int64(p.HoldDown),
		Ruling: rule(failed && p.lasted(s, &evidence), Hold),
	}
	v.Gates[AliveGate] = p.alive(s, scope, &evidence)
	v.Shallow = p.deepOf(scope) == 0
	v.Gates[CauseGate] = p.cause(s, scope)
	v.Gates[InFlightGate] = Finding{
		Since: s.Plan.Began, Have: int64(min(s.Plan.Kind, 1)), Ruling: rule(p.free(s, scope), Hold),
	}
	v.Gates[CooldownGate] = p.cooldown(s, &v)
	v.Gates[BrakeGate] = p.brake(s)
	v.Gates[LastStandingGate] = p.lastStanding(s, &v)
	v.Gates[ResidencyGate] = p.residency(&v)
	v.Gates[ReadinessGate] = p.readiness(s, &v)
	v.Gates[CapacityGate] = p.capacity(s, &v)
	v.Gates[LagGate], v.Gates[FenceGate] = p.lagAndFence(s, &v)
	v.Gates[ApprovalGate] = p.approval(s, &v)
	v.Gates[VetoGate] = p.veto(s, scope.Region)
	return v
}

// lasted reports whether the evidence of a failure has lasted for the hold-down.
func (p *Policy) lasted(s *State, evidence *Evidence) bool {
	return s.Now >= evidence.Since.Add(p.HoldDown)
}

// free reports whether no plan is running, or only one that gives way to leaving a scope.
func (p *Policy) free(s *State, scope Scope) bool {
	return s.Plan.Kind == NoPlan || p.yields(s, scope)
}

func rule(pass bool, otherwise Ruling) Ruling {
	if pass {
		return Pass
	}
	return otherwise
}
