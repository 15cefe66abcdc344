package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	"golang.org/x/sync/errgroup"

	"redoubt/agent"
	"redoubt/api"
	"redoubt/execute"
	"redoubt/failover"
	"redoubt/gossip"
	"redoubt/metrics"
	"redoubt/model"
	"redoubt/peer"
	"redoubt/probe"
	"redoubt/scenarios"
)

// Config is what a daemon is made of.
type Config struct {
	Scenario *model.Scenario
	Agent    *scenarios.Agent
	Region   model.RegionID
	// Version is the release, as others are told it.
	Version string
	Log     *slog.Logger
	// LeaveShadow has the log of a shadow be set aside where this agent is none.
	LeaveShadow bool
	// Ready is called once the agent listens and takes part; it may be nil.
	Ready func()
}

// PolicyOf is the policy that agents of a scenario decide under. A shadow only advises: it asks no
// guard, and does nothing.
func PolicyOf(s *model.Scenario, file *scenarios.Agent) (failover.Policy, error) {
	strategy, _ := s.Strategy(file.Strategy) // The reader has found it.
	policy, err := failover.NewPolicy(s, strategy)
	if err != nil {
		return policy, fmt.Errorf("no agent can decide for %s: %w", file.Strategy, err)
	}
	if file.Shadow {
		policy.Mode, policy.Guarded = model.Advise, 0
	}
	return policy, nil
}

// daemon is one agent with all of its parts.
type daemon struct {
	Config
	policy failover.Policy
	// former is the policy that the log may still be under, nil for none, and kept the agent's record.
	former *failover.Policy
	kept   *record
	// names are those of the regions by number, and storeNames those of the stores.
	names, storeNames []string
	bridge            *bridge
	stores            *agent.Stores
	peers             *peer.Node
	gossip            *gossip.Members
	// raftNet is what Raft's network says to.
	raftNet raftNet
	probes  *probe.Runner
	node    *agent.Node
	zone    *zoneServer
	lags    *lags
	looks   *looks
	guards  *guards
	// hands do the steps of plans, and tellers tell people; memory is what outlives them.
	hands   hands
	tellers []*execute.Notifier
	memory  *execute.Memory
	// up is the node once it is made: others may ask before that.
	up atomic.Pointer[agent.Node]
	// web is the API; settings is what it speaks to whoever connects next, nil without TLS.
	web      *api.Server
	settings atomic.Pointer[tls.Config]
	// files are those that are read again when they change.
	files []*watched
	// listeners are what it listens on, by what for.
	listeners listeners
}

// Run runs an agent until the context is over. It returns nil then, or why the agent has ended.
func Run(ctx context.Context, c Config) error {
	d := &daemon{Config: c}
	for _, region := range c.Scenario.Regions {
		d.names = append(d.names, region.Name)
	}
	for i := range c.Scenario.Stores {
		d.storeNames = append(d.storeNames, c.Scenario.Stores[i].Name)
	}
	var err error
	if d.policy, err = PolicyOf(c.Scenario, c.Agent); err != nil {
		return err
	}
	if err := unguarded(c.Scenario, &d.policy, c.Agent, c.Region); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Agent.Data, 0o700); err != nil {
		return fmt.Errorf("make the agent's folder: %w", err)
	}
	if err := d.leaveShadow(); err != nil {
		return err
	}
	if d.stores, err = agent.OpenStores(c.Agent.Data, c.Log); err != nil {
		return err
	}
	if doubt := d.stores.Archive.Doubt(); doubt != nil {
		c.Log.Error("the archive is not what it was, and the agent acts as before", "error", doubt)
	}
	if err = d.recall(); err == nil {
		err = d.run(ctx)
	}
	closed := make(chan error, 1)
	go func() { closed <- d.stores.Close() }()
	select {
	case problem := <-closed:
		return errors.Join(err, problem)
	case <-time.After(closeWait):
		return errors.Join(err, errors.New("the agent's folder is not closed: its disk stands still"))
	}
}

// closeWait is how long the agent's folder may take to be closed. What is in it is on disk, or was
// never said to be; a process that waits for a disk that stands still goes on being a leader.
const closeWait = 2 * time.Second

