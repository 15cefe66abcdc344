package api_test

import (
	"slices"
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
