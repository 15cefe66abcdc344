package api_test

import (
	"slices"
	"testing"

	"redoubt/api"
	"redoubt/failover"
	"redoubt/model"
)

// A step is said to be a dry run where all who do it log alone, and a plan where all of its steps
// are: not where somebody else does a part of it, nor where nobody does it, nor of a guard's fence.
func TestDryRunsAreTold(t *testing.T) {
	const whole = "It is a dry run: executors only log what they would do."
	every := model.StepNames[:]
	dry := func(steps ...string) model.Executor {
		return model.Executor{Name: "nobody", Kind: model.DryRun, Steps: steps}
	}
	does := func(kind model.ExecutorKind, steps ...string) model.Executor {
		return model.Executor{Name: "does", Kind: kind, Steps: steps}
	}
	one := does(model.CommandExecutor, "promote")
	one.OneStore, one.Store = true, 1
	for _, test := range []struct {
		name      string
		executors []model.Executor
		guarded   bool
		dry, plan string
		// has are some of the steps of the plan that are said to be dry, hasNot some that are not.
		has, hasNot []string
	}{
		{name: "nobody is named", hasNot: []string{"fence", "promote"}},
		{name: "all is dry", executors: []model.Executor{dry(every...)}, plan: whole,
			dry: "dry run: executors only log what they would do", has: []string{"fence", "promote"}},
		{name: "a guard fences", executors: []model.Executor{dry("fence", "scale")}, guarded: true,
			dry: "dry run of scale", has: []string{"scale"}, hasNot: []string{"fence", "promote"},
			plan: "A part of it is a dry run: of the steps that say so, executors only log what they " +
				"would do."},
		{name: "people are told",
			executors: []model.Executor{dry(every...), does(model.PeopleExecutor, "notify")},
			dry:       "dry run: executors only log what they would do",
			plan: "A part of it is a dry run: of the steps that say so, executors only log what they " +
				"would do.",
			has: []string{"fence", "shift"}, hasNot: []string{"notify"}},
		{name: "a part is done",
			executors: []model.Executor{dry("promote", "scale"), does(model.CommandExecutor, "promote")},
			dry:       "dry run of scale", has: []string{"scale"}, hasNot: []string{"promote"},
			plan: "A part of it is a dry run: of the steps that say so, executors only log what they " +
				"would do."},
		{name: "one store is not", executors: []model.Executor{dry("promote"), one},
			hasNot: []string{"shift"}, has: []string{"promote"},
			plan: "A part of it is a dry run: of the steps that say so, executors only log what they " +
				"would do."},
	} {
		a, file := losing(t)
		file.Executors = test.executors
		if a.view.Policy.Stores = 2; !test.guarded {
			a.view.Policy.Guarded = 0
		}
		a.view.State.Plan.Steps[a.view.State.Plan.Count] = failover.Step{Kind: failover.Notify}
		a.view.State.Plan.Count++
		s := api.StatusOf(&a.view, file)
		if got := s.Dry(); got != test.dry {
			t.Errorf("%s: got %q, want %q", test.name, got, test.dry)
		}
		if got := s.Plan.Dry(); got != test.plan {
			t.Errorf("%s: got %q of the plan, want %q", test.name, got, test.plan)
		}
		for step, want := range wanted(test.has, test.hasNot) {
			of := func(one api.PlanStep) bool { return one.Step == step && one.DryRun }
			if got := slices.ContainsFunc(s.Plan.Steps, of); got != want {
				t.Errorf("%s: %s is said to be dry: %v, want %v", test.name, step, got, want)
			}
		}
	}
}

// wanted are some names, and whether they are wanted.
func wanted(has, hasNot []string) map[string]bool {
	all := map[string]bool{}
	for _, name := range has {
		all[name] = true
	}
	for _, name := range hasNot {
		all[name] = false
	}
	return all
}

// A drill that changes nothing says so, whoever would do its steps.
func TestADryDrillIsNoFailover(t *testing.T) {
	a, file := losing(t)
	a.view.State.Plan.Kind = failover.DryDrill
	s := api.StatusOf(&a.view, file)
	if got, want := s.Plan.Dry(), "It is a rehearsal: nothing is moved."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
