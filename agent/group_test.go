package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/wan"
)

// group is the agents of some regions on a network in virtual time, with guards and an executor
// that keep count.
type group struct {
	t       testing.TB
	dir     string
	policy  failover.Policy
	network *wan.Network
	world   *world
	members []*member
	names   []string
	// before is called with a node's configuration before it begins.
	before func(*Config)
	// probing is what runs beside an agent in place of probe, until the context is over.
	probing func(context.Context, *Node, model.RegionID)
	// swap replaces how states are applied.
	swap func(*Replica)
	done chan struct{}
}

// member is one region's agent, with what outlives it.
type member struct {
	region    model.RegionID
	log       *raft.InmemStore
	snapshots raft.SnapshotStore
	dir       string

	node   *Node
	cancel func()
	ended  chan struct{}
}

// playGroup begins a group of agents in a bubble of virtual time, plays, and ends it.
func playGroup(t *testing.T, p failover.Policy, prepare func(*group), play func(*group)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		trips := model.Latency{}
		for a := range trips {
			for b := range trips {
				if a != b {
					trips[a][b] = 80 * time.Millisecond
				}
			}
		}
		g := &group{t: t, dir: dir, policy: p, network: wan.New(&trips), done: make(chan struct{})}
		g.world = newWorld(g.network)
		for range p.Voters.Count() {
			g.addMember()
		}
		if prepare != nil {
			prepare(g)
		}
		for _, m := range g.members {
			g.start(m)
		}
		go g.sample()
		play(g)
		close(g.done)
		for _, m := range g.members {
			g.kill(m)
		}
		time.Sleep(10 * time.Minute)
		g.world.mu.Lock()
		defer g.world.mu.Unlock()
		if g.world.split > 0 {
			t.Errorf("two stores could be written to at once, %d times", g.world.split)
		}
		for what, count := range g.world.did {
			if count > 1 {
				t.Errorf("%s was done %d times", what, count)
			}
		}
	})
}

// addMember adds a region, whose agent is yet to be started.
func (g *group) addMember() {
	r := model.RegionID(len(g.members))
	g.names = append(g.names, wan.Name(r))
	g.members = append(g.members, &member{
		region: r, log: raft.NewInmemStore(), snapshots: raft.NewInmemSnapshotStore(),
		dir: filepath.Join(g.dir, wan.Name(r)),
	})
}

// start starts a region's agent.
func (g *group) start(m *member) {
	g.t.Helper()
	archive, err := OpenArchive(m.dir)
	if err != nil {
		g.t.Fatal(err)
	}
	port := g.network.RaftPort(m.region)
	var up atomic.Pointer[Node] // Others may ask before it is there.
	peer := g.network.Peer(m.region, func(from model.RegionID, q []byte) ([]byte, error) {
		if node := up.Load(); node != nil {
			return node.Answer(from, q)
		}
		return nil, errors.New("the agent is being started")
	})
	config := Config{
		Region: m.region, Names: g.names, Policies: []failover.Policy{g.policy},
		Times: Times{
			Heartbeat: time.Second, ReportEvery: 5 * time.Second, RenewEvery: 4 * time.Second,
			LagEvery: 5 * time.Second, CensusEvery: 2 * time.Second, ApplyMax: 5 * time.Second,
			ClockDrift: 200e-6,
		},
		Logs: m.log, Stable: m.log, Snapshots: m.snapshots, Transport: port, SnapshotAfter: 200,
		Archive: archive, Peers: peer, Executor: &hands{world: g.world, region: m.region},
		Members: &g.world.seen[m.region], Log: g.logger(m.region),
	}
	if g.policy.Workload.Has(m.region) {
		for i := range g.policy.Stores {
			config.Guards[i] = &g.world.guards[m.region][i]
		}
	}
	config.Senses.Verdicts = func() []Verdict { return g.world.verdicts(m.region, len(g.names)) }
	config.Senses.Lags = func(context.Context) []Lag { return g.lags(up.Load(), m.region) }
	config.Senses.Capacity = func(context.Context) (uint16, bool) { return 1000, true }
	config.prepare = g.swap
	if g.before != nil {
		g.before(&config)
	}
	node, err := New(config)
	if err != nil {
		g.t.Fatal(err)
	}
	up.Store(node)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	m.node, m.cancel, m.ended = node, cancel, ended
	go func() {
		defer close(ended)
		if err := node.Run(ctx); err != nil {
			g.t.Logf("the agent of region %d ended: %v", m.region, err)
		}
		if err := archive.Close(); err != nil {
			g.t.Error(err)
		}
	}()
	if g.probing == nil {
		g.probing = g.probe
	}
	go g.probing(ctx, node, m.region)
}

