package execute

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"redoubt/failover"
)

// manifest says what an archive holds, in the archive.
type manifest struct {
	Store   string         `json:"store"`
	Region  string         `json:"region"`
	Epoch   failover.Epoch `json:"epoch"`
	System  string         `json:"system"`
	Follows string         `json:"parted_from"`
	// Timeline and Parted are where the copy left the one that is written to, Last its last record.
	Timeline uint32 `json:"timeline"`
	Parted   string `json:"parted_at"`
	Last     string `json:"last_record"`
	surplus
	Files []kindOfFile `json:"files"`
}

// kindOfFile is a file of an archive.
type kindOfFile struct {
	Name string `json:"name"`
	Sum  string `json:"sha256"`
}

// manifestName is the file of an archive that says what it holds; an archive without one was not
// finished.
const manifestName = "manifest.json"

// archive keeps the part of this region's log that the writer does not have, and counts what was
// committed in it. The copy itself is not touched.
func (p *PostgreSQL) archive(ctx context.Context, a failover.Action) Result {
	if p.Copy == nil {
		return failed("its files are not within reach")
	}
	where, apart, m, err := p.parting(ctx)
	if err != nil {
		return failed("%v", err)
	}
	if !apart {
		return done("it holds nothing that %s has not", m.Follows)
	}
	about, err := p.Copy.control(ctx)
	if err != nil {
		return failed("%v", err)
	}
	t := &tally{}
	var files []string
	for _, part := range where.own {
		if err := p.Copy.count(ctx, part, about.segment, t); err != nil {
			return failed("what it holds alone cannot be counted: %v", err)
		}
		some, err := p.Copy.segments(part, t.last, about.segment)
		if err != nil {
			return failed("what it holds alone cannot be kept: %v", err)
		}
		files = append(files, some...)
	}
	m.Epoch, m.surplus, m.Last = a.Epoch, t.surplus, t.last.String()
	dir, err := p.keepArchive(ctx, m, files)
	if err != nil {
		return failed("what it holds alone cannot be kept: %v", err)
	}
	result := done("%d transactions with %d rows since %s on timeline %d are in %s", t.Transactions,
		t.Rows, m.Parted, m.Timeline, dir)
	result.Count = t.Transactions
	return result
}

// parting finds where this region's copy left the one that is written to.
func (p *PostgreSQL) parting(ctx context.Context) (split, bool, manifest, error) {
	writer, conn, err := p.writer(ctx)
	if err != nil {
		return split{}, false, manifest{}, fmt.Errorf("from whom it parted is not known: %w", err)
	}
	defer hangUp(conn)
	m := manifest{
		Store: p.Names.Store(p.Store), Region: p.Names.Region(p.Here), Follows: p.Names.Region(writer),
	}
	if writer == p.Here {
		return split{}, false, m, errors.New("it takes the writes itself")
	}
	// Its own past first: a copy that follows has by then what the writer had a moment ago, and would
	// seem to be ahead of it.
	own, segment, err := p.ownPast(ctx)
	if err != nil {
		return split{}, false, m, err
	}
	truth, err := p.pastOf(ctx, writer)
	if err != nil {
		return split{}, false, m, err
	}
	if m.System = own.system; own.system != truth.system {
		return split{}, false, m, fmt.Errorf("its system is %s, and that of %s is %s: it is no copy",
			own.system, m.Follows, truth.system)
	}
	where, left, err := apart(ctx, copied{own, p.Copy.log}, copied{truth, logOf(conn)}, segment)
	if err == nil && !left && own.timeline == truth.timeline && own.at > truth.at {
		err = fmt.Errorf("it has %s of a timeline of which %s has %s", own.at, m.Follows, truth.at)
	}
	m.Timeline, m.Parted = where.timeline, where.at.String()
	return where, left, m, err
}

// ownPast is the past of this region's copy, and how long a segment of its log is. Its server knows
// it better than its files do, if it answers.
func (p *PostgreSQL) ownPast(ctx context.Context) (past, uint64, error) {
	files, about, err := p.Copy.past(ctx)
	if err != nil {
		return past{}, 0, err
	}
	if server, err := p.pastOf(ctx, p.Here); err == nil && server.system == files.system &&
		server.timeline >= files.timeline {
		return server, about.segment, nil
	}
	return files, about.segment, nil
}

// keepArchive copies files of the log into a directory of their own. An archive that is there
// already, with all that is to be in it, is left as it is.
func (p *PostgreSQL) keepArchive(
	ctx context.Context, m manifest, files []string,
) (folder string, err error) {
	name := fmt.Sprintf("%s-%s-timeline-%d", m.Store, m.Region, m.Timeline)
	at, err := parseLSN(m.Parted)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(p.Copy.Work, "archive", fmt.Sprintf("%s-%016X", name, uint64(at)))
	if old, err := os.ReadFile(filepath.Join(dir, manifestName)); err == nil {
		var kept manifest
		if json.Unmarshal(old, &kept) == nil && kept.Last == m.Last && kept.System == m.System {
			return dir, nil
		}
		dir = fmt.Sprintf("%s-to-%s", dir, hexOf(m.Last))
	}
	next := dir + ".next"
	if err := os.RemoveAll(next); err != nil {
		return "", err
	}
	defer func() {
		if err != nil { // It would hold the room that this and everything else here lacks.
			err = errors.Join(err, os.RemoveAll(next))
		}
	}()
	if err := os.MkdirAll(next, 0o700); err != nil {
		return "", err
	}
	for _, file := range files {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		sum, err := copyFile(filepath.Join(p.Copy.Data, "pg_wal", file), filepath.Join(next, file))
		if err != nil {
			return "", err
		}
		m.Files = append(m.Files, kindOfFile{Name: file, Sum: sum})
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	if err := replaceFile(filepath.Join(next, manifestName), append(text, '\n'), 0o600); err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.Rename(next, dir); err != nil {
		return "", err
	}
	return dir, syncDir(filepath.Dir(dir))
}

func hexOf(text string) string {
	at, err := parseLSN(text)
	if err != nil {
		return "0"
	}
	return fmt.Sprintf("%016X", uint64(at))
}

// copyFile copies a file, waits until it is on the disk, and gives its SHA-256.
func copyFile(from, to string) (sum string, err error) {
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, hash), in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// configuration are the files of a cluster that are about the machine that it runs on, and not
// about its data: a rewind brings those of the writer, or none.
var configuration = []string{
	"postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf", "postmaster.opts",
}

// ownConfiguration are this copy's files of configuration, those that are there.
func (c *Copy) ownConfiguration() (map[string][]byte, error) {
	kept := map[string][]byte{}
	for _, name := range configuration {
		data, err := os.ReadFile(filepath.Join(c.Data, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		kept[name] = bytes.Clone(data)
	}
	return kept, nil
}
