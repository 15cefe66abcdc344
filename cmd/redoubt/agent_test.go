package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"redoubt/api"
)

// tried are three agents that redoubt agent --dev runs, each in a process of its own.
type tried struct {
	t    *testing.T
	port int
	cmd  *exec.Cmd
	out  *shared
	dir  string
	// agents are those of a shadow, each a process that the test has started itself.
	agents []*exec.Cmd
}

// shared is a buffer that a process writes to while a test reads it.
type shared struct {
	mu   sync.Mutex
	data bytes.Buffer
}

func (s *shared) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.Write(data)
}

func (s *shared) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.String()
}

// tryAgents builds the program and starts three agents with it.
func tryAgents(t *testing.T) *tried {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "redoubt")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	d := &tried{t: t, port: freePorts(t), out: &shared{}, dir: dir}
	d.cmd = exec.Command(program, "agent", "--dev", "--port", strconv.Itoa(d.port))
	d.cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	d.cmd.Stdout, d.cmd.Stderr = d.out, d.out
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.cmd.Process.Kill() // Those that it has started end with it.
		_ = d.cmd.Wait()
		if t.Failed() {
			t.Log(d.out.text())
		}
	})
	return d
}

// freePorts finds ports of which the first of three regions are free.
func freePorts(t testing.TB) int {
	t.Helper()
	for base := 20000 + os.Getpid()%100*100; base < 60000; base += 100 {
		free := true
		for port := base; port < base+3*devStep && free; port++ {
			listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if free = err == nil; free {
				_ = listener.Close()
			}
		}
		if free {
			return base
		}
	}
	t.Fatal("no ports are free")
	return 0
}

// ask runs a command against a region's agent, as the operator.
func (d *tried) ask(region int, arguments ...string) (code int, stdout, stderr string) {
	d.t.Helper()
	return d.askAs("operator", region, arguments...)
}

// askAs runs a command against a region's agent, as somebody.
func (d *tried) askAs(who string, region int, arguments ...string) (
	code int, stdout, stderr string,
) {
	d.t.Helper()
	tokens, err := filepath.Glob(filepath.Join(d.dir, "redoubt-dev-*", "keys", who+".token"))
	if err != nil || len(tokens) != 1 {
		return exitFailed, "", "there is no token yet"
	}
	var out, problem strings.Builder
	arguments = append(arguments, "--token-file", tokens[0], "--address",
		fmt.Sprintf("127.0.0.1:%d", d.port+devAPI+region*devStep))
	code = run(context.Background(), arguments, &out, &problem)
	return code, out.String(), problem.String()
}

// status is what a region's agent says of itself.
func (d *tried) status(region int) (s api.Status, ok bool) {
	code, out, _ := d.ask(region, "status", "--output", "json")
	return s, code == exitDone && json.Unmarshal([]byte(out), &s) == nil
}

// until waits for something, and says what it waited for if that does not come.
func (d *tried) until(what string, within time.Duration, is func() bool) {
	d.t.Helper()
	for end := time.Now().Add(within); !is(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			d.t.Fatalf("%s: not within %s", what, within)
		}
	}
}

// must runs a command that has to succeed.
func (d *tried) must(region int, arguments ...string) string {
	d.t.Helper()
	code, out, problem := d.ask(region, arguments...)
	if code != exitDone {
		d.t.Fatalf("%v: exit %d: %s", arguments, code, problem)
	}
	return out
}

// process is that of a region's agent.
func (d *tried) process(region string) int {
	d.t.Helper()
	found := regexp.MustCompile(region + ` +process (\d+)`).FindStringSubmatch(d.out.text())
	if found == nil {
		d.t.Fatalf("no process of %s is said", region)
	}
	pid, err := strconv.Atoi(found[1])
	if err != nil {
		d.t.Fatal(err)
	}
	return pid
}

