package failover

// Record takes a renewal of a lease or a sample of lag into the state without deciding anything; it
// ignores every other kind of event. It lets a simulator skip a long run of either and take in only
// the last: had each been applied on its own, only the last would be left. It counts from its own
// time, as it would have in its place in the log, whatever was taken in before it. The next Apply
// decides.
func (p *Policy) Record(s *State, e *Event) {
	latest := s.Now
	defer func() { s.Now = max(latest, s.Now) }()
	switch e.Kind {
	case LeaseRenewed:
		s.Now = min(e.At, InstantMax-1)
		p.applyRenewal(s, e)
	case LagMeasured:
		s.Now = min(e.At, InstantMax-1)
		p.applyLag(s, e)
	case Tick, Reported, CapacityChanged, Fenced, StepClaimed, StepDone, StepFailed, Ordered,
		ReadinessChanged:
	}
}
