package failover_test

import (
	"cmp"
	"math/bits"
	"slices"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// canonical moves a state to the origin, and makes equal whatever no later event can tell apart:
// ages beyond every threshold, sequences, epochs that are only compared with one another.
func (c *configuration) canonical(s *failover.State) {
	p, now, drift := &c.policy, s.Now, c.drift(s)
	// aged moves an instant, and lets its age count up to a limit.
	aged := func(at failover.Instant, limit time.Duration) failover.Instant {
		return origin.Add(-min(now.Sub(at), limit))
	}
	s.Now = origin
	for o := range c.regions() {
		for i := range c.workloads() {
			if r := &s.Reports[o][i]; r.Sequence != 0 {
				c.canonicalReport(r, now, aged)
			}
		}
	}
	for i := range p.Stores {
		for r := range c.regions() {
			c.canonicalLag(&s.Lags[i][r], now)
		}
		lease := &s.Leases[i]
		c.canonicalLapse(s, i, drift, aged)
		lease.Ticket = 0
		epoch := failover.Epoch(5)
		if lease.Epoch == s.Epoch {
			epoch = 10
		}
		for r := range c.regions() {
			s.Lags[i][r].Epoch = c.canonicalFollows(s.Lags[i][r].Epoch, lease.Epoch, epoch)
		}
		if lease.Fenced == lease.Epoch {
			lease.Fenced = epoch
		} else {
			lease.Fenced = 0
		}
		lease.Epoch = epoch
	}
	s.Epoch = 10
	c.canonicalSplit(&s.Split, aged)
	began, looked := s.Plan.Began, s.Plan.Began < s.Brake.Lifted
	c.canonicalOrders(s, now)
	c.canonicalPlan(&s.Plan, aged)
	switch { // Whether a plan began before the brake was lifted, or will have if it is lifted now.
	case s.Plan.Kind == failover.NoPlan || p.BrakeAfter == 0:
	case looked:
		s.Brake.Lifted = max(s.Brake.Lifted, origin.Add(-c.memory()))
		s.Plan.Began = s.Brake.Lifted.Add(-unit)
	default:
		s.Plan.Began = aged(began, unit)
	}
	c.canonicalRecent(s, now, aged)
	for i := range p.Stores {
		for r := range c.workloads() {
			copied := &s.Diverged[i][r]
			if copied.Tried != 0 {
				copied.Tried = aged(copied.Tried, p.Cooldown) // It is tried again after that.
			}
			copied.Open = min(copied.Open, 1) // Every fence in a walk is of a later epoch.
			// What is owed adds up, and how much decides nothing.
			copied.Writes = min(copied.Writes, 1)
		}
	}
	for r := range c.workloads() {
		c.canonicalFlap(&s.Flaps[r], now, aged)
	}
	// What people heard decides nothing.
	s.PausedAt, s.Turned = 0, 0
	s.Drill.At = 0 // Approvals last longer than any walk, this one too.
	c.canonicalConsent(s, now)
}

// canonicalLag keeps of a sample how it compares with the others, whatever its age: the bound on
// lost data is out of reach for all but a replica that has hardly anything. That one has caught up
// matters for a hold-down.
func (c *configuration) canonicalLag(sample *failover.LagSample, now failover.Instant) {
	sample.At = 0
	switch age := now.Sub(sample.CaughtUp.Instant()); {
	case sample.CaughtUp == 0 || age >= c.policy.HoldDown:
		sample.CaughtUp = 0
	default:
		sample.CaughtUp = failover.Second(origin.Add(-age) / failover.Instant(time.Second))
	}
	switch {
	case sample.Epoch == 0:
	case sample.Lag > beyond:
		sample.Lag = farBehind
	case sample.Lag > unit:
		sample.Lag = behindOthers
	default:
		sample.Lag = unit
	}
}

// canonicalSplit ages since when a stage is held, and until when people hear nothing of that: once
// that is over, only whether a stage is held matters.
func (c *configuration) canonicalSplit(
	split *failover.Split, aged func(failover.Instant, time.Duration) failover.Instant,
) {
	if split.Share > 0 && split.Since != failover.InstantMax {
		split.Since = aged(split.Since, c.policy.StageHold)
	}
	if split.Share > 0 && split.Tells != failover.InstantMax {
		split.Tells = aged(split.Tells, 0)
	}
}

// canonicalLapse ages the end of a lease, or the fence of one that no guard ends, and what is known
// of one that is over. Until people hear of it, the later matters of its end, the margin for drift
// included, and of what ended since.
func (c *configuration) canonicalLapse(
	s *failover.State, i uint8, drift time.Duration,
	aged func(failover.Instant, time.Duration) failover.Instant,
) {
	p, lapse, lease := c.under(s), &s.Lapses[i], &s.Leases[i]
	guarded, fenced := p.Guarded>>i&1 == 1, lease.Fenced == lease.Epoch
	end, margin := &lease.End, p.Drift
	if !guarded {
		end, margin = &lease.FencedAt, 0
	}
	// That nobody may write where a region is drained has nothing to do with the lease.
	drained := (s.Left.Stores|s.Left.Unopened)>>i&1 == 1
	over := end.Add(margin)
	if drained {
		over = 0
	}
	if lapse.Told || lapse.Since <= over {
		lapse.Since = 0 // When people heard decides nothing.
	} else {
		lapse.Since = aged(lapse.Since, c.policy.HoldDown)
	}
	waited := 3 * c.policy.HoldDown
	if lapse.First <= over {
		lapse.First = 0
	} else {
		lapse.First = aged(lapse.First, waited)
		waited = origin.Sub(lapse.First)
	}
	if lapse.Told || lapse.Opening {
		waited = 0
	}
	if guarded {
		drift += waited
	}
	lease.End = aged(lease.End, drift)
	if !guarded && fenced {
		lease.FencedAt = aged(lease.FencedAt, waited)
	} else {
		lease.FencedAt = 0
	}
	for _, at := range []*failover.Instant{&lapse.Since, &lapse.First} {
		if *at <= end.Add(margin) && !drained {
			*at = 0
		}
	}
}

// canonicalConsent keeps the questions, which people can answer, and of the approvals those that
// count, or may yet: what was said before people were asked counts for nothing, and what was said
// now counts for what they are asked now. They last for an hour, which is longer than any walk, and
// in which place one is decides nothing.
func (c *configuration) canonicalConsent(s *failover.State, now failover.Instant) {
	earlier := func(at failover.Instant) failover.Instant {
		if c.policy.Mode != model.Manual {
			return 0 // Nobody's word is held against it.
		}
		return origin.Add(-min(now.Sub(at), unit))
	}
	consent, none := &s.Approved, model.NoRegion
	since, open := s.AskedOf(consent.Question)
	given := consent.People[:0]
	for _, yes := range consent.People {
		counts := open && yes.At >= since
		if yes.Given && (counts || yes.At == now) && c.policy.Mode == model.Manual {
			yes.At = earlier(yes.At)
			given = append(given, yes)
		}
	}
	slices.SortFunc(given, func(a, b failover.Approval) int { return cmp.Compare(a.Who, b.Who) })
	clear(consent.People[len(given):])
	if len(given) == 0 {
		consent.Question = failover.Question{Scope: failover.Scope{Region: none}, Target: none}
	}
	if s.AskedAt = earlier(s.AskedAt); !s.Asked.Scope.Region.Valid() {
		s.AskedAt = 0
	}
	questions := s.Notices[:0]
	for _, notice := range s.Notices {
		if _, gate, kept := notice.Kept(); kept && gate == failover.ApprovalGate {
			notice.At, notice.Epoch = earlier(notice.At), 1
			questions = append(questions, notice)
		}
	}
	slices.SortFunc(questions, func(a, b failover.Notice) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Index, b.Index),
			cmp.Compare(a.Store, b.Store), cmp.Compare(a.Target, b.Target))
	})
	clear(s.Notices[len(questions):])
}