// logger is silent, unless AGENT_LOG is set.
func (g *group) logger(r model.RegionID) *slog.Logger {
	out := io.Discard
	if os.Getenv("AGENT_LOG") != "" {
		out = os.Stderr
	}
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo})).
		With("region", int(r))
}

// probe looks at every region each second.
func (g *group) probe(ctx context.Context, node *Node, r model.RegionID) {
	for sleep(ctx, time.Second) {
		for _, v := range g.world.verdicts(r, len(g.names)) {
			node.Report(v)
		}
		if g.world.seen[r].look(g.world, r, len(g.names)) {
			node.Hint()
		}
	}
}

// lags are what a region measures of its replica: it follows whoever it can reach that holds the
// lease.
func (g *group) lags(node *Node, r model.RegionID) (lags []Lag) {
	v := node.View()
	for i := range model.StoreID(g.policy.Stores) {
		lease := &v.State.Leases[i]
		if g.policy.Workload.Has(r) && g.network.Reachable(r, lease.Holder) {
			lags = append(lags, Lag{
				Store: i, Lag: 100 * time.Millisecond, Epoch: lease.Epoch, At: time.Now(),
			})
		}
	}
	return lags
}

// kill ends a region's agent at once, as far as the others can see.
func (g *group) kill(m *member) {
	if m.cancel == nil {
		return
	}
	g.network.Lose(m.region)
	m.cancel()
	<-m.ended
	m.cancel = nil
	g.network.Revive(m.region)
}

// lose loses a region with all that runs in it.
func (g *group) lose(m *member) {
	g.network.Lose(m.region)
	g.world.stop(m.region)
	m.cancel()
	<-m.ended
	m.cancel = nil
	g.network.Lose(m.region)
}

// sample looks again and again at how many stores take writes.
func (g *group) sample() {
	for {
		select {
		case <-g.done:
			return
		case <-time.After(100 * time.Millisecond):
			g.world.count(int(g.policy.Stores))
		}
	}
}

// await waits until something is so, for a time at most, and says how long that took.
func (g *group) await(what string, most time.Duration, so func() bool) time.Duration {
	g.t.Helper()
	began := time.Now()
	for !so() {
		if time.Since(began) > most {
			g.t.Fatalf("%s: not within %v\n%s", what, most, g.describe())
		}
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(began)
}

// describe tells what every agent knows.
func (g *group) describe() (text string) {
	for _, m := range g.members {
		if m.cancel == nil {
			text += fmt.Sprintf("region %d: no agent\n", m.region)
			continue
		}
		v := m.node.View()
		text += fmt.Sprintf("region %d: entry %d, at %v, leads %t, leader %d, primary %d, plan %v, "+
			"lease %+v, silent %b, halted %v, broken %v, unkept %v\n", m.region, v.Index,
			time.Duration(v.State.Now), m.node.Leads(), m.node.Leader(), v.State.Primary,
			v.State.Plan.Kind, v.State.Leases[0], v.State.Silent, v.Halted, v.Broken, v.Unkept)
		for i := range v.State.Plan.Count {
			step := &v.State.Plan.Steps[i]
			text += fmt.Sprintf("  %v: %v by %d, round %d\n", step.Kind, step.Status, step.By, step.Round)
		}
	}
	return text
}

// leader waits for a leader whom all that run follow.
func (g *group) leader() *member {
	g.t.Helper()
	var found *member
	g.await("a leader", time.Minute, func() bool {
		found = nil
		for _, m := range g.members {
			if m.cancel != nil && m.node.Leads() && g.network.Up(m.region) {
				found = m
			}
		}
		return found != nil
	})
	return found
}

// writes reports whether a region's store takes writes.
func (g *group) writes(r model.RegionID, store model.StoreID) bool {
	return g.world.guards[r][store].writes()
}

// settle waits until the primary, if there is to be one, writes and nothing is being done.
func (g *group) settle(primary model.RegionID, most time.Duration) time.Duration {
	g.t.Helper()
	return g.await(fmt.Sprintf("region %d is primary and writes", primary), most, func() bool {
		for _, m := range g.members {
			if m.cancel == nil || !g.network.Up(m.region) {
				continue
			}
			v := m.node.View()
			if v.State.Primary != primary || v.State.Plan.Kind != failover.NoPlan {
				return false
			}
		}
		return !primary.Valid() || g.writes(primary, 0)
	})
}

// agree holds the archives of all agents against each other: a state for an entry is the same
// everywhere, and every file replays.
func (g *group) agree() {
	g.t.Helper()
	all := map[uint64]failover.Digest{}
	for _, m := range g.members {
		for index, hash := range replayArchive(g.t, m.dir) {
			if other, known := all[index]; known && other != hash {
				g.t.Fatalf("region %d: another state after entry %d", m.region, index)
			}
			all[index] = hash
		}
	}
	if len(all) < 10 {
		g.t.Fatalf("%d entries in all archives", len(all))
	}
}

// sound fails the test if an agent has stopped.
func (g *group) sound() {
	g.t.Helper()
	for _, m := range g.members {
		if m.cancel == nil {
			continue
		}
		if v := m.node.View(); v.Halted != nil || v.Broken != nil || v.Unkept != nil {
			g.t.Errorf("region %d: halted %v, broken %v, unkept %v", m.region, v.Halted, v.Broken,
				v.Unkept)
		}
	}
}

// babble has a leader propose something again and again for a time.
func (g *group) babble(n *Node, lasts time.Duration) {
	t := n.leading()
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, _ = n.enqueue(ctx, t, Entry{Region: n.config.Region, Event: failover.Event{
				Kind: failover.CapacityChanged, Region: n.config.Region, Share: 1000,
			}}) // What becomes of it is not the question.
		}()
	}
}

