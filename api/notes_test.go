package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// TestNotesAreWhatNoFieldHas of what is so of a region: a cause, a veto and what a copy holds have
// fields, and the rest is told whatever its words are.
func TestNotesAreWhatNoFieldHas(t *testing.T) {
	a, file := losing(t)
	v := a.View()
	s := &v.State
	s.Marks[1].Causes, s.Marks[1].Vetoed = 1, true
	s.Diverged[0][1] = failover.Divergence{Status: failover.Archived, Writes: 136}
	status := api.StatusOf(&v, file)
	facts := 0
	for _, fact := range status.Facts {
		if fact.About == file.Regions[1].Name {
			facts++
		}
	}
	r := &status.Regions[1]
	if facts != len(r.Notes)+3 || r.Causes == "" || !r.Vetoed {
		t.Errorf("of %d facts %q are notes, want all but three: %+v", facts, r.Notes, status.Facts)
	}
	for _, text := range r.Notes {
		if !slices.Contains(status.Facts, api.Fact{About: r.Region, Text: text}) {
			t.Errorf("%q is no fact about %s", text, r.Region)
		}
	}
	for i := range status.Stores[0].Copies {
		c := &status.Stores[0].Copies[i]
		holds := c.Holds != ""
		if holds != (c.Region == r.Region) || holds && (!strings.HasPrefix(c.Holds, c.Diverged+" (136")) {
			t.Errorf("%s: %q, held: %q", c.Region, c.Diverged, c.Holds)
		}
	}
	s.Diverged[0][1], s.Lags[0][1] = failover.Divergence{}, failover.LagSample{}
	status = api.StatusOf(&v, file)
	if notes := status.Regions[1].Notes; len(notes) != 1 || !strings.Contains(notes[0], "not known") {
		t.Errorf("got %q, want that its copy is not known to follow", notes)
	}
}

// TestCalmIsNothingToIt of a scope that a quorum sees up: with a doubt about its writes, with a
// plan that runs or with somebody who sees it down it is none, nor is it where too few see it.
func TestCalmIsNothingToIt(t *testing.T) {
	file, policy := estate(t)
	a := newAgent(policy)
	first := func(change func(s *failover.State)) *api.ScopeAccount {
		v := a.View()
		change(&v.State)
		account := api.AccountOf(&v, file)
		return &account.Scopes[0]
	}
	same := func(*failover.State) {}
	if s := first(same); s.Calm || !s.Unsaid {
		t.Errorf("nobody has said anything: got %+v", s)
	}
	a.see(2*time.Second, 0, 0)
	a.apply(failover.Event{Kind: failover.LeaseRenewed, Region: policy.Home, Epoch: 1, Ticket: 1,
		At: failover.Instant(2 * time.Second)})
	if s := first(same); !s.Calm || s.Unsaid {
		t.Errorf("all see it up: got %+v", s)
	}
	for name, change := range map[string]func(s *failover.State){
		"drained":  func(s *failover.State) { s.Left.Drained = s.Left.Drained.With(policy.Home) },
		"fenced":   func(s *failover.State) { s.Leases[0].Fenced = s.Leases[0].Epoch },
		"unopened": func(s *failover.State) { s.Left.Unopened = 1 },
		"held":     func(s *failover.State) { s.Leases[0].Holder = model.NoRegion },
		"down":     func(s *failover.State) { s.Reports[1][policy.Home].Down = 0xff },
		"plan": func(s *failover.State) {
			s.Plan.Kind, s.Plan.Subject, s.Plan.Target = failover.Failover, policy.Home, 1
		},
	} {
		if s := first(change); s.Calm {
			t.Errorf("%s: got %+v, want it told apart", name, s)
		}
	}
}

// TestAPlanStandsFirst among what an entry changed, and a person's number only where nobody's name
// is known.
func TestAPlanStandsFirst(t *testing.T) {
	a, file := losing(t)
	v := a.View()
	names := failover.NamesOf(file)
	p := v.Policy
	before, after := p.Start(), v.State
	changed := api.Changed(&p, &failover.Event{Kind: failover.Tick}, &before, &after,
		&failover.Actions{}, names)
	if len(changed) < 3 || !strings.HasPrefix(changed[0], "plan: ") {
		t.Errorf("got %q, want the plan before all else", changed)
	}
	e := failover.Event{Kind: failover.Ordered, Verb: failover.Pause, Who: 7}
	if text := api.EventText(&e, &after, names); strings.Contains(text, "7") {
		t.Errorf("got %q, want no number in it", text)
	}
	if text := api.PersonText(&e); text != ", by person 7" {
		t.Errorf("got %q", text)
	}
	if text := api.PersonText(&failover.Event{Kind: failover.Tick, Who: 7}); text != "" {
		t.Errorf("got %q of what nobody ordered", text)
	}
}

// TestARefusedReturnSaysUntilWhen a region has to be up for something to return to it, and nothing
// of that where the order is refused for another reason.
func TestARefusedReturnSaysUntilWhen(t *testing.T) {
	_, policy := estate(t)
	policy.StableFor = 30 * time.Minute
	a := newAgent(policy)
	s := &a.view.State
	s.Primary, s.Writers[0], s.Leases[0].Holder = 1, 1, 1
	a.see(time.Second, 0, 0)
	order := failover.Event{
		Kind: failover.Ordered, Verb: failover.GoBack, Region: policy.Home, Who: 1,
		At: failover.Instant(time.Minute),
	}
	for want, change := range map[string]func(s *failover.State){
		": it is in 29m10s, after 30m without a break": func(s *failover.State) {
			s.Flaps[policy.Home] = failover.Flap{At: 1, Up: failover.Instant(10 * time.Second)}
		},
		": the 30m begin once it is known to be up": func(s *failover.State) {
			s.Flaps[policy.Home] = failover.Flap{At: 1}
			for o := range s.Reports {
				s.Reports[o][policy.Home] = failover.Report{}
			}
		},
		"another plan is running": func(s *failover.State) {
			s.Flaps[policy.Home] = failover.Flap{At: 1, Up: failover.Instant(10 * time.Second)}
			s.Plan = failover.Plan{Kind: failover.Failover, Epoch: 1, Subject: 2, Target: 1}
		},
	} {
		state := *s
		change(&state)
		said, got := policy.Refused(state, order), api.Refusal(&policy, &state, &order)
		if !strings.HasSuffix(got, want) || !strings.HasPrefix(got, said) || said == "" {
			t.Errorf("got %q of %q, want %q", got, said, want)
		}
	}
	order.Verb = failover.Approve
	said, got := policy.Refused(*s, order), api.Refusal(&policy, s, &order)
	if got != said || got == "" {
		t.Errorf("got %q of another order, want %q", got, said)
	}
}
