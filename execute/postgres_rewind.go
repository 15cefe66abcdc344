package execute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"redoubt/failover"
	"redoubt/model"
)

// mark says on disk that a copy is being rewound, by which action, and what its configuration was.
// Who finds one knows that the files are perhaps half of one copy and half of another.
type mark struct {
	ID            string            `json:"id"`
	Configuration map[string][]byte `json:"configuration"`
}

func (p *PostgreSQL) markPath() string {
	return filepath.Join(p.Copy.Work, "rewind-"+p.Names.Store(p.Store)+".json")
}

// rewind makes this region's copy a replica of the writer again: what it holds alone is undone, or
// where that cannot be, all of it is copied anew. Its configuration stays its own.
func (p *PostgreSQL) rewind(ctx context.Context, a failover.Action) Result {
	if p.Copy == nil {
		return failed("its files are not within reach")
	}
	lock, err := os.OpenFile(p.markPath()+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return failed("%v", err)
	}
	defer lock.Close()
	if err := lockFile(lock); err != nil {
		return unknown("an earlier rewind still runs: %v", err)
	}
	writer, conn, err := p.writer(ctx)
	if err != nil {
		return p.unseen(a, "whom to follow is not known: %v", err)
	}
	hangUp(conn)
	if writer == p.Here {
		return failed("it takes the writes itself")
	}
	truth, err := p.pastOf(ctx, writer)
	if err != nil {
		return p.unseen(a, "%v", err)
	}
	begun, err := p.readMark()
	if err != nil {
		return p.unseen(a, "%v", err)
	}
	follows, seen := p.followsHere(ctx, truth.timeline)
	if follows { // It may be on a timeline of the same number alone.
		where, left, _, err := p.parting(ctx)
		switch {
		case err != nil:
			return p.unseen(a, "%v", err)
		case left:
			follows, seen = false, fmt.Sprintf("it has left %s at %s on timeline %d",
				p.Names.Region(writer), where.at, where.timeline)
		}
	}
	switch {
	case follows && begun == nil:
		return done("it follows %s", p.Names.Region(writer))
	case onlyLooks(a) && begun == nil:
		return failed("it was not rewound: %s", seen)
	case onlyLooks(a):
		return failed("it was begun and not finished: whoever does it copies all of it anew")
	}
	return p.rewindTo(ctx, a, writer, begun, lock)
}

// unseen is what can be said where nothing could be looked at.
func (p *PostgreSQL) unseen(a failover.Action, format string, arguments ...any) Result {
	if a.Look {
		return unknown(format, arguments...)
	}
	return failed(format, arguments...)
}

// readMark reads what an earlier rewind has left, nil where it has left nothing.
func (p *PostgreSQL) readMark() (*mark, error) {
	data, err := os.ReadFile(p.markPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found mark
	if err := json.Unmarshal(data, &found); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", p.markPath(), err)
	}
	return &found, nil
}

// followsHere reports whether the server of this region follows a timeline.
func (p *PostgreSQL) followsHere(ctx context.Context, timeline uint32) (so bool, seen string) {
	result := p.here(ctx, func(conn *pgx.Conn) Result {
		so, seen = follows(ctx, conn, timeline)
		return Result{Outcome: Done}
	})
	if result.Outcome != Done {
		return false, result.Why
	}
	return so, seen
}

