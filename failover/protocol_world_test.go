package failover_test

import (
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// This is an explicit-state model of the write lease: two regions with a guarded replica of one
// store, a witness, and every message and fault between them. The log's side is Policy.Apply
// itself. Time goes in ticks; each move that is possible at an instant is tried in every order.
//
//	             renewals, claims, fences, reports
//	guard, agent ─────────────────────────────────▶ log: Policy.Apply ──▶ State
//	  ▲      any delay, loss, copies, any order                             │
//	  └──────────── the grant that an agent has applied, shown late ◀───────┘
//
// What is on its way costs no state where it can be had without: a message that may be late, lost,
// copied or overtaken by any other is one that the log may receive at any moment, as long as what
// it says was true when it was sent. So the log may at any moment receive a renewal or a claim with
// a ticket of any age, and a guard's answer once it is given. What a guard receives is kept: the
// grants that its agent saw in its applied state and has not shown yet, and the fence that it was
// asked for. An agent that lags, hangs, is paused or dead is one whose moves are not made.
//
// While a ticket lives its guard's clock may miss ticks, as many as the margin for drift allows; a
// leader's clock that is fast by as much comes to the same. A guard's clock that is fast only stops
// writes early. At a change of leaders the log's time falls back to its last entry, so that it is
// late by any amount and never early.
//
// Epochs are relative to the lease's, tickets are ages, and instants are relative to the log's
// time, so that there are finitely many worlds though there is no end to plans, renewals, faults or
// time.

// age says how old a ticket is by its guard's clock, and how many ticks that clock has missed since
// it was issued: 0 is a ticket that opens nothing any more, 1 one that was issued just now.
type age uint8

// The ages that every configuration knows.
const (
	expired age = 0
	fresh   age = 1
)

// Epochs as worlds keep them, by rank: the lease's is leased, those above it that no plan has any
// more follow it, that of the running plan is planned unless it is the lease's own. Ranks below the
// lease's are those of earlier leases of the same region, without gaps.
const (
	leased  failover.Epoch = 8
	planned failover.Epoch = 15
)

// show is a grant on its way from an agent's applied state to its guard.
type show struct {
	epoch  failover.Epoch
	ticket age
}

// opening is how far a guard has let its database go.
type opening uint8

// The states of a database. One that is being stopped may still write.
const (
	shut opening = iota
	promoting
	open
	stopping
)

// site is one region: its guard, its database, and what is on its way to the guard.
type site struct {
	// shows are grants on their way, or known to the agent and not shown yet.
	shows [2]show
	// asked is the highest epoch that the guard was asked to fence.
	asked failover.Epoch
	// database is how far the guard has let it go, in which epoch and by which ticket.
	database opening
	epoch    failover.Epoch
	ticket   age
	// fenced is the highest epoch that the guard has recorded as fenced, for good.
	fenced failover.Epoch
	// answered says that the guard has answered a fence of the lease's epoch; the answer may arrive
	// at any time.
	answered bool
	// frozen says that the whole machine stands still, and its database with it.
	frozen bool
	// former, meant and memory belong to broken rules: an earlier lease that may still be renewed,
	// a claim on its way, a fence that is not recorded yet.
	former, meant, memory failover.Epoch
}

// writable reports whether the region takes writes at this instant.
func (s *site) writable() bool {
	return (s.database == open || s.database == stopping) && !s.frozen
}

// world is everything at one instant.
type world struct {
	// log is the place of the log's state among those that were met.
	log int32
	// lead is how many ticks the leader's clock is ahead of the log's last entry.
	lead uint8
	// granted is the ticket that the log's lease holds.
	granted age
	sites   [2]site
}

// pack gives a world's code. It is exact: the 128 bits hold every field.
func (w *world) pack() [2]uint64 {
	var half [2]uint64
	for i := range w.sites {
		half[i] = w.sites[i].pack()
	}
	id := uint64(w.log)
	half[0] |= uint64(w.lead)<<48 | uint64(w.granted)<<52 | id&0xff<<56
	half[1] |= id >> 8 << 48
	return half
}

// pack gives a site's 48 bits.
func (s *site) pack() uint64 {
	bits, at := uint64(0), 0
	put := func(value uint64, width int) {
		bits |= value << at
		at += width
	}
	for _, sent := range s.shows {
		put(uint64(sent.epoch), 4)
		put(uint64(sent.ticket), 4)
	}
	put(uint64(s.database), 2)
	put(uint64(s.ticket), 4)
	for _, epoch := range [...]failover.Epoch{
		s.epoch, s.asked, s.fenced, s.former, s.meant, s.memory,
	} {
		put(uint64(epoch), 4)
	}
	put(bit(s.answered), 1)
	put(bit(s.frozen), 1)
	return bits
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// unpack makes a world again from its code.
func unpack(half [2]uint64) world {
	w := world{
		log:  int32(half[0]>>56 | half[1]>>48<<8),
		lead: uint8(half[0] >> 48 & 15), granted: age(half[0] >> 52 & 15),
	}
	for i := range w.sites {
		w.sites[i].unpack(half[i])
	}
	return w
}

func (s *site) unpack(bits uint64) {
	take := func(width int) uint64 {
		value := bits & (1<<width - 1)
		bits >>= width
		return value
	}
	for i := range s.shows {
		s.shows[i] = show{epoch: failover.Epoch(take(4)), ticket: age(take(4))}
	}
	s.database = opening(take(2))
	s.ticket = age(take(4))
	for _, epoch := range [...]*failover.Epoch{
		&s.epoch, &s.asked, &s.fenced, &s.former, &s.meant, &s.memory,
	} {
		*epoch = failover.Epoch(take(4))
	}
	s.answered, s.frozen = take(1) == 1, take(1) == 1
}

// protocol is a configuration of the model: its times in ticks, and which rules are broken.
type protocol struct {
	name string
	// lease is the lease's length. missed is how many ticks a guard's clock may miss while a ticket
	// lives, which is the log's margin for drift.
	lease, missed int
	// shows is how many grants may be on their way to a guard at once, 1 or 2.
	shows int
	// fails lets promotions fail, orders lets an operator order the way back, alone lets guards
	// fence of their own accord.
	fails, orders, alone bool
	// soak says that it is explored in make soak alone, broken which rules are not kept.
	soak   bool
	broken rules
	// all says that every invariant is looked at though a rule is broken.
	all bool
}

// stopTicks is the longest that stopping takes.
const stopTicks = 1

// deadline is the age, by the guard's clock, at which a ticket's deadline has come.
func (p *protocol) deadline() int {
	if p.broken.has(stopOutside) {
		return p.lease
	}
	return p.lease - stopTicks
}

// older ages a ticket by a tick, which its guard's clock may miss.
func (p *protocol) older(t age, misses bool) age {
	if t == expired {
		return expired
	}
	width := p.missed + 1
	ticks, missed := int(t-1)/width, int(t-1)%width
	if misses {
		return age(1 + ticks*width + min(missed+1, p.missed))
	}
	if ticks+1 >= p.deadline() {
		return expired
	}
	return age(1 + (ticks+1)*width + missed)
}

// mayMiss reports whether a guard's clock may miss a tick while a ticket lives.
func (p *protocol) mayMiss(t age) bool {
	return t == expired || int(t-1)%(p.missed+1) < p.missed || p.broken.has(otherClock)
}

// longer is the ticket with the later deadline. Of two that end together it is the one whose clock
// may miss more.
func (p *protocol) longer(a, b age) age {
	if a == expired || b == expired {
		return max(a, b)
	}
	return min(a, b)
}

// policy is the policy of the log: every duration but the lease and its margin is out of the way.
func (p *protocol) policy() failover.Policy {
	policy := oneStore()
	policy.HoldDown, policy.StaleAfter, policy.Cooldown = 0, never, 0
	policy.StepTimeout, policy.DataAtRiskMax, policy.StepTries = never, wide, untiring
	policy.Lease = unit * time.Duration(p.lease)
	policy.Drift = unit * time.Duration(p.missed)
	return policy
}

// covers reports whether a guard that was shown a grant would do nothing, now or ever: its database
// is as far already, and whatever shuts it leaves nothing of the grant.
func (s *site) covers(p *protocol, sent show) bool {
	runs := s.database == open || s.database == promoting
	return runs && sent.epoch <= s.epoch && p.longer(s.ticket, sent.ticket) == s.ticket
}

// relevant reports whether a guard may ever be shown, or have open, an epoch of this rank.
func (s *site) relevant(epoch failover.Epoch, holds bool) bool {
	if epoch == leased && holds || s.database != shut && s.epoch == epoch {
		return true
	}
	for _, sent := range s.shows {
		if sent.epoch == epoch {
			return true
		}
	}
	return epoch != 0 && (epoch == s.former || epoch == s.meant)
}

// rounded is the highest relevant epoch up to a bound: no other can be told from it.
func (s *site) rounded(bound failover.Epoch, holds bool) failover.Epoch {
	for ; bound > 0; bound-- {
		if s.relevant(bound, holds) {
			return bound
		}
	}
	return 0
}

// canonical makes equal what no later move can tell apart, in the sites that may have changed.
func (p *protocol) canonical(w *world, state *failover.State, changed model.RegionSet) {
	lease := &state.Leases[0]
	ended := lease.Fenced >= lease.Epoch
	if ended {
		w.granted = expired
	}
	// The lease's end is the only instant that the log waits for.
	left := max(0, lease.End.Sub(state.Now)+unit*time.Duration(p.missed))
	w.lead = min(w.lead, uint8(left/unit))
	for i := range w.sites {
		s, holds := &w.sites[i], !ended && lease.Holder == model.RegionID(i)
		if !changed.Has(model.RegionID(i)) {
			continue
		}
		switch s.database {
		case shut:
			s.epoch, s.ticket = 0, expired
		case stopping:
			s.ticket = expired // It stops within a tick, whatever the ticket.
		case promoting, open:
		}
		for j := range s.shows {
			if !p.opens(s, s.shows[j]) || p.broken == 0 && s.covers(p, s.shows[j]) {
				s.shows[j] = show{}
			}
		}
		if a, b := s.shows[0], s.shows[1]; a.epoch < b.epoch ||
			a.epoch == b.epoch && a.ticket < b.ticket {
			s.shows[0], s.shows[1] = b, a
		}
		if s.shows[0] == s.shows[1] {
			s.shows[1] = show{}
		}
		s.answered = s.answered && holds
		s.memory = s.rounded(s.memory, holds)
		s.fenced = s.rounded(s.fenced, holds)
		if s.asked = s.rounded(s.asked, holds); s.asked <= s.fenced {
			s.asked = 0
		}
		s.rank(leased, planned)
	}
}

// rank gives a site's epochs their ranks, where the lease is of one epoch and the highest that was
// handed out is another, and closes the gaps between them.
func (s *site) rank(lease, top failover.Epoch) {
	fields := [...]*failover.Epoch{
		&s.shows[0].epoch, &s.shows[1].epoch, &s.epoch, &s.asked, &s.fenced, &s.former, &s.meant,
		&s.memory,
	}
	used := uint32(0)
	for _, field := range fields {
		used |= 1 << *field
	}
	below, above := used>>1&127, used>>(leased+1)&63
	gapless := (below<<1|below)&127 == below && above == 0
	if gapless && lease == leased && top == planned {
		return
	}
	var to [planned + 4]failover.Epoch
	next := leased - 1
	for epoch := lease - 1; epoch > 0; epoch-- {
		to[epoch] = next
		next -= failover.Epoch(used >> epoch & 1)
	}
	next = leased + 1
	for epoch := lease + 1; epoch < top; epoch++ {
		to[epoch] = next
		next += failover.Epoch(used >> epoch & 1)
	}
	to[top], to[lease] = planned, leased
	for _, field := range fields {
		*field = to[*field]
	}
}
