package failover_test

import "redoubt/failover"

// opens reports whether a guard would open its database, or keep it open, on what it is shown.
func (p *protocol) opens(s *site, sent show) bool {
	if sent.epoch == 0 || sent.ticket == expired && !p.broken.has(agentOpens) {
		return false
	}
	return sent.epoch > max(s.fenced, s.memory) || p.broken.has(opensFenced)
}

// receive has a guard look at a grant that its agent shows. From then on the database may be
// promoted, and the ticket is the guard's deadline.
func (p *protocol) receive(s *site, i int) bool {
	sent := s.shows[i]
	if s.frozen || !p.opens(s, sent) {
		return false
	}
	if p.broken.has(agentOpens) {
		s.database, s.epoch, s.ticket = open, sent.epoch, expired
		return true
	}
	first := s.database == shut
	if p.broken.has(deadlineFromShowing) && !first ||
		p.broken.has(firstDeadlineFromOpening) && first {
		sent.ticket = fresh
	}
	switch {
	case first:
		s.database, s.epoch, s.ticket = promoting, sent.epoch, sent.ticket
	case s.database == stopping || sent.epoch < s.epoch:
		return false // What stops is stopped first, and no older epoch follows a newer one.
	default:
		s.epoch, s.ticket = sent.epoch, p.longer(s.ticket, sent.ticket)
	}
	return true
}

// finish completes a promotion: the database takes writes.
func (p *protocol) finish(s *site) bool {
	if s.frozen || s.database != promoting {
		return false
	}
	s.database = open
	return true
}

// expire has a guard begin to stop what is past its deadline.
func (p *protocol) expire(s *site) {
	if s.ticket != expired || p.broken.has(bootsOpen) || p.broken.has(agentOpens) {
		return
	}
	switch s.database {
	case open:
		if !p.broken.has(writesGoOn) {
			s.database = stopping
		}
	case promoting:
		if !p.broken.has(promotionGoesOn) {
			p.abandon(s)
		}
	case shut, stopping:
	}
}

// abandon has a guard end a promotion. It may have got as far as to write, which is the hardest
// case for what follows; where a rule is broken it has not, so that the harm is not of this case's
// making.
func (p *protocol) abandon(s *site) {
	s.database = stopping
	if p.broken != 0 {
		s.database = shut
	}
}

// stopped completes a stop, and answers the fence that waited for it.
func (p *protocol) stopped(s *site) bool {
	if s.frozen || s.database != stopping {
		return false
	}
	s.database = shut
	p.answer(s)
	return true
}

// fence has a guard take a fence in: it records the epoch, stops what is open in it, and answers
// once that is stopped.
func (p *protocol) fence(s *site) bool {
	if s.frozen || s.asked <= max(s.fenced, s.memory) {
		return false
	}
	switch {
	case p.broken.has(answersFirst):
		s.memory = s.asked
	case p.broken.has(fenceIsMomentary):
		s.shows = [2]show{}
		s.answered = s.asked >= leased
		s.asked = 0
		s.database = shut
		return true
	default:
		s.fenced = s.asked
	}
	switch {
	case s.epoch > s.asked:
	case s.database == open:
		s.database = stopping
	case s.database == promoting:
		p.abandon(s)
	}
	p.answer(s)
	return true
}

// answer says that a fence is recorded, once nothing is open that it ended.
func (p *protocol) answer(s *site) {
	fenced := max(s.fenced, s.memory)
	if fenced >= leased && (s.database == shut || s.epoch > fenced) {
		s.answered = true
	}
}

// record makes durable what a guard has answered too early.
func (p *protocol) record(s *site) bool {
	if s.frozen || s.memory <= s.fenced {
		return false
	}
	s.fenced, s.memory = s.memory, 0
	return true
}

// boot restarts a guard and its database, which stays shut until the guard opens it. Its tickets
// are void; what it has recorded stays.
func (p *protocol) boot(s *site) {
	s.frozen, s.memory = false, 0
	if !p.broken.has(ticketsOutliveBoot) {
		for i := range s.shows {
			s.shows[i].ticket = expired
		}
	} else {
		for i := range s.shows {
			s.shows[i].ticket = min(s.shows[i].ticket, fresh)
		}
	}
	if p.broken.has(bootsOpen) && (s.database == open || s.database == stopping) {
		s.database, s.ticket = open, expired
		return
	}
	s.database = shut
	p.answer(s)
}

// thaw lets a machine that stood still go on. Its guard looks at the time before it lets the
// database take writes.
func (p *protocol) thaw(s *site) bool {
	if !s.frozen {
		return false
	}
	s.frozen = false
	if p.broken.has(resumesUnchecked) {
		return true
	}
	if s.database == stopping || s.database != shut && s.ticket == expired {
		if !p.broken.has(agentOpens) && !p.broken.has(bootsOpen) {
			s.database = shut
			p.answer(s)
		}
	}
	return true
}

// freeze stops a machine, clock apart.
func (p *protocol) freeze(s *site) bool {
	if s.frozen || s.database == shut {
		return false // Nothing that stands still in a guard with a shut database could do harm.
	}
	s.frozen = true
	return true
}

// mayMiss reports whether the guard's clock may miss a tick: no living ticket has seen it miss too
// many. Where none lives it makes no difference.
func (s *site) mayMiss(p *protocol, granted age) bool {
	living := granted != expired
	allowed := p.mayMiss(granted)
	for _, sent := range s.shows {
		living = living || sent.ticket != expired
		allowed = allowed && p.mayMiss(sent.ticket)
	}
	if s.database == open || s.database == promoting {
		living = living || s.ticket != expired
		allowed = allowed && p.mayMiss(s.ticket)
	}
	return living && allowed
}

// tick ages a site's tickets. What has been stopping for a tick has stopped, and what has reached
// its deadline begins to.
func (p *protocol) tick(s *site, misses bool) {
	if s.frozen && p.broken.has(clockStops) {
		return
	}
	for i := range s.shows {
		s.shows[i].ticket = p.older(s.shows[i].ticket, misses)
	}
	s.ticket = p.older(s.ticket, misses)
	if s.frozen {
		return
	}
	p.stopped(s)
	p.expire(s)
}

// ask has an agent ask its guard to fence what is older than the plan.
func (s *site) ask(epoch failover.Epoch) bool {
	if s.asked >= epoch {
		return false
	}
	s.asked = epoch
	return true
}
