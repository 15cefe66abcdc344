package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// An executor of real agents is given less time, at one agent after the other. The policy is the
// same throughout, and nothing is refused; until all have it, the leader and the agent that differs
// say so, and so does an order to change the policy.
func TestAgentsSayWhoHasAnotherExecutor(t *testing.T) {
	c := hireAgents(t)
	before, _ := c.status(0)
	const kind = "kind = \"dry-run\"\n"
	c.scenario(kind, "timeout = \"9s\" # The policy's is too long.\n"+kind)
	leader := slices.Index(crewNames, before.Leader)
	other, third := (leader+1)%3, (leader+2)%3
	c.renew(other)
	want := "the agent of " + crewNames[other] +
		" has another scenario file than the leader's (executors)"
	for _, r := range []int{leader, other} {
		c.until(crewNames[r]+" says who differs", time.Minute, func() bool {
			s, ok := c.status(r)
			return ok && slices.ContainsFunc(s.Warnings(), func(text string) bool {
				return strings.HasPrefix(text, want)
			})
		})
		if out := c.must(r, "status"); !strings.Contains(out, want) {
			t.Errorf("status says nothing of it:\n%s", out)
		}
	}
	_, out, _ := c.ask(third, "policy", "change", "--why", "there is none")
	if !strings.Contains(out, want) {
		t.Errorf("an order to change the policy is answered with nothing of it:\n%s", out)
	}
	c.until("the leader has logged it", time.Minute, func() bool {
		return strings.Contains(c.out.text(), "an agent's scenario file is not the leader's\" "+
			"region="+crewNames[other]+" leader="+crewNames[leader]+" parts=executors")
	})
	c.renew(third)
	c.renew(leader)
	for r := range 3 {
		c.until(crewNames[r]+" has nobody differ", 2*time.Minute, func() bool {
			s, ok := c.status(r)
			return ok && s.Leader != "" && len(s.Apart) == 0 && s.Policy == before.Policy
		})
	}
}
