package execute

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"redoubt/failover"
)

// Memory is what an agent's executors remember over restarts: the highest epoch that they acted in
// for each store, for the traffic and for the rest, and which actions that must not be done twice
// were done. Its zero value remembers nothing durably; OpenMemory opens one that does.
type Memory struct {
	path string
	mu   sync.Mutex
	kept kept
}

// kept is what is on disk. It is a list, in an order of its own, so that equal memories are equal
// files.
type kept struct {
	Format int         `json:"format"`
	Epochs []keptEpoch `json:"epochs"`
	Done   []keptDone  `json:"done"`
}

type keptEpoch struct {
	About string         `json:"about"`
	Epoch failover.Epoch `json:"epoch"`
}

type keptDone struct {
	ID    string `json:"id"`
	Count uint64 `json:"count"`
}

// memoryFormat is the version of the file.
const memoryFormat = 1

// doneKept bounds how many actions are remembered that must not be done twice: a plan has few, and
// an older plan's are stale.
const doneKept = 64

// aboutMax bounds of how many things an epoch is remembered: each store twice, the traffic, the
// rest.
const aboutMax = 64

// sealed is the file: what is kept, and its SHA-256, without which a damaged one would pass for
// another one.
type sealed struct {
	Kept json.RawMessage `json:"kept"`
	Sum  string          `json:"sha256"`
}

// OpenMemory opens the memory in a file, which need not be there yet. One that is damaged is an
// error that names it: which epochs are stale would be lost with it.
func OpenMemory(path string) (*Memory, error) {
	m := &Memory{path: path, kept: kept{Format: memoryFormat}}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil
	case err != nil:
		return nil, fmt.Errorf("read what executors have done: %w", err)
	}
	var file sealed
	if err := json.Unmarshal(data, &file); err != nil || file.Sum != sumOf(file.Kept) ||
		json.Unmarshal(file.Kept, &m.kept) != nil {
		return nil, fmt.Errorf("%s is damaged: which epochs its executors acted in is not known. "+
			"Restore it, or remove it once no older agent of this region runs", path)
	}
	if m.kept.Format != memoryFormat {
		return nil, fmt.Errorf("%s is of format %d, and this program knows %d", path, m.kept.Format,
			memoryFormat)
	}
	return m, nil
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Highest is the highest epoch in which somebody acted for something, or 0.
func (m *Memory) Highest(about string) failover.Epoch {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.highest(about)
}

func (m *Memory) highest(about string) failover.Epoch {
	for _, known := range m.kept.Epochs {
		if known.About == about {
			return known.Epoch
		}
	}
	return 0
}

// errStale says that somebody has acted in a later epoch.
var errStale = errors.New("stale")

// Raise remembers, durably, that somebody acts for something in an epoch. It is an error that is
// errStale when somebody has in a later one.
func (m *Memory) Raise(about string, epoch failover.Epoch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch highest := m.highest(about); {
	case epoch < highest:
		return fmt.Errorf("%w: epoch %d is over, since %s was acted for in epoch %d", errStale, epoch,
			about, highest)
	case epoch == highest:
		return nil
	}
	next := m.kept
	next.Epochs = slices.Clone(m.kept.Epochs)
	place := slices.IndexFunc(next.Epochs, func(e keptEpoch) bool { return e.About == about })
	switch {
	case place >= 0:
		next.Epochs[place].Epoch = epoch
	case len(next.Epochs) >= aboutMax:
		return fmt.Errorf("executors remember the epochs of %d things at most", aboutMax)
	default:
		next.Epochs = append(next.Epochs, keptEpoch{About: about, Epoch: epoch})
	}
	return m.keep(next)
}

// Done reports whether an action that must not be done twice was done, and what it had counted.
func (m *Memory) Done(id string) (count uint64, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.kept.Done {
		if d.ID == id {
			return d.Count, true
		}
	}
	return 0, false
}

// Finish remembers, durably, that an action was done. The oldest is forgotten.
func (m *Memory) Finish(id string, count uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.kept
	next.Done = slices.DeleteFunc(slices.Clone(m.kept.Done), func(d keptDone) bool {
		return d.ID == id
	})
	next.Done = append(next.Done, keptDone{ID: id, Count: count})
	next.Done = next.Done[max(0, len(next.Done)-doneKept):]
	return m.keep(next)
}

// keep makes the next state durable: a power cut leaves this one or the one before.
func (m *Memory) keep(next kept) error {
	if m.path != "" {
		next.Format = memoryFormat
		inner, err := json.Marshal(next)
		if err != nil {
			return err
		}
		data, err := json.Marshal(sealed{Kept: inner, Sum: sumOf(inner)})
		if err != nil {
			return err
		}
		if err := replaceFile(m.path, append(data, '\n'), 0o600); err != nil {
			return fmt.Errorf("keep what executors have done: %w", err)
		}
	}
	m.kept = next
	return nil
}

// replaceFile puts a file in the place of one, durably.
func replaceFile(path string, data []byte, mode fs.FileMode) error {
	next := path + ".next"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes what was renamed in a directory durable.
func syncDir(dir string) error {
	opened, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
