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
