package failover

import "redoubt/model"

// PendingDrill is a full drill that was ordered and that a second person has yet to approve.
type PendingDrill struct {
	// Target is who would take over, Who ordered it, Asked says that there is one.
	Target model.RegionID
	Asked  bool
	At     Instant
	Who    uint64
}

// orderDrill remembers that a full drill was ordered, and has a second person asked.
func (p *Policy) orderDrill(s *State, e *Event, actions *Actions) {
	s.Drill = PendingDrill{Target: e.Region, Asked: true, At: s.Now, Who: e.Who}
	actions.add(s.asksDrill())
}

// approveDrill begins the drill that was approved.
func (p *Policy) approveDrill(s *State, actions *Actions) {
	target := s.Drill.Target
	s.Drill = PendingDrill{}
	p.replace(s, Drill, RegionScope(s.Primary), target, actions)
}
