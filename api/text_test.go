package api_test

import (
	"testing"

	"redoubt/api"
	"redoubt/failover"
)

// What is said again is routine, and what is said for the first time, or otherwise, is not.
func TestWhatIsSaidAgainIsRoutine(t *testing.T) {
	var s failover.State
	s.Reports[1][2] = failover.Report{Sequence: 4, Known: 3, Down: 1}
	s.Ready[1] = 700
	s.Readiness[1] = failover.Readiness{Known: 3, Down: 2}
	s.Leases[0].Fenced = 4
	s.Silent = s.Silent.With(1)
	for _, c := range []struct {
		what string
		e    failover.Event
		want bool
	}{
		{"time", failover.Event{Kind: failover.Tick}, true},
		{"a renewal", failover.Event{Kind: failover.LeaseRenewed, Region: 1}, true},
		{"a lag", failover.Event{Kind: failover.LagMeasured, Region: 1}, true},
		{"the same verdict",
			failover.Event{Kind: failover.Reported, Region: 1, Subject: 2, Known: 3, Down: 1}, true},
		{"the same, of what is known",
			failover.Event{Kind: failover.Reported, Region: 1, Subject: 2, Known: 3, Down: 5}, true},
		{"a check that is down",
			failover.Event{Kind: failover.Reported, Region: 1, Subject: 2, Known: 3, Down: 3}, false},
		{"a check that nobody knows",
			failover.Event{Kind: failover.Reported, Region: 1, Subject: 2, Known: 1, Down: 1}, false},
		{"a first verdict",
			failover.Event{Kind: failover.Reported, Region: 2, Subject: 1, Known: 3}, false},
		{"nobody's verdict",
			failover.Event{Kind: failover.Reported, Region: 200, Subject: 1, Known: 3}, true},
		{"the same capacity",
			failover.Event{Kind: failover.CapacityChanged, Region: 1, Share: 700}, true},
		{"less capacity", failover.Event{Kind: failover.CapacityChanged, Region: 1, Share: 600}, false},
		{"what is ready as before",
			failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 3, Down: 2}, true},
		{"what is ready now",
			failover.Event{Kind: failover.ReadinessChanged, Region: 1, Known: 3}, false},
		{"a fence again", failover.Event{Kind: failover.Fenced, Epoch: 4}, true},
		{"a fence", failover.Event{Kind: failover.Fenced, Epoch: 5}, false},
		{"an agent that was lost", failover.Event{Kind: failover.AgentLost, Region: 1}, true},
		{"an agent that is back", failover.Event{Kind: failover.AgentSeen, Region: 1}, false},
		{"an order", failover.Event{Kind: failover.Ordered, Verb: failover.Pause}, false},
		{"a claim", failover.Event{Kind: failover.StepClaimed}, false},
		{"a policy", failover.Event{Kind: failover.PolicyChanged}, false},
	} {
		if got := api.Routine(&c.e, &s); got != c.want {
			t.Errorf("%s: got %v, want %v", c.what, got, c.want)
		}
	}
}
