package agent

import (
	"context"
	"iter"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// fivePolicy is smallPolicy with three witnesses, so that a region and one more agent may be lost.
func fivePolicy() failover.Policy {
	p := smallPolicy()
	p.Voters = p.Voters.With(3).With(4)
	return p
}

// Where people are only told what would be done, nothing is done.
func TestAdviceMovesNothing(t *testing.T) {
	p := smallPolicy()
	p.Mode = model.Advise
	told := 0
	playGroup(t, p, func(g *group) {
		g.before = func(c *Config) {
			c.Notify = func(_ context.Context, standing iter.Seq[failover.Action]) error {
				for a := range standing {
					if a.Kind == failover.Tell && a.Subject == 0 && a.Target == 1 {
						told++
					}
				}
				return nil
			}
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second) // The lag of the target has to be known.
		g.lose(g.members[0])
		time.Sleep(10 * time.Minute)
		if v := g.leader().node.View(); v.State.Primary != 0 || v.State.Epoch != 1 {
			t.Errorf("primary %d in epoch %d", v.State.Primary, v.State.Epoch)
		}
		if g.writes(1, 0) || len(g.world.did) > 0 {
			t.Errorf("something was done: %v", g.world.did)
		}
		g.sound()
		g.agree()
	})
	if told == 0 {
		t.Error("nobody was told what would be done")
	}
}

// With decision code that does nothing in place of the real one, no agent does anything: nothing
// decides outside of it.
func TestWithoutTheDecisionNothingFailsOver(t *testing.T) {
	playGroup(t, smallPolicy(), func(g *group) {
		g.swap = func(r *Replica) {
			real := r.apply
			r.apply = func(
				s *failover.State, e *failover.Event, did *failover.Actions,
			) (*failover.Policy, error) {
				if s.Under.Rules == 0 {
					return real(s, e, did)
				}
				did.Count, s.Now = 0, max(s.Now, e.At)
				return &g.policy, nil
			}
			r.check = func(
				*failover.Policy, *failover.State, *failover.Event, *failover.State, *failover.Actions,
			) error {
				return nil // Else it would stop the agents, and show nothing.
			}
		}
	}, func(g *group) {
		time.Sleep(time.Minute)
		g.lose(g.members[0])
		time.Sleep(10 * time.Minute)
		v := g.leader().node.View()
		if v.State.Primary != 0 || v.State.Plan.Kind != failover.NoPlan || v.State.Now == 0 {
			t.Errorf("at %v: primary %d, plan %v", v.State.Now, v.State.Primary, v.State.Plan.Kind)
		}
		if g.writes(0, 0) || g.writes(1, 0) || len(g.world.did) > 0 {
			t.Errorf("something was done: %v", g.world.did)
		}
		g.sound()
	})
}

// A longer hold-down moves the failover by as much.
func TestHoldDownMovesTheFailover(t *testing.T) {
	var took [2]time.Duration
	for i, more := range [2]time.Duration{0, time.Minute} {
		p := smallPolicy()
		p.HoldDown += more
		playGroup(t, p, nil, func(g *group) {
			g.settle(0, time.Minute)
			time.Sleep(30 * time.Second)
			began := time.Now()
			g.lose(g.members[0])
			g.settle(1, 4*time.Minute)
			took[i] = time.Since(began)
		})
	}
	if moved := took[1] - took[0] - time.Minute; moved.Abs() > 10*time.Second {
		t.Errorf("after %v and %v", took[0], took[1])
	}
}

// The leader is killed at every step of a failover, and comes back a while later: whatever it was
// at, the other region is promoted, and nothing is done twice.
func TestLeaderIsKilledAtEveryStep(t *testing.T) {
	for _, kind := range []failover.StepKind{
		failover.Fence, failover.Scale, failover.Promote, failover.Repoint, failover.Shift,
	} {
		for _, status := range []failover.Status{failover.Pending, failover.Claimed, failover.Done} {
			t.Run(kind.String()+" "+status.String(), func(t *testing.T) {
				killAt(t, kind, status, func(g *group) *member { return g.leader() })
			})
		}
	}
}

// The target's agent is killed at every step of a failover, and started anew at once.
func TestTargetIsRestartedAtEveryStep(t *testing.T) {
	for _, kind := range []failover.StepKind{failover.Scale, failover.Promote, failover.Shift} {
		for _, status := range []failover.Status{failover.Pending, failover.Claimed, failover.Done} {
			t.Run(kind.String()+" "+status.String(), func(t *testing.T) {
				killAt(t, kind, status, func(g *group) *member { return g.members[1] })
			})
		}
	}
}

// killAt loses the primary's region, and kills an agent once a step of the failover has come as far
// as a status, or has been there.
func killAt(
	t *testing.T, kind failover.StepKind, status failover.Status, who func(*group) *member,
) {
	t.Helper()
	playGroup(t, fivePolicy(), func(g *group) {
		for step := range failover.Notify {
			g.world.slow[step] = 3 * time.Second
		}
	}, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(20 * time.Second)
		g.lose(g.members[0])
		g.await("the step", 3*time.Minute, func() bool {
			for _, m := range g.members[1:] {
				v := m.node.View()
				for i := range v.State.Plan.Count {
					step := &v.State.Plan.Steps[i]
					if step.Kind == kind && (step.Status == status || step.Status == failover.Done) {
						return true
					}
				}
				if v.State.Primary == 1 {
					return true // It is over before anybody looked.
				}
			}
			return false
		})
		killed := who(g)
		g.kill(killed)
		time.Sleep(5 * time.Second)
		g.start(killed)
		g.settle(1, 5*time.Minute)
		g.sound()
		g.agree()
	})
}

