package scenarios

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"redoubt/model"
)

// agentFile is the file of one agent as it is written. What all agents share stands in the
// scenario; here are addresses, paths and keys, which are this machine's own business.
type agentFile struct {
	Schema     count                   `toml:"schema"`
	Data       text                    `toml:"data"`
	Strategy   text                    `toml:"strategy" choice:"strategy"`
	Shadow     flag                    `toml:"shadow" default:"false"`
	Listen     agentListen             `toml:"listen"`
	Identity   agentIdentity           `toml:"identity"`
	Region     keyed[agentRegion]      `toml:"region"`
	Store      keyed[agentStore]       `toml:"store" optional:"true"`
	Executor   keyed[agentService]     `toml:"executor" optional:"true"`
	Hook       keyed[agentService]     `toml:"hook" optional:"true"`
	Readiness  keyed[agentMeasurement] `toml:"readiness" optional:"true"`
	Capacity   *agentMeasurement       `toml:"capacity" optional:"true"`
	Zone       *agentZone              `toml:"zone" optional:"true"`
	SnapshotAt count                   `toml:"snapshot_entries" default:"8192"`
}

type agentListen struct {
	Peers  text  `toml:"peers" default:"127.0.0.1:7400"`
	Gossip text  `toml:"gossip" default:"127.0.0.1:7401"`
	API    text  `toml:"api" default:"127.0.0.1:7402"`
	DNS    *text `toml:"dns" optional:"true"`
}

type agentIdentity struct {
	Certificate    text  `toml:"certificate"`
	Key            text  `toml:"key"`
	Authority      text  `toml:"authority"`
	GossipKeys     text  `toml:"gossip_keys"`
	Tokens         text  `toml:"tokens"`
	APICertificate *text `toml:"api_certificate" optional:"true"`
	APIKey         *text `toml:"api_key" optional:"true"`
	APIAuthority   *text `toml:"api_authority" optional:"true"`
}

type agentRegion struct {
	Peers     text        `toml:"peers"`
	Gossip    text        `toml:"gossip"`
	Address   []text      `toml:"address" optional:"true"`
	Addresses keyed[text] `toml:"addresses" optional:"true"`
}

type agentStore struct {
	Guard    *text       `toml:"guard" optional:"true"`
	Servers  keyed[text] `toml:"servers" optional:"true"`
	Follow   keyed[text] `toml:"follow" optional:"true"`
	Data     *text       `toml:"data" optional:"true"`
	Programs *text       `toml:"programs" optional:"true"`
	Stop     []text      `toml:"stop" optional:"true"`
	Start    []text      `toml:"start" optional:"true"`
}

type agentService struct {
	Command     []text      `toml:"command" optional:"true"`
	Look        []text      `toml:"look" optional:"true"`
	Environment keyed[text] `toml:"environment" optional:"true"`
	URL         *text       `toml:"url" optional:"true"`
	LookURL     *text       `toml:"look_url" optional:"true"`
	Secrets     []text      `toml:"secrets" optional:"true"`
	Headers     keyed[text] `toml:"headers" optional:"true"`
	Routing     *text       `toml:"routing_key" optional:"true"`
	NameServers []text      `toml:"name_servers" optional:"true"`
}

type agentMeasurement struct {
	Command []text   `toml:"command"`
	Every   duration `toml:"every" default:"60s"`
	Timeout duration `toml:"timeout" default:"10s"`
}

type agentZone struct {
	Origin    text          `toml:"origin"`
	Service   text          `toml:"service"`
	Mailbox   text          `toml:"mailbox"`
	Servers   []text        `toml:"servers"`
	Hosts     keyed[[]text] `toml:"hosts" optional:"true"`
	PerSecond perSecond     `toml:"per_second" default:"100/s"`
}

