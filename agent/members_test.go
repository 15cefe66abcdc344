package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// reseated has an agent order that a region's is added, or removed, and returns why it is refused.
func (g *group) reseated(by *member, added bool, r model.RegionID) string {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	do := by.node.RemoveMember
	if added {
		do = by.node.AddMember
	}
	index, err := do(ctx, r, "ann", "works")
	var no *RefusedError
	switch {
	case errors.As(err, &no):
		return no.Why
	case err != nil:
		g.t.Fatalf("region %d, added %t: %v", r, added, err)
	case index == 0:
		return "it is so already"
	}
	return ""
}

// refuses fails the test unless something is refused for a reason.
func (g *group) refuses(why, want string) {
	g.t.Helper()
	if !strings.Contains(why, want) || want == "" {
		g.t.Errorf("refused for %q, want %q", why, want)
	}
}

// seats waits until a leader has certain members and voters.
func (g *group) seats(members, voters model.RegionSet) {
	g.t.Helper()
	g.await("the group is as it has to be", time.Minute, func() bool {
		m, v := g.leader().node.Members()
		return m == members && v == voters
	})
}

// A witness's agent is removed while it leads, and added again. In between nothing that it says
// counts, and it does nothing; afterwards a region is lost, and its vote is one of the two that
// decide. What would leave too few, or a region that writes, is refused.
func TestAgentIsRemovedAndAddedAgain(t *testing.T) {
	var mu sync.Mutex
	var whys []string
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			c.Told = func(a *Applied) {
				mu.Lock()
				defer mu.Unlock()
				if a.Entry.Who != "" && c.Region == 0 {
					whys = append(whys, a.Entry.Who+" "+a.Entry.Why)
				}
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.refuses(g.reseated(g.members[1], false, 0), "traffic goes to r0")
		g.refuses(g.reseated(g.members[1], true, 2), "it is so already")
		g.network.Isolate(2)
		time.Sleep(20 * time.Second)
		g.refuses(g.reseated(g.leader(), false, 1), "1 of the 2 agents that would vote are heard of, "+
			"and it takes 2: r2 not")
		g.network.Heal()
		g.await("r2 leads", time.Minute, func() bool {
			g.leader().node.raft.LeadershipTransferToServer("r2", "r2")
			time.Sleep(5 * time.Second)
			return g.members[2].node.Leads()
		})
		g.refuses(g.reseated(g.members[2], false, 2)+"none", "none")
		if !g.members[0].node.Leads() && !g.members[1].node.Leads() {
			t.Error("it was removed before another one led")
		}
		g.seats(0b011, 0b011)
		out := g.members[2].node
		g.await("it knows", time.Minute, func() bool { return out.View().Mismatch != nil })
		g.refuses(out.View().Mismatch.Error(), "was removed from the group")
		if v := out.View(); out.acts(&v) {
			t.Error("an agent that was removed acts")
		}
		g.refuses(g.reseated(g.members[2], true, 2), "was removed from the group")
		g.refuses(g.reseated(g.members[0], false, 1), "1 of the policy's 3 voters would be left")
		g.hearsNothing(2)
		time.Sleep(time.Minute)
		v := g.leader().node.View()
		if !v.State.Silent.Has(2) || v.State.Reports[2][0].Known != 0 && v.State.Now.Sub(
			v.State.Reports[2][0].At) < 50*time.Second {
			t.Errorf("silent %b, its last report %+v", v.State.Silent, v.State.Reports[2][0])
		}
		g.refuses(g.reseated(g.members[1], true, 2)+"none", "none")
		g.seats(0b111, 0b111)
		time.Sleep(20 * time.Second)
		g.lose(g.members[0])
		g.settle(1, 4*time.Minute)
		g.sound()
		g.agree()
	})
	want := []string{"ann has the agent of r2 removed: works", "ann has the agent of r2 added: works"}
	if !slices.Equal(whys, want) {
		t.Errorf("the log keeps %q, want %q", whys, want)
	}
}

