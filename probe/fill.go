package probe

import (
	"crypto/x509"
	"errors"
	"fmt"

	"redoubt/model"
)

// maker makes what a scenario names into what looks.
type maker struct {
	scenario    *model.Scenario
	addresses   map[model.RegionID]map[string]string
	roots       *x509.CertPool
	environment []string
}

// fill fills a template for a region.
func (m *maker) fill(template string, region model.RegionID) (string, error) {
	return model.Fill(template, func(name string) (string, bool) {
		if name == model.RegionPlaceholder {
			return m.scenario.Regions[region].Name, true
		}
		text, known := m.addresses[region][name]
		return text, known && text != ""
	})
}

// make makes one probe of a region. An error says what the scenario says, and no address.
func (m *maker) make(p *model.Probe, region model.RegionID) (Prober, error) {
	keys, texts := p.Templates()
	filled := map[string]string{}
	var missing []error
	for i, template := range texts {
		text, err := m.fill(template, region)
		if err != nil {
			missing = append(missing, fmt.Errorf("%s = %q: %w", keys[i], template, err))
		}
		filled[keys[i]] = text
	}
	if len(missing) > 0 {
		return nil, errors.Join(missing...)
	}
	made, err := m.of(p, filled)
	if err != nil {
		return nil, fmt.Errorf("%s %q, as it is filled, %w", p.Kind, p.Target, err)
	}
	return made, nil
}

// of makes a probe of what its templates were filled to.
func (m *maker) of(p *model.Probe, filled map[string]string) (Prober, error) {
	target := filled[p.Kind.String()]
	switch p.Kind {
	case model.HTTPProbe:
		return newHTTPProbe(p, target, m.roots)
	case model.TCPProbe:
		return newTCPProbe(target)
	case model.PostgreSQLProbe:
		server, err := newDatabase(target, m.roots)
		return &databaseProbe{server, p.Role, p.Query, filled["answer"]}, err
	case model.DNSProbe:
		return newDNSProbe(p, target, filled["name"], filled["answer"])
	case model.CommandProbe:
		var arguments []string
		for i := range p.Command {
			arguments = append(arguments, filled[fmt.Sprintf("command[%d]", i)])
		}
		return newCommandProbe(arguments, m.environment)
	case model.NoProbe:
	}
	return nil, errors.New("looks at nothing")
}