// Agent is one agent's own configuration, which goes with a scenario.
type Agent struct {
	// Data is the folder of the log, its snapshots and the archive.
	Data string
	// Strategy is the one of the scenario's that runs.
	Strategy model.StrategyKind
	// Shadow says that the agent decides, and only says what it would do.
	Shadow bool
	Listen Listen
	// Identity are the paths of its keys and certificates.
	Identity Identity
	// Places are where the agents and what they look at are, by region.
	Places [model.MaxRegions]Place
	// Stores are what belongs to each store, and to this region's copy of it.
	Stores [model.MaxStores]StoreFile
	// Services are where executors and hooks of the scenario are, by their names.
	Services map[string]Service
	// Readiness says how each item is looked at that the policy asks for, in its order; Capacity how
	// this region's share is. One without a command is not looked at.
	Readiness []Measurement
	Capacity  Measurement
	// Zone is nil where the agent answers no DNS.
	Zone *Zone
	// SnapshotAt is after how many entries of the log a snapshot is taken.
	SnapshotAt int
}

// Listen are the addresses on which an agent listens; DNS is empty where it does not.
type Listen struct{ Peers, Gossip, API, DNS string }

// Identity are the files that say who an agent is, and whom it believes.
type Identity struct {
	Certificate, Key, Authority, GossipKeys, Tokens string
	// APICertificate and its key are those of the API; APIAuthority is whose certificates of people
	// count there. They are empty where the API speaks without TLS, on loopback.
	APICertificate, APIKey, APIAuthority string
}

// Place is where a region is to be found.
type Place struct {
	// Peers and Gossip are where its agent is reached by others.
	Peers, Gossip string
	// Address are what DNS answers for it.
	Address []string
	// Addresses are what the placeholders of the scenario's probes and executors stand for.
	Addresses map[string]string
}

// Measurement is a program that looks at something, how often and for how long.
type Measurement struct {
	Command        []string
	Every, Timeout time.Duration
}

// Zone is the DNS zone that an agent answers for.
type Zone struct {
	Origin, Service, Mailbox string
	Servers                  []string
	// Hosts are the addresses of what has a fixed one in it, by name.
	Hosts map[string][]string
	// PerSecond bounds the answers over UDP to one network in a second.
	PerSecond int
}

// ReadAgent reads the file of a region's agent from its bytes, beside the scenario that it goes
// with. Paths in it are relative to its folder. The error, if there is one, is Problems: everything
// that is wrong, with its place.
func ReadAgent(
	name string, data []byte, s *model.Scenario, self model.RegionID,
) (*Agent, error) {
	root, syntax := parseTree(data)
	d := &decoder{lenient: len(syntax) > 0, problems: syntax}
	var f agentFile
	d.table(root, reflect.ValueOf(&f).Elem(), "")
	b := &agentBuilder{d: d, root: root, file: &f, s: s, self: self, folder: filepath.Dir(name)}
	if f.Schema != SchemaVersion && root.find("schema") != nil && !d.isBroken("schema") {
		b.problem("schema", "this program reads schema = 1", "schema %d is not known", int(f.Schema))
	}
	agent := b.build()
	if len(d.problems) == 0 {
		return agent, nil
	}
	problems := d.problems.sorted()
	for i := range problems {
		problems[i].File = name
	}
	return nil, problems
}

// agentBuilder makes an Agent of a file.
type agentBuilder struct {
	d      *decoder
	root   *node
	file   *agentFile
	s      *model.Scenario
	self   model.RegionID
	folder string
}

func (b *agentBuilder) problem(path, hint, format string, args ...any) {
	if !b.d.isBroken(path) {
		b.d.problem(path, b.root.locate(path), hint, format, args...)
	}
}

// path is a path of the file, from where the program runs.
func (b *agentBuilder) path(t text) string {
	if t == "" || filepath.IsAbs(string(t)) {
		return string(t)
	}
	return filepath.Join(b.folder, string(t))
}

func (b *agentBuilder) build() *Agent {
	f := b.file
	a := &Agent{
		Data: b.path(f.Data), Shadow: bool(f.Shadow), SnapshotAt: int(f.SnapshotAt),
		Listen: Listen{
			Peers: string(f.Listen.Peers), Gossip: string(f.Listen.Gossip), API: string(f.Listen.API),
			DNS: said(f.Listen.DNS),
		},
		Strategy: chosen(f.Strategy, model.StrategyKinds()),
	}
	b.strategy(a)
	b.listen(a)
	b.identity(a)
	b.places(a)
	b.stores(a)
	b.services(a)
	b.measurements(a)
	b.zone(a)
	return a
}

