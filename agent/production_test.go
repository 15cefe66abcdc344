package agent

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/peer"
	"redoubt/wan"
)

// production is what a group of agents has outside of tests: stores on disk, and a network with
// TLS, here on loopback.
type production struct {
	t         testing.TB
	dir       string
	authority *peer.Authority
	names     []string
	addresses []string
	listeners []net.Listener
	stores    []*Stores
	writes    writes
	// up are the agents that others may ask, once they are there, and end ends the end of the network
	// that one has.
	up    [model.MaxRegions]atomic.Pointer[Node]
	end   [model.MaxRegions]func()
	ended [model.MaxRegions]chan struct{}
}

// newProduction begins to listen for as many agents.
func newProduction(t testing.TB, dir string, agents int) *production {
	t.Helper()
	p := &production{t: t, dir: dir, stores: make([]*Stores, agents)}
	var err error
	if p.authority, err = peer.NewAuthority("bench", time.Hour); err != nil {
		t.Fatal(err)
	}
	for r := range model.RegionID(agents) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		p.names = append(p.names, wan.Name(r))
		p.listeners = append(p.listeners, listener)
		p.addresses = append(p.addresses, listener.Addr().String())
	}
	return p
}

// equip puts what there is outside of tests into an agent's configuration.
func (p *production) equip(c *Config) {
	p.t.Helper()
	log := slog.New(slog.DiscardHandler)
	stores, err := OpenStores(filepath.Join(p.dir, "stores", p.names[c.Region]), log)
	if err != nil {
		p.t.Fatal(err)
	}
	pair, err := p.authority.Issue(p.names[c.Region], time.Hour)
	if err != nil {
		p.t.Fatal(err)
	}
	keys, err := peer.NewKeys(p.authority.Pair().Certificate, pair)
	if err != nil {
		p.t.Fatal(err)
	}
	up := &p.up[c.Region]
	node, err := peer.New(peer.Config{
		Cluster: "bench", Region: c.Region, Regions: p.names, Addresses: p.addresses, Keys: keys,
		Log: log, Handler: func(from model.RegionID, question []byte) ([]byte, error) {
			if node := up.Load(); node != nil {
				return node.Answer(from, question)
			}
			return nil, errors.New("the agent is being started")
		},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	listener := p.listeners[c.Region]
	p.stores[c.Region], p.end[c.Region], p.ended[c.Region] = stores, end, ended
	go func() {
		defer close(ended)
		_ = node.Serve(ctx, listener) // It ends as the listener is closed.
	}()
	c.Logs, c.Stable, c.Snapshots = &timedLog{stores.Cache, &p.writes}, stores.Log, stores.Snapshots
	c.Peers = node
	c.Transport = raft.NewNetworkTransport(layer{node.Streams()}, 3, 10*time.Second, io.Discard)
}

// cut takes a region off the network.
func (p *production) cut(r model.RegionID) {
	p.end[r]()
	<-p.ended[r]
}

// start starts the agents of a group.
func (p *production) start(g *group) {
	p.t.Helper()
	for _, m := range g.members {
		g.start(m)
		p.up[m.region].Store(m.node)
	}
}

// close ends the agents of a group that still run, and closes all.
func (p *production) close(g *group) {
	p.t.Helper()
	for _, m := range g.members {
		if m.cancel != nil {
			m.cancel()
		}
	}
	for _, m := range g.members {
		<-m.ended
	}
	for r := range p.stores {
		p.cut(model.RegionID(r))
		if err := p.stores[r].Close(); err != nil {
			p.t.Error(err)
		}
	}
}

// realGroup is a group in real time.
func realGroup(t testing.TB, p failover.Policy, dir string) *group {
	g := &group{
		t: t, dir: dir, policy: p, network: wan.New(&model.Latency{}), done: make(chan struct{}),
	}
	g.world = newWorld(g.network)
	return g
}

// Over a network as in production a follower hears at once what is committed. Raft's own way is
// so slow here that nobody hears of anything by it, and nothing else is said.
func TestFollowersHearAtOnceOfACommit(t *testing.T) {
	g := realGroup(t, smallPolicy(), t.TempDir())
	real := newProduction(t, g.dir, 3)
	g.before = func(c *Config) {
		c.CommitEvery, c.Times.ReportEvery, c.Times.RenewEvery = time.Hour, time.Hour, time.Hour
		c.Times.LagEvery, c.Times.CensusEvery = time.Hour, time.Hour
		real.equip(c)
	}
	for range 3 {
		g.addMember()
	}
	real.start(g)
	defer real.close(g)
	leader := g.leader()
	time.Sleep(time.Second) // What there is to say at first is said.
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		index, err := leader.node.Propose(ctx, Proposal{Event: failover.Event{
			Kind: failover.CapacityChanged, Region: leader.region, Share: 1000,
		}})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range g.members {
			g.await("it has heard of the entry", 10*time.Second, func() bool {
				return m.node.View().Index >= index
			})
		}
	}
}

// writes are when something was written to the log of any of the agents, and how long that took.
type writes struct {
	mu  sync.Mutex
	all []write
}

type write struct {
	at   time.Time
	took time.Duration
}

// slowest is how long a write took, at the most, that was begun between two moments.
func (w *writes) slowest(from, to time.Time) (most time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, each := range w.all {
		if !each.at.Before(from) && each.at.Before(to) {
			most = max(most, each.took)
		}
	}
	return most
}

// timedLog is raft's log, whose writes are timed.
type timedLog struct {
	raft.LogStore
	writes *writes
}

// StoreLogs is what raft writes entries with.
func (l *timedLog) StoreLogs(logs []*raft.Log) error {
	began := time.Now()
	err := l.LogStore.StoreLogs(logs)
	l.writes.mu.Lock()
	defer l.writes.mu.Unlock()
	l.writes.all = append(l.writes.all, write{began, time.Since(began)})
	return err
}

// layer is raft's network, as the daemon has it.
type layer struct{ *peer.Streams }

func (l layer) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	return l.Streams.Dial(string(to), timeout)
}
