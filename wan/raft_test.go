package wan_test

import (
	"io"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/model"
	"redoubt/wan"
)

// counter is a state machine that counts what was applied.
type counter struct{ count atomic.Int64 }

func (c *counter) Apply(*raft.Log) any { return c.count.Add(1) }

func (c *counter) Snapshot() (raft.FSMSnapshot, error) { return kept(c.count.Load()), nil }

func (c *counter) Restore(from io.ReadCloser) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	count, err := strconv.ParseInt(string(text), 10, 64)
	c.count.Store(count)
	return err
}

// kept is a snapshot of a counter.
type kept int64

func (k kept) Persist(sink raft.SnapshotSink) error {
	if _, err := sink.Write(strconv.AppendInt(nil, int64(k), 10)); err != nil {
		return err
	}
	return sink.Close()
}

func (kept) Release() {}

// group is a raft group of three regions whose members keep all in memory.
type group struct {
	network  *wan.Network
	servers  raft.Configuration
	counters [3]*counter
	members  [3]*raft.Raft
}

func newGroup(t *testing.T, n *wan.Network) *group {
	g := &group{network: n}
	for r := range g.members {
		name := wan.Name(model.RegionID(r))
		g.servers.Servers = append(g.servers.Servers, raft.Server{
			ID: raft.ServerID(name), Address: raft.ServerAddress(name),
		})
	}
	for r := range g.members {
		g.start(t, r)
	}
	return g
}

// start starts a member that knows nothing.
func (g *group) start(t *testing.T, r int) {
	t.Helper()
	config := raft.DefaultConfig()
	config.LocalID = g.servers.Servers[r].ID
	config.LogOutput, config.LogLevel = io.Discard, "OFF"
	config.TrailingLogs = 1
	disk, port := raft.NewInmemStore(), g.network.RaftPort(model.RegionID(r))
	snapshots := raft.NewInmemSnapshotStore()
	if err := raft.BootstrapCluster(config, disk, disk, snapshots, port, g.servers); err != nil {
		t.Fatal(err)
	}
	g.counters[r] = new(counter)
	member, err := raft.NewRaft(config, g.counters[r], disk, disk, snapshots, port)
	if err != nil {
		t.Fatal(err)
	}
	g.members[r] = member
}

// leader waits until one leads, other than a given one.
func (g *group) leader(t *testing.T, other int) int {
	t.Helper()
	for range 600 {
		time.Sleep(100 * time.Millisecond)
		for r, member := range g.members {
			if r != other && member.State() == raft.Leader {
				return r
			}
		}
	}
	t.Fatal("nobody leads after a minute")
	return 0
}

func (g *group) apply(t *testing.T, r, times int) {
	t.Helper()
	for range times {
		if err := g.members[r].Apply([]byte{1}, time.Minute).Error(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAGroupOutlivesAOneWayCutAndALostDisk(t *testing.T) {
	play(t, func(t *testing.T, n *wan.Network) {
		g := newGroup(t, n)
		first := g.leader(t, -1)
		g.apply(t, first, 10)
		// The leader hears all, and nobody hears it.
		for r := range model.RegionID(3) {
			if int(r) != first {
				n.Cut(model.RegionID(first), r)
			}
		}
		second := g.leader(t, first)
		g.apply(t, second, 10)
		n.Heal()
		time.Sleep(time.Minute)
		if got := g.counters[first].count.Load(); got != 20 {
			t.Errorf("the one that was cut off has applied %d, want 20", got)
		}
		lost := (second + 1) % 3
		n.Lose(model.RegionID(lost))
		if err := g.members[lost].Shutdown().Error(); err != nil {
			t.Fatal(err)
		}
		g.apply(t, second, 10)
		if err := g.members[second].Snapshot().Error(); err != nil {
			t.Fatal(err)
		}
		n.Revive(model.RegionID(lost))
		g.start(t, lost)
		time.Sleep(time.Minute)
		if got := g.counters[lost].count.Load(); got != 30 {
			t.Errorf("the one that lost its disk has %d, want 30 by a snapshot", got)
		}
		if stats := g.members[lost].Stats(); stats["last_snapshot_index"] == "0" {
			t.Error("it got no snapshot")
		}
		for _, member := range g.members {
			member.Shutdown()
		}
	})
}
