package guard

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
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
	// Program is the server; "" looks for that of the cluster's version where distributions put it.
	Program string
	// Options are what the server is started with beside its directory, such as "-p", "5433".
	Options []string
}

// How a server says what it is about, in its directory.
const (
	versionFile   = "PG_VERSION"
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
	data, err := filepath.Abs(s.Data)
	if err != nil {
		return Process{}, err
	}
	uid, gid, err := s.owner()
	if err != nil {
		return Process{}, err
	}
	own, err := s.own(data)
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
		Path: program, Arguments: slices.Concat([]string{"postgres", "-D", data}, s.Options, own),
		Dir: data, Ends: syscall.SIGINT, // A fast shutdown, which ends the sessions there are.
	}
	if uid != os.Geteuid() {
		p.User, p.Group, p.Groups = uint32(uid), uint32(gid), groupsOf(uid)
	}
	return p, errors.Join(s.leave(standbySignal), syncDir(s.Data))
}

// own are the settings that a guard relies on, whatever the files of the cluster say: those of the
// command line count, and of those the last. Else the server might run on another directory than
// the one that was made a standby, or be promoted by itself when it has reached a target or finds
// a file, or answer nobody while it is a standby.
func (s PostgreSQL) own(data string) ([]string, error) {
	const oldest, withoutTrigger = 12, 16
	version, err := s.version()
	if err != nil {
		return nil, err
	}
	if version < oldest {
		return nil, fmt.Errorf("%s is of PostgreSQL %d, which knows no %s: %d is the oldest that can be "+
			"guarded", s.Data, version, standbySignal, oldest)
	}
	own := []string{
		"-c", "data_directory=" + data, "-c", "hot_standby=on", "-c", "recovery_target_action=pause",
	}
	if version < withoutTrigger {
		own = append(own, "-c", "promote_trigger_file=")
	}
	return own, nil
}

// version is the major version of the cluster.
func (s PostgreSQL) version() (int, error) {
	path := filepath.Join(s.Data, versionFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	major, _, _ := strings.Cut(strings.TrimSpace(string(text)), ".")
	version, err := strconv.Atoi(major)
	if err != nil {
		return 0, fmt.Errorf("%s names no version: %w", path, err)
	}
	return version, nil
}

// groupsOf are the groups that a user is in beside its own, such as the one that may read the keys
// of certificates. Whom nobody knows is in none.
func groupsOf(uid int) (groups []uint32) {
	found, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return nil
	}
	names, err := found.GroupIds()
	if err != nil {
		return nil
	}
	for _, name := range names {
		if gid, err := strconv.ParseUint(name, 10, 32); err == nil {
			groups = append(groups, uint32(gid))
		}
	}
	return groups
}

// leave puts an empty file into the cluster, for its owner, who may have put a link there which
// leads to what is not the owner's.
func (s PostgreSQL) leave(name string) error {
	uid, gid, err := s.owner()
	if err != nil {
		return err
	}
	path := filepath.Join(s.Data, name)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Chown(uid, gid), file.Sync(), file.Close())
}

// server is the program of the server: Debian has one for each version.
func (s PostgreSQL) server() (string, error) {
	if s.Program != "" {
		return s.Program, nil
	}
	if version, err := s.version(); err == nil {
		path := fmt.Sprintf("/usr/lib/postgresql/%d/bin/postgres", version)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
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
