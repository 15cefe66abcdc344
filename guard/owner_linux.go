package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// promotes is the signal at which a server looks for what it is to do.
const promotes = syscall.SIGUSR1

// unoccupied is an error while a server runs on the cluster, wherever it was started: some process
// is attached to the shared memory that its lock file names, by a key and an identifier.
func (s PostgreSQL) unoccupied() error {
	fields := strings.Fields(s.locked(memoryLine))
	if len(fields) < 2 {
		return nil
	}
	table, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		return fmt.Errorf("see who runs on %s: %w", s.Data, err)
	}
	const identifier, attached = 1, 6
	for line := range strings.Lines(string(table)) {
		segment := strings.Fields(line)
		if len(segment) > attached && segment[identifier] == fields[1] && segment[attached] != "0" {
			return fmt.Errorf("a server runs on %s, and not under this guard: stop it first", s.Data)
		}
	}
	return nil
}

// owner is whose the cluster is.
func (s PostgreSQL) owner() (user, group int, err error) {
	about, err := os.Stat(filepath.Join(s.Data, versionFile))
	if err != nil {
		return 0, 0, fmt.Errorf("%s holds no cluster: make one with initdb or pg_basebackup: %w", s.Data,
			err)
	}
	status, ok := about.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, fmt.Errorf("whose is %s?", s.Data)
	}
	return int(status.Uid), int(status.Gid), nil
}
