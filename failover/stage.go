package failover

import "redoubt/model"

// AtOnce in the Share of an order to go back or to switch over has the traffic shift at once and
// whole: that of the plan which the order begins, or which runs to the region that it names.
const AtOnce uint16 = 1000

// all is the share of a stage, in percent, after which all the traffic has shifted.
const all = 100

// Split is how the traffic is divided while it shifts in stages: Share percent of it goes to the
// regions To, the rest to those in From. Its zero value says that there is no such division.
type Split struct {
	From, To model.RegionSet
	Share    uint8
	// Since is from when on that has been so without a doubt about the plan's target, and InstantMax
	// while there is one.
	Since Instant
	// Tells is when people hear that the next stage is held, if it is then, and InstantMax once they
	// have.
	Tells Instant
}

// stages is how many stages the policy has before all of the traffic shifts.
func (p *Policy) stages() (count int) {
	for count < len(p.Stages) && p.Stages[count] > 0 {
		count++
	}
	return count
}

// stages reports whether the traffic of a plan of this kind shifts in stages.
func (k PlanKind) stages() bool { return k.swaps() || k == Return }

// repeats is how many steps of a kind the running plan has. The traffic of planned work shifts in
// stages, those that it has behind it left out; what moves none, and what has failed, needs one
// step.
func (p *Policy) repeats(s *State, kind StepKind) (count int) {
	moves := s.Split.Share == 0 && p.ServingAfter(s) != s.Serving || p.raises(s)
	if count = 1; kind != Shift || !s.Plan.Kind.stages() || !moves {
		return count
	}
	for _, share := range p.Stages[:p.stages()] {
		if share > s.Split.Share {
			count++
		}
	}
	return count
}

// raises reports whether the running plan sends more traffic to where a part of it goes already.
func (p *Policy) raises(s *State) bool {
	return s.Plan.Kind.stages() && s.Split.Share > 0 && s.Split.To == p.ServingAfter(s)
}

// share is how much of the traffic has shifted once a step is done, in percent, and 0 of a step
// that shifts none. The last one that does shifts all of it.
func (p *Policy) share(plan *Plan, i uint8) uint8 {
	if plan.Steps[i].Kind != Shift {
		return 0
	}
	later := plan.which(shifting, anyhow).after(i).count()
	if stages := p.stages(); later > 0 && later <= stages {
		return p.Stages[stages-later]
	}
	return all
}

// staging reports whether the traffic of the running plan is on its way, in stages: one of them was
// begun. One that was passed over has sent nobody anywhere.
func (plan *Plan) staging() bool {
	return plan.Kind.stages() && plan.which(shifting, anyhow).count() > 1 &&
		plan.has(shifting, isOpen|isDone) && plan.has(shifting, isLeft)
}

// inStages reports whether the running plan's traffic shifts in stages, be it later.
func (plan *Plan) inStages() bool {
	return plan.which(shifting, isLeft).count() > 1
}

// mayShift reports whether a stage may begin, if the step is one: the one before it is over and was
// held for as long as the policy wants, without a doubt about the target, and nobody has paused the
// policy. What is not in stages waits for nothing, but that planned work sends no more traffic to
// where it would reach less than it does.
func (p *Policy) mayShift(s *State, i uint8) bool {
	if s.Plan.Steps[i].Kind != Shift {
		return true
	}
	if s.Plan.which(shifting, isLeft).before(i) != 0 {
		return false
	}
	if p.avoids(s) {
		return false
	}
	if !p.raises(s) || p.atOnce(s) {
		return true
	}
	held := s.Now >= s.Split.Since.Add(p.StageHold) && !p.doubted(s, s.Plan.Target)
	return held && !s.Paused
}

// avoids reports whether the running plan, as nothing that it mends had failed, or as that is over,
// sends no traffic on for now: that would reach less than it does, or nobody who could carry any.
func (p *Policy) avoids(s *State) bool {
	kind := s.Plan.Kind
	if kind == Evacuation || kind == Reroute {
		served := p.reached(s, s.Plan.Subject)
		return served && p.reachedAmong(s, p.ServingAfter(s)) == 0
	}
	moves := kind == Reopen || p.leavesServed(s) ||
		kind.stages() && (s.Split.Share > 0 || p.ServingAfter(s) != s.Serving)
	return moves && (p.shuns(s, s.Plan.Target) || p.hollow(s, s.Plan.Target))
}

// hollow reports whether the running plan was to scale a region, which came to nothing, so that it
// carries none of the traffic, and another one that some of that goes to, and is reached, does.
func (p *Policy) hollow(s *State, r model.RegionID) bool {
	if !s.Plan.has(1<<Scale, 1<<Spared) || !r.Valid() || s.Ready[r] > 0 {
		return false
	}
	for left := s.Serving.Without(r); left != 0; left = left.Without(left.First()) {
		if other := left.First(); s.Ready[other] > 0 && p.reached(s, other) {
			return true
		}
	}
	return false
}

