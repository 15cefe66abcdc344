package failover

import "redoubt/model"

// refusal is why an order is not carried out.
type refusal uint8

const (
	accepted refusal = iota
	noOrder
	onlyAdvises
	noRegion
	notAsked
	nothingToReturn
	planIsRunning
	noPlanRuns
	planHasMoved
	planSettles
	targetSeenDown
	waySeenDown
	targetNotSeenUp
	notBackForLong
	subjectSeenDown
	isThereAlready
	mayNotHoldData
	leavingForbidden
	targetNotReady
	notReconciled
	losesMore
	lossUnnamed
	samePerson
	noDrill
	notDiverged
	nothingValidates
	nothingCounted
	leftUnsettled
	servesNothing
	writesThere
	nobodyLeft
	unsigned
	farBehind
	onItsWay
	storeSeenDown
	wholeOnly
	heardBefore
	nameless
	notYetSaid
	saidTooLongAgo
	saidOfAnother
	anotherHalfApproved
	severalUncounted
	readsApart
	notGone
	stillOpen
	copyIsKept
	refusalCount
)

var refusals = [refusalCount]string{
	"", "there is no such order", "the policy only advises",
	"that region is not one that could", "nobody was asked about that",
	"nothing of that region is elsewhere", "another plan is running", "no plan is running",
	"the plan has moved the write role: there is no way back from it but another plan",
	"the plan puts right what an earlier one left: there is nothing to go back to",
	"a quorum sees that region down", "a quorum sees the way to that region down",
	"that region is not known to be up, and what is planned waits until it is",
	"that region has not been back for as long as the policy wants",
	"a quorum sees down what would be left: that is a failover, not planned work",
	"it is there already", "that region may not hold the data",
	"somebody has forbidden to leave the region that would be left",
	"that region is not ready, not heard of, not a replica, or not steady",
	"what that region held alone has been neither reconciled nor waived",
	"more is at risk, or may be, than the order accepts",
	"a force has to say how much may be lost, in seconds of writes or any, and how many writes " +
		"that is",
	"a drill has to be approved by somebody other than who ordered it",
	"no drill to that region waits for approval",
	"no copy in that region has diverged, as far as anybody knows",
	"nothing is being validated",
	"nothing that region held alone was counted and waits to be reconciled; what nobody could count " +
		"is given up by an order that accepts any loss and says how many writes that is",
	"what an earlier plan left halfway has to be settled first",
	"no traffic goes to that region",
	"writes belong in that region: a switchover or a force moves them, with the traffic",
	"too few healthy regions would be left to send its traffic to",
	"who forces, says that a region is gone for good, orders a drill, or approves with somebody " +
		"else, has to say who they are",
	"that region's copy is too far behind, or not known to follow: the writes would stop until it " +
		"has caught up",
	"a part of the traffic is on its way to another region, in stages: let it get there, have it go " +
		"back first, or say that all of it is to shift at once",
	"a quorum sees a store down in that region that would move there",
	"that order is about a whole region, and names a part of one",
	"that order was heard before: an order is judged once, whatever came of it",
	"an order has to have a name that no other order has",
	"that order names a time that the log has not come to",
	"that order was said too long ago, or before too many others, to be told from a copy: look how " +
		"things are, and say it anew",
	"since that order was said a plan has begun or ended, the writes have moved, somebody was asked " +
		"or has stopped something, a copy was counted, or the policy changed: look how things are, and " +
		"say it anew",
	"some of the people that it takes have approved another question, no less urgent: it has to be " +
		"answered first, or their word to lapse; a pause ends that, and resuming asks about both anew",
	"nobody has counted what that region holds alone of more than one store, and the order has one " +
		"number: give up each store by an order that names it",
	"a copy in that region was left, and not rewound since: its readers would read that",
	"that region is not gone for good as far as anybody sees: a quorum has to have seen it down for " +
		"the hold-down, and its agent, which could fence it, not to be heard of",
	"a copy there may still be open to writes: its fence has to be recorded, or a person has to say " +
		"that the region is gone for good, accept any loss, and say how many writes that is",
	"people have declared corrupted data where the writes go, or that or an intruder where that " +
		"copy is: it may be the last clean one, or be needed as it is; withdraw that first",
}

