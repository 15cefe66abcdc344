//go:build linux

package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"syscall"
)

// diskMiB is the size of an agent's disk.
const diskMiB = 256

// lacksDisks says why an agent has no disk of its own here.
func lacksDisks() error {
	if os.Geteuid() != 0 {
		return errors.New("only root makes file systems")
	}
	for _, name := range []string{"mkfs.ext4", "mount", "umount", "fsfreeze"} {
		if _, err := exec.LookPath(name); err != nil {
			return err
		}
	}
	if _, err := os.Stat("/dev/loop-control"); err != nil {
		return fmt.Errorf("no file can be mounted: %w", err)
	}
	return nil
}

// tool runs a program of the system.
func tool(name string, arguments ...string) error {
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// mountDisks gives each agent a disk of its own, where that can be.
func (e *estate) mountDisks() error {
	if lacksDisks() != nil {
		return nil
	}
	for r := range regions {
		image, at := e.path("disk-"+names[r]), e.path("data-"+names[r])
		file, err := os.Create(image)
		if err != nil {
			return err
		}
		err = errors.Join(file.Truncate(diskMiB<<20), file.Close())
		if err == nil {
			err = tool("mkfs.ext4", "-q", "-O", "^has_journal", image)
		}
		if err == nil {
			err = tool("mount", "-o", "loop", image, at)
		}
		if err != nil {
			return err
		}
		e.mounted = append(e.mounted, at)
	}
	return nil
}

// unmountDisks takes them away.
func (e *estate) unmountDisks() {
	for _, at := range e.mounted {
		if err := tool("umount", at); err != nil {
			e.t.Error(err)
		}
	}
}

// fillDisk fills an agent's disk.
func fillDisk(e *estate, d *rand.Rand) (string, func()) {
	r := d.IntN(regions)
	path := e.path("data-"+names[r], "filler")
	file, err := os.Create(path)
	if err != nil {
		return err.Error(), func() {}
	}
	size := int64(0)
	for chunk := int64(diskMiB << 20); chunk > 0; {
		err := syscall.Fallocate(int(file.Fd()), 0, size, chunk)
		switch {
		case err == nil:
			size += chunk
		case errors.Is(err, syscall.ENOSPC):
			chunk /= 2
		case !errors.Is(err, syscall.EINTR):
			e.t.Error(err)
			chunk = 0
		}
	}
	_ = file.Close()
	return names[r], func() {
		if err := os.Remove(path); err != nil {
			e.t.Error(err)
		}
	}
}

// stallDisk has an agent's disk take nothing, and say nothing.
func stallDisk(e *estate, d *rand.Rand) (string, func()) {
	r := d.IntN(regions)
	at := e.path("data-" + names[r])
	if err := tool("fsfreeze", "-f", at); err != nil {
		return err.Error(), func() {}
	}
	return names[r], func() {
		if err := tool("fsfreeze", "-u", at); err != nil {
			e.t.Error(err)
		}
	}
}
