package agent

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"redoubt/chain"
	"redoubt/failover"
)

// Archive keeps what a replica has applied, each entry once, for as long as anybody keeps the
// files: raft cuts its own log off behind a snapshot. Its files are logs that failover.Replay
// reads, with a note, the event and the hash of the state for each entry. One that does not begin
// with the log begins with a link to the file before it and a base: see package chain. It is named
// for the index of the first entry that it can hold.
//
// An entry is whole when its hash is there. What a process leaves half-written when it dies is cut
// off as the archive is opened, and raft applies those entries again.
type Archive struct {
	dir string

	mu   sync.Mutex
	file *os.File
	// tally is what the file is known by; former is the file before it, while there is none.
	tally  *chain.Tally
	former chain.File
	// doubt is what was found wrong with the files as they were opened.
	doubt error
	// recorder goes on with the file; kept are the policies that it holds.
	recorder failover.Recorder
	kept     map[failover.Digest]bool
	// last is the index of the last entry that is whole.
	last uint64
	// known are the hashes of the file's entries as it was opened. They are held against the entries
	// that are applied again, and forgotten after that.
	known map[uint64]failover.Digest
	// most is the size in bytes at which a file is closed.
	most int64
	// failed is why nothing more is written: a file with a gap would be worth nothing.
	failed error
}

// archiveSuffix is that of an archive's files.
const archiveSuffix = ".log"

// segmentMax is the size in bytes at which a file is closed, and another begun with a base: all of
// one is read when it is replayed, or opened.
const segmentMax = 8 << 20

// archived is an entry as the archive keeps it.
type archived struct {
	note  failover.Note
	event *failover.Event
	// before is the state that the event came to, and under the policy that it was under; they are
	// nothing for the first event of a log. named is the policy that a PolicyChanged names.
	before       *failover.State
	under, named *failover.Policy
	hash         failover.Digest
}

// OpenArchive opens the archive in a folder, which it makes where there is none.
func OpenArchive(dir string) (*Archive, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the archive: %w", err)
	}
	names, err := segments(dir)
	if err != nil {
		return nil, err
	}
	a := &Archive{
		dir: dir, kept: map[failover.Digest]bool{}, known: map[uint64]failover.Digest{}, most: segmentMax,
	}
	if err := a.open(names); err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	return a, nil
}

// segments lists the files of an archive in order.
func segments(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the archive: %w", err)
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && strings.HasSuffix(entry.Name(), archiveSuffix) {
			names = append(names, filepath.Join(dir, entry.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}

// resume goes on with the last file, of a number, from its last whole entry on.
func (a *Archive) resume(path string, number uint64, data []byte) error {
	name := strings.TrimSuffix(filepath.Base(path), archiveSuffix)
	first, err := strconv.ParseUint(name, 10, 64)
	if err != nil || first == 0 {
		return fmt.Errorf("%s is not named for the index of an entry", path)
	}
	a.last = first - 1
	kept := a.read(data)
	a.former = chain.FileOf(number, filepath.Base(path), data)
	recorder, err := failover.ResumeLog(data[:kept])
	if err != nil {
		return nil // It is of another format and stays as it is: the next entry begins a file.
	}
	if len(data)-kept > tornMax {
		if err := writeWhole(path+".cut", data); err != nil {
			return err
		}
	}
	a.recorder, a.tally = recorder, chain.NewTally(number, a.former.Name, data[:kept])
	return a.openAt(path, int64(kept))
}

// tornMax is the most that a process leaves half-written. What is cut off beyond that is kept
// beside the file.
const tornMax = 16 << 10

// read finds up to where a file is whole, and what it holds up to there.
func (a *Archive) read(data []byte) (kept int) {
	var policies []failover.Digest
	note, whole := uint64(0), false
	for record, err := range failover.ReadLog(data) {
		var damage *failover.LogError
		if errors.As(err, &damage) {
			record.Offset = damage.Offset
		}
		if whole {
			kept, whole = record.Offset, false
		}
		if err != nil {
			return kept
		}
		switch record.Kind {
		case failover.PolicyRecord:
			policies = append(policies, record.Policy.Digest())
		case failover.NoteRecord:
			note = record.Note.Index
		case failover.EventRecord:
		case failover.BaseRecord, failover.HashRecord:
			if whole, a.last = true, max(a.last, note); record.Kind == failover.HashRecord {
				a.known[note] = record.Hash
			}
			for _, digest := range policies {
				a.kept[digest] = true
			}
			policies = policies[:0]
		}
	}
	if whole {
		kept = len(data)
	}
	return kept
}

// openAt opens a file, and cuts it off.
func (a *Archive) openAt(path string, size int64) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Truncate(size); err != nil {
		return errors.Join(err, file.Close())
	}
	if _, err := file.Seek(size, 0); err != nil {
		return errors.Join(err, file.Close())
	}
	a.file = file
	return nil
}

// Last is the index of the last entry that the archive holds, 0 when it holds none.
func (a *Archive) Last() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// append appends an entry, unless the archive has it.
func (a *Archive) append(e *archived) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.failed != nil:
		return a.failed
	case e.note.Index <= a.last:
		if hash, known := a.known[e.note.Index]; known && hash != e.hash {
			a.failed = a.ofAnother(e.note.Index)
		}
		return a.failed
	case a.file == nil || a.tally.Size() >= a.most:
		a.failed = a.begin(e.note.Index, e.under, e.before)
	}
	a.known = nil
	if a.failed == nil {
		a.failed = a.write(e)
	}
	return a.failed
}