// strategy demands one that the scenario has, and that agents can decide for.
func (b *agentBuilder) strategy(a *Agent) {
	if _, known := b.s.Strategy(a.Strategy); !known {
		b.problem("strategy", "", "the scenario %s has no strategy %s", b.s.Name, b.file.Strategy)
	} else if why := b.s.Excuse(a.Strategy); why != "" {
		b.problem("strategy", "", "the scenario %s does not run as %s: %s", b.s.Name, b.file.Strategy,
			why)
	}
}

// listen demands addresses, and that what is reached from elsewhere has keys.
func (b *agentBuilder) listen(a *Agent) {
	for _, l := range []struct{ key, address string }{
		{"peers", a.Listen.Peers}, {"gossip", a.Listen.Gossip}, {"api", a.Listen.API},
		{"dns", a.Listen.DNS},
	} {
		if problem := hostPort(l.address, true); l.address != "" && problem != "" {
			b.problem("listen."+l.key, `write for instance "127.0.0.1:7400"`, "listen.%s %s", l.key, problem)
		}
	}
	if (a.Listen.DNS == "") != (b.file.Zone == nil) {
		b.problem("listen.dns", "", "listen.dns and [zone] go together: one of them is missing")
	}
	public := !onLoopback(a.Listen.API) && hostPort(a.Listen.API, true) == ""
	if public && b.file.Identity.APICertificate == nil {
		b.problem("listen.api", "write [identity] api_certificate and api_key",
			"listen.api is not on loopback, and has no certificate: whoever is on the way reads the tokens")
	}
}

func (b *agentBuilder) identity(a *Agent) {
	f := &b.file.Identity
	a.Identity = Identity{
		Certificate: b.path(f.Certificate), Key: b.path(f.Key), Authority: b.path(f.Authority),
		GossipKeys: b.path(f.GossipKeys), Tokens: b.path(f.Tokens),
		APICertificate: b.path(text(said(f.APICertificate))), APIKey: b.path(text(said(f.APIKey))),
		APIAuthority: b.path(text(said(f.APIAuthority))),
	}
	if (f.APICertificate == nil) != (f.APIKey == nil) {
		b.problem("identity", "", "identity.api_certificate and identity.api_key go together")
	}
	if f.APIAuthority != nil && f.APICertificate == nil {
		b.problem("identity.api_authority", "", "identity.api_authority is never read without "+
			"identity.api_certificate")
	}
}

// places demands a place of every region, and of no other.
func (b *agentBuilder) places(a *Agent) {
	var known []string
	for _, region := range b.s.Regions {
		known = append(known, region.Name)
	}
	missing := slices.Clone(known)
	for _, entry := range b.file.Region {
		path := "region." + entry.key
		r := indexOf(known, entry.key)
		if r < 0 {
			b.problem(path, didYouMean(entry.key, known), "%s is no region of the scenario %s",
				quote(entry.key), b.s.Name)
			continue
		}
		missing = slices.DeleteFunc(missing, func(name string) bool { return name == entry.key })
		a.Places[r] = b.place(path, &entry.value)
		b.fills(path, &a.Places[r], model.RegionID(r))
	}
	if len(missing) > 0 && !b.d.lenient {
		b.d.problem("region", b.root.locate("region"), "write [region."+missing[0]+"]",
			"no place is said of %s, in the scenario %s", strings.Join(missing, ", "), b.s.Name)
	}
}

func (b *agentBuilder) place(path string, f *agentRegion) Place {
	place := Place{
		Peers: string(f.Peers), Gossip: string(f.Gossip), Addresses: map[string]string{},
	}
	for _, l := range []struct{ key, address string }{
		{"peers", place.Peers}, {"gossip", place.Gossip},
	} {
		if problem := hostPort(l.address, false); problem != "" {
			b.problem(path+"."+l.key, `write for instance "10.1.0.4:7400"`, "%s.%s %s", path, l.key, problem)
		}
	}
	for i, address := range f.Address {
		if at := fmt.Sprintf("%s.address[%d]", path, i); !isAddress(string(address)) {
			b.problem(at, "", "%s is no IP address", at)
		}
		place.Address = append(place.Address, string(address))
	}
	for _, entry := range f.Addresses {
		place.Addresses[entry.key] = string(entry.value)
	}
	return place
}

