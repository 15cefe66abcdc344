package failover_test

import (
	"errors"
	"fmt"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// entry is what the log may receive.
type entry uint8

// The entries. Seen entries are the word of a quorum: both other voters say the same at once.
const (
	passed entry = iota
	down0
	up0
	down1
	up1
	renewal
	fence
	claim
	stale
	done
	failure
	chores
	home
	// force is a person's last resort: it accepts any loss.
	force
	entryCount
)

// outcome is what became of an entry in a state of the log.
type outcome struct {
	met bool
	to  int32
	// granted says that the lease now holds the entry's ticket, moved that it is of a new epoch.
	granted, moved bool
	// lease and top are the epochs of the lease and the highest, as they were before ranking.
	lease, top failover.Epoch
	err        error
}

// committed is the log: every state of it that was met, made canonical, and what each entry does in
// each of them at each instant. Policy.Apply is pure, so that it is asked once.
type committed struct {
	protocol *protocol
	policy   failover.Policy
	states   []failover.State
	places   map[failover.State]int32
	outcomes [][]outcome
	did      failover.Actions
	applied  int
}

// sentinel is the ticket that entries carry into the state, and by which a grant is recognised.
const sentinel = 77

// leadMax is how far the leader's clock may be ahead before nothing more can depend on it: every
// lease has ended by then.
func (p *protocol) leadMax() uint8 { return uint8(p.lease + p.missed) }

func newCommitted(p *protocol) *committed {
	c := &committed{protocol: p, policy: p.policy(), places: map[failover.State]int32{}}
	if p.broken.has(noMargin) {
		c.policy.Drift = 0
	}
	s := c.policy.Start()
	for r := range model.RegionID(2) {
		e := failover.Event{Kind: failover.LagMeasured, Region: r, Epoch: 1}
		c.policy.Apply(&s, &e, &c.did)
	}
	for _, which := range [...]entry{up0, up1} {
		for _, e := range c.events(&s, which) {
			c.policy.Apply(&s, &e, &c.did)
		}
	}
	c.place(c.canonical(s))
	return c
}

// place finds or makes a state's place.
func (c *committed) place(s failover.State) int32 {
	i, known := c.places[s]
	if !known {
		i = int32(len(c.states))
		c.places[s] = i
		c.states = append(c.states, s)
		c.outcomes = append(c.outcomes, nil)
	}
	return i
}

// canonical moves a state to the origin of time, its lease to the rank of leases, and forgets what
// no later entry reads under the policy of these walks.
func (c *committed) canonical(s failover.State) failover.State {
	lease := &s.Leases[0]
	forced := s.Plan.Kind == failover.Failover && s.Force.Epoch == s.Plan.Epoch
	fenced := lease.Fenced >= lease.Epoch
	left := max(lease.End.Sub(s.Now), -unit*time.Duration(c.protocol.missed))
	if fenced {
		left = -unit * time.Duration(c.protocol.missed)
	}
	s.Now, lease.End, lease.FencedAt, lease.Ticket = origin, origin.Add(left), 0, 0
	s.Lapses = [model.MaxStores]failover.Lapse{} // What people hear moves nothing.
	s.AskedAt, s.PausedAt, s.Turned, s.Notices = 0, 0, 0, [failover.MaxNotices]failover.Notice{}
	if s.Plan.Kind != failover.NoPlan && s.Plan.Epoch == lease.Epoch {
		s.Plan.Epoch = leased
	} else if s.Plan.Kind != failover.NoPlan {
		s.Plan.Epoch = planned
	}
	// The next plan's epoch is above all others; by how much does not matter.
	s.Epoch, lease.Epoch = planned, leased
	lease.Fenced = 0
	if fenced {
		lease.Fenced = leased
	}
	for o := range s.Reports {
		for i := range s.Reports[o] {
			if r := &s.Reports[o][i]; r.Sequence != 0 {
				r.Sequence, r.At, r.Since = 1, origin, [len(r.Since)]failover.Instant{}
				if r.Down != 0 {
					r.Since[0] = origin
				}
			}
		}
	}
	for r := range s.Lags[0] {
		// The bound on lost data is out of reach, whatever a sample's age; and whoever orders planned
		// work has measured the lag anew.
		s.Lags[0][r].At, s.Lags[0][r].Epoch = 0, min(s.Lags[0][r].Epoch, 1)
	}
	own := s.Recent[0]
	own.At = origin
	s.Recent = [failover.MaxRecent]failover.Transition{}
	if transits(s.Plan.Kind) {
		s.Recent[0] = own
	}
	s.Force.At, s.Force.Writes, s.Force.Known, s.Force.Who = 0, 0, 0, 0 // No rule reads them again.
	s.Orders = [failover.MaxOrders]failover.Said{}                      // Nobody plays a copy.
	if s.Force.Epoch = s.Plan.Epoch; !forced {
		s.Force = failover.Force{}
	}
	if s.Plan.Kind != failover.NoPlan {
		s.Plan.Began = origin
	}
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		step.Since, step.Round, step.Tries = origin, 0, triesOf(step, c.policy.StepTries)
		if step.Status != failover.Claimed && step.Status != failover.Unknown {
			step.By = somebody(step)
		}
	}
	for r := range s.Diverged[0] {
		s.Diverged[0][r].Tried = 0 // Rewinding may be tried again at once.
	}
	return s
}

