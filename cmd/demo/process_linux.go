package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// childAttributes have a process end when the demo does.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// killNow kills a process. It may have ended with another one.
func killNow(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// owner is who the databases belong to: PostgreSQL's programs refuse to run as root.
type owner struct {
	user, group int
	other       bool // than who runs the demo
}

func findOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{user: os.Geteuid(), group: os.Getegid()}, nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return owner{}, fmt.Errorf("%w: root runs no PostgreSQL, and there is no user postgres",
			errSkipped)
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return owner{}, fmt.Errorf("read who postgres is: %w", err)
	}
	gid, err := strconv.Atoi(found.Gid)
	return owner{uid, gid, true}, err
}

// runs has a command run as the owner.
func (o owner) runs(cmd *exec.Cmd) {
	if o.other {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(o.user), Gid: uint32(o.group)},
		}
	}
}

// owns gives a file to the owner.
func (o owner) owns(path string) error {
	if !o.other {
		return nil
	}
	return os.Chown(path, o.user, o.group)
}
