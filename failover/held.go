package failover

// heldStages is for how many times as long as a stage is to be held people hear that it is held
// still: once for the stage, and once more for whatever holds the next one to pass.
const heldStages = 2

// heldStage is the next stage of the running plan, and whether it is held: all that it needs is
// done, and a doubt, or a pause, or what is seen of the target keeps it from beginning.
func (p *Policy) heldStage(s *State) (i uint8, held bool) {
	if s.Split.Share == 0 || !p.raises(s) {
		return 0, false
	}
	left := s.Plan.which(shifting, isLeft)
	if left == 0 {
		return 0, false
	}
	i = left.first()
	step := &s.Plan.Steps[i]
	return i, step.Status != Claimed && p.mayOpen(s, step) && !p.mayShift(s, i)
}

// tellHeld has people hear, once, of a stage that has been held for too long: they may have
// forgotten a pause, or have to look into a doubt that lasts. Who hears at this moment that it was
// tried too often is not told twice.
func (p *Policy) tellHeld(s *State, actions *Actions) {
	if s.Now < s.Split.Tells {
		return
	}
	if i, held := p.heldStage(s); held {
		s.Split.Tells = InstantMax
		if !actions.alarms(s.Plan.Epoch, i) {
			s.alarm(i, actions)
		}
	}
}

// alarms reports whether people hear of a step of a plan.
func (a *Actions) alarms(epoch Epoch, i uint8) bool {
	for _, action := range a.All() {
		over := action.Kind == Alarm && action.Step != 0 && action.Index == i
		if over && action.Epoch == epoch {
			return true
		}
	}
	return false
}
