package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// roomEvery is how often it is looked whether a full disk has room again.
	roomEvery = 2 * time.Second
	// roomNeeded is how much room there has to be, in bytes, before an agent begins anew: its log is
	// opened, and what its archive lacks is written, of which raft keeps a few MiB at most.
	roomNeeded = 4 << 20
)

// errOwes ends an agent whose archive lacks entries that its log has.
var errOwes = errors.New("there is room again, and what the archive lacks is written as the " +
	"agent is started anew")

// watchRoom ends the agent when its archive has failed for want of room and there is room again:
// the entries that the archive lacks are applied again, from the log, by the process that comes
// next. Until then the agent votes and decides with the others as before.
func watchRoom(
	ctx context.Context, every time.Duration, unkept func() error, room func() error,
) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := unkept(); wantsRoom(err) && room() == nil {
			return fmt.Errorf("%w: %w", errOwes, err)
		}
	}
}

// wantsRoom reports whether something was not written since there was no room for it. What has
// another cause another process would meet too.
func wantsRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// hasRoom finds out by writing: what is free may be kept for others, or be over a quota.
func hasRoom(dir string, bytes int) error {
	path := filepath.Join(dir, "room")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(make([]byte, bytes))
	return errors.Join(err, file.Sync(), file.Close(), os.Remove(path))
}
