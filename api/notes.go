package api

import (
	"slices"
	"strings"

	"redoubt/failover"
	"redoubt/model"
)

// told are the facts of the state.
func (g *status) told() []failover.Fact {
	if g.facts == nil {
		g.facts = g.p.Account(*g.s, g.name).Facts
	}
	return g.facts
}

// gone are the facts about a region that would not be so if something in the state were otherwise.
// So what a fact follows from is known without a look at its words.
func (g *status) gone(r model.RegionID, change func(s *failover.State)) (all []failover.Fact) {
	s := *g.s
	change(&s)
	left := g.p.Account(s, g.name).Facts
	for _, fact := range g.told() {
		if fact.About == g.region(r) && !slices.Contains(left, fact) {
			all = append(all, fact)
		}
	}
	return all
}

// notes are the facts about a region that follow from nothing which a field has.
func (g *status) notes(r model.RegionID) (all []string) {
	var known []failover.Fact
	if mark := g.s.Marks[r]; mark.Causes != 0 || mark.Vetoed {
		known = g.gone(r, func(s *failover.State) { s.Marks[r].Causes, s.Marks[r].Vetoed = 0, false })
	}
	for i := range model.StoreID(g.p.Stores) {
		if g.s.Diverged[i][r].Status != failover.InStep {
			known = append(known, g.diverged(i, r)...)
		}
	}
	for _, fact := range g.told() {
		if fact.About == g.region(r) && !slices.Contains(known, fact) {
			all = append(all, fact.Text)
		}
	}
	return all
}

// diverged are the facts that follow from a copy not being in step.
func (g *status) diverged(i model.StoreID, r model.RegionID) []failover.Fact {
	return g.gone(r, func(s *failover.State) { s.Diverged[i][r] = failover.Divergence{} })
}

// holds says what a copy holds that the writer does not, without its name where that comes first.
func (g *status) holds(i model.StoreID, r model.RegionID) string {
	var all []string
	for _, fact := range g.diverged(i, r) {
		all = append(all, strings.TrimPrefix(fact.Text, "its copy of "+g.name.Store(i)+": "))
	}
	return strings.Join(all, "; ")
}
