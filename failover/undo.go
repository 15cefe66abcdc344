package failover

import "redoubt/model"

// This is what a plan that was given up leaves behind it, and a retraction undoes: traffic that may
// have shifted, and a region that may have been drained. The state keeps both until that is done,
// whatever comes in between.

// leaves notes what the running plan leaves to be undone at its end: a shift or a drain that
// somebody has claimed may have been done, unless they have said that it failed. Where the writes
// have moved, or go on to, nothing is left to be drained.
func (p *Policy) leaves(s *State) {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		switch {
		case !step.By.Valid():
		case step.Kind == Shift && step.Status != Done:
			s.Strayed = true
		case step.Kind == Drain && !s.Plan.moved(s):
			s.Drained = s.Drained.With(step.Region)
		}
	}
	for r := range model.RegionID(model.MaxRegions) {
		if !p.writes(s, r) {
			s.Drained = s.Drained.Without(r)
		}
	}
}

// backTo are the regions that traffic is to be taken back to by a retraction: those that it came
// from where it is divided by planned work that has not moved the writes, or those that serve where
// it may have strayed from them.
func (s *State) backTo() model.RegionSet {
	switch {
	case s.Unsettled: // What settles that sends the traffic to where it belongs, too.
	case s.Split.Share > 0:
		return s.Split.From
	case s.Strayed:
		return s.Serving
	}
	return 0
}

// halfway reports whether traffic is to be taken back, and a region is known to be up that it goes
// back to; where it is not divided, and may be there, it is enough that no quorum sees that down.
func (p *Policy) halfway(s *State) bool {
	back := s.backTo()
	if back == 0 {
		return false
	}
	for r := range model.RegionID(model.MaxRegions) {
		evidence := p.EvidenceOn(s, r)
		up := evidence.SeenUp() || s.Split.Share == 0 && !evidence.Failed()
		if back.Has(r) && up {
			return true
		}
	}
	return false
}

// goesBack reports whether what a plan has left is to be undone now. Nobody may have paused the
// policy.
func (p *Policy) goesBack(s *State) bool {
	free := s.Plan.Kind == NoPlan && p.Mode != model.Advise && !s.Paused
	return free && (s.Drained != 0 || p.halfway(s))
}

// has reports whether a plan has a step of a kind.
func (plan *Plan) has(kind StepKind) bool {
	for i := range plan.Count {
		if plan.Steps[i].Kind == kind {
			return true
		}
	}
	return false
}

// wentTo is a region to which traffic that is divided went, and that it leaves when it is taken
// back; NoRegion if there is none.
func (s *State) wentTo() model.RegionID {
	for r := range model.RegionID(model.MaxRegions) {
		if (s.Split.To &^ s.Split.From).Has(r) {
			return r
		}
	}
	return model.NoRegion
}
