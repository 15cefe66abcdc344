package model

import (
	"errors"
	"fmt"
	"strings"
)

// The limits of a probe.
const (
	// MaxProbeText bounds each text of a probe, in bytes.
	MaxProbeText = 1024
	// MaxProbeArguments bounds the words of a command.
	MaxProbeArguments = 32
	// MaxAnchors bounds what an agent looks at to learn whether its own network works.
	MaxAnchors = 8
)

// ProbeKind says how a probe looks.
type ProbeKind uint8

// The kinds of probes. The zero value is none: a check that is only simulated.
const (
	NoProbe ProbeKind = iota
	HTTPProbe
	TCPProbe
	PostgreSQLProbe
	DNSProbe
	CommandProbe
)

// ProbeKinds lists the kinds that look at something.
func ProbeKinds() []ProbeKind {
	return []ProbeKind{HTTPProbe, TCPProbe, PostgreSQLProbe, DNSProbe, CommandProbe}
}

// String gives the kind's name as scenario files write it.
func (k ProbeKind) String() string {
	switch k {
	case HTTPProbe:
		return "http"
	case TCPProbe:
		return "tcp"
	case PostgreSQLProbe:
		return "postgresql"
	case DNSProbe:
		return "dns"
	case CommandProbe:
		return "command"
	case NoProbe:
	}
	return "none"
}

// ServerRole is what a probe wants a database server to be.
type ServerRole uint8

// The roles.
const (
	AnyServer ServerRole = iota
	PrimaryServer
	ReplicaServer
)

// ServerRoles lists them.
func ServerRoles() []ServerRole { return []ServerRole{AnyServer, PrimaryServer, ReplicaServer} }

// String gives the role's name as scenario files write it.
func (r ServerRole) String() string {
	switch r {
	case PrimaryServer:
		return "primary"
	case ReplicaServer:
		return "replica"
	case AnyServer:
	}
	return "any"
}

// RecordType is which DNS records a probe asks for.
type RecordType uint8

// The record types.
const (
	RecordA RecordType = iota
	RecordAAAA
	RecordTXT
)

// RecordTypes lists them.
func RecordTypes() []RecordType { return []RecordType{RecordA, RecordAAAA, RecordTXT} }

// String gives the type's name.
func (r RecordType) String() string {
	switch r {
	case RecordAAAA:
		return "AAAA"
	case RecordTXT:
		return "TXT"
	case RecordA:
	}
	return "A"
}

// Probe is how agents look at a region, or at what lies between. Its Target, Command, Name and
// Answer are templates: what stands in braces is filled for the region that is looked at, see
// Placeholders.
type Probe struct {
	Kind ProbeKind
	// Target is a URL, a host:port, a connection string, or the host[:port] of a DNS server. A command
	// has none.
	Target string
	// Status is the answer that an HTTP probe wants, and Body what must stand in the beginning of what
	// comes with it, or empty. Redirects are followed, on the same host, only where that is said, and
	// a Proxy of the environment is used only where that is.
	Status    int
	Body      string
	Redirects bool
	Proxy     bool
	// Role is what a database server must be. Query is what it must answer, or empty.
	Role  ServerRole
	Query string
	// Name and Record are what a DNS server is asked for.
	Name   string
	Record RecordType
	// Answer is the first value of a Query, or one of the records. Empty is any, if there is one.
	Answer string
	// Command is a program, by its whole path, and its arguments.
	Command []string
}

// Templates are the texts of a probe in which placeholders are filled, with the keys under which
// scenario files have them.
func (p *Probe) Templates() (keys, texts []string) {
	add := func(key, text string) {
		if text != "" {
			keys, texts = append(keys, key), append(texts, text)
		}
	}
	add(p.Kind.String(), p.Target)
	for i, word := range p.Command {
		add(fmt.Sprintf("command[%d]", i), word)
	}
	add("name", p.Name)
	add("answer", p.Answer)
	return keys, texts
}

// RegionPlaceholder is filled with the name of the region that is looked at. Every other
// placeholder is an address that the agent's own configuration has of that region.
const RegionPlaceholder = "region"

// Placeholders lists the names that stand in braces in a template, as in "https://{host}/healthz".
// A name is of a-z, 0-9, - and _. A brace of its own is an error.
func Placeholders(template string) ([]string, error) {
	var names []string
	_, err := Fill(template, func(name string) (string, bool) {
		names = append(names, name)
		return "", true
	})
	return names, err
}

// Fill puts values into a template; an error names the first placeholder that has none.
func Fill(template string, value func(name string) (string, bool)) (string, error) {
	var filled strings.Builder
	for rest := template; ; {
		at := strings.IndexAny(rest, "{}")
		if at < 0 {
			filled.WriteString(rest)
			return filled.String(), nil
		}
		filled.WriteString(rest[:at])
		name, after, closed := strings.Cut(rest[at+1:], "}")
		if rest[at] == '}' || !closed {
			return "", errors.New("a brace stands alone")
		}
		if !isPlaceholder(name) {
			return "", fmt.Errorf("%.40q is no name of a placeholder: those are of a-z, 0-9, - and _", name)
		}
		text, known := value(name)
		if !known {
			return "", fmt.Errorf("nothing says what {%s} is", name)
		}
		filled.WriteString(text)
		rest = after
	}
}

// isPlaceholder reports whether a name can be one.
func isPlaceholder(name string) bool {
	for _, letter := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", letter) {
			return false
		}
	}
	return name != ""
}