// Three agents of real processes lose one by kill -9: the other two decide, the traffic leaves it,
// and the log that each has kept is replayed to the same state.
func TestAgentsToTry(t *testing.T) {
	d := tryAgents(t)
	d.until("all three know a leader, and each other's regions", time.Minute, func() bool {
		for r := range 3 {
			s, ok := d.status(r)
			if !ok || s.Leader == "" || len(s.Regions) != 3 || s.Regions[0].Verdict != "up" {
				return false
			}
		}
		return true
	})
	d.orders()
	const lost = "us-east-1"
	if err := syscall.Kill(d.process(lost), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	d.until("the traffic leaves what was lost", time.Minute, func() bool {
		s, ok := d.status(1)
		return ok && s.Plan == nil && strings.Join(s.Serving, " ") == "eu-west-1 ap-southeast-1"
	})
	t.Logf("the traffic has left %s after %s", lost, time.Since(killed).Round(time.Millisecond))
	if s, _ := d.status(1); s.Epoch != 2 || s.Regions[0].Verdict != "down" || s.Halted != "" {
		t.Errorf("got epoch %d and %+v, want one evacuation", s.Epoch, s.Regions[0])
	}
	d.replays()
	if err := syscall.Kill(d.process("ap-southeast-1"), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// At once, while the last one still believes what it has heard, and once it does not.
	if s, ok := d.status(1); !ok || s.Confirmed || s.Unconfirmed == "" {
		t.Errorf("of one agent that is alone: confirmed %v (%q)", s.Confirmed, s.Unconfirmed)
	}
	if code, out, _ := d.ask(1, "explain"); code != exitDone ||
		!strings.Contains(out, "nobody has confirmed") {
		t.Errorf("of one agent that is alone explain says %s", out)
	}
	if err := syscall.Kill(d.process("ap-southeast-1"), syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = d.cmd.Wait() // The code is that of an interrupt.
	if code := d.cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("interrupted: got exit %d, want %d", code, exitInterrupted)
	}
	if count := strings.Count(d.out.text(), "interrupted"); count != 1 {
		t.Errorf("it is said %d times that this was interrupted, want once", count)
	}
	if left, err := filepath.Glob(filepath.Join(d.dir, "redoubt-dev-*")); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v, want the keys to be gone", left, err)
	}
}

// orders gives orders by way of each agent, and reads of them at another.
func (d *tried) orders() {
	d.t.Helper()
	d.must(1, "pause", "--why", "ticket 1")
	for r := range 3 { // What one agent has taken is seen at each, at once.
		if s, ok := d.status(r); !ok || !s.Paused || !s.Confirmed {
			d.t.Errorf("agent %d says that it is paused: %v, and that this is confirmed: %v (%s)", r,
				s.Paused, s.Confirmed, s.Unconfirmed)
		}
	}
	if out := d.must(0, "history", "--most", "500"); !strings.Contains(out, "operator: ticket 1") {
		d.t.Errorf("the history says nothing of who paused it, and why:\n%s", out)
	}
	d.must(2, "resume", "--why", "ticket 2")
	d.must(0, "veto", "eu-west-1", "--why", "ticket 3")
	d.must(0, "lift-veto", "eu-west-1", "--why", "ticket 3 is done")
	code, _, problem := d.ask(0, "failback", "eu-west-1", "--why", "nothing is elsewhere")
	if code != exitFailed || !strings.Contains(problem, "refused: ") {
		d.t.Errorf("got exit %d and %q, want the order to be refused with a reason", code, problem)
	}
	code, _, problem = d.ask(0, "evacuate", "mars", "--why", "x")
	if code == exitDone || !strings.Contains(problem, `no region "mars"`) {
		d.t.Errorf("got exit %d and %q, want a region that nobody knows to be refused", code, problem)
	}
	for _, command := range []string{"explain", "members"} {
		if out := d.must(1, command); !strings.Contains(out, "eu-west-1") {
			d.t.Errorf("%s says %q", command, out)
		}
	}
}

// replays exports the logs of the two agents that are left, and replays them.
func (d *tried) replays() {
	d.t.Helper()
	for r := 1; r < 3; r++ {
		folder := filepath.Join(d.t.TempDir(), "log")
		d.must(r, "history", "export", folder)
		var out, problem strings.Builder
		code := run(context.Background(), []string{"replay", folder, "--output", "json"}, &out, &problem)
		var told struct {
			Events int    `json:"events_replayed"`
			Hashed int    `json:"hashes_compared"`
			Differ string `json:"difference"`
		}
		if err := json.Unmarshal([]byte(out.String()), &told); err != nil {
			d.t.Fatal(err)
		}
		if code != exitDone || told.Events < 20 || told.Hashed != told.Events || told.Differ != "" {
			d.t.Errorf("agent %d: exit %d, %+v: %s", r, code, told, problem.String())
		}
	}
}

// Keys are made once, read by the agents, and never written over.
func TestKeys(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	command := func(want int, arguments ...string) string {
		t.Helper()
		var out, problem strings.Builder
		if code := run(t.Context(), arguments, &out, &problem); code != want {
			t.Fatalf("%v: got exit %d, want %d: %s", arguments, code, want, problem.String())
		}
		return out.String() + problem.String()
	}
	command(exitDone, "keys", "init", folder, "--scenario", "ecommerce-three-region")
	command(exitFailed, "keys", "init", folder, "--scenario", "ecommerce-three-region")
	before, err := os.ReadFile(filepath.Join(folder, "us-east-1.pem"))
	if err != nil {
		t.Fatal(err)
	}
	command(exitDone, "keys", "issue", "us-east-1", "--folder", folder, "--days", "3")
	after, err := os.ReadFile(filepath.Join(folder, "us-east-1.pem"))
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the certificate is the same as before (%v)", err)
	}
	command(exitMisused, "keys", "issue", "us-east-1", "--folder", folder, "--days", "0")
	command(exitDone, "keys", "token", "vera", "--folder", folder)
	command(exitMisused, "keys", "token", "vera", "--folder", folder)
	command(exitMisused, "keys", "token", "../vera", "--folder", folder)
	tokens, err := os.ReadFile(filepath.Join(folder, "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	read, err := api.ReadTokens("tokens", tokens)
	if err != nil || len(read) != 2 {
		t.Errorf("got %d tokens, %v, want those of operator and vera", len(read), err)
	}
	for _, secret := range []string{"authority.key", "us-east-1.key", "gossip.keys", "vera.token"} {
		info, err := os.Stat(filepath.Join(folder, secret))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want a file that only its owner reads", secret, info, err)
		}
	}
}
