package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/model"
)

// Config is what an agent's view is made of.
type Config struct {
	// Cluster keeps members of another one apart that have the same key. Region is the agent's own,
	// Regions are the names of all, and Addresses where their members can be reached, host and port;
	// an empty one is not known.
	Cluster   string
	Region    model.RegionID
	Regions   []string
	Addresses []string
	// Keys encrypt what is sent: the first one. All of them are accepted. Each has 16, 24 or 32 bytes.
	Keys [][]byte
	// Bind is where to listen, host and port, and Advertise where others reach that, if it is
	// elsewhere. Neither counts with a Transport, which is for a network that does not exist.
	Bind, Advertise string
	Transport       memberlist.Transport
	// Meta is what the others learn of this agent.
	Meta Meta
	// OnLost and OnSeen hear when a region is lost or seen again, one at a time; what has come and
	// gone in the meantime they do not hear of.
	OnLost, OnSeen func(model.RegionID)
	Log            *slog.Logger
}

// The profile, for few members far apart: measured to find a lost one within 8 to 13 seconds with
// round trips up to 330 ms, and to lose nobody at 1 % loss.
const (
	probeInterval  = 1500 * time.Millisecond
	probeTimeout   = 700 * time.Millisecond
	suspicion      = 4
	gossipInterval = 250 * time.Millisecond
	streamTimeout  = 10 * time.Second
	pushPull       = 30 * time.Second
	// reclaim is for how long a member has to be dead until another address may have its name.
	reclaim = time.Second
)

// How often addresses are joined: joinFirst until somebody is seen, then joinAgain, since the dead
// are forgotten. A region that was not seen unseenFor after the start is lost.
const (
	joinFirst = 3 * time.Second
	joinAgain = 30 * time.Second
	unseenFor = 30 * time.Second
)

// Members are one agent's view of who is alive. Its methods may be called at the same time.
type Members struct {
	config  Config
	log     *slog.Logger
	list    *memberlist.Memberlist
	ring    *ring
	port    *port
	lines   *lines
	stop    context.CancelFunc
	group   sync.WaitGroup
	ending  sync.Mutex
	over    bool
	changed chan struct{} // Has one place: something has.

	mu      sync.Mutex
	alive   model.RegionSet
	met     model.RegionSet // Seen at least once, or counted as lost since they were not.
	told    model.RegionSet // What the callbacks were told is lost.
	greeted model.RegionSet // What they were told of at all.
	metas   [model.MaxRegions]Meta
	own     []byte
	strange uint64
}

// New starts to gossip.
func New(c Config) (*Members, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	own, err := c.Meta.encode()
	if err != nil {
		return nil, err
	}
	m := &Members{config: c, log: c.Log, own: own, changed: make(chan struct{}, 1)}
	if m.ring, err = newRing(c.Keys); err != nil {
		return nil, err
	}
	m.lines = newLines(c.Log)
	settings := profile()
	settings.Name, settings.Label = c.Regions[c.Region], "redoubt/"+c.Cluster
	settings.Keyring, settings.Logger = m.ring.keys, m.lines.logger()
	settings.Delegate, settings.Events = delegate{m}, delegate{m}
	settings.Alive, settings.Conflict = delegate{m}, delegate{m}
	inner := c.Transport
	if inner == nil {
		if inner, err = listen(&c, settings); err != nil {
			return nil, err
		}
	}
	m.port = newPort(inner)
	settings.Transport = m.port
	if m.list, err = memberlist.Create(settings); err != nil {
		return nil, errors.Join(fmt.Errorf("gossip: %w", err), m.port.Shutdown())
	}
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	m.group.Go(func() { m.tell(ctx) })
	m.group.Go(func() { m.join(ctx) })
	return m, nil
}

func (c *Config) validate() error {
	var errs []error
	if c.Log == nil {
		errs = append(errs, errors.New("gossip needs a log"))
	}
	if len(c.Regions) > model.MaxRegions || int(c.Region) >= len(c.Regions) ||
		len(c.Addresses) > len(c.Regions) {
		errs = append(errs, fmt.Errorf("region %d of %d, with %d addresses, %d at most", c.Region,
			len(c.Regions), len(c.Addresses), model.MaxRegions))
	}
	if len(c.Cluster) == 0 || len(c.Cluster) > 200 {
		errs = append(errs, fmt.Errorf("a cluster's name has 1 to 200 bytes, not %d", len(c.Cluster)))
	}
	return errors.Join(errs...)
}

// profile is how memberlist is set.
func profile() *memberlist.Config {
	c := memberlist.DefaultWANConfig()
	c.ProbeInterval, c.ProbeTimeout = probeInterval, probeTimeout
	c.SuspicionMult, c.GossipInterval = suspicion, gossipInterval
	c.TCPTimeout, c.PushPullInterval = streamTimeout, pushPull
	c.DeadNodeReclaimTime = reclaim
	c.EnableCompression = false // There is little to compress, and nothing to unpack.
	return c
}

