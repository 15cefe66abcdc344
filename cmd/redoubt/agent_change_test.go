package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redoubt/api"
	"redoubt/model"
)

// crew are agents of the scenario of redoubt agent --dev, each a process that a test starts and
// kills by itself, on files that it may change in between.
type crew struct {
	*tried
	program, folder string
	agents          map[int]*exec.Cmd
}

// hireAgents builds the program and starts three agents with it.
func hireAgents(t *testing.T) *crew {
	t.Helper()
	c := newCrew(t)
	c.scenario("", "")
	if err := devFiles(c.folder, c.port, c.read()); err != nil {
		t.Fatal(err)
	}
	c.startAll()
	return c
}

// newCrew builds the program, and makes an empty folder for agents that are yet to be started.
func newCrew(t *testing.T) *crew {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts agents of their own, several times each")
	}
	dir := t.TempDir()
	c := &crew{
		tried:   &tried{t: t, port: freePorts(t), out: &shared{}, dir: dir},
		program: filepath.Join(dir, "redoubt"), folder: filepath.Join(dir, "redoubt-dev-crew"),
		agents: map[int]*exec.Cmd{},
	}
	if out, err := exec.Command("go", "build", "-o", c.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Mkdir(c.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for r := range c.agents {
			c.kill(r)
		}
		if t.Failed() {
			t.Log(c.out.text())
		}
	})
	return c
}