// run opens the rest, runs all, and closes what it has opened.
func (d *daemon) run(ctx context.Context) error {
	if err := d.listeners.open(&d.Agent.Listen); err != nil {
		return err
	}
	defer d.listeners.close()
	d.files = d.watchedFiles() // Before they are read.
	d.bridge = newBridge(d.Scenario, d.Region, d.Agent.Shadow)
	d.bridge.archive = d.stores.Archive
	last, err := d.stores.Log.LastIndex()
	if err != nil {
		return fmt.Errorf("read the agent's log: %w", err)
	}
	d.bridge.old = last
	if err := d.openPeers(); err != nil {
		return err
	}
	if err := d.openGossip(); err != nil {
		return err
	}
	defer func() {
		_ = d.gossip.Leave(leaveWait) // Whoever does not hear it finds out.
		_ = d.gossip.Shutdown()
	}()
	if err := d.openProbes(); err != nil {
		return err
	}
	d.guards = newGuards(d)
	d.bridge.guards = d.guards.foundNow
	handler, err := d.openAPI()
	if err != nil {
		return err
	}
	d.bridge.answers = d.Agent.Zone != nil
	if d.zone, err = openZone(d); err != nil {
		return err
	}
	if err := d.openNode(); err != nil {
		return err
	}
	return d.serve(ctx, handler)
}

// leaveWait is how long a word of farewell may take.
const leaveWait = 2 * time.Second

// serve runs every part until one ends, or the context is over. What others ask of the node is
// answered until it has ended.
func (d *daemon) serve(ctx context.Context, handler *api.Server) error {
	asked, quiet := context.WithCancel(context.WithoutCancel(ctx))
	defer quiet()
	outer, _ := errgroup.WithContext(asked)
	outer.Go(func() error { return d.peers.Serve(asked, d.listeners.peers) })
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error { return d.node.Run(inner) })
	group.Go(func() error { return d.probes.Run(inner) })
	group.Go(func() error { return handler.Serve(inner, d.listeners.api) })
	group.Go(func() error { return d.zone.run(inner, d) })
	group.Go(func() error { return d.lags.run(inner) })
	group.Go(func() error { return d.looks.run(inner) })
	group.Go(func() error { return d.guards.run(inner) })
	group.Go(func() error { return d.watchdog(inner) })
	group.Go(func() error { return d.rereads(inner, rereadEvery) })
	group.Go(func() error { return d.keepRecord(inner) })
	group.Go(func() error {
		return watchRoom(inner, roomEvery, func() error { return d.node.View().Unkept },
			func() error { return hasRoom(d.Agent.Data, roomNeeded) })
	})
	if d.Ready != nil {
		d.Ready()
	}
	err := group.Wait()
	quiet()
	return errors.Join(err, outer.Wait())
}

// watchdog tells the service manager that the agent is alive, for as long as the node answers.
func (d *daemon) watchdog(ctx context.Context) error {
	tell, every := notifier()
	tell("READY=1")
	defer tell("STOPPING=1")
	if every == 0 {
		<-ctx.Done()
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
			d.node.View() // Who hangs in there is not alive.
			tell("WATCHDOG=1")
		}
	}
}

// openPeers makes the agent's end of the network between agents.
func (d *daemon) openPeers() error {
	keys, err := peer.OpenKeys(peer.Files{
		Authority: d.Agent.Identity.Authority, Certificate: d.Agent.Identity.Certificate,
		Key: d.Agent.Identity.Key,
	})
	if err != nil {
		return fmt.Errorf("open the agent's keys: %w", err)
	}
	addresses := make([]string, len(d.names))
	for r := range d.names {
		addresses[r] = d.Agent.Places[r].Peers
	}
	d.peers, err = peer.New(peer.Config{
		Cluster: d.Scenario.Name, Region: d.Region, Regions: d.names, Addresses: addresses, Keys: keys,
		Log: d.Log, Handler: func(from model.RegionID, request []byte) ([]byte, error) {
			node := d.up.Load()
			if node == nil {
				return nil, errors.New("this agent has just been started")
			}
			return node.Answer(from, request)
		},
	})
	return err
}

// openGossip begins to hear of the other agents.
func (d *daemon) openGossip() error {
	keys, err := readGossipKeys(d.Agent.Identity.GossipKeys)
	if err != nil {
		return err
	}
	addresses := make([]string, len(d.names))
	for r := range d.names {
		addresses[r] = d.Agent.Places[r].Gossip
	}
	hint := func(model.RegionID) {
		if node := d.up.Load(); node != nil {
			node.Hint()
		}
	}
	d.gossip, err = gossip.New(gossip.Config{
		Cluster: d.Scenario.Name, Region: d.Region, Regions: d.names, Addresses: addresses, Keys: keys,
		Bind: d.Agent.Listen.Gossip, Advertise: d.Agent.Places[d.Region].Gossip,
		Meta: gossip.Meta{
			Version: d.Version, Rules: failover.RulesVersion, Policy: d.policy.Digest().Short(),
		},
		OnLost: hint, OnSeen: hint, Log: d.Log,
	})
	if err != nil {
		return fmt.Errorf("begin to gossip: %w", err)
	}
	d.bridge.heard = func() model.RegionSet { return d.gossip.Seen().With(d.Region) }
	return nil
}