// fills demands a value of every placeholder that the scenario has of a region, and of no other.
func (b *agentBuilder) fills(path string, place *Place, r model.RegionID) {
	var used []string
	if !b.s.Regions[r].Witness {
		for i := range b.s.Checks {
			used = append(used, placeholders(&b.s.Checks[i].Probe)...)
		}
	}
	if r == b.self {
		for i := range b.s.Anchors {
			used = append(used, placeholders(&b.s.Anchors[i])...)
		}
	}
	slices.Sort(used)
	used = slices.DeleteFunc(slices.Compact(used), func(name string) bool {
		return name == model.RegionPlaceholder
	})
	for _, name := range used {
		if at := path + ".addresses"; place.Addresses[name] == "" {
			b.d.problem(at, b.root.locate(at), "", "%s needs %s, which stands in braces in the scenario", at,
				quote(name))
		}
	}
	for name := range place.Addresses {
		if at := path + ".addresses." + name; !slices.Contains(used, name) {
			b.problem(at, "", "%s is never read: nothing in the scenario has {%s}", at, name)
		}
	}
}

// placeholders are the names that stand in braces in a probe.
func placeholders(p *model.Probe) (names []string) {
	_, texts := p.Templates()
	for _, template := range texts {
		found, _ := model.Placeholders(template) // The scenario is valid.
		names = append(names, found...)
	}
	return names
}

func (b *agentBuilder) measurements(a *Agent) {
	known := b.s.Settings.Readiness
	a.Readiness = make([]Measurement, len(known))
	for _, entry := range b.file.Readiness {
		path := "readiness." + entry.key
		i := indexOf(known, entry.key)
		if i < 0 {
			b.problem(path, didYouMean(entry.key, known), "the policy of %s asks for no %s to be ready",
				b.s.Name, quote(entry.key))
			continue
		}
		a.Readiness[i] = b.measurement(path, &entry.value)
	}
	if f := b.file.Capacity; f != nil {
		a.Capacity = b.measurement("capacity", f)
	}
}

func (b *agentBuilder) measurement(path string, f *agentMeasurement) Measurement {
	m := Measurement{Every: time.Duration(f.Every), Timeout: time.Duration(f.Timeout)}
	for _, word := range f.Command {
		m.Command = append(m.Command, string(word))
	}
	if len(m.Command) == 0 || !filepath.IsAbs(m.Command[0]) {
		b.problem(path+".command", "write its whole path", "%s.command names no program", path)
	}
	if m.Timeout <= 0 || m.Every < m.Timeout {
		b.problem(path+".every", "", "%s.every is at least %s.timeout, and that above 0s", path, path)
	}
	return m
}

func (b *agentBuilder) zone(a *Agent) {
	f := b.file.Zone
	if f == nil {
		return
	}
	a.Zone = &Zone{
		Origin: string(f.Origin), Service: string(f.Service), Mailbox: string(f.Mailbox),
		PerSecond: int(f.PerSecond), Hosts: map[string][]string{},
	}
	for _, entry := range f.Hosts {
		for i, address := range entry.value {
			if at := fmt.Sprintf("zone.hosts.%s[%d]", entry.key, i); !isAddress(string(address)) {
				b.problem(at, "", "%s is no IP address", at)
			}
			a.Zone.Hosts[entry.key] = append(a.Zone.Hosts[entry.key], string(address))
		}
	}
	for _, server := range f.Servers {
		a.Zone.Servers = append(a.Zone.Servers, string(server))
	}
	for r, region := range b.s.Regions {
		if path := "region." + region.Name; !region.Witness && len(a.Places[r].Address) == 0 {
			b.problem(path, "", "%s needs the key %s, which is what DNS answers", path, quote("address"))
		}
	}
}
