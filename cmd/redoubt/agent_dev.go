package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"redoubt/model"
	"redoubt/scenarios"
)

// devScenario is what three agents to try are told of.
//
//go:embed dev.toml
var devScenario []byte

// devPort is the first port unless somebody says, and devPortMax the highest that leaves room.
const (
	devPort    = 7400
	devPortMax = 1<<16 - 1 - model.MaxRegions*devStep
)

// The ports of a region's agent follow the first one of the region, in this order; those of the
// next region are devStep higher.
const (
	devPeers = iota
	devGossip
	devAPI
	devDNS
	devStep = 10
)

// runDev runs three agents, each in a process of its own, until the context is over.
func runDev(ctx context.Context, port int, stdout, stderr io.Writer) error {
	s, err := scenarios.Read("dev.toml", devScenario)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "redoubt-dev-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(folder) // The keys are of no use to anybody after this.
	if err := devFiles(folder, port, s); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	var names []string
	var agents []*exec.Cmd
	for _, region := range s.Regions {
		names = append(names, region.Name)
		agents = append(agents, exec.Command(self, "agent", "--scenario",
			filepath.Join(folder, "dev.toml"), "--region", region.Name, "--config",
			filepath.Join(folder, region.Name+".toml")))
	}
	return runAgents(ctx, names, agents, &linesOut{w: stderr}, func() {
		var pids []int
		for _, agent := range agents {
			pids = append(pids, agent.Process.Pid)
		}
		fmt.Fprint(stdout, devGuide(folder, port, names, pids, strings.Join(agents[0].Args, " ")))
	})
}

// devGuide says what can be tried with agents of some names and processes, the first of which a
// command starts again.
func devGuide(folder string, port int, names []string, pids []int, again string) string {
	var lines, apis []string
	for r, name := range names {
		api, dns := port+devAPI+r*devStep, port+devDNS+r*devStep
		lines = append(lines, fmt.Sprintf("  %-16s process %-8d API 127.0.0.1:%d  DNS 127.0.0.1:%d", name,
			pids[r], api, dns))
		apis = append(apis, fmt.Sprintf("127.0.0.1:%d", api))
	}
	token := filepath.Join(folder, "keys", "operator.token")
	return fmt.Sprintf(devText, folder, strings.Join(lines, "\n"), port+devAPI, token, port+devDNS,
		strings.Join(apis, ","), token, port+devAPI+devStep, port+devDNS+devStep, again)
}

// runAgents starts agents, says that they run, and tends them until the context is over. When one
// cannot be started, or fails, the others are ended and waited for.
func runAgents(
	ctx context.Context, names []string, agents []*exec.Cmd, out *linesOut, started func(),
) error {
	group, ctx := errgroup.WithContext(ctx)
	for r, cmd := range agents {
		cmd.SysProcAttr = childAttributes()
		reader, writer := io.Pipe()
		cmd.Stdout, cmd.Stderr = writer, writer
		if err := cmd.Start(); err != nil {
			group.Go(func() error { return fmt.Errorf("start the agent of %s: %w", names[r], err) })
			return group.Wait()
		}
		go out.copy(names[r], reader)
		group.Go(func() error { return tend(ctx, names[r], cmd, writer, out) })
	}
	started()
	return group.Wait()
}

// devText says what can be tried.
const devText = `Three agents run, with their keys, files and logs in %s:

%s

Ask one, in another terminal:

  export REDOUBT_ADDRESS=127.0.0.1:%d REDOUBT_TOKEN_FILE=%s
  redoubt status
  redoubt explain
  redoubt history --follow
  dig @127.0.0.1 -p %d www.dev.example +short

Watch all of it in a terminal, whichever of them answers:

  redoubt tui --connect %s --token-file %s

Order something:

  redoubt pause --why 'to try it'
  redoubt evacuate us-east-1 --why 'to try it'

Every region writes here: none is primary, and there is nothing to promote. A region is left by an
evacuation, which the terminal takes as :evacuate us-east-1; failover, switchover, failback and
drills are for a store with one writer (make demo has two databases).

Kill the process of us-east-1, and watch the others decide (REDOUBT_ADDRESS=127.0.0.1:%d, and
dig -p %d). The agent stays away until you start it again, in a terminal of its own:

  %s

Interrupt this to end all, and to remove their folder.
`