// A primary that is cut off with its store alive stops by itself before the other one is promoted.
// When it is back it follows, and its copy is archived and rewound.
func TestIsolatedPrimaryGivesUpAndComesBack(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.network.Isolate(0)
		closed := g.await("the old primary writes no more", time.Minute, func() bool {
			return !g.writes(0, 0)
		})
		if closed > g.policy.Lease {
			t.Errorf("it writes for %v, and the lease is %v", closed, g.policy.Lease)
		}
		g.await("the other one is promoted", 2*time.Minute, func() bool {
			v := g.members[1].node.View()
			return v.State.Primary == 1 && v.State.Plan.Kind == failover.NoPlan && g.writes(1, 0)
		})
		time.Sleep(time.Minute)
		g.network.Heal()
		g.await("the old primary is rewound", 10*time.Minute, func() bool {
			v := g.members[0].node.View()
			status := v.State.Diverged[0][0].Status
			return v.State.Primary == 1 && status == failover.Unreconciled &&
				v.State.Plan.Kind == failover.NoPlan
		})
		if got := g.members[2].node.View().State.Diverged[0][0].Writes; got != 3 {
			t.Errorf("the archive has counted %d writes, want 3", got)
		}
		g.sound()
		g.agree()
	})
}

// Whatever is cut between three agents for a while, and heals: there is one primary in the end, no
// two at any time, and the same state everywhere.
func TestCutsHeal(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(g *group)
	}{
		{"the leader hears all and nobody hears it", func(g *group) {
			leader := g.leader().region
			for r := range model.RegionID(3) {
				if r != leader {
					g.network.Cut(leader, r)
				}
			}
			time.Sleep(3 * time.Minute)
		}},
		{"nobody reaches the leader", func(g *group) {
			leader := g.leader().region
			for r := range model.RegionID(3) {
				if r != leader {
					g.network.Cut(r, leader)
				}
			}
			time.Sleep(3 * time.Minute)
		}},
		{"a link that comes and goes", func(g *group) {
			for range 20 {
				g.network.Isolate(0)
				time.Sleep(7 * time.Second)
				g.network.Heal()
				time.Sleep(5 * time.Second)
			}
		}},
		{"everybody is alone", func(g *group) {
			g.network.Isolate(0)
			g.network.Isolate(1)
			time.Sleep(3 * time.Minute)
			if g.writes(0, 0) || g.writes(1, 0) {
				t.Error("somebody writes without a quorum")
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			playGroup(t, smallPolicy(), nil, func(g *group) {
				g.settle(0, time.Minute)
				time.Sleep(20 * time.Second)
				c.cut(g)
				g.network.Heal()
				g.await("one writes again", 5*time.Minute, func() bool {
					v := g.leader().node.View()
					return v.State.Plan.Kind == failover.NoPlan && g.writes(v.State.Primary, 0)
				})
				time.Sleep(time.Minute)
				g.sound()
				g.agree()
			})
		})
	}
}

// An agent that has lost its disk gets the state as a snapshot, and its archive begins there.
func TestAgentWithALostDiskIsRestored(t *testing.T) {
	playGroup(t, smallPolicy(), nil, func(g *group) {
		g.settle(0, time.Minute)
		time.Sleep(5 * time.Minute)
		lost := g.members[2]
		g.kill(lost)
		time.Sleep(20 * time.Minute)
		g.forgets(lost)
		g.start(lost)
		g.await("it has caught up", 5*time.Minute, func() bool {
			return lost.node.View().Index+20 > g.members[0].node.View().Index
		})
		time.Sleep(time.Minute)
		g.sound()
		g.agree()
		if first := firstArchived(t, lost.dir); first < 100 {
			t.Errorf("its archive begins at entry %d, and it was to get a snapshot", first)
		}
	})
}
