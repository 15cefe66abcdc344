package failover

import (
	"encoding/binary"
	"fmt"
	"time"

	"redoubt/model"
)

// RulesVersion is the version of the rules that Apply implements. It has to be raised whenever
// some state, policy and event lead to another state than in a release before, be it by the
// mending of a mistake; the rules of that release then stay in the table rules, for the logs that
// are under them. What only looks at states, such as Explain or Check, is free to change.
const RulesVersion = 1

// ruleSet is one version of the rules.
type ruleSet struct {
	start func(*Policy) State
	apply func(p *Policy, s *State, e *Event, did *Actions)
}

// rules are the versions that this release can apply. Version 0 is that of a log that has not
// begun.
var rules = [...]ruleSet{
	RulesVersion: {start: (*Policy).Start, apply: (*Policy).Apply},
}

// knowsRules reports whether this release can apply a version of the rules.
func knowsRules(version uint16) bool {
	return int(version) < len(rules) && rules[version].apply != nil
}

// Governance is what a state is decided under, and on which terms its leases were granted.
type Governance struct {
	// Policy is the digest of the policy, Rules the version of the rules; Rules is 0 before the
	// log has begun.
	Policy Digest
	Rules  uint16
	// Guarded, Lease and Drift are the policy's, Guarded without the stores that no lease is kept of,
	// as nobody else could write to them. The next policy has to honour them, and has no other way to
	// know them.
	Guarded      uint8
	Lease, Drift time.Duration
}

// governance is what a state is decided under while the policy is in force.
func (p *Policy) governance() Governance {
	return Governance{
		Policy: p.Digest(), Rules: RulesVersion, Guarded: p.leased(), Lease: p.Lease, Drift: p.Drift,
	}
}

// PolicyEvent is the event that brings a log under a policy, and under the rules of this release.
// It is the first event of every log too.
func PolicyEvent(at Instant, p *Policy) Event {
	digest := p.Digest()
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(digest[8*i:]) }
	return Event{
		Kind: PolicyChanged, At: at, Share: RulesVersion, Sequence: number(0), Ticket: number(1),
		Age: time.Duration(number(2)), Lag: time.Duration(number(3)),
	}
}

// Names returns the digest of the policy, and the version of the rules, that a PolicyChanged
// names.
func (e *Event) Names() (policy Digest, version uint16) {
	for i, number := range [...]uint64{e.Sequence, e.Ticket, uint64(e.Age), uint64(e.Lag)} {
		binary.LittleEndian.PutUint64(policy[8*i:], number)
	}
	return policy, e.Share
}

// GovernanceError says that a state or an event is under a policy or rules that are not at hand.
// Whoever gets one must stop applying the log: going on under others would lead elsewhere than all
// other replicas go.
type GovernanceError struct {
	// Policy and Rules are what would be needed.
	Policy Digest
	Rules  uint16
}

// Error says in words what is missing and what to do.
func (g *GovernanceError) Error() string {
	switch {
	case g.Rules == 0:
		return "the log does not say under which policy and rules it begins: its first event must"
	case !knowsRules(g.Rules):
		return fmt.Sprintf("the log goes on under rules %d, and this release knows them up to %d: "+
			"run the release that they came with, or a later one", g.Rules, RulesVersion)
	}
	return fmt.Sprintf("the log goes on under policy %s, which is not at hand: load the scenario "+
		"file that the other agents have", g.Policy.Short())
}

// Governs says why the policy, under the rules of this release, may not apply events to a state;
// it is nil when it may. The error is a GovernanceError. A PolicyChanged is the exception: the
// policy that it names applies it, see Library.
func (p *Policy) Governs(s *State) error {
	if s.Under.Rules == RulesVersion && s.Under.Policy == p.Digest() {
		return nil
	}
	return &GovernanceError{Policy: s.Under.Policy, Rules: s.Under.Rules}
}

// handover is why a state may not come under another policy.
type handover uint8

const (
	mayFollow handover = iota
	planInTheWay
	leftHalfway
	otherStores
	otherWriting
	withoutWorkload
	trafficAway
	noCandidateWrites
	openWithoutWorkload
	servesTooMany
	newGuard
	handoverCount
)

var handovers = [handoverCount]string{
	"", "a plan is running: it ends under the policy that it began under",
	"a plan was given up halfway: what it left has to be settled first",
	"the policy has another number of stores than the log",
	"the policy has one region write where every region does, or the other way round",
	"a region that writes, holds a lease or serves has no workload under the policy",
	"the traffic is kept away from the primary, and the policy does not judge the ways to a region",
	"a region that writes or holds a lease is no candidate under the policy",
	"a copy may still be open to writes in a region without a workload under the policy: its fence " +
		"has to be recorded first",
	"traffic goes to more than one region, and under the policy one serves: have it leave the " +
		"others first",
	"a store comes under a guard, or its lease begins to be kept as another region may now take " +
		"over, only while a fence of it is recorded, which shows that the guard is there: pause, fence " +
		"the store, change the policy, resume",
}

