package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAnAgentIsStartedAnewOnceThereIsRoom has an archive fail for several reasons, and a disk that
// is full until it is looked at for the third time.
func TestAnAgentIsStartedAnewOnceThereIsRoom(t *testing.T) {
	full := fmt.Errorf("write to the archive: %w",
		&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	for name, c := range map[string]struct {
		err  error
		ends bool
	}{
		"nothing": {nil, false}, "no room": {full, true},
		"another log": {errors.New("the archive is of another log"), false},
	} {
		ctx, end := context.WithTimeout(t.Context(), 5*time.Second)
		if !c.ends {
			ctx, end = context.WithTimeout(t.Context(), 50*time.Millisecond)
		}
		looks := 0
		err := watchRoom(ctx, time.Millisecond, func() error { return c.err }, func() error {
			if looks++; looks < 3 {
				return syscall.ENOSPC
			}
			return nil
		})
		end()
		if errors.Is(err, errOwes) != c.ends || c.ends && looks != 3 {
			t.Errorf("%s: got %v after %d looks, want an end: %v", name, err, looks, c.ends)
		}
	}
}

// TestRoomIsFoundByWriting holds that nothing is left of the try.
func TestRoomIsFoundByWriting(t *testing.T) {
	dir := t.TempDir()
	if err := hasRoom(dir, 1<<10); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("got %v and %v, want nothing to be left", left, err)
	}
	if err := hasRoom(filepath.Join(dir, "away"), 1); err == nil {
		t.Error("there is room in no folder")
	}
}
