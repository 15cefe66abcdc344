package redoubt_test

import (
	"reflect"
	"testing"

	"redoubt/model"
)

// without are the numbers of a scenario that can change no figure, and why.
var without = map[string]string{
	"Populations.Share":            "the shares sum to 1: no single one can change",
	"Regions.Witness":              "a workload needs a utilisation beside",
	"Settings.ReadinessStaleAfter": "every simulated agent repeats its report for ever",
	"Checks.Probe.Kind":            agentsAlone,
	"Checks.Probe.Proxy":           agentsAlone,
	"Checks.Probe.Record":          agentsAlone,
	"Checks.Probe.Redirects":       agentsAlone,
	"Checks.Probe.Role":            agentsAlone,
	"Checks.Probe.Status":          agentsAlone,
	"Executors.Kind":               agentsAlone,
	"Executors.OneStore":           agentsAlone,
	"Executors.Store":              agentsAlone,
	"Executors.Timeout":            agentsAlone,
	"Hooks.Before":                 agentsAlone,
	"Hooks.Kind":                   agentsAlone,
	"Hooks.Timeout":                agentsAlone,
}

// agentsAlone is why a number of a probe, an executor or a hook changes no figure: the tests of
// probe and execute are about them.
const agentsAlone = "agents alone read it"

// TestNumbersThatChangeNothingAreExcused gives each number that is excused every other value in
// turn, in all scenarios that are quick to try, one of which has every key; and in those that take
// long, all of them a new value at once. What nobody reads alters nothing either way.
func TestNumbersThatChangeNothingAreExcused(t *testing.T) {
	found := map[string]bool{}
	quick, dear := busyScenarios(t)
	for _, s := range append(quick, calm(t)) {
		before := fingerprint(s)
		for _, leaf := range excused(s) {
			found[leaf.path] = true
			if leaf.matters(s, before, true) || leaf.matters(s, before, false) {
				t.Errorf("%s changes something after all, though %s", leaf.path, without[leaf.path])
			}
		}
	}
	for _, s := range dear {
		before := fingerprint(s)
		for turn := range turns {
			altered, restore := alterTogether(s, turn)
			if altered == nil {
				t.Errorf("%s, turn %d: nothing can be changed", s.Name, turn)
			} else if differs(s, before) {
				t.Errorf("%s, turn %d: something of %v changes something", s.Name, turn, altered)
			}
			restore()
		}
	}
	for path := range without {
		if !found[path] {
			t.Errorf("there is no %s", path)
		}
	}
}

// calm has every key of the format, and few faults.
func calm(t *testing.T) *model.Scenario {
	t.Helper()
	s := scenario(t, "scenarios/testdata/good/full.toml")
	s.Run = model.Run{Years: 1, Trials: 1, Seed: 7}
	only(s, model.SingleRegion, model.WarmStandby)
	s.Expected = nil
	return s
}

// excused are the numbers of a scenario that can change nothing.
func excused(s *model.Scenario) (all []leaf) {
	for _, leaf := range leaves(reflect.ValueOf(s).Elem(), "") {
		if _, is := without[leaf.path]; is {
			all = append(all, leaf)
		}
	}
	return all
}

// turns is how many values others has for a number.
const turns = 12

// alterTogether gives each number of a scenario that is excused the value it has in a turn, if the
// scenario is valid with it. It tells which it gave one, and how to take that back.
func alterTogether(s *model.Scenario, turn int) (altered []string, restore func()) {
	var undo []func()
	for _, leaf := range excused(s) {
		was := reflect.New(leaf.value.Type()).Elem()
		was.Set(leaf.value)
		values := append(others(was, true), others(was, false)...)
		leaf.value.Set(values[turn%len(values)])
		if len(s.Validate()) > 0 || leaf.value.Equal(was) {
			leaf.value.Set(was)
			continue
		}
		altered = append(altered, leaf.path)
		undo = append(undo, func() { leaf.value.Set(was) })
	}
	return altered, func() {
		for _, back := range undo {
			back()
		}
	}
}
