package model

import "slices"

// Assumption is a number that a scenario leaves to a default which nobody verified.
type Assumption struct {
	// Key is where the file would say it, as "store.restore", and Of the names of those that leave it
	// out, where there can be several.
	Key string
	Of  []string
	// Value is what is assumed, with its unit.
	Value string
	// Kinds are the strategies that read it; none is all.
	Kinds []StrategyKind
}

// AssumedBy returns what the runs of any of these strategies assume, in the order of the file's
// tables.
func (s *Scenario) AssumedBy(kinds ...StrategyKind) (all []Assumption) {
	for _, a := range s.Assumed {
		reads := func(kind StrategyKind) bool { return slices.Contains(a.Kinds, kind) }
		if len(a.Kinds) == 0 || slices.ContainsFunc(kinds, reads) {
			all = append(all, a)
		}
	}
	return all
}
