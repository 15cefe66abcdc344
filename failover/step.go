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
	s.Now = max(s.Now, min(e.At, InstantMax))
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
	}
	p.settle(s, actions)
}

// settle moves plans on and begins new ones until nothing more follows from the state. A plan that
// decide has begun cannot end at the same instant, so that a few rounds are enough; the bound is
// generous.
func (p *Policy) settle(s *State, actions *Actions) {
	for range model.MaxRegions {
		p.decide(s, actions)
		if s.Plan.Kind == NoPlan || !p.progress(s, actions) {
			return
		}
	}
}

// decide begins a plan when the gates let it. The primary is judged before the regions that only
// serve, since its loss costs more.
func (p *Policy) decide(s *State, actions *Actions) {
	if p.unheld(s) {
		p.begin(s, Reopen, s.Primary, s.Primary)
		return
	}
	asked := model.NoRegion
	if p.consider(s, s.Primary, &asked, actions) {
		return
	}
	for subject := range model.RegionID(model.MaxRegions) {
		others := subject != s.Primary && s.Serving.Has(subject)
		if others && p.consider(s, subject, &asked, actions) {
			return
		}
	}
	s.Asked = asked
}

// unheld reports whether the primary lacks a store or its traffic: it is not known to be down,
// nothing else is being done, nobody paused the policy, and a store has no holder or another one,
// or a plan was given up halfway.
func (p *Policy) unheld(s *State) bool {
	return s.Plan.Kind == NoPlan && p.Mode != model.Advise && !s.Paused &&
		(s.Unsettled || !p.heldByPrimary(s)) && !p.EvidenceOn(s, s.Primary).Failed()
}

// consider judges one region, and begins a plan or asks for approval as the verdict has it.
func (p *Policy) consider(
	s *State, subject model.RegionID, asked *model.RegionID, actions *Actions,
) (begun bool) {
	evidence := p.EvidenceOn(s, subject)
	if !evidence.Failed() {
		return false
	}
	p.review(s, subject, &evidence, actions)
	v := p.judge(s, subject)
	if v.Opens() {
		p.supersede(s, actions)
		p.begin(s, v.Kind, subject, v.Target)
		return true
	}
	if *asked == model.NoRegion && v.awaitsApproval() {
		*asked = subject
		p.ask(s, &v, actions)
	}
	return false
}

// supersede ends a running plan that gives way to another.
func (p *Policy) supersede(s *State, actions *Actions) {
	if s.Plan.Kind != NoPlan {
		s.Unsettled = s.Unsettled || s.Plan.Kind != Reopen && s.Plan.moved(s)
		p.end(s, s.Plan.took(s), actions)
	}
}

// ask has a person asked, or in advise mode told, once for as long as the question stands.
func (p *Policy) ask(s *State, v *Verdict, actions *Actions) {
	if s.Asked == v.Subject {
		return
	}
	kind := Ask
	if p.Mode == model.Advise {
		kind = Tell
	}
	actions.add(Action{
		Kind: kind, Epoch: s.Epoch, Region: model.NoRegion, Subject: v.Subject, Target: v.Target,
	})
}
