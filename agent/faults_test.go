package agent

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// A step whose effect came about is not done again when its agent dies before it can say so:
// started anew, it looks.
func TestEffectWhoseReplyIsLostIsFound(t *testing.T) {
	for _, kind := range []failover.StepKind{failover.Promote, failover.Scale, failover.Shift} {
		t.Run(kind.String(), func(t *testing.T) {
			playGroup(t, fivePolicy(), nil, func(g *group) {
				g.settle(0, time.Minute)
				time.Sleep(20 * time.Second)
				var struck atomic.Int32
				struck.Store(-1)
				g.world.mu.Lock()
				g.world.acted = func(r model.RegionID, a failover.Action) {
					if a.Step == kind && struck.CompareAndSwap(-1, int32(r)) {
						g.network.Lose(r)
					}
				}
				g.world.mu.Unlock()
				g.lose(g.members[0])
				g.await("the effect", 3*time.Minute, func() bool { return struck.Load() >= 0 })
				m := g.members[struck.Load()]
				g.kill(m)
				time.Sleep(2 * time.Second)
				g.start(m)
				g.settle(1, 5*time.Minute)
				g.sound()
				g.agree()
			})
		})
	}
}

// A step that fails at once, each time, is asked for again for as long as the plan cannot do
// without it: at two entries of the log a try, and not several times a second.
func TestAStepThatFailsAtOnceIsNotHurried(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		g.world.mu.Lock()
		g.world.fails[failover.Shift] = 1 << 20
		g.world.mu.Unlock()
		g.lose(g.members[0])
		g.await("the writes move", 3*time.Minute, func() bool { return g.writes(1, 0) })
		before := len(archivedEvents(t, g.members[1].dir))
		time.Sleep(3 * time.Minute)
		failures := 0
		for _, e := range archivedEvents(t, g.members[1].dir)[before:] {
			if e.Kind == failover.StepFailed {
				failures++
			}
		}
		if failures < 15 || failures > 40 {
			t.Errorf("it was tried %d times in three minutes", failures)
		}
	})
}

// A step that fails, or hangs past its time, is asked for again, and the plan goes on.
func TestStepThatFailsOrHangsIsTriedAgain(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		var hung atomic.Bool
		g.world.mu.Lock()
		g.world.fails[failover.Scale] = 1
		g.world.hang = func(a failover.Action) bool {
			return a.Step == failover.Promote && hung.CompareAndSwap(false, true)
		}
		g.world.mu.Unlock()
		g.lose(g.members[0])
		g.settle(1, 6*time.Minute)
		if !hung.Load() || g.world.fails[failover.Scale] != 0 {
			t.Error("nothing has failed")
		}
		g.sound()
		g.agree()
	})
}

// People order a switchover and a return at an agent that does not lead: the writes move, nobody
// else's word for theirs is taken, and a copy of an order counts for nothing.
func TestOrderGoesToTheLeader(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		follower := g.members[(g.leader().region+1)%3].node
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		order := failover.Event{Verb: failover.OrderSwitchover, Region: 1, Who: 7, Sequence: 41}
		order.Said = follower.View().State.Now
		index, err := follower.Order(ctx, order, "ann", "works on the switch")
		if err != nil || index == 0 {
			t.Fatalf("entry %d: %v", index, err)
		}
		g.settle(1, 3*time.Minute)
		again, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := follower.Order(again, order, "ann", "works on the switch"); err != nil {
			t.Fatal(err)
		}
		var refused *RefusedError
		if _, err := follower.Order(again, failover.Event{Verb: failover.Pause}, "", ""); !errors.As(err,
			&refused) {
			t.Errorf("an order without a number: %v", err)
		}
		time.Sleep(30 * time.Second)
		if v := follower.View(); v.State.Primary != 1 || v.State.Epoch != 2 {
			t.Errorf("primary %d in epoch %d", v.State.Primary, v.State.Epoch)
		}
		g.sound()
		g.agree()
	})
}

// A guard that boots anew knows no ticket of before: its store is closed, and open again with the
// next renewal.
func TestGuardThatRebootsIsShownAnotherTicket(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.world.guards[0][0].reboot()
		if g.writes(0, 0) {
			t.Error("it boots open")
		}
		took := g.settle(0, time.Minute)
		if took > 6*time.Second {
			t.Errorf("it is open again after %v", took)
		}
		time.Sleep(30 * time.Second)
		g.sound()
		g.agree()
	})
}

