package api_test

import (
	"strings"
	"testing"

	"redoubt/api"
	"redoubt/model"
)

// TestAnAgentThatHasNothingSaysNothing of a log that it does not have: no primary, nobody who is
// asked, and no region that has lost its vote or its workload.
func TestAnAgentThatHasNothingSaysNothing(t *testing.T) {
	file, _ := estate(t)
	view := api.View{Self: 1, Leader: model.NoRegion, Applied: -1, Heard: model.RegionSet(0).With(1)}
	s, account := api.StatusOf(&view, file), api.AccountOf(&view, file)
	if !s.Empty || s.Primary != "" || len(s.Facts) != 0 || len(s.Notices) != 0 || len(s.Stores) != 0 ||
		s.Plan != nil || s.Region != file.Regions[1].Name {
		t.Errorf("got the status %+v", s)
	}
	for r, told := range s.Regions {
		role, verdict := "workload", "not known"
		if file.Regions[r].Witness {
			role, verdict = "witness", ""
		}
		want := api.RegionStatus{Region: file.Regions[r].Name, Role: role, Verdict: verdict,
			Agent: "lost", Gossip: "lost"}
		if r == 1 {
			want.Agent, want.Gossip = "heard", "heard"
		}
		if told.Region != want.Region || told.Role != want.Role || told.Verdict != want.Verdict ||
			told.Agent != want.Agent || told.Gossip != want.Gossip || told.Quorum != 0 {
			t.Errorf("got the region %+v, want %+v", told, want)
		}
	}
	if !account.Empty || len(account.Facts) != 0 || len(account.Scopes) != 0 {
		t.Errorf("got the account %+v", account)
	}
	for _, warnings := range [][]string{s.Warnings(), account.Warnings()} {
		if text := strings.Join(warnings, "\n"); !strings.Contains(text, "has nothing of the log yet") ||
			strings.Contains(text, "approve") {
			t.Errorf("got the warnings %q", warnings)
		}
	}
}
