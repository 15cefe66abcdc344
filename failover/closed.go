package failover

import "redoubt/model"

// keptClosed says what keeps the stores closed that belong in a region which is up, and that no
// plan reopens, if something does.
func (p *Policy) keptClosed(s *State, scope Scope, name Names) string {
	held := ""
	switch {
	case scope.Part != Whole || s.Plan.Kind != NoPlan:
	case p.Mode == model.Advise:
		held = "the policy only advises"
	case s.Paused:
		held = "a person paused the policy"
	}
	text := ""
	for i := range model.StoreID(p.Stores) {
		closed := s.Writers[i] == scope.Region && !s.Leases[i].heldBy(scope.Region)
		if closed && held != "" {
			text += "; " + name.Store(i) + " stays closed there, since " + held
		}
	}
	return text
}
