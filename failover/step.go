package failover

import "redoubt/model"

// Step returns the state after an event, and what has to be done because of it. It is pure and total: any
// event in any state gives a state. What is late, repeated, reordered or nonsense is ignored, and a time in
// the past counts as the state's own.
func (p Policy) Step(s State, e Event) (State, Actions) {
	var actions Actions
	p.Apply(&s, &e, &actions)
	return s, actions
}

// Apply is Step in place, for callers that step often: it changes s and writes what has to be done to
// actions, whose former content is dropped.
func (p *Policy) Apply(s *State, e *Event, actions *Actions) {
	actions.Count = 0
	s.Now = max(s.Now, e.At)
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
		p.applyOrder(s, e)
	}
	p.settle(s, actions)
}

// settle moves plans on and begins new ones until nothing more follows from the state. Each round ends a
// plan or is the last, and no two plans can begin at one instant for one region, so the bound is generous.
func (p *Policy) settle(s *State, actions *Actions) {
	for range model.MaxRegions {
		if s.Plan.Kind == NoPlan && !p.decide(s, actions) {
			return
		}
		if !p.progress(s, actions) {
			return
		}
	}
}

// decide begins a plan when the gates let it, and reports whether it did.
func (p *Policy) decide(s *State, actions *Actions) (begun bool) {
	if p.Stores > 0 && !p.EvidenceOn(s, s.Primary).Failed() && !p.heldByPrimary(s) {
		p.begin(s, Reopen, s.Primary, s.Primary)
		return true
	}
	asked := model.NoRegion
	for subject := range model.RegionID(model.MaxRegions) {
		if subject != s.Primary && !s.Serving.Has(subject) || !p.EvidenceOn(s, subject).Failed() {
			continue
		}
		v := p.judge(s, subject)
		if v.Opens() {
			p.begin(s, v.Kind, subject, v.Target)
			return true
		}
		if asked == model.NoRegion && v.awaitsApproval() {
			asked = subject
			p.ask(s, &v, actions)
		}
	}
	s.Asked = asked
	return false
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
	actions.add(Action{Kind: kind, Epoch: s.Epoch, Region: model.NoRegion, Subject: v.Subject, Target: v.Target})
}

// applyOrder takes an operator's word.
func (p *Policy) applyOrder(s *State, e *Event) {
	switch e.Verb {
	case Approve:
		if p.Workload.Has(e.Region) && e.Region == s.Asked {
			s.Approved, s.ApprovedAt = e.Region, s.Now
		}
	case GoBack:
		p.goBack(s, e.Region)
	}
}

// goBack begins the planned return of a region, unless a quorum still sees it down, another plan runs, or
// there is nothing to return.
func (p *Policy) goBack(s *State, region model.RegionID) {
	if s.Plan.Kind != NoPlan || !p.Candidates.Has(region) || p.EvidenceOn(s, region).Failed() {
		return
	}
	switch {
	case p.Stores > 0 && region == p.Home && s.Primary != p.Home:
		p.begin(s, Failback, s.Primary, region)
	case p.ServesReads && !s.Serving.Has(region):
		p.begin(s, Return, model.NoRegion, region)
	}
}

// Deadline is when a Tick is needed next for time alone to change something: a hold-down, a cooldown, a lease
// that ends, a step that times out. It is false when only news can.
func (p Policy) Deadline(s State) (Instant, bool) { return p.NextTick(&s) }

// NextTick is Deadline without a copy of the state.
func (p *Policy) NextTick(s *State) (Instant, bool) {
	next, found := Instant(0), false
	consider := func(at Instant) {
		if at > s.Now && (!found || at < next) {
			next, found = at, true
		}
	}
	if s.Plan.Kind == NoPlan {
		p.decisionTimes(s, consider)
	} else {
		p.planTimes(s, consider)
	}
	return next, found
}

func (p *Policy) decisionTimes(s *State, consider func(Instant)) {
	for subject := range model.RegionID(model.MaxRegions) {
		if subject != s.Primary && !s.Serving.Has(subject) {
			continue
		}
		evidence := p.EvidenceOn(s, subject)
		if !evidence.Failed() {
			continue
		}
		consider(evidence.Since.Add(p.HoldDown))
		for _, transition := range s.Recent {
			if transition.Valid {
				consider(transition.At.Add(p.Cooldown))
			}
		}
	}
}

func (p *Policy) planTimes(s *State, consider func(Instant)) {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if step.Kind == Fence && step.Status == Pending || step.Kind == Promote && s.Plan.Cancelled {
			if p.guarded(step.Store) {
				consider(s.Leases[step.Store].End.Add(p.Drift))
			}
		}
		if step.Status == Claimed {
			consider(step.Since.Add(p.StepTimeout))
		}
	}
	if target := s.Plan.Target; target.Valid() {
		if evidence := p.EvidenceOn(s, target); evidence.Failed() {
			consider(evidence.Since.Add(p.HoldDown))
		}
	}
}