// canonicalFollows is the epoch of a sample, which is only compared with that of the lease, and
// only where people can order to rewind what follows no lease.
func (c *configuration) canonicalFollows(sampled, of, now failover.Epoch) failover.Epoch {
	orders := func(e failover.Event) bool { return e.Verb == failover.OrderReprotection }
	if sampled == of && slices.ContainsFunc(c.orders, orders) {
		return now
	}
	return min(sampled, 1)
}

// drift is how long after the end of a lease its age still matters: a change to a policy with a
// smaller margin for drift adds the difference to the end.
func (c *configuration) drift(s *failover.State) time.Duration {
	if p := c.under(s); c.other == nil || p == c.other {
		return p.Drift
	}
	return 2*c.policy.Drift - c.other.Drift
}

// flapClass is the unit of scores in a walk. One return counts eight of them, the limit a multiple
// of four and the lower one of three, and halving a score rounds down as halving its classes does:
// so what is left below a class never decides anything.
const flapClass = 125

// canonicalFlap lets a score decay until now. That is exact when it halves with every unit of time,
// the only age at which anything happens in a walk, or never does. Of who is unsteady and not lost
// it also matters for a cooldown since when that is so.
func (c *configuration) canonicalFlap(
	f *failover.Flap, now failover.Instant,
	aged func(failover.Instant, time.Duration) failover.Instant,
) {
	p := &c.policy
	if f.Up != 0 {
		f.Up = aged(f.Up, p.StableFor)
	}
	if p.FlapLimit == 0 {
		if f.At != 0 {
			f.At = origin // Only whether it has returned matters.
		}
		return
	}
	limit, steady := uint32(p.FlapLimit)*1000-500, uint32(p.FlapLimit)*375
	if p.FlapHalfLife == unit {
		f.Score >>= min(31, uint(now.Sub(f.At)/unit))
	} else {
		f.Score = min(f.Score, limit) // It stays unsteady, whatever comes.
	}
	f.Score -= f.Score % flapClass
	f.Unsteady = f.Unsteady && f.Score >= steady
	back := now.Sub(f.At)
	switch f.At = origin; {
	case f.Score == 0:
		f.At = 0
	case f.Unsteady && !f.Down && p.Cooldown != never:
		back = min(back, p.Cooldown)
		if f.At = origin.Add(-back); p.FlapHalfLife == unit {
			f.Score <<= uint(back / unit) // So that what is left of it is as much.
		}
	}
}

