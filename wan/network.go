package wan

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"redoubt/model"
)

// errUnreachable is what is said of a region that cannot be reached, once the time for it is over.
var errUnreachable = errors.New("no answer: the region is lost or cut off")

// errRefused is what is said of one that runs, but where nobody listens.
var errRefused = errors.New("connection refused")

// Link is the way from one region to another.
type Link struct {
	// Delay is how long a packet is on its way, half a round trip by default. Jitter is by what
	// share of that it varies, to either side and evenly; in [0, 1].
	Delay  time.Duration
	Jitter float64
	// Loss is the share of packets that do not arrive, in [0, 1].
	Loss float64
	// Cut has nothing pass. What is on its way still arrives.
	Cut bool
}

// Network is the network between regions. Its methods may be called at the same time.
type Network struct {
	mu      sync.Mutex
	links   [model.MaxRegions][model.MaxRegions]Link
	lost    [model.MaxRegions]bool
	boots   [model.MaxRegions]int
	members map[string]*MemberPort
	raft    [model.MaxRegions]*RaftPort
	peers   [model.MaxRegions]*Peer
}

// New makes a network in which all is well.
func New(trips *model.Latency) *Network {
	n := &Network{members: map[string]*MemberPort{}}
	for a := range model.RegionID(model.MaxRegions) {
		for b := range model.RegionID(model.MaxRegions) {
			n.links[a][b].Delay = trips.OneWay(a, b)
		}
	}
	return n
}

// Change changes the way from one region to another, and leaves the way back as it is.
func (n *Network) Change(from, to model.RegionID, change func(*Link)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change(&n.links[from][to])
}

// ChangeAll changes all ways between two regions.
func (n *Network) ChangeAll(change func(*Link)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for a := range n.links {
		for b := range n.links[a] {
			if a != b {
				change(&n.links[a][b])
			}
		}
	}
}

// Cut cuts the way from one region to another, and leaves the way back as it is.
func (n *Network) Cut(from, to model.RegionID) { n.Change(from, to, cut) }

// Mend undoes Cut.
func (n *Network) Mend(from, to model.RegionID) { n.Change(from, to, mend) }

// Part cuts all ways between regions of a set and others, both ways.
func (n *Network) Part(side model.RegionSet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for a := range model.RegionID(model.MaxRegions) {
		for b := range model.RegionID(model.MaxRegions) {
			if side.Has(a) != side.Has(b) {
				cut(&n.links[a][b])
			}
		}
	}
}

// Isolate cuts a region off from all others.
func (n *Network) Isolate(region model.RegionID) { n.Part(model.RegionSet(0).With(region)) }

// Heal undoes all cuts. Who is lost stays so.
func (n *Network) Heal() { n.ChangeAll(mend) }

func cut(l *Link)  { l.Cut = true }
func mend(l *Link) { l.Cut = false }

// Lose loses a region: nothing reaches it any more, nor leaves it. What runs there is for the
// caller to end.
func (n *Network) Lose(region model.RegionID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lost[region] = true
}

// Revive undoes Lose, as machines do that boot: streams of before are broken, and nobody listens
// until somebody does so anew.
func (n *Network) Revive(region model.RegionID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lost[region] = false
	n.boots[region]++
	n.raft[region], n.peers[region] = nil, nil
	for at, port := range n.members {
		if port.region == region {
			delete(n.members, at)
		}
	}
}

// Reachable reports whether what is sent from a to b now can arrive: it may get lost.
func (n *Network) Reachable(a, b model.RegionID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.reachable(a, b)
}

func (n *Network) reachable(a, b model.RegionID) bool {
	return a.Valid() && b.Valid() && !n.lost[a] && !n.lost[b] && !n.links[a][b].Cut
}

// Up reports whether a region runs.
func (n *Network) Up(region model.RegionID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.lost[region]
}

// boot counts how often a region has booted.
func (n *Network) boot(region model.RegionID) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.boots[region]
}

// send draws what becomes of a packet that is sent now: how long it is on its way, unless it is
// lost.
func (n *Network) send(from, to model.RegionID) (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.reachable(from, to) {
		return 0, false
	}
	link := &n.links[from][to]
	if link.Loss > 0 && rand.Float64() < link.Loss {
		return 0, false
	}
	delay := float64(link.Delay)
	if link.Jitter > 0 {
		delay *= 1 + link.Jitter*(2*rand.Float64()-1)
	}
	return time.Duration(delay), true
}

// patience is how long is waited before something is sent again for the first time.
func (n *Network) patience(a, b model.RegionID) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !a.Valid() || !b.Valid() {
		return model.ResendWait
	}
	return n.links[a][b].Delay + n.links[b][a].Delay + model.ResendWait
}

// carry sends something until it gets through, and returns when it has arrived. It is sent again
// after a while more than patience has it. It returns false when that was not to be until the end
// given, and not before; or, to a region that was lost in the meantime, as it would have arrived.
func (n *Network) carry(from, to model.RegionID, more time.Duration, end time.Time) bool {
	for wait := n.patience(from, to) + more; ; wait *= 2 {
		if delay, ok := n.send(from, to); ok {
			time.Sleep(delay)
			return n.Up(to)
		}
		if time.Now().Add(wait).After(end) {
			return false
		}
		time.Sleep(wait)
	}
}

// Name is a region's name, and its address in the terms of raft.
func Name(region model.RegionID) string { return fmt.Sprintf("r%d", region) }

// Region is the region with a name, or model.NoRegion.
func Region(name string) model.RegionID {
	if len(name) != 2 || name[0] != 'r' || !model.RegionID(name[1]-'0').Valid() {
		return model.NoRegion
	}
	return model.RegionID(name[1] - '0')
}
