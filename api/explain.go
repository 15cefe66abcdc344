package api

import (
	"redoubt/failover"
	"redoubt/model"
)

// Account is why an agent's policy does what it does, or nothing, at the time of its state.
type Account struct {
	SchemaVersion int     `json:"schema_version"`
	Region        string  `json:"region"`
	Index         uint64  `json:"index"`
	At            float64 `json:"at_seconds"`
	// Confirmed and Unconfirmed are those of a Status.
	Confirmed   bool   `json:"confirmed"`
	Unconfirmed string `json:"unconfirmed,omitempty"`
	// Empty is that of a Status.
	Empty bool `json:"empty,omitempty"`

	Facts  []Fact         `json:"facts"`
	Scopes []ScopeAccount `json:"scopes"`
}

// ScopeAccount is what every gate says about leaving one scope.
type ScopeAccount struct {
	Scope    string `json:"scope"`
	Region   string `json:"region"`
	Part     string `json:"part"`
	Store    string `json:"store,omitempty"`
	Action   string `json:"action"`
	Target   string `json:"target,omitempty"`
	UnderWay bool   `json:"under_way"`
	// Calm says that there is nothing to it: a quorum sees it up and nobody down, and nothing keeps it
	// closed. Unsaid says that nobody sees it down, and too few see it up.
	Calm       bool        `json:"calm,omitempty"`
	Unsaid     bool        `json:"unsaid,omitempty"`
	Conclusion string      `json:"conclusion"`
	Gates      []Gate      `json:"gates"`
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Gate is what one gate says. For is how long what it rests on has been so, Ends in how long a hold
// ends by itself; each is absent where the state does not say.
type Gate struct {
	Gate    string   `json:"gate"`
	Verdict string   `json:"verdict"`
	Reason  string   `json:"reason"`
	For     *float64 `json:"for_seconds,omitempty"`
	Ends    *float64 `json:"ends_in_seconds,omitempty"`
}

// Candidate is a region that could take over, and why it was chosen or not.
type Candidate struct {
	Region string `json:"region"`
	Chosen bool   `json:"chosen"`
	Reason string `json:"reason"`
}

// AccountOf says why a view's policy does what it does, with the words of the simulator.
func AccountOf(v *View, file *model.Scenario) Account {
	g := &status{view: v, file: file, s: &v.State, p: &v.Policy, name: failover.NamesOf(file)}
	account := g.p.Account(*g.s, g.name)
	if v.empty() { // It would be of a log that has not begun.
		account = failover.Account{}
	}
	out := Account{
		SchemaVersion: SchemaVersion, Region: g.region(v.Self), Index: v.Index, At: g.since(0),
		Confirmed: v.Confirmed, Unconfirmed: v.Unconfirmed, Empty: v.empty(),
	}
	for _, fact := range account.Facts {
		out.Facts = append(out.Facts, Fact(fact))
	}
	for i := range account.Scopes {
		out.Scopes = append(out.Scopes, g.scope(&account.Scopes[i]))
	}
	return out
}

func (g *status) scope(account *failover.ScopeAccount) ScopeAccount {
	v := &account.Verdict
	out := ScopeAccount{
		Scope: v.Scope.Text(g.name), Region: g.region(v.Scope.Region), Part: v.Scope.Part.String(),
		Action: v.Kind.String(), Target: g.region(v.Target), UnderWay: account.UnderWay,
		Conclusion: account.Conclusion,
	}
	if v.Scope.Part == failover.OneStore {
		out.Store = g.name.Store(v.Scope.Store)
	}
	evidence := g.p.EvidenceFor(g.s, v.Scope)
	quiet := !account.UnderWay && evidence.Down == 0
	out.Calm = quiet && evidence.Recovered() && !g.closed(v.Scope.Region)
	out.Unsaid = quiet && !evidence.Recovered()
	for gate := range failover.GateCount {
		told := Gate{
			Gate: gate.String(), Verdict: v.Gates[gate].Ruling.String(),
			Reason: v.Reason(gate, g.s.Now, g.name),
		}
		if since, began := v.Since(gate, g.s.Now); began {
			ago := g.since(since)
			told.For = &ago
		}
		if until, ends := v.Until(gate); ends {
			left := -g.since(until)
			told.Ends = &left
		}
		out.Gates = append(out.Gates, told)
	}
	for r, excuse := range v.Excuses {
		if excuse != failover.NoCandidate {
			out.Candidates = append(out.Candidates, Candidate{
				Region: g.region(model.RegionID(r)), Chosen: excuse == failover.Chosen,
				Reason: excuse.String(),
			})
		}
	}
	return out
}

// closed reports whether something may keep a region from taking writes that belong there: it was
// drained, or it does not hold a lease, or nobody saw its promotion to the end.
func (g *status) closed(r model.RegionID) bool {
	for i := range model.StoreID(g.p.Stores) {
		lease := &g.s.Leases[i]
		if g.s.Writers[i] == r && (lease.Holder != r || lease.Fenced == lease.Epoch ||
			g.s.Left.Unopened>>i&1 == 1) {
			return true
		}
	}
	return g.s.Left.Drained.Has(r)
}
