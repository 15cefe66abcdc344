package failover

import "redoubt/model"

// recent reports whether a transition still causes a cooldown.
func (p *Policy) recent(s *State, t *Transition) bool {
	return t.Valid && s.Now < t.At.Add(p.Cooldown)
}

// resting reports whether a region was part of a recent transition of what a scope is part of. That
// a single store moved does not rest the region, which may have to be left as a whole.
func (p *Policy) resting(s *State, scope Scope, r model.RegionID) bool {
	for i := range s.Recent {
		if t := &s.Recent[i]; p.recent(s, t) && t.From.covers(scope) && t.concerns(r) {
			return true
		}
	}
	return false
}

// cooldown allows a transition when none is recent, and one more when what it concerns had not what
// was moved in the last one: the loss of the new primary must not wait (orchestrator #1296), nor a
// second try of what failed before it moved anything, but a return to the old one must. Who leaves
// a region on trial is not held: to see that fail early is what stages are for. Nor does anything
// wait that has failed because people had the traffic of another region leave it, nor traffic that
// gets to nobody but who stands aside, but for what was tried in vain: it would go nowhere.
func (p *Policy) cooldown(s *State, v *Verdict) Finding {
	recent, led := 0, false
	var f Finding
	var later Instant // The transition after the one that is looked at: the newest come first.
	for i := range s.Recent {
		t := s.Recent[i]
		if !p.recent(s, &t) || !t.From.covers(v.Scope) {
			continue
		}
		if t.Ordered || p.onTrial(s, i, v.Scope.Region) {
			continue
		}
		if i == 0 && s.Plan.Kind.transits() {
			t.Took = s.Plan.took(s)
		}
		if t.Took && p.getsNowhere(s, v) {
			f.Want++ // It goes to who stands aside, whatever was moved.
			continue
		}
		if v.Kind == Evacuation && t.Took && t.To == v.Scope.Region {
			f.Want++ // It took over, and is to be left nonetheless.
		}
		led = led || v.repeats(s, &t)
		if f.Until == 0 && (led || recent == 1) {
			f.Until = t.At.Add(p.Cooldown) // Whatever is left after that is one that does not hold.
		}
		if f.Since = later; led || recent == 0 {
			f.Since = t.At
		}
		recent, later = recent+1, t.At
	}
	exception := recent == 1 && !led
	f.Have, f.Ruling = int64(recent), rule(recent == 0 || exception, Hold)
	return f
}

// repeats reports whether a transition had what a verdict would move. A failover moves it to its
// target, and may not to whom it was moved in the transition, or from. An evacuation moves the
// traffic of the region that it leaves: not of one that was left, if that took place, nor of one
// that took over, unless somebody who was no part of that serves and takes it.
func (v *Verdict) repeats(s *State, t *Transition) bool {
	switch r := v.Scope.Region; {
	case v.Kind != Evacuation:
		return t.led(v.Target)
	case !t.Took:
		return false
	case t.To == r:
		return s.Serving.Without(r).Without(t.From.Region) == 0
	default:
		return t.From.Region == r
	}
}

// onTrial reports whether a region takes over in one of the recent transitions, as planned work in
// stages, or has done so and was not watched since for as long as a stage is held, with the time
// that it takes to be sure of a loss.
func (p *Policy) onTrial(s *State, i int, r model.RegionID) bool {
	t := &s.Recent[i]
	running := i == 0 && s.Plan.Kind.transits()
	return t.Staged && t.To == r && (running || s.Now < p.trialEnds(t))
}

// trialEnds is when a region that has taken over in stages is no longer on trial.
func (p *Policy) trialEnds(t *Transition) Instant {
	return t.At.Add(p.StageHold).Add(2 * p.HoldDown)
}

// moved is the region that a verdict would begin to send traffic to, or in an evacuation stop.
func (v *Verdict) moved() model.RegionID {
	if v.Kind == Evacuation {
		return v.Scope.Region
	}
	return v.Target
}
