package failover

import (
	"time"

	"redoubt/model"
)

// Deadline is when a Tick is needed next for time alone to change something: a hold-down, a
// cooldown, a lease that ends or has ended, a report that goes stale, a step that times out. It is
// false when only news can. Since when a region is known to be back needs none: nothing begins when
// that has been long enough, and every event brings it up to date before it is looked at.
func (p Policy) Deadline(s State) (Instant, bool) { return p.NextTick(&s) }

// NextTick is Deadline without a copy of the state.
func (p *Policy) NextTick(s *State) (Instant, bool) {
	next := alarm{now: s.Now, at: InstantMax}
	gated := false
	parts := 1
	if p.partial() != 0 {
		parts = scopeCount
	}
	suspects := p.suspects(s)
	for left := p.Workload & suspects; left != 0; left = left.Without(left.First()) {
		for index := range parts {
			gated = p.evidenceTimes(s, scopeAt(left.First(), index), &next) || gated
		}
	}
	p.repairTimes(s, &next)
	p.returnTimes(s, &next)
	plan := s.Plan.Kind // These are given up when a gate shuts, or opens again.
	if gated || plan == Failover || plan == Evacuation || plan == Reroute || plan == Reopen {
		p.gateTimes(s, &next)
	}
	p.planTimes(s, &next)
	p.lapseTimes(s, suspects, &next)
	p.heardTimes(s, &next)
	return next.at, next.at < InstantMax
}

// alarm is the earliest of the instants after now that it was shown.
type alarm struct{ now, at Instant }

func (a *alarm) consider(at Instant) {
	if at > a.now && at < a.at {
		a.at = at
	}
}

// evidenceTimes are when what is known of a failed scope changes by itself: the hold-down is over,
// or a report that says down goes stale. It reports whether any gate is asked about the scope.
func (p *Policy) evidenceTimes(s *State, scope Scope, next *alarm) (gated bool) {
	subject := scope.Region
	evidence, down := p.SeesDown(s, scope)
	if !down {
		return false
	}
	next.consider(evidence.Since.Add(p.HoldDown))
	next.consider(p.leftFrom(s, scope, &evidence))
	leaves, matters := p.leavesScope(s, scope), p.matters(s, scope)
	unheard := matters && !p.answers(s, scope)
	if leaves || unheard {
		next.consider(evidence.Since.Add(2 * p.HoldDown))
	}
	if leaves {
		next.consider(p.answersUntil(s))
	}
	if _, at, heard := s.heardGate(scope); heard { // Another gate may be shut by now.
		next.consider(at.Add(p.HoldDown))
	}
	p.staleTimes(s, subject, next)
	return matters
}

// staleTimes are when what was last said of a region goes stale.
func (p *Policy) staleTimes(s *State, subject model.RegionID, next *alarm) {
	for left := p.Voters.Without(subject); left != 0; left &= left - 1 {
		next.consider(s.Reports[left.First()][subject].At.Add(p.StaleAfter) + 1)
	}
}

// gateTimes are when a gate changes its ruling by itself: a cooldown or a trial ends, a transition
// leaves the window of the brake, a candidate's readiness is too old, or the data at risk outgrows
// its bound because only a fence can close the store.
func (p *Policy) gateTimes(s *State, next *alarm) {
	for i := range s.Recent {
		transition := &s.Recent[i]
		if transition.Valid {
			next.consider(transition.At.Add(p.Cooldown))
		}
		if transition.Staged {
			next.consider(p.trialEnds(transition))
		}
	}
	for i := range min(s.Brake.Count, uint8(len(s.Brake.Times))) {
		next.consider(s.Brake.Times[i].Add(p.BrakeWindow))
	}
	for left := p.Workload; left != 0; left &= left - 1 {
		r := left.First()
		if s.Readiness[r].Known != 0 {
			next.consider(s.Readiness[r].At.Add(p.ReadinessStaleAfter) + 1)
		}
		if p.unsteady(s, r) {
			next.consider(p.steadyAgain(s, r))
			next.consider(p.restedAt(s, r))
		}
	}
	if s.Plan.Kind == Failover {
		next.consider(p.goneAt(s))
	}
	p.riskTimes(s, next)
	p.freshTimes(s, next)
}

// returnTimes are when a region that was down may be known to be up again, as the last report that
// says otherwise goes stale.
func (p *Policy) returnTimes(s *State, next *alarm) {
	for left := p.Workload; left != 0; left &= left - 1 { // The first one goes.
		r := left.First()
		if !s.Flaps[r].Down {
			continue
		}
		for others := p.Voters.Without(r); others != 0; others &= others - 1 {
			if report := &s.Reports[others.First()][r]; p.saysDown(report, 0) {
				next.consider(report.At.Add(p.StaleAfter) + 1)
			}
		}
	}
}