// RefusesChange says why a PolicyChanged to the policy would be ignored now, or nothing if it
// would not. Regions and stores keep their numbers for as long as a log lives, which a policy
// cannot show: that is for whoever compiles it to see to.
func (p *Policy) RefusesChange(s *State) string { return handovers[p.handover(s)] }

// handover judges whether a state may come under the policy.
func (p *Policy) handover(s *State) handover {
	var held model.RegionSet
	if s.Primary.Valid() {
		held = held.With(s.Primary)
	}
	for i := range model.StoreID(model.MaxStores) {
		if s.Writers[i].Valid() != (i < model.StoreID(p.Stores)) {
			return otherStores
		}
		for _, r := range [...]model.RegionID{s.Writers[i], s.Leases[i].Holder} {
			if r.Valid() {
				held = held.With(r)
			}
		}
	}
	away := s.Primary.Valid() && !s.Serving.Has(s.Primary)
	switch {
	case s.Plan.Kind != NoPlan:
		return planInTheWay
	case !s.leftNothing():
		return leftHalfway
	case p.MultiWriter == s.Primary.Valid():
		return otherWriting
	case (held|s.Serving)&^p.Workload != 0:
		return withoutWorkload
	case held&^p.Candidates != 0:
		return noCandidateWrites
	case s.mayBeOpen()&^p.Workload != 0:
		return openWithoutWorkload
	case !p.ServesReads && !p.MultiWriter && s.Serving.Count() > 1:
		return servesTooMany
	case away && p.RoutingChecks == 0:
		return trafficAway
	}
	for i := range model.StoreID(p.Stores) {
		lease, bit := &s.Leases[i], uint8(1)<<i
		if p.leased()&^s.Under.Guarded&bit != 0 && lease.Fenced < lease.Epoch {
			return newGuard
		}
	}
	return mayFollow
}

// mayBeOpen are the regions that may still write to a copy that was left.
func (s *State) mayBeOpen() (open model.RegionSet) {
	for i := range s.Diverged {
		for r := range s.Diverged[i] {
			if s.mayWrite(model.StoreID(i), model.RegionID(r)) {
				open = open.With(model.RegionID(r))
			}
		}
	}
	return open
}

// applyPolicy brings the state under the policy, if the event names it and nothing speaks against
// it. What was promised under the old one is kept: a lease ends when it would have been safe to
// rely on its end before, and no earlier than a guard could keep the store open that was shown the
// last ticket under the new terms. What was seen, asked or approved under the old one counts no
// more: the checks may be others, and a question may read otherwise. So a change of policy delays
// what begins by itself, by a hold-down at most once everybody has reported again. What is kept, as
// the last transitions are, is measured by the new policy: a shorter hold-down or cooldown hastens,
// and transitions that are too many for it trip the brake.
func (p *Policy) applyPolicy(s *State, e *Event, actions *Actions) {
	named, version := e.Names()
	old, next := s.Under, p.governance()
	switch {
	case version != next.Rules || named != next.Policy:
		return // It is another policy's to apply, which has refused.
	case old.Rules == next.Rules && old.Policy == next.Policy || p.handover(s) != mayFollow:
		return
	}
	s.Under, s.Turned = next, s.Now
	for i := range p.Stores {
		lease := &s.Leases[i]
		lease.End = min(lease.End.Add(max(0, old.Drift-next.Drift)), leaseMax)
		if next.Lease > old.Lease {
			lease.End = max(lease.End, s.Now.Add(next.Lease))
		}
	}
	s.forget()
	s.Silent &= p.Voters
	if p.BrakeAfter != 0 && p.ended(s) >= int(p.BrakeAfter) {
		s.trip(Flapping, model.NoRegion, actions) // Else it would hold, and nobody could lift it.
	}
}

// leaseMax is the last end that a lease can have, however often the policy changes.
const leaseMax = InstantMax + Instant(spanMax)

// forget makes all that observers have seen unknown, and ends all that people were asked.
// Sequences stay, so that a report that was sent twice counts once, and nothing observed before
// counts. That a region was down stays too: what is only out of sight has not come back, and when
// somebody sees it up it has been so from then on, not for as long as nobody looked.
func (s *State) forget() {
	for o := range s.Reports {
		for subject := range s.Reports[o] {
			if report := &s.Reports[o][subject]; report.Sequence != 0 {
				*report = Report{Sequence: report.Sequence, At: s.Now}
			}
		}
	}
	for r := range s.Flaps {
		s.Flaps[r].Up = 0
	}
	s.Readiness = [model.MaxRegions]Readiness{}
	s.Drill = PendingDrill{}
	s.unask()
}
