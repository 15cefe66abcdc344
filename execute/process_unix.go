//go:build unix

package execute

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// ownGroup has a program, and all that it starts, be killed together.
func ownGroup(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.Cancel = func() error {
		killGroup(cmd)
		return nil
	}
}

// killGroup kills a program and all that it has started.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // They may all have ended.
}

// asOwner has a program run as whoever owns a file, where that is somebody else.
func asOwner(cmd *exec.Cmd, path string) error {
	about, err := os.Stat(path)
	if err != nil {
		return err
	}
	status, ok := about.Sys().(*syscall.Stat_t)
	if !ok || int(status.Uid) == os.Geteuid() {
		return nil
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = &syscall.Credential{
		Uid: status.Uid, Gid: status.Gid, Groups: groupsOf(status.Uid),
	}
	return nil
}

// groupsOf are the groups that a user is in beside its own, such as the one that may read the keys
// of certificates. Whom nobody knows is in none.
func groupsOf(uid uint32) (groups []uint32) {
	found, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return nil
	}
	names, err := found.GroupIds()
	if err != nil {
		return nil
	}
	for _, name := range names {
		if gid, err := strconv.ParseUint(name, 10, 32); err == nil {
			groups = append(groups, uint32(gid))
		}
	}
	return groups
}

// giveTo gives a file to whoever owns another one.
func giveTo(path, like string) error {
	about, err := os.Stat(like)
	if err != nil {
		return err
	}
	status, ok := about.Sys().(*syscall.Stat_t)
	if !ok || int(status.Uid) == os.Geteuid() {
		return nil
	}
	return os.Lchown(path, int(status.Uid), int(status.Gid))
}

// lockFile locks a file for whoever has it open, or fails at once. A program that was given the
// file keeps the lock for as long as it runs.
func lockFile(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