// hearsNothing has a leader refuse what one says that was removed: a report, and to be added.
func (g *group) hearsNothing(r model.RegionID) {
	g.t.Helper()
	seat, err := appendSeat(nil, &seat{addSeat, "r2", "eve", "let me in"})
	if err != nil {
		g.t.Fatal(err)
	}
	answer, err := g.leader().node.Answer(r, question(smallPolicy(), askSeat, seat))
	if err != nil || answer[0] != refused {
		g.t.Errorf("an order to add it is answered with %q, %v", answer, err)
	}
	report := proposing(g.t, failover.Event{Kind: failover.Reported, Region: r}, nil)
	answer, err = g.leader().node.Answer(r, report)
	if err != nil || answer[0] != refused {
		g.t.Errorf("what it says is answered with %q, %v", answer, err)
	}
}

// A region is added to a running group, and dropped again: the agents are started with the new
// scenario, its agent is added and has the log, and votes once the policy counts it.
func TestRegionIsAddedAndDropped(t *testing.T) {
	next := smallPolicy()
	next.Voters = next.Voters.With(3)
	policies := []failover.Policy{smallPolicy()}
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) { c.Policies = slices.Clone(policies) }
	}, func(g *group) {
		renew := func(m *member) {
			g.kill(m)
			time.Sleep(2 * time.Second)
			g.start(m)
			time.Sleep(15 * time.Second)
		}
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.addMember()
		policies = []failover.Policy{next, g.policy}
		first := g.leader()
		for i := range model.RegionID(3) {
			m := g.members[(first.region+1+i)%3]
			if m == first {
				g.refuses(g.reseated(g.members[(first.region+1)%3], true, 3), `has no region "r3"`)
			}
			renew(m)
		}
		g.refuses(g.reseated(g.members[0], true, 3), "r3 does not answer")
		g.refuses(change(g.members[1].node).Error(), "r3 does not belong to the group")
		policies = policies[:1]
		g.start(g.members[3])
		time.Sleep(20 * time.Second)
		g.refuses(g.reseated(g.members[1], true, 3)+"none", "none")
		g.seats(0b1111, 0b0111)
		g.await("it has the log", time.Minute, func() bool {
			return g.members[3].node.View().Index > 10
		})
		g.lose(g.members[3])
		time.Sleep(20 * time.Second)
		if err := change(g.members[2].node); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		g.seats(0b1111, 0b0111) // It has not the whole log.
		g.network.Revive(3)
		g.start(g.members[3])
		g.seats(0b1111, 0b1111)
		g.lose(g.members[2])
		time.Sleep(30 * time.Second)
		if v := g.leader().node.View(); !v.State.Silent.Has(2) || !g.writes(0, 0) {
			t.Errorf("silent %b, and the primary writes: %t", v.State.Silent, g.writes(0, 0))
		}
		policies = []failover.Policy{g.policy, next}
		g.network.Revive(2)
		g.start(g.members[2])
		time.Sleep(20 * time.Second)
		renew(g.members[0])
		renew(g.members[1])
		g.drops3()
		g.kill(g.members[3])
		g.settle(0, time.Minute)
		g.sound()
		g.agree()
	})
}

// drops3 drops the fourth region: its agent is removed, and then the policy is changed.
func (g *group) drops3() {
	g.t.Helper()
	g.await("r3 does not lead", time.Minute, func() bool {
		if g.members[3].node.Leads() {
			g.members[3].node.raft.LeadershipTransferToServer("r0", "r0")
			time.Sleep(5 * time.Second)
		}
		return g.leader().region != 3
	})
	g.refuses(change(g.members[0].node).Error(), "the new scenario lacks r3")
	g.refuses(g.reseated(g.members[0], false, 3)+"none", "none")
	if err := change(g.members[0].node); err != nil {
		g.t.Fatal(err)
	}
	g.seats(0b0111, 0b0111)
}