// Refuses says why an operator's order would not be carried out now, or nothing if it would. An
// order without a name, as Sequence, is judged as one that is said now.
func (p Policy) Refuses(s State, e Event) string {
	if e.Sequence != 0 {
		if why := s.refusesAge(&e); why != accepted {
			return refusals[why]
		}
	}
	return refusals[p.refusal(&s, &e)]
}

// Refused says why an order that was put into the log is not carried out as it is applied to the
// state before it, or nothing if it is: Refuses, once the entry's own time has come.
func (p Policy) Refused(before State, e Event) string {
	before.Now = max(before.Now, min(e.At, InstantMax-1))
	p.mind(&before)
	p.watchReturned(&before)
	return p.Refuses(before, e)
}

// refusal judges an order.
func (p *Policy) refusal(s *State, e *Event) refusal {
	if e.Part != Whole && (!e.Verb.ofParts() || s.endsStages(e)) {
		return wholeOnly
	}
	if s.endsStages(e) {
		return first(p.refusesUnseen(s, e.Region), p.refusesWay(s, e.Region))
	}
	switch e.Verb {
	case Approve:
		_, asked := s.AskedOf(e.approves())
		return first(
			refuse(notAsked, p.Mode == model.Manual && p.Workload.Has(e.Region) && asked),
			refuse(anotherHalfApproved, !p.halfApproved(s, e.approves()) ||
				s.displaces(e.approves(), s.Approved.Question)),
			refuse(unsigned, p.Approvals <= 1 || e.Who != 0),
		)
	case GoBack:
		return p.refusesReturn(s, e)
	case OrderSwitchover, OrderDrill, ApproveDrill, OrderDryDrill:
		return p.refusesSwap(s, e)
	case OrderForce:
		return p.refusesForce(s, e)
	case Declare, Withdraw, Veto, LiftVeto:
		return refuse(noRegion, p.Workload.Has(e.Region))
	case Reconcile:
		if !p.Workload.Has(e.Region) {
			return nothingCounted
		}
		return first(
			p.refusesUncounted(s, e), refuse(severalUncounted, p.waives(s, e) < 2),
			p.refusesForGood(s, e),
		)
	case OrderReprotection:
		return p.refusesReprotection(s, e.Region)
	case OrderEvacuation:
		return p.refusesEvacuation(s, e.Region)
	case Abort:
		if s.Plan.Kind == NoPlan {
			return noPlanRuns
		}
		if s.Plan.Kind == Reopen {
			return planSettles
		}
		return refuse(planHasMoved, s.Plan.Kind == Retract || !s.Plan.moved(s))
	case SkipValidation:
		return refuse(nothingValidates, s.Plan.has(Steps(Validate), isOpen))
	case Pause, Resume, PullBrake, LiftBrake:
		return accepted
	case verbCount:
	}
	return noOrder
}

// ofParts reports whether an order can be about a part of a region. Any other one that names a part
// must not be taken for one about the whole.
func (v Verb) ofParts() bool {
	return v == Approve || v == OrderSwitchover || v == OrderForce || v == Reconcile
}

// exists reports whether what an order to move the write role is about exists: a region as a whole,
// or one of the stores. An order about anything else must not be taken for one about the region.
func (p *Policy) exists(e *Event) bool {
	return e.Part == Whole || e.Part == OneStore && e.Store < model.StoreID(p.Stores)
}

func refuse(why refusal, unless bool) refusal {
	if unless {
		return accepted
	}
	return why
}

// first returns the first refusal among some.
func first(all ...refusal) refusal {
	for _, r := range all {
		if r != accepted {
			return r
		}
	}
	return accepted
}