// tend waits for an agent, and ends it when the context is over. One that somebody has killed is
// left dead, since that is what the three are there for.
func tend(
	ctx context.Context, region string, cmd *exec.Cmd, writer io.Closer, out *linesOut,
) error {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		_ = writer.Close()
		var failed *exec.ExitError
		if errors.As(err, &failed) && failed.Exited() && failed.ExitCode() != exitInterrupted {
			return fmt.Errorf("the agent of %s has ended: %w", region, err)
		}
		out.line(region, "the process is gone")
		<-ctx.Done()
		return nil
	case <-ctx.Done():
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	const patience = 10 * time.Second
	select {
	case <-ended:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-ended
	}
	return writer.Close()
}

// linesOut writes the lines of several processes, each with whose it is.
type linesOut struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *linesOut) line(of, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, "%-16s %s\n", of, text)
}

func (l *linesOut) copy(of string, reader io.Reader) {
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if text := lines.Text(); text != "redoubt: error: interrupted" { // This process says it for all.
			l.line(of, text)
		}
	}
	_, _ = io.Copy(io.Discard, reader) // A line that is too long must not hold the process up.
}

// devFiles writes what the agents read.
func devFiles(folder string, base int, s *model.Scenario) error {
	if err := os.WriteFile(filepath.Join(folder, "dev.toml"), devScenario, 0o600); err != nil {
		return fmt.Errorf("write the scenario: %w", err)
	}
	if err := makeKeys(filepath.Join(folder, "keys"), s); err != nil {
		return err
	}
	for r, region := range s.Regions {
		for port := base + r*devStep; port <= base+devDNS+r*devStep; port++ {
			if err := isFree(fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
				return &hinted{
					error: fmt.Errorf("the agent of %s could not listen: %w", region.Name, err),
					hint:  "--port moves all ports, as --port 17400 does",
				}
			}
		}
		path := filepath.Join(folder, region.Name+".toml")
		if err := os.WriteFile(path, []byte(devAgent(s, base, r)), 0o600); err != nil {
			return fmt.Errorf("write an agent's file: %w", err)
		}
	}
	return nil
}

// isFree finds out whether an address can be listened on, over TCP and UDP.
func isFree(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return errors.Join(packets.Close(), listener.Close())
}

// devAgent is the file of a region's agent.
func devAgent(s *model.Scenario, port, self int) string {
	var b strings.Builder
	at := func(what, r int) string { return fmt.Sprintf("127.0.0.1:%d", port+what+r*devStep) }
	name := s.Regions[self].Name
	fmt.Fprintf(&b, "schema = 1\ndata = \"%s\"\nstrategy = \"active-active\"\n\n[listen]\n", name)
	fmt.Fprintf(&b, "peers = %q\ngossip = %q\napi = %q\ndns = %q\n\n[identity]\n", at(devPeers, self),
		at(devGossip, self), at(devAPI, self), at(devDNS, self))
	fmt.Fprintf(&b, "certificate = \"keys/%s.pem\"\nkey = \"keys/%s.key\"\n", name, name)
	b.WriteString("authority = \"keys/authority.pem\"\ngossip_keys = \"keys/gossip.keys\"\n" +
		"tokens = \"keys/tokens\"\n")
	for r, region := range s.Regions {
		fmt.Fprintf(&b, "\n[region.%s]\npeers = %q\ngossip = %q\n", region.Name, at(devPeers, r),
			at(devGossip, r))
		fmt.Fprintf(&b, "address = [\"127.0.0.%d\"]\naddresses = { api = %q }\n", r+1, at(devAPI, r))
	}
	b.WriteString("\n[zone]\norigin = \"dev.example.\"\nservice = \"www.dev.example.\"\n" +
		"mailbox = \"hostmaster.dev.example.\"\nservers = [\"ns.dev.example.\"]\n" +
		"hosts = { \"ns.dev.example.\" = [\"127.0.0.1\"] }\n")
	return b.String()
}
