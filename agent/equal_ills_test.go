package agent

import (
	"context"
	"fmt"
	"math"
	"time"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/probe"
)

// ills are everything that is broken at a time.
type ills struct {
	lost, agentless, blind, serviceless, unreached model.RegionSet
	fixed, capped                                  model.RegionSet
	unrouted                                       bool
	storeless, stalled                             [model.MaxStores]model.RegionSet
	missing                                        [model.MaxRegions]uint8
	lacking                                        model.RegionSet
	failing                                        [model.MaxRegions]float64
	cut                                            [model.MaxRegions]model.RegionSet
}

// playable are the kinds of faults that a stage can play.
const playable = 1<<model.RegionLoss | 1<<model.LinkCut | 1<<model.ServiceLoss |
	1<<model.GreyFailure | 1<<model.StoreLoss | 1<<model.PathLoss | 1<<model.BlindAgent |
	1<<model.AgentLoss | 1<<model.ControlPlaneLoss | 1<<model.RoutingControlLoss |
	1<<model.CapacityRefused | 1<<model.MissingItem | 1<<model.ReplicationStall

// suffer adds what a fault breaks.
func (i *ills) suffer(s *model.Scenario, f *model.Fault) {
	with := func(set *model.RegionSet) { *set = set.With(f.Region) }
	switch f.Kind {
	case model.RegionLoss:
		i.lost |= f.Strikes()
	case model.LinkCut:
		i.cut[f.Region] = i.cut[f.Region].With(f.Peer)
		if !f.OneWay {
			i.cut[f.Peer] = i.cut[f.Peer].With(f.Region)
		}
	case model.ServiceLoss:
		with(&i.serviceless)
	case model.GreyFailure:
		i.failing[f.Region] = f.Share
	case model.StoreLoss:
		with(&i.storeless[f.Store])
	case model.PathLoss:
		with(&i.unreached)
	case model.BlindAgent:
		with(&i.blind)
	case model.AgentLoss:
		with(&i.agentless)
	case model.ControlPlaneLoss:
		with(&i.fixed)
	case model.RoutingControlLoss:
		i.unrouted = true
	case model.CapacityRefused:
		with(&i.capped)
	case model.MissingItem:
		with(&i.lacking)
		for n, item := range s.Settings.Readiness {
			if item == f.Item {
				i.missing[f.Region] |= 1 << n
			}
		}
	case model.ReplicationStall:
		with(&i.stalled[f.Store])
	default:
		panic("agent: nobody plays " + f.Kind.String())
	}
}

// runs reports whether a store runs in a region.
func (i *ills) runs(store model.StoreID, r model.RegionID) bool {
	return !i.lost.Has(r) && !i.storeless[store].Has(r)
}

// linked reports whether two regions can ask each other something.
func (i *ills) linked(a, b model.RegionID) bool {
	return !i.lost.Has(a) && !i.lost.Has(b) && !i.cut[a].Has(b) && !i.cut[b].Has(a)
}

// runsAll reports whether every store runs in a region.
func (i *ills) runsAll(s *model.Scenario, r model.RegionID) bool {
	for store := range s.Stores {
		if !i.runs(model.StoreID(store), r) {
			return false
		}
	}
	return true
}

// agrees reports whether a majority of the regions that have to hold a write to a store does, in
// reach of where it is made.
func (i *ills) agrees(voters model.RegionSet, store model.StoreID, r model.RegionID) bool {
	holding := 0
	for voter := range model.RegionID(model.MaxRegions) {
		if voters.Has(voter) && i.linked(voter, r) && i.runs(store, r) && i.runs(store, voter) {
			holding++
		}
	}
	return voters == 0 || holding > voters.Count()/2
}

// healthy reports whether nothing is broken that a region needs to serve.
func (i *ills) healthy(s *model.Scenario, r model.RegionID) bool {
	broken := i.lost | i.serviceless | i.unreached | i.lacking
	return i.runsAll(s, r) && !broken.Has(r) && i.failing[r] == 0
}

// stands reports whether a fault stands at a time of the scenario.
func stands(f *model.Fault, at time.Duration) bool {
	return at >= f.At && (f.Duration == 0 || at < f.At+f.Duration)
}