// heardTimes are when what people have heard of an outage is over by itself: nobody says any more
// that the region is down, or it no longer comes and goes.
func (p *Policy) heardTimes(s *State, next *alarm) {
	for _, notice := range s.notices() {
		_, gate, kept := notice.Kept()
		if !kept || gate == ApprovalGate {
			continue
		}
		if p.unsteady(s, notice.Subject) {
			next.consider(p.steadyAgain(s, notice.Subject))
		}
		p.staleTimes(s, notice.Subject, next)
	}
}

// repairTimes are when the rewinding of a region that was left may be tried again, or ends because
// nobody knows any more that the region is up.
func (p *Policy) repairTimes(s *State, next *alarm) {
	for i := range model.StoreID(p.Stores) {
		copies := &s.Diverged[i]
		for left := p.Workload; left != 0; left &= left - 1 { // The first one goes.
			if r := left.First(); copies[r].Tried != 0 && p.behind(s, r) != 0 {
				next.consider(p.triesAgain(s, r))
			}
		}
	}
}

// riskTimes are when the data at risk outgrows a bound.
func (p *Policy) riskTimes(s *State, next *alarm) {
	forced := s.forced() && s.Force.Lag != AnyLoss
	for store := range model.StoreID(p.Stores) {
		for i := range s.Lags[store] {
			if caught := s.Lags[store][i].CaughtUp; caught != 0 {
				next.consider(caught.Instant().Add(p.HoldDown))
			}
		}
		if _, bounded := p.fenceTime(s, store); bounded {
			continue
		}
		for _, sample := range s.Lags[store] {
			if sample.Epoch != 0 {
				next.consider(sample.At.Add(p.DataAtRiskMax-sample.Lag) + 1)
			}
			if sample.Epoch != 0 && forced {
				next.consider(sample.At.Add(s.Force.Lag-sample.Lag) + 1)
			}
		}
	}
}

// freshTimes are when another candidate becomes the freshest of those whom people are asked about:
// what is at risk of a store that only a fence can close grows, and of one whose writes have ended,
// or will, it does not. So one region may lose more than another at first, and less later.
func (p *Policy) freshTimes(s *State, next *alarm) {
	if !s.Asked.Scope.Region.Valid() {
		return // Who is asked anything is asked a first question.
	}
	for i := range s.questionPlaces() {
		if q, _, open := s.question(i); open {
			p.freshTimesOf(s, p.storesOf(s, q.Scope), next)
		}
	}
}

// freshTimesOf are those of some stores.
func (p *Policy) freshTimesOf(s *State, stores uint8, next *alarm) {
	for r := range model.RegionID(model.MaxRegions) {
		from, _ := p.riskParts(s, stores, r)
		for other := range model.RegionID(model.MaxRegions) {
			if _, stays := p.riskParts(s, stores, other); from != InstantMax && other != r {
				next.consider(from.Add(stays - p.EquallyFresh))
				next.consider(from.Add(stays+p.EquallyFresh) + 1)
			}
		}
	}
}

// riskParts are from when on what is at risk of a candidate's stores grows, InstantMax if it does
// not, and how much stays as it is.
func (p *Policy) riskParts(
	s *State, stores uint8, r model.RegionID,
) (from Instant, stays time.Duration) {
	from = InstantMax
	for i := range model.StoreID(p.Stores) {
		sample := &s.Lags[i][r]
		if stores>>i&1 == 0 || sample.Epoch == 0 || p.holds(s, i, r) {
			continue
		}
		if fence, bounded := p.fenceTime(s, i); bounded {
			stays = max(stays, fence.Sub(sample.At)+sample.Lag)
		} else {
			from = min(from, sample.At.Add(-sample.Lag))
		}
	}
	return from, stays
}

// planTimes are when a plan moves on by itself: a lease that its fence waits for is over, or a step
// has taken too long.
func (p *Policy) planTimes(s *State, next *alarm) {
	p.stageTimes(s, next)
	steps := s.Plan.Steps[:s.Plan.Count]
	for i := range steps {
		step := &steps[i]
		if !step.Status.open() && !(step.Kind == Shift && p.heldBack(s, uint8(i))) {
			continue
		}
		if step.Kind == Fence && p.guarded(step.Store) {
			next.consider(s.Leases[step.Store].End.Add(p.Drift))
		}
		if timeout, limited := p.timeout(s, step); limited {
			next.consider(p.waitsSince(s, step).Add(timeout))
		}
		if step.Kind == Shift && step.Tries == 0 && p.partial()&^p.RoutingChecks != 0 {
			next.consider(step.Since.Add(p.StaleAfter)) // A store that was lost waits no longer.
		}
	}
}

// timeout is how long a step may stay as it is before it is asked for again. A fence that nobody
// claimed waits for the end of the store's guarded lease. Where no lease ends anything it is asked
// for again and again, so that people hear of a plan which may wait for ever.
func (p *Policy) timeout(s *State, step *Step) (time.Duration, bool) {
	if step.Kind == Rewind && step.Status == Claimed {
		return max(p.StepTimeout, p.RewindTimeout), true
	}
	waits := step.Kind == Fence && p.guarded(step.Store) && step.Status != Claimed
	return p.StepTimeout, p.bounded(s, step) || !waits
}
