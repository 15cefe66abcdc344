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
