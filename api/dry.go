package api

import (
	"fmt"
	"slices"
	"strings"

	"redoubt/failover"
	"redoubt/model"
)

// dryWords say what becomes of a step that nothing but a dry run stands for.
const dryWords = "executors only log what they would do"

// isDry reports whether an executor does nothing but log.
func isDry(e *model.Executor) bool { return e.Kind == model.DryRun }

// dry reports whether a step is logged alone: by the scenario somebody does it, and all who do are
// dry runs. A step of one store is done by those who are about that store, or about all. A guard's
// fence is none: that stops the writes, whoever else is there.
func (g *status) dry(kind failover.StepKind, store model.StoreID, ofStore bool) bool {
	if kind == failover.Fence && g.p.Guarded>>store&1 == 1 {
		return false
	}
	name, some := stepName(kind), false
	for i := range g.file.Executors {
		e := &g.file.Executors[i]
		if !slices.Contains(e.Steps, name) || e.OneStore && ofStore && e.Store != store {
			continue
		}
		if some = true; !isDry(e) {
			return false
		}
	}
	return some
}

// drySteps are the steps that are logged alone, in the order in which plans have them: of those
// that a plan has for each store, such as are for every one.
func (g *status) drySteps() (names []string) {
	for kind := failover.Fence; int(kind) <= len(model.StepNames); kind++ {
		all := true
		for store := range max(1, model.StoreID(g.p.Stores)) { // There are steps without a store, too.
			all = all && g.dry(kind, store, kind.EachStore())
		}
		if all {
			names = append(names, stepName(kind))
		}
	}
	return names
}

// stepName is a step's name as scenario files write it.
func stepName(kind failover.StepKind) string { return strings.ReplaceAll(kind.String(), " ", "-") }

// onlyDry reports whether no step of any plan is done: there are executors, all who do more than
// tell people are dry runs, and no guard stops the writes to a store.
func (g *status) onlyDry() bool {
	acts := func(e model.Executor) bool {
		return !isDry(&e) && e.Kind != model.PeopleExecutor && e.Kind != model.PagerDutyExecutor
	}
	return slices.ContainsFunc(g.file.Executors, func(e model.Executor) bool { return isDry(&e) }) &&
		!slices.ContainsFunc(g.file.Executors, acts) && g.p.Guarded == 0
}

// Dry says that what plans do is a dry run, or which steps of theirs are; "" where none is.
func (s *Status) Dry() string {
	switch {
	case s.DryRun:
		return "dry run: " + dryWords
	case len(s.DrySteps) > 0:
		return "dry run of " + strings.Join(s.DrySteps, ", ")
	}
	return ""
}

// DryShift reports whether no executor leads users to another region.
func (s *Status) DryShift() bool { return slices.Contains(s.DrySteps, stepName(failover.Shift)) }

// DryAnswers says that the agents' own name servers change what they answer though it is a dry run,
// in a sentence; "" where none is, or the agent that is asked has no name server.
func (s *Status) DryAnswers() string {
	if !s.AnswersDNS || !s.DryShift() {
		return ""
	}
	return "The agents' own name servers do change what they answer: they go by the log."
}

// HowLeft says how a region was left that WasLeft, in a part of a sentence: that it was a dry run
// where no executor leads users away from it.
func (s *Status) HowLeft(r *RegionStatus) string {
	how := "was left"
	if s.Evacuated(r) {
		how = "was evacuated"
	}
	if s.DryShift() {
		how += " in a dry run"
	}
	return how
}

// dryLeft says of each region that was left in a dry run that nothing was done.
func (s *Status) dryLeft() (all []string) {
	for i := range s.Regions {
		if r := &s.Regions[i]; s.DryShift() && s.WasLeft(r) {
			text := fmt.Sprintf("%s %s: what leads users there was not changed by an executor", r.Region,
				s.HowLeft(r))
			if s.AnswersDNS {
				text += ", and the agents' own name servers lead them elsewhere"
			}
			all = append(all, text)
		}
	}
	return all
}

// Dry says that nothing, or a part, of a plan is carried out, in a sentence; "" where all of it is.
func (p *PlanStatus) Dry() string {
	switch {
	case p.Kind == failover.DryDrill.String():
		return "It is a rehearsal: nothing is moved."
	case p.DryRun:
		return "It is a dry run: " + dryWords + "."
	case slices.ContainsFunc(p.Steps, func(s PlanStep) bool { return s.DryRun }):
		return "A part of it is a dry run: of the steps that say so, " + dryWords + "."
	}
	return ""
}

// Told is how far a step is, and that it is a dry run where that is not so of all the plan.
func (p *PlanStatus) Told(s *PlanStep) string {
	if s.DryRun && !p.DryRun {
		return s.Status + ", dry run"
	}
	return s.Status
}