// leavesServed reports whether the running plan is a failover whose traffic leaves no region that a
// quorum sees down, or the way to which: where it was lost it is served again. A person's force
// does not mind.
func (p *Policy) leavesServed(s *State) bool {
	if s.Plan.Kind != Failover || s.forced() {
		return false
	}
	after := p.ServingAfter(s)
	for left := s.Serving &^ after; left != 0; left = left.Without(left.First()) {
		if !p.reached(s, left.First()) {
			return false
		}
	}
	return after != s.Serving
}

// heldBack reports whether a step that shifts the traffic of the running plan, the only one or the
// first, waits for nothing else than that the plan avoids no more where it is to go.
func (p *Policy) heldBack(s *State, i uint8) bool {
	step := &s.Plan.Steps[i]
	if step.Status == Claimed || step.Status.over() || !p.mayOpen(s, step) {
		return false
	}
	return s.Plan.which(shifting, isLeft).before(i) == 0 && p.avoids(s) && !p.raises(s)
}

// atOnce reports whether the stages of the running plan are at an end: somebody said so, or a
// region was lost whose traffic is to leave it.
func (p *Policy) atOnce(s *State) bool { return s.Plan.Whole || p.leftBehind(s) }

// leftBehind reports whether the running plan leaves users with a region that is lost, or the way
// to which is.
func (p *Policy) leftBehind(s *State) bool {
	leaves := s.Serving &^ p.ServingAfter(s)
	for r := range model.RegionID(model.MaxRegions) {
		if leaves.Has(r) && p.beyondReach(s, r) {
			return true
		}
	}
	return false
}

// beyondReach reports whether a quorum has seen a region down, or the way to it, for the whole
// hold-down.
func (p *Policy) beyondReach(s *State, r model.RegionID) bool {
	return p.heldDown(s, r) || p.cutOff(s, r)
}

// cutOff reports whether a quorum has seen the way to a region down for the whole hold-down.
func (p *Policy) cutOff(s *State, r model.RegionID) bool {
	return p.RoutingChecks != 0 && p.scopeHeldDown(s, Scope{Region: r, Part: Routing})
}

// shuns reports whether traffic that went to a region alone, or to it as well, would reach less
// than it does now: a quorum sees the region down, or the way to it, and neither of another one
// that some of the traffic goes to.
func (p *Policy) shuns(s *State, r model.RegionID) bool {
	if p.reached(s, r) || s.Split.Share == 0 && s.Serving.Has(r) && s.Serving.Count() == 1 {
		return false
	}
	for left := s.Serving.Without(r); left != 0; left = left.Without(left.First()) {
		if p.reached(s, left.First()) {
			return true
		}
	}
	return false
}

// reached reports whether no quorum sees a region down, nor the way to it.
func (p *Policy) reached(s *State, r model.RegionID) bool {
	if !p.accused(s, r) {
		return true
	}
	_, lost := p.SeesDown(s, Scope{Region: r, Part: Routing})
	return !lost && !p.regionDown(s, r)
}

// failsToReturn reports whether the way to where a return sends traffic is lost before all of it
// has shifted, and those reach more who have it, or the rest of it.
func (p *Policy) failsToReturn(s *State) bool {
	return s.Plan.has(shifting, isLeft) && p.cutOff(s, s.Plan.Target) && p.avoids(s)
}

// ledAway reports whether the traffic was led away from the lost way to a region, and no plan that
// came after is still to bring it there: what is left half-done does not either, an order does.
func (p *Policy) ledAway(s *State, r model.RegionID) bool {
	for i := range s.Recent {
		switch t := &s.Recent[i]; {
		case !t.Valid || s.Serving.Has(r):
		case t.From == (Scope{Region: r, Part: Routing}):
			return true
		case t.To == r && t.From.Part == Whole && s.Serving.Has(t.From.Region):
			return false
		}
	}
	return false
}

// hasten passes over the stages of the running plan that nobody is at, once they are at an end: all
// the traffic that is left shifts with its last one.
func (p *Policy) hasten(s *State) {
	if !s.Plan.inStages() || !p.atOnce(s) {
		return
	}
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		stage := step.Kind == Shift && p.share(&s.Plan, i) < all
		if stage && !step.Status.over() && step.Status != Claimed {
			step.set(Spared, s.Now)
		}
	}
}

// watchSplit notes whether there is a doubt about where a part of the traffic goes: the time for
// which a stage is held begins anew after it.
func (p *Policy) watchSplit(s *State) {
	switch {
	case !p.raises(s):
	case p.doubted(s, s.Plan.Target):
		s.Split.Since = InstantMax
	case s.Split.Since == InstantMax:
		s.Split.Since = s.Now
	}
}

