package failover

import "redoubt/model"

// PendingDrill is a full drill that was ordered and that a second person has yet to approve. Once
// the writes move it waits no more: it would be another drill than its author had before them, and
// than the second person was asked about.
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

// drillStands reports whether a drill still waits for approval.
func (s *State) drillStands() bool {
	return s.Drill.Asked && s.Now < s.Drill.At.Add(ApprovalLasts)
}

// approveDrill begins the drill that was approved.
func (p *Policy) approveDrill(s *State, actions *Actions) {
	target := s.Drill.Target
	s.Drill = PendingDrill{}
	p.replace(s, Drill, RegionScope(s.Primary), target, actions)
}