func (c *configuration) canonicalReport(
	r *failover.Report, now failover.Instant,
	aged func(failover.Instant, time.Duration) failover.Instant,
) {
	late := time.Duration(c.lateness) * unit
	if now.Sub(r.At) > c.policy.StaleAfter+late {
		*r = failover.Report{}
		return
	}
	r.Sequence = 1
	r.At = aged(r.At, c.policy.StaleAfter+late)
	if c.policy.StaleAfter == never {
		r.At = origin // No report grows stale in this walk.
	}
	for i := range r.Since {
		if r.Down == 0 || !saysDown(&c.policy, r, i) {
			r.Since[i] = 0
		} else {
			r.Since[i] = aged(r.Since[i], max(c.memory(), origin.Sub(r.At)))
		}
	}
}

func (c *configuration) canonicalPlan(
	plan *failover.Plan, aged func(failover.Instant, time.Duration) failover.Instant,
) {
	if plan.Kind == failover.NoPlan {
		return
	}
	plan.Epoch, plan.Began = 10, origin
	plan.Carry, plan.Shed = [model.MaxRegions]uint16{}, 0 // They decide nothing.
	sinceNeeds, waits := waitSince(plan)
	for i := range plan.Count {
		step := &plan.Steps[i]
		step.Tries, step.Round = triesOf(step, c.policy.StepTries), 0
		switch step.Status {
		case failover.Pending, failover.Claimed, failover.Unknown:
			age := c.policy.StepTimeout
			opens := step.Kind == failover.Promote || step.Kind == failover.CatchUp
			if opens && step.Tries == 0 { // People hear of what hangs.
				age = max(age, 3*cmp.Or(c.policy.HoldDown, c.policy.StaleAfter))
			}
			switch {
			case c.policy.StepTimeout != never:
				step.Since = aged(step.Since, age)
			case c.gives(plan, step):
				step.Since = aged(step.Since, c.policy.HoldDown)
			default:
				step.Since = origin // No step times out in this walk.
			}
			if step.Status == failover.Pending {
				step.By = somebody(step) // Only who claimed it since is asked about.
			}
		case failover.Waiting, failover.Done, failover.Failed, failover.Spared:
			since, shift := max(step.Since, sinceNeeds), step.Kind == failover.Shift
			by := step.By
			step.Since, step.By = 0, somebody(step)
			if step.Status == failover.Waiting && shift {
				step.By = by // What they say counts.
			}
			if step.Status != failover.Waiting || !shift && step.Kind != failover.Promote {
				step.Tries = 0 // A promotion brings it along from an earlier epoch.
			} else if shift && waits && c.policy.StepTimeout != never {
				step.Since = aged(since, c.policy.StepTimeout)
			}
		}
	}
}

// gives reports whether a failover may give its target up, since nobody has claimed the promotion
// there for a hold-down, and another region could take over.
func (c *configuration) gives(plan *failover.Plan, step *failover.Step) bool {
	asked := step.Kind == failover.Promote && step.Status == failover.Pending && !step.Look
	return plan.Kind == failover.Failover && asked && c.policy.Candidates.Count() > 2
}

// waitSince is from when on the traffic of a plan waits for nothing but a shift, if it does.
func waitSince(plan *failover.Plan) (since failover.Instant, waits bool) {
	for _, step := range plan.Steps[:plan.Count] {
		switch step.Kind {
		case failover.Scale, failover.Promote, failover.Validate:
			beside := step.Kind == failover.Scale // Which no shift may have to wait for.
			if since = max(since, step.Since); step.Status < failover.Done && !beside {
				return 0, false
			}
		}
	}
	return since, true
}

