package failover

import (
	"cmp"
	"fmt"
	"time"

	"redoubt/model"
)

// This is what people hear of an outage about which nothing is done: a quorum has seen a scope down
// for two hold-downs, and a gate keeps it from being left. By then nobody's deep check delays it.
// Of a region that comes and goes it may be the hold-down that does, again and again.

// unansweredHoldDowns is after how many hold-downs people hear of it: one begins whatever the gates
// let begin, and the other is what the gate of the primary that is seen alive may add. Of a region
// that comes and goes they hear at once: it may be back before the first is over, each time, and is
// lost again and again.
const unansweredHoldDowns = 2

// heardAfter is for how long a quorum has to have seen something of a region down for people to
// hear of it.
func (p *Policy) heardAfter(s *State, r model.RegionID) time.Duration {
	if p.unsteady(s, r) {
		return 0
	}
	return unansweredHoldDowns * p.HoldDown
}

// maxUnanswered bounds of how many scopes people hear at once: the other places for alarms are
// those of steps.
const maxUnanswered = MaxNotices - 2

// A notice of an outage has no step, and keeps the part of its scope and the gate in its index,
// where one of a plan that was given up has the plan's kind.
const (
	keptMark = 1 << 7
	keptPart = 1 << 4
)

var (
	_ [keptPart - GateCount]struct{}                 // The gate fits below the part,
	_ [keptMark - keptPart*uint8(partCount)]struct{} // which fits below the mark,
	_ [keptMark - uint8(planKindCount)]struct{}      // as does the kind of every plan.
)

// keeps is the notice that a gate keeps a scope from being left.
func (s *State) keeps(scope Scope, gate Gate, target model.RegionID) Notice {
	return Notice{
		At: s.Now, Epoch: max(s.Epoch, 1), Store: scope.Store, Subject: scope.Region, Target: target,
		Index: keptMark | uint8(scope.Part)*keptPart | uint8(gate),
	}
}

// Kept is the scope that a notice is of, and the gate that keeps it from being left: that of the
// approval where people were asked. It is false of a notice of anything else.
func (n *Notice) Kept() (Scope, Gate, bool) {
	if n.Epoch == 0 || n.Step != 0 || n.Index < keptMark {
		return Scope{Region: model.NoRegion}, 0, false
	}
	part := Part(n.Index &^ keptMark / keptPart)
	return Scope{Region: n.Subject, Part: part, Store: n.Store}, Gate(n.Index % keptPart), true
}

// unanswered reports whether nothing is done about a scope that is lost: a quorum has seen it down
// for two hold-downs, or has begun to of a region that comes and goes, no plan leaves it, or one
// that hangs, and people are not asked whether one should.
func (p *Policy) unanswered(s *State, scope Scope) bool {
	if !p.matters(s, scope) {
		return false
	}
	evidence, down := p.SeesDown(s, scope)
	return down && p.failed(s, scope, &evidence) && !p.answers(s, scope) &&
		s.Now >= evidence.Since.Add(p.heardAfter(s, scope.Region))
}

// over reports whether people need not know any more of an outage that they heard of: the scope is
// known to be up, and its region does not come and go, it matters no more, or something is done
// about it. That too few are left to say how it is does not end it: who hears of that again would
// take it for another outage.
func (p *Policy) over(s *State, scope Scope) bool {
	return !p.matters(s, scope) || p.answers(s, scope) && !s.heardWhile(scope) ||
		!p.unsteady(s, scope.Region) && p.EvidenceFor(s, scope).SeenUp()
}

// matters reports whether a scope could be left: writes or traffic go there.
func (p *Policy) matters(s *State, scope Scope) bool {
	switch scope.Part {
	case OneStore:
		i := scope.Store
		return i < model.StoreID(p.Stores) && p.StoreChecks[i] != 0 && s.Writers[i] == scope.Region
	case Routing:
		return p.RoutingChecks != 0 && s.Serving.Has(scope.Region)
	case Whole, partCount:
	}
	return s.Serving.Has(scope.Region) || p.writes(s, scope.Region)
}

// A step counts as what is done about a loss for as many hold-downs, or for that share of the time
// that the slowest may take, if that is longer: it may hang without a word.
const (
	hangingHoldDowns = 3
	hangingShare     = 3
)

// hangsAfter is how long that is.
func (p *Policy) hangsAfter() time.Duration {
	unit := cmp.Or(p.HoldDown, p.StaleAfter)
	return max(hangingHoldDowns*unit, p.StepTimeout/hangingShare)
}

// answers reports whether the running plan leaves a scope, and does not hang, or people were asked
// about it.
func (p *Policy) answers(s *State, scope Scope) bool {
	return p.leavesScope(s, scope) && s.Now < p.answersUntil(s) || s.asks(scope)
}

// heardWhile reports whether people have heard of an outage since the plan began that answers it,
// and are not asked about it: that the plan goes on a little is no reason to tell them anew.
func (s *State) heardWhile(scope Scope) bool {
	_, at, told := s.heardGate(scope)
	return told && at > s.Plan.Began && !s.asks(scope)
}

// answersUntil is until when the running plan counts as what is done about what it leaves, should
// nothing more become of it: a step that it needs has been open for long by then, or was tried in
// vain in a plan that has run for so long.
func (p *Policy) answersUntil(s *State) Instant {
	const needed = 1<<Fence | 1<<Scale | 1<<Promote | 1<<CatchUp | 1<<Validate | 1<<Shift
	until, after := InstantMax, p.hangsAfter()
	for i := range s.Plan.Count {
		switch step := &s.Plan.Steps[i]; {
		case !StepSet(needed).Has(step.Kind) || step.Status.over():
		case step.Tries > 0:
			until = min(until, s.Plan.Began.Add(after))
		case step.Status.open():
			until = min(until, step.Since.Add(after))
		}
	}
	return until
}

