package calibrate

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/model"
	"redoubt/wan"
)

// diskWrite is one append with fsync, as measured with raft-boltdb/v2 on two shared cores in
// November 2026.
const diskWrite = 1750 * time.Microsecond

// Election is how long a group was without a leader, and until it applied an entry again, both
// from the moment in which it lost the former one.
type Election struct{ Elected, Applied time.Duration }

// Elect starts a group, waits until the region given leads it and all is quiet, takes that region
// away, and says how the others fare. With alive the old leader is cut off and runs on. It belongs
// into a bubble of testing/synctest.
func Elect(
	trips *model.Latency, regions, leader model.RegionID, heartbeat time.Duration, alive bool,
) (Election, error) {
	group, err := newGroup(trips, regions, heartbeat, raft.DefaultConfig().CommitTimeout)
	if err != nil {
		return Election{}, err
	}
	defer group.stop()
	if err := group.leadBy(leader); err != nil {
		return Election{}, err
	}
	time.Sleep(10*heartbeat + rand.N(10*heartbeat))
	if group.members[leader].State() != raft.Leader {
		return Election{}, errors.New("the group changed its leader with nothing broken")
	}
	since := time.Now()
	if alive {
		group.network.Isolate(leader)
	} else {
		group.network.Lose(leader)
		group.members[leader].Shutdown()
	}
	return group.next(leader, since)
}

// group is a Raft group, one member in each region.
type group struct {
	network *wan.Network
	members []*raft.Raft
	// led has a place for each time at which a region takes the lead, left for each at which one
	// loses it.
	led, left chan lead
}

type lead struct {
	region model.RegionID
	at     time.Time
}

// newGroup starts a group. Between two words on what is committed are one to two times the last
// duration.
func newGroup(
	trips *model.Latency, regions model.RegionID, heartbeat, commit time.Duration,
) (*group, error) {
	g := &group{
		network: wan.New(trips), led: make(chan lead, 100), left: make(chan lead, 100),
	}
	var servers raft.Configuration
	for r := range regions {
		servers.Servers = append(servers.Servers, raft.Server{
			ID: raft.ServerID(wan.Name(r)), Address: raft.ServerAddress(wan.Name(r)),
		})
	}
	for r := range regions {
		port := g.network.RaftPort(r)
		config := raft.DefaultConfig()
		config.LocalID = raft.ServerID(wan.Name(r))
		config.HeartbeatTimeout, config.ElectionTimeout = heartbeat, heartbeat
		config.LeaderLeaseTimeout, config.CommitTimeout = heartbeat/2, commit
		config.LogOutput, config.LogLevel = io.Discard, "OFF"
		notices := make(chan bool, 100)
		config.NotifyCh = notices
		disk := &slowStore{InmemStore: raft.NewInmemStore()}
		snapshots := raft.NewDiscardSnapshotStore()
		if err := raft.BootstrapCluster(config, disk, disk, snapshots, port, servers); err != nil {
			return nil, fmt.Errorf("bootstrapping region %d: %w", r, err)
		}
		member, err := raft.NewRaft(config, nothing{}, disk, disk, snapshots, port)
		if err != nil {
			return nil, fmt.Errorf("starting region %d: %w", r, err)
		}
		g.members = append(g.members, member)
		go g.watch(r, notices, member)
	}
	return g, nil
}

// watch notes when a region takes the lead, and when it loses it.
func (g *group) watch(region model.RegionID, notices <-chan bool, member *raft.Raft) {
	for {
		select {
		case leads := <-notices:
			into := g.left
			if leads {
				into = g.led
			}
			into <- lead{region, time.Now()}
		case <-time.After(time.Minute):
			if member.State() == raft.Shutdown {
				return
			}
		}
	}
}

// leadBy has a region take the lead.
func (g *group) leadBy(region model.RegionID) error {
	for range 20 {
		select {
		case l := <-g.led:
			if l.region == region {
				return nil
			}
			time.Sleep(time.Second)
			id := raft.ServerID(wan.Name(region))
			// It may fail when the lead has just moved, and is tried again.
			_ = g.members[l.region].LeadershipTransferToServer(id, raft.ServerAddress(id)).Error()
		case <-time.After(5 * time.Minute):
			return errors.New("nobody took the lead within 5 minutes")
		}
	}
	return fmt.Errorf("region %d did not get the lead", region)
}

// next waits for another leader than the one that was lost, and for its first entry.
func (g *group) next(lost model.RegionID, since time.Time) (Election, error) {
	for {
		select {
		case l := <-g.led:
			if l.region == lost {
				continue
			}
			if err := g.members[l.region].Apply([]byte{1}, 0).Error(); err != nil {
				continue // It lost the lead at once, and the next one is waited for.
			}
			return Election{l.at.Sub(since), time.Since(since)}, nil
		case <-time.After(10 * time.Minute):
			return Election{}, errors.New("nobody took the lead within 10 minutes")
		}
	}
}

// stop ends the group, and waits for what is still on its way.
func (g *group) stop() {
	for _, member := range g.members {
		member.Shutdown()
	}
	time.Sleep(5 * time.Minute)
}

// slowStore is a store in memory that takes as long as one on disk.
type slowStore struct{ *raft.InmemStore }

func (s *slowStore) StoreLog(log *raft.Log) error {
	time.Sleep(diskWrite)
	return s.InmemStore.StoreLog(log)
}

func (s *slowStore) StoreLogs(logs []*raft.Log) error {
	time.Sleep(diskWrite)
	return s.InmemStore.StoreLogs(logs)
}

func (s *slowStore) Set(key, value []byte) error {
	time.Sleep(diskWrite)
	return s.InmemStore.Set(key, value)
}

func (s *slowStore) SetUint64(key []byte, value uint64) error {
	time.Sleep(diskWrite)
	return s.InmemStore.SetUint64(key, value)
}

// nothing is a state machine without a state.
type nothing struct{}

func (nothing) Apply(*raft.Log) any                 { return nil }
func (nothing) Snapshot() (raft.FSMSnapshot, error) { return nil, errors.New("no state to keep") }
func (nothing) Restore(io.ReadCloser) error         { return nil }
