package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"redoubt/api"
)

// The names of the estate, as examples/three-agents/estate.toml has them.
const (
	east, west, witness = 0, 1, 2

	storeName = "orders"
	strategy  = "hot-standby"
	origin    = "demo.example."
	service   = "orders.demo.example."
	// relayDelay is how long the log is under way between the regions, and serviceTTL for how long a
	// client keeps an answer: the estate says the same, which a test holds.
	relayDelay = 40 * time.Millisecond
	serviceTTL = time.Second
)

var regionNames = [3]string{"east", "west", "witness"}

// region is one of the three, with its agent and, unless it is the witness, its copy and its guard.
type region struct {
	name, address           string
	peers, gossip, api, dns int
	agent, guard            *process
	db                      *cluster
	// log is the way on which others receive what this region's server writes.
	log *relay
	// silent has its addresses while it is lost.
	silent *silence
	// client asks its agent.
	client *api.Client
}

// estate is all that runs.
type estate struct {
	options
	folder  string
	regions [3]*region
	// promotes is how long a promotion takes here, at the least and at the most.
	promotes [2]time.Duration
}

// build makes everything that the three regions read, in a folder that is there, and starts
// nothing that outlasts it.
func (e *estate) build(ctx context.Context) error {
	programs, err := findPostgres()
	if err != nil {
		return err
	}
	who, err := findOwner()
	if err != nil {
		return err
	}
	if err := os.Chmod(e.folder, 0o711); err != nil { // The databases' owner passes through.
		return err
	}
	ports, err := freePorts(1, "127.0.0.2", "127.0.0.3")
	if err != nil {
		return err
	}
	shared, err := openDatabases(e.folder, programs, who, ports[0])
	if err != nil {
		return err
	}
	if ports, err = freePorts(4*len(e.regions), "127.0.0.1"); err != nil {
		return err
	}
	for r := range e.regions {
		own := ports[4*r:]
		e.regions[r] = &region{
			name: regionNames[r], peers: own[0], gossip: own[1], api: own[2], dns: own[3],
			address: fmt.Sprintf("127.0.0.%d", r+2),
		}
	}
	for _, r := range e.regions[:witness] {
		if r.db, err = shared.cluster(filepath.Join(e.folder, r.name+"-db"), r); err != nil {
			return err
		}
		to := net.JoinHostPort(r.address, strconv.Itoa(shared.port))
		if r.log, err = openRelay(to, relayDelay); err != nil {
			return err
		}
	}
	if e.synchronous {
		e.regions[east].db.synchronous = regionNames[west]
	}
	if err := e.databases(ctx); err != nil {
		return err
	}
	return e.files(ctx)
}

// databases makes the two copies, and tries how long a promotion takes.
func (e *estate) databases(ctx context.Context) error {
	here, there := e.regions[east].db, e.regions[west].db
	if err := here.create(ctx); err != nil {
		return err
	}
	err := there.copyOf(ctx, here, e.follow(east))
	if err == nil {
		e.promotes[0], e.promotes[1], err = e.tryPromotions(ctx, here)
	}
	return errors.Join(err, here.stop(ctx))
}

// follow is how a region's server is followed. It names no application: whichever agent has a
// server follow another one says the same of all, and a server goes by the name of its cluster.
func (e *estate) follow(whom int) string {
	from := e.regions[whom]
	return from.db.conninfo(operatorRole, "127.0.0.1", from.log.port())
}