// untilNext is how long it is until a fault begins or ends.
func (st *stage) untilNext() time.Duration {
	at, next := st.since(), time.Duration(math.MaxInt64)
	for i := range st.pair.scenario.Timeline {
		f := &st.pair.scenario.Timeline[i]
		for _, change := range []time.Duration{f.At, f.At + f.Duration} {
			if change > at {
				next = min(next, change-at)
			}
		}
	}
	return next
}

// strike brings the world up to what stands of the timeline.
func (st *stage) strike() {
	s := st.pair.scenario
	var now ills
	at := st.since()
	for i := range s.Timeline {
		if f := &s.Timeline[i]; stands(f, at) {
			now.suffer(s, f)
		}
	}
	st.mu.Lock()
	was := st.ills
	st.ills = now
	st.follow(&was)
	st.mu.Unlock()
	for r := range model.RegionID(len(s.Regions)) {
		for other := range model.RegionID(len(s.Regions)) {
			if was.cut[r].Has(other) != now.cut[r].Has(other) {
				if now.cut[r].Has(other) {
					st.g.network.Cut(r, other)
				} else {
					st.g.network.Mend(r, other)
				}
			}
		}
		for store := range model.StoreID(st.pair.policy.Stores) {
			if was.runs(store, r) != now.runs(store, r) {
				st.g.world.guards[r][store].reboot()
			}
		}
		st.power(r, &was, &now)
	}
}

// power ends a region's agent, or starts it.
func (st *stage) power(r model.RegionID, was, now *ills) {
	m, ran := st.g.members[r], !(was.lost | was.agentless).Has(r)
	if now.lost.Has(r) != was.lost.Has(r) {
		if now.lost.Has(r) {
			st.g.network.Lose(r)
			st.stop(r)
		} else {
			st.g.network.Revive(r)
		}
	}
	switch runs := !(now.lost | now.agentless).Has(r); {
	case ran && !runs:
		st.g.network.Lose(r)
		m.cancel()
		m.cancel = nil
		st.mu.Lock()
		st.nodes[r] = nil
		st.mu.Unlock()
	case !ran && runs:
		<-m.ended
		st.g.network.Revive(r)
		st.g.start(m)
	}
}

// copied is what a region's copy of a store has received.
type copied struct {
	// of is the region that it replicates from. It lacks so much, as of a time, and receives or not.
	of      model.RegionID
	lacks   time.Duration
	asOf    time.Time
	waiting bool
}

// receives reports whether a copy receives what is written. The lock is held.
func (i *ills) receives(store model.StoreID, from, to model.RegionID) bool {
	return i.linked(from, to) && i.runs(store, from) && i.runs(store, to) &&
		!i.stalled[store].Has(to)
}

// follow brings what copies lack up to now, as it was until now. The lock is held.
func (st *stage) follow(was *ills) {
	for r := range st.copies {
		for i := range st.copies[r] {
			store, id := model.StoreID(i), model.RegionID(r)
			if i >= int(st.pair.policy.Stores) || !st.pair.policy.Workload.Has(id) {
				continue
			}
			c := &st.copies[r][i]
			c.lacks = st.behind(store, id, was)
			c.asOf = time.Now()
		}
	}
}

// behind is what a copy lacks beyond its usual lag now, while what was broken is as given. The lock
// is held.
func (st *stage) behind(store model.StoreID, r model.RegionID, broken *ills) time.Duration {
	c := &st.copies[r][store]
	if c.asOf.IsZero() || c.of == r {
		return 0
	}
	passed := time.Since(c.asOf)
	switch {
	case broken.receives(store, c.of, r):
		caught := float64(passed) * st.pair.scenario.Stores[store].CatchUp
		return max(0, c.lacks-time.Duration(caught))
	case broken.runs(store, c.of):
		return c.lacks + passed
	}
	return c.lacks
}

