package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// promotes is the signal at which a server looks for what it is to do.
const promotes = syscall.SIGUSR1

// owner is whose the cluster is.
func (s PostgreSQL) owner() (user, group int, err error) {
	about, err := os.Stat(filepath.Join(s.Data, "PG_VERSION"))
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
