package scenarios

import (
	"path/filepath"
	"slices"

	"redoubt/model"
)

// StoreFile is what an agent's file says of one store.
type StoreFile struct {
	// Guard is the socket of the guard of this region's copy, or empty.
	Guard string
	// Servers are connection strings of the store's server in each region, of a role that may do what
	// executors do; Follow is what those who follow that server have as their primary_conninfo.
	Servers, Follow map[model.RegionID]string
	// Data is the folder of this region's copy, Programs where pg_rewind and the others are, or empty.
	Data, Programs string
	// Stop and Start are programs that stop and start a server that no guard runs.
	Stop, Start []string
}

// Service is where an executor or a hook of the scenario is. Which fields it has is for its kind.
type Service struct {
	Command, Look []string
	// Environment has "NAME=value" in each.
	Environment  []string
	URL, LookURL string
	// Secrets are files with the keys that messages are signed with, RoutingKey one with the key of an
	// integration of PagerDuty.
	Secrets    []string
	Headers    map[string]string
	RoutingKey string
	// NameServers are those of the other regions, with their ports.
	NameServers []string
}

// stores reads what is said of stores.
func (b *agentBuilder) stores(a *Agent) {
	var known []string
	for _, store := range b.s.Stores {
		known = append(known, store.Name)
	}
	for _, entry := range b.file.Store {
		path, f := "store."+entry.key, &entry.value
		i := indexOf(known, entry.key)
		if i < 0 {
			b.problem(path, didYouMean(entry.key, known), "%s is no store of the scenario %s",
				quote(entry.key), b.s.Name)
			continue
		}
		if f.Guard != nil && !b.s.Stores[i].Guarded {
			b.problem(path+".guard", "write guarded = true in the scenario",
				"the scenario says of %s that it has no guard", quote(entry.key))
		}
		made := StoreFile{
			Servers: b.byRegion(path+".servers", f.Servers), Follow: b.byRegion(path+".follow", f.Follow),
			Stop: words(f.Stop), Start: words(f.Start), Programs: b.maybe(f.Programs),
			Guard: b.maybe(f.Guard), Data: b.maybe(f.Data),
		}
		if (made.Data == "") && (made.Programs != "" || len(made.Stop)+len(made.Start) > 0) {
			b.problem(path, "write "+path+".data", "the programs of %s are never run: no folder is named",
				quote(entry.key))
		}
		if made.Guard != "" && len(made.Stop)+len(made.Start) > 0 {
			b.problem(path, "", "%s has a guard, which stops and starts it, and programs that do", path)
		}
		a.Stores[i] = made
	}
}

// maybe is a path of the file that may not be there.
func (b *agentBuilder) maybe(t *text) string {
	if t == nil {
		return ""
	}
	return b.path(*t)
}

// byRegion reads a table with names of regions as keys.
func (b *agentBuilder) byRegion(path string, f keyed[text]) map[model.RegionID]string {
	all := map[model.RegionID]string{}
	var known []string
	for _, region := range b.s.Regions {
		known = append(known, region.Name)
	}
	for _, entry := range f {
		r := indexOf(known, entry.key)
		if r < 0 {
			b.problem(path+"."+entry.key, didYouMean(entry.key, known),
				"%s is no region of the scenario %s", quote(entry.key), b.s.Name)
			continue
		}
		all[model.RegionID(r)] = string(entry.value)
	}
	return all
}

// serviceKeys are the keys that a kind of executor has to have, and those that it may have.
var serviceKeys = map[model.ExecutorKind]struct{ must, may []string }{
	model.CommandExecutor:   {[]string{"command"}, []string{"look", "environment"}},
	model.WebhookExecutor:   {[]string{"url", "secrets"}, []string{"look_url", "headers"}},
	model.PeopleExecutor:    {[]string{"url", "secrets"}, []string{"look_url", "headers"}},
	model.PagerDutyExecutor: {[]string{"url", "routing_key"}, nil},
	model.DNSExecutor:       {nil, []string{"name_servers"}},
}

// services reads where executors and hooks are, and demands one of each that is somewhere.
func (b *agentBuilder) services(a *Agent) {
	a.Services = map[string]Service{}
	executors, hooks := map[string]model.ExecutorKind{}, map[string]model.ExecutorKind{}
	for i := range b.s.Executors {
		executors[b.s.Executors[i].Name] = b.s.Executors[i].Kind
		b.needs(&b.s.Executors[i])
	}
	for i := range b.s.Hooks {
		hooks[b.s.Hooks[i].Name] = b.s.Hooks[i].Kind
	}
	b.readServices(a, "executor", b.file.Executor, executors)
	b.readServices(a, "hook", b.file.Hook, hooks)
}

