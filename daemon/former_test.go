package daemon

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redoubt/agent"
	"redoubt/failover"
	"redoubt/model"
	"redoubt/scenarios"
)

// started is an agent's daemon of a hot standby, up to what it recalls, after a change to its
// scenario.
func started(
	t *testing.T, dir string, change func(*model.Scenario, *scenarios.Agent),
) (*daemon, error) {
	t.Helper()
	s, err := scenarios.Load("ecommerce-three-region")
	if err != nil {
		t.Fatal(err)
	}
	s.Settings.Readiness = []string{"secrets", "quota"}
	s.Settings.ReadinessStaleAfter = time.Minute
	file := &scenarios.Agent{Strategy: model.HotStandby, Data: dir}
	for i := range s.Stores {
		file.Stores[i].Guard = "/run/guard.sock"
	}
	if change != nil {
		change(s, file)
	}
	d := &daemon{Config: Config{
		Scenario: s, Agent: file, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	for i := range s.Regions {
		d.names = append(d.names, s.Regions[i].Name)
	}
	if d.policy, err = PolicyOf(s, file); err != nil {
		t.Fatal(err)
	}
	return d, d.recall()
}

// slower is a scenario with another policy.
func slower(s *model.Scenario, _ *scenarios.Agent) { s.Settings.HoldDown += time.Minute }

// An agent that is started with another scenario goes on under the policy that its folder keeps, as
// often as that asks for, and speaks of nothing that has another number there.
func TestAgentGoesOnUnderTheFormerPolicy(t *testing.T) {
	dir := t.TempDir()
	first, err := started(t, dir, nil)
	if err != nil || first.former != nil {
		t.Fatalf("in an empty folder: %v, former %v", err, first.former)
	}
	if err := recordOf(first.Scenario, first.Agent, &first.policy).write(dir); err != nil {
		t.Fatal(err)
	}
	if same, err := started(t, dir, nil); err != nil || same.former != nil {
		t.Errorf("with the same scenario: %v, former %v", err, same.former)
	}
	next, err := started(t, dir, func(s *model.Scenario, _ *scenarios.Agent) {
		slower(s, nil)
		s.Settings.ReportEvery *= 2
		s.Settings.RenewEvery /= 2
		s.Settings.Readiness = []string{"keys", "quota", "images"}
		s.Checks = append(slices.Clone(s.Checks), s.Checks[0])
		s.Checks[len(s.Checks)-1].Name = "another"
	})
	if err != nil || next.former == nil || next.former.Digest() != first.policy.Digest() {
		t.Fatalf("with another one: %v, former %v", err, next.former)
	}
	was, is := &first.Scenario.Settings, &next.Scenario.Settings
	config := agent.Config{
		Names: next.names, Policies: []failover.Policy{next.policy},
		Times: agent.Times{ReportEvery: is.ReportEvery, RenewEvery: is.RenewEvery, LagEvery: time.Hour},
	}
	next.goOn(&config)
	if len(config.Policies) != 2 || config.Policies[1].Digest() != first.policy.Digest() {
		t.Errorf("it acts under %d policies", len(config.Policies))
	}
	want := agent.Times{
		ReportEvery: was.ReportEvery, RenewEvery: is.RenewEvery, LagEvery: lagEvery(first.Scenario),
	}
	if config.Times != want {
		t.Errorf("got %+v, want %+v", config.Times, want)
	}
	moved := agent.Numbers{Checks: 1 << (len(next.Scenario.Checks) - 1), Items: 0b101}
	if config.Moved != moved {
		t.Errorf("got %+v, want %+v", config.Moved, moved)
	}
	shadow, err := started(t, dir, func(s *model.Scenario, file *scenarios.Agent) {
		slower(s, nil)
		file.Shadow = true
	})
	if err != nil || shadow.former != nil {
		t.Errorf("a shadow of what was none: %v, former %v", err, shadow.former)
	}
}

// A scenario that gives a number of the log to something else is refused, and so is one with which
// the agent could not do its part until the policy is changed.
func TestAScenarioKeepsTheLogsNumbers(t *testing.T) {
	dir := t.TempDir()
	guarded := func(s *model.Scenario, _ *scenarios.Agent) { s.Stores[0].Guarded = true }
	first, err := started(t, dir, guarded)
	if err != nil {
		t.Fatal(err)
	}
	kept := recordOf(first.Scenario, first.Agent, &first.policy)
	if err := kept.write(dir); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*model.Scenario, *scenarios.Agent)
		want   string
	}{
		"regions that have changed places": {func(s *model.Scenario, _ *scenarios.Agent) {
			s.Regions[0].Name, s.Regions[1].Name = s.Regions[1].Name, s.Regions[0].Name
		}, "region 1 of the scenario is"},
		"another store": {func(s *model.Scenario, _ *scenarios.Agent) {
			s.Stores[0].Name = "ledger"
		}, "store 1 of the scenario is ledger, and the agent's log knows orders by that"},
		"items that have changed places": {func(s *model.Scenario, _ *scenarios.Agent) {
			s.Settings.Readiness = []string{"quota", "secrets"}
		}, "item quota is number 1 of the scenario, and number 2 in the agent's log"},
		"the same under another policy": {func(s *model.Scenario, _ *scenarios.Agent) {
			slower(s, nil)
			s.Settings.Readiness = []string{"quota", "secrets"}
		}, ""},
		"a check that has another name": {func(s *model.Scenario, _ *scenarios.Agent) {
			s.Checks = slices.Clone(s.Checks)
			s.Checks[0].Name = "renamed"
		}, ""},
		"no guard any more": {func(s *model.Scenario, file *scenarios.Agent) {
			s.Stores[0].Guarded = false
			file.Stores[0].Guard = ""
		}, "it stays under the former one: the scenario says that orders has a guard"},
	} {
		_, err := started(t, dir, func(s *model.Scenario, file *scenarios.Agent) {
			guarded(s, file)
			c.change(s, file)
		})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, recordFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := started(t, dir, guarded); err == nil || !strings.Contains(err.Error(), recordFile) {
		t.Errorf("a record that is damaged: %v", err)
	}
}

// Steps that only the former policy has must be done by somebody, until the policy is changed.
func TestStepsOfTheFormerPolicyAreDone(t *testing.T) {
	former := failover.Policy{Stores: 2}
	d := &daemon{policy: failover.Policy{Stores: 1}, former: &former}
	lacks := func(stores uint8) func(failover.Policy) []string {
		return func(p failover.Policy) []string {
			if p.Stores == stores {
				return []string{"validate"}
			}
			return nil
		}
	}
	for stores, want := range []string{"", "name an [[executor]]", "leave their [[executor]]"} {
		err := d.missing(lacks(uint8(stores)))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("a step that policy %d alone has: got %v, want %q", stores, err, want)
		}
	}
	former.Mode = model.Advise
	if err := d.missing(lacks(2)); err != nil {
		t.Errorf("a former policy that only advised: %v", err)
	}
}
