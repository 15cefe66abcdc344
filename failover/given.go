package failover

// This is what people hear of a plan of their own that is given up, or that has to give way, before
// it is done: who orders something, and looks again later, must not take it for done.

// tellGivenUp has people hear of the running plan, which is about to end, if they have ordered it
// and not all of it is done. That they themselves abort it, or order something else in its place,
// is no news to them.
func (p *Policy) tellGivenUp(s *State, actions *Actions) {
	if !s.ordered() || !s.Plan.has(allSteps, isLeft) {
		return
	}
	plan := &s.Plan
	s.noteDown(Notice{
		At: s.Now, Epoch: plan.Epoch, Index: uint8(plan.Kind), Subject: plan.Subject,
		Target: plan.Target,
	}, actions)
}

// ordered reports whether people have ordered the running plan. A reprotection begins by itself
// too, and again if it fails.
func (s *State) ordered() bool {
	plan := &s.Plan
	return plan.Kind.stages() || plan.Kind == DryDrill || plan.Ordered || s.forced()
}
