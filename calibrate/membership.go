package calibrate

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"redoubt/model"
	"redoubt/wan"
)

// Profile is a configuration of memberlist.
type Profile struct {
	Name string
	Make func() *memberlist.Config
}

// Profiles are memberlist's own for a LAN and for a WAN, and one in between for few members far
// apart.
var Profiles = []Profile{
	{"lan", memberlist.DefaultLANConfig},
	{"wan", memberlist.DefaultWANConfig},
	{"tuned", func() *memberlist.Config {
		c := memberlist.DefaultWANConfig()
		c.ProbeInterval, c.ProbeTimeout = 1500*time.Millisecond, 700*time.Millisecond
		c.SuspicionMult, c.GossipInterval = 4, 250*time.Millisecond
		return c
	}},
}

// Detection is when the first member suspected a lost one, when the first held it for dead, and
// when a given one did, all since the loss.
type Detection struct{ Suspected, Dead, DeadAtLeader time.Duration }

// Detect starts a membership, waits until everybody knows everybody, loses the region given, and
// says when the others noticed. It belongs into a bubble of testing/synctest.
func Detect(
	trips *model.Latency, regions, lost, leader model.RegionID, profile *Profile,
) (Detection, error) {
	m, err := newMembership(trips, regions, profile)
	if err != nil {
		return Detection{}, err
	}
	defer m.stop()
	if err := m.settle(); err != nil {
		return Detection{}, err
	}
	since := time.Now()
	m.lose(lost)
	for range 60 {
		time.Sleep(10 * time.Second)
		if d, ok := m.detection(since, lost, leader); ok {
			return d, nil
		}
	}
	return Detection{}, errors.New("the lost member was not found dead within 10 minutes")
}

// membership is a memberlist in each region, and what their logs and events said.
type membership struct {
	network *wan.Network
	members []*memberlist.Memberlist

	mu        sync.Mutex
	lost      string
	suspected []time.Time
	dead      [model.MaxRegions]time.Time
}

func newMembership(
	trips *model.Latency, regions model.RegionID, profile *Profile,
) (*membership, error) {
	m := &membership{network: wan.New(trips)}
	for r := range regions {
		config := profile.Make()
		config.Name, config.Transport = wan.Name(r), m.network.MemberPort(r, 0)
		config.Events = &witness{m, r}
		config.Logger = log.New(&listener{m}, "", 0)
		member, err := memberlist.Create(config)
		if err != nil {
			return nil, fmt.Errorf("starting region %d: %w", r, err)
		}
		m.members = append(m.members, member)
		if r > 0 {
			if _, err := member.Join([]string{wan.Address(0, 0).String()}); err != nil {
				return nil, fmt.Errorf("region %d cannot join: %w", r, err)
			}
		}
		// The tickers run from the start on: without this all probes would be in step.
		time.Sleep(rand.N(2 * config.ProbeInterval))
	}
	return m, nil
}

// settle waits until everybody knows everybody, and for some time more. What gossip did not tell
// somebody of a member that joined, an exchange of whole states does sooner or later.
func (m *membership) settle() error {
	for range 30 {
		time.Sleep(time.Minute + rand.N(time.Minute))
		known := 0
		for _, member := range m.members {
			known += member.NumMembers()
		}
		if known == len(m.members)*len(m.members) {
			return nil
		}
	}
	return errors.New("somebody does not know of all others after half an hour")
}

func (m *membership) lose(region model.RegionID) {
	m.mu.Lock()
	m.lost = wan.Name(region)
	m.mu.Unlock()
	m.network.Lose(region)
}

// detection is what was noticed, once the leader has.
func (m *membership) detection(since time.Time, lost, leader model.RegionID) (Detection, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead[leader].IsZero() || len(m.suspected) == 0 {
		return Detection{}, false
	}
	first := m.dead[leader]
	for r, at := range m.dead {
		if model.RegionID(r) != lost && !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	return Detection{m.suspected[0].Sub(since), first.Sub(since), m.dead[leader].Sub(since)}, true
}

// stop ends all members, and waits for what is still on its way.
func (m *membership) stop() {
	for _, member := range m.members {
		_ = member.Shutdown() // It cannot fail: the port's Shutdown does not.
	}
	time.Sleep(5 * time.Minute)
}

// listener reads a member's log, which alone tells of a suspicion.
type listener struct{ *membership }

func (l *listener) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != "" && bytes.Contains(line, []byte("Suspect "+l.lost+" has failed")) {
		l.suspected = append(l.suspected, time.Now())
	}
	return len(line), nil
}

// witness notes when a member finds another dead.
type witness struct {
	*membership
	region model.RegionID
}

func (w *witness) NotifyLeave(node *memberlist.Node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if node.Name == w.lost && w.dead[w.region].IsZero() {
		w.dead[w.region] = time.Now()
	}
}

func (w *witness) NotifyJoin(*memberlist.Node)   {}
func (w *witness) NotifyUpdate(*memberlist.Node) {}