// step tries an entry in a state, when the leader's clock has this lead.
func (c *committed) step(place int32, lead uint8, which entry) outcome {
	if c.outcomes[place] == nil {
		c.outcomes[place] = make([]outcome, (int(c.protocol.leadMax())+1)*int(entryCount))
	}
	known := &c.outcomes[place][int(lead)*int(entryCount)+int(which)]
	if !known.met {
		found := c.apply(place, lead, which)
		known = &c.outcomes[place][int(lead)*int(entryCount)+int(which)]
		*known = found
	}
	return *known
}

func (c *committed) apply(place int32, lead uint8, which entry) outcome {
	s := c.states[place]
	was := s.Leases[0]
	s.Leases[0].Ticket = sentinel - 1
	found := outcome{met: true}
	for i, e := range c.events(&s, which) {
		if i == 0 {
			e.At = s.Now.Add(unit * time.Duration(lead))
		}
		before := s
		c.breakBefore(&s, &e)
		c.policy.Apply(&s, &e, &c.did)
		c.breakAfter(&s, &e)
		c.applied++
		if c.protocol.broken == 0 {
			if err := c.policy.CheckStep(&before, &e, &s, &c.did); err != nil {
				found.err = fmt.Errorf("%s: %w", tell(&s, &e), err)
			}
		}
	}
	is := s.Leases[0]
	found.granted = is.Ticket == sentinel
	found.moved = is.Epoch != was.Epoch
	found.lease, found.top = is.Epoch, s.Epoch
	found.to = c.place(c.canonical(s))
	late := which == stale && c.protocol.broken == 0
	if late && found.err == nil && found.to != c.step(place, lead, passed).to {
		found.err = errors.New("what is stale does more to the log than time")
	}
	return found
}

// events are the events of an entry. They speak of the state as it is: what speaks of an earlier
// plan or lease is an entry of its own, stale.
func (c *committed) events(s *failover.State, which entry) []failover.Event {
	lease, plan := &s.Leases[0], &s.Plan
	switch which {
	case passed:
		return []failover.Event{{Kind: failover.Tick, At: s.Now}}
	case down0, up0, down1, up1:
		subject := model.RegionID((which - down0) / 2)
		down := which == down0 || which == down1
		return []failover.Event{report(s, 1-subject, subject, down), report(s, 2, subject, down)}
	case renewal:
		return []failover.Event{{
			Kind: failover.LeaseRenewed, At: s.Now, Region: lease.Holder, Epoch: lease.Epoch,
			Ticket: sentinel,
		}}
	case fence:
		return []failover.Event{{
			Kind: failover.Fenced, At: s.Now, Region: lease.Holder, Epoch: lease.Epoch,
		}}
	case claim:
		return c.onPromote(s, failover.StepClaimed, plan.Epoch)
	case stale:
		return c.stale(s)
	case done:
		return c.onPromote(s, failover.StepDone, plan.Epoch)
	case failure:
		return c.onPromote(s, failover.StepFailed, plan.Epoch)
	case chores:
		return c.chores(s)
	case home:
		return []failover.Event{
			{Kind: failover.LagMeasured, At: s.Now, Region: c.policy.Home, Epoch: lease.Epoch},
			{Kind: failover.Ordered, At: s.Now, Verb: failover.GoBack, Region: c.policy.Home, Sequence: 1},
		}
	case force:
		return []failover.Event{{
			Kind: failover.Ordered, At: s.Now, Verb: failover.OrderForce, Region: 1 - s.Primary,
			Lag: failover.AnyLoss, Ticket: 1, Who: 1, Sequence: 1,
		}}
	case entryCount:
	}
	return nil
}