// files writes the estate, the keys, and the file of each agent.
func (e *estate) files(ctx context.Context) error {
	text, err := os.ReadFile(e.scenario)
	if err != nil {
		return fmt.Errorf("read the estate: %w", err)
	}
	if e.synchronous {
		text = []byte(strings.Replace(string(text), `lag = "40ms"`, `lag = "0s"`, 1))
	}
	text = []byte(withPromotion(string(text), e.promotes[0], e.promotes[1]))
	e.scenario = filepath.Join(e.folder, "estate.toml")
	if err := os.WriteFile(e.scenario, text, 0o644); err != nil {
		return fmt.Errorf("write the estate: %w", err)
	}
	keys := filepath.Join(e.folder, "keys")
	if _, err := e.redoubt(ctx, "keys", "init", keys, "--scenario", e.scenario); err != nil {
		return err
	}
	token, err := os.ReadFile(filepath.Join(keys, "operator.token"))
	if err != nil {
		return fmt.Errorf("read the operator's token: %w", err)
	}
	for i, r := range e.regions {
		path := filepath.Join(e.folder, r.name+".toml")
		if err := os.WriteFile(path, []byte(e.agentFile(i)), 0o600); err != nil {
			return fmt.Errorf("write the file of an agent: %w", err)
		}
		r.client, err = api.NewClient(local(r.api), strings.TrimSpace(string(token)), nil)
		if err != nil {
			return err
		}
	}
	return nil
}

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// agentFile is the file of a region's agent.
func (e *estate) agentFile(self int) string {
	var b strings.Builder
	own := e.regions[self]
	fmt.Fprintf(&b, "schema = 1\ndata = \"%s-agent\"\nstrategy = %q\n\n[listen]\n", own.name, strategy)
	fmt.Fprintf(&b, "peers = %q\ngossip = %q\napi = %q\ndns = %q\n\n", local(own.peers),
		local(own.gossip), local(own.api), local(own.dns))
	fmt.Fprintf(&b, "[identity]\ncertificate = \"keys/%s.pem\"\nkey = \"keys/%s.key\"\n", own.name,
		own.name)
	b.WriteString("authority = \"keys/authority.pem\"\ngossip_keys = \"keys/gossip.keys\"\n" +
		"tokens = \"keys/tokens\"\n")
	servers, follow := "", ""
	for i, r := range e.regions {
		fmt.Fprintf(&b, "\n[region.%s]\npeers = %q\ngossip = %q\n", r.name, local(r.peers),
			local(r.gossip))
		if i == witness {
			continue
		}
		conninfo := r.db.conninfo(operatorRole, r.address, r.db.port)
		fmt.Fprintf(&b, "address = [%q]\naddresses = { api = %q, orders = %q }\n", r.address,
			local(r.api), conninfo)
		servers += fmt.Sprintf("%s = %q\n", r.name, conninfo)
		follow += fmt.Sprintf("%s = %q\n", r.name, e.follow(i))
	}
	fmt.Fprintf(&b, "\n[store.%s]\n", storeName)
	if self != witness {
		fmt.Fprintf(&b, "guard = \"%s-guard/guard.sock\"\ndata = %q\n", own.name, own.db.data)
		fmt.Fprintf(&b, "programs = %q\n", own.db.programs)
	}
	fmt.Fprintf(&b, "\n[store.%s.servers]\n%s\n[store.%s.follow]\n%s", storeName, servers, storeName,
		follow)
	fmt.Fprintf(&b, "\n[zone]\norigin = %q\nservice = %q\nmailbox = \"hostmaster.%s\"\n", origin,
		service, origin)
	fmt.Fprintf(&b, "servers = [\"ns.%s\"]\nhosts = { \"ns.%s\" = [\"127.0.0.1\"] }\n", origin, origin)
	return b.String()
}

// redoubt runs the program, and gives what it answers.
func (e *estate) redoubt(ctx context.Context, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, e.program, arguments...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("redoubt %s: %w: %s", strings.Join(arguments, " "), err,
			strings.TrimSpace(said.String()))
	}
	return string(out), nil
}

// startGuard has a region's database run.
func (e *estate) startGuard(r *region, first bool) (err error) {
	dir := filepath.Join(e.folder, r.name+"-guard")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of a guard: %w", err)
	}
	arguments := []string{
		"guard", "--scenario", e.scenario, "--dir", dir, "--postgres", r.db.data, "--program",
		filepath.Join(r.db.programs, "postgres"),
	}
	if first {
		arguments = append(arguments, "--first")
	}
	arguments = append(append(arguments, "--"), r.db.options()...)
	log := filepath.Join(e.folder, r.name+"-guard.log")
	r.guard, err = start("the guard of "+r.name, log, e.program, arguments...)
	return err
}