// lags are what a region's agent measures of its copies.
func (st *stage) lags(r model.RegionID) (all []Lag) {
	n := st.node(r)
	if n == nil {
		return nil
	}
	v := n.View()
	st.mu.Lock()
	defer st.mu.Unlock()
	for store := range model.StoreID(st.pair.policy.Stores) {
		writer := v.State.Writers[store]
		c := &st.copies[r][store]
		follows := writer.Valid() && writer != r && st.pair.policy.Candidates.Has(r) &&
			st.ills.linked(r, writer) && st.ills.runs(store, r) && st.ills.runs(store, writer)
		spec := &st.pair.scenario.Stores[store]
		lag := st.pair.scenario.Latency.OneWay(writer, r)
		switch {
		case !follows:
			continue
		case st.pair.strategy.FromBackup:
			lag = st.backupAge(store)
		case c.of != v.State.Leases[store].Holder:
			continue
		case spec.LagTrace != nil:
			lag = max(lag, spec.LagTrace.At(st.since()))
		default:
			lag += st.drawn(fmt.Sprint("lag", store, r), &spec.Lag[r])
		}
		if !st.pair.strategy.FromBackup {
			lag += st.behind(store, r, &st.ills)
		}
		all = append(all, Lag{
			Store: store, Lag: lag, Epoch: v.State.Leases[store].Epoch, At: time.Now(),
		})
	}
	return all
}

// backupAge is how old the last backup of a store is. The lock is held.
func (st *stage) backupAge(store model.StoreID) time.Duration {
	key := fmt.Sprint("backup", store)
	if _, known := st.draws[key]; !known {
		st.draws[key] = st.random.Float64()
	}
	every := st.pair.scenario.Stores[store].BackupEvery
	phase := time.Duration(st.draws[key] * float64(every))
	return ((st.since()-phase)%every + every) % every
}

// looker is one check of one region.
type looker struct {
	st                *stage
	observer, subject model.RegionID
	check             *model.Check
}

// Probe looks once: an answer, be it an error, comes after a round trip.
func (l *looker) Probe(ctx context.Context) probe.Result {
	st := l.st
	v := st.view()
	st.mu.Lock()
	blind := st.ills.blind.Has(l.observer)
	good := !blind && st.random.Float64() < st.chance(&v, l)
	answers := st.ills.linked(l.observer, l.subject) && l.check.Scope != model.OfRouting
	st.mu.Unlock()
	if blind || !good && !answers {
		<-ctx.Done()
		if blind {
			return probe.Result{Why: "the agent is blind"}
		}
		return probe.Result{Answer: probe.Bad, Silent: true, Why: "no answer"}
	}
	if !sleep(ctx, st.pair.scenario.Latency[l.observer][l.subject]) {
		return probe.Result{Answer: probe.Bad, Silent: true, Why: "no answer in time"}
	}
	if good {
		return probe.Result{Answer: probe.Good}
	}
	return probe.Result{Answer: probe.Bad, Why: "an error"}
}

// chance is how likely a look is to succeed. The lock is held.
func (st *stage) chance(v *View, l *looker) float64 {
	ok := true
	i, s := &st.ills, l.subject
	switch {
	case l.check.Scope == model.OfRouting:
		ok = !i.lost.Has(s) && !i.unreached.Has(s)
	case !i.linked(l.observer, s):
		ok = false
	case l.check.Scope == model.OfStore:
		ok = i.runs(l.check.Store, s)
	case i.serviceless.Has(s), i.lacking.Has(s) && (v.State.Primary == s || st.serving.Has(s)):
		ok = false
	default:
		ok = !l.check.Deep || st.deep(v, s)
		if ok {
			return 1 - i.failing[s]
		}
	}
	if ok {
		return 1
	}
	return 0
}

// deep reports whether a write gets through to all of a region's stores. The lock is held.
func (st *stage) deep(v *View, s model.RegionID) bool {
	kind := v.State.Plan.Kind
	planned := kind == failover.Failback || kind == failover.Switchover || kind == failover.Drill
	if !st.ills.runsAll(st.pair.scenario, s) {
		return false
	}
	for i := range st.pair.scenario.Stores {
		store := model.StoreID(i)
		voters := st.pair.scenario.QuorumOf(store, st.pair.strategy)
		written := st.pair.policy.MultiWriter || v.State.Writers[store] == s
		guarded := st.pair.policy.Guarded>>store&1 == 1
		closed := guarded && !st.g.world.guards[s][store].writes() && !planned
		if written && (closed || !st.ills.agrees(voters, store, s)) {
			return false
		}
	}
	return true
}
