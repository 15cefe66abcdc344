package guard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// PostgreSQL is a database cluster as a store, of PostgreSQL 12 or later. Fenced, it is a standby:
// it serves reads, receives what its primary_conninfo says, and sends to whoever follows it. To
// open it is to promote it, which begins a timeline of its own.
type PostgreSQL struct {
	// Data is the directory of the cluster. The server runs as whoever owns it.
	Data string
	// Program is the server; "" looks for it where distributions put it.
	Program string
	// Options are what the server is started with beside its directory, such as "-p", "5433".
	Options []string
}

// How a server says what it is about, in its directory.
const (
	standbySignal = "standby.signal"
	promoteSignal = "promote"
	lockedPID     = "postmaster.pid"
	memoryLine    = 6 // counted from 0
	statusLine    = 7
)

// Process makes the cluster a standby. A lock file that a server has left is removed, since its
// number of a process means nothing in another namespace; but not while a server holds the shared
// memory that it names.
func (s PostgreSQL) Process() (Process, error) {
	user, group, err := s.owner()
	if err != nil {
		return Process{}, err
	}
	program, err := s.server()
	if err != nil {
		return Process{}, err
	}
	if err := s.unoccupied(); err != nil {
		return Process{}, err
	}
	for _, name := range []string{lockedPID, "recovery.signal", promoteSignal} {
		if err := os.Remove(filepath.Join(s.Data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Process{}, err
		}
	}
	p := Process{
		Path: program, Arguments: slices.Concat([]string{"postgres", "-D", s.Data}, s.Options),
		Dir: s.Data, Ends: syscall.SIGINT, // A fast shutdown, which ends the sessions there are.
	}
	if user != os.Geteuid() {
		p.User, p.Group = uint32(user), uint32(group)
	}
	return p, errors.Join(s.leave(standbySignal), syncDir(s.Data))
}

// leave puts an empty file into the cluster, for its owner.
func (s PostgreSQL) leave(name string) error {
	user, group, err := s.owner()
	if err != nil {
		return err
	}
	path := filepath.Join(s.Data, name)
	return errors.Join(writeFile(path, nil), os.Chown(path, user, group))
}

// server is the program of the server.
func (s PostgreSQL) server() (string, error) {
	if s.Program != "" {
		return s.Program, nil
	}
	return findServer()
}

// findServer finds the server in the path, or in the newest version of Debian's directories.
func findServer() (string, error) {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.EvalSymlinks(path)
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errors.New("no PostgreSQL server is installed here: name its program")
	}
	return found[len(found)-1], nil
}

// Booted waits until the server takes queries, and is an error if it takes writes.
func (s PostgreSQL) Booted(ctx context.Context) error {
	state, err := s.await(ctx, inRecovery, inProduction)
	if err == nil && state == inProduction {
		return errors.New("it takes writes, and was to boot as a standby")
	}
	return err
}

// Writes reports whether the server has been promoted, by whomever.
func (s PostgreSQL) Writes(ctx context.Context) (bool, error) {
	state, err := s.state(ctx)
	return state == inProduction, err
}

// Open promotes the server, and waits until it takes writes.
func (s PostgreSQL) Open(ctx context.Context, send func(syscall.Signal) error) error {
	if err := s.leave(promoteSignal); err != nil {
		return err
	}
	if err := send(promotes); err != nil {
		return err
	}
	_, err := s.await(ctx, inProduction)
	return err
}

// The states of a cluster that matter here, as pg_controldata names them.
const (
	inRecovery   = "in archive recovery"
	inProduction = "in production"
)

// await waits until the server takes queries and its cluster is in one of some states.
func (s PostgreSQL) await(ctx context.Context, wanted ...string) (string, error) {
	for {
		if s.status() == "ready" {
			state, err := s.state(ctx)
			if err != nil || slices.Contains(wanted, state) {
				return state, err
			}
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// state is what the cluster's control file says that it is doing.
func (s PostgreSQL) state(ctx context.Context) (string, error) {
	server, err := s.server()
	if err != nil {
		return "", err
	}
	program := filepath.Join(filepath.Dir(server), "pg_controldata")
	cmd := exec.CommandContext(ctx, program, "-D", s.Data)
	cmd.Env = []string{"LC_ALL=C"}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("read the cluster's control file: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if state, found := strings.CutPrefix(line, "Database cluster state:"); found {
			return strings.TrimSpace(state), nil
		}
	}
	return "", errors.New("the cluster's control file names no state")
}

// status is what the server says of itself in its lock file: "ready" when it takes queries, be it
// as a standby.
func (s PostgreSQL) status() string {
	return s.locked(statusLine)
}

// locked is a line of the server's lock file, or "".
func (s PostgreSQL) locked(line int) string {
	text, err := os.ReadFile(filepath.Join(s.Data, lockedPID))
	if err != nil {
		return ""
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) <= line {
		return ""
	}
	return strings.TrimSpace(lines[line])
}
