package failover

import (
	"fmt"
	"strings"

	"redoubt/model"
)

// Account says in words where a state stands, and what is done about each scope that is judged.
type Account struct {
	// Facts are what is so, whatever is judged: who is primary, who may write, what is running.
	Facts []Fact
	// Scopes are what could be left, in the order in which they are judged.
	Scopes []ScopeAccount
}

// Fact is one thing that is so: what it is about, and a sentence without its full stop.
type Fact struct{ About, Text string }

// ScopeAccount is what is done about one scope, and why.
type ScopeAccount struct {
	Verdict Verdict
	// Conclusion is one sentence that says why nothing is done, or what was begun.
	Conclusion string
	// UnderWay says that the running plan leaves this scope: the gates speak of leaving it once more.
	UnderWay bool
}

// Account derives the account of a state. It stores nothing and changes nothing; the simulator and
// the agents show the same one.
func (p Policy) Account(s State, name Names) Account {
	a := Account{Facts: p.facts(&s, name)}
	for _, scope := range p.Scopes(s) {
		v := p.judge(&s, scope)
		a.Scopes = append(a.Scopes, ScopeAccount{
			Verdict: v, Conclusion: p.conclusion(&s, &v, name),
			UnderWay: s.Plan.Kind.transits() && s.Plan.Scope() == scope,
		})
	}
	return a
}

// Scopes are what could be left in a state: what the running plan leaves, the regions that write
// and their stores, then the regions that serve and the ways to them, each in the order in which
// they are judged. A part of a region is one only where a check of its own could find it down.
func (p Policy) Scopes(s State) []Scope {
	var scopes []Scope
	add := func(scope Scope, matters bool) {
		for _, other := range scopes {
			matters = matters && other != scope
		}
		if matters && scope.Region.Valid() {
			scopes = append(scopes, scope)
		}
	}
	add(s.Plan.Scope(), s.Plan.Kind.transits())
	add(RegionScope(s.Primary), true)
	for i := range model.StoreID(p.Stores) {
		add(RegionScope(s.Writers[i]), true)
	}
	for i := range model.StoreID(p.Stores) {
		add(Scope{Region: s.Writers[i], Part: OneStore, Store: i}, p.StoreChecks[i] != 0)
	}
	for r := range model.RegionID(model.MaxRegions) {
		add(RegionScope(r), s.Serving.Has(r))
	}
	for r := range model.RegionID(model.MaxRegions) {
		add(Scope{Region: r, Part: Routing}, p.RoutingChecks != 0 && s.Serving.Has(r))
	}
	return scopes
}

// conclusion says why nothing is done about a scope, or what was begun.
func (p *Policy) conclusion(s *State, v *Verdict, name Names) string {
	switch {
	case s.Plan.Kind != NoPlan && s.Plan.Scope() == v.Scope:
		return p.underWay(s, name) + p.keptClosed(s, v.Scope, name)
	case v.Opens():
		return fmt.Sprintf("every gate lets it pass: the %s begins with the next entry of the log",
			v.planText(name))
	case v.Gates[EvidenceGate].Ruling != Pass:
		return "nothing is done: " + p.unproven(s, v.Scope, name)
	}
	return "nothing is done: " + p.withheld(s, v, name)
}

// unproven says what is missing for a scope to count as failed.
func (p *Policy) unproven(s *State, scope Scope, name Names) string {
	evidence, text := p.EvidenceFor(s, scope), scope.Text(name)
	silent := p.Voters.Without(scope.Region).Count() - evidence.Down - evidence.Up
	closed := p.keptClosed(s, scope, name)
	switch {
	case evidence.Failed():
		return fmt.Sprintf("%s is seen down, but no quorum sees %s up, and what may have gone down "+
			"with its region is left to the decision about the region", text, name.Region(scope.Region))
	case evidence.Down == 0 && evidence.Recovered():
		return fmt.Sprintf("a quorum sees %s up", text) + closed
	}
	return fmt.Sprintf("of the %s needed %d %s that %s is down; %s up, and of %s nothing is known",
		plural(int64(evidence.Quorum), "observer"), evidence.Down,
		verb(int64(evidence.Down), "says", "say"), text, counted(evidence.Up, "says", "say"),
		counted(silent, "observer", "observers")) + closed
}