// refusesReturn judges an order to bring a region back. What it alone held has to be settled first,
// and a region that comes and goes stays where it is. Traffic alone goes back only to a region that
// has all that it needs, as in all that is planned, and its readers to copies that follow.
func (p *Policy) refusesReturn(s *State, e *Event) refusal {
	r := e.Region
	writes, traffic := p.returnsWrites(s, r), (p.ServesReads || r == s.Primary) && !s.Serving.Has(r)
	if !p.Candidates.Has(r) {
		return noRegion
	}
	stays := writes && r == s.Primary // One store comes back, and no traffic.
	why := first(
		refuse(onlyAdvises, p.Mode != model.Advise),
		refuse(nothingToReturn, writes || traffic),
		refuse(planIsRunning, p.givesWayTo(s, GoBack, r) || writes && s.turnsBack(e)),
		refuse(onItsWay, !p.sendsElsewhere(s, e)),
		refuse(targetSeenDown, !p.EvidenceOn(s, r).Failed()),
		refuse(waySeenDown, stays || p.refusesWay(s, r) == accepted),
		refuse(notBackForLong, s.Now >= p.StableAt(s, r)),
		refuse(targetNotReady, !p.unsteady(s, r)),
	)
	reads := refuse(readsApart, stays || !p.ServesReads || p.behind(s, r) == 0)
	switch obstacle, _ := p.obstacle(s, Return, 0, r); {
	case why != accepted:
		return why
	case !writes:
		return first(refuse(targetNotReady, obstacle == Chosen), reads)
	}
	from := p.absent(s)
	stores := p.storesOf(s, RegionScope(from))
	return first(p.refusesUnseen(s, r), p.refusesPlanned(s, from, stores, r), reads)
}

// refusesPlanned judges whether some stores can move from one region to another as planned work:
// nothing forbids to leave the one, nothing is owed or halfway, and the other has what it takes.
func (p *Policy) refusesPlanned(
	s *State, from model.RegionID, stores uint8, r model.RegionID,
) refusal {
	obstacle, _ := p.obstacle(s, Switchover, stores, r)
	return first(
		refuse(subjectSeenDown, !p.EvidenceOn(s, from).Failed()),
		refuse(subjectSeenDown, p.refusesDeadStores(s, stores, from) == accepted),
		refuse(leavingForbidden, !s.Marks[from].Vetoed),
		refuse(leftUnsettled, p.settled(s, stores)),
		refuse(notReconciled, !p.owes(s, stores, r)),
		refuse(targetNotReady, obstacle == Chosen),
		p.refusesDeadStores(s, stores, r),
		refuse(farBehind, p.keepsUp(s, stores, r)),
	)
}

// keepsUp reports whether a region's replicas of some stores follow who holds them, and were by
// their last samples no further behind than a failover may lose. Planned work loses nothing, but it
// stops the writes and then waits for the replica. One that restores a backup waits for no replica.
func (p *Policy) keepsUp(s *State, stores uint8, r model.RegionID) bool {
	for i := range model.StoreID(p.Stores) {
		sample := &s.Lags[i][r]
		follows := sample.Epoch != 0 && sample.Epoch == s.Leases[i].Epoch
		behind := s.Now.Sub(sample.At) + sample.Lag
		if stores>>i&1 == 1 && !p.Restores && (!follows || behind > p.DataAtRiskMax) {
			return false
		}
	}
	return true
}

// refusesSwap judges an order to move the write role as planned work: both ends are up, the target
// may hold the data and has what it takes, nobody forbade to leave the other one, and nothing else
// is being done. Cooldown and brake are for what nobody ordered.
func (p *Policy) refusesSwap(s *State, e *Event) refusal {
	if !p.exists(e) {
		return noOrder
	}
	from, target := p.orderedScope(s, e), e.Region
	if e.Verb != OrderSwitchover {
		from = RegionScope(s.Primary) // Drills are of whole regions.
	}
	if drill := e.Verb == OrderDrill || e.Verb == ApproveDrill; drill && e.Who == 0 {
		return unsigned
	}
	if why := p.refusesMove(s, e, from); why != accepted {
		return why
	}
	if e.Verb == ApproveDrill {
		fresh := s.drillStands() && s.Drill.Target == target
		other := e.Who != s.Drill.Who
		if why := first(refuse(noDrill, fresh), refuse(samePerson, other)); why != accepted {
			return why
		}
	}
	free := refuse(planIsRunning, p.givesWayTo(s, e.Verb, target) || s.turnsBack(e))
	if e.Verb == OrderDryDrill {
		return free
	}
	stores := p.storesOf(s, from)
	return first(
		free, refuse(onItsWay, from.Part == OneStore || !p.sendsElsewhere(s, e)),
		refuse(waySeenDown, from.Part == OneStore || p.refusesWay(s, target) == accepted),
		p.refusesUnseen(s, target), p.refusesPlanned(s, from.Region, stores, target),
	)
}

