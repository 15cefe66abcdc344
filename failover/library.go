package failover

// Library holds the policies that a replica has at hand, and applies each event under the one that
// it belongs under. Agents, the simulator's replays and `redoubt replay` share it, so that none of
// them can go on under a policy that the log is not under. The zero value holds none.
type Library struct{ policies []filed }

// filed is a policy with its digest, which takes longer to make than to compare.
type filed struct {
	digest Digest
	policy Policy
}

// Add takes a policy in and returns its digest. It is an error when Validate refuses the policy. A
// policy that is there already changes nothing.
func (l *Library) Add(p Policy) (Digest, error) {
	digest := p.Digest()
	if err := p.Validate(); err != nil {
		return digest, err
	}
	if l.Find(digest) == nil {
		l.policies = append(l.policies, filed{digest: digest, policy: p})
	}
	return digest, nil
}

// Find returns the policy with a digest, or nil when it is not at hand.
func (l *Library) Find(digest Digest) *Policy {
	for i := range l.policies {
		if l.policies[i].digest == digest {
			return &l.policies[i].policy
		}
	}
	return nil
}

// Apply applies an event to a state, in place, under the policy and the rules that it belongs
// under, and returns that policy: the one that the state is under or, for a PolicyChanged that is
// accepted, the one that the event names. The first event of a log is a PolicyChanged, applied to
// the zero State; it begins the log. The error is a GovernanceError, and then nothing has changed
// but that did is empty: the caller must stop there.
func (l *Library) Apply(s *State, e *Event, did *Actions) (*Policy, error) {
	did.Count = 0
	version := s.Under.Rules
	p, err := l.under(s.Under.Policy, version)
	if err != nil && (e.Kind != PolicyChanged || version != 0) {
		return nil, err
	}
	if e.Kind == PolicyChanged {
		named, rulesNamed := e.Names()
		next, err := l.under(named, rulesNamed)
		if err != nil {
			return nil, err
		}
		switch {
		case version == 0:
			*s = rules[rulesNamed].start(next)
			p, version = next, rulesNamed
		case next.handover(s) == mayFollow:
			p, version = next, rulesNamed
		}
	}
	rules[version].apply(p, s, e, did)
	return p, nil
}

// under returns a policy that is to be applied under a version of the rules.
func (l *Library) under(digest Digest, version uint16) (*Policy, error) {
	if p := l.Find(digest); p != nil && knowsRules(version) {
		return p, nil
	}
	return nil, &GovernanceError{Policy: digest, Rules: version}
}
