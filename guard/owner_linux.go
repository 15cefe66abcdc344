package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// promotes is the signal at which a server looks for what it is to do.
const promotes = syscall.SIGUSR1

// unoccupied is an error while a server runs on the cluster, wherever it was started: some process
// is attached to the shared memory that its lock file names, by a key and an identifier. One that
// is damaged or missing names none: a server takes the number of its directory for a key.
func (s PostgreSQL) unoccupied() error {
	const key, identifier, attached = 0, 1, 6
	column, wanted := identifier, ""
	if fields := strings.Fields(s.locked(memoryLine)); len(fields) > 1 {
		wanted = fields[1]
	} else {
		about, err := os.Stat(s.Data)
		if err != nil {
			return err
		}
		status, ok := about.Sys().(*syscall.Stat_t)
		if !ok {
			return fmt.Errorf("which directory is %s?", s.Data)
		}
		column, wanted = key, strconv.Itoa(int(int32(status.Ino))) // As far as a key goes.
	}
	table, err := os.ReadFile("/proc/sysvipc/shm")
	if err != nil {
		return fmt.Errorf("see who runs on %s: %w", s.Data, err)
	}
	for line := range strings.Lines(string(table)) {
		segment := strings.Fields(line)
		if len(segment) > attached && segment[column] == wanted && segment[attached] != "0" {
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
