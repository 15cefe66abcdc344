package failover

import "redoubt/model"

// Step returns the state after an event, and what has to be done because of it. It is pure and
// total: any event in any state gives a state. What is late, repeated, reordered or nonsense is
// ignored, and a time in the past counts as the state's own.
func (p Policy) Step(s State, e Event) (State, Actions) {
	var actions Actions
	p.Apply(&s, &e, &actions)
	return s, actions
}

// Apply is Step in place, for callers that step often: it changes s and writes what has to be done
// to actions, whose former content is dropped.
func (p *Policy) Apply(s *State, e *Event, actions *Actions) {
	actions.Count = 0
	s.Now = max(s.Now, min(e.At, InstantMax-1))
	p.mind(s)
	p.watchReturned(s)
	switch e.Kind {
	case Tick:
	case Reported:
		p.applyReport(s, e)
	case LagMeasured:
		p.applyLag(s, e)
	case CapacityChanged:
		if p.Workload.Has(e.Region) {
			s.Ready[e.Region] = e.Share
		}
	case LeaseRenewed:
		p.applyRenewal(s, e)
	case Fenced:
		p.applyFence(s, e)
	case StepClaimed:
		p.applyClaim(s, e)
	case StepDone:
		p.applyDone(s, e)
	case StepFailed:
		p.applyFailed(s, e, actions)
	case Ordered:
		p.applyOrder(s, e, actions)
	case ReadinessChanged:
		p.applyReadiness(s, e)
	case StepUnknown:
		p.applyUnknown(s, e, actions)
	case AgentLost, AgentSeen:
		p.applyLost(s, e, actions)
	case PolicyChanged:
		p.applyPolicy(s, e, actions)
	}
	suspects := p.suspects(s)
	returned := p.watchFlaps(s, suspects)
	if returned || e.Kind == Reported || e.Kind == PolicyChanged {
		p.watchReturned(s) // Else what is known of them is what it was.
	}
	p.settle(s, suspects, actions)
	p.tellLapses(s, actions)
	p.tellHeld(s, actions)
	p.tellUnanswered(s, suspects, actions)
}

// settle moves plans on and begins new ones until nothing more follows from the state: what decide
// has begun may give way in turn. A few rounds are enough; the bound is generous.
func (p *Policy) settle(s *State, suspects model.RegionSet, actions *Actions) {
	for range model.MaxRegions {
		epoch := s.Epoch
		p.decide(s, suspects, actions)
		begun := s.Epoch != epoch
		if s.Plan.Kind == NoPlan || !p.progress(s, actions) && !begun {
			return
		}
	}
}

// decide begins a plan when the gates let it: where writes are lost first, then for what lacks a
// store of its own, and for what is lost of the traffic last.
func (p *Policy) decide(s *State, suspects model.RegionSet, actions *Actions) {
	var asked questions
	if suspects != 0 && suspects&s.writers() != 0 && p.considerWriters(s, &asked, actions) {
		return
	}
	if region := p.unheld(s, &asked); region.Valid() {
		p.ask(s, &asked, actions)
		p.beginInstead(s, Reopen, RegionScope(region), region, actions)
		return
	}
	if p.goesBack(s) { // It gives way to what matters more, at once too.
		p.begin(s, Retract, RegionScope(s.wentTo()), model.NoRegion)
	}
	if suspects&s.Serving != 0 && p.considerTraffic(s, &asked, actions) {
		return
	}
	p.ask(s, &asked, actions)
	if region := p.reprotects(s); region.Valid() {
		p.begin(s, Reprotect, RegionScope(region), region)
	}
}

// writers are the primary and the regions that the stores are written in.
func (s *State) writers() (regions model.RegionSet) {
	regions = regions.With(s.Primary)
	for _, writer := range s.Writers {
		regions = regions.With(writer)
	}
	return regions
}

// considerWriters judges the primary, the other regions that write, and the stores in all of them.
func (p *Policy) considerWriters(s *State, asked *questions, actions *Actions) (begun bool) {
	if p.consider(s, RegionScope(s.Primary), asked, actions) {
		return true
	}
	for i := range model.StoreID(p.Stores) {
		writer := s.Writers[i]
		if writer != s.Primary && p.consider(s, RegionScope(writer), asked, actions) {
			return true
		}
	}
	for i := range model.StoreID(p.Stores) {
		scope := Scope{Region: s.Writers[i], Part: OneStore, Store: i}
		if p.StoreChecks[i] != 0 && p.consider(s, scope, asked, actions) {
			return true
		}
	}
	return false
}

