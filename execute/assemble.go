package execute

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"redoubt/failover"
	"redoubt/model"
)

// Addresses are where one agent reaches the executors and hooks of its scenario, by their names.
// What the scenario says of them (their stores, and what those and the regions are called) and the
// memory are left out.
type Addresses struct {
	Programs    map[string]Command
	Services    map[string]*Webhook
	Databases   map[string]*PostgreSQL
	NameServers map[string]DNS
	People      map[string]*Notifier
}

// Assemble makes what a Roster needs of a scenario and the addresses of one agent. The notifiers
// are those that the agent is to have deliver what stands, too. An executor without an address is
// an error, and so is an address that nobody has: all of them at once.
func Assemble(
	s *model.Scenario, at Addresses, memory *Memory, log *slog.Logger,
) (Config, []*Notifier, error) {
	a := assembly{
		scenario: s, at: at, used: map[string]bool{},
		made: Config{Memory: memory, Names: NamesOf(s), Log: log},
	}
	for i := range s.Executors {
		a.executor(&s.Executors[i])
	}
	for i := range s.Hooks {
		a.hook(&s.Hooks[i])
	}
	for _, name := range at.names() {
		if !a.used[name] {
			a.wrong("the address of %s is no executor's or hook's of the scenario", name)
		}
	}
	return a.made, a.notifiers, errors.Join(a.found...)
}

// names are all that there are addresses for, sorted.
func (at Addresses) names() []string {
	return slices.Sorted(maps.Keys(merged(keysOf(at.Programs), keysOf(at.Services),
		keysOf(at.Databases), keysOf(at.NameServers), keysOf(at.People))))
}

func keysOf[T any](m map[string]T) []string { return slices.Collect(maps.Keys(m)) }

func merged(lists ...[]string) map[string]bool {
	all := map[string]bool{}
	for _, list := range lists {
		for _, name := range list {
			all[name] = true
		}
	}
	return all
}

// assembly is one run of Assemble.
type assembly struct {
	scenario  *model.Scenario
	at        Addresses
	made      Config
	notifiers []*Notifier
	used      map[string]bool
	found     []error
}

func (a *assembly) wrong(format string, arguments ...any) {
	a.found = append(a.found, fmt.Errorf(format, arguments...))
}

func stepsOf(names []string) (steps failover.StepSet) {
	for _, name := range names {
		steps |= failover.Steps(StepOf(name))
	}
	return steps
}

func (a *assembly) executor(e *model.Executor) {
	does, err := a.who(e)
	if err != nil {
		a.wrong("executor %s: %w", e.Name, err)
		return
	}
	a.made.Duties = append(a.made.Duties, Duty{
		Name: e.Name, Steps: stepsOf(e.Steps), OneStore: e.OneStore, Store: e.Store,
		Executor: does, Timeout: e.Timeout,
	})
}

// errNoAddress says that an agent does not know where an executor is.
var errNoAddress = errors.New("this agent has no address for it")

// who makes the executor of a kind.
func (a *assembly) who(e *model.Executor) (Executor, error) {
	names, log := a.made.Names, a.made.Log
	a.used[e.Name] = true
	switch e.Kind {
	case model.DryRun:
		return Dry{Names: names, Log: log}, nil
	case model.CommandExecutor:
		return a.program(e.Name)
	case model.WebhookExecutor:
		return a.service(e.Name)
	case model.PostgreSQLExecutor:
		p, known := a.at.Databases[e.Name]
		if !known {
			return nil, errNoAddress
		}
		p.Names, p.Store, p.Memory = names, e.Store, a.made.Memory
		return p, p.Validate()
	case model.DNSExecutor:
		d, known := a.at.NameServers[e.Name]
		if !known {
			return nil, errNoAddress
		}
		d.Names = names
		return d, nil
	case model.PeopleExecutor, model.PagerDutyExecutor:
		return a.people(e)
	}
	return nil, fmt.Errorf("nobody knows the kind %s", e.Kind)
}

func (a *assembly) program(name string) (Command, error) {
	c, known := a.at.Programs[name]
	if !known {
		return c, errNoAddress
	}
	if len(c.Program) == 0 {
		return c, errors.New("it names no program")
	}
	c.Names = a.made.Names
	return c, nil
}

func (a *assembly) service(name string) (*Webhook, error) {
	w, known := a.at.Services[name]
	if !known {
		return nil, errNoAddress
	}
	w.Names = a.made.Names
	return w, w.Validate()
}

func (a *assembly) people(e *model.Executor) (Executor, error) {
	n, known := a.at.People[e.Name]
	if !known || n.Webhook == nil {
		return nil, errNoAddress
	}
	if paged := e.Kind == model.PagerDutyExecutor; paged != (n.Routing != "") {
		return nil, errors.New("PagerDuty, and nobody else, needs a routing key")
	}
	n.Webhook.Names = a.made.Names
	a.notifiers = append(a.notifiers, n)
	return n, n.Webhook.Validate()
}

func (a *assembly) hook(h *model.Hook) {
	made := Hook{Name: h.Name, Steps: stepsOf(h.Steps), When: After, Timeout: h.Timeout}
	if h.Before {
		made.When = Before
	}
	a.used[h.Name] = true
	var err error
	if h.Kind == model.WebhookExecutor {
		made.Told, err = a.service(h.Name)
	} else {
		made.Told, err = a.program(h.Name)
	}
	if err != nil {
		a.wrong("hook %s: %w", h.Name, err)
		return
	}
	a.made.Hooks = append(a.made.Hooks, made)
}

// Missing names the steps that the plans of a policy may have and that nobody does, with their
// stores. An agent does not start while there are any, unless its policy only advises: then it
// rehearses alone. A store that a guard keeps is fenced by that.
func (r *Roster) Missing(p failover.Policy) (missing []string) {
	if p.Mode == model.Advise {
		return nil
	}
	steps := p.Optional | failover.Steps(failover.Scale, failover.Shift, failover.Rehearse)
	if p.Stores > 0 {
		steps |= failover.Steps(failover.Promote, failover.Repoint, failover.Drain, failover.Undrain,
			failover.CatchUp, failover.Archive, failover.Rewind)
	}
	if p.ServesReads {
		steps |= failover.Steps(failover.Divert)
	}
	missing = r.Lacks(steps)
	for store := range model.StoreID(p.Stores) {
		fence := failover.Action{Step: failover.Fence, Store: store}
		if p.Guarded&(1<<store) == 0 && !r.hasDuty(fence) {
			missing = append(missing, "fence "+r.Names.Store(store))
		}
	}
	return missing
}
