package api

import (
	"redoubt/failover"
	"redoubt/model"
)

// Members are the agents of a scenario.
type Members struct {
	SchemaVersion int      `json:"schema_version"`
	Leader        string   `json:"leader,omitempty"`
	Members       []Member `json:"members"`
}

// Member is one agent.
type Member struct {
	Region string `json:"region"`
	Role   string `json:"role"`
	// Member is whether it belongs to the group, Votes whether it also has a vote that the policy
	// counts.
	Member bool `json:"member"`
	Votes  bool `json:"votes"`
	Leads  bool `json:"leads"`
	// Log is whether the log has it as heard of or lost, Gossip whether this agent has.
	Log    string `json:"log"`
	Gossip string `json:"gossip"`
}

// MembersOf lists the agents in a view.
func MembersOf(v *View, file *model.Scenario) Members {
	g := &status{view: v, file: file, s: &v.State, p: &v.Policy, name: failover.NamesOf(file)}
	out := Members{SchemaVersion: SchemaVersion, Leader: g.region(v.Leader)}
	for r := range model.RegionID(len(file.Regions)) {
		told := g.regionStatus(r)
		out.Members = append(out.Members, Member{
			Region: told.Region, Role: told.Role, Member: v.Members.Has(r),
			Votes: g.p.Voters.Has(r) && v.Voters.Has(r), Leads: r == v.Leader,
			Log: told.Agent, Gossip: told.Gossip,
		})
	}
	return out
}
