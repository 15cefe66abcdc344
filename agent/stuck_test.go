package agent

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// firstStuck is a disk that stands still as a new leader writes the first entry of its term.
type firstStuck struct {
	*raft.InmemStore
	armed *atomic.Bool
}

func (s *firstStuck) StoreLogs(logs []*raft.Log) error {
	if len(logs) > 0 && logs[0].Type == raft.LogNoop && s.armed.CompareAndSwap(true, false) {
		time.Sleep(8 * time.Minute)
	}
	return s.InmemStore.StoreLogs(logs)
}

func (s *firstStuck) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

// A new leader whose disk stands still at its first entry sends heartbeats, so nobody else is
// elected. Its agent gives up and falls silent, and another one leads.
func TestNewLeaderWithAStuckDiskEnds(t *testing.T) {
	var armed atomic.Bool
	playGroup(t, fivePolicy(), func(g *group) {
		g.before = func(c *Config) { c.Logs = &firstStuck{c.Logs.(*raft.InmemStore), &armed} }
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		armed.Store(true)
		g.kill(g.leader())
		took := g.await("another one leads", 90*time.Second, func() bool {
			for _, m := range g.members {
				if m.cancel != nil && !armed.Load() && m.node.Leads() {
					return true
				}
			}
			return false
		})
		t.Logf("another one leads after %v", took)
		time.Sleep(9 * time.Minute)
	})
}

// What closes while a disk stands still is not waited for without an end.
func TestStoresThatHangAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := within(closeMax, func() error { time.Sleep(time.Hour); return nil })
		if took := time.Since(began); err == nil || took != closeMax {
			t.Errorf("after %v: %v", took, err)
		}
		if err := within(closeMax, func() error { return errHalted }); !errors.Is(err, errHalted) {
			t.Errorf("got %v", err)
		}
		time.Sleep(2 * time.Hour)
	})
}

// An agent whose state has come to differ from the leader's stops, and says so.
func TestStateThatDiffersFromTheLeadersStops(t *testing.T) {
	differs := map[*Replica]bool{}
	playGroup(t, smallPolicy(), func(g *group) {
		g.swap = func(r *Replica) {
			apply := r.apply
			r.apply = func(
				s *failover.State, e *failover.Event, did *failover.Actions,
			) (*failover.Policy, error) {
				p, err := apply(s, e, did)
				if differs[r] {
					s.Ready[2]++
				}
				return p, err
			}
			r.check = func(
				*failover.Policy, *failover.State, *failover.Event, *failover.State, *failover.Actions,
			) error {
				return nil
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(2 * time.Minute)
		g.sound()
		leader := g.leader()
		m := g.members[(leader.region+1)%3]
		m.node.replica.mu.Lock()
		differs[m.node.replica] = true
		m.node.replica.mu.Unlock()
		g.await("it stops", 2*time.Minute, func() bool { return m.node.View().Halted != nil })
		why := m.node.View().Halted.Error()
		if !strings.Contains(why, "another state") || !strings.Contains(why, g.names[leader.region]) {
			t.Errorf("it says %q", why)
		}
		for _, other := range g.members {
			if v := other.node.View(); other != m && v.Halted != nil {
				t.Errorf("region %d: %v", other.region, v.Halted)
			}
		}
	})
}