// doubted reports whether nobody knows a region to be up, or a check of it fails for anybody: less
// than what it takes to call it down, and enough to send no more traffic there.
func (p *Policy) doubted(s *State, r model.RegionID) bool {
	if evidence := p.EvidenceOn(s, r); !evidence.SeenUp() {
		return true
	}
	for o := range model.RegionID(model.MaxRegions) {
		if p.fails(s, o, r) {
			return true
		}
	}
	return false
}

// fails reports whether an observer has said of late that a check of a region fails.
func (p *Policy) fails(s *State, observer, r model.RegionID) bool {
	report := &s.Reports[observer][r]
	fresh := report.Sequence > 0 && s.Now <= report.At.Add(p.StaleAfter)
	voter := p.Voters.Has(observer) && observer != r
	return voter && fresh && report.Known&report.Down&p.checkMask() != 0
}

// stageTimes are when the next stage begins by itself, and when its time does: the last one was
// held for long enough, or what somebody has said of a region that some of the traffic goes to,
// or goes back to, or may be at, counts no more.
func (p *Policy) stageTimes(s *State, next *alarm) {
	watched := s.Split.From | s.Split.To | s.backTo()
	if s.Left.Strayed {
		watched |= p.Workload
	}
	if watched == 0 {
		return
	}
	if p.raises(s) {
		next.consider(s.Split.Since.Add(p.StageHold))
		next.consider(s.Split.Tells)
	}
	for o := range model.RegionID(model.MaxRegions) {
		for left := watched; left != 0; left = left.Without(left.First()) {
			if report := &s.Reports[o][left.First()]; report.Sequence > 0 && p.Voters.Has(o) {
				next.consider(report.At.Add(p.StaleAfter) + 1)
			}
		}
	}
}

// Divides is how the traffic is divided once a step that shifts it is done: Share percent goes to
// the regions To, and what is left to those in From. It is what the executor of the step brings
// about.
func (p *Policy) Divides(s *State, i uint8) Split {
	split := Split{From: s.Serving, To: p.ServingAfter(s), Share: p.share(&s.Plan, i)}
	if s.Split.Share > 0 {
		split.From = s.Split.From
	}
	return split
}

// shifted sends the traffic to where a stage has it, and after the last one nowhere else.
func (p *Policy) shifted(s *State, i uint8) {
	split := p.Divides(s, i)
	if split.Share < all {
		split.Since, split.Tells = s.Now, s.Now.Add(heldStages*p.StageHold)
		s.sent(split.From|split.To, split)
		return
	}
	s.sent(split.To, Split{})
	if s.Plan.Stores == 0 && s.Plan.Leads {
		s.moveLead(s.Plan.Target) // Without a store, the traffic is all that the lead is.
	}
}

// givesWayInStages reports whether planned work whose traffic is on its way in stages gives way to
// a plan that leaves a scope: to any, since the stages may take hours. Two end it otherwise. The
// loss of a region that its traffic leaves has all of it shift at once, and a return whose target
// is lost is taken back.
func (p *Policy) givesWayInStages(s *State, scope Scope) bool {
	plan, r := &s.Plan, scope.Region
	backed := plan.Kind == Return && r == plan.Target && scope.Part == Whole
	return plan.staging() && !p.takesFrom(s, scope) && !backed
}

// turnsBack reports whether an order has the writes leave where a running plan has brought them,
// while its traffic is on its way there in stages: nobody need wait for the last of them to undo
// the first. A store that moves on its own would leave the traffic behind.
func (s *State) turnsBack(e *Event) bool {
	plan, swaps := &s.Plan, e.Verb == OrderSwitchover || e.Verb == GoBack
	whole := swaps && e.Part == Whole
	return whole && plan.staging() && plan.moved(s) && e.Region != plan.Target
}

// sendsElsewhere reports whether planned work would send traffic that is divided neither on to
// where a part of it goes nor back to where it came from, and nobody said that it is to go at once.
func (p *Policy) sendsElsewhere(s *State, e *Event) bool {
	if s.Split.Share == 0 || e.hastens() {
		return false
	}
	to := model.RegionSet(0).With(e.Region)
	if p.severalServe() {
		to |= s.Serving
	}
	return to != s.Split.To && to != s.Split.From
}

// hastens reports whether an order says that the traffic is to shift at once.
func (e *Event) hastens() bool {
	return (e.Verb == GoBack || e.Verb == OrderSwitchover) && e.Share == AtOnce
}

// endsStages reports whether an order has all that is left of the running plan's traffic shift at
// once. One to move the writes does so of a plan that moves them, and is no order about readers.
func (s *State) endsStages(e *Event) bool {
	about := e.Verb != OrderSwitchover || s.Plan.Kind.swaps()
	return e.hastens() && about && s.Plan.inStages() && e.Region == s.Plan.Target
}