// ofAnother says that an entry of the archive has led to another state than the log's has.
func (a *Archive) ofAnother(index uint64) error {
	return fmt.Errorf("the archive in %s is of another log: its entry %d has led to another state",
		a.dir, index)
}

// write writes an entry in one piece.
func (a *Archive) write(e *archived) error {
	recorder := a.recorder
	var data []byte
	for _, p := range [...]*failover.Policy{e.under, e.named} {
		if p == nil {
			continue
		}
		if digest := p.Digest(); !a.kept[digest] {
			data, a.kept[digest] = recorder.AppendPolicy(data, p), true
		}
	}
	data = recorder.AppendNote(data, &e.note)
	data = recorder.AppendEvent(data, e.event)
	data = recorder.AppendHash(data, e.hash)
	if _, err := a.file.Write(data); err != nil {
		return fmt.Errorf("write to the archive: %w", err)
	}
	a.tally.Add(data)
	a.recorder, a.last = recorder, e.note.Index
	return nil
}

// begin begins a file whose first entry has an index or a later one: with a link and a base, or
// with nothing where the log begins. A file with a base appears as a whole.
func (a *Archive) begin(index uint64, p *failover.Policy, base *failover.State) error {
	if a.file != nil {
		if err := errors.Join(a.file.Sync(), a.file.Close()); err != nil {
			return fmt.Errorf("close a file of the archive: %w", err)
		}
		a.file, a.former = nil, a.tally.File()
	}
	a.recorder, a.kept = failover.Recorder{}, map[failover.Digest]bool{}
	name := fmt.Sprintf("%020d%s", index, archiveSuffix)
	path := filepath.Join(a.dir, name)
	var data []byte
	if base != nil {
		data = chain.AppendLink(&a.recorder, data, index-1, a.former)
		data = a.recorder.AppendPolicy(data, p)
		data = a.recorder.AppendBase(data, base)
		a.kept[p.Digest()] = true
		if err := writeWhole(path, data); err != nil {
			return fmt.Errorf("begin a file of the archive: %w", err)
		}
	}
	a.tally = chain.NewTally(a.former.Number+1, name, data)
	err := a.openAt(path, int64(len(data)))
	if err == nil && base != nil {
		err = a.writeHead()
	}
	if err != nil {
		return fmt.Errorf("begin a file of the archive: %w", err)
	}
	return nil
}

// writeWhole writes a file that is there with all its content, or not at all.
func writeWhole(path string, data []byte) error {
	next := path + ".new"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(next))
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir has the names in a folder last.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, fs.ErrInvalid) {
		err = nil // Some systems have nothing to sync there.
	}
	return errors.Join(err, folder.Close())
}

// rebase begins a file with a state that was restored, and which follows the entry of an index.
// What the archive holds up to there stays as it is.
func (a *Archive) rebase(index uint64, p *failover.Policy, base *failover.State) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if hash, known := a.known[index]; known && a.failed == nil && hash != base.Hash() {
		a.failed = a.ofAnother(index)
	}
	if a.failed != nil || index <= a.last {
		return a.failed
	}
	if a.failed = a.begin(index+1, p, base); a.failed == nil {
		a.last = index
	}
	return a.failed
}

// Sync returns when all that the archive has taken is on disk.
func (a *Archive) Sync() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed != nil {
		return a.failed
	}
	if a.file == nil {
		return nil
	}
	if err := errors.Join(a.file.Sync(), syncDir(a.dir)); err != nil {
		return err
	}
	return a.writeHead()
}

// Close closes the archive, which takes nothing any more.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil {
		return nil
	}
	err := errors.Join(a.file.Sync(), a.file.Close())
	if err == nil && a.failed == nil {
		err = a.writeHead()
	}
	a.file, a.failed = nil, errors.New("the archive is closed")
	return err
}

// Segment is one file of an archive.
type Segment struct {
	Name string
	// Size is how much of it was whole when it was listed, in bytes.
	Size int64
}

// Segments lists the files of the archive in the order of what they hold.
func (a *Archive) Segments() ([]Segment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	names, err := segments(a.dir)
	if err != nil {
		return nil, err
	}
	var all []Segment
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read the archive: %w", err)
		}
		all = append(all, Segment{Name: filepath.Base(name), Size: info.Size()})
	}
	return all, nil
}

// CopySegment writes what is there of a file of the archive: whole entries alone.
func (a *Archive) CopySegment(name string, w io.Writer) error {
	all, err := a.Segments()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s Segment) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("the archive has no file %q: %w", name, fs.ErrNotExist)
	}
	file, err := os.Open(filepath.Join(a.dir, name))
	if err != nil {
		return fmt.Errorf("read the archive: %w", err)
	}
	defer file.Close()
	_, err = io.CopyN(w, file, all[i].Size)
	return err
}
