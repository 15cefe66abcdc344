package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// executors demands of each executor that it can do what it is to do, and of each hook that it can
// be told of what it is to hear of.
func (v *validator) executors() {
	names := make([]string, len(v.s.Executors))
	for i := range v.s.Executors {
		e, path := &v.s.Executors[i], fmt.Sprintf("executor[%d]", i)
		names[i] = e.Name
		if !slices.Contains(ExecutorKinds(), e.Kind) {
			v.add(path+".kind", "", "%s.kind is none", path)
		}
		v.steps(path+".steps", e.Steps, e.Kind)
		ofStore := e.Kind == PostgreSQLExecutor
		switch {
		case e.OneStore && int(e.Store) >= len(v.s.Stores):
			v.add(path+".store", "", "%s.store names no store", path)
		case ofStore && !e.OneStore:
			v.add(path, "", "%s needs the key \"store\": a %s executor is of one cluster", path, e.Kind)
		case e.OneStore && (e.Kind == DNSExecutor || e.Kind.tells()):
			v.add(path+".store", "", "%s.store is never read: what %s does is about no store", path, e.Kind)
		}
		if e.Timeout != 0 {
			v.duration(path+".timeout", e.Timeout, time.Second, 24*time.Hour)
		}
	}
	v.names("executor", names)
	v.most("executor", len(names), MaxExecutors)
	v.hooks()
}

func (v *validator) hooks() {
	names := make([]string, len(v.s.Hooks))
	for i := range v.s.Hooks {
		h, path := &v.s.Hooks[i], fmt.Sprintf("hook[%d]", i)
		names[i] = h.Name
		if !slices.Contains(HookKinds(), h.Kind) {
			v.add(path+".kind", "", "%s.kind is none", path)
		}
		v.steps(path+".steps", h.Steps, h.Kind)
		v.duration(path+".timeout", h.Timeout, time.Second, time.Hour)
	}
	v.names("hook", names)
	v.most("hook", len(names), MaxHooks)
}

// steps demands that there are some, each once, and that a kind can do them.
func (v *validator) steps(path string, steps []string, kind ExecutorKind) {
	if len(steps) == 0 {
		v.add(path, "", "%s names no step", path)
	}
	able := kind.Steps()
	for i, step := range steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !slices.Contains(StepNames[:], step):
			v.add(at, "one of "+strings.Join(StepNames[:], ", "), "%s is no step of a plan", step)
		case slices.Contains(steps[:i], step):
			v.add(at, "", "%s names the step %s twice", path, step)
		case able != nil && !slices.Contains(able, step):
			v.add(at, "it does "+strings.Join(able, ", "), "a %s executor does not do the step %s", kind,
				step)
		}
	}
}

// tells reports whether an executor of a kind tells people.
func (k ExecutorKind) tells() bool { return k == PeopleExecutor || k == PagerDutyExecutor }