// reboot ends a region's agent at once and starts it anew at once, with what it has on disk.
func (g *group) reboot(m *member) {
	g.t.Helper()
	g.network.Lose(m.region)
	m.cancel() // What it is still at comes to nothing: it writes to the former disk.
	if err := m.node.config.Archive.Close(); err != nil {
		g.t.Fatal(err)
	}
	disk := raft.NewInmemStore()
	first, err := m.log.FirstIndex()
	if err != nil {
		g.t.Fatal(err)
	}
	last, err := m.log.LastIndex()
	if err != nil {
		g.t.Fatal(err)
	}
	for i := first; i <= last && i > 0; i++ {
		var log raft.Log
		err := m.log.GetLog(i, &log)
		if from, _ := m.log.FirstIndex(); err != nil && i < from {
			disk, i = raft.NewInmemStore(), from-1 // It was cut off behind a snapshot meanwhile.
			continue
		}
		if err := errors.Join(err, disk.StoreLog(&log)); err != nil {
			g.t.Fatal(err)
		}
	}
	for _, key := range []string{"CurrentTerm", "LastVoteTerm", voteless} {
		if value, err := m.log.GetUint64([]byte(key)); err == nil {
			if err := disk.SetUint64([]byte(key), value); err != nil {
				g.t.Fatal(err)
			}
		}
	}
	if value, err := m.log.Get([]byte("LastVoteCand")); err == nil {
		if err := disk.Set([]byte("LastVoteCand"), value); err != nil {
			g.t.Fatal(err)
		}
	}
	m.log = disk
	g.network.Revive(m.region)
	g.start(m)
}

// forgets takes a region's disk away.
func (g *group) forgets(m *member) {
	g.t.Helper()
	m.log, m.snapshots = raft.NewInmemStore(), raft.NewInmemSnapshotStore()
	if err := os.RemoveAll(m.dir); err != nil {
		g.t.Fatal(err)
	}
}

// archivedEvents are the events in an archive, in their order.
func archivedEvents(t *testing.T, dir string) (events []failover.Event) {
	t.Helper()
	names, err := segments(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for record, err := range failover.ReadLog(data) {
			if err != nil {
				t.Fatal(err)
			}
			if record.Kind == failover.EventRecord {
				events = append(events, record.Event)
			}
		}
	}
	return events
}

// firstArchived is the index of the first entry in an archive.
func firstArchived(t *testing.T, dir string) uint64 {
	t.Helper()
	first := uint64(0)
	for index := range replayArchive(t, dir) {
		if first == 0 || index < first {
			first = index
		}
	}
	return first
}
