package agent

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"redoubt/failover"
	"redoubt/model"
)

// laterRules is the version that a release after this one came with: the rules of this one, with a
// hold-down that is twice as long. So states differ under both, and who mixed them would be found.
const laterRules = failover.RulesVersion + 1

// later makes a replica one of that release, which applies what is under the former rules by them.
func later(r *Replica) {
	former, check := r.apply, r.check
	r.rules = laterRules
	r.apply = func(
		s *failover.State, e *failover.Event, did *failover.Actions,
	) (*failover.Policy, error) {
		named, version := e.Names()
		raises := e.Kind == failover.PolicyChanged && version == laterRules
		if s.Under.Rules != laterRules && !raises {
			return former(s, e, did)
		}
		p, next := r.library.Find(s.Under.Policy), r.library.Find(named)
		switch {
		case p == nil || raises && next == nil:
			return nil, &failover.GovernanceError{Policy: named, Rules: laterRules}
		case !raises:
			twice(p).Apply(s, e, did)
		case next.RefusesChange(s) != "":
			p.Apply(s, e, did)
		default:
			if asFormer := *e; s.Under.Rules != laterRules || s.Under.Policy != named {
				asFormer.Share, s.Under.Rules = failover.RulesVersion, laterRules
				next.Apply(s, &asFormer, did)
				s.Under.Rules = laterRules
			}
			p = next
		}
		return p, nil
	}
	r.check = func(
		p *failover.Policy, before *failover.State, e *failover.Event, after *failover.State,
		did *failover.Actions,
	) error {
		if after.Under.Rules != laterRules {
			return check(p, before, e, after, did)
		}
		b, a, asFormer, by := *before, *after, *e, twice(p)
		a.Under.Rules = failover.RulesVersion
		if b.Under.Rules == laterRules {
			b.Under.Rules = failover.RulesVersion
		} else { // For the former rules it is a change if it comes from others.
			b.Under.Rules, asFormer.Share, by = laterRules, failover.RulesVersion, p
		}
		return check(by, &b, &asFormer, &a, did)
	}
}

// twice is a policy as the later rules take it.
func twice(p *failover.Policy) *failover.Policy {
	q := *p
	q.HoldDown *= 2
	return &q
}

// hashesKeptIn are the hashes that an archive has, by entry. They are not replayed.
func hashesKeptIn(t *testing.T, dir string) map[uint64]failover.Digest {
	t.Helper()
	kept, index := map[uint64]failover.Digest{}, uint64(0)
	for record := range recordsIn(t, dir) {
		switch record.Kind {
		case failover.NoteRecord:
			index = record.Note.Index
		case failover.HashRecord:
			kept[index] = record.Hash
		case failover.PolicyRecord, failover.EventRecord, failover.BaseRecord:
		}
	}
	return kept
}

