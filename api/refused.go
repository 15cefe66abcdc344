package api

import (
	"redoubt/failover"
	"redoubt/model"
)

// RefusedOrder is an order that would be refused as things are, and why. Region is empty of one
// that is about no region.
type RefusedOrder struct {
	Verb   string `json:"verb"`
	Region string `json:"region,omitempty"`
	Why    string `json:"why"`
}

// foretold are the verbs of which the state and a region alone say whether they would be refused:
// not those that name a target, an amount or a person.
func foretold(rule *verbRule) bool {
	if rule.change != NoChange || rule.takes&(takesTarget|takesCauses|mayTakeLoss) != 0 {
		return false
	}
	return rule.takes&takesRegion != 0 || everywhere(rule.verb)
}

// refused are the orders that the policy would refuse now, by its own judgement. A failover counts
// as one that accepts any loss, and a person as one whom the log does not know.
func (g *status) refused() (all []RefusedOrder) {
	for i := range verbRules {
		rule := &verbRules[i]
		if !foretold(rule) {
			continue
		}
		e := failover.Event{
			Kind: failover.Ordered, Verb: rule.verb, Region: model.NoRegion, Subject: model.NoRegion,
			At: g.s.Now.Add(g.age), Said: g.s.Now, Who: max(g.s.Drill.Who+1, 1),
		}
		if rule.takes&takesLoss != 0 {
			e.Lag, e.Ticket = failover.AnyLoss, 1
		}
		if rule.takes&takesRegion == 0 {
			all = g.judged(all, rule.name, &e)
			continue
		}
		for r := range model.RegionID(len(g.file.Regions)) {
			if e.Region = r; g.p.Workload.Has(r) {
				all = g.judged(all, rule.name, &e)
			}
		}
	}
	return all
}

// judged adds an order that would be refused.
func (g *status) judged(all []RefusedOrder, verb string, e *failover.Event) []RefusedOrder {
	if why := Refusal(g.p, g.s, e); why != "" {
		all = append(all, RefusedOrder{Verb: verb, Region: g.region(e.Region), Why: why})
	}
	return all
}

// Refuses says why an order about a region, or about none, would be refused as things are; "" where
// it would not be, or the status does not say.
func (s *Status) Refuses(verb, region string) string {
	for _, r := range s.Refused {
		if r.Verb == verb && r.Region == region {
			return r.Why
		}
	}
	return ""
}