// givesWayTo reports whether whatever runs gives way to an order about a region: what only repairs
// or rehearses does, but not to more of the same, nor to planned work that needs what is repaired.
// So does a retraction that nobody can carry out, to what moves the writes or the traffic, and so a
// reopening that waits for an agent which is not heard of: it begins again after that.
func (p *Policy) givesWayTo(s *State, verb Verb, r model.RegionID) bool {
	moves := verb == GoBack || verb == OrderSwitchover || verb == OrderEvacuation
	switch s.Plan.Kind {
	case Reprotect:
		return s.Plan.Target != r
	case DryDrill:
		return verb != OrderDryDrill || s.Plan.Target != r
	case Retract:
		return moves && p.stuck(s)
	case Reopen:
		return moves && p.opensLater(s)
	case NoPlan, Failover, Evacuation, Failback, Return, Switchover, Reroute, Drill, planKindCount:
	}
	return s.Plan.Kind == NoPlan
}

// refusesUnseen judges whether a region is known to be up, as planned work needs that moves writes
// there. Traffic comes back to one that is not seen down: where it was sent may be dead, and then
// too few are left to say that the other one is up.
func (p *Policy) refusesUnseen(s *State, r model.RegionID) refusal {
	evidence := p.EvidenceOn(s, r)
	return first(
		refuse(targetSeenDown, !evidence.Failed()), refuse(targetNotSeenUp, evidence.SeenUp()),
	)
}

// refusesWay judges whether traffic gets to a region: it would be led away again, or be lost.
func (p *Policy) refusesWay(s *State, r model.RegionID) refusal {
	way := p.EvidenceFor(s, Scope{Region: r, Part: Routing})
	return refuse(waySeenDown, !way.Failed())
}

// refusesDeadStores judges whether some stores can be opened in a region at all.
func (p *Policy) refusesDeadStores(s *State, stores uint8, r model.RegionID) refusal {
	for i := range model.StoreID(p.Stores) {
		dead := p.EvidenceFor(s, Scope{Region: r, Part: OneStore, Store: i}).Failed()
		if stores>>i&1 == 1 && dead {
			return storeSeenDown
		}
	}
	return accepted
}

// settled reports whether some stores are each held where they are to be written. Another holder,
// of a plan that was given up, may have writes that planned work would not carry along.
func (p *Policy) settled(s *State, stores uint8) bool {
	for i := range model.StoreID(p.Stores) {
		elsewhere := s.Leases[i].Holder != s.Writers[i] || p.openBut(s, i, model.NoRegion)
		if stores>>i&1 == 1 && elsewhere {
			return false
		}
	}
	return true
}

// refusesMove judges whether the write role could go to a region at all. A policy that only advises
// moves nothing, but may have agents rehearse.
func (p *Policy) refusesMove(s *State, e *Event, from Scope) refusal {
	target := e.Region
	if p.MultiWriter || !p.Candidates.Has(target) || !from.Region.Valid() {
		return noRegion
	}
	return first(
		refuse(onlyAdvises, p.Mode != model.Advise || e.Verb == OrderDryDrill),
		refuse(isThereAlready, target != from.Region),
		refuse(mayNotHoldData, !p.unlawful(p.storesOf(s, from)).Has(target)),
		refuse(targetSeenDown, !p.EvidenceOn(s, target).Failed()),
	)
}

