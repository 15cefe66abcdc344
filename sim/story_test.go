package sim

import (
	"strings"
	"testing"
	"time"

	"redoubt/failover"
	"redoubt/model"
)

// A decision is told with the gates that it passed. Those of a manual one count the approval that
// made it begin.
func TestADecisionIsToldWithTheGatesItPassed(t *testing.T) {
	judged := map[model.StrategyKind]int{}
	for seed := range uint64(40) {
		for _, kind := range model.StrategyKinds() {
			s := randomSystem(seed)
			strategy := strategyOf(t, s, kind)
			w := newTestWorld(t, s, strategy, 20*24*time.Hour)
			w.story = &Story{}
			w.begin(newSource(seed, 0), timelineOutages(nil, s))
			if err := w.run(); err != nil {
				t.Fatal(err)
			}
			for i := range w.decisions {
				d := &w.decisions[i]
				if !d.Judged {
					continue
				}
				judged[kind]++
				if !d.Verdict.Opens() || d.Verdict.Target != d.Target {
					t.Errorf("seed %d, %s: a %s to region %d began at %s although\n%s", seed, kind, d.Action,
						d.Target, d.At, d.Verdict.Text(d.Now, failover.NamesOf(w.scenario)))
				}
				approval := d.Verdict.Gates[failover.ApprovalGate]
				if strategy.Mode == model.Manual && approval.Since == 0 {
					t.Errorf("seed %d, %s: a manual decision at %s without its approval", seed, kind, d.At)
				}
			}
		}
	}
	for _, kind := range model.StrategyKinds() {
		if kind != model.SingleRegion && judged[kind] == 0 {
			t.Errorf("%s decided nothing", kind)
		}
	}
}

// A person says yes ten minutes after being asked, and that is what the story says.
func TestAnApprovalIsToldAtItsGate(t *testing.T) {
	s := estate()
	lose(s, home, time.Minute, 0)
	story, err := Play(s, strategyOf(t, s, model.PilotLight), seedOf(t))
	if err != nil {
		t.Fatal(err)
	}
	d := story.Decisions[0]
	text := d.Verdict.Text(d.Now, failover.NamesOf(s))
	if !d.Judged || !d.Verdict.Opens() || !strings.Contains(text, "pass  approval") {
		t.Errorf("got %+v\n%s\nwant every gate passed", d, text)
	}
	if since := d.Verdict.Gates[failover.ApprovalGate].Since; since != d.Now {
		t.Errorf("approved at %d, want as the plan began, %d", since, d.Now)
	}
}

// Where several people have to approve, each takes their own time, and the last counts. The first
// of them takes the time that the only one takes elsewhere.
func TestTheLastApprovalCounts(t *testing.T) {
	seed := seedOf(t)
	began := func(people int) time.Duration {
		s := estate()
		s.Settings.Approvals = people
		s.People.Approve = model.Distribution{Family: model.Uniform, A: 120, B: 1200}
		lose(s, home, time.Minute, 0)
		story, err := Play(s, strategyOf(t, s, model.PilotLight), seed)
		if err != nil {
			t.Fatal(err)
		}
		return story.Decisions[0].At
	}
	one, two, three := began(1), began(2), began(3)
	if one > two || two > three {
		t.Errorf("one person approves at %s, two at %s, three at %s", one, two, three)
	}
	if longer := one < two || two < three; !longer {
		t.Errorf("of three people none took longer than the first, until %s: look at another seed", one)
	}
}

// A failover that a gate keeps from beginning is told with the gate and its reason.
func TestAWithheldFailoverIsTold(t *testing.T) {
	s := estate()
	s.Settings.DataAtRiskMax = time.Second
	lose(s, home, time.Minute, 0)
	story, err := Play(s, strategyOf(t, s, model.HotStandby), seedOf(t))
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, entry := range story.Entries {
		if entry.Kind == "decision" && strings.Contains(entry.Text, "is not left: lag: deny: ") {
			told++
		}
	}
	if told != 1 || len(story.Decisions) != 0 {
		t.Errorf("told %d times with decisions %+v, want once and none", told, story.Decisions)
	}
}
