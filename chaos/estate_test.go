//go:build linux

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"redoubt/api"
)

// way is where one region finds what another one has.
type way struct{ peers, api, database string }

// estate is three regions that run, and what is written about them.
type estate struct {
	t        testing.TB
	dir      string
	binary   string
	programs string
	// guardless has guards that hold no deadline, and watched a program that hears of each step. The
	// strategy is that of all agents.
	guardless, watched bool
	strategy           string

	links                *links
	peers, gossips, apis [most]string
	// found is where the others find each region by gossip, and ways where for the rest.
	found     [most]string
	ways      [most][most]way
	databases [databases]*database
	agents    [most]*process
	guards    [databases]*process
	clients   [most]*api.Client
	writers   *writers
	poller    *poller
	servers   []*http.Server
	mounted   []string
	disks     [most]*disk
	began     time.Time
}

// build builds the command once for all tests.
func build(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("REDOUBT_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "redoubt")
	out, err := exec.Command("go", "build", "-o", path, "redoubt/cmd/redoubt").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// newEstate makes three regions, and returns once they run and are well.
func newEstate(t testing.TB, guardless bool) *estate {
	t.Helper()
	return foundEstate(t, estate{guardless: guardless, strategy: "hot-standby"})
}

// foundEstate does, as it is told of them.
func foundEstate(t testing.TB, of estate) *estate {
	t.Helper()
	if regions == 0 {
		t.Fatalf("AGENTS is 3 or 5, and not %s", os.Getenv("AGENTS"))
	}
	programs, err := findPrograms()
	if err != nil {
		needed(t, err)
	}
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", folders, os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	e := &estate{
		t: t, dir: dir, programs: programs, binary: build(t), guardless: of.guardless,
		watched: of.watched, strategy: of.strategy, began: time.Now(),
	}
	e.links = &links{network: newNetwork(t, e.agentOn), failed: t.Error}
	t.Logf("%d agents; the links are %v", regions, e.links.network)
	t.Cleanup(e.remove)
	t.Cleanup(e.end)
	if err := e.make(); err != nil {
		t.Fatal(err)
	}
	e.startAll()
	e.writers = startWriters(e)
	e.poller = startPoller(e)
	e.mustBeWell("the beginning", "from nothing")
	return e
}

// make makes everything that has to be there before a process runs.
func (e *estate) make() error {
	if err := os.Chmod(e.dir, 0o711); err != nil {
		return err
	}
	if err := os.Mkdir(e.path("hand"), 0o700); err != nil {
		return err
	}
	if err := e.makePlaces(); err != nil {
		return err
	}
	if err := e.makeDatabases(); err != nil {
		return err
	}
	if err := e.writeFiles(); err != nil {
		return err
	}
	out, err := exec.Command(e.binary, "keys", "init", e.path("keys"), "--scenario",
		e.path("chaos.toml")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	e.makeProcesses()
	if err := errors.Join(e.mountDisks(), e.holdDisks()); err != nil {
		return err
	}
	for r := range databases {
		if e.guardless {
			if err := e.lenient(r); err != nil {
				return err
			}
		}
	}
	return e.makeClients()
}

// agentOn is the region whose agent has a port, or -1.
func (e *estate) agentOn(port int) int {
	var pids []int
	for _, agent := range e.agents[:regions] {
		pids = append(pids, int(agent.pid.Load()))
	}
	return ownerOf(port, pids)
}

// makePlaces finds addresses, and makes the ways between them.
func (e *estate) makePlaces() (err error) {
	for r := range regions {
		for _, place := range []*string{&e.peers[r], &e.gossips[r], &e.apis[r]} {
			if *place, err = e.links.address(r, place == &e.apis[r]); err != nil {
				return err
			}
		}
		if r < databases {
			if e.databases[r], err = e.newDatabase(r); err != nil {
				return err
			}
		}
	}
	if e.found, err = e.links.gossip(e.gossips); err != nil {
		return err
	}
	for from := range regions {
		for to := range regions {
			if err := e.makeWay(from, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *estate) makeWay(from, to int) (err error) {
	w := &e.ways[from][to]
	*w = way{peers: e.peers[to], api: e.apis[to]}
	if to < databases {
		w.database = e.databases[to].address
	}
	if from == to {
		return nil
	}
	for _, place := range []*string{&w.peers, &w.api, &w.database} {
		if *place == "" {
			continue
		}
		if *place, err = e.links.way(from, to, *place); err != nil {
			return err
		}
	}
	return nil
}

func (e *estate) makeProcesses() {
	env, _ := exec.LookPath("env") // It is in every system.
	for r := range regions {
		_ = os.Mkdir(e.path("data-"+names[r]), 0o700) // The agent says so if it is not there.
		clock := e.path("clock-" + names[r])
		_ = os.WriteFile(clock, make([]byte, 8), 0o600) // Without it, it is not stepped.
		e.agents[r] = &process{
			name: "agent of " + names[r], log: e.path("agent-" + names[r] + ".log"),
			within: e.within(r),
			line: func() []string {
				line := []string{
					env, clockVariable + "=" + clock, e.binary, "agent", "--scenario", e.path("chaos.toml"),
					"--region", names[r], "--config", e.path("agent-" + names[r] + ".toml"),
				}
				if e.disks[r] != nil { // Which runs a program by its whole path.
					line = e.disks[r].line(line)
				}
				return line
			},
		}
	}
	for r := range databases {
		dir := e.path("guard-" + names[r])
		_ = os.Mkdir(dir, 0o700) // The guard says so if it is not there.
		e.guards[r] = &process{
			name: "guard of " + names[r], log: e.path("guard-" + names[r] + ".log"),
			within: e.within(r),
			line: func() []string {
				line := []string{
					e.binary, "guard", "--scenario", e.path("guards.toml"), "--dir", dir, "--postgres",
					e.databases[r].data, "--program", filepath.Join(e.programs, "postgres"),
				}
				if _, err := os.Stat(filepath.Join(dir, "guard.record")); err != nil {
					line = append(line, "--first")
				}
				return append(append(line, "--"), e.databases[r].options()...)
			},
		}
	}
}

// lenient listens between an agent and its guard, and has each grant last for an hour: that guard
// fences what it is told to, and stops nothing at a deadline.
func (e *estate) lenient(region int) error {
	socket := e.path("guard-"+names[region], "guard.sock")
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "guard"})
	proxy.Transport = &http.Transport{DialContext: func(
		ctx context.Context, _, _ string,
	) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	proxy.ErrorLog = nil
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/show" {
			var grant map[string]json.RawMessage
			if err := json.NewDecoder(r.Body).Decode(&grant); err == nil {
				grant["lease_ns"] = json.RawMessage(strconv.FormatInt(int64(time.Hour), 10))
			}
			text, _ := json.Marshal(grant)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		}
		proxy.ServeHTTP(w, r)
	})
	listener, err := net.Listen("unix", e.socketOf(region))
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	e.servers = append(e.servers, server)
	go func() { _ = server.Serve(listener) }()
	return nil
}

// makeClients makes those of an operator.
func (e *estate) makeClients() error {
	token, err := os.ReadFile(e.path("keys", "operator.token"))
	if err != nil {
		return err
	}
	for r := range regions {
		web := &http.Client{
			Timeout: 10 * time.Second,
			Transport: &http.Transport{
				DisableKeepAlives: true, DialContext: dialer(e.links, r),
			},
		}
		e.clients[r], err = api.NewClient(e.apis[r], strings.TrimSpace(string(token)), web)
		if err != nil {
			return err
		}
	}
	return nil
}

// within has what is done belong to a region.
func (e *estate) within(region int) func(func() error) error {
	return func(do func() error) error { return e.links.within(region, do) }
}

// all are the processes of the estate.
func (e *estate) all() []*process { return append(e.guards[:], e.agents[:regions]...) }

func (e *estate) startAll() {
	for _, p := range e.all() {
		p.start()
	}
}

// end ends everything that runs.
func (e *estate) end() {
	if e.writers != nil {
		e.writers.end()
	}
	if e.poller != nil {
		e.poller.end()
	}
	e.links.heal()
	for _, p := range e.all() {
		if p != nil {
			p.signal(syscall.SIGCONT)
			p.kill()
		}
	}
	e.endHanging()
	for _, server := range e.servers {
		_ = server.Close()
	}
	e.links.close()
	e.unmountDisks()
}

// endHanging ends the programs that were told to hang, and whom nobody has ended.
func (e *estate) endHanging() {
	text, _ := os.ReadFile(e.path("hand", "hanging"))
	for _, word := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(word)
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.HasPrefix(string(line), "sleep\x00300") {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// remove removes the folder of the estate, unless somebody has to look into it.
func (e *estate) remove() {
	if e.t.Failed() {
		e.t.Logf("what the processes said and wrote is in %s", e.dir)
		return
	}
	if err := os.RemoveAll(e.dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		e.t.Log(err)
	}
}