// refusesForce judges an order to fail over whatever the gates say. Only these stand: another plan
// runs, the target may not hold the data, a quorum sees it down, or a store in it that would move,
// more is at risk than the order accepts, or it does not say what it accepts, or who does. What is
// not known is at risk without a bound, so that only AnyLoss covers it. A plan that is stuck
// halfway does not stand: it is left where it got to, and what the force leaves is its target. The
// reopening of the region that it names waits for nothing else.
func (p *Policy) refusesForce(s *State, e *Event) refusal {
	if !p.exists(e) {
		return noOrder
	}
	if p.reopensFor(s, e) {
		down := p.EvidenceOn(s, e.Region).Failed()
		why := first(refuse(onlyAdvises, p.Mode != model.Advise), refuse(targetSeenDown, !down))
		return first(why, p.refusesDeadStores(s, s.Plan.Stores, e.Region),
			p.refusesLoss(s, e, s.Plan.Stores))
	}
	// What it leaves is what the stuck plan was to make it.
	if p.stranded(s) && e.Region != s.Plan.Target {
		arrived := *s
		p.arrive(&arrived)
		s = &arrived
	}
	from := p.orderedScope(s, e)
	free := s.Plan.Kind == NoPlan || p.sameFailover(s, from, e.Region) || p.yields(s, from)
	stores := p.storesOf(s, from)
	return first(
		refuse(planIsRunning, free), p.refusesMove(s, e, from),
		p.refusesDeadStores(s, stores, e.Region), p.refusesLoss(s, e, stores),
	)
}

// refusesLoss judges whether a force says who takes it upon themselves and what it accepts, and
// accepts all that may be lost of some stores.
func (p *Policy) refusesLoss(s *State, e *Event, stores uint8) refusal {
	switch {
	case e.Who == 0:
		return unsigned
	case !e.namesLoss():
		return lossUnnamed
	case e.Lag == AnyLoss:
		return accepted
	}
	risk, known := p.dataAtRisk(s, stores, e.Region)
	replica := !p.unusable(s, stores, e.Region)
	return refuse(losesMore, known && replica && risk <= e.Lag)
}

// refusesReprotection judges an order to make a region a replica again now.
func (p *Policy) refusesReprotection(s *State, r model.RegionID) refusal {
	if !p.Workload.Has(r) {
		return noRegion
	}
	stores := p.behind(s, r)
	if stores == 0 {
		stores = p.astray(s, r)
	}
	return first(
		refuse(onlyAdvises, p.Mode != model.Advise),
		refuse(notDiverged, stores != 0),
		refuse(planIsRunning, p.givesWayTo(s, OrderReprotection, r)),
		refuse(copyIsKept, !p.onlyKeeps(s, stores, r)),
		refuse(targetNotReady, p.EvidenceOn(s, r).SeenUp() && p.mayReprotect(s, stores, r)),
	)
}

// refusesEvacuation judges an order to have a region's traffic leave it. Evidence, cooldown and
// brake are for what nobody ordered; that somebody healthy is left to take the traffic is not. Nor
// is that all is ready there, unless the traffic gets to nobody as it is.
func (p *Policy) refusesEvacuation(s *State, r model.RegionID) refusal {
	if !p.Workload.Has(r) {
		return noRegion
	}
	v := p.judge(s, RegionScope(r))
	others := p.reachedAmong(s, s.Serving.Without(r)) != 0
	fit, lost := v.Gates[ReadinessGate].Ruling == Pass, p.getsNowhere(s, &v) && !p.reached(s, r)
	if v.Target.Valid() {
		_, hinders := p.hinders(s, &v)
		fit = hinders == Pass && (lost || fit && !p.restless(s, v.Target))
	}
	taken := v.Target.Valid() || v.Kind == Evacuation && others
	return first(
		refuse(onlyAdvises, p.Mode != model.Advise),
		refuse(servesNothing, s.Serving.Has(r)),
		refuse(writesThere, !p.writes(s, r)),
		refuse(planIsRunning, p.givesWayTo(s, OrderEvacuation, r)),
		refuse(leavingForbidden, !s.Marks[r].Vetoed),
		refuse(nobodyLeft, taken && v.Gates[LastStandingGate].Ruling == Pass),
		refuse(targetNotReady, fit),
	)
}