// openProbes makes what looks at the other regions.
func (d *daemon) openProbes() error {
	addresses := map[model.RegionID]map[string]string{}
	for r := range model.RegionID(len(d.names)) {
		addresses[r] = d.Agent.Places[r].Addresses
	}
	var err error
	d.probes, err = probe.New(probe.Config{
		Scenario: d.Scenario, Observer: d.Region, Addresses: addresses, Log: d.Log,
		Report: func(v probe.Verdict) {
			if node := d.up.Load(); node != nil {
				node.Report(agent.Verdict(v))
			}
		},
	})
	return err
}

// openNode makes the agent itself.
func (d *daemon) openNode() error {
	settings := &d.Scenario.Settings
	if err := d.openHands(); err != nil {
		return err
	}
	var err error
	if d.lags, err = newLags(d); err != nil {
		return err
	}
	d.bridge.behind = d.lags.behindNow
	d.looks = newLooks(d)
	config := agent.Config{
		Region: d.Region, Names: d.names, Stores: d.storeNames,
		Policies: []failover.Policy{d.policy},
		Parts:    partsOf(d.Scenario, d.Agent.Strategy),
		Times: agent.Times{
			Heartbeat:   d.Scenario.Consensus.Heartbeat,
			ReportEvery: settings.ReportEvery, RenewEvery: settings.RenewEvery,
			LagEvery: lagEvery(d.Scenario), CensusEvery: d.Scenario.Consensus.Heartbeat,
			ApplyMax: applyBeats * d.Scenario.Consensus.Heartbeat, ClockDrift: settings.ClockDrift,
		},
		Logs: d.stores.Cache, Stable: d.stores.Log, Snapshots: d.stores.Snapshots,
		Transport: raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
			Stream: layer{d.peers.Streams()}, MaxPool: raftPool, Timeout: raftTimeout,
			Logger: d.raftNet.to(d.Log),
		}),
		CommitEvery:   d.Scenario.Consensus.Heartbeat / commitsABeat,
		SnapshotAfter: uint64(d.Agent.SnapshotAt), Archive: d.stores.Archive, Peers: d.peers,
		Executor: d.hands, Members: d.gossip, Told: d.told, Notify: d.notify(), Log: d.Log,
	}
	for i, client := range d.guards.clients {
		if client != nil { // Or the agent would have a guard that is a nil client.
			config.Guards[i] = client
		}
	}
	config.Senses = d.senses()
	d.goOn(&config)
	d.node, err = agent.New(config)
	if err != nil {
		return err
	}
	d.bridge.node = d.node
	d.up.Store(d.node)
	return nil
}

const (
	// applyBeats is how many heartbeats an entry may take to be applied before its leader gives up
	// the lead: an Apply over 330 ms takes less than one, and an election two and a half.
	applyBeats = 3
	// commitsABeat is how often in a heartbeat, at the most, a leader in quiet times says again what
	// is committed. At raft's own 20 times a second it was most of what an idle leader did, and at 8
	// times in a heartbeat still a third: followers need it for what was lost on the way alone.
	commitsABeat = 2
	// raftPool is how many connections Raft keeps to each of the others, and raftTimeout how long one
	// may take to be written to.
	raftPool    = 3
	raftTimeout = 10 * time.Second
)

// told has every part know of an entry as it is applied.
func (d *daemon) told(a *agent.Applied) {
	d.bridge.told(a)
	d.zone.told(a)
}

// layer is Raft's network.
type layer struct{ *peer.Streams }

// Dial connects to a server, whose address is the name of its region.
func (l layer) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	return l.Streams.Dial(string(to), timeout)
}

// openAPI makes what people and programs talk to.
func (d *daemon) openAPI() (*api.Server, error) {
	tokens, err := readTokens(d.Agent.Identity.Tokens)
	if err != nil {
		return nil, err
	}
	settings, err := apiTLS(&d.Agent.Identity)
	if err != nil {
		return nil, err
	}
	if settings != nil {
		d.settings.Store(settings)
		settings = &tls.Config{
			MinVersion: tls.VersionTLS13,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
				return d.settings.Load(), nil
			},
		}
	}
	c := api.Config{
		Agent: d.bridge, Scenario: d.Scenario, Tokens: tokens, TLS: settings, Log: d.Log,
	}
	var server *api.Server
	c.Metrics, err = metrics.Handler(metrics.Config{
		Agent: d.bridge, Scenario: d.Scenario,
		Counters: d.counters(func() api.Counts { return server.Counts() }),
	})
	if err != nil {
		return nil, err
	}
	server = api.New(c)
	d.web = server
	return server, nil
}
