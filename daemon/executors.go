package daemon

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"redoubt/execute"
	"redoubt/failover"
	"redoubt/guard"
	"redoubt/model"
	"redoubt/scenarios"
)

// hands are who does the steps of plans, as an agent.Executor.
type hands struct{ roster *execute.Roster }

// Do does an action.
func (h hands) Do(ctx context.Context, a failover.Action) execute.Result {
	return h.roster.Do(ctx, a)
}

// openHands puts together who does the steps of plans, and who tells people. A shadow has nobody
// who does anything; an agent whose plans have a step that nobody does is not started.
func (d *daemon) openHands() (err error) {
	d.memory, err = execute.OpenMemory(filepath.Join(d.Agent.Data, "executors"))
	if err != nil {
		return err
	}
	at, err := d.addresses()
	if err != nil {
		return err
	}
	config, tellers, err := execute.Assemble(d.Scenario, at, d.memory, d.Log)
	if err != nil {
		return fmt.Errorf("the executors of %s: %w", d.Scenario.Name, err)
	}
	if d.tellers = tellers; d.Agent.Shadow {
		config.Duties, config.Hooks = nil, nil
	}
	roster, err := execute.New(config)
	if err != nil {
		return err
	}
	d.hands = hands{roster}
	return d.missing(roster.Missing)
}

// addresses are where the executors and hooks of the scenario are for this agent. A witness has no
// copy of a store, and does what is about none.
func (d *daemon) addresses() (execute.Addresses, error) {
	at := execute.Addresses{
		Programs: map[string]execute.Command{}, Services: map[string]*execute.Webhook{},
		Databases: map[string]*execute.PostgreSQL{}, NameServers: map[string]execute.DNS{},
		People: map[string]*execute.Notifier{},
	}
	var wrong []error
	for i := range d.Scenario.Executors {
		e := &d.Scenario.Executors[i]
		wrong = append(wrong, d.address(&at, e.Name, e.Kind, e.Store))
	}
	for i := range d.Scenario.Hooks {
		h := &d.Scenario.Hooks[i]
		wrong = append(wrong, d.address(&at, h.Name, h.Kind, 0))
	}
	return at, errors.Join(wrong...)
}

func (d *daemon) address(
	at *execute.Addresses, name string, kind model.ExecutorKind, store model.StoreID,
) error {
	s := d.Agent.Services[name]
	switch kind {
	case model.CommandExecutor:
		at.Programs[name] = execute.Command{
			Program: s.Command, Look: s.Look, Environment: s.Environment, Dir: d.Agent.Data,
		}
	case model.WebhookExecutor:
		hook, err := webhook(&s)
		at.Services[name] = hook
		return err
	case model.PostgreSQLExecutor:
		made, err := d.database(store)
		at.Databases[name] = made
		return err
	case model.DNSExecutor:
		at.NameServers[name] = execute.DNS{
			Origin: d.Agent.Zone.Origin, Own: d.listeners.names.Addr().String(), Others: s.NameServers,
		}
	case model.PeopleExecutor, model.PagerDutyExecutor:
		teller, err := d.teller(&s, kind)
		at.People[name] = teller
		return err
	case model.DryRun:
	}
	return nil
}

// webhook makes a service of its address.
func webhook(s *scenarios.Service) (*execute.Webhook, error) {
	made := &execute.Webhook{URL: s.URL, Look: s.LookURL, Headers: s.Headers}
	for _, path := range s.Secrets {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read a key of a webhook: %w", err)
		}
		secret, err := execute.ParseSecret(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		made.Secrets = append(made.Secrets, secret)
	}
	return made, nil
}

// teller makes who tells people.
func (d *daemon) teller(s *scenarios.Service, kind model.ExecutorKind) (*execute.Notifier, error) {
	hook, err := webhook(s)
	if err != nil {
		return nil, err
	}
	made := &execute.Notifier{Webhook: hook, Source: d.Scenario.Name, Why: d.why}
	if kind == model.PagerDutyExecutor {
		text, err := os.ReadFile(s.RoutingKey)
		if err != nil {
			return nil, fmt.Errorf("read the key of PagerDuty: %w", err)
		}
		made.Routing = strings.TrimSpace(string(text))
	}
	return made, nil
}

// why is what the gate found that an alarm names, by the state that the agent has applied.
func (d *daemon) why(a failover.Action) string {
	v := d.node.View()
	if v.Policy == nil {
		return ""
	}
	return v.Policy.Why(v.State, a, failover.NamesOf(d.Scenario))
}

// database is how a store's servers are reached, and this region's own copy of it.
func (d *daemon) database(store model.StoreID) (*execute.PostgreSQL, error) {
	file := &d.Agent.Stores[store]
	made := &execute.PostgreSQL{Here: d.Region, Writer: func() model.RegionID {
		return d.node.View().State.Writers[store]
	}}
	for r := range model.RegionID(len(d.names)) {
		made.Servers[r] = execute.Server{Control: file.Servers[r], Follow: file.Follow[r]}
	}
	if file.Data != "" {
		made.Copy = &execute.Copy{
			Data: file.Data, Programs: file.Programs, Stop: file.Stop, Start: file.Start,
			Work: filepath.Join(d.Agent.Data, "kept", d.Scenario.Stores[store].Name),
		}
		if err := os.MkdirAll(made.Copy.Work, 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of what a copy held alone: %w", err)
		}
	}
	if file.Guard != "" {
		made.Guard = guard.NewClient(file.Guard)
	}
	return made, nil
}

// notify tells people what stands, over everybody who tells them; nil where nobody does.
func (d *daemon) notify() func(context.Context, iter.Seq[failover.Action]) error {
	if len(d.tellers) == 0 {
		return nil
	}
	return func(ctx context.Context, standing iter.Seq[failover.Action]) error {
		var failed []error
		for _, teller := range d.tellers {
			failed = append(failed, teller.Deliver(ctx, standing))
		}
		return errors.Join(failed...)
	}
}