// needs demands what an executor of a store needs, and a zone for one that looks at it.
func (b *agentBuilder) needs(e *model.Executor) {
	switch {
	case e.Kind == model.PostgreSQLExecutor: // A witness may lead, and repoints who is left then.
		name := b.s.Stores[e.Store].Name
		path := "store." + name
		i := slices.IndexFunc(b.file.Store, func(n named[agentStore]) bool { return n.key == name })
		if i < 0 || len(b.file.Store[i].value.Servers) == 0 {
			b.problem(path+".servers", "write [store."+name+"] servers",
				"the executor %s needs the servers of %s", quote(e.Name), quote(name))
		}
	case e.Kind == model.DNSExecutor && b.file.Zone == nil:
		b.problem("zone", "", "the executor %s looks at a zone, and there is no [zone]", quote(e.Name))
	}
}

func (b *agentBuilder) readServices(
	a *Agent, table string, written keyed[agentService], known map[string]model.ExecutorKind,
) {
	missing := map[string]bool{}
	for name, kind := range known {
		missing[name] = len(serviceKeys[kind].must) > 0
	}
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, entry := range written {
		path := table + "." + entry.key
		kind, is := known[entry.key]
		if !is {
			b.problem(path, didYouMean(entry.key, names), "%s is no %s of the scenario %s",
				quote(entry.key), table, b.s.Name)
			continue
		}
		missing[entry.key] = false
		a.Services[entry.key] = b.service(path, &entry.value, kind)
	}
	for _, name := range names {
		if missing[name] {
			b.d.problem(table, b.root.locate(table), "", "nothing says where the %s %s is: write [%s.%s]",
				table, quote(name), table, name)
		}
	}
}

// service reads where one is, and demands the keys of its kind and no others.
func (b *agentBuilder) service(path string, f *agentService, kind model.ExecutorKind) Service {
	made := Service{
		Command: words(f.Command), Look: words(f.Look), URL: said(f.URL), LookURL: said(f.LookURL),
		Headers: map[string]string{}, RoutingKey: b.maybe(f.Routing), NameServers: words(f.NameServers),
	}
	for _, secret := range f.Secrets {
		made.Secrets = append(made.Secrets, b.path(secret))
	}
	for _, entry := range f.Environment {
		made.Environment = append(made.Environment, entry.key+"="+string(entry.value))
	}
	for _, entry := range f.Headers {
		made.Headers[entry.key] = string(entry.value)
	}
	stated := []string{}
	for key, is := range map[string]bool{
		"command": len(f.Command) > 0, "look": len(f.Look) > 0, "environment": len(f.Environment) > 0,
		"url": f.URL != nil, "look_url": f.LookURL != nil, "secrets": len(f.Secrets) > 0,
		"headers": len(f.Headers) > 0, "routing_key": f.Routing != nil,
		"name_servers": len(f.NameServers) > 0,
	} {
		if is {
			stated = append(stated, key)
		}
	}
	slices.Sort(stated)
	keys := serviceKeys[kind]
	for _, key := range keys.must {
		if !slices.Contains(stated, key) {
			b.d.problem(path, b.root.locate(path), "", "%s needs the key %s", path, quote(key))
		}
	}
	for _, key := range stated {
		if at := path + "." + key; !slices.Contains(keys.must, key) && !slices.Contains(keys.may, key) {
			b.problem(at, "", "%s is never read: a %s has none", at, kind)
		}
	}
	for i, program := range [][]string{made.Command, made.Look} {
		if len(program) > 0 && !filepath.IsAbs(program[0]) {
			at := path + "." + []string{"command", "look"}[i]
			b.problem(at, "write its whole path", "%s is searched for nowhere", at)
		}
	}
	for i, server := range made.NameServers {
		if problem := hostPort(server, false); problem != "" {
			b.problem(path+".name_servers", "", "%s.name_servers[%d] %s", path, i, problem)
		}
	}
	for key, text := range map[string]string{"url": made.URL, "look_url": made.LookURL} {
		if problem := private(text); text != "" && problem != "" {
			b.problem(path+"."+key, "begin it with https://", "%s.%s %s", path, key, problem)
		}
	}
	return made
}
