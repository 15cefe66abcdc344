package execute

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Copy is a cluster whose files are on this machine.
type Copy struct {
	// Data is its directory.
	Data string
	// Programs is where pg_rewind and the others are; "" looks where distributions put those of the
	// cluster's version.
	Programs string
	// Work is where archives, and what a rewind needs over a restart, are kept. It has to outlast
	// the machine's restarts.
	Work string
	// Stop and Start are programs that stop and start the server where no guard runs it, such as
	// systemctl, as the agent's own user; without them pg_ctl does, as whoever owns the cluster.
	Stop, Start []string
}

func (c *Copy) validate() error {
	var wrong []error
	if _, err := os.Stat(filepath.Join(c.Data, "PG_VERSION")); err != nil {
		wrong = append(wrong, fmt.Errorf("%s holds no cluster: %w", c.Data, err))
	}
	if about, err := os.Stat(c.Work); err != nil || !about.IsDir() {
		wrong = append(wrong, fmt.Errorf("%q is no directory to work in", c.Work))
	}
	for _, name := range []string{"pg_controldata", "pg_waldump", "pg_rewind", "pg_basebackup"} {
		if _, err := c.program(name); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// program finds one of PostgreSQL's programs.
func (c *Copy) program(name string) (string, error) {
	if c.Programs != "" {
		path := filepath.Join(c.Programs, name)
		_, err := os.Stat(path)
		return path, err
	}
	if text, err := os.ReadFile(filepath.Join(c.Data, "PG_VERSION")); err == nil {
		path := filepath.Join("/usr/lib/postgresql", strings.TrimSpace(string(text)), "bin", name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	if postgres, err := exec.LookPath("postgres"); err == nil {
		if postgres, err = filepath.EvalSymlinks(postgres); err == nil {
			path := filepath.Join(filepath.Dir(postgres), name)
			if _, err := os.Stat(path); err == nil {
				return path, nil
			}
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is not installed here: name the directory of the programs", name)
	}
	return path, nil
}

// tool is one of PostgreSQL's programs as it is to be run: by whoever owns the cluster, who alone
// may, with a password that only its environment has.
type tool struct {
	name      string
	arguments []string
	password  string
	// holds is kept open for as long as the program, and what it starts, runs.
	holds *os.File
	// hears gets its output, and nil keeps the end of it for the error.
	hears func(cmd *exec.Cmd) error
	// operators says that it is none of PostgreSQL's: it runs as the agent does.
	operators bool
}

// run runs a tool to its end.
func (c *Copy) run(ctx context.Context, t tool) error {
	path, err := c.program(t.name)
	if err != nil {
		return err
	}
	return c.runAs(ctx, path, t)
}

// errEnded is what a program is told to have ended with that was killed at its time limit.
var errEnded = errors.New("it was killed at its time limit")

func (c *Copy) runAs(ctx context.Context, path string, t tool) error {
	said := &tail{}
	cmd := exec.CommandContext(ctx, path, t.arguments...)
	cmd.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH"), "PGPASSWORD=" + t.password}
	cmd.Dir, cmd.WaitDelay = "/", linger
	cmd.Stdout, cmd.Stderr = said, said
	if t.holds != nil {
		cmd.ExtraFiles = []*os.File{t.holds}
	}
	ownGroup(cmd)
	if !t.operators {
		if err := asOwner(cmd, c.Data); err != nil {
			return err
		}
	}
	if t.hears != nil {
		cmd.Stdout = nil
		return t.hears(cmd)
	}
	err := cmd.Run()
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w: %s", t.name, errEnded, said)
	}
	return fmt.Errorf("%s: %w: %s", t.name, err, without(said.String(), t.password))
}

// control is what a cluster's control file says.
type control struct {
	system   string
	state    string
	timeline uint32
	segment  uint64
	// hints says that the log has all that pg_rewind needs, where there are no checksums.
	hints bool
}

// control reads the control file: a server need not run.
func (c *Copy) control(ctx context.Context) (control, error) {
	path, err := c.program("pg_controldata")
	if err != nil {
		return control{}, err
	}
	cmd := exec.CommandContext(ctx, path, "-D", c.Data)
	cmd.Env, cmd.Dir = []string{"LC_ALL=C"}, "/"
	if err := asOwner(cmd, c.Data); err != nil {
		return control{}, err
	}
	out, err := cmd.Output()
	if err != nil {
		return control{}, fmt.Errorf("read the control file: %w", err)
	}
	return parseControl(string(out))
}

func parseControl(text string) (control, error) {
	said := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		said[name] = strings.TrimSpace(value)
	}
	number := func(name string, bits int) uint64 {
		value, err := strconv.ParseUint(said[name], 10, bits)
		if err != nil {
			return 0
		}
		return value
	}
	// A standby that has come to another timeline may not have a checkpoint in it yet.
	timeline := max(number("Latest checkpoint's TimeLineID", 32),
		number("Min recovery ending loc's timeline", 32))
	found := control{
		system: said["Database system identifier"], state: said["Database cluster state"],
		timeline: uint32(timeline), segment: number("Bytes per WAL segment", 64),
		hints: said["wal_log_hints setting"] == "on",
	}
	if found.system == "" || found.timeline == 0 || found.segment == 0 {
		return control{}, errors.New("the control file says nothing of the system, its timeline, or " +
			"how long a segment is")
	}
	return found, nil
}

// past is what the files of the copy say of its past. How far it has come is not known from them.
func (c *Copy) past(ctx context.Context) (past, control, error) {
	about, err := c.control(ctx)
	if err != nil {
		return past{}, about, err
	}
	found := past{system: about.system, timeline: about.timeline}
	text := ""
	if about.timeline > 1 {
		path := filepath.Join(c.Data, "pg_wal", fmt.Sprintf("%08X.history", about.timeline))
		data, err := os.ReadFile(path)
		if err != nil {
			return past{}, about, fmt.Errorf("read the history of timeline %d: %w", about.timeline, err)
		}
		text = string(data)
	}
	found.history, err = parseHistory(text, about.timeline)
	return found, about, err
}

// segmentName is the file of the log that a place is in.
func segmentName(timeline uint32, at lsn, size uint64) string {
	number, each := uint64(at)/size, uint64(1)<<32/size
	return fmt.Sprintf("%08X%08X%08X", timeline, number/each, number%each)
}

// put writes a file of the cluster, for whoever owns that.
func (c *Copy) put(name string, data []byte) error {
	path := filepath.Join(c.Data, name)
	next := path + ".redoubt"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close(), giveTo(next, c.Data)); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(c.Data)
}

// standbySignal has a server be a standby when it starts.
const standbySignal = "standby.signal"

// operators is a program of the operator's. A service manager starts and stops nothing for the
// owner of a cluster.
func operators(words []string) tool {
	return tool{name: words[0], arguments: words[1:], operators: true}
}

// stop stops the server, without a guard: in good order if it can be done in half the time there
// is, else at once.
func (c *Copy) stop(ctx context.Context) error {
	if len(c.Stop) > 0 {
		return c.runAs(ctx, c.Stop[0], operators(c.Stop))
	}
	if !c.runs() {
		return nil
	}
	err := c.run(ctx, tool{name: "pg_ctl", arguments: []string{
		"-D", c.Data, "-w", "-m", "fast", "-t", seconds(ctx, 2), "stop",
	}})
	if err == nil || !c.runs() {
		return nil
	}
	return c.run(ctx, tool{name: "pg_ctl", arguments: []string{
		"-D", c.Data, "-w", "-m", "immediate", "-t", seconds(ctx, 1), "stop",
	}})
}

// start starts the server, without a guard, with the options that it had.
func (c *Copy) start(ctx context.Context) error {
	if len(c.Start) > 0 {
		return c.runAs(ctx, c.Start[0], operators(c.Start))
	}
	log := filepath.Join(c.Data, "redoubt-start.log")
	return c.run(ctx, tool{name: "pg_ctl", arguments: []string{
		"-D", c.Data, "-w", "-t", seconds(ctx, 1), "-l", log, "restart", // It takes the options along.
	}})
}

// runs reports whether a server has the cluster, as far as its lock file says.
func (c *Copy) runs() bool {
	_, err := os.Stat(filepath.Join(c.Data, "postmaster.pid"))
	return err == nil
}

// seconds is a part of the time that a context leaves, in whole seconds.
func seconds(ctx context.Context, part int) string {
	const usual = 60
	left := usual
	if deadline, limited := ctx.Deadline(); limited {
		left = int(time.Until(deadline).Seconds())
	}
	return strconv.Itoa(max(1, left/part))
}