// listen makes the transport of a real network.
func listen(c *Config, settings *memberlist.Config) (memberlist.Transport, error) {
	host, at, err := splitAddress(c.Bind)
	if err != nil {
		return nil, fmt.Errorf("where to listen: %w", err)
	}
	var transport *memberlist.NetTransport
	for range bindTries {
		transport, err = memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{host}, BindPort: at, Logger: settings.Logger,
		})
		if err == nil || at != 0 {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("gossip: listen on %s: %w", c.Bind, err)
	}
	settings.BindAddr, settings.BindPort = host, transport.GetAutoBindPort()
	settings.AdvertisePort = settings.BindPort
	if c.Advertise == "" {
		return transport, nil
	}
	settings.AdvertiseAddr, settings.AdvertisePort, err = splitAddress(c.Advertise)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("where others reach this agent: %w", err),
			transport.Shutdown())
	}
	return transport, nil
}

// bindTries is how often a free port is looked for: one that is free for TCP may not be for UDP.
const bindTries = 10

// splitAddress reads a host, which is an IP address, and a port.
func splitAddress(text string) (string, int, error) {
	host, service, err := net.SplitHostPort(text)
	if err != nil {
		return "", 0, err
	}
	if net.ParseIP(host) == nil {
		return "", 0, fmt.Errorf("%q is no IP address", host)
	}
	at, err := strconv.ParseUint(service, 10, 16)
	return host, int(at), err
}

// Address is where others reach this agent.
func (m *Members) Address() string { return m.list.LocalNode().Address() }

// Lost are the regions whose agents are not alive, as far as this one can tell. A region that was
// never seen counts some time after the start.
func (m *Members) Lost() model.RegionSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.met &^ m.alive
}

// Seen are the other regions whose agents are alive, as far as this one can tell.
func (m *Members) Seen() model.RegionSet {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.alive
}

// Meta is what a region's agent has told of itself when it was seen last.
func (m *Members) Meta(region model.RegionID) Meta {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !region.Valid() {
		return Meta{}
	}
	return m.metas[region]
}

// Tell tells the others something new of this agent.
func (m *Members) Tell(meta Meta) error {
	own, err := meta.encode()
	if err != nil {
		return err
	}
	m.ending.Lock()
	defer m.ending.Unlock()
	if m.over {
		return errOver
	}
	m.mu.Lock()
	m.own = own
	m.mu.Unlock()
	return m.list.UpdateNode(streamTimeout)
}

// Rotate puts other keys in the place of those in use: what is sent is encrypted with the first
// one. So that nobody is left out, a new key is first accepted by every agent (old, new), then used
// by every agent (new, old), and only then is the old one dropped (new).
func (m *Members) Rotate(keys ...[]byte) error { return m.ring.set(keys) }

// Leave tells the others that this agent goes, so that they need not find out. Nobody is called
// back after it, and Shutdown is still to be called.
func (m *Members) Leave(timeout time.Duration) error {
	m.ending.Lock()
	defer m.ending.Unlock()
	if m.over {
		return errOver
	}
	m.stop()
	m.group.Wait()
	return m.list.Leave(timeout)
}

// errOver is what is said of gossip that was shut down.
var errOver = errors.New("gossip has ended")

// Shutdown ends all, without a word to the others. Nobody is called back after it.
func (m *Members) Shutdown() error {
	m.ending.Lock()
	defer m.ending.Unlock()
	if m.over {
		return nil
	}
	m.over = true
	m.stop()
	err := m.list.Shutdown()
	m.group.Wait()
	return err
}

// Counts are what has come to pass since the start: packets and streams that were Refused since
// they were not encrypted with a key of the ring or were no gossip, streams that were Crowded out,
// and members that were Strange, of no region of the scenario or in the place of another.
type Counts struct{ Refused, Crowded, Strange uint64 }

// Counts says what has come to pass so far.
func (m *Members) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Counts{
		Refused: m.lines.refused.Load(), Crowded: m.port.crowded.Load(), Strange: m.strange,
	}
}

// others are all regions of the scenario but the own one.
func (m *Members) others() model.RegionSet {
	var all model.RegionSet
	for r := range m.config.Regions {
		all = all.With(model.RegionID(r))
	}
	return all.Without(m.config.Region)
}

// regionOf finds the region with a member's name.
func (m *Members) regionOf(name string) model.RegionID {
	if at := slices.Index(m.config.Regions, name); at >= 0 {
		return model.RegionID(at)
	}
	return model.NoRegion
}
