package agent

import (
	"slices"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// slow is a pairing in which people take twenty minutes over each of two losses: that of a region
// which serves readers, and that of the primary's, later.
func slow(t *testing.T) *pairing {
	t.Helper()
	p := pair(t, "nobody-on-duty", model.ReadLocal)
	s := p.scenario
	s.People.Duty, s.Stores = [model.MaxRegions]model.Duty{}, slices.Clone(s.Stores)
	s.People.Approve = model.Fixed(20 * time.Minute)
	s.Stores[0].Promotion = model.Fixed(2 * time.Minute)
	s.Timeline = []model.Fault{
		{Kind: model.ServiceLoss, Region: 2, At: 10 * time.Minute},
		{Kind: model.ServiceLoss, Region: 0, At: 20 * time.Minute},
	}
	var err error
	if p.policy, err = failover.NewPolicy(s, p.strategy); err != nil {
		t.Fatal(err)
	}
	return p
}

// People who are at a question answer it also when another one has become the most urgent: the
// readers' region is left as they approve that, before the primary's.
func TestPeopleAnswerAllQuestions(t *testing.T) {
	p := slow(t)
	const end = 50 * time.Minute
	simulated, played := p.simulated(t, 1).within(end), p.play(t, 1, end)
	if len(simulated.decisions) != 2 || played.key() != simulated.key() {
		t.Fatalf("the agents decide %v, and the simulator %v", played.decisions, simulated.decisions)
	}
	apart := p.scenario.Checks[0].Interval + 10*time.Second // They look at their own moments.
	for i, d := range played.decisions {
		if at := simulated.decisions[i].at; (d.at - at).Abs() > apart {
			t.Errorf("%s: the agents decide after %v, and the simulator after %v", d.kind, d.at, at)
		}
	}
}

// A scenario ends also while people are at a question.
func TestPeopleAreNotWaitedFor(t *testing.T) {
	if run := slow(t).play(t, 1, 15*time.Minute); len(run.decisions) > 0 {
		t.Errorf("got %v, want nothing that nobody has approved yet", run.decisions)
	}
}

// People bring back every region that was left, and not the home region alone.
func TestPeopleBringBackWhoServesReaders(t *testing.T) {
	p := slow(t)
	s := p.scenario
	s.People.Approve, s.People.Resync = model.Fixed(time.Minute), model.Fixed(2*time.Minute)
	s.People.StableFor = 6 * time.Minute
	s.Timeline = s.Timeline[:1]
	s.Timeline[0].Duration = 10 * time.Minute
	var err error
	if p.policy, err = failover.NewPolicy(s, p.strategy); err != nil {
		t.Fatal(err)
	}
	const end = 45 * time.Minute
	simulated, played := p.simulated(t, 1).within(end), p.play(t, 1, end)
	if len(simulated.decisions) != 2 || played.key() != simulated.key() {
		t.Fatalf("the agents decide %v, and the simulator %v", played.decisions, simulated.decisions)
	}
	back, want := played.decisions[1].at, simulated.decisions[1].at
	if (back - want).Abs() > time.Minute {
		t.Errorf("it is brought back after %v, and the simulator has %v", back, want)
	}
}

// A write to a store that a majority holds needs one in reach of where it is made.
func TestWritesNeedTheirMajority(t *testing.T) {
	p := pair(t, "quorum-store", model.HotStandby)
	voters := p.scenario.QuorumOf(0, p.strategy)
	if voters.Count() != 3 {
		t.Fatalf("%d regions hold the store, want 3", voters.Count())
	}
	lost, storeless := p.scenario.Timeline[0], p.scenario.Timeline[1]
	cut := model.Fault{Kind: model.LinkCut, Region: 1, Peer: storeless.Region}
	for _, c := range []struct {
		name   string
		broken []model.Fault
		want   bool
	}{
		{"nothing is broken", nil, true},
		{"one is lost", []model.Fault{lost}, true},
		{"one is lost and one has no copy", []model.Fault{lost, storeless}, false},
		{"one is lost and one is out of reach", []model.Fault{lost, cut}, false},
	} {
		var now ills
		for i := range c.broken {
			now.suffer(p.scenario, &c.broken[i])
		}
		if got := now.agrees(voters, 0, 1); got != c.want {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
}
