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
