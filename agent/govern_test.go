package agent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
)

// An agent with another scenario file comes to lead. It hands the lead over, what the others say is
// heard, and it says itself what is wrong with it.
func TestLeaderWithAnotherPolicyHandsTheLeadOver(t *testing.T) {
	other := smallPolicy()
	other.HoldDown *= 2
	wrong := false
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if wrong {
				c.Policies = []failover.Policy{other}
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(time.Minute)
		m := g.members[2]
		wrong = true
		g.kill(m)
		g.start(m)
		time.Sleep(time.Minute)
		wrong = false
		for range 3 {
			g.leader().node.raft.LeadershipTransferToServer("r2", "r2")
			g.await("it comes to lead", 10*time.Second, func() bool {
				return m.node.raft.State() == raft.Leader
			})
			took := g.await("another one leads", 15*time.Second, func() bool {
				return g.members[0].node.Leads() || g.members[1].node.Leads()
			})
			t.Logf("another one leads after %v", took)
			time.Sleep(30 * time.Second)
			if !g.writes(0, 0) {
				t.Error("the lease has ended")
			}
		}
		mine, theirs := g.policy.Digest(), other.Digest()
		v := m.node.View()
		if v.Mismatch == nil || !strings.Contains(v.Mismatch.Error(), mine.Short()) ||
			!strings.Contains(v.Mismatch.Error(), theirs.Short()) {
			t.Errorf("its view says %v, want both policies named", v.Mismatch)
		}
		if v := g.members[0].node.View(); v.Mismatch != nil {
			t.Errorf("an agent with the log's policy says %v", v.Mismatch)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		var no *RefusedError
		order := failover.Event{Verb: failover.Pause, Sequence: 3}
		if _, err := m.node.Order(ctx, order, "", ""); !errors.As(err, &no) {
			t.Errorf("its order: %v", err)
		}
		g.sound()
		g.agree()
	})
}

// change has an agent change the policy.
func change(n *Node) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := n.ChangePolicy(ctx, "ann", "less haste")
	return err
}

// The policy of a running group is changed as people do it: the agents are started anew one by one
// with the new policy and the former one, somebody orders the change, and they are started anew
// with the new one alone. Half of them have it when a region is lost, and the other takes over. The
// order is refused for as long as an agent lacks the policy.
func TestPolicyIsChangedOneAgentAfterTheOther(t *testing.T) {
	next := smallPolicy()
	next.HoldDown += 30 * time.Second
	policies := []failover.Policy{smallPolicy()}
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) { c.Policies = append([]failover.Policy(nil), policies...) }
	}, func(g *group) {
		restart := func(m *member) {
			g.kill(m)
			time.Sleep(2 * time.Second)
			g.start(m)
			time.Sleep(15 * time.Second)
		}
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		policies = []failover.Policy{next, g.policy}
		restart(g.members[2])
		restart(g.members[1])
		var no *RefusedError
		if err := change(g.members[1].node); !errors.As(err, &no) || !strings.Contains(no.Why, "r0") {
			t.Errorf("an agent lacks the policy: %v", err)
		}
		g.lose(g.members[0])
		g.settle(1, 4*time.Minute)
		g.network.Revive(0)
		g.start(g.members[0])
		g.await("nothing is to be done", 10*time.Minute, func() bool {
			v := g.leader().node.View()
			return v.State.Plan.Kind == failover.NoPlan && next.RefusesChange(&v.State) == ""
		})
		time.Sleep(30 * time.Second)
		if v := g.leader().node.View(); v.State.Under.Policy != g.policy.Digest() {
			t.Error("the policy was changed without an order")
		}
		if err := change(g.members[(g.leader().region+1)%3].node); err != nil {
			t.Fatal(err)
		}
		policies = policies[:1]
		for _, m := range g.members {
			restart(m)
		}
		writer := g.leader().node.View().State.Primary
		g.settle(writer, time.Minute)
		for _, m := range g.members {
			v := m.node.View()
			if v.State.Under.Policy != next.Digest() || v.Mismatch != nil {
				t.Errorf("region %d: %v", m.region, v.Mismatch)
			}
		}
		if err := change(g.members[0].node); err != nil {
			t.Errorf("a change to the policy that the log is under: %v", err)
		}
		g.sound()
		g.agree()
	})
}

// A change that names rules which an agent does not know is refused, by the leader or because of
// another agent, and nothing of it comes into the log: it would have stopped everybody for good. An
// agent of a former release cannot bring the log back under its own rules either.
func TestChangeUnderRulesThatAnAgentLacksIsRefused(t *testing.T) {
	next := smallPolicy()
	next.HoldDown += 30 * time.Second
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) { c.Policies = append(c.Policies, next) }
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		leader := g.leader()
		other := g.members[(leader.region+1)%3]
		for _, by := range []*member{leader, other} {
			for _, p := range []failover.Policy{next, g.policy} {
				e := failover.PolicyEvent(0, &p)
				e.Share = failover.RulesVersion + 1
				ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
				_, err := by.node.Propose(ctx, Proposal{Event: e, Policy: failover.AppendPolicy(nil, &p)})
				cancel()
				var no *RefusedError
				if !errors.As(err, &no) || !strings.Contains(no.Why, "knows them up to 1") {
					t.Errorf("rules that nobody knows, proposed by %d: %v", by.region, err)
				}
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		why := leader.node.lacksPolicy(ctx, other.region, next.Digest(), failover.RulesVersion+1)
		if !strings.Contains(why, "would stop the agent of "+other.node.name(other.region)) {
			t.Errorf("an agent of a former release says %q", why)
		}
		e := failover.PolicyEvent(0, &next)
		e.Share = 0
		_, err := other.node.Propose(ctx, Proposal{Event: e, Policy: failover.AppendPolicy(nil, &next)})
		if err == nil || !strings.Contains(err.Error(), "the change names rules 0") {
			t.Errorf("former rules: %v", err)
		}
		g.sound()
		if err := change(leader.node); err != nil { // It has nothing to change.
			t.Error(err)
		}
	})
}