// rewindTo does it: stop, mark, rewind or copy anew, start, and see that it follows.
func (p *PostgreSQL) rewindTo(
	ctx context.Context, a failover.Action, writer model.RegionID, begun *mark, lock *os.File,
) Result {
	if p.Servers[writer].Follow == "" {
		return failed("how %s is followed is not configured", p.Names.Region(writer))
	}
	m := mark{ID: ActionID(a)}
	if begun != nil {
		m.Configuration = begun.Configuration
	} else {
		var err error
		if m.Configuration, err = p.Copy.ownConfiguration(); err != nil {
			return failed("%v", err)
		}
	}
	if err := p.halt(ctx); err != nil {
		return failed("it did not stop: %v", err)
	}
	text, err := json.Marshal(m)
	if err == nil {
		err = replaceFile(p.markPath(), text, 0o600)
	}
	if err != nil {
		return failed("%v", errors.Join(err, p.resume(ctx)))
	}
	way, err := p.restore(ctx, writer, begun != nil, lock)
	if err != nil {
		return failed("it is down until this is done again: %v", err)
	}
	if err := p.configure(m.Configuration, p.Servers[writer].follows()); err != nil {
		return failed("it is down until this is done again: %v", err)
	}
	if err := os.Remove(p.markPath()); err != nil {
		return failed("it is down until this is done again: %v", err)
	}
	if err := syncDir(p.Copy.Work); err != nil {
		return unknown("%v", err)
	}
	if err := p.resume(ctx); err != nil {
		return unknown("it was %s, and does not start: %v", way, err)
	}
	return p.awaitFollowing(ctx, writer, way)
}

// awaitFollowing waits until the server of this region follows the writer.
func (p *PostgreSQL) awaitFollowing(ctx context.Context, writer model.RegionID, way string) Result {
	so, seen := await(ctx, func() (bool, string) {
		truth, err := p.pastOf(ctx, writer)
		if err != nil {
			return false, err.Error()
		}
		return p.followsHere(ctx, truth.timeline)
	})
	if !so {
		return unknown("it was %s, and does not follow %s yet: %s", way, p.Names.Region(writer), seen)
	}
	return done("it was %s, and follows %s", way, p.Names.Region(writer))
}

// halt has nothing run on the copy.
func (p *PostgreSQL) halt(ctx context.Context) error {
	if p.Guard != nil {
		_, err := p.Guard.Rest(ctx)
		return err
	}
	if err := p.Copy.stop(ctx); err != nil {
		return err
	}
	if p.Copy.runs() {
		return errors.New("its lock file is there")
	}
	return nil
}

// resume has the server run again.
func (p *PostgreSQL) resume(ctx context.Context) error {
	if p.Guard != nil {
		_, err := p.Guard.Boot(ctx)
		return err
	}
	return p.Copy.start(ctx)
}

// restore has the files be those of the writer, and says which way.
func (p *PostgreSQL) restore(
	ctx context.Context, writer model.RegionID, halfway bool, lock *os.File,
) (way string, err error) {
	source, password, err := bare(p.Servers[writer].Control)
	if err != nil {
		return "", err
	}
	if !halfway {
		err := p.pgRewind(ctx, writer, tool{
			name: "pg_rewind", password: password, holds: lock, arguments: []string{
				"--target-pgdata=" + p.Copy.Data, "--source-server=" + source, "--no-ensure-shutdown",
			},
		})
		if err == nil {
			return "rewound", nil
		}
		if ctx.Err() != nil {
			return "", err
		}
		if again := p.copyAnew(ctx, source, password, lock); again != nil {
			return "", errors.Join(err, again)
		}
		return "copied anew, since " + printable(err.Error()), nil
	}
	const again = "copied anew, since an earlier rewind had not ended"
	return again, p.copyAnew(ctx, source, password, lock)
}

// pgRewind undoes what the copy holds alone. It needs a copy that was shut down, and a writer whose
// control file names its timeline, which is so after a checkpoint.
func (p *PostgreSQL) pgRewind(ctx context.Context, writer model.RegionID, t tool) error {
	conn, err := p.connect(ctx, writer)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	if _, err := conn.Exec(ctx, "checkpoint"); err != nil {
		return fmt.Errorf("a checkpoint of the writer: %w", err)
	}
	about, err := p.Copy.control(ctx)
	if err != nil {
		return err
	}
	if err := p.sameNumber(ctx); err != nil {
		return err
	}
	switch clean := strings.HasPrefix(about.state, "shut down"); {
	case clean:
	case p.Guard == nil: // Nobody else keeps it from being started while it is no standby.
		return fmt.Errorf("it was not shut down in good order, but is %q", about.state)
	default:
		if err := p.recoverAlone(ctx, about, t.holds); err != nil {
			return err
		}
	}
	return p.Copy.run(ctx, t)
}