// An agent that was away as it was removed never gets the entry that says so. It finds out from
// whoever leads, disturbs nobody until then, and is added again with what it had.
func TestAgentFindsOutThatItWasRemoved(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.network.Isolate(2)
		time.Sleep(20 * time.Second)
		g.refuses(g.reseated(g.members[1], false, 2)+"none", "none")
		leader := g.leader()
		term := leader.node.View().Term
		g.network.Heal()
		out := g.members[2].node
		g.await("it knows", time.Minute, func() bool { return out.View().Mismatch != nil })
		if members, _ := out.Members(); !members.Has(2) {
			t.Error("it got the entry: this has shown nothing")
		}
		time.Sleep(time.Minute)
		if v := leader.node.View(); !leader.node.Leads() || v.Term != term {
			t.Errorf("it has disturbed the others: term %d after %d", v.Term, term)
		}
		g.refuses(g.reseated(g.members[0], true, 2)+"none", "none")
		g.seats(0b111, 0b111)
		g.await("it takes part", time.Minute, func() bool { return out.View().Mismatch == nil })
		g.sound()
		g.agree()
	})
}

// An agent that has two regions the other way round begins no group, though its policy has the same
// digest. In a group that goes on it stops, and says what is wrong.
func TestRegionsThatHaveChangedPlacesAreFoundOut(t *testing.T) {
	swapped := true
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if c.Region == 2 && swapped {
				c.Names = []string{"r1", "r0", "r2"}
			}
		}
	}, func(g *group) {
		time.Sleep(time.Minute)
		for _, m := range g.members {
			if v := m.node.View(); v.State.Under.Rules != 0 {
				t.Fatalf("region %d: the log has begun", m.region)
			}
		}
		m := g.members[2]
		renew := func(wrong, empty bool) {
			swapped = wrong
			if g.kill(m); empty {
				g.forgets(m)
			}
			g.start(m)
			time.Sleep(5 * time.Second)
		}
		renew(false, false)
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		for _, empty := range []bool{false, true} {
			renew(true, empty)
			if !empty { // It may lead until it is found out: nobody else stops.
				g.leader().node.raft.LeadershipTransferToServer("r2", "r2")
				time.Sleep(65 * time.Second)
				g.leader().node.raft.LeadershipTransferToServer("r0", "r0")
			}
			g.await("it stops", 3*time.Minute, func() bool { return m.node.View().Halted != nil })
			g.refuses(m.node.View().Halted.Error(), "region 1 is r1 in the scenario of the agent of r2")
			if empty && !m.node.votes.lost.Load() {
				t.Error("it votes, and was found out before")
			}
		}
		renew(false, true)
		time.Sleep(time.Minute)
		g.sound()
	})
}

// An agent that comes to a group with an empty folder, and has two of the others the other way
// round, stops before it has a vote.
func TestAgentWithOtherRegionsGetsNoVote(t *testing.T) {
	p, swapped := smallPolicy(), false
	p.Voters = 0b11111
	playGroup(t, p, func(g *group) {
		g.before = func(c *Config) {
			if c.Region == 4 && swapped {
				c.Names = []string{"r0", "r1", "r3", "r2", "r4"}
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		g.await("r0 leads", time.Minute, func() bool {
			if !g.members[0].node.Leads() {
				g.leader().node.raft.LeadershipTransferToServer("r0", "r0")
				time.Sleep(5 * time.Second)
			}
			return g.members[0].node.Leads()
		})
		m := g.members[4]
		swapped = true
		g.kill(m)
		g.forgets(m)
		g.start(m)
		g.await("it stops", 3*time.Minute, func() bool { return m.node.View().Halted != nil })
		if !m.node.votes.lost.Load() {
			t.Error("it votes, and was found out only then")
		}
	})
}
