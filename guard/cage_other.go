//go:build !linux

package guard

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// errLinux says where guards run.
var errLinux = errors.New("a guard needs the namespaces and the clock of Linux")

// Now is the time by the clock of guards; it is nobody's where no guard runs.
func Now() Instant { return Instant(time.Now().UnixNano()) }

// cage cannot be made.
type cage struct {
	ended chan struct{}
	err   error
}

func startCage(Process) (*cage, error) { return nil, errLinux }

func (c *cage) until(Instant) error { return errLinux }

func (c *cage) signal(syscall.Signal) error { return errLinux }

func (c *cage) kill() {}

func (s PostgreSQL) unoccupied() error { return errLinux }

const promotes = syscall.Signal(10)

func (s PostgreSQL) owner() (user, group int, err error) { return 0, 0, errLinux }

func lockFile(*os.File) error { return errLinux }

func holdCage(string, []string) int {
	fmt.Fprintf(os.Stderr, "redoubt: error: %v\n", errLinux)
	return 2
}