// replayedByLater runs what an archive holds from the log's beginning on as the later release does,
// and returns the entry that raised the rules.
func replayedByLater(t *testing.T, dir string) (raised uint64) {
	t.Helper()
	r := NewReplica(nil)
	later(r)
	var did failover.Actions
	index := uint64(0)
	for record := range recordsIn(t, dir) {
		var err error
		switch record.Kind {
		case failover.PolicyRecord:
			_, err = r.library.Add(record.Policy)
		case failover.NoteRecord:
			index = record.Note.Index
		case failover.EventRecord:
			was := r.state.Under.Rules
			_, err = r.apply(&r.state, &record.Event, &did)
			if was == failover.RulesVersion && r.state.Under.Rules == laterRules {
				raised = index
			}
		case failover.HashRecord:
			if r.state.Hash() != record.Hash {
				t.Fatalf("entry %d leads to another state as it is replayed", index)
			}
		case failover.BaseRecord:
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return raised
}

// upgrade ends the agent of a region, and starts it as one of the later release.
func (g *group) upgrade(m *member, laters *model.RegionSet) {
	g.t.Helper()
	g.kill(m)
	time.Sleep(2 * time.Second)
	*laters = laters.With(m.region)
	g.start(m)
	g.await("it has what the others have", time.Minute, func() bool {
		return m.node.View().Index >= g.leader().node.View().Index-1
	})
}

// The agents are started anew with a later release one after the other, while a plan runs, and go
// on under the former rules; then an order raises them, at one entry for all. An agent that comes
// back with the former release stops at that entry, says which rules it lacks, and leads nobody;
// started with the later one it has all again. Every state is the same everywhere, and as it is
// replayed.
func TestRulesAreRaisedOneAgentAfterTheOther(t *testing.T) {
	laters := model.RegionSet(0)
	playGroup(t, smallPolicy(), func(g *group) {
		g.before = func(c *Config) {
			if laters.Has(c.Region) {
				c.prepare = later
			}
		}
		for _, step := range []failover.StepKind{failover.Drain, failover.CatchUp, failover.Shift} {
			g.world.slow[step] = 20 * time.Second
		}
	}, func(g *group) {
		witness := g.members[2]
		g.settle(0, time.Minute)
		time.Sleep(30 * time.Second)
		g.upgradeDuringASwitchover(&laters)
		g.agree()
		g.kill(witness)
		g.network.Lose(2)
		time.Sleep(20 * time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		raised, err := g.members[0].node.ChangePolicy(ctx, "ann", "the later rules")
		if err != nil {
			t.Fatal(err)
		}
		under := g.leader().node.View().State.Under
		if under.Rules != laterRules || under.Policy != g.policy.Digest() {
			t.Fatalf("the log is under %+v", under)
		}
		laters = laters.Without(2)
		g.network.Revive(2)
		g.start(witness)
		g.stopsAtTheRules(witness, raised)
		g.upgrade(witness, &laters)
		g.sound()
		time.Sleep(g.policy.Cooldown)
		began := time.Now()
		g.lose(g.members[1])
		g.await("a plan", 3*time.Minute, func() bool {
			return g.leader().node.View().State.Plan.Kind == failover.Failover
		})
		hold := 2 * g.policy.HoldDown
		if took := time.Since(began); took < hold || took > hold+time.Minute {
			t.Errorf("the failover begins after %v, and the later hold-down is %v", took, hold)
		}
		g.settle(0, 5*time.Minute)
		g.hashesAgree(raised)
	})
}

// upgradeDuringASwitchover has all agents be of the later release, while a plan runs.
func (g *group) upgradeDuringASwitchover(laters *model.RegionSet) {
	g.t.Helper()
	order := failover.Event{
		Verb: failover.OrderSwitchover, Region: 1, Sequence: 9, Said: g.leader().node.View().State.Now,
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := g.leader().node.Order(ctx, order, "ann", "upgrade"); err != nil {
		g.t.Fatal(err)
	}
	plan := func() failover.PlanKind { return g.leader().node.View().State.Plan.Kind }
	g.await("a plan", time.Minute, func() bool { return plan() == failover.Switchover })
	for i, m := range []*member{g.members[2], g.members[0], g.members[1]} {
		if plan() == failover.NoPlan {
			g.t.Fatalf("the plan is over after %d agents", i)
		}
		g.upgrade(m, laters)
		var no *RefusedError
		if err := change(m.node); !errors.As(err, &no) {
			g.t.Errorf("the rules are raised while a plan runs: %v", err)
		}
	}
	g.settle(1, 5*time.Minute)
	if v := g.leader().node.View(); v.State.Under.Rules != failover.RulesVersion {
		g.t.Error("the rules were raised without an order")
	}
}

// stopsAtTheRules holds that an agent of the former release stops before an entry, says so, and
// hands the lead over if it comes to it.
func (g *group) stopsAtTheRules(m *member, raised uint64) {
	g.t.Helper()
	g.await("it says that it stops", time.Minute, func() bool {
		halted := m.node.View().Halted
		return halted != nil && strings.Contains(halted.Error(), "the log goes on under rules 2, and "+
			"this release knows them up to 1")
	})
	if v := m.node.View(); v.Index >= raised || v.State.Under.Rules != failover.RulesVersion {
		g.t.Errorf("it has applied entry %d, and entry %d raised the rules", v.Index, raised)
	}
	for range 3 {
		g.leader().node.raft.LeadershipTransferToServer("r2", "r2")
		g.await("it comes to lead", 10*time.Second, func() bool {
			return m.node.raft.State() == raft.Leader
		})
		led := false
		took := g.await("another one leads", 15*time.Second, func() bool {
			led = led || m.node.Leads()
			return g.members[0].node.Leads() || g.members[1].node.Leads()
		})
		g.t.Logf("another one leads after %v", took)
		if led {
			g.t.Error("it has led, with a state that is no more")
		}
		time.Sleep(20 * time.Second)
		if !g.writes(1, 0) {
			g.t.Error("the lease has ended")
		}
	}
}

// hashesAgree holds all archives against each other, and against replays by either release.
func (g *group) hashesAgree(raised uint64) {
	g.t.Helper()
	t := g.t.(*testing.T)
	all := map[uint64]failover.Digest{}
	for _, m := range g.members {
		for index, hash := range hashesKeptIn(t, m.dir) {
			if other, known := all[index]; known && other != hash {
				t.Fatalf("region %d: another state after entry %d", m.region, index)
			}
			all[index] = hash
		}
	}
	if len(all) < 100 {
		t.Errorf("%d entries in all archives", len(all))
	}
	if got := replayedByLater(t, g.members[0].dir); got != raised {
		t.Errorf("the replay raises the rules at entry %d, the agents did at %d", got, raised)
	}
	names, err := segments(g.members[0].dir)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	_, err = failover.ReplayEach(data, func(r *failover.Replayed) { last = r.Note.Index })
	var lacks *failover.GovernanceError
	if !errors.As(err, &lacks) || lacks.Rules != laterRules || last >= raised || last+20 < raised {
		t.Errorf("the former release replays up to entry %d of %d: %v", last, raised, err)
	}
}
