package scenarios

import (
	"strings"

	"redoubt/model"
)

// probe is how agents make a check. It has the one key of its kind, and those that only this kind
// reads.
type probe struct {
	HTTP       *text  `toml:"http" optional:"true"`
	TCP        *text  `toml:"tcp" optional:"true"`
	PostgreSQL *text  `toml:"postgresql" optional:"true"`
	DNS        *text  `toml:"dns" optional:"true"`
	Command    []text `toml:"command" optional:"true"`

	Status    *count `toml:"status" optional:"true"`
	Body      *text  `toml:"body" optional:"true"`
	Redirects *flag  `toml:"redirects" optional:"true"`
	Proxy     *flag  `toml:"proxy" optional:"true"`
	Role      *text  `toml:"role" choice:"server role" optional:"true"`
	Query     *text  `toml:"query" optional:"true"`
	Name      *text  `toml:"name" optional:"true"`
	Record    *text  `toml:"record" choice:"record type" optional:"true"`
	Answer    *text  `toml:"answer" optional:"true"`
}

// defaultStatus is what an HTTP probe wants that does not say.
const defaultStatus = 200

// probe builds a probe, or none.
func (b *builder) probe(f *probe, path string) (made model.Probe) {
	if f == nil || !b.probeKind(f, path, &made) {
		return model.Probe{}
	}
	if f.Status != nil {
		made.Status = int(*f.Status)
	} else if made.Kind == model.HTTPProbe {
		made.Status = defaultStatus
	}
	if f.Role != nil {
		made.Role = chosen(*f.Role, model.ServerRoles())
	}
	if f.Record != nil {
		made.Record = chosen(*f.Record, model.RecordTypes())
	}
	made.Redirects = f.Redirects != nil && bool(*f.Redirects)
	made.Proxy = f.Proxy != nil && bool(*f.Proxy)
	made.Body, made.Query, made.Name, made.Answer = said(f.Body), said(f.Query), said(f.Name),
		said(f.Answer)
	for _, key := range []struct {
		name   string
		stated bool
		of     []model.ProbeKind
	}{
		{"status", f.Status != nil, []model.ProbeKind{model.HTTPProbe}},
		{"body", f.Body != nil, []model.ProbeKind{model.HTTPProbe}},
		{"redirects", f.Redirects != nil, []model.ProbeKind{model.HTTPProbe}},
		{"proxy", f.Proxy != nil, []model.ProbeKind{model.HTTPProbe}},
		{"role", f.Role != nil, []model.ProbeKind{model.PostgreSQLProbe}},
		{"query", f.Query != nil, []model.ProbeKind{model.PostgreSQLProbe}},
		{"name", f.Name != nil, []model.ProbeKind{model.DNSProbe}},
		{"record", f.Record != nil, []model.ProbeKind{model.DNSProbe}},
		{"answer", f.Answer != nil, []model.ProbeKind{model.PostgreSQLProbe, model.DNSProbe}},
	} {
		b.unreadOfProbe(path+"."+key.name, key.stated, made.Kind, key.of)
	}
	if name := path + ".name"; made.Kind == model.DNSProbe && f.Name == nil && !b.d.isBroken(name) {
		b.problem(name, "", "%s needs the key %s", path, quote("name"))
	}
	return made
}

// unreadOfProbe refuses a key that the probe's kind does not read.
func (b *builder) unreadOfProbe(
	path string, stated bool, kind model.ProbeKind, readers []model.ProbeKind,
) {
	if !stated || b.d.isBroken(path) {
		return
	}
	for _, reader := range readers {
		if reader == kind {
			return
		}
	}
	b.problem(path, "", "%s is never read: a %s probe has none", path, kind)
}

// probeKind reads the one key that says of which kind a probe is, and reports whether there is one.
func (b *builder) probeKind(f *probe, path string, made *model.Probe) bool {
	var kinds []string
	take := func(kind model.ProbeKind, target *text) {
		if target != nil {
			kinds = append(kinds, kind.String())
			made.Kind, made.Target = kind, string(*target)
		}
	}
	take(model.HTTPProbe, f.HTTP)
	take(model.TCPProbe, f.TCP)
	take(model.PostgreSQLProbe, f.PostgreSQL)
	take(model.DNSProbe, f.DNS)
	if f.Command != nil {
		kinds, made.Kind = append(kinds, model.CommandProbe.String()), model.CommandProbe
	}
	for _, word := range f.Command {
		made.Command = append(made.Command, string(word))
	}
	switch {
	case len(kinds) == 1:
		return true
	case b.d.isBroken(path):
	case len(kinds) == 0:
		b.problem(path, "write one of "+strings.Join(namesOf(model.ProbeKinds()), ", "),
			"%s does not say what it looks at", path)
	default:
		b.problem(path, "make a check of each", "%s is of %d kinds: %s", path, len(kinds),
			strings.Join(kinds, ", "))
	}
	return false
}

// said is a text that may not be there.
func said(t *text) string {
	if t == nil {
		return ""
	}
	return string(*t)
}
