package failover

import "redoubt/model"

// keptClosed says what keeps a region drained that is up, and the stores closed that belong in it,
// so that no plan ends that, if something does.
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
	if held != "" && s.Left.Drained.Has(scope.Region) {
		text = "; it stays drained, and takes no new writes, since " + held
	}
	for i := range model.StoreID(p.Stores) {
		closed := s.Writers[i] == scope.Region && !s.Leases[i].heldBy(scope.Region)
		if closed && held != "" {
			text += "; " + name.Store(i) + " stays closed there, since " + held
		}
	}
	return text
}
