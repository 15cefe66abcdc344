package failover_test

import (
	"fmt"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// unit is the quantum of time in tests that walk states: every duration of their policies is a
// multiple.
const unit = time.Second

// wide is a bound on lost data that no walk reaches.
const wide = 1 << 50 * time.Nanosecond

func regions(ids ...model.RegionID) model.RegionSet {
	var set model.RegionSet
	for _, id := range ids {
		set = set.With(id)
	}
	return set
}

// oneStore is the usual policy of the tests: two regions with a workload, a witness, one guarded
// store.
func oneStore() failover.Policy {
	return failover.Policy{
		Voters: regions(0, 1, 2), Workload: regions(0, 1), Candidates: regions(0, 1),
		Stores: 1, Guarded: 1, Mode: model.Automatic, Approvals: 1, Checks: 1, ChecksDown: 1,
		MinimumServing: 1, StepTries: 3,
		CapacityMin: 500, Ceiling: [model.MaxRegions]uint16{1000, 1000, 1000, 1000},
		HoldDown: 60 * unit, Cooldown: 30 * time.Minute, StaleAfter: 30 * unit,
		DataAtRiskMax: 60 * unit, Lease: 15 * unit, Drift: unit, StepTimeout: 5 * time.Minute,
	}
}

// log feeds events to a policy and holds every step against Check and a ledger of its own.
type log struct {
	t      testing.TB
	policy failover.Policy
	state  failover.State
	did    failover.Actions
	ledger ledger
	// unchecked has nobody keep the ledger, nor hold the steps against Check.
	unchecked bool
	before    failover.State
}

func newLog(t testing.TB, p failover.Policy) *log {
	l := &log{t: t, policy: p, state: p.Start()}
	l.ledger.open(&p, &l.state)
	return l
}

// anew gives an order a name that no other has, said now.
func anew(s *failover.State, e failover.Event) failover.Event {
	if e.Kind == failover.Ordered {
		e.Said, e.Sequence = s.Now, s.Orders[failover.MaxOrders-1].ID+1
	}
	return e
}

// apply steps once, or fails the test.
func (l *log) apply(e failover.Event) {
	if e.Sequence == 0 {
		e = anew(&l.state, e)
	}
	if l.unchecked {
		l.policy.Apply(&l.state, &e, &l.did)
		return
	}
	l.t.Helper()
	if err := l.try(e); err != nil {
		l.t.Fatalf("%s at %s: %v", e.Kind, time.Duration(l.state.Now), err)
	}
}

// try steps once and returns what is wrong with the step.
func (l *log) try(e failover.Event) error {
	if e.Sequence == 0 {
		e = anew(&l.state, e)
	}
	l.before = l.state
	l.policy.Apply(&l.state, &e, &l.did)
	if err := l.policy.CheckStep(&l.before, &e, &l.state, &l.did); err != nil {
		return err
	}
	return l.ledger.follow(&l.policy, &l.before, &e, &l.state)
}

// tick moves the time on.
func (l *log) tick(d time.Duration) {
	l.t.Helper()
	l.apply(failover.Event{Kind: failover.Tick, At: l.state.Now.Add(d)})
}

// report has observers say whether a region is down.
func (l *log) report(subject model.RegionID, down bool, observers ...model.RegionID) {
	l.t.Helper()
	for _, o := range observers {
		l.apply(report(&l.state, o, subject, down))
	}
}

// report is an observer's next word on a subject, now.
func report(s *failover.State, o, subject model.RegionID, down bool) failover.Event {
	e := failover.Event{
		Kind: failover.Reported, At: s.Now, Region: o, Subject: subject, Known: 1,
		Sequence: s.Reports[o][subject].Sequence + 1,
	}
	if down {
		e.Down = 1
	}
	return e
}

// lags says that every replica is fresh.
func (l *log) lags() {
	l.t.Helper()
	for store := range l.policy.Stores {
		for r := range model.RegionID(model.MaxRegions) {
			l.apply(failover.Event{
				Kind: failover.LagMeasured, At: l.state.Now, Region: r, Store: model.StoreID(store),
				Lag: unit, Epoch: l.state.Leases[store].Epoch,
			})
		}
	}
}

// grant is one right to write that was given out, as a guard would keep it.
type grant struct {
	region model.RegionID
	epoch  failover.Epoch
	// over is when its end can be relied on: the end with the margin for drift.
	over   failover.Instant
	fenced bool
}

// ledger is a second and obvious account of who may write: every lease that was ever granted, its
// end, and whether its guard has fenced it. It reads the state's leases only to learn of grants.
type ledger struct {
	grants [model.MaxStores][]grant
	// left is the epoch of the grant that each region had when a person's force moved its store away
	// and nothing had ended it; 0 for none, and once its own guard has fenced it.
	left [model.MaxStores][model.MaxRegions]failover.Epoch
}

func (l *ledger) open(p *failover.Policy, s *failover.State) {
	for i := range p.Stores {
		lease := s.Leases[i]
		for r := range l.left[i] {
			l.left[i][r] = s.Diverged[i][r].Open
		}
		l.grants[i] = []grant{{
			region: lease.Holder, epoch: lease.Epoch, over: lease.End.Add(p.Drift),
			fenced: lease.Fenced >= lease.Epoch,
		}}
	}
}

// follow keeps the ledger and returns an error when two regions may write to one store.
func (l *ledger) follow(
	p *failover.Policy, before *failover.State, e *failover.Event, after *failover.State,
) error {
	for i := range p.Stores {
		store := model.StoreID(i)
		if e.Kind == failover.Fenced && e.Store == store && e.Epoch <= before.Epoch {
			if r := e.Region; r.Valid() && e.Epoch >= l.left[i][r] {
				l.left[i][r] = 0
			}
			for j := range l.grants[i] {
				if g := &l.grants[i][j]; g.region == e.Region && g.epoch <= e.Epoch {
					g.fenced = true
				}
			}
		}
		was, is := before.Leases[i], after.Leases[i]
		kind := before.Plan.Kind
		forced := (kind == failover.Failover || kind == failover.Reopen) &&
			before.Force.Epoch == before.Plan.Epoch
		if forced && p.Guarded&(1<<i) == 0 && was.Epoch != is.Epoch {
			if was.Fenced < was.Epoch {
				l.left[i][was.Holder] = was.Epoch
			}
			for j := range l.grants[i] {
				l.grants[i][j].fenced = true // Whoever forced it answers for that.
			}
		}
		if was.Epoch != is.Epoch {
			l.left[i][is.Holder] = 0 // It may write again.
			for r, epoch := range l.left[i] {
				gone := before.Diverged[i][r].Status == failover.Abandoned // As a person answers for.
				if epoch != 0 && !gone && !forced && is.Holder != before.Writers[i] {
					return fmt.Errorf("store %d went to region %d, and nobody has fenced region %d", i,
						is.Holder, r)
				}
			}
		}
		for r, epoch := range l.left[i] {
			status := after.Diverged[i][r].Status
			was := before.Diverged[i][r].Status
			given := status == failover.Abandoned && (was == status || forGood(e, before))
			if epoch != 0 && status != failover.Suspected && !given {
				return fmt.Errorf("store %d in region %d is %s, and nobody has fenced it", i, r, status)
			}
		}
		last := &l.grants[i][len(l.grants[i])-1]
		over := after.Now.Add(p.Lease).Add(p.Drift)
		switch {
		case before.Under != after.Under:
			// A guard may yet be shown the last ticket, on the terms of the new policy.
			if p.Lease > before.Under.Lease {
				last.over = max(last.over, over)
			}
		case was.Epoch != is.Epoch || was.Holder != is.Holder:
			l.grants[i] = append(l.grants[i], grant{region: is.Holder, epoch: is.Epoch, over: over})
		case is.End != was.End || is.Ticket != was.Ticket:
			if last.fenced {
				return fmt.Errorf("store %d: a fenced lease was renewed", i)
			}
			last.over = max(last.over, over)
		}
		if writers := l.writers(p, store, after.Now); writers > 1 {
			return fmt.Errorf("store %d: %d leases are good at once: %v", i, writers, l.grants[i])
		}
	}
	return nil
}

// writers counts the grants that are good now, and forgets those that are not and never will be.
func (l *ledger) writers(p *failover.Policy, store model.StoreID, now failover.Instant) int {
	good, grants := 0, l.grants[store]
	for i := range grants {
		g := &grants[i]
		expired := p.Guarded&(1<<store) != 0 && now >= g.over
		if !g.fenced && !expired {
			good++
		}
		g.fenced = g.fenced || expired && i < len(grants)-1 // It stays so under any other policy.
	}
	if len(grants) > 1 {
		l.grants[store] = grants[max(0, len(grants)-4):]
	}
	return good
}

// names name regions and stores by their numbers.
var names = failover.Names{
	Region: func(r model.RegionID) string { return fmt.Sprintf("region %d", r) },
	Store:  func(i model.StoreID) string { return fmt.Sprintf("store %d", i) },
}

// forGood reports whether an event is a person's word that a region is gone for good, whose agent
// nobody hears of.
func forGood(e *failover.Event, before *failover.State) bool {
	said := e.Kind == failover.Ordered && e.Verb == failover.Reconcile && e.Share == failover.ForGood
	return said && e.Who != 0 && e.Lag == failover.AnyLoss && before.Silent.Has(e.Region)
}