// sameNumber is an error where the copy and the writer have gone different ways that have the same
// number: pg_rewind takes them for one.
func (p *PostgreSQL) sameNumber(ctx context.Context) error {
	where, left, _, err := p.parting(ctx)
	if err == nil && left && where.clash {
		err = errors.New("both have a timeline of one number, and not the same one")
	}
	return err
}

// recoverAlone brings a copy that was killed to a clean end, with a server that nobody can connect
// to. That is no standby: only where a guard lets its store rest does nothing else start it.
func (p *PostgreSQL) recoverAlone(ctx context.Context, about control, lock *os.File) error {
	hints := "off" // As they were: a server writes into the control file what it was started with.
	if about.hints {
		hints = "on"
	}
	for _, name := range []string{standbySignal, "recovery.signal", "postmaster.pid"} {
		err := os.Remove(filepath.Join(p.Copy.Data, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	arguments := []string{
		"--single", "-F", "-D", p.Copy.Data, "-c", "archive_mode=off", "-c", "wal_log_hints=" + hints,
		"-c", "wal_keep_size=1000000", // pg_rewind goes back to before the parting.
	}
	// Whoever starts the server tells it of a configuration that lies elsewhere; recovery needs none.
	_, err := os.Stat(filepath.Join(p.Copy.Data, "postgresql.conf"))
	if errors.Is(err, fs.ErrNotExist) {
		arguments = append(arguments, "-c", "config_file="+os.DevNull)
	}
	err = p.Copy.run(ctx, tool{
		name: "postgres", holds: lock, arguments: append(arguments, "template1"),
	})
	if err != nil {
		return fmt.Errorf("recover what was killed: %w", err)
	}
	return nil
}

// copyAnew copies the writer's files beside the copy's own, and puts them in their place.
func (p *PostgreSQL) copyAnew(
	ctx context.Context, source, password string, lock *os.File,
) error {
	next, old := p.Copy.Data+".redoubt-new", p.Copy.Data+".redoubt-old"
	if _, err := os.Stat(p.Copy.Data); errors.Is(err, fs.ErrNotExist) { // It was cut off in between.
		if err := os.Rename(old, p.Copy.Data); err != nil {
			return err
		}
	}
	for _, dir := range []string{next, old} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	if err := os.Mkdir(next, 0o700); err != nil {
		return err
	}
	if err := giveTo(next, p.Copy.Data); err != nil {
		return err
	}
	err := p.Copy.run(ctx, tool{
		name: "pg_basebackup", password: password, holds: lock, arguments: []string{
			"-D", next, "-X", "stream", "-c", "fast", "-d", source,
		},
	})
	if err != nil {
		return err
	}
	if err := os.Rename(p.Copy.Data, old); err != nil {
		return err
	}
	if err := os.Rename(next, p.Copy.Data); err != nil {
		return errors.Join(err, os.Rename(old, p.Copy.Data))
	}
	return errors.Join(syncDir(filepath.Dir(p.Copy.Data)), os.RemoveAll(old))
}

// configure gives the copy its own configuration back, with whom it follows now, and makes it a
// standby.
func (p *PostgreSQL) configure(own map[string][]byte, follow string) error {
	for _, name := range configuration {
		data, had := own[name]
		switch path := filepath.Join(p.Copy.Data, name); {
		case name == "postgresql.auto.conf":
			if err := p.Copy.put(name, following(string(data), follow)); err != nil {
				return err
			}
		case had:
			if err := p.Copy.put(name, data); err != nil {
				return err
			}
		case own != nil:
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return p.Copy.put(standbySignal, nil)
}

// following is a file of settings with whom to follow in it, and no slot.
func following(text, follow string) []byte {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch strings.TrimSpace(name) {
		case "primary_conninfo", "primary_slot_name":
		default:
			kept.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	quoted := strings.NewReplacer(`\`, `\\`, "'", "''").Replace(follow)
	return []byte(kept.String() + "primary_conninfo = '" + quoted + "'\nprimary_slot_name = ''\n")
}
