package agent

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/gossip"
	"redoubt/guard"
	"redoubt/model"
	"redoubt/probe"
	"redoubt/wan"
)

// stage is where agents play a scenario: its timeline of faults, probes through the agents' Runner,
// memberlist, executors that take the scenario's times, and people.
type stage struct {
	g    *group
	pair *pairing
	// zero is when the scenario begins.
	zero time.Time

	mu      sync.Mutex
	random  *rand.Rand
	ills    ills
	copies  [model.MaxRegions][model.MaxStores]copied
	nodes   [model.MaxRegions]*Node
	runners [model.MaxRegions]*probe.Runner
	serving model.RegionSet
	// capacity is what each region can carry, as a share of all traffic.
	capacity [model.MaxRegions]float64
	// draws are what was drawn once, and done the steps that have come about.
	draws map[string]float64
	done  map[task]bool
	// began is when what is being done was begun.
	began     map[begun]time.Time
	comebacks [model.MaxRegions]comeback
	// highest is the last entry that somebody was seen to apply, and logZero when the log began, by
	// that entry's time.
	highest uint64
	logZero time.Time
	course  course
}

// warmingMin is how long before its first fault a scenario begins: the log has what agents repeat.
const warmingMin = 2 * time.Minute

// play has agents play a pairing until a time of the scenario.
func (p *pairing) play(t *testing.T, seed uint64, end time.Duration) course {
	t.Helper()
	st := &stage{
		pair: p, random: rand.New(rand.NewPCG(seed, 5)), draws: map[string]float64{},
		done: map[task]bool{}, began: map[begun]time.Time{}, serving: p.policy.Start().Serving,
	}
	playGroup(t, p.policy, st.prepare, func(g *group) {
		begins := end
		for i := range p.scenario.Timeline {
			begins = min(begins, p.scenario.Timeline[i].At)
		}
		g.settle(p.policy.Start().Primary, time.Minute)
		warming := warmingMin + time.Duration(st.uniform()*float64(time.Minute))
		st.mu.Lock()
		st.zero, st.course = time.Now().Add(warming-begins), course{}
		st.mu.Unlock()
		time.Sleep(warming)
		for end := st.zero.Add(end); time.Now().Before(end); {
			st.strike()
			st.people()
			time.Sleep(min(st.untilNext(), time.Until(end), time.Second))
		}
		g.sound()
	})
	return st.course.within(end)
}

// prepare makes a group's world that of the scenario.
func (st *stage) prepare(g *group) {
	st.g = g
	s := st.pair.scenario
	for a := range model.RegionID(len(s.Regions)) {
		st.capacity[a] = s.Capacity(st.pair.strategy, a)
		for b := range model.RegionID(len(s.Regions)) {
			g.network.Change(a, b, func(l *wan.Link) { l.Delay = s.Latency.OneWay(a, b) })
		}
		for i := range g.world.guards[a] {
			g.world.guards[a][i].terms = guard.Terms{
				Lease: s.Settings.Lease, Stop: s.Settings.StopTime,
			}
			g.world.guards[a][i].reboot()
			st.copies[a][i].of = st.pair.policy.Home
		}
	}
	g.before, g.probing = st.configure, st.attend
}

// configure makes an agent as the daemon does, with what its region has.
func (st *stage) configure(c *Config) {
	s, r := st.pair.scenario, c.Region
	lagEvery := time.Minute
	for i := range s.Stores {
		lagEvery = min(lagEvery, s.Stores[i].LagSampleEvery)
	}
	c.Times = Times{
		Heartbeat: s.Consensus.Heartbeat, ReportEvery: s.Settings.ReportEvery,
		RenewEvery: s.Settings.RenewEvery, LagEvery: lagEvery, CensusEvery: s.Consensus.Heartbeat,
		ApplyMax: 3 * s.Consensus.Heartbeat, ClockDrift: s.Settings.ClockDrift,
	}
	c.Executor, c.Told = &workers{st, r}, st.told
	for i := range model.StoreID(st.pair.policy.Stores) {
		c.Guards[i] = nil
		if st.pair.policy.Workload.Has(r) && st.pair.policy.Guarded>>i&1 == 1 {
			c.Guards[i] = &stoppable{&st.g.world.guards[r][i], st, r, i}
		}
	}
	members := st.gossip(r)
	runner := st.runner(r)
	st.mu.Lock()
	st.runners[r] = runner
	st.mu.Unlock()
	c.Members = members
	c.Senses = Senses{
		Verdicts: func() (all []Verdict) {
			for _, v := range runner.Verdicts() {
				all = append(all, Verdict(v))
			}
			return all
		},
		Lags: func(context.Context) []Lag { return st.lags(r) },
		Readiness: func(context.Context) (Readiness, bool) {
			st.mu.Lock()
			defer st.mu.Unlock()
			items := st.pair.policy.Items
			return Readiness{items, st.ills.missing[r] & items, time.Now()}, true
		},
		Capacity: func(context.Context) (uint16, bool) {
			st.mu.Lock()
			defer st.mu.Unlock()
			return uint16(st.capacity[r]*1000 + 0.5), true
		},
	}
}

