package failover

import "redoubt/model"

// PlanRule is what a kind of plan consists of.
type PlanRule struct {
	Kind  PlanKind
	Steps []StepRule
}

// StepRule is one step of a kind of plan.
type StepRule struct {
	Kind StepKind
	// Needs are the kinds of steps that must be done before it.
	Needs StepSet
	// Actor says in words whose agent does it.
	Actor string
	// EachStore says that there is one for each store that the plan concerns, Optional that there is
	// one only if the policy asks for it.
	EachStore, Optional bool
	// Spared says that the plan goes on without it when it fails, Once that it must not be done twice.
	Spared, Once bool
}

// PlanRules returns the steps of every kind of plan, in the order in which they are laid out. It is
// what the documents show.
func PlanRules() []PlanRule {
	var all []PlanRule
	for kind := range planKindCount {
		if kind == NoPlan {
			continue
		}
		rule := PlanRule{Kind: kind}
		for _, step := range planRules[kind].order {
			rule.Steps = append(rule.Steps, StepRule{
				Kind: step, Needs: kind.needs(step), Actor: actorWord(kind, step),
				EachStore: step.ofStore(), Optional: OptionalSteps.Has(step),
				Spared: step.spares() || kind == Evacuation && step == Scale,
				Once:   step.Once(),
			})
		}
		all = append(all, rule)
	}
	return all
}

// actorWord asks the rule itself who does a step, in a plan of regions that can be told apart.
func actorWord(plan PlanKind, kind StepKind) string {
	const subject, target, holder = 0, 1, 2
	var s State
	s.Plan.Kind, s.Plan.Subject, s.Plan.Target = plan, subject, target
	s.Leases[0].Holder = holder
	switch kind {
	case Rehearse:
		return "both ends and the leader"
	case Undrain:
		return "the region that was drained"
	}
	switch new(Policy).actor(&s, kind, 0) {
	case subject:
		return "the region that is left"
	case target:
		return "the target"
	case holder:
		return "the holder of the lease"
	case model.NoRegion:
	}
	return "the leader"
}

// EachStore reports whether a plan has a step of this kind for each store that it concerns.
func (k StepKind) EachStore() bool { return k.ofStore() }

// Kinds are the kinds of steps in the set, in their own order.
func (s StepSet) Kinds() []StepKind {
	var kinds []StepKind
	for kind := range stepKindCount {
		if s.Has(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// String gives the part's name.
func (p Part) String() string {
	switch p {
	case Whole:
		return "region"
	case OneStore:
		return "store"
	case Routing:
		return "routing"
	case partCount:
	}
	return "unknown"
}