// untiring is more often than any step counts as tried: how often it was makes no difference then.
const untiring = 255

// triesOf is how often a step was tried, as far as that makes a difference.
func triesOf(step *failover.Step, most uint8) uint8 {
	switch {
	case most != untiring:
		return min(step.Tries, most)
	case step.Kind == failover.Scale, step.Kind == failover.Promote, step.Kind == failover.CatchUp:
		return min(step.Tries, 1) // What was tried in vain once is not waited for.
	}
	return 0
}

// somebody says that a step was claimed which has to be undone should its plan be given up: by whom
// does not matter.
func somebody(step *failover.Step) model.RegionID {
	undone := step.Kind == failover.Drain ||
		step.Kind == failover.Shift && step.Status != failover.Done
	if undone && step.By.Valid() {
		return 0
	}
	return model.NoRegion
}

// saysDown reports whether a report says down of a part of its region, by the part's place.
func saysDown(p *failover.Policy, r *failover.Report, index int) bool {
	places := [len(r.Since)]uint8{len(r.Since) - 1: p.RoutingChecks}
	copy(places[1:], p.StoreChecks[:])
	places[0] = 1<<p.Checks - 1
	for _, mask := range places[1:] {
		places[0] &^= mask
	}
	mask, need := places[index], int(p.ChecksDown)
	if index > 0 {
		need = min(need, bits.OnesCount8(mask))
	}
	return mask != 0 && bits.OnesCount8(mask&r.Down&r.Known) >= need
}

// canonicalRecent forgets transitions that no cooldown reads, but for the one of the running plan.
func (c *configuration) canonicalRecent(
	s *failover.State, now failover.Instant,
	aged func(failover.Instant, time.Duration) failover.Instant,
) {
	var kept [failover.MaxRecent]failover.Transition
	count := 0
	for i, t := range s.Recent {
		own := i == 0 && transits(s.Plan.Kind)
		if !t.Valid || !own && now >= t.At.Add(c.policy.Cooldown) {
			continue
		}
		t.At = aged(t.At, c.policy.Cooldown)
		kept[count] = t
		count++
	}
	s.Recent = kept
}

// transits reports whether a plan of a kind has an entry among the recent transitions.
func transits(kind failover.PlanKind) bool {
	switch kind {
	case failover.Failover, failover.Evacuation, failover.Reroute, failover.Failback,
		failover.Switchover, failover.Drill:
		return true
	}
	return false
}

// memory is how long it matters since when a region has been seen down.
func (c *configuration) memory() time.Duration {
	parts := c.policy.RoutingChecks
	for _, checks := range c.policy.StoreChecks {
		parts |= checks
	}
	if c.policy.Deep != 0 || c.policy.BrakeRegions != 0 || parts != 0 {
		return 2*c.policy.HoldDown + unit
	}
	return c.policy.HoldDown
}

// canonicalOrders forgets what only Explain reads of the orders, and of the brake what it no longer
// counts. Its caller has not moved the epochs yet, but for the state's own, which is 10.
func (c *configuration) canonicalOrders(s *failover.State, now failover.Instant) {
	s.Orders = [failover.MaxOrders]failover.Said{} // No walk plays a copy.
	shift := func(at failover.Instant) failover.Instant { return origin.Add(-now.Sub(at)) }
	b := s.Brake
	s.Brake = failover.Brake{Cause: b.Cause}
	if b.Lifted != 0 && now.Sub(b.Lifted) < c.memory() {
		s.Brake.Lifted = shift(b.Lifted)
	}
	for _, at := range b.Times[:b.Count] {
		if now.Sub(at) < c.policy.BrakeWindow {
			s.Brake.Times[s.Brake.Count] = shift(at)
			s.Brake.Count++
		}
	}
	for r := range s.Marks {
		s.Marks[r].CausesAt, s.Marks[r].VetoedAt = 0, 0
		if s.Readiness[r].Known != 0 {
			s.Readiness[r].At = origin // No report of readiness grows stale in a walk.
		}
	}
	role := s.Plan.Kind == failover.Failover || s.Plan.Kind == failover.Reopen
	if !role || s.Force.Epoch != s.Plan.Epoch {
		s.Force = failover.Force{}
		return
	}
	s.Force.Epoch, s.Force.At, s.Force.Writes, s.Force.Known = 10, 0, 0, 0
	s.Force.Who = 0
}
