package failover

import (
	"time"

	"redoubt/model"
)

// Gate names one of the conditions that stand between evidence and action, in the order they are
// judged.
type Gate uint8

// The gates.
const (
	// EvidenceGate wants a quorum of observers who say down.
	EvidenceGate Gate = iota
	// HoldDownGate wants that evidence to have lasted.
	HoldDownGate
	// InFlightGate wants no other plan to be running.
	InFlightGate
	// CooldownGate wants the last transition to be some time ago.
	CooldownGate
	// LastStandingGate wants enough healthy regions to be left.
	LastStandingGate
	// CapacityGate wants the load to be carried by what is left.
	CapacityGate
	// LagGate wants no more data at risk than the policy allows.
	LagGate
	// FenceGate wants the old primary unable to write. It holds the promotion, not the plan: the plan
	// is what fences.
	FenceGate
	// ApprovalGate wants a person's word, in manual mode.
	ApprovalGate
	// GateCount is the number of gates, not one of them.
	GateCount
)

var gateNames = [GateCount]string{
	"evidence", "hold-down", "in flight", "cooldown", "last one standing", "capacity", "lag", "fence",
	"approval",
}

// String gives the gate's name.
func (g Gate) String() string {
	if g < GateCount {
		return gateNames[g]
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
	// Since is when what it rests on began, Until when a hold ends by itself (0 when time alone
	// does not end it).
	Since, Until Instant
	// Have and Want are what the gate compared: observers, regions, thousandths of traffic, or a
	// duration in nanoseconds, as the gate has it.
	Have, Want int64
}

// Verdict is every gate's finding on one region, derived from a state and never stored.
type Verdict struct {
	Subject model.RegionID
	// Kind is what would be planned, Target who would take over (NoRegion in an evacuation, or when
	// there is no candidate).
	Kind   PlanKind
	Target model.RegionID
	Gates  [GateCount]Finding
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

// judge derives the verdict on a region that matters: the primary, or one that serves.
func (p *Policy) judge(s *State, subject model.RegionID) Verdict {
	v := Verdict{Subject: subject, Kind: Evacuation, Target: model.NoRegion}
	evidence := p.EvidenceOn(s, subject)
	if subject == s.Primary {
		v.Kind = Failover
		v.Target = p.candidate(s, subject)
	}
	v.Gates[EvidenceGate] = Finding{
		Since: evidence.Since, Have: int64(evidence.Down), Want: int64(evidence.Quorum),
		Ruling: rule(evidence.Failed(), Hold),
	}
	held := evidence.Since.Add(p.HoldDown)
	free := s.Plan.Kind == NoPlan || subject == s.Primary && p.yields(s)
	v.Gates[HoldDownGate] = Finding{
		Since: evidence.Since, Until: held, Have: int64(s.Now - evidence.Since), Want: int64(p.HoldDown),
		Ruling: rule(evidence.Failed() && s.Now >= held, Hold),
	}
	v.Gates[InFlightGate] = Finding{
		Since: s.Plan.Began, Have: int64(min(s.Plan.Kind, 1)), Ruling: rule(free, Hold),
	}
	v.Gates[CooldownGate] = p.cooldown(s, &v)
	v.Gates[LastStandingGate] = p.lastStanding(s, &v)
	v.Gates[CapacityGate] = p.capacity(s, &v)
	v.Gates[LagGate], v.Gates[FenceGate] = p.lagAndFence(s, &v)
	v.Gates[ApprovalGate] = p.approval(s, subject)
	return v
}

func rule(pass bool, otherwise Ruling) Ruling {
	if pass {
		return Pass
	}
	return otherwise
}

// candidate picks who takes over from the primary, among the healthy candidates in their order of
// preference: the first whose data at risk is within the bound and who was in no recent transition;
// failing that the first within the bound, for whom the cooldown gate waits; failing that the
// first, whose lag gate says why it was not taken.
func (p *Policy) candidate(s *State, subject model.RegionID) model.RegionID {
	healthy, fresh := model.NoRegion, model.NoRegion
	for r := range model.RegionID(model.MaxRegions) {
		if r == subject || !p.Candidates.Has(r) || p.EvidenceOn(s, r).Failed() {
			continue
		}
		if healthy == model.NoRegion {
			healthy = r
		}
		if risk, known := p.dataAtRisk(s, r); !known || risk > p.DataAtRiskMax {
			continue
		}
		if !p.resting(s, r) {
			return r
		}
		if fresh == model.NoRegion {
			fresh = r
		}
	}
	if fresh != model.NoRegion {
		return fresh
	}
	return healthy
}

// recent reports whether a transition still causes a cooldown.
func (p *Policy) recent(s *State, t *Transition) bool {
	return t.Valid && s.Now < t.At.Add(p.Cooldown)
}

// resting reports whether a region was part of a recent transition.
func (p *Policy) resting(s *State, r model.RegionID) bool {
	for i := range s.Recent {
		if t := &s.Recent[i]; p.recent(s, t) && t.concerns(r) {
			return true
		}
	}
	return false
}

// cooldown allows a transition when none is recent, and one more when what it concerns was no part
// of the last one: the loss of the new primary must not wait (orchestrator #1296), a return to the
// old one must. A failover concerns its target, an evacuation the region that it leaves.
func (p *Policy) cooldown(s *State, v *Verdict) Finding {
	recent := 0
	var ends Instant
	for i := range s.Recent {
		t := &s.Recent[i]
		if !p.recent(s, t) {
			continue
		}
		recent++
		if until := t.At.Add(p.Cooldown); ends == 0 || until < ends {
			ends = until
		}
	}
	exception := recent == 1 && !p.resting(s, v.moved())
	return Finding{Until: ends, Have: int64(recent), Ruling: rule(recent == 0 || exception, Hold)}
}

// moved is the region that a verdict would begin to send traffic to, or in an evacuation stop.
func (v *Verdict) moved() model.RegionID {
	if v.Kind == Evacuation {
		return v.Subject
	}
	return v.Target
}

// lastStanding counts the healthy regions that would be left: candidates of a failover, serving
// regions of an evacuation.
func (p *Policy) lastStanding(s *State, v *Verdict) Finding {
	among := s.Serving
	if v.Kind == Failover {
		among = p.Candidates
	}
	left := p.healthyAmong(s, among.Without(v.Subject)).Count()
	return Finding{
		Have: int64(left), Want: int64(p.MinimumServing),
		Ruling: rule(left >= int(p.MinimumServing), Deny),
	}
}

func (p *Policy) healthyAmong(s *State, among model.RegionSet) model.RegionSet {
	for r := range model.RegionID(model.MaxRegions) {
		if among.Has(r) && p.EvidenceOn(s, r).Failed() {
			among = among.Without(r)
		}
	}
	return among
}

// capacity compares what the regions left could carry once the plan has scaled them with what must
// be carried. An evacuation needs only something: it moves what survivors can carry and sheds the
// rest.
func (p *Policy) capacity(s *State, v *Verdict) Finding {
	carrying := p.healthyAmong(s, s.Serving.Without(v.Subject)).With(v.Target)
	if v.Kind == Failover && !p.ServesReads {
		carrying = model.RegionSet(0).With(v.Target)
	}
	have := int64(0)
	for r := range model.RegionID(model.MaxRegions) {
		if carrying.Has(r) {
			have += int64(max(s.Ready[r], p.Ceiling[r]))
		}
	}
	want := int64(p.CapacityMin)
	if v.Kind == Evacuation {
		want = 1
	}
	return Finding{Have: have, Want: want, Ruling: rule(have >= want, Deny)}
}

// lagAndFence judges the data at risk of a failover, and whether its promotion may follow. An
// evacuation moves no write role, so both pass.
func (p *Policy) lagAndFence(s *State, v *Verdict) (lag, fence Finding) {
	if v.Kind != Failover {
		return lag, fence
	}
	risk, known := p.dataAtRisk(s, v.Target)
	lag = Finding{
		Have: int64(risk), Want: int64(p.DataAtRiskMax),
		Ruling: rule(known && risk <= p.DataAtRiskMax, Deny),
	}
	if !known {
		lag.Have = -1
	}
	for store := range model.StoreID(p.Stores) {
		if p.closed(s, store) {
			continue
		}
		fence.Ruling = Hold
		if end, bounded := p.fenceTime(s, store); bounded {
			fence.Until = max(fence.Until, end.Add(p.Drift))
		}
	}
	return lag, fence
}

// dataAtRisk bounds what a promotion of target would lose, in seconds of writes: everything from
// what its replica held at the last sample to the fence. That is the last lag, plus that sample's
// age at onset, plus the time from onset to the fence, which frozen at the fence no longer grows.
// Where nothing but a fence that has not happened can close the store, it grows with the time. A
// target that holds the lease itself, from a plan that was given up, risks nothing beyond what that
// plan accepted. It is false without a sample.
func (p *Policy) dataAtRisk(s *State, target model.RegionID) (time.Duration, bool) {
	if !target.Valid() {
		return 0, false
	}
	worst := time.Duration(0)
	for store := range model.StoreID(p.Stores) {
		if s.Leases[store].Holder != target && !s.Lags[store][target].Valid {
			return 0, false
		}
		worst = max(worst, p.storeAtRisk(s, store, target))
	}
	return worst, true
}

// storeAtRisk is dataAtRisk for one store whose lag has been sampled.
func (p *Policy) storeAtRisk(s *State, store model.StoreID, target model.RegionID) time.Duration {
	if s.Leases[store].Holder == target {
		return 0
	}
	fence, bounded := p.fenceTime(s, store)
	if !bounded {
		fence = s.Now
	}
	sample := &s.Lags[store][target]
	return fence.Sub(sample.At) + sample.Lag
}

func (p *Policy) approval(s *State, subject model.RegionID) Finding {
	switch p.Mode {
	case model.Automatic:
		return Finding{}
	case model.Manual:
		ends := s.ApprovedAt.Add(ApprovalLasts)
		if s.Approved != subject || s.Now >= ends {
			return Finding{Ruling: Hold}
		}
		return Finding{Since: s.ApprovedAt, Until: ends}
	case model.Advise:
	}
	return Finding{Ruling: Deny}
}
