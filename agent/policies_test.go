package agent

import (
	"context"
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// The policy of a running group is changed: each agent is started anew with both policies, and the
// log is brought under the new one. Nobody stops applying, and nothing moves.
func TestPolicyIsChangedUnderWay(t *testing.T) {
	next := smallPolicy()
	next.HoldDown += 30 * time.Second
	both := false
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if both {
				c.Policies = []failover.Policy{next, g.policy}
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		both = true
		for _, m := range g.members {
			g.kill(m)
			time.Sleep(5 * time.Second)
			g.start(m)
			time.Sleep(10 * time.Second)
		}
		g.settle(0, time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		asked := g.members[(g.leader().region+1)%3].node
		if _, err := asked.Propose(ctx, Proposal{
			Event: failover.PolicyEvent(0, &next), Policy: failover.AppendPolicy(nil, &next),
			Who: "ann", Why: "less haste",
		}); err != nil {
			t.Fatal(err)
		}
		g.await("everybody is under it", time.Minute, func() bool {
			for _, m := range g.members {
				if m.node.View().State.Under.Policy != next.Digest() {
					return false
				}
			}
			return true
		})
		time.Sleep(30 * time.Second)
		began := time.Now()
		g.lose(g.members[0])
		g.settle(1, 4*time.Minute)
		if took := time.Since(began); took < next.HoldDown {
			t.Errorf("after %v, and the hold-down is %v", took, next.HoldDown)
		}
		g.sound()
		g.agree()
	})
}

// What has another number in the new scenario is not spoken of until the log is under its policy.
// What nobody says of a region is unknown, and not up or down.
func TestMovedNumbersAreNotSpokenOf(t *testing.T) {
	next := smallPolicy()
	next.HoldDown += 30 * time.Second
	both := false
	playGroup(t, smallPolicy(), func(g *group) {
		g.policy.Items, g.policy.ReadinessStaleAfter = 1, time.Minute
		next.Items, next.ReadinessStaleAfter = 1, time.Minute
		g.before = func(c *Config) {
			c.Senses.Readiness = func(context.Context) (Readiness, bool) {
				return Readiness{Known: 1, At: time.Now()}, true
			}
			if c.Policies = []failover.Policy{g.policy}; both {
				c.Policies = []failover.Policy{next, g.policy}
				c.Moved = Numbers{Checks: 1, Items: 1}
			}
		}
	}, func(g *group) {
		known := func() (checks, items uint8) {
			v := g.leader().node.View()
			return v.State.Reports[1][0].Known, v.State.Readiness[1].Known
		}
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		if checks, items := known(); checks != 1 || items != 1 {
			t.Errorf("at first: got checks %b and items %b", checks, items)
		}
		both = true
		for _, m := range g.members {
			g.kill(m)
			g.start(m)
			time.Sleep(20 * time.Second)
		}
		if checks, items := known(); checks != 0 || items != 0 {
			t.Errorf("under the former policy: got checks %b and items %b", checks, items)
		}
		if err := change(g.members[1].node); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if checks, items := known(); checks != 1 || items != 1 {
			t.Errorf("under its own: got checks %b and items %b", checks, items)
		}
		g.sound()
		g.agree()
	})
}

// An agent whose files lack the policy that the log is under applies on, and does nothing.
func TestAgentActsUnderItsOwnPoliciesAlone(t *testing.T) {
	other := smallPolicy()
	other.HoldDown += 30 * time.Second
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		node := g.members[1].node
		v := node.View()
		if !node.acts(&v) {
			t.Error("it does not act under its own")
		}
		g.kill(g.members[1])
		g.before = func(c *Config) { c.Policies = []failover.Policy{other} }
		g.start(g.members[1])
		time.Sleep(30 * time.Second)
		node = g.members[1].node
		if v = node.View(); v.Index == 0 || v.Halted != nil || node.acts(&v) {
			t.Errorf("at entry %d, halted %v, acts %t", v.Index, v.Halted, node.acts(&v))
		}
		g.lose(g.members[0])
		time.Sleep(10 * time.Minute)
		if g.writes(1, 0) || len(g.world.did) > 0 {
			t.Errorf("it has done something: %v", g.world.did)
		}
	})
}

// A store that no guard runs is fenced by the executor, as far as a switchover asks for it.
func TestStoreWithoutAGuardIsSwitchedOver(t *testing.T) {
	p := smallPolicy()
	p.Guarded = 0
	playGroup(t, p, func(g *group) {
		g.before = func(c *Config) { c.Guards = [len(c.Guards)]Guard{} }
		g.world.unguarded = true
	}, func(g *group) {
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if _, err := g.leader().node.Order(ctx, failover.Event{
			Verb: failover.OrderSwitchover, Region: 1, Who: 7, Sequence: 3,
		}, "ann", "works"); err != nil {
			t.Fatal(err)
		}
		g.await("the switchover is done", 5*time.Minute, func() bool {
			v := g.leader().node.View()
			return v.State.Primary == 1 && v.State.Plan.Kind == failover.NoPlan
		})
		g.sound()
		g.agree()
		fenced := 0
		for what, count := range g.world.did {
			if strings.HasPrefix(what, "fence") {
				fenced += count
			}
		}
		if fenced != 1 {
			t.Errorf("the executor has fenced %d times: %v", fenced, g.world.did)
		}
	})
}

// A running group comes to only advise, and to act again: its store stays open meanwhile, since
// leases are renewed in every mode, and who would be left is not.
func TestModeIsChangedUnderWay(t *testing.T) {
	advises := smallPolicy()
	advises.Mode = model.Advise
	first, other := advises, smallPolicy()
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) { c.Policies = []failover.Policy{first, other} }
		first, other = other, first
	}, func(g *group) {
		turn := func() {
			first, other = other, first
			for _, m := range g.members {
				g.kill(m)
				time.Sleep(5 * time.Second)
				g.start(m)
				time.Sleep(10 * time.Second)
			}
			g.settle(0, time.Minute)
			if err := change(g.members[1].node); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Minute)
			if !g.writes(0, 0) {
				t.Error("its store is closed")
			}
		}
		g.settle(0, time.Minute)
		turn()
		g.lose(g.members[0])
		time.Sleep(10 * time.Minute)
		if v := g.leader().node.View(); v.State.Epoch != 1 || len(g.world.did) > 0 {
			t.Errorf("while it advises: epoch %d, and it did %v", v.State.Epoch, g.world.did)
		}
		g.network.Revive(0)
		g.start(g.members[0])
		g.settle(0, 5*time.Minute)
		turn()
		g.lose(g.members[0])
		g.settle(1, 4*time.Minute)
		g.sound()
		g.agree()
	})
}