// stale are the events of an earlier lease or plan, or of the wrong region, that a channel may
// still deliver.
func (c *committed) stale(s *failover.State) []failover.Event {
	lease := &s.Leases[0]
	holder, other := lease.Holder, 1-lease.Holder
	events := []failover.Event{
		{Kind: failover.LeaseRenewed, Region: holder, Epoch: lease.Epoch - 1, Ticket: sentinel},
		{Kind: failover.LeaseRenewed, Region: other, Epoch: lease.Epoch - 1, Ticket: sentinel},
		{Kind: failover.LeaseRenewed, Region: other, Epoch: lease.Epoch, Ticket: sentinel},
		{Kind: failover.Fenced, Region: holder, Epoch: lease.Epoch - 1},
		{Kind: failover.Fenced, Region: other, Epoch: s.Epoch},
	}
	for _, kind := range [...]failover.EventKind{
		failover.StepClaimed, failover.StepDone, failover.StepFailed,
	} {
		events = append(events, c.onPromote(s, kind, s.Plan.Epoch-1)...)
		for _, e := range c.onPromote(s, kind, s.Plan.Epoch) {
			if e.Round--; kind != failover.StepDone { // What is done stays done.
				events = append(events, e)
			}
		}
	}
	return events
}

// onPromote is an event about the plan's promotion, if it has one.
func (c *committed) onPromote(
	s *failover.State, kind failover.EventKind, epoch failover.Epoch,
) []failover.Event {
	i, found := promotion(s)
	if !found {
		return nil
	}
	return []failover.Event{{
		Kind: kind, At: s.Now, Region: s.Plan.Target, Epoch: epoch, Step: i, Ticket: sentinel,
		Round: s.Plan.Steps[i].Round,
	}}
}

// promotion is the place of the plan's promotion.
func promotion(s *failover.State) (place uint8, found bool) {
	for i := range s.Plan.Count {
		if s.Plan.Steps[i].Kind == failover.Promote {
			return i, true
		}
	}
	return 0, false
}

// chores are the steps that open and close no store; their agents do what is open of them.
func (c *committed) chores(s *failover.State) []failover.Event {
	var events []failover.Event
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		if step.Kind == failover.Promote || step.Kind == failover.Fence {
			continue
		}
		e := failover.Event{
			Kind: failover.StepClaimed, At: s.Now, Region: 2, Epoch: s.Plan.Epoch, Step: i,
			Round: step.Round,
		}
		if step.Region.Valid() {
			e.Region = step.Region
		}
		said := e
		said.Kind = failover.StepDone
		events = append(events, e, said)
	}
	lease := &s.Leases[0]
	return append(events, failover.Event{ // Who follows is measured again.
		Kind: failover.LagMeasured, At: s.Now, Region: 1 - lease.Holder, Epoch: lease.Epoch,
	})
}

// asksFence reports whether the log wants a region's guard to fence.
func asksFence(s *failover.State, r model.RegionID) bool {
	for i := range s.Plan.Count {
		step := &s.Plan.Steps[i]
		waits := step.Status == failover.Pending || step.Status == failover.Claimed ||
			step.Status == failover.Unknown
		if step.Kind == failover.Fence && step.Region == r && waits {
			return true
		}
	}
	return false
}

// asksPromotion reports whether the log waits for a region to claim its promotion.
func asksPromotion(s *failover.State, r model.RegionID) bool {
	i, found := promotion(s)
	return found && s.Plan.Target == r && s.Plan.Steps[i].Status == failover.Pending
}