// withheld names the gates that a failed scope does not pass, and when time alone would open them.
func (p *Policy) withheld(s *State, v *Verdict, name Names) string {
	var shut []string
	ends, alone := Instant(0), true
	for gate := range GateCount {
		if gate == FenceGate || v.Gates[gate].Ruling == Pass {
			continue
		}
		until, timed := v.Until(gate)
		ends, alone = max(ends, until), alone && timed
		shut = append(shut, p.shutText(s, v, gate, name))
	}
	text := strings.Join(shut, ", and ")
	if alone && len(shut) > 1 {
		text += fmt.Sprintf("; time alone lets it begin %s", name.at(ends, s.Now))
	}
	if v.awaitsApproval() {
		text += fmt.Sprintf("; otherwise the %s would begin now", v.planText(name))
	}
	return text
}

// shutText says how one gate stands in the way.
func (p *Policy) shutText(s *State, v *Verdict, gate Gate, name Names) string {
	text := gate.String() + " denies it"
	if v.Gates[gate].Ruling == Hold {
		text = gate.String() + " holds"
	}
	if until, timed := v.Until(gate); timed {
		return text + " " + name.until(until, s.Now)
	}
	switch {
	case gate == InFlightGate:
		text += fmt.Sprintf(" while the %s runs", s.Plan.text(name))
	case gate == ApprovalGate && p.Mode == model.Manual && s.asks(v.Scope):
		if _, asked := s.AskedOf(v.question()); asked {
			text += p.awaited(v)
		}
	case gate == ResidencyGate, gate == ReadinessGate, gate == LagGate, gate == CapacityGate,
		gate == BrakeGate, gate == CauseGate, gate == VetoGate, gate == LastStandingGate:
		text += ": " + v.Reason(gate, s.Now, name)
	}
	return text
}

// awaited says who else has to approve.
func (p *Policy) awaited(v *Verdict) string {
	f := v.Gates[ApprovalGate]
	if f.Want == 1 {
		return " until the person who was asked approves"
	}
	return fmt.Sprintf(" until %d more of those who were asked %s", f.Want-f.Have,
		verb(f.Want-f.Have, "approves", "approve"))
}

// underWay says what the running plan waits for.
func (p *Policy) underWay(s *State, name Names) string {
	plan := &s.Plan
	var open []string
	for i := range plan.Count {
		if step := &plan.Steps[i]; step.Status.open() || step.Status >= Failed {
			open = append(open, p.stepText(s, step, name))
		}
	}
	for i := range plan.Count { // Nobody is asked for anything: it is the next step that waits.
		if step := &plan.Steps[i]; len(open) == 0 && step.Status == Waiting {
			open = append(open, p.stepText(s, step, name))
		}
	}
	return fmt.Sprintf("the %s is under way (epoch %d): %s", plan.text(name), plan.Epoch,
		strings.Join(open, "; "))
}

// planText says what would be begun.
func (v *Verdict) planText(name Names) string {
	plan := Plan{Kind: v.Kind, Subject: v.Scope.Region, Target: v.Target, Part: v.Scope.Part}
	plan.Stores = 1 << v.Scope.Store
	return plan.text(name)
}

// text names a plan: what kind, of what, to where.
func (plan *Plan) text(name Names) string {
	text := plan.Kind.String()
	if plan.Subject.Valid() && plan.Subject != plan.Target {
		text += " of " + plan.Scope().Text(name)
	}
	if plan.Target.Valid() {
		text += " to " + name.Region(plan.Target)
	}
	return text
}

// Until is when a gate that holds opens by itself, as far as the state can tell. It is false when
// time alone does not open it, or when it does not hold.
func (v *Verdict) Until(gate Gate) (Instant, bool) {
	f := v.Gates[gate]
	began := gate != HoldDownGate || v.Gates[EvidenceGate].Ruling == Pass
	return f.Until, f.Ruling == Hold && f.Until > 0 && began
}

// Since is when what a gate's ruling rests on began. It is false when it rests on nothing that has
// begun.
func (v *Verdict) Since(gate Gate, now Instant) (Instant, bool) {
	since := v.Gates[gate].Since
	return since, since > 0 && since <= now
}

// counted says how many do something.
func counted(count int, one, several string) string {
	return fmt.Sprintf("%d %s", count, verb(int64(count), one, several))
}