// startAgent has a region's agent run.
func (e *estate) startAgent(r *region) (err error) {
	r.agent, err = start("the agent of "+r.name, filepath.Join(e.folder, r.name+"-agent.log"),
		e.program, "agent", "--scenario", e.scenario, "--region", r.name, "--config",
		filepath.Join(e.folder, r.name+".toml"))
	return err
}

// start has everything run, and returns when the primary takes writes and the copy follows.
func (e *estate) start(ctx context.Context) error {
	for _, r := range e.regions[:witness] {
		if err := e.startGuard(r, true); err != nil {
			return err
		}
	}
	for _, r := range e.regions {
		if err := e.startAgent(r); err != nil {
			return err
		}
	}
	const patience = 40 * time.Second
	err := await(ctx, "the primary takes writes and the copy follows", patience, e.settled)
	if err != nil {
		return e.blame(err)
	}
	return nil
}

// settled is an error until every agent knows the same leader, the primary takes writes, and the
// other copy is known to follow.
func (e *estate) settled(ctx context.Context) error {
	if err := e.alive(); err != nil {
		return err
	}
	for _, r := range e.regions {
		status, err := r.client.Status(ctx)
		switch {
		case err != nil:
			return err
		case status.Leader == "":
			return fmt.Errorf("%s knows no leader", r.name)
		case status.Primary != regionNames[east] || len(status.Stores) != 1:
			return fmt.Errorf("%s has %q as the primary", r.name, status.Primary)
		case status.Plan != nil:
			return fmt.Errorf("%s has a plan", r.name)
		}
		store := &status.Stores[0]
		if store.Holder != regionNames[east] || store.Left <= 0 || len(store.Copies) != 1 ||
			!store.Copies[0].Known || store.Copies[0].Diverged != "" {
			return fmt.Errorf("%s has as the store %+v", r.name, *store)
		}
		for _, other := range status.Regions {
			if other.Role == "workload" && other.Verdict != "up" {
				return fmt.Errorf("%s has %s as %s", r.name, other.Region, other.Verdict)
			}
		}
	}
	return nil
}

// alive is an error when something that was started has ended by itself.
func (e *estate) alive() error {
	for _, r := range e.regions {
		for _, p := range []*process{r.agent, r.guard} {
			if p != nil && !p.runs() {
				return fmt.Errorf("%s: %w: %s", p.name, errEnded, lastWords(p.log))
			}
		}
	}
	return nil
}

// blame adds to an error what those who run have said last.
func (e *estate) blame(err error) error {
	all := []error{err}
	for _, r := range e.regions {
		for _, p := range []*process{r.agent, r.guard} {
			if p != nil {
				all = append(all, fmt.Errorf("%s says: %s", p.name, lastWords(p.log)))
			}
		}
	}
	return errors.Join(all...)
}

// lose has a region stop at once: its agent, its guard, its database, and what is under way from
// there. Its addresses are silent from then on: a region that is lost refuses nobody.
// It says when that was.
func (e *estate) lose(r *region) (at time.Time, err error) {
	all := doom(r.agent, r.guard)
	const calm = 300 * time.Millisecond
	time.Sleep(calm)
	at = all.kill()
	r.log.sever()
	all.wait()
	r.agent, r.guard = nil, nil
	r.silent, err = keepSilent(local(r.peers), local(r.gossip), local(r.api), local(r.dns),
		net.JoinHostPort(r.address, strconv.Itoa(r.db.port)))
	return at, err
}

// bring has a region that was lost run again.
func (e *estate) bring(r *region) error {
	r.silent.close()
	r.silent = nil
	r.log.mend()
	if err := e.startGuard(r, false); err != nil {
		return err
	}
	return e.startAgent(r)
}

// end ends all that runs.
func (e *estate) end() {
	var agents, guards sync.WaitGroup
	for _, r := range e.regions {
		if r != nil {
			agents.Go(r.agent.stop)
		}
	}
	agents.Wait()
	for _, r := range e.regions {
		if r != nil {
			guards.Go(r.guard.stop)
			r.log.close()
			r.silent.close()
		}
	}
	guards.Wait()
}
