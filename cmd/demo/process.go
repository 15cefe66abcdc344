package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that the demo has started, in a group of its own.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	// ended is closed once it has ended, for whatever reason.
	ended chan struct{}
}

// start starts a program whose words go to a file. It ends with the demo.
func start(name, log, program string, arguments ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("keep what %s says: %w", name, err)
	}
	defer out.Close()
	p := &process{name: name, log: log, ended: make(chan struct{})}
	p.cmd = exec.Command(program, arguments...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = childAttributes()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait() // How it ended stands in its log.
		close(p.ended)
	}()
	return p, nil
}

// runs reports whether it has not ended.
func (p *process) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return p != nil
	}
}

// stop ends it in good order, or after a while at once.
func (p *process) stop() {
	if p == nil || !p.runs() {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	const patience = 5 * time.Second
	select {
	case <-p.ended:
	case <-time.After(patience):
		d := doom(p)
		d.kill()
		d.wait()
	}
}

// doomed are processes, and all that they have started, that are to be killed together.
type doomed struct {
	all  []*process
	pids []int
}

// doom finds who is to be killed. It takes its time, and what is being written meanwhile takes
// longer: so it is done a while before.
func doom(all ...*process) doomed {
	d := doomed{all: all}
	for _, p := range all {
		if p != nil && p.runs() {
			d.pids = append(d.pids, family(p.cmd.Process.Pid)...)
		}
	}
	return d
}

// kill kills them at once, as a machine does that loses its power, and says when that was. What has
// been started since is in a guard's namespace, and ends with it.
func (d doomed) kill() (at time.Time) {
	at = time.Now()
	for _, pid := range d.pids {
		killNow(pid)
	}
	return at
}

// wait returns when nothing of them is left.
func (d doomed) wait() {
	for _, p := range d.all {
		if p != nil {
			<-p.ended
		}
	}
	for _, pid := range d.pids {
		for exists(pid) {
			time.Sleep(time.Millisecond)
		}
	}
}

// exists reports whether a process has not ended yet. What it had open is closed once it has.
func exists(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := cutLast(string(text), ")")
	return !strings.HasPrefix(strings.TrimSpace(rest), "Z")
}

// family are a process and its descendants.
func family(pid int) []int {
	children := map[int][]int{}
	paths, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // It has ended.
		}
		// The name of the program, in parentheses, may hold anything: what follows it counts.
		_, rest, _ := cutLast(string(text), ")")
		fields := strings.Fields(rest)
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil || len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(fields[1]); err == nil {
			children[parent] = append(children[parent], child)
		}
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

func cutLast(text, separator string) (before, after string, found bool) {
	at := strings.LastIndex(text, separator)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(separator):], true
}

// lastWords is the end of what a program has said, for an error.
func lastWords(log string) string {
	text, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	const most = 1500
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}

// errSkipped says that the demo cannot run here, and why.
var errSkipped = errors.New("skipped")

// findPostgres is the folder of PostgreSQL's programs.
func findPostgres() (string, error) {
	path, err := exec.LookPath("postgres")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
		if len(found) == 0 {
			return "", fmt.Errorf("%w: no PostgreSQL server is installed here (Debian: apt-get install "+
				"postgresql)", errSkipped)
		}
		path = found[len(found)-1]
	}
	return filepath.Dir(path), nil
}

// Ports are drawn from those below the ones that systems give to connections that leave: nobody is
// given one between its choice and its use.
const firstPort, lastPort = 15_000, 32_000

// freePorts are ports that nobody listens on, at any of some addresses.
func freePorts(count int, addresses ...string) (ports []int, err error) {
	for tries := 0; len(ports) < count; tries++ {
		port := firstPort + rand.IntN(lastPort-firstPort)
		err := isFree(port, addresses)
		if err != nil && tries > 100 {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		if err == nil && !slices.Contains(ports, port) {
			ports = append(ports, port)
		}
	}
	return ports, nil
}

// isFree says what speaks against a port, if anything does.
func isFree(port int, addresses []string) error {
	for _, address := range addresses {
		at := net.JoinHostPort(address, strconv.Itoa(port))
		listener, err := net.Listen("tcp", at)
		if err != nil {
			return err
		}
		packets, err := net.ListenPacket("udp", at)
		if err := errors.Join(err, listener.Close()); err != nil {
			return err
		}
		if err := packets.Close(); err != nil {
			return err
		}
	}
	return nil
}

// errEnded says that something has ended that was to run.
var errEnded = errors.New("it has ended")

// await looks until something is so. What was seen last is in the error.
func await(
	ctx context.Context, what string, limit time.Duration, look func(context.Context) error,
) error {
	ctx, end := context.WithTimeout(ctx, limit)
	defer end()
	for {
		err := look(ctx)
		if err == nil || errors.Is(err, errEnded) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %v until %s: %w", limit, what, err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