// A guard that has fenced the epoch which its region holds is believed: the log hears of it, and
// another epoch opens the store.
func TestFenceThatNobodyAskedForIsReported(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		if _, err := g.world.guards[0][0].Fence(context.Background(), 1); err != nil {
			t.Fatal(err)
		}
		g.await("a new epoch", 5*time.Minute, func() bool {
			v := g.leader().node.View()
			return v.State.Epoch > 1 && v.State.Plan.Kind == failover.NoPlan &&
				g.writes(v.State.Primary, 0)
		})
		g.sound()
		g.agree()
	})
}

// stuckStore is a disk that stands still for a while.
type stuckStore struct {
	*raft.InmemStore
	until atomic.Int64
}

func (s *stuckStore) StoreLogs(logs []*raft.Log) error {
	time.Sleep(time.Until(time.Unix(0, s.until.Load())))
	return s.InmemStore.StoreLogs(logs)
}

func (s *stuckStore) StoreLog(log *raft.Log) error { return s.StoreLogs([]*raft.Log{log}) }

// A leader whose disk stands still sends heartbeats, and nothing comes about. Its agent notices,
// and falls silent, so that another one leads; then it ends.
func TestLeaderWithAStuckDiskEnds(t *testing.T) {
	stores := map[model.RegionID]*stuckStore{}
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			stores[c.Region] = &stuckStore{InmemStore: c.Logs.(*raft.InmemStore)}
			c.Logs = stores[c.Region]
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		stuck := g.leader()
		stores[stuck.region].until.Store(time.Now().Add(3 * time.Minute).UnixNano())
		began := time.Now()
		if err := stuck.node.barrier(context.Background()); err == nil ||
			time.Since(began) > stuck.node.config.Times.ApplyMax {
			t.Errorf("a barrier after %v: %v", time.Since(began), err)
		}
		// Until an entry is late, two heartbeats in which the lead is not handed over, and an election.
		times := &stuck.node.config.Times
		limit := times.ReportEvery + times.ApplyMax + 7*times.Heartbeat
		took := g.await("another one leads", limit, func() bool {
			for _, m := range g.members {
				if m != stuck && m.node.Leads() {
					return true
				}
			}
			return false
		})
		t.Logf("another one leads after %v", took)
		// Ten heartbeats and a handover in which it tries to, and one to end.
		g.await("its agent ends", 14*times.Heartbeat, func() bool {
			select {
			case <-stuck.ended:
				return true
			default:
				return false
			}
		})
		g.network.Lose(stuck.region) // Its process is gone.
		time.Sleep(5 * time.Minute)
	})
}

// Stamps never fall from one entry to the next, whoever leads, and time goes by as it does outside,
// but for what there was no leader.
func TestStampsNeverFall(t *testing.T) {
	playGroup(t, fivePolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		began, log := time.Now(), g.members[0].node.View().State.Now
		for range 5 {
			leader := g.leader()
			go g.babble(leader.node, 2*time.Second) // Entries are on their way as it dies.
			time.Sleep(time.Second)
			g.kill(leader)
			time.Sleep(10 * time.Second)
			g.start(leader)
			time.Sleep(20 * time.Second)
		}
		g.leader()
		time.Sleep(10 * time.Second)
		passed, grown := time.Since(began), g.members[0].node.View().State.Now.Sub(log)
		if grown > passed || grown < passed/2 {
			t.Errorf("the log's time has grown by %v in %v", grown, passed)
		}
		g.sound()
		g.agree()
		for _, m := range g.members {
			last := failover.Instant(0)
			for _, e := range archivedEvents(t, m.dir) {
				if e.At < last {
					t.Fatalf("region %d: a stamp of %v after %v", m.region, e.At, last)
				}
				last = e.At
			}
		}
	})
}

// An agent with another policy is not talked to, and the log does not begin with it.
func TestAgentWithAnotherPolicyIsRefused(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if c.Region == 2 {
				c.Policies[0].HoldDown *= 2
			}
		}
	}, func(g *group) {
		time.Sleep(5 * time.Minute)
		ctx := context.Background()
		for _, m := range g.members {
			if v := m.node.View(); v.Index != 0 {
				t.Errorf("region %d has applied %d", m.region, v.Index)
			}
		}
		other := g.members[2].node
		_, err := other.ask(ctx, 0, askHello, nil)
		mine, theirs := g.policy.Digest(), other.config.Policies[0].Digest()
		if err == nil || !strings.Contains(err.Error(), mine.Short()) ||
			!strings.Contains(err.Error(), theirs.Short()) {
			t.Errorf("got %v, want both policies named", err)
		}
	})
}