// leavesScope reports whether the running plan leaves a scope.
func (p *Policy) leavesScope(s *State, scope Scope) bool {
	plan := s.Plan.Scope()
	return s.Plan.Kind.transits() && plan.Region == scope.Region && plan.covers(scope)
}

// keptBy is the first gate that keeps a scope from being left, if one does: that of the fence keeps
// no plan from beginning, and people are asked for their approval when no other one does. Nor does
// that of the primary that is seen alive for long: nobody hears of it.
func (v *Verdict) keptBy() (Gate, bool) {
	for i := range v.Gates {
		gate := Gate(i)
		if gate != FenceGate && gate != ApprovalGate && v.Gates[i].Ruling != Pass {
			return gate, gate != AliveGate
		}
	}
	return 0, false
}

// tellUnanswered has people hear, once, of each outage about which nothing is done, and again only
// when the gate that they heard of has opened and another one is shut. What stands of one that is
// over, or that something is done about, is taken back.
func (p *Policy) tellUnanswered(s *State, suspects model.RegionSet, actions *Actions) {
	s.dropKept(func(of Question, gate Gate) bool {
		return gate != ApprovalGate && p.over(s, of.Scope)
	})
	parts := 1
	if p.partial() != 0 {
		parts = scopeCount
	}
	for left := p.Workload & suspects; left != 0; left = left.Without(left.First()) {
		for index := range parts {
			if scope := scopeAt(left.First(), index); p.unanswered(s, scope) {
				p.tellKept(s, scope, actions)
			}
		}
	}
}

// tellKept has people hear which gate keeps a scope from being left. Of another one than they have
// heard of they do when that one has opened: of a later one at once, and of an earlier one, which
// may have shut and opened before, when what they have heard is a hold-down old. That a plan runs
// by now, or the hold-down of another loss does, is no such news: what is against it then, they
// hear at its end. Of a plan that leaves the scope, and hangs, they hear that it is in flight.
func (p *Policy) tellKept(s *State, scope Scope, actions *Actions) {
	heard, at, told := s.heardGate(scope)
	hangs := p.leavesScope(s, scope) // What is against another plan is no news then.
	if hangs && told {
		return
	}
	v := p.judge(s, scope)
	gate, kept := v.keptBy()
	if hangs {
		gate, kept = InFlightGate, true
	}
	opened := v.Gates[heard].Ruling == Pass && s.Now >= at.Add(p.HoldDown)
	passing := gate == InFlightGate || gate == HoldDownGate
	earlier := gate < heard && !passing && opened
	if !kept || told && gate <= heard && !earlier || !told && s.keptCount() >= maxUnanswered {
		return
	}
	s.dropKept(func(of Question, _ Gate) bool { return of.Scope == scope })
	s.noteDown(s.keeps(scope, gate, v.Target), actions)
}

// heardGate is the gate of which people have heard that it keeps a scope from being left, and when
// they did.
func (s *State) heardGate(scope Scope) (gate Gate, at Instant, heard bool) {
	for _, notice := range s.notices() {
		if about, by, is := notice.Kept(); is && by != ApprovalGate && about == scope {
			return by, notice.At, true
		}
	}
	return 0, 0, false
}

// keptCount is how many notices are of outages.
func (s *State) keptCount() (count int) {
	for _, notice := range s.notices() {
		if _, _, kept := notice.Kept(); kept {
			count++
		}
	}
	return count
}

// makeRoom takes back the oldest alarms over outages where there are as many as may be: a question,
// which nobody could answer unasked, goes before them.
func (s *State) makeRoom() {
	const last = MaxNotices - 1
	for i := last; i >= 0 && s.keptCount() >= maxUnanswered; i-- {
		if _, gate, kept := s.Notices[i].Kept(); kept && gate != ApprovalGate {
			copy(s.Notices[i:], s.Notices[i+1:])
			s.Notices[last] = Notice{}
		}
	}
}

// dropKept takes back some of the notices of outages. Which ones is settled before any is: what is
// over goes by what people have heard, and no gap between notices may hide the rest of that.
func (s *State) dropKept(over func(Question, Gate) bool) {
	var gone [MaxNotices]bool
	some := false
	for i := range s.notices() {
		notice := &s.Notices[i]
		if scope, gate, is := notice.Kept(); is {
			gone[i] = over(Question{Scope: scope, Target: notice.Target}, gate)
			some = some || gone[i]
		}
	}
	if !some {
		return // As mostly: every step asks.
	}
	kept := s.Notices
	s.Notices = [MaxNotices]Notice{}
	place := 0
	for i := range kept {
		if !gone[i] {
			s.Notices[place] = kept[i]
			place++
		}
	}
}

// Why says in words what the gate found that an alarm names, as it is now; it is empty of anything
// else.
func (p Policy) Why(s State, a Action, name Names) string {
	if a.Gate == 0 {
		return ""
	}
	scope := Scope{Region: a.Subject, Part: a.Part, Store: a.Store}
	if a.Gate == InFlightGate && p.leavesScope(&s, scope) {
		return fmt.Sprintf("the %s has been running for %s", s.Plan.Kind,
			s.Now.Sub(s.Plan.Began).Round(time.Second))
	}
	v := p.judge(&s, scope)
	return v.Reason(a.Gate, s.Now, name)
}
