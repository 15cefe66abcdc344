package model

import (
	"fmt"
	"strconv"
	"strings"
)

// probe checks how a check, or an anchor, looks.
func (v *validator) probe(at string, p *Probe) {
	before := len(v.list)
	keys, texts := p.Templates()
	for i, text := range texts {
		v.probeText(at+"."+keys[i], text)
		if _, err := Placeholders(text); err != nil {
			v.add(at+"."+keys[i], `write for instance "{host}"`, "%s.%s: %s", at, keys[i], err)
		}
	}
	v.probeText(at+".body", p.Body)
	v.probeText(at+".query", p.Query)
	if len(v.list) > before {
		return
	}
	switch p.Kind {
	case NoProbe:
	case HTTPProbe:
		v.httpProbe(at, p)
	case TCPProbe:
		if problem := hostAndPort(p.Target, true); problem != "" {
			v.add(at+".tcp", `write for instance "{host}:443"`, "%s.tcp %s", at, problem)
		}
	case PostgreSQLProbe:
		v.databaseProbe(at, p)
	case DNSProbe:
		v.nameProbe(at, p)
	case CommandProbe:
		v.commandProbe(at, p.Command)
	default:
		v.add(at, "", "%s is of no known kind", at)
	}
}

// probeText demands a text that can be written into a request, a query or a list of arguments.
func (v *validator) probeText(at, text string) {
	switch {
	case len(text) > MaxProbeText:
		v.add(at, "", "%s has %d bytes, at most %d are possible", at, len(text), MaxProbeText)
	case strings.ContainsRune(text, 0):
		v.add(at, "", "%s has a zero byte", at)
	}
}

func (v *validator) httpProbe(at string, p *Probe) {
	const lowest, highest = 200, 599
	v.count(at+".status", p.Status, lowest, highest)
	if only, alone := alone(p.Target); alone {
		v.add(at+".http", `write for instance "https://{`+only+`}/healthz"`,
			"%s.http does not say how: begin it with http:// or https://", at)
		return
	}
	scheme, rest, _ := strings.Cut(withHost(p.Target), "://")
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	switch {
	case scheme != "http" && scheme != "https":
		v.add(at+".http", `write for instance "https://{host}/healthz"`,
			"%s.http must begin with http:// or https://", at)
	case strings.Contains(host, "@"):
		v.add(at+".http", secretHint, "%s.http has a user or a password in it", at)
	case host == "" || strings.HasPrefix(host, ":"):
		v.add(at+".http", "", "%s.http names no host", at)
	case strings.IndexFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x7f }) >= 0:
		v.add(at+".http", "", "%s.http is no URL: it has a space in it", at)
	case p.Redirects && p.Status >= 300 && p.Status < 400:
		v.add(at+".redirects", "", "%s.redirects are followed, so that %d is not what comes", at,
			p.Status)
		v.relate(at + ".status")
	}
}

// secretHint says where secrets belong.
const secretHint = "a scenario has no secrets: put the whole address into the agent's " +
	"configuration and write its placeholder"

func (v *validator) databaseProbe(at string, p *Probe) {
	if hasSecret(p.Target) {
		v.add(at+".postgresql", secretHint, "%s.postgresql has a password in it", at)
		return
	}
	_, whole := alone(p.Target)
	link := strings.HasPrefix(p.Target, "postgres://") || strings.HasPrefix(p.Target, "postgresql://")
	if !whole && !link && !strings.Contains(p.Target, "host=") {
		v.add(at+".postgresql", `write for instance "host={host} dbname=shop user=probe"`,
			"%s.postgresql names no host", at)
	}
	if p.Role > ReplicaServer {
		v.add(at+".role", "", "%s.role is none that is known", at)
	}
	if p.Answer != "" && p.Query == "" {
		v.add(at+".answer", "", "%s.answer is of no query", at)
	}
}

// hasSecret reports whether a connection string has a password, in whichever of its two forms. It
// does not parse it: what cannot be parsed can have one too.
func hasSecret(text string) bool {
	_, rest, link := strings.Cut(text, "://")
	if user, _, found := strings.Cut(rest, "@"); link && found {
		return strings.Contains(user, ":") || hasSecret(rest[len(user):])
	}
	return strings.Contains(strings.ToLower(text), "password")
}

func (v *validator) nameProbe(at string, p *Probe) {
	if problem := hostAndPort(p.Target, false); problem != "" {
		v.add(at+".dns", `write for instance "{host}:53"`, "%s.dns %s", at, problem)
	}
	if p.Name == "" {
		v.add(at, "", "%s asks for no name", at)
	}
	const longest = 253
	if strings.ContainsAny(p.Name, " \t\r\n") || len(p.Name) > longest {
		v.add(at+".name", "", "%s.name is no name of DNS", at)
	}
	if p.Record > RecordTXT {
		v.add(at+".record", "", "%s.record is none that is known", at)
	}
}

func (v *validator) commandProbe(at string, command []string) {
	if len(command) == 0 {
		v.add(at+".command", "", "%s.command names no program", at)
		return
	}
	if len(command) > MaxProbeArguments {
		v.add(at+".command", "", "%s.command has %d words, at most %d are possible", at, len(command),
			MaxProbeArguments)
	}
	if _, whole := alone(command[0]); !whole && !strings.HasPrefix(command[0], "/") {
		v.add(at+".command[0]", "write its whole path", "%s.command[0] is searched for nowhere", at)
	}
}

// alone reports whether a template is nothing but one placeholder.
func alone(template string) (name string, ok bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(template, "{"), "}")
	return name, isPlaceholder(name) && template == "{"+name+"}"
}

// withHost fills a template with what can stand for a host.
func withHost(template string) string {
	filled, _ := Fill(template, func(string) (string, bool) { return "host", true })
	return filled
}

// hostAndPort says what is wrong with a template of an address.
func hostAndPort(template string, port bool) string {
	if _, whole := alone(template); whole {
		return ""
	}
	filled, _ := Fill(template, func(string) (string, bool) { return "1", true })
	at := strings.LastIndexByte(filled, ':')
	if at < 0 && !port && !strings.ContainsAny(filled, "/ []") {
		return ""
	}
	host, number := "", ""
	if at >= 0 {
		host, number = filled[:at], filled[at+1:]
	}
	bracketed := strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]")
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, "/ ") ||
		!bracketed && strings.ContainsAny(host, ":[]") {
		return fmt.Sprintf("is %q, no host and port", template)
	}
	return ""
}

// anchors checks what agents look at to learn whether their own network works.
func (v *validator) anchors() {
	v.most("anchor", len(v.s.Anchors), MaxAnchors)
	probes := false
	for i := range v.s.Checks {
		probes = probes || v.s.Checks[i].Probe.Kind != NoProbe
	}
	for i := range v.s.Anchors {
		path := fmt.Sprintf("anchor[%d]", i)
		if v.s.Anchors[i].Kind == NoProbe {
			v.add(path, "", "%s looks at nothing", path)
		}
		v.probe(path, &v.s.Anchors[i])
		if !probes {
			v.add(path, "", "%s is never read: no check has a probe", path)
		}
	}
}
