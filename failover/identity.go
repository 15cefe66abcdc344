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

// refusesAge judges an order by its name and by when it was said: it may be one that was judged
// before, as a network, or somebody who tries again, delivers it twice, or one about another state
// than this. The last ones are known by name. One that was said before all of them may have been
// forgotten, and what was said longer ago than an approval lasts is about another day. What is
// refused here need not be remembered: it is refused whenever it comes again.
func (s *State) refusesAge(e *Event) refusal {
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
	case e.Said < s.Now.Add(-ApprovalLasts) || !s.Orders[0].before(e.said()):
		return saidTooLongAgo
	}
	return refuse(saidOfAnother, e.Said >= s.turnedFor(e))
}

// turnedFor is since when the state is what an order of a kind is about. A question says all that
// who approves has to know, for as long as it is open. What only stops something, or says what is
// wrong, is about any state.
func (s *State) turnedFor(e *Event) Instant {
	switch {
	case e.Verb.stops():
		return 0
	case e.Verb == Approve:
		if since, asked := s.AskedOf(e.approves()); asked {
			return since
		}
		return s.AskedAt
	case e.Verb == ApproveDrill:
		return max(s.Turned, s.Drill.At)
	}
	return s.Turned
}

// stops reports whether an order only stops something, or says what is wrong.
func (v Verb) stops() bool {
	return v == Pause || v == PullBrake || v == Declare || v == Veto
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
