package api_test

import (
	"slices"
	"strings"
	"testing"

	"redoubt/api"
)

// TestAnAgentWithoutAnArchiveActs holds that what keeps an agent from acting and what keeps its
// archive from keeping anything are told apart.
func TestAnAgentWithoutAnArchiveActs(t *testing.T) {
	for _, c := range []struct {
		status api.Status
		want   string
	}{
		{api.Status{Leader: "us-east-1", Halted: "a rule failed"},
			"THE AGENT DOES NOT ACT: a rule failed"},
		{api.Status{Leader: "us-east-1", Doubt: "1.log is cut short"},
			"the archive is not what it was, and the agent acts as before: 1.log is cut short"},
		{api.Status{Leader: "us-east-1", Unkept: "no room"},
			"the archive keeps nothing any more, and the agent acts as before: no room"},
	} {
		got := c.status.Warnings()
		if !slices.Equal(got, []string{c.want}) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestAPlanIsNamedByItsEnds names those that it has.
func TestAPlanIsNamedByItsEnds(t *testing.T) {
	for _, c := range []struct{ leaves, to, want string }{
		{"us-east-1", "eu-west-1", "from us-east-1 to eu-west-1"},
		{"us-east-1", "", "of us-east-1"},
		{"", "eu-west-1", "to eu-west-1"},
		{"eu-west-1", "eu-west-1", "of eu-west-1"},
	} {
		if got := api.Ends(c.leaves, c.to); got != c.want {
			t.Errorf("from %q to %q: got %q, want %q", c.leaves, c.to, got, c.want)
		}
	}
}

// TestTheRestOfAPlanIsEstimatedOrNot: one that has used up its durations has no rest of 0 s.
func TestTheRestOfAPlanIsEstimatedOrNot(t *testing.T) {
	steps := []api.PlanStep{
		{Step: "fence", Store: "orders", Tries: 4},
		{Step: "promote", Store: "orders", Tries: 3, Ahead: &api.Ahead{}},
		{Step: "shift", Tries: 1, Ahead: &api.Ahead{}},
	}
	whole := api.Estimate{Typical: 60, Slow: 100}
	for _, c := range []struct {
		plan       api.PlanStatus
		rest, told string
	}{
		{api.PlanStatus{For: 30, Whole: whole, Left: api.Estimate{Typical: 30, Slow: 70}},
			"the rest takes about 30s, 1m10s if slow",
			"The rest takes about 30s by the scenario's durations, 1m10s if all of it is slow."},
		{api.PlanStatus{For: 120, Whole: whole, Steps: steps},
			"overdue by 20s, no estimate, promote orders tried 3 times",
			"Overdue by 20s, no estimate, promote orders tried 3 times."},
		{api.PlanStatus{For: 120, Whole: whole, Left: api.Estimate{Slow: 5}},
			"overdue by 20s, the rest takes about 0s, 5s if slow",
			"Overdue by 20s, the rest takes about 0s by the scenario's durations, 5s if all of it is slow."},
		{api.PlanStatus{For: 90, Whole: whole}, "no estimate of the rest", "No estimate of the rest."},
		{api.PlanStatus{For: 90}, "no estimate of the rest", "No estimate of the rest."},
	} {
		if got := c.plan.Rest(); got != c.rest {
			t.Errorf("got %q, want %q", got, c.rest)
		}
		if got := c.plan.RestTold(); got != c.told {
			t.Errorf("got %q, want %q", got, c.told)
		}
	}
}

// TestTheGravestWarningsComeFirst: that nothing is decided, what this agent cannot do, what people
// have stopped and are called for, and after all of it what can wait.
func TestTheGravestWarningsComeFirst(t *testing.T) {
	s := api.Status{
		Region: "a", Halted: "a rule failed", Stuck: true, AppliedAgo: 40, Shadow: true, Paused: true,
		Brake: "pulled", Notices: []string{"people are asked"}, Waiting: "2", Policy: "1", Unkept: "full",
		Doubt: "cut short",
	}
	var got []string
	for _, text := range s.Warnings() {
		first, _, _ := strings.Cut(text, ":")
		got = append(got, first)
	}
	want := []string{
		"no leader is known, so that nothing is decided", "THE AGENT DOES NOT ACT",
		"nothing was applied for 40s", "the agent only says what it would do (shadow)",
		"a person has paused the policy", "the brake is on", "people are asked",
		"the archive keeps nothing any more, and the agent acts as before",
		"the archive is not what it was, and the agent acts as before",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSilenceAndDisagreementAreToldApart of a region that is not known to be up.
func TestSilenceAndDisagreementAreToldApart(t *testing.T) {
	up, silent := api.Observation{By: "b", Verdict: "up"}, api.Observation{By: "c", Verdict: "unknown"}
	late, down := silent, api.Observation{By: "d", Verdict: "down"}
	silent.Age, late.Age = 47, -1
	for _, c := range []struct {
		r    api.RegionStatus
		want string
	}{
		{api.RegionStatus{SaysUp: 1, Observers: []api.Observation{up, silent}},
			"1 of 2 sees it up; c silent for 47s (2 needed)"},
		{api.RegionStatus{SaysUp: 1, SaysDown: 1, Observers: []api.Observation{up, down}},
			"1 of 2 sees it up, 1 of 2 sees it down (2 needed)"},
		{api.RegionStatus{SaysDown: 2, Observers: []api.Observation{down, down, late}},
			"2 of 3 see it down; c has never said anything (2 needed)"},
		{api.RegionStatus{Observers: []api.Observation{silent}},
			"none of 1 says anything; c silent for 47s (2 needed)"},
		{api.RegionStatus{}, "nobody can tell whether it is up"},
	} {
		c.r.Verdict, c.r.Quorum = "not known", 2
		if got := c.r.Unsure(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		if c.r.Verdict = "up"; c.r.Unsure() != "" {
			t.Errorf("got %q of one that is up", c.r.Unsure())
		}
	}
}

// TestWhatARegionCanCarry is not known where its agent is lost, and an overload where it is.
func TestWhatARegionCanCarry(t *testing.T) {
	all := 1.0
	for _, c := range []struct {
		r           api.RegionStatus
		carry, over string
	}{
		{api.RegionStatus{Ready: 0.67, Quorum: 2, Users: &all}, "67 %",
			"100 % of users are sent there, and it can carry 67 %"},
		{api.RegionStatus{Ready: 1, Quorum: 2, Users: &all}, "100 %", ""},
		{api.RegionStatus{Ready: 0.67, Quorum: 2}, "67 %", ""},
		{api.RegionStatus{Ready: 0.67, Quorum: 2, Agent: "lost", Users: &all}, "?", ""},
		{api.RegionStatus{Users: &all}, "?", ""},
		{api.RegionStatus{Role: "witness"}, "", ""},
	} {
		if carry, over := c.r.CanCarry(), c.r.Overload(); carry != c.carry || over != c.over {
			t.Errorf("%+v: got %q, %q, want %q, %q", c.r, carry, over, c.carry, c.over)
		}
	}
}

// A step that is over has not lasted since: it is told when that was, from the plan's beginning on.
func TestAStepThatIsOverDoesNotLast(t *testing.T) {
	p := api.PlanStatus{For: 6, Stood: 45}
	for _, c := range []struct {
		step api.PlanStep
		want string
	}{
		{api.PlanStep{Status: "done", For: 5.4, Stood: 45}, "at +600ms"},
		{api.PlanStep{Status: "done", For: 1}, "at +50s"},
		{api.PlanStep{Status: "failed", For: 2, Stood: 45}, "at +4s"},
		{api.PlanStep{Status: "spared", For: 7, Stood: 45}, "at +0s"},
		{api.PlanStep{Status: "claimed", For: 5.3}, "for 5.3s"},
		{api.PlanStep{Status: "pending", For: 1, Stood: 45}, "for 46s"},
		{api.PlanStep{Status: "waiting", For: 6, Stood: 45}, "for 51s"},
	} {
		if got := p.When(&c.step); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.step, got, c.want)
		}
	}
}
