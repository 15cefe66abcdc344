package agent

import (
	"testing"
	"time"
)

// Three agents begin a log by themselves, and the primary's store is opened for writes.
func TestGroupBegins(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		took := g.settle(0, time.Minute)
		t.Logf("the first write after %v", took)
		time.Sleep(5 * time.Minute)
		g.settle(0, time.Second)
		g.sound()
		g.agree()
	})
}

// The loss of the primary's region promotes the other one, once, within the hold-down and what
// agents need beside it.
func TestLossOfARegionPromotesTheOther(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(time.Minute)
		began := time.Now()
		g.lose(g.members[0])
		g.settle(1, 2*time.Minute)
		took := time.Since(began)
		t.Logf("the first write in the other region after %v", took)
		if least := g.policy.HoldDown; took < least || took > least+20*time.Second {
			t.Errorf("after %v, and the hold-down is %v", took, least)
		}
		g.sound()
		g.agree()
	})
}

// An agent without a vote follows: it has every entry, and decides about nobody's lead.
func TestAgentWithoutAVoteFollows(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.addMember()
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(2 * time.Minute)
		follower := g.members[3]
		if v := follower.node.View(); v.Index+20 < g.members[0].node.View().Index || v.Index == 0 {
			t.Errorf("it has applied %d", v.Index)
		}
		g.lose(g.members[0])
		g.settle(1, 2*time.Minute)
		g.kill(g.members[1]) // Two of four are left, and one of three votes.
		time.Sleep(time.Minute)
		for _, m := range g.members[2:] {
			if m.node.Leads() {
				t.Errorf("region %d leads without a quorum", m.region)
			}
		}
		g.sound()
		g.agree()
	})
}

// Where the lost region's agent has led, the failover waits for another leader, and for nothing
// else: what was on its way to the old one is said to the new one at once.
func TestLossOfTheLeadersRegionWaitsForAnElection(t *testing.T) {
	for range 5 {
		playGroup(t, smallPolicy(), nil, func(g *group) {
			g.settle(0, time.Minute)
			g.await("region 0 leads", time.Minute, func() bool {
				leader := g.leader()
				if leader.region != 0 {
					leader.node.raft.LeadershipTransferToServer("r0", "r0")
					time.Sleep(5 * time.Second)
				}
				return g.members[0].node.Leads()
			})
			time.Sleep(time.Minute)
			began := time.Now()
			g.network.Lose(0)
			g.await("a leader", time.Minute, func() bool {
				return g.members[1].node.Leads() || g.members[2].node.Leads()
			})
			elected := time.Since(began)
			g.await("the other one writes", 2*time.Minute, func() bool { return g.writes(1, 0) })
			took := time.Since(began)
			t.Logf("a leader after %v, the first write after %v", elected, took)
			if most := elected + g.policy.HoldDown + 2*time.Second; took > most {
				t.Errorf("after %v, %v at most", took, most)
			}
			g.world.stop(0)
		})
	}
}
