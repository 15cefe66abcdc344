package failover

// Record takes a renewal of a lease or a sample of lag into the state without deciding anything; it
// ignores every other kind of event. It lets a simulator skip a long run of either and take in only
// the last: had each been applied on its own, only the last would be left. The next Apply decides.
func (p *Policy) Record(s *State, e *Event) {
	switch e.Kind {
	case LeaseRenewed:
		s.Now = max(s.Now, min(e.At, InstantMax))
		p.applyRenewal(s, e)
	case LagMeasured:
		s.Now = max(s.Now, min(e.At, InstantMax))
		p.applyLag(s, e)
	case Tick, Reported, CapacityChanged, Fenced, StepClaimed, StepDone, StepFailed, Ordered,
		ReadinessChanged:
	}
}