// read is the scenario in the folder.
func (c *crew) read() *model.Scenario {
	c.t.Helper()
	s, err := loadScenario(filepath.Join(c.folder, "dev.toml"))
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// startAll starts three agents, and waits until they know each other.
func (c *crew) startAll() {
	c.t.Helper()
	for r := range 3 {
		c.start(r)
	}
	c.until("all three know a leader, and each other's regions", time.Minute, func() bool {
		for r := range 3 {
			s, ok := c.status(r)
			if !ok || s.Leader == "" || len(s.Regions) != 3 || s.Regions[r].Verdict != "up" {
				return false
			}
		}
		return true
	})
}

// scenario writes the scenario that agents are started with from then on, with one text in place of
// another.
func (c *crew) scenario(old, text string) {
	c.t.Helper()
	content := string(devScenario)
	if !strings.Contains(content, old) {
		c.t.Fatalf("the scenario has no %q", old)
	}
	content = strings.Replace(content, old, text, 1)
	if err := os.WriteFile(filepath.Join(c.folder, "dev.toml"), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// crewNames are the regions of the scenario, and one that may be added.
var crewNames = []string{"us-east-1", "eu-west-1", "ap-southeast-1", "sa-east-1"}

// start starts a region's agent on its folder.
func (c *crew) start(region int) {
	c.t.Helper()
	name := crewNames[region]
	cmd := exec.Command(c.program, "agent", "--scenario", filepath.Join(c.folder, "dev.toml"),
		"--region", name, "--config", filepath.Join(c.folder, name+".toml"))
	cmd.Stdout, cmd.Stderr = c.out, c.out
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.agents[region] = cmd
}

// kill ends a region's agent at once.
func (c *crew) kill(region int) {
	_ = c.agents[region].Process.Kill()
	_ = c.agents[region].Wait()
	delete(c.agents, region)
}

// renew kills a region's agent and starts it with the scenario as it is now, and waits until it
// takes part again.
func (c *crew) renew(region int) {
	c.t.Helper()
	c.kill(region)
	c.start(region)
	c.until(crewNames[region]+" takes part again", time.Minute, func() bool {
		s, ok := c.status(region)
		return ok && s.Confirmed && s.AppliedAgo >= 0 && s.Halted == ""
	})
}

// loses takes what a region's agent has kept.
func (c *crew) loses(region int) {
	c.t.Helper()
	if err := os.RemoveAll(filepath.Join(c.folder, crewNames[region])); err != nil {
		c.t.Fatal(err)
	}
}

// fails runs a command that has to be refused, for a reason.
func (c *crew) fails(region int, reason string, arguments ...string) {
	c.t.Helper()
	c.exits(exitFailed, region, reason, arguments...)
}

// exits runs a command that has to end with a code, for a reason.
func (c *crew) exits(want, region int, reason string, arguments ...string) {
	c.t.Helper()
	code, _, problem := c.ask(region, arguments...)
	if code != want || !strings.Contains(problem, reason) {
		c.t.Errorf("%v: got exit %d and %q, want %d and %q", arguments, code, problem, want, reason)
	}
}

// The policy of real processes is changed: the scenario is edited, the agents are started anew one
// by one and go on under the former policy, and one order has the new one count for all. An agent
// that has another one still, on an empty folder, says so and is heard by nobody; with the right
// file it has all again.
func TestAgentsChangeTheirPolicy(t *testing.T) {
	c := hireAgents(t)
	c.orders()
	before, _ := c.status(0)
	if before.Policy == "" || before.Waiting != "" || before.Rules != 1 {
		t.Errorf("got policy %q, waiting %q, rules %d", before.Policy, before.Waiting, before.Rules)
	}
	c.fails(0, "under the policy of this agent's scenario already", "policy", "change", "--why", "x")
	c.scenario(`hold_down = "8s"`, `hold_down = "12s"`)
	for _, r := range []int{2, 1} {
		c.renew(r)
		s, _ := c.status(r)
		if s.Policy != before.Policy || s.Waiting == "" {
			t.Errorf("%s: policy %q, waiting %q", crewNames[r], s.Policy, s.Waiting)
		}
	}
	waits, _ := c.status(1)
	if out := c.must(1, "status"); !strings.Contains(out, "this agent's scenario has "+
		api.Short(waits.Waiting)) {
		t.Errorf("status says nothing of the policy that waits:\n%s", out)
	}
	c.fails(1, "the agent of us-east-1", "policy", "change", "--why", "too early")
	c.renew(0)
	c.must(2, "policy", "change", "--why", "ticket 9")
	c.until("all are under it", time.Minute, func() bool {
		for r := range 3 {
			if s, ok := c.status(r); !ok || s.Policy == before.Policy || s.Waiting != "" {
				return false
			}
		}
		return true
	})
	if out := c.must(0, "history", "--most", "500"); !strings.Contains(out, "operator: ticket 9") {
		t.Errorf("the history says nothing of who changed it, and why:\n%s", out)
	}
	after, _ := c.status(1)
	c.kill(0)
	c.loses(0)
	c.scenario(`hold_down = "8s"`, `hold_down = "20s"`)
	c.start(0)
	c.until("it says that it has another policy", time.Minute, func() bool {
		s, ok := c.status(0)
		return ok && strings.Contains(s.Halted, api.Short(after.Policy)) &&
			strings.Contains(s.Halted, "have it load the scenario file that the log is under")
	})
	c.until("the others say that they refuse it", time.Minute, func() bool {
		const said = `"an agent with another policy is refused" region=us-east-1`
		return strings.Contains(c.out.text(), said)
	})
	c.kill(0)
	c.loses(0)
	c.scenario(`hold_down = "8s"`, `hold_down = "12s"`)
	c.start(0)
	c.until("it has all again", time.Minute, func() bool {
		s, ok := c.status(0)
		return ok && s.Policy == after.Policy && s.Halted == "" && s.Leader != ""
	})
	c.replays()
}

// A witness is added to three agents that run, and has a part in the log; one of the four that is
// killed is not missed. It is removed while it is there, knows that, and comes back with what it
// has kept. A region that serves is not removed.
func TestAgentsAreAddedAndRemoved(t *testing.T) {
	c := hireAgents(t)
	const name = "sa-east-1"
	c.exits(exitMisused, 0, `no region "sa-east-1"`, "members", "add", name, "--why", "too early")
	const witness = "[[region]]\nname = \"" + name + "\"\nrole = \"witness\"\n\n"
	c.scenario("[[population]]", witness+"[[population]]")
	var out, problem strings.Builder
	if code := run(t.Context(), []string{
		"keys", "issue", name, "--folder", filepath.Join(c.folder, "keys"),
	}, &out, &problem); code != exitDone {
		t.Fatal(problem.String())
	}
	c.renewAll()
	c.fails(1, "redoubt members add it first", "policy", "change", "--why", "too early")
	c.fails(1, "sa-east-1 does not answer", "members", "add", name, "--why", "too early")
	c.start(3)
	c.until("it is up", time.Minute, func() bool { _, ok := c.status(3); return ok })
	c.must(1, "members", "add", name, "--why", "ticket 20")
	c.member(2, name, true, false)
	c.must(0, "policy", "change", "--why", "ticket 21")
	c.member(2, name, true, true)
	c.until("the witness takes part", time.Minute, func() bool {
		s, ok := c.status(3)
		return ok && s.Halted == "" && s.Leader != "" && len(s.Regions) == 4
	})
	c.fails(3, "traffic goes to eu-west-1", "members", "remove", "eu-west-1", "--why", "x")
	c.kill(0)
	c.until("the others go on", time.Minute, func() bool {
		code, _, _ := c.ask(3, "pause", "--why", "ticket 22")
		return code == exitDone
	})
	c.start(0)
	c.until("all are there again", time.Minute, func() bool {
		s, ok := c.status(0)
		return ok && s.Leader != "" && s.Paused
	})
	c.must(1, "members", "remove", name, "--why", "ticket 23")
	c.member(2, name, false, false)
	c.until("it knows", time.Minute, func() bool {
		s, ok := c.status(3)
		return ok && strings.Contains(s.Halted, "was removed from the group")
	})
	c.must(2, "members", "add", name, "--why", "ticket 24")
	c.member(2, name, true, true)
	if out := c.must(3, "history", "--most", "500"); !strings.Contains(out, "ticket 23") {
		t.Errorf("the history says nothing of who removed it, and why:\n%s", out)
	}
	c.replays()
	c.must(0, "members", "remove", name, "--why", "ticket 25")
	c.kill(3)
	c.scenario("", "")
	c.renewAll()
	c.must(1, "policy", "change", "--why", "ticket 26")
	c.until("nobody knows of it any more", time.Minute, func() bool {
		s, ok := c.status(2)
		return ok && s.Waiting == "" && s.Halted == "" && len(s.Regions) == 3
	})
	c.must(2, "resume", "--why", "ticket 27")
}

// renewAll writes the files of the scenario's agents anew, and starts the first three with them,
// one after the other.
func (c *crew) renewAll() {
	c.t.Helper()
	s := c.read()
	for r, region := range s.Regions {
		path := filepath.Join(c.folder, region.Name+".toml")
		probed := fmt.Sprintf("addresses = { api = \"127.0.0.1:%d\" }\n", c.port+devAPI+3*devStep)
		file := strings.Replace(devAgent(s, c.port, r), probed, "", 1) // Nobody probes a witness.
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	for r := range 3 {
		c.renew(r)
	}
}

// member waits until an agent has another one as a member, or not, with a vote or without.
func (c *crew) member(of int, name string, member, votes bool) {
	c.t.Helper()
	c.until(fmt.Sprintf("%s: member %t, votes %t", name, member, votes), time.Minute, func() bool {
		code, out, _ := c.ask(of, "members", "--output", "json")
		var told api.Members
		if code != exitDone || json.Unmarshal([]byte(out), &told) != nil {
			return false
		}
		for _, m := range told.Members {
			if m.Region == name {
				return m.Member == member && m.Votes == votes
			}
		}
		return false
	})
}