// considerTraffic judges the regions that only serve, and the ways to all that do.
func (p *Policy) considerTraffic(s *State, asked *questions, actions *Actions) (begun bool) {
	for left := s.Serving; left != 0; left = left.Without(left.First()) {
		r := left.First()
		if !p.writes(s, r) && p.consider(s, RegionScope(r), asked, actions) {
			return true
		}
	}
	if p.RoutingChecks == 0 {
		return false
	}
	for left := s.Serving; left != 0; left = left.Without(left.First()) {
		if p.consider(s, Scope{Region: left.First(), Part: Routing}, asked, actions) {
			return true
		}
	}
	return false
}

// mends reports whether what needs no gate, as it only mends, may begin: nobody paused the policy,
// which does more than advise.
func (p *Policy) mends(s *State) bool { return p.Mode != model.Advise && !s.Paused }

// mayMend reports whether it may, and nothing else is being done.
func (p *Policy) mayMend(s *State) bool { return s.Plan.Kind == NoPlan && p.mends(s) }

// unheld returns a region that lacks a store of its own or its traffic, if there is one: nothing
// keeps it out, nobody is asked whether to leave it, and a store has no holder or another one, or a
// plan was given up halfway, and its traffic may come. The store does not wait for a plan that
// gives way, nor does one that can be opened now wait for one that cannot.
func (p *Policy) unheld(s *State, asked *questions) model.RegionID {
	if !s.Left.Unsettled && p.holdAll(s) { // As it mostly is: nobody lacks anything.
		return model.NoRegion
	}
	if !p.mends(s) || s.Plan.Kind != NoPlan && !p.yieldsToOpening(s) {
		return model.NoRegion
	}
	stalls := s.Plan.Kind == NoPlan || s.Plan.Kind == Retract && p.stuck(s)
	later := model.NoRegion
	if r := p.takesUp(s); r.Valid() && stalls {
		if later = r; !s.Silent.Has(r) {
			return r
		}
	}
	for i := range model.StoreID(p.Stores) {
		writer := s.Writers[i]
		whole, store := RegionScope(writer), Scope{Region: writer, Part: OneStore, Store: i}
		switch {
		case s.heldOpen(i), p.keepsOut(s, whole), p.keepsOut(s, store):
		case asked.about(whole), asked.about(store):
		case p.opensNow(s, writer):
			return writer
		case s.Plan.Kind == NoPlan && !later.Valid():
			later = writer
		}
	}
	return later
}

// holdAll reports whether each store's lease is held where the store belongs, and not by a claim
// alone.
func (p *Policy) holdAll(s *State) bool {
	for i := range model.StoreID(p.Stores) {
		if !s.heldOpen(i) {
			return false
		}
	}
	return true
}

// consider judges one scope, and begins a plan or asks for approval as the verdict has it.
func (p *Policy) consider(
	s *State, scope Scope, asked *questions, actions *Actions,
) (begun bool) {
	evidence, down := p.SeesDown(s, scope)
	if !down || !p.failed(s, scope, &evidence) || !p.lasted(s, &evidence) {
		return false
	}
	instead := s.Plan.Kind != NoPlan && p.yields(s, scope)
	p.review(s, scope, instead, actions)
	if s.Plan.Kind != NoPlan && !instead {
		return false // A gate holds: whatever the others say, nobody is asked.
	}
	v := p.judge(s, scope)
	if v.Opens() {
		p.beginInstead(s, v.Kind, scope, v.Target, actions)
		return true
	}
	if v.awaitsApproval() {
		asked.add(v.question())
	}
	return false
}

// beginInstead begins a plan in place of what gives way to it, if anything runs, and has people
// hear of that if they have ordered it.
func (p *Policy) beginInstead(
	s *State, kind PlanKind, scope Scope, target model.RegionID, actions *Actions,
) {
	p.tellGivenUp(s, actions)
	p.supersede(s, actions)
	p.begin(s, kind, scope, target)
}

// supersede ends a running plan that gives way to another.
func (p *Policy) supersede(s *State, actions *Actions) {
	if s.Plan.Kind != NoPlan {
		p.end(s, s.Plan.took(s), actions)
	}
}
