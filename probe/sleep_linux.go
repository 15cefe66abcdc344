package probe

import (
	"time"

	"golang.org/x/sys/unix"
)

// slept is for how long this machine has slept since it was started: by so much the clock that
// goes on in its sleep is ahead of the one that stands still. It is forever where that cannot be
// told.
func slept() time.Duration {
	var boot, steady unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &steady) != nil ||
		unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return forever
	}
	return max(0, time.Duration(boot.Nano()-steady.Nano()))
}
