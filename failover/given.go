package failover

import "redoubt/model"

// This is what people hear of a plan of their own that is given up, or that has to give way, before
// it is done: who orders or approves something, and looks again later, must not take it for done.

// tellGivenUp has people hear of the running plan, which is about to end, if it is theirs and not
// all of it is done. That they themselves abort it, or order something else in its place, is no
// news to them.
func (p *Policy) tellGivenUp(s *State, actions *Actions) {
	if !p.theirs(s) || !s.Plan.has(allSteps, isLeft) {
		return
	}
	plan := &s.Plan
	s.noteDown(Notice{
		At: s.Now, Epoch: plan.Epoch, Index: uint8(plan.Kind), Subject: plan.Subject,
		Target: plan.Target,
	}, actions)
}

// theirs reports whether people have ordered the running plan, or approved it, without which none
// leaves anything in manual mode. A reprotection begins by itself too, and again if it fails.
func (p *Policy) theirs(s *State) bool {
	plan := &s.Plan
	approved := p.Mode == model.Manual && plan.Kind.transits()
	return plan.Kind.stages() || plan.Kind == DryDrill || plan.Ordered || s.forced() || approved
}