// gossip makes a region's member of the others, with the agents' own profile of memberlist.
func (st *stage) gossip(r model.RegionID) *gossip.Members {
	c := gossip.Config{
		Cluster: "equal", Region: r, Regions: st.g.names, Keys: [][]byte{bytes.Repeat([]byte{7}, 32)},
		Transport: st.g.network.MemberPort(r, 0), Log: slog.New(slog.DiscardHandler),
		Meta: gossip.Meta{Version: "1.0", Rules: 7, Policy: "equal"},
	}
	for other := range model.RegionID(len(st.g.names)) {
		c.Addresses = append(c.Addresses, wan.Address(other, 0).String())
	}
	hint := func(model.RegionID) {
		if n := st.node(r); n != nil {
			n.Hint()
		}
	}
	c.OnLost, c.OnSeen = hint, hint
	m, err := gossip.New(c)
	if err != nil {
		st.g.t.Error(err)
	}
	return m
}

// runner makes a region's probes: the agents' own, but for who looks.
func (st *stage) runner(r model.RegionID) *probe.Runner {
	s := st.pair.scenario
	runner, err := probe.New(probe.Config{
		Scenario: s, Observer: r, Random: rand.New(rand.NewPCG(uint64(st.uniform()*1e15), uint64(r))),
		Make: func(subject model.RegionID, check int) (probe.Prober, error) {
			return &looker{st, r, subject, &s.Checks[check]}, nil
		},
		Report: func(v probe.Verdict) {
			if n := st.node(r); n != nil {
				n.Report(Verdict(v))
			}
		},
	})
	if err != nil {
		st.g.t.Error(err)
	}
	return runner
}

// attend runs what belongs to an agent until it ends.
func (st *stage) attend(ctx context.Context, n *Node, r model.RegionID) {
	st.mu.Lock()
	st.nodes[r] = n
	runner, members := st.runners[r], n.config.Members.(*gossip.Members)
	st.mu.Unlock()
	if err := runner.Run(ctx); err != nil {
		st.g.t.Error(err)
	}
	st.mu.Lock()
	if st.nodes[r] == n {
		st.nodes[r] = nil
	}
	st.mu.Unlock()
	if err := members.Shutdown(); err != nil {
		st.g.t.Error(err)
	}
}

// node is a region's agent, if one runs.
func (st *stage) node(r model.RegionID) *Node {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.nodes[r]
}

// leader is the agent that leads and whose region is in reach, or nil.
func (st *stage) leader() *Node {
	for r := range model.RegionID(len(st.g.names)) {
		if n := st.node(r); n != nil && n.Leads() && st.g.network.Up(r) {
			return n
		}
	}
	return nil
}

// view is the newest applied state that some agent has.
func (st *stage) view() (newest View) {
	for r := range model.RegionID(len(st.g.names)) {
		if n := st.node(r); n != nil {
			if v := n.View(); v.Index >= newest.Index {
				newest = v
			}
		}
	}
	return newest
}

// told hears of what is applied anywhere, and notes what was decided when it is heard of first.
func (st *stage) told(a *Applied) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if a.Index <= st.highest {
		return
	}
	st.highest, st.logZero = a.Index, time.Now().Add(-time.Duration(a.After.Now))
	if a.Before.Epoch == a.After.Epoch || a.Entry.Event.Kind == failover.PolicyChanged {
		return
	}
	plan := &a.After.Plan
	st.course.decisions = append(st.course.decisions, decided{
		plan.Kind.String(), plan.Subject, plan.Target, time.Since(st.zero),
	})
}

// uniform draws from [0, 1).
func (st *stage) uniform() float64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.random.Float64()
}

// drawn draws a duration, once for everything that has the same name. The lock is held.
func (st *stage) drawn(name string, d *model.Distribution) time.Duration {
	if d.Family == model.Constant {
		return d.Duration(0)
	}
	if _, known := st.draws[name]; !known {
		st.draws[name] = st.random.Float64()
	}
	return d.Duration(st.draws[name])
}

// since is the time since the scenario began.
func (st *stage) since() time.Duration { return time.Since(st.zero) }

// stoppable is the guard of a store that may have stopped.
type stoppable struct {
	*fakeGuard
	st     *stage
	region model.RegionID
	store  model.StoreID
}

// Ticket is not issued for a store that cannot run.
func (s *stoppable) Ticket(ctx context.Context) (guard.Ticket, error) {
	s.st.mu.Lock()
	runs := s.st.ills.runs(s.store, s.region)
	s.st.mu.Unlock()
	if !runs {
		return 0, context.DeadlineExceeded
	}
	return s.fakeGuard.Ticket(ctx)
}
