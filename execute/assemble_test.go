package execute

import (
	"slices"
	"strings"
	"testing"

	"redoubt/failover"
	"redoubt/model"
)

// TestAScenarioNamesItsExecutors and an agent knows where each is, no more and no fewer.
func TestAScenarioNamesItsExecutors(t *testing.T) {
	s := &model.Scenario{
		Regions: []model.Region{{Name: "paris"}, {Name: "oslo"}}, Stores: []model.Store{{Name: "orders"}},
		Executors: []model.Executor{
			{Name: "database", Kind: model.PostgreSQLExecutor, Steps: []string{"promote"}, OneStore: true},
			{Name: "script", Kind: model.CommandExecutor, Steps: []string{"scale", "catch-up"}},
			{Name: "pager", Kind: model.PagerDutyExecutor, Steps: []string{"notify"}},
			{Name: "names", Kind: model.DNSExecutor, Steps: []string{"shift"}},
			{Name: "none", Kind: model.DryRun, Steps: []string{"freeze"}},
			{Name: "cloud", Kind: model.WebhookExecutor, Steps: []string{"divert"}},
		},
		Hooks: []model.Hook{
			{Name: "board", Kind: model.CommandExecutor, Steps: []string{"promote"}, Before: true},
		},
	}
	hook := &Webhook{URL: "https://example.org", Secrets: []Secret{key(t, "k")}}
	at := Addresses{
		Databases: map[string]*PostgreSQL{"database": {}},
		Programs: map[string]Command{
			"script": {Program: []string{"x"}}, "board": {Program: []string{"y"}},
		},
		People:      map[string]*Notifier{"pager": {Routing: "r", Webhook: hook}},
		NameServers: map[string]DNS{"names": {}}, Services: map[string]*Webhook{"cloud": hook},
	}
	c, people, err := Assemble(s, at, &Memory{}, silent())
	if err != nil || len(c.Duties) != 6 || len(c.Hooks) != 1 || len(people) != 1 {
		t.Fatalf("got %+v, %v and %v", c, people, err)
	}
	if c.Duties[1].Steps != failover.Steps(failover.Scale, failover.CatchUp) ||
		!c.Duties[0].OneStore || c.Hooks[0].When != Before {
		t.Errorf("got %+v", c)
	}
	at.Databases = nil
	at.Programs["other"] = Command{Program: []string{"z"}}
	at.People["pager"].Routing = ""
	at.Programs["board"] = Command{}
	_, _, err = Assemble(s, at, &Memory{}, silent())
	for _, part := range []string{
		"executor database: this agent has no address", "the address of other is no executor's",
		"executor pager: PagerDuty, and nobody else", "hook board: it names no program",
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want %q", err, part)
		}
	}
}

// TestEveryStepHasANameInFiles that the model lists.
func TestEveryStepHasANameInFiles(t *testing.T) {
	var all []string
	for step := failover.Fence; step.String() != "unknown"; step++ {
		all = append(all, StepName(step))
	}
	if !slices.Equal(all, model.StepNames[:]) {
		t.Errorf("the model lists %q, and plans have %q", model.StepNames, all)
	}
	p := &PostgreSQL{Names: shop, Memory: &Memory{}}
	for _, name := range all {
		got := p.Do(t.Context(), step(StepOf(name), 5))
		if does := !contains(got.Why, "does not do the step"); does !=
			slices.Contains(model.PostgreSQLExecutor.Steps(), name) {
			t.Errorf("%s: got %+v", name, got)
		}
		named := DNS{Names: shop, Own: "127.0.0.1:1"}.Do(timed(t, 1), step(StepOf(name), 5))
		if does := !contains(named.Why, "does not do the step"); does !=
			slices.Contains(model.DNSExecutor.Steps(), name) {
			t.Errorf("%s: got %+v", name, named)
		}
	}
}

// TestAnAgentKnowsWhatNobodyDoes of what its plans may have.
func TestAnAgentKnowsWhatNobodyDoes(t *testing.T) {
	r := rosterOf(t, t.TempDir()+"/memory", Config{Duties: []Duty{
		{Name: "most", Steps: ^failover.Steps(failover.Fence, failover.Shift, failover.Freeze,
			failover.Divert), Executor: &says{}},
	}})
	p := failover.Policy{Stores: 2, Guarded: 1, Optional: failover.Steps(failover.Freeze)}
	if got := r.Missing(p); !slices.Equal(got, []string{"shift", "freeze", "fence carts"}) {
		t.Errorf("got %q", got)
	}
	if p.Mode = model.Advise; r.Missing(p) != nil {
		t.Error("an agent that only advises needs somebody to act")
	}
}
