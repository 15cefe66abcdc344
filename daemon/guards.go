package daemon

import (
	"fmt"
	"strings"

	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// unguarded demands a guard of each store that the policy takes for guarded, in a region that may
// hold it. Without one nobody renews its lease there, and nobody ends its writes when the lease is
// over: the other agents would promote another copy beside a database that goes on writing.
func unguarded(
	s *model.Scenario, p *failover.Policy, file *scenarios.Agent, self model.RegionID,
) error {
	if p.Mode == model.Advise || !p.Candidates.Has(self) || p.Candidates.Count() < 2 {
		return nil
	}
	var lack, never []string
	for i := range model.StoreID(p.Stores) {
		switch store := &s.Stores[i]; {
		case p.Guarded>>i&1 == 0 || file.Stores[i].Guard != "":
		case store.Kind.Synchronous():
			never = append(never, store.Name)
		default:
			lack = append(lack, store.Name)
		}
	}
	if len(never) > 0 {
		return fmt.Errorf("%s: a store that holds its own lease, as one of a quorum does, is none that "+
			"agents can move: leave it to its own failover, and out of the agents' scenario",
			strings.Join(never, ", "))
	}
	if len(lack) > 0 {
		return fmt.Errorf("the scenario says that %s has a guard, and this agent's file names none: run "+
			"redoubt guard there and write [store.%s] guard, or nobody stops its writes at the lease's end",
			strings.Join(lack, ", "), lack[0])
	}
	return nil
}
