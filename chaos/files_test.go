//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// names are those of the regions. The first two have a database, the others are witnesses.
var names = [most]string{"us-east-1", "eu-west-1", "eu-central-1", "eu-north-1", "us-west-2"}

const (
	witness   = 2
	databases = 2
)

// The lease of the scenario, and the one that guards go by which are to hold no deadline.
const (
	lease       = `lease = "9s"`
	lenientTerm = `lease = "1h"`
)

// agentText is the file of a region's agent.
func (e *estate) agentText(self int) string {
	var b strings.Builder
	name := names[self]
	fmt.Fprintf(&b, "schema = 1\ndata = %q\nstrategy = %q\nsnapshot_entries = 500\n\n",
		e.path("data-"+name, "state"), e.strategy)
	fmt.Fprintf(&b, "[listen]\npeers = %q\ngossip = %q\napi = %q\n\n[identity]\n", e.peers[self],
		e.gossips[self], e.apis[self])
	fmt.Fprintf(&b, "certificate = \"keys/%s.pem\"\nkey = \"keys/%s.key\"\n", name, name)
	b.WriteString("authority = \"keys/authority.pem\"\ngossip_keys = \"keys/gossip.keys\"\n" +
		"tokens = \"keys/tokens\"\n")
	for to := range regions {
		way := &e.ways[self][to]
		fmt.Fprintf(&b, "\n[region.%s]\npeers = %q\ngossip = %q\n", names[to], way.peers,
			e.found[to])
		if to < databases {
			fmt.Fprintf(&b, "addresses = { api = %q, orders = %q }\n", way.api,
				conninfo(way.database, "probe"))
		}
	}
	b.WriteString("\n[store.orders]\n")
	if self < databases {
		fmt.Fprintf(&b, "guard = %q\ndata = %q\nprograms = %q\n", e.socketOf(self),
			e.databases[self].data, e.programs)
	}
	var servers, follow []string
	for to := range databases {
		at, other := e.ways[self][to].database, 1-to
		servers = append(servers, fmt.Sprintf("%s = %q", names[to], conninfo(at, "redoubt")))
		// Whoever points the other one at it, it goes its own way there, in its own name.
		follow = append(follow, fmt.Sprintf("%s = %q", names[to],
			conninfo(e.ways[other][to].database, names[other])))
	}
	fmt.Fprintf(&b, "servers = { %s }\nfollow = { %s }\n", strings.Join(servers, ", "),
		strings.Join(follow, ", "))
	fmt.Fprintf(&b, "\n[executor.hand]\ncommand = [%q, %q, \"do\"]\nlook = [%q, %q, \"look\"]\n",
		e.path("hand.sh"), e.path("hand"), e.path("hand.sh"), e.path("hand"))
	for _, moment := range e.moments() {
		fmt.Fprintf(&b, "\n[hook.%s]\ncommand = [%q, %q, %q, %q]\n", moment, e.path("watch.sh"),
			e.path("hand"), moment, name)
	}
	return b.String()
}

// moments are when somebody hears of each step, if anybody does.
func (e *estate) moments() []string {
	if !e.watched {
		return nil
	}
	return []string{before, after}
}

// hookText is the part of the scenario that says who hears of steps at a moment.
const hookText = `
[[hook]]
name = %[1]q
kind = "command"
when = %[1]q
timeout = "1m"
steps = [
  "scale", "promote", "repoint", "shift", "freeze", "drain", "catch-up", "validate", "verify",
  "notify", "archive", "rewind", "rehearse", "divert", "undrain",
]
`

// conninfo is how a database is reached at an address, in the name of somebody.
func conninfo(address, who string) string {
	host, port, _ := strings.Cut(address, ":")
	return fmt.Sprintf("host=%s port=%s user=tester dbname=postgres application_name=%s "+
		"connect_timeout=3 sslmode=disable", host, port, who)
}

// socketOf is where the agent of a region asks its guard.
func (e *estate) socketOf(region int) string {
	if e.guardless {
		return e.path("lenient-" + names[region])
	}
	return e.path("guard-"+names[region], "guard.sock")
}

// path is one of a file in the folder of the estate.
func (e *estate) path(parts ...string) string {
	return filepath.Join(append([]string{e.dir}, parts...)...)
}

// writeFiles writes what the processes read.
func (e *estate) writeFiles() error {
	scenario, err := os.ReadFile("testdata/chaos.toml")
	if err != nil {
		return err
	}
	for r := witness + 1; r < regions; r++ {
		scenario = fmt.Appendf(scenario, "\n[[region]]\nname = %q\nrole = \"witness\"\n", names[r])
	}
	for _, moment := range e.moments() {
		scenario = fmt.Appendf(scenario, hookText, moment)
	}
	hand, err := os.ReadFile("testdata/hand.sh")
	watch, problem := os.ReadFile("testdata/watch.sh")
	if err = errors.Join(err, problem); err != nil {
		return err
	}
	files := map[string]string{
		"chaos.toml": string(scenario), "guards.toml": string(scenario), "hand.sh": string(hand),
		"watch.sh": string(watch), "hand/effects": "",
	}
	if e.guardless {
		files["guards.toml"] = strings.Replace(string(scenario), lease, lenientTerm, 1)
	}
	for r := range regions {
		files["agent-"+names[r]+".toml"] = e.agentText(r)
	}
	for name, text := range files {
		if err := os.WriteFile(e.path(name), []byte(text), 0o700); err != nil {
			return err
		}
	}
	return nil
}
