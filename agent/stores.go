package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	"go.etcd.io/bbolt"
)

// Stores are what an agent keeps in its folder: raft's log, its snapshots, and the archive.
type Stores struct {
	// Log is raft's log, and Cache the same with its last entries at hand, which a leader reads for
	// each that it sends.
	Log       *raftboltdb.BoltStore
	Cache     *raft.LogCache
	Snapshots raft.SnapshotStore
	Archive   *Archive
}

// lockWait is how long a folder may be in use by an agent that is ending.
const lockWait = 3 * time.Second

// snapshotsKept is how many snapshots are kept: the last, and one from before it.
const snapshotsKept = 2

// cachedEntries is how many entries of the log are at hand. One takes a few hundred bytes.
const cachedEntries = 512

// OpenStores opens the stores in a folder, which it makes where there is none. It is an error when
// another agent uses the folder: two on one would be two with one name.
func OpenStores(dir string, logger *slog.Logger) (*Stores, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the agent's folder: %w", err)
	}
	log, err := raftboltdb.New(raftboltdb.Options{
		Path: filepath.Join(dir, "raft.db"), BoltOptions: &bbolt.Options{Timeout: lockWait},
	})
	if errors.Is(err, bbolt.ErrTimeout) {
		return nil, fmt.Errorf("another agent uses %s: each needs a folder of its own", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open raft's log: %w", err)
	}
	snapshots, err := raft.NewFileSnapshotStore(dir, snapshotsKept, &logWriter{log: logger})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open raft's snapshots: %w", err), log.Close())
	}
	archive, err := OpenArchive(filepath.Join(dir, "archive"))
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	cache, err := raft.NewLogCache(cachedEntries, log)
	if err != nil {
		return nil, errors.Join(err, archive.Close(), log.Close())
	}
	return &Stores{Log: log, Cache: cache, Snapshots: snapshots, Archive: archive}, nil
}

// closeMax is how long the stores have to close: what is written to a disk that stands still never
// ends.
const closeMax = 10 * time.Second

// Close closes them, once the agent has ended.
func (s *Stores) Close() error {
	return within(closeMax, func() error { return errors.Join(s.Archive.Close(), s.Log.Close()) })
}

// within returns what closing something comes to, or that it hangs.
func within(most time.Duration, closes func() error) error {
	done := make(chan error, 1)
	go func() { done <- closes() }()
	select {
	case err := <-done:
		return err
	case <-time.After(most):
		return fmt.Errorf("the agent's stores are not closed in %v: the disk stands still", most)
	}
}
