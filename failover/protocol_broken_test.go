package failover_test

import (
	"fmt"

	"redoubt/failover"
	"redoubt/model"
)

// rules is a set of rules that a configuration breaks.
type rules uint32

func (r rules) has(one rules) bool { return r&one != 0 }

// The rules that can be broken, by what happens instead.
const (
	// formerRenews lets an earlier lease be renewed after a claim.
	formerRenews rules = 1 << iota
	// agentOpens has agents open the database themselves on what they have seen.
	agentOpens
	// bootsOpen has a database come up as it was.
	bootsOpen
	// ungrantedShown has agents show a ticket that no entry has granted yet.
	ungrantedShown
	// deadlineFromShowing counts the deadline of what is open from when its guard is shown the
	// renewal.
	deadlineFromShowing
	// otherClock has the guard go by a clock that may be late by any time, its agent's for one.
	otherClock
	// firstDeadlineFromOpening counts it so for the first opening.
	firstDeadlineFromOpening
	// writesGoOn has a guard let writes go on after the deadline, promotionGoesOn a promotion.
	writesGoOn
	promotionGoesOn
	// stopOutside begins to stop only when the lease is over.
	stopOutside
	// refusedRenewalCounts and refusedClaimCounts take an entry that was committed for granted.
	refusedRenewalCounts
	refusedClaimCounts
	// actsUnclaimed has an agent act on a step that it has not claimed.
	actsUnclaimed
	// fenceIsMomentary has a fence end what is open and every ticket, but not the epoch.
	fenceIsMomentary
	// answersFirst has a guard answer a fence before it has recorded it.
	answersFirst
	// opensFenced has a guard open what it has fenced.
	opensFenced
	// unfinishedIgnored lets a promotion follow one that was claimed and not finished.
	unfinishedIgnored
	// noMargin judges expiry without a margin for drift.
	noMargin
	// fencedIsObserved reports a fence because the database is seen to be shut.
	fencedIsObserved
	// clockStops has the guard's clock stand still with its machine.
	clockStops
	// resumesUnchecked lets writes go on before the guard has looked at the time.
	resumesUnchecked
	// ticketsOutliveBoot starts the guard's clock anew, but keeps its tickets.
	ticketsOutliveBoot
	// clockHastens has a new leader count time from before it read the log's.
	clockHastens
	// renewsInPlan grants renewals to the region that is being fenced.
	renewsInPlan
	// claimsUnchecked accepts a claim without looking again at the lease before.
	claimsUnchecked
	// holderForgotten sees no cause for a plan in a store that nobody holds.
	holderForgotten
)

// brokenMoves are the moves that broken rules add for a region.
func (p *protocol) brokenMoves(r model.RegionID) []move {
	var all []move
	if p.broken.has(answersFirst) {
		all = append(all, move{kind: records, region: r})
	}
	if p.broken.has(fencedIsObserved) {
		all = append(all, move{kind: fencesUnrecorded, region: r})
	}
	if p.broken.has(refusedClaimCounts) {
		all = append(all, move{kind: means, region: r})
	}
	for _, way := range [...]struct {
		rule rules
		kind moveKind
	}{
		{ungrantedShown, showsUngranted}, {refusedRenewalCounts, showsRefused},
		{actsUnclaimed, showsUnclaimed}, {formerRenews, showsFormer},
		{refusedClaimCounts, showsMeant},
	} {
		for slot := range p.shows {
			if p.broken.has(way.rule) {
				all = append(all, move{kind: way.kind, region: r, slot: slot})
			}
		}
	}
	return all
}

// makeBroken makes a move that only a broken rule allows.
func (m *machine) makeBroken(w *world, mv move) bool {
	s, state := &w.sites[mv.region], &m.log.states[w.log]
	lease := &state.Leases[0]
	held := lease.Holder == mv.region && lease.Fenced < lease.Epoch
	sent := show{ticket: fresh}
	switch mv.kind {
	case records:
		return m.record(s)
	case hastens:
		w.lead = m.leadMax()
		return true
	case fencesUnrecorded:
		possible := s.database == shut && held && !s.answered
		s.answered = s.answered || possible
		return possible
	case means:
		possible := asksPromotion(state, mv.region) && s.meant != planned
		s.meant = planned
		return possible
	case showsUngranted:
		if held {
			sent.epoch = leased
		}
	case showsRefused:
		if held && !m.log.step(w.log, w.lead, renewal).granted {
			sent.epoch = leased
		}
	case showsUnclaimed:
		if asksPromotion(state, mv.region) {
			sent.epoch = planned
		}
	case showsFormer:
		sent.epoch = s.former
	case showsMeant:
		if !asksPromotion(state, mv.region) || s.meant != planned {
			sent.epoch = s.meant
		}
	case ticks, leads, commits, shows, asks, asksAlone, receives, finishes, fences, stops, freezes,
		thaws, boots:
	}
	s.shows[mv.slot] = sent
	return sent.epoch != 0
}

// tellBroken says such a move in words.
func tellBroken(mv move) string {
	texts := map[moveKind]string{
		records:          "guard %d records the fence that it has answered",
		showsUngranted:   "agent %d sends its guard a ticket that is not granted",
		showsRefused:     "agent %d takes its refused renewal for granted",
		showsUnclaimed:   "agent %d has its guard act on a step that it has not claimed",
		showsFormer:      "the log renews the earlier lease of region %d",
		means:            "agent %d sends a claim",
		showsMeant:       "agent %d takes its refused claim for granted",
		fencesUnrecorded: "agent %d sees its database shut and says that it is fenced",
	}
	if mv.kind == hastens {
		return "a new leader counts time from before it read the log's"
	}
	return fmt.Sprintf(texts[mv.kind], mv.region)
}

// breakBefore changes what Apply is given, where a rule of the log is broken.
func (c *committed) breakBefore(s *failover.State, e *failover.Event) {
	broken, lease := c.protocol.broken, &s.Leases[0]
	abandoned := lease.Holder != s.Primary && lease.Epoch != s.Plan.Epoch
	claims := e.Kind == failover.StepClaimed && asksPromotion(s, e.Region)
	if broken.has(unfinishedIgnored) && abandoned || broken.has(claimsUnchecked) && claims {
		lease.End = origin.Add(-c.policy.Drift)
	}
}

// breakAfter changes what Apply made.
func (c *committed) breakAfter(s *failover.State, e *failover.Event) {
	broken, lease := c.protocol.broken, &s.Leases[0]
	mine := e.Kind == failover.LeaseRenewed && lease.Holder == e.Region && lease.Epoch == e.Epoch
	if broken.has(renewsInPlan) && mine && lease.Fenced < lease.Epoch {
		lease.Ticket, lease.End = e.Ticket, max(lease.End, s.Now.Add(c.policy.Lease))
	}
	if broken.has(holderForgotten) && s.Plan.Kind == failover.Reopen {
		s.Epoch = s.Plan.Epoch - 1
		s.Plan = failover.Plan{Subject: model.NoRegion, Target: model.NoRegion}
	}
}
