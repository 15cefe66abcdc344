package failover

// MaxOrders bounds how many orders a state remembers, by which it tells a copy from a new one.
const MaxOrders = 8

// Said tells an order from every other one.
type Said struct {
	// At is the log's time that whoever gave the order had before them, ID what names it alone.
	At Instant
	ID uint64
}

// said is the order's identity.
func (e *Event) said() Said { return Said{At: e.Said, ID: e.Sequence} }

// before reports whether an order was said before another one; IDs decide between two of one time.
func (a Said) before(b Said) bool { return a.At < b.At || a.At == b.At && a.ID < b.ID }

// refusesCopy judges whether an order may be one that was judged before: a network, or somebody who
// tries again, delivers it twice, perhaps after all that it was about has changed. The last ones
// are known by name. One that was said before all of them may have been forgotten, and what was
// said longer ago than an approval lasts is about another day.
func (s *State) refusesCopy(e *Event) refusal {
	for i := range s.Orders {
		if e.Sequence != 0 && s.Orders[i].ID == e.Sequence {
			return heardBefore
		}
	}
	switch {
	case e.Sequence == 0:
		return nameless
	case e.Said > s.Now:
		return notYetSaid
	}
	late := e.Said < s.Now.Add(-ApprovalLasts) || !s.Orders[0].before(e.said())
	return refuse(saidTooLongAgo, !late)
}

// stops reports whether an order only stops something, or says what is wrong. It may come as late
// as it likes.
func (v Verb) stops() bool {
	return v == Pause || v == PullBrake || v == Declare || v == Veto
}

// outdated reports whether an order was said before the state was what it is about: another plan
// ran, or none did, another question was open, or people had not stopped yet what it lets go on.
func (s *State) outdated(e *Event) bool {
	turned := s.Turned
	switch e.Verb {
	case Approve:
		turned = max(turned, s.AskedAt)
	case ApproveDrill:
		turned = max(turned, s.Drill.At)
	}
	return e.Sequence != 0 && e.Said < turned && !e.Verb.stops()
}

// remember keeps that an order was judged, whatever came of it, in place of the one that was said
// first.
func (s *State) remember(e *Event) {
	place := 0
	for place+1 < MaxOrders && s.Orders[place+1].before(e.said()) {
		s.Orders[place] = s.Orders[place+1]
		place++
	}
	s.Orders[place] = e.said()
}
